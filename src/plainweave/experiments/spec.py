"""Experiments: everything that decides a run, but for its seed and its data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from plainweave.checks import choice, did_you_mean, flag, number, several, whole_number
from plainweave.data import STANDARDIZATIONS
from plainweave.errors import CONTROLS, ConfigurationError, shown
from plainweave.network import DTYPES, Activation, Network, activations_of, hidden_sizes
from plainweave.network.initializers import initializer
from plainweave.optimizers import SGD

MOST_EPOCHS = 100_000  # whose history fits its file
LOSS_MEANS = ("batch", "batch-and-classes")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")  # names a folder
_LONGEST_FIGURE = 100  # characters
_RATES = ("learning_rate", "dampening", "weight_decay")
_FLAGS = ("nesterov", "decay_biases", "test")


@dataclass(frozen=True)
class Experiment:
    """The settings of one network's training. The defaults are the report's, see docs/conventions.md.

    Attributes:
        id: names the run's folder: at most 200 letters, digits, '.', '_' and '-'.
        hidden: units of each hidden layer.
        activation: one name for all hidden layers, or one for each.
        learning_rate, momentum, dampening, nesterov, weight_decay, decay_biases: as `SGD` has them.
        loss_mean: what the gradient is averaged over: "batch", or "batch-and-classes", which divides the
            loss, but not the L2 penalty, by the number of classes. Histories have the first in any case.
        batch_size: examples of a step.
        epochs: passes over the training part.
        patience: epochs without a better validation loss after which training stops; None for never.
        validation_fraction: share of the training examples kept apart for validation.
        standardize: "all-pixels", "per-pixel" or "per-image".
        initializer: of the weights.
        dtype: "float32" or "float64".
        test: whether the kept weights are tested; not, where the run only serves to choose settings.
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
    loss_mean: str = "batch"
    batch_size: int = 64
    epochs: int = 100
    patience: int | None = None
    validation_fraction: float = 0.2
    standardize: str = "all-pixels"
    initializer: str = "he-normal"
    dtype: str = "float32"
    test: bool = True
    figure: str | None = None
    report_accuracy: float | None = None

    def __post_init__(self) -> None:
        if not is_experiment_id(self.id):
            raise ConfigurationError(
                f"id is {shown(self.id)}; expected at most 200 letters, digits, '.', '_' and '-', "
                "as in '50x50'."
            )
        for name, value in self._checked().items():
            object.__setattr__(self, name, value)
        optimizer_of([self], classes=1)

    def _checked(self) -> dict[str, object]:
        """Check the settings, and return them as plain values, as JSON has them: they may be NumPy's."""
        hidden = hidden_sizes(self.hidden)
        checked: dict[str, object] = {
            "id": str(self.id),
            "hidden": hidden,
            "activation": _activation_names(hidden, self.activation),
            "momentum": number("momentum", self.momentum, below=1),
            **{name: number(name, getattr(self, name)) for name in _RATES},
            **{name: flag(name, getattr(self, name)) for name in _FLAGS},
            "loss_mean": choice("loss_mean", self.loss_mean, LOSS_MEANS),
            "batch_size": whole_number("batch_size", self.batch_size, at_least=1),
            "epochs": whole_number("epochs", self.epochs, at_least=1),
            "validation_fraction": number("validation_fraction", self.validation_fraction, above=0, below=1),
            "standardize": choice("standardize", self.standardize, STANDARDIZATIONS),
            "dtype": choice("dtype", self.dtype, DTYPES),
        }
        if self.epochs > MOST_EPOCHS:
            raise ConfigurationError(f"epochs is {self.epochs}; expected at most {MOST_EPOCHS}.")
        if self.patience is not None:
            checked["patience"] = whole_number("patience", self.patience, at_least=1)
        initializer(self.initializer)
        checked["initializer"] = str(self.initializer)
        if self.report_accuracy is not None:
            checked["report_accuracy"] = number("report_accuracy", self.report_accuracy, at_most=100)
        if self.figure is not None:
            if not _is_line(self.figure):
                raise ConfigurationError(
                    f"figure is {shown(self.figure)}; expected a text of a line such as 'Fig. 1'."
                )
            checked["figure"] = str(self.figure)
        return checked

    def network(self, inputs: int, classes: int, seed: int | Sequence[int]) -> Network:
        """Build the network with the initial weights of a seed, or a stack with those of several."""
        return Network(
            inputs,
            self.hidden,
            classes,
            activation=self.activation,
            initializer=self.initializer,
            seed=seed,
            dtype=self.dtype,
        )

    @property
    def of_a_stack(self) -> "Experiment":
        """This experiment without what the members of a stack have each for itself."""
        return replace(
            self,
            id="stack",
            learning_rate=0.0,
            weight_decay=0.0,
            loss_mean="batch",
            patience=None,
            test=True,
            figure=None,
            report_accuracy=None,
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


def is_experiment_id(value: object) -> bool:
    """Whether a value can name an experiment, and so a folder below the output folder."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_ids(experiments: Iterable[Experiment]) -> None:
    """Check that every experiment has an id of its own, also where a disk takes "tanh" and "Tanh" for one.

    Raises:
        ConfigurationError: two have not.
    """
    ids: dict[str, str] = {}
    for each in (experiment.id for experiment in experiments):
        folded = each.casefold().rstrip(".")  # Windows drops dots at the end
        if ids.get(folded) == each:
            raise ConfigurationError(f"two experiments have the id {each!r}; expected one.")
        if folded in ids:
            raise ConfigurationError(
                f"two experiments have the ids {ids[folded]!r} and {each!r}; expected ids that differ in "
                "more than case and dots at the end, for some disks take these for one folder."
            )
        ids[folded] = each


def optimizer_of(experiments: Sequence[Experiment], classes: int) -> SGD:
    """Build the optimizer of a stack of experiments, with no velocity yet.

    The gradient of a loss averaged over classes too, with its L2 penalty, is g / classes + lambda * w.
    A step of learning rate r along it is one of r / classes along g + classes * lambda * w.
    """
    parts = [classes if each.loss_mean == "batch-and-classes" else 1 for each in experiments]
    first = experiments[0]
    return SGD(
        [each.learning_rate / n for each, n in zip(experiments, parts, strict=True)],
        momentum=first.momentum,
        dampening=first.dampening,
        nesterov=first.nesterov,
        weight_decay=[each.weight_decay * n for each, n in zip(experiments, parts, strict=True)],
        decay_biases=first.decay_biases,
    )


def _activation_names(hidden: Sequence[int], given: Any) -> str | tuple[str, ...]:
    """Check the names of activations, one or a list: an object of one's own can't be written to a file."""
    names = several(given)
    for name in [given] if names is None else names:
        if isinstance(name, Activation):
            raise ConfigurationError(
                f"activation is a {type(name).__name__} object; expected its name, as in 'tanh' or "
                "'leaky-relu:0.2'. To train an activation of your own, use fit."
            )
    activations_of(hidden, given)
    return str(given) if names is None else tuple(str(name) for name in names)


def _is_line(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_FIGURE and not CONTROLS.search(value)
