"""What a rule is that turns gradients into better parameters: settings, a table of steps, one update."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields
from typing import ClassVar, TypeAlias, cast

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import flag, number, put, several
from plainweave.errors import ConfigurationError
from plainweave.optimizers.clipping import clip
from plainweave.optimizers.factors import check_fit, checked_factors, factor_of
from plainweave.optimizers.schedule import Constant, Schedule, ScheduleFunction

Rate: TypeAlias = float | Sequence[float] | FloatArray
Slots: TypeAlias = dict[str, dict[str, FloatArray]]  # slot -> name of the parameter -> array of its shape

_CONSTANT = Constant()
RATE, DECAY, L1, SHRINK = range(4)  # columns of the table of steps that all rules share; a rule's own follow


@dataclass(frozen=True, repr=False)
class Optimizer(ABC):
    """An elementwise rule that takes steps along gradients. Settings alone: state belongs to the training.

    For a parameter p with gradient g, a step of every rule begins with::

        g = g * min(1, clip_norm / (norm + 1e-6))     (norm: of all gradients of the network together)
        g = g + weight_decay * p + l1 * sign(p)       (not for biases, unless decay_biases)

    A rule of one's own is a subclass: `update` is the rule, `slots` what it keeps, `table` its numbers, if it
    has any beside the learning rate and the decay.

    Args:
        learning_rate: a number, or a list with one for each model of a stack, as weight_decay and l1 may be.
        weight_decay: the lambda of an L2 penalty of lambda / 2 times the sum of the squared weights.
        l1: the lambda of a penalty of lambda times the sum of the absolute weights; its derivative at 0 is 0.
        decay_biases: whether both are for biases too.
        schedule: multiplies the learning rate: a `Schedule`, its text as "cosine:epochs=20", or a function of
            the epochs done.
        clip_norm: the largest norm of a model's gradient; None for any.
        rate_factors: multiply the learning rate of some parameters, by parameter ("hidden_1.bias"), layer
            ("hidden_1", "scale") or kind ("bias", "weight"); all that fit are multiplied.
        decay_factors: multiply weight_decay and l1 of some parameters, likewise.

    Raises:
        ConfigurationError: a setting is out of its range, or two lists are for different numbers of models.
    """

    columns: ClassVar[int] = 4
    code: ClassVar[int | None] = None  # the rule's case in the compiled engine; a subclass of a rule has none

    learning_rate: Rate
    _: KW_ONLY
    weight_decay: Rate = 0.0
    l1: Rate = 0.0
    decay_biases: bool = False
    schedule: Schedule | ScheduleFunction | str = _CONSTANT
    clip_norm: float | None = None
    rate_factors: Mapping[str, float] = field(default_factory=dict, hash=False)
    decay_factors: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "code" not in vars(cls):
            cls.code = None

    def __post_init__(self) -> None:
        clip_norm = self.clip_norm
        put(
            self,
            **{name: _rates(name, getattr(self, name)) for name in ("learning_rate", "weight_decay", "l1")},
            decay_biases=flag("decay_biases", self.decay_biases),
            schedule=Schedule.of(self.schedule),
            clip_norm=None if clip_norm is None else number("clip_norm", clip_norm, above=0),
            rate_factors=checked_factors("rate_factors", self.rate_factors),
            decay_factors=checked_factors("decay_factors", self.decay_factors),
        )
        _ = self.models

    def __repr__(self) -> str:
        """Return the call that makes these settings, without those that are the default."""
        texts = []
        for setting in fields(self):
            value = getattr(self, setting.name)
            default = setting.default
            if setting.default_factory is not MISSING:
                default = setting.default_factory()
            if value != default:
                is_text = isinstance(value, Schedule) and value.can_be_named()
                texts.append(f"{setting.name}={(str(value) if is_text else value)!r}")
        return f"{type(self).__qualname__}({', '.join(texts)})"

    @property
    def models(self) -> tuple[int, ...]:
        """() where every rate is a number; (models,) where one is a list.

        Raises:
            ConfigurationError: two are lists of different lengths.
        """
        counts = {
            name: len(rates)
            for name in ("learning_rate", "weight_decay", "l1")
            if isinstance(rates := getattr(self, name), tuple)
        }
        if len(set(counts.values())) > 1:
            given = " and ".join(f"{name} is a list of {count}" for name, count in counts.items())
            raise ConfigurationError(f"{given}; expected lists of one length.")
        return (next(iter(counts.values())),) if counts else ()

    @property
    def slots(self) -> tuple[str, ...]:
        """What the rule keeps for each parameter: names of arrays of its shape."""
        return ()

    @abstractmethod
    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        """Take one step of one parameter in place; penalties are in the gradient already.

        Args:
            parameter: (..., a, b).
            gradient: of its shape; spent as scratch space.
            row: the numbers of this step by column, each () or (models, 1, 1), of the parameter's precision.
            slots: what is kept, in the order of `slots`; zeros before the first step.
        """

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps, (steps, columns) or (models, steps, columns), in float64.

        Columns: RATE is what the step is multiplied by, DECAY and L1 are the penalties, SHRINK is the share
        that is taken off the parameter before the step. A rule's own follow; here they are 0.

        Args:
            first_step: how many steps were taken before.
            steps: how many follow.
        """
        table = np.zeros((*self.models, steps, self.columns))
        for column, rate in ((RATE, self.learning_rate), (DECAY, self.weight_decay), (L1, self.l1)):
            table[..., column] = by_step(rate)
        return table

    def steps(self, first_step: int, steps: int, factors: FloatArray) -> FloatArray:
        """Return the table with RATE and SHRINK times the schedule's factors.

        Args:
            first_step: how many steps were taken before.
            steps: how many follow.
            factors: of their learning rates, (steps,) or (models, steps).

        Raises:
            ConfigurationError: the table or the factors, which may be one's own, are not what they should be.
        """
        table = self.table(first_step, steps)
        if table.shape not in ((steps, self.columns), (*self.models, steps, self.columns)):
            raise ConfigurationError(
                f"{type(self).__name__}.table({first_step}, {steps}) has shape {table.shape}; expected "
                f"{(*self.models, steps, self.columns)}: a row for each step, a number for each column."
            )
        factors = _checked(factors, steps, self.schedule)
        if factors.ndim + 1 > table.ndim:
            table = np.broadcast_to(table, (*factors.shape, self.columns))
        table = table.copy()
        for column in (RATE, SHRINK):
            table[..., column] *= factors
        return table

    def rates(self, factors: FloatArray) -> FloatArray:
        """Return the learning rates of steps, (steps,) or (models, steps), without a rule's own corrections.

        Args:
            factors: the schedule's, (steps,) or (models, steps).
        """
        rates: FloatArray = by_step(self.learning_rate) * factors
        return rates

    def factors(self, names: Sequence[str]) -> FloatArray:
        """Return what each parameter's row of the table is multiplied by, (parameters, columns).

        Raises:
            ConfigurationError: a factor fits none of the parameters.
        """
        check_fit("rate_factors", self.rate_factors, names)
        check_fit("decay_factors", self.decay_factors, names)
        decayed = [name for name in names if self.decay_biases or name.rpartition(".")[2] != "bias"]
        if len(decayed) < len(names):
            check_fit(
                "decay_factors",
                self.decay_factors,
                decayed,
                " of those with a decay",
                "Set decay_biases, too.",
            )
        factors = []
        for name in names:
            rate = factor_of(self.rate_factors, name)
            decay = factor_of(self.decay_factors, name) if name in decayed else 0.0
            factors.append([rate, decay, decay, rate * decay] + [1.0] * (self.columns - 4))
        return np.array(factors)

    def slots_of(self, parameters: Mapping[str, FloatArray]) -> Slots:
        """Return what is kept for parameters before the first step: zeros."""
        return {slot: {name: np.zeros_like(p) for name, p in parameters.items()} for slot in self.slots}

    def step(
        self,
        parameters: Mapping[str, FloatArray],
        gradients: Mapping[str, FloatArray],
        slots: Slots,
        row: FloatArray,
    ) -> None:
        """Update all parameters, and what is kept for them, in place. The gradients are spent.

        Args:
            parameters: by name, each (..., a, b).
            gradients: by the same names, of the same shapes.
            slots: what the step before left; `slots_of` before the first.
            row: this step's of the table, (columns,) or (models, columns).
        """
        if self.clip_norm is not None:
            clip(gradients.values(), self.clip_norm)
        factors = self.factors(list(parameters))
        rows = row * (factors if row.ndim == 1 else factors[:, None])
        used = cast(BoolArray, rows.reshape(len(rows), -1, self.columns).any(axis=1)).tolist()
        for (name, parameter), own, has in zip(parameters.items(), rows, used, strict=True):
            gradient, numbers = gradients[name], _numbers(own, parameter)
            if has[DECAY]:
                gradient += numbers[DECAY] * parameter
            if has[L1]:
                gradient += numbers[L1] * np.sign(parameter)
            if has[SHRINK]:
                parameter *= 1 - numbers[SHRINK]
            self.update(parameter, gradient, numbers, *(slots[slot][name] for slot in self.slots))


def _checked(given: FloatArray, steps: int, schedule: object) -> FloatArray:
    """Return a schedule's factors, (steps,) or (models, steps), if they can be used."""
    factors = np.asarray(given, dtype=np.float64)
    if factors.shape[-1:] != (steps,) or factors.ndim > 2:
        raise ConfigurationError(
            f"the schedule {schedule} gives factors of shape {factors.shape}; expected ({steps},), one for "
            f"each step, or (models, {steps})."
        )
    wrong = factors[~(np.isfinite(factors) & (factors >= 0))]
    if wrong.size:
        raise ConfigurationError(
            f"the schedule {schedule} gives the factor {wrong[0]:g}; expected numbers of at least 0."
        )
    return factors


def _rates(name: str, value: Rate) -> float | tuple[float, ...]:
    """Check a setting: one number for all models, or one for each."""
    rates = several(value)
    if callable(value) or isinstance(value, Schedule):
        raise ConfigurationError(
            f"{name} is a {type(value).__name__}; expected a number, or one for each model. What changes the "
            "learning rate during training is a schedule, as in schedule='cosine', or a function of the "
            "epochs done."
        )
    return number(name, value) if rates is None else tuple(number(name, rate) for rate in rates)


def by_step(rate: Rate) -> float | FloatArray:
    """Return a rate as it is put into a column of a table: a number, or one for each model (models, 1)."""
    return rate if isinstance(rate, float) else np.reshape(rate, (-1, 1))


def _numbers(row: FloatArray, parameter: FloatArray) -> FloatArray:
    """Return a row (..., columns) by column first, each () or (models, 1, 1), in a parameter's precision."""
    by_column = row.T if row.ndim == 1 else row.T[..., None, None]
    return cast(FloatArray, by_column.astype(parameter.dtype))
