"""Experiments: everything that decides a run, but for its seed and its data."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from plainweave.checks import choice, did_you_mean, number, whole_number
from plainweave.data import STANDARDIZATIONS
from plainweave.errors import ConfigurationError
from plainweave.network import DTYPES, Network, activations_of, hidden_sizes
from plainweave.network.initializers import initializer
from plainweave.optimizers import SGD

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Experiment:
    """The settings of one network's training. The defaults are the report's, see docs/conventions.md.

    Attributes:
        id: names the run's folder: letters, digits, '.', '_' and '-'.
        hidden: units of each hidden layer.
        activation: one name for all hidden layers, or one for each.
        learning_rate, momentum, dampening, nesterov, weight_decay, decay_biases: as `SGD` has them.
        batch_size: examples of a step.
        epochs: passes over the training part.
        patience: epochs without a better validation loss after which training stops; None for never.
        validation_fraction: share of the training examples kept apart for validation.
        standardize: "all-pixels", "per-pixel" or "per-image".
        initializer: of the weights.
        dtype: "float32" or "float64".
        figure: where the report shows it, "Fig. 6a".
        report_accuracy: the test accuracy it reports, in percent.

    Raises:
        ConfigurationError: a value is not allowed.
    """

    id: str
    hidden: tuple[int, ...] = (50, 50)
    activation: str | tuple[str, ...] = "tanh"
    learning_rate: float = 0.5
    momentum: float = 0.9
    dampening: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    decay_biases: bool = False
    batch_size: int = 64
    epochs: int = 100
    patience: int | None = None
    validation_fraction: float = 0.2
    standardize: str = "all-pixels"
    initializer: str = "he-normal"
    dtype: str = "float32"
    figure: str | None = None
    report_accuracy: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise ConfigurationError(
                f"id is {self.id!r}; expected letters, digits, '.', '_' and '-', as in '50x50'."
            )
        object.__setattr__(self, "hidden", hidden_sizes(self.hidden))
        if isinstance(self.activation, list):
            object.__setattr__(self, "activation", tuple(self.activation))
        activations_of(self.hidden, self.activation)
        self.optimizer()
        whole_number("batch_size", self.batch_size, at_least=1)
        whole_number("epochs", self.epochs, at_least=1)
        if self.patience is not None:
            whole_number("patience", self.patience, at_least=1)
        number("validation_fraction", self.validation_fraction, above=0, below=1)
        choice("standardize", self.standardize, STANDARDIZATIONS)
        initializer(self.initializer)
        choice("dtype", self.dtype, DTYPES)
        if self.report_accuracy is not None:
            number("report_accuracy", self.report_accuracy)
        if not isinstance(self.figure, str | None):
            raise ConfigurationError(f"figure is {self.figure!r}; expected a text such as 'Fig. 1'.")

    def network(self, inputs: int, classes: int, seed: int) -> Network:
        """Build the network with the initial weights of a seed."""
        return Network(
            inputs,
            self.hidden,
            classes,
            activation=self.activation,
            initializer=self.initializer,
            seed=seed,
            dtype=self.dtype,
        )

    def optimizer(self) -> SGD:
        """Build the optimizer, with no velocity yet."""
        return SGD(
            self.learning_rate,
            momentum=self.momentum,
            dampening=self.dampening,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            decay_biases=self.decay_biases,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name, as JSON has them."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    def difference(self, other: "Experiment") -> tuple[str, object, object] | None:
        """Return the first setting in which two experiments differ, with this one's value and the other's."""
        for name, value in vars(self).items():
            if value != vars(other)[name]:
                return name, value, vars(other)[name]
        return None

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "Experiment":
        """Build an experiment from settings by name.

        Raises:
            ConfigurationError: a name is unknown, `id` is missing, or a value is not allowed.
        """
        known = [field.name for field in fields(cls)]
        for key in settings:
            if key not in known:
                raise ConfigurationError(
                    f"{key} is no setting; expected one of {', '.join(known)}.{did_you_mean(key, known)}"
                )
        if "id" not in settings:
            raise ConfigurationError("id is missing; expected a name for the experiment.")
        return cls(**settings)  # type: ignore[arg-type]


def read_experiments(path: str | Path) -> tuple[Experiment, ...]:
    """Read experiments from a TOML file: a table `defaults`, and an `[[experiment]]` for each.

    Raises:
        ConfigurationError: the file can't be read, is no TOML, or holds an unknown key, a value that is
            not allowed, no experiment, or two with one id.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}. Give a TOML file.") from error
    return _parse(text, str(path))


def paper_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen experiments of the report, in its order."""
    text = resources.files("plainweave.experiments").joinpath("paper.toml").read_text("utf-8")
    return _parse(text, "paper.toml")


def _parse(text: str, source: str) -> tuple[Experiment, ...]:
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a whole number of thousands of digits
        raise ConfigurationError(f"{source} is no TOML: {error}.") from error
    tables = ("defaults", "experiment")
    for key in content:
        if key not in tables:
            raise ConfigurationError(
                f"{source}: {key} is no table; expected [defaults] and [[experiment]]."
                f"{did_you_mean(key, tables)}"
            )
    defaults, entries = content.get("defaults", {}), content.get("experiment", [])
    are_tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if not isinstance(defaults, dict) or not are_tables or not entries:
        raise ConfigurationError(
            f"{source} holds no experiment; expected a table [defaults] and at least one [[experiment]]."
        )
    experiments = tuple(
        _entry(source, number, {**defaults, **entry}) for number, entry in enumerate(entries, start=1)
    )
    ids = [each.id for each in experiments]
    for each in ids:
        if ids.count(each) > 1:
            raise ConfigurationError(f"{source}: two experiments have the id {each!r}; expected one.")
    return experiments


def _entry(source: str, number: int, settings: Mapping[str, object]) -> Experiment:
    try:
        return Experiment.from_settings(settings)
    except ConfigurationError as error:
        name = repr(settings["id"]) if "id" in settings else f"number {number}"
        raise ConfigurationError(f"{source}, experiment {name}: {error}") from error
