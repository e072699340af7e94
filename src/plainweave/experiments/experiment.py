"""Experiments: everything that decides a run, but for its seed and its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import cast

from plainweave.checks import choice, did_you_mean, put
from plainweave.data import NUMBERS, STANDARDIZATIONS
from plainweave.data.tables.preparation import MISSING
from plainweave.elsewhere import answers
from plainweave.engine import PRECISIONS
from plainweave.errors import ConfigurationError
from plainweave.experiments.ids import check_id
from plainweave.experiments.parts import (
    checked_activations,
    checked_class_weight,
    checked_dropout,
    checked_factors,
    checked_text,
)
from plainweave.experiments.rules import (
    BATCH,
    LOSS_MEANS,
    RULES,
    check_loss_mean,
    check_precision,
    completed,
    made,
    optimizer_settings,
)
from plainweave.experiments.setting import Setting, open_setting, setting
from plainweave.experiments.unsaid import OF_ARRAYS, OF_CLASSES, OPEN, Unsaid, possible_losses, unsaid
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.named import Named
from plainweave.network import DTYPES, Network, activations_of, hidden_sizes
from plainweave.network.initializers import initializer
from plainweave.optimizers import Schedule
from plainweave.storage.forms import Json, as_json

MOST_EPOCHS = 100_000  # whose history fits its file


@answers("pw.Experiment(id='wide', hidden=(100,))")
@dataclass(frozen=True, repr=False)
class Experiment:
    """The settings of one network's training. Each field says in its metadata what it is, see `Setting`.

    Attributes:
        id: names the run's folder: at most 200 letters, digits, '.', '_' and '-'.
        hidden: units of each hidden layer.
        activation: one name for all hidden layers, or one for each.
        dropout: one rate for all hidden layers, or one for each.
        scale, initializer: as `Network` has them.
        loss: as a text, "softmax" or "huber:0.5"; see `losses`. Where it is None, "softmax" is put in, and
            where the target is a number of a table, "squared-error", see `fitted_to`.
        loss_mean: what the gradient is averaged over: "batch", or "batch-and-classes", which divides the
            loss, but not its penalties, by the number of classes. Histories have the first in any case.
        optimizer: "sgd", "adam" or "adamw".
        learning_rate, weight_decay: where they are None, what the optimizer has by default is put in, see
            also `fitted_to`.
        momentum, dampening, nesterov: of `SGD`; None with another optimizer.
        beta1, beta2, epsilon: of `Adam` and `AdamW`; None with another.
        l1, decay_biases, clip_norm, rate_factors, decay_factors: as `Optimizer` has them.
        schedule: of the learning rate, as a text, "cosine" or "step:every=10,factor=0.5".
        batch_size: examples of a step.
        epochs: passes over the training part.
        patience, min_delta, patience_from, choose_by: as `fit` has them.
        validation_fraction: share of the training examples kept apart for validation; with 0 the last weights
            are kept.
        stratify, class_weight: as `split` has them.
        standardize: as `split` has it. Where it is None, "all-pixels" is put in, and where inputs are a
            table, "standard", see `fitted_to`.
        missing, rare: of tables, as `split` has them.
        dtype: "float32" or "float64".
        precision: "full", or "mixed", with float32, as `fit` has it.
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
            "Of the hidden layers: tanh, sigmoid, softplus, relu, leaky-relu, leaky-relu:SLOPE, elu, selu, "
            "gelu, gelu-tanh, silu, mish or identity; or one for each layer, as in relu,tanh."
        ),
    )
    dropout: float | tuple[float, ...] = setting(
        0.0, Setting("Share of each hidden layer's units that is left out; or one for each, as in 0.2,0.5.")
    )
    scale: bool = setting(False, Setting("Train a factor for each input, too."))
    initializer: str = setting(
        "he-normal", Setting("First weights: he, lecun or xavier, each -normal or -uniform.")
    )
    loss: str = open_setting(
        str,
        Setting(
            "What is made small: softmax (by default), softmax:SMOOTHING, sigmoid, squared-error (by default "
            "for a number in a table), absolute-error, huber:DELTA, quantile:LEVELS or poisson."
        ),
    )
    loss_mean: str = setting(
        BATCH,
        Setting("What the gradient is averaged over: batch or batch-and-classes.", choices=LOSS_MEANS),
    )
    optimizer: str = setting(
        "sgd", Setting("What takes the steps: sgd, adam or adamw.", choices=tuple(RULES))
    )
    learning_rate: float = open_setting(
        float,
        Setting("Length of a step: 0.1 by default for sgd (0.01 on tables), 0.001 for adam and adamw."),
    )
    schedule: str = setting(
        "constant",
        Setting(
            "Of the learning rate: constant, step:EPOCHS,FACTOR, exponential:FACTOR, inverse-scaling, "
            "cosine, cosine:warm_up=EPOCHS, cosine-restarts:EPOCHS or on-plateau."
        ),
    )
    momentum: float | None = setting(
        None, Setting("Share of the velocity that a step of sgd keeps: 0.9 by default.", below=1)
    )
    dampening: float | None = setting(
        None, Setting("Share of the gradient that does not enter the velocity of sgd: 0 by default.")
    )
    nesterov: bool | None = setting(None, Setting("Nesterov's momentum, of sgd; needs a dampening of 0."))
    beta1: float | None = setting(
        None, Setting("Share of the mean that a step of adam keeps: 0.9 by default.", below=1)
    )
    beta2: float | None = setting(
        None, Setting("Share of the mean square that a step of adam keeps: 0.999 by default.", below=1)
    )
    epsilon: float | None = setting(
        None, Setting("What adam adds to the root of the mean square: 1e-8 by default.", above=1e-30)
    )
    weight_decay: float = open_setting(
        float,
        Setting(
            "L2: lambda, of lambda/2 * sum of w^2: 0 by default; for adamw apart from the gradient, 0.01."
        ),
    )
    l1: float = setting(0.0, Setting("L1: lambda, of lambda * sum of |w|."))
    decay_biases: bool = setting(False, Setting("Apply both penalties to biases too."))
    clip_norm: float | None = setting(
        None, Setting("The largest norm of a gradient; any by default.", above=0)
    )
    rate_factors: dict[str, float] = field(
        default_factory=dict,
        hash=False,
        metadata={
            "setting": Setting("Multiply the learning rate of some parameters, as in bias=2,hidden_1=0.5.")
        },
    )
    decay_factors: dict[str, float] = field(
        default_factory=dict,
        hash=False,
        metadata={"setting": Setting("Multiply the penalties of some parameters, as in hidden_1=0.")},
    )
    batch_size: int = setting(64, Setting("Examples of a step."))
    epochs: int = setting(100, Setting("Passes over the training examples.", at_most=MOST_EPOCHS))
    patience: int | None = setting(
        None, Setting("Stop after this many epochs without a better validation loss; never by default.")
    )
    min_delta: float = setting(0.0, Setting("What is not enough for patience to call it better."))
    patience_from: int = setting(0, Setting("The epoch after which patience begins to count.", at_least=0))
    choose_by: str = setting("loss", Setting("What is best on the validation part: loss, or a metric."))
    validation_fraction: float = setting(
        0.2,
        Setting(
            "Share of the training examples kept apart to choose the best weights; 0 keeps the last.", below=1
        ),
    )
    stratify: bool = setting(False, Setting("Take that share of the examples of each class."))
    class_weight: str | dict[str, float] | None = field(
        default=None,
        hash=False,
        metadata={"setting": Setting("How much classes count: balanced, or by class, as in 0=1,1=2.5.")},
    )
    standardize: str = open_setting(
        str,
        Setting(
            "Zero mean, unit variance: all-pixels (by default), per-pixel, per-image or none; of the numbers "
            "of tables: standard (by default), robust, normal or none.",
            choices=tuple(dict.fromkeys((*STANDARDIZATIONS, *NUMBERS))),
        ),
    )
    missing: str = setting(
        "median",
        Setting("Missing numbers of tables: the median, or refuse them.", choices=MISSING),
    )
    rare: int = setting(1, Setting("Categories of tables that fewer training examples have are one."))
    dtype: str = setting("float32", Setting("Precision: float32 or float64.", choices=tuple(DTYPES)))
    precision: str = setting(
        "full",
        Setting(
            "Of products in training: full, or mixed for bfloat16 with float32 sums.", choices=PRECISIONS
        ),
    )
    test: bool = setting(True, Setting("Test the best weights, or leave the test examples alone."))

    def __post_init__(self) -> None:
        is_open = [name for name in OPEN if isinstance(getattr(self, name), Unsaid | None)]
        put(self, loss=self.loss or OF_CLASSES, standardize=self.standardize or OF_ARRAYS)
        plain = self._parts()
        given = {name: getattr(self, name) for name in optimizer_settings()}
        values = {**vars(self), **completed(choice("optimizer", self.optimizer, RULES), given)}
        for part in fields(self):
            if part.name not in plain:
                about: Setting = part.metadata["setting"]
                plain[part.name] = about.checked(part.name, values[part.name], part.type)
        plain |= {name: unsaid(cast("str | float", plain[name])) for name in is_open}
        put(self, **plain)
        made(vars(self), {})
        metrics = [metric for loss in possible_losses(self.loss) for metric in Loss.named(loss).metrics]
        choice("choose_by", self.choose_by, ["loss", *metrics])
        check_loss_mean(vars(self), isinstance(self.loss_function, SoftmaxCrossEntropy))
        check_precision(vars(self))

    def __repr__(self) -> str:
        """Return the call that makes these settings, without those that it would have anyway."""
        plain = vars(Experiment(id=self.id, optimizer=self.optimizer))
        plain = {**plain, "id": None, "optimizer": Experiment.optimizer}
        given = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if value != plain[name] or (name in OPEN and not isinstance(value, Unsaid))
        ]
        return f"{type(self).__name__}({', '.join(given)})"

    def _parts(self) -> dict[str, object]:
        """Check the settings that are more than a number, a truth or one of a few names."""
        hidden = hidden_sizes(self.hidden)
        initializer(self.initializer)
        return {
            "id": check_id(self.id),
            "hidden": hidden,
            "activation": checked_activations(hidden, self.activation),
            "dropout": checked_dropout(hidden, self.dropout),
            "initializer": str(self.initializer),
            "loss": checked_text("loss", self.loss, Loss.named, "'softmax' or 'huber:0.5'"),
            "schedule": checked_text("schedule", self.schedule, Schedule.named, "'cosine' or 'step:10'"),
            "rate_factors": checked_factors("rate_factors", self.rate_factors),
            "decay_factors": checked_factors("decay_factors", self.decay_factors),
            "choose_by": self.choose_by,
            "class_weight": checked_class_weight(self.class_weight),
        }

    def network(self, inputs: int, outputs: int, seed: int | Sequence[int]) -> Network:
        """Build the network with the initial weights of a seed, or a stack with those of several."""
        return Network(
            inputs,
            self.hidden,
            outputs,
            activation=self.activation,
            dropout=self.dropout,
            scale=self.scale,
            initializer=self.initializer,
            seed=seed,
            dtype=self.dtype,
        )

    @property
    def loss_function(self) -> Loss:
        """What is made small."""
        return Loss.named(self.loss)

    @property
    def named_parts(self) -> list[Named]:
        """The parts that its texts name: activations, loss and schedule, perhaps of classes of one's own."""
        activations = activations_of(self.hidden, self.activation)
        return [*activations, self.loss_function, Schedule.named(self.schedule)]

    @property
    def of_a_stack(self) -> "Experiment":
        """This experiment without what the members of a stack have each for itself."""
        return replace(
            self,
            id="stack",
            learning_rate=0.0,
            weight_decay=0.0,
            l1=0.0,
            loss_mean=BATCH,
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
