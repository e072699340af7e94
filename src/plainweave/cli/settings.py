"""Options made from the fields of `Experiment`: name, default and help are said there, once."""

from collections.abc import Callable
from dataclasses import Field, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Concatenate, ParamSpec, cast

import typer

from plainweave.errors import ConfigurationError
from plainweave.experiments import Experiment

_Own = ParamSpec("_Own")
SETTINGS = [field for field in fields(Experiment) if "setting" in field.metadata]


def with_settings(command: Callable[Concatenate[Experiment, _Own], None]) -> Callable[..., None]:
    """Give a command an option for every setting of an experiment, before the options of its own.

    The command's first parameter gets the experiment, whose id is the command's name.
    """

    @wraps(command)
    def with_options(**options: object) -> None:
        settings = {field.name: _value(field, options.pop(field.name)) for field in SETTINGS}
        experiment = Experiment.from_settings({"id": command.__name__, **settings})
        cast(Callable[..., None], command)(experiment, **options)

    _, *own = signature(command).parameters.values()
    own = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in own]
    parameters = [*map(_option, SETTINGS), *own]
    with_options.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return with_options


def _option(field: "Field[object]") -> Parameter:
    """Return the option of a setting, as a parameter that typer reads; a list is given as a text."""
    flag, kind, default = f"--{field.name.replace('_', '-')}", field.type, field.default
    if kind is bool:
        flag = flag if not default else f"{flag}/--no-{flag[2:]}"
    elif _separator(field):
        kind = str
        default = _separator(field).join(map(str, default)) if isinstance(default, tuple) else default
    option = typer.Option(flag, help=field.metadata["setting"].help)
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def _separator(field: "Field[object]") -> str:
    """Return what stands between the parts of a list on the command line; nothing if it is no list."""
    separators: dict[object, str] = {tuple[int, ...]: "x", str | tuple[str, ...]: ","}
    return separators.get(field.type, "")


def _value(field: "Field[object]", given: object) -> object:
    """Return a setting as the experiment has it.

    Raises:
        ConfigurationError: sizes are no whole numbers.
    """
    if not isinstance(given, str):
        return given
    match _separator(field):
        case "":
            return given
        case ",":
            return tuple(given.split(",")) if "," in given else given
        case between:
            return _sizes(field.name, given, between)


def _sizes(name: str, given: str, between: str) -> tuple[int, ...]:
    if given == "none":
        return ()
    try:
        return tuple(int(units) for units in given.lower().split(between))
    except ValueError:
        raise ConfigurationError(
            f"--{name} is {given!r}; expected units of each layer, as in 50x50, or none."
        ) from None
