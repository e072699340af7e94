"""What is called at the end of every epoch, and may end training."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from plainweave.arrays import FloatArray, IntArray
from plainweave.elsewhere import Elsewhere
from plainweave.errors import CONTROLS, ConfigurationError, shown
from plainweave.network import Layer, Network, kinds
from plainweave.training.history import History


@dataclass(frozen=True)
class Epoch(Elsewhere):
    """An epoch that has ended. Its arrays are those of training: look at them, and copy what you keep.

    Attributes:
        number: from 1.
        epochs: how many there are to be.
        history: of every epoch up to this one.
        network: with the weights at the epoch's end.
        learning_rate: of its last step, by the schedule, of shape () or (models,); it can't be set.
        best_epoch: the one at whose end the best weights were scored, of shape () or (models,).
    """

    number: int
    epochs: int
    history: History
    network: Network
    learning_rate: FloatArray
    best_epoch: IntArray


@dataclass(frozen=True)
class Stop:
    """What an observer returns to end training, of all models of a stack, with the best weights so far.

    Attributes:
        reason: in a line, for the record.

    Raises:
        ConfigurationError: the reason is no line of text.
    """

    reason: str

    def __post_init__(self) -> None:
        reason: object = self.reason
        if not isinstance(reason, str) or not reason.strip() or CONTROLS.search(reason):
            raise ConfigurationError(f"reason is {shown(reason)}; expected a line that says why.")


# One that is a context manager too is entered before the first epoch, and left however training ends.
Observer = Callable[[Epoch], Stop | None]


def as_observers(given: Observer | Iterable[Observer]) -> list[Observer]:
    """Return observers, or one, as a list: what gives them once only would be empty after the first epoch.

    Raises:
        ConfigurationError: one is no function.
    """
    observers = [given] if callable(given) or not isinstance(given, Iterable) else list(given)
    if not all(map(callable, observers)):
        raise ConfigurationError(f"observers is {shown(given)}; expected a list of functions, as in [print].")
    for observer in observers:
        if isinstance(observer, type):
            raise ConfigurationError(
                f"an observer is the class {observer.__name__}; expected a function. Did you mean "
                f"{observer.__name__}(...)?"
            )
    return observers


@contextmanager
def entered(observers: Iterable[Observer]) -> Iterator[None]:
    """Enter those observers that have something to begin and to end, as a bar on a terminal has.

    None of them keeps back what ended training, or what ended another: it would seem to have ended well.
    """
    with ExitStack() as stack:
        for observer in observers:
            if isinstance(observer, AbstractContextManager):
                observer.__enter__()
                stack.push(_end_of(observer))
        yield


def _end_of(observer: AbstractContextManager[object]) -> Callable[..., None]:
    def end(*error: Any) -> None:
        observer.__exit__(*error)

    return end


def check_same_layers(layers: Sequence[Layer], network: Network) -> None:
    """Check that observers have left the list of layers alone: programs and the best weights rely on it.

    Raises:
        ConfigurationError: the network has other layers.
    """
    is_same = len(layers) == len(network.layers) and all(map(operator.is_, layers, network.layers))
    if not is_same:
        raise ConfigurationError(
            f"an observer has made the network's layers {', '.join(kinds(network.layers))}, not those that "
            f"training began with; expected {', '.join(kinds(layers))}. Put new arrays into the layers, "
            "or go on by another fit."
        )


def stop_of(observers: Iterable[Observer], epoch: Epoch) -> Stop | None:
    """Call every observer, and return the first stop that one asks for.

    Raises:
        ConfigurationError: one returns something else, or raises StopIteration.
    """
    stops = []
    for observer in observers:
        try:
            answer: object = observer(epoch)
        except StopIteration as error:  # which a generator, as training is, can't let through
            raise ConfigurationError(
                "an observer raised StopIteration; expected it to return pw.Stop('why') to end training."
            ) from error
        if isinstance(answer, Stop):
            stops.append(answer)
        elif answer is not None:
            raise ConfigurationError(
                f"an observer returned {shown(answer)}; expected None, or pw.Stop('why') to end training."
            )
    return stops[0] if stops else None
