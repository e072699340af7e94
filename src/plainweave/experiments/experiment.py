"""Experiments: everything that decides a run, but for its seed and its data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

from plainweave.checks import did_you_mean, several
from plainweave.data import STANDARDIZATIONS
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.setting import Setting, setting
from plainweave.losses import Loss
from plainweave.network import DTYPES, Activation, Network, activations_of, hidden_sizes
from plainweave.network.initializers import initializer
from plainweave.optimizers import SGD
from plainweave.storage.forms import Json, as_json

MOST_EPOCHS = 100_000  # whose history fits its file
LOSS_MEANS = ("batch", "batch-and-classes")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")  # names a folder


@dataclass(frozen=True)
class Experiment:
    """The settings of one network's training. Each field says in its metadata what it is, see `Setting`.

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
        test: whether the best weights are tested; not, where the run only serves to choose settings.

    Raises:
        ConfigurationError: a value is not allowed.
    """

    id: str
    hidden: tuple[int, ...] = setting(
        (50, 50), Setting("Units of each hidden layer, as in 100, 50x50 or 50x30x20, or none.")
    )
    activation: str | tuple[str, ...] = setting(
        "tanh",
        Setting(
            "Of the hidden layers: tanh, sigmoid, relu, leaky-relu, leaky-relu:SLOPE or identity; "
            "or one for each layer, as in relu,tanh.",
        ),
    )
    learning_rate: float = setting(0.1, Setting("Length of a step."))
    momentum: float = setting(0.9, Setting("Share of the velocity that a step keeps.", below=1))
    dampening: float = setting(0.0, Setting("Share of the gradient that does not enter the velocity."))
    nesterov: bool = setting(False, Setting("Nesterov's momentum; needs a dampening of 0."))
    weight_decay: float = setting(0.0, Setting("L2: lambda, of lambda/2 * sum of w^2."))
    decay_biases: bool = setting(False, Setting("Apply the L2 penalty to biases too."))
    loss_mean: str = setting(
        "batch",
        Setting("What the gradient is averaged over: batch or batch-and-classes.", choices=LOSS_MEANS),
    )
    loss: str = setting("softmax", Setting("What is made small."))
    batch_size: int = setting(64, Setting("Examples of a step."))
    epochs: int = setting(100, Setting("Passes over the training examples.", at_most=MOST_EPOCHS))
    patience: int | None = setting(
        None, Setting("Stop after this many epochs without a better validation loss; never by default.")
    )
    validation_fraction: float = setting(
        0.2,
        Setting("Share of the training examples kept apart to choose the best weights.", above=0, below=1),
    )
    standardize: str = setting(
        "all-pixels",
        Setting(
            "Zero mean, unit variance: all-pixels, per-pixel or per-image.", choices=tuple(STANDARDIZATIONS)
        ),
    )
    initializer: str = setting(
        "he-normal", Setting("First weights: he-normal, xavier-normal or xavier-uniform.")
    )
    dtype: str = setting("float32", Setting("Precision: float32 or float64.", choices=tuple(DTYPES)))
    test: bool = setting(True, Setting("Test the best weights, or leave the test examples alone."))

    def __post_init__(self) -> None:
        if not is_experiment_id(self.id):
            raise ConfigurationError(
                f"id is {shown(self.id)}; expected at most 200 letters, digits, '.', '_' and '-', "
                "as in '50x50'."
            )
        hidden = hidden_sizes(self.hidden)
        initializer(self.initializer)
        plain: dict[str, object] = {
            "id": str(self.id),
            "hidden": hidden,
            "activation": _activation_names(hidden, self.activation),
            "initializer": str(self.initializer),
            "loss": str(self.loss),
        }
        for part in fields(self):
            if part.name not in plain:
                about: Setting = part.metadata["setting"]
                plain[part.name] = about.checked(part.name, getattr(self, part.name), part.type)
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        optimizer_of([self], classes=1)

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
    def loss_function(self) -> Loss:
        """What is made small."""
        return Loss.named(self.loss)

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
        )

    @property
    def settings(self) -> dict[str, Json]:
        """All settings by name, as JSON has them."""
        return cast(dict[str, Json], as_json(self))

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
    for name in (experiment.id for experiment in experiments):
        folded = name.casefold().rstrip(".")  # Windows drops dots at the end
        if ids.get(folded) == name:
            raise ConfigurationError(f"two experiments have the id {name!r}; expected one.")
        if folded in ids:
            raise ConfigurationError(
                f"two experiments have the ids {ids[folded]!r} and {name!r}; expected ids that differ in "
                "more than case and dots at the end, for some disks take these for one folder."
            )
        ids[folded] = name


def optimizer_of(experiments: Sequence[Experiment], classes: int) -> SGD:
    """Build the optimizer of a stack of experiments, with no velocity yet.

    The gradient of a loss averaged over classes too, with its L2 penalty, is g / classes + lambda * w.
    A step of learning rate r along it is one of r / classes along g + classes * lambda * w.
    """
    divisors = [classes if experiment.loss_mean == "batch-and-classes" else 1 for experiment in experiments]
    first = experiments[0]
    return SGD(
        [experiment.learning_rate / n for experiment, n in zip(experiments, divisors, strict=True)],
        momentum=first.momentum,
        dampening=first.dampening,
        nesterov=first.nesterov,
        weight_decay=[
            experiment.weight_decay * n for experiment, n in zip(experiments, divisors, strict=True)
        ],
        decay_biases=first.decay_biases,
    )


def _activation_names(hidden: Sequence[int], given: object) -> str | tuple[str, ...]:
    """Check the names of activations, one or a list: an object of one's own can't be written to a file."""
    names = several(given)
    for name in [given] if names is None else names:
        if isinstance(name, Activation):
            raise ConfigurationError(
                f"activation is a {type(name).__name__} object; expected its name, as in 'tanh' or "
                "'leaky-relu:0.2'. To train an activation of your own, use fit."
            )
    activations_of(hidden, given)  # type: ignore[arg-type]
    return str(given) if names is None else tuple(str(name) for name in names)
