"""Options made from the fields of `Experiment`: name, default and help are said there, once."""

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Concatenate, ParamSpec, cast

import typer

from plainweave.cli.synonyms import value_named
from plainweave.data import NAMES
from plainweave.errors import ConfigurationError
from plainweave.experiments import DataSettings, Experiment
from plainweave.losses import LOSSES
from plainweave.network import ACTIVATIONS, INITIALIZERS
from plainweave.optimizers import Schedule

_Own = ParamSpec("_Own")
_DATA = {field.name: field for field in fields(DataSettings)}
_DATA_TYPES: dict[object, object] = {tuple[str, ...]: list[str] | None, bool | None: bool | None}
_METAVARS = {
    "data": "DATA",
    "data_dir": "DIR",
    "target": "COLUMN",
    "test_data": "FILE_OR_SHARE",
    "by": "HOW",
    "task": "KIND",
    "ignore": "COLUMN",
    "categories": "COLUMN",
    "delimiter": "MARK",
    "decimal": "MARK",
    "encoding": "NAME",
    "size": "SIZE",
    "hidden": "UNITS",
    "dropout": "SHARE",
    "rate_factors": "FACTORS",
    "decay_factors": "FACTORS",
    "class_weight": "WEIGHTS",
}
# The first setting of each group in help, which goes on to the next; those of data have one of their own.
_PANELS = {
    "hidden": "Network",
    "loss": "Loss and optimizer",
    "batch_size": "Training",
    "standardize": "Data",
    "dtype": "Training",
}
_NAMED: dict[str, Iterable[str]] = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "loss": LOSSES,
    "schedule": Schedule.registry,
}
SETTINGS = [field for field in fields(Experiment) if "setting" in field.metadata]


def with_settings(command: Callable[Concatenate[Experiment, _Own], None]) -> Callable[..., None]:
    """Give a command an option for every setting of an experiment, before the options of its own.

    The command's first parameter gets the experiment, whose id is the command's name.
    """

    @wraps(command)
    def with_options(**options: object) -> None:
        given = {field.name: _value(field, options.pop(field.name)) for field in SETTINGS}
        settings = {name: value for name, value in given.items() if value is not None}
        experiment = Experiment.from_settings({"id": command.__name__, **settings})
        cast(Callable[..., None], command)(experiment, **options)

    _, *own = signature(command).parameters.values()
    own = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in own]
    parameters = [*map(_option, SETTINGS), *own]
    with_options.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return with_options


def with_data(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return what gives a command an option for each of these settings of data, or for all.

    They stand in place of the command's parameter `data`, which gets them.
    """
    options = [_data_option(_DATA[name]) for name in names or _DATA]

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(*first: object, **given: object) -> None:
            settings = {option.name: given.pop(option.name) for option in options}
            said = {name: value for name, value in settings.items() if value is not None}
            command(*first, data=DataSettings.from_settings(said), **given)

        own = [option for name, option in signature(command).parameters.items() if name != "data"]
        parameters = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in own]
        called.__signature__ = Signature([*parameters, *options])  # type: ignore[attr-defined]
        return called

    return with_options


def _data_option(field: "Field[object]") -> Parameter:
    """Return the option of a setting of data, as a parameter that typer reads."""
    name = field.name
    flag = f"--{name.replace('_', '-')}"
    if field.type == bool | None:
        flag = f"{flag}/--no-{flag[2:]}"
    kind = _DATA_TYPES.get(field.type, str | None)
    names = NAMES if name == "data" else field.metadata["setting"].choices
    option = typer.Option(
        flag,
        help=field.metadata["setting"].help,
        metavar=_METAVARS.get(name),
        rich_help_panel="Data",
        autocompletion=(lambda: [*names]) if names else None,
    )
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])


def _option(field: "Field[object]") -> Parameter:
    """Return the option of a setting, as a parameter that typer reads; what is no plain value is a text."""
    flag, kind = f"--{field.name.replace('_', '-')}", field.type
    default = None if field.default is MISSING else field.default
    if field.type in _TEXTS:
        kind = str
        if default is not None:
            default = "x".join(map(str, default)) if isinstance(default, tuple) else str(default)
    if default is True:
        flag = f"{flag}/--no-{flag[2:]}"
    names = _names_of(field)
    option = typer.Option(
        flag,
        help=field.metadata["setting"].help,
        metavar=_METAVARS.get(field.name) or ("NAME" if names else None),
        rich_help_panel=_panel_of(field.name),
        autocompletion=(lambda: names) if names else None,
    )
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def _panel_of(name: str) -> str:
    """Return the heading under which help shows a setting."""
    before = [setting.name for setting in SETTINGS]
    return [_PANELS[other] for other in before[: before.index(name) + 1] if other in _PANELS][-1]


def _names_of(field: "Field[object]") -> list[str]:
    """Return the names that a setting may have; none where it is no name."""
    return [*_NAMED.get(field.name, field.metadata["setting"].choices)]


def _value(field: "Field[object]", given: object) -> object:
    """Return a setting as the experiment has it; None where it is not given.

    Raises:
        ConfigurationError: a text does not stand for such a setting.
    """
    if not isinstance(given, str):
        return given
    if names := _names_of(field):
        several = given.split(",") if field.name == "activation" else [given]
        given = ",".join(value_named(text, names) for text in several)
    read = _TEXTS.get(field.type)
    return read(field.name, given) if read else given


def _sizes(name: str, given: str) -> tuple[int, ...]:
    if given.lower() in ("none", "[]", "()"):
        return ()
    try:
        return tuple(int(units) for units in re.split("[x, ]+", given.lower().strip("[(,)] ")))
    except ValueError:
        raise _unreadable(name, given, "units of each layer, as in 50x50, or none") from None


def _names(name: str, given: str) -> str | tuple[str, ...]:
    return tuple(given.split(",")) if "," in given else given


def _numbers(name: str, given: str) -> float | tuple[float, ...]:
    try:
        numbers = tuple(float(number) for number in given.split(","))
    except ValueError:
        raise _unreadable(name, given, "a number, or one for each layer, as in 0.2,0.5") from None
    return numbers if "," in given else numbers[0]


def _by_name(name: str, given: str) -> dict[str, float]:
    numbers = {}
    for part in given.split(","):
        key, _, value = part.rpartition("=")
        try:
            numbers[key.strip()] = float(value)
        except ValueError:
            example = "0=1,1=2.5" if name == "class_weight" else "bias=2,hidden_1=0.5"
            raise _unreadable(name, given, f"numbers by name, as in {example}") from None
    return numbers


def _word_or_by_name(name: str, given: str) -> str | dict[str, float]:
    return _by_name(name, given) if "=" in given else given


def _unreadable(name: str, given: str, expected: str) -> ConfigurationError:
    return ConfigurationError(f"--{name.replace('_', '-')} is {given!r}; expected {expected}.")


# What reads the text of a setting, by the type of its field, where that is no plain value.
_TEXTS: dict[object, Callable[[str, str], object]] = {
    tuple[int, ...]: _sizes,
    str | tuple[str, ...]: _names,
    float | tuple[float, ...]: _numbers,
    dict[str, float]: _by_name,
    str | dict[str, float] | None: _word_or_by_name,
}
