"""How a network is to be trained, but for what it is trained on and by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.checks import choice, instance, number, put, several, whole_number
from plainweave.data import Split
from plainweave.engine import PRECISIONS, Score
from plainweave.engine.team import as_threads
from plainweave.errors import ConfigurationError, shown
from plainweave.losses import METRICS, Loss, SoftmaxCrossEntropy, metric
from plainweave.network import Network
from plainweave.optimizers import Optimizer, Schedule
from plainweave.training.best import BestWeights
from plainweave.training.history import History
from plainweave.training.observers import Observer, as_observers
from plainweave.training.patience import Patience, PatienceSetting

_Setting = TypeVar("_Setting")


@dataclass(frozen=True)
class Plan:
    """The settings of a training; see `fit`, which has them as arguments.

    Raises:
        ConfigurationError: a setting is out of its range or of another kind.
    """

    epochs: int
    loss: Loss = field(default_factory=SoftmaxCrossEntropy)
    batch_size: int = 64
    patience: PatienceSetting = None
    min_delta: float = 0.0
    patience_from: int = 0
    choose_by: str = "loss"
    seed: int | Sequence[int] = 0
    observers: Iterable[Observer] = ()
    engine: str = "auto"
    threads: int | None = None
    precision: str = "full"

    def __post_init__(self) -> None:
        instance("loss", self.loss, Loss, "pw.SquaredError()")
        checked: dict[str, object] = {
            "epochs": whole_number("epochs", self.epochs, at_least=1),
            "batch_size": whole_number("batch_size", self.batch_size, at_least=1),
            "patience": _each("patience", self.patience, _patience),
            "min_delta": number("min_delta", self.min_delta),
            "patience_from": whole_number("patience_from", self.patience_from, at_least=0),
            "choose_by": _choice("choose_by", self.choose_by, self.loss),
            "seed": _each("seed", self.seed, partial(whole_number, at_least=0)),
            "observers": as_observers(self.observers),
            "threads": as_threads(self.threads),
            "precision": choice("precision", self.precision, PRECISIONS),
        }
        put(self, **checked)

    @property
    def waiting(self) -> Patience:
        """How long training goes on without becoming better."""
        return Patience(self.patience, self.min_delta, self.patience_from)

    def check(self, network: Network, split: Split, optimizer: Optimizer) -> None:
        """Check that settings go with the network and the split.

        Settings for several models are of as many as the network has.

        Raises:
            ConfigurationError: they are not; or a setting needs a validation part, and there is none.
        """
        rates = {name: getattr(optimizer, name) for name in ("learning_rate", "weight_decay", "l1")}
        for name, value in {"seed": self.seed, "patience": self.patience, **rates}.items():
            count = np.shape(value)
            if count not in ((), network.stack):
                models = f"{network.stack[0]} models" if network.stack else "models: it is no stack"
                raise ConfigurationError(
                    f"{name} is a list of {count[0]}; expected one number, or one for each of the "
                    f"network's {models}."
                )
        if split.validation is None:
            self._check_that_none_is_needed(optimizer)

    def _check_that_none_is_needed(self, optimizer: Optimizer) -> None:
        """Check that nothing follows the scores of the validation part, where there is none."""
        schedule = Schedule.of(optimizer.schedule)
        for name, value, is_needed in (
            ("patience", self.patience, any(several(self.patience) or [self.patience])),
            ("choose_by", self.choose_by, self.choose_by != "loss"),
            ("schedule", str(schedule), schedule.needs_validation),
        ):
            if is_needed:
                raise ConfigurationError(
                    f"{name} is {shown(value)}, and there is no validation part to judge by. Give split a "
                    f"validation_fraction above 0, or leave {name} out."
                )

    def criterion(self, validation: Score | None, epoch: IntArray | int, network: Network) -> FloatArray:
        """Return what chooses the best weights, the lower the better, of shape () or (models,).

        Without a validation part the latest weights are the best. Of several epochs (epochs,) of one network,
        with their scores, it is (epochs,).
        """
        if validation is None:
            return np.zeros(network.stack) - epoch
        return self._cost(validation[self.choose_by])

    def has_chosen(self, best: BestWeights, history: History) -> bool:
        """Whether the best weights of such a history are of what chooses, for all that can be told."""
        column = np.array(history.validation.get(self.choose_by, []))
        if not history.validation or not best.epoch.any():
            return True
        if len(column) < best.epoch.max():
            return False
        rows = np.maximum(best.epoch, 1) - 1
        value = self._cost(np.take_along_axis(column, rows[np.newaxis], axis=0)[0])
        return bool(np.all((best.epoch == 0) | (value == best.value)))

    def _cost(self, value: FloatArray) -> FloatArray:
        return -value if metric(self.choose_by).higher_is_better else value


def _each(name: str, given: object, check: Callable[[str, object], _Setting]) -> _Setting | list[_Setting]:
    """Check a setting of one value for all models, or of one for each."""
    values = several(given)
    return check(name, given) if values is None else [check(name, value) for value in values]


def _choice(name: str, value: object, loss: Loss) -> str:
    """Check what is to choose: the loss, or one of its metrics of which is known which way is better."""
    metric_name = choice(name, value, ["loss", *loss.metrics])
    if metric_name not in ("loss", *METRICS):
        raise ConfigurationError(
            f"{name} is {shown(metric_name)}, and nothing says whether more of it is better; expected a "
            f"metric in plainweave.losses.METRICS. Put Metric({metric_name!r}, higher_is_better=...) there, "
            "by that name."
        )
    return metric_name


def _patience(name: str, value: object) -> int | None:
    return None if value is None else whole_number(name, value, at_least=1)
