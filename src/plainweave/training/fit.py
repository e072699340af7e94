"""Training a network: the public door."""

from collections.abc import Generator, Iterable, Sequence
from typing import TypeVar

from plainweave.checks import instance
from plainweave.data import Split
from plainweave.errors import ConfigurationError, shown
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.optimizers import Optimizer
from plainweave.training.loop import Checkpoint, train_by_epochs
from plainweave.training.observers import Observer
from plainweave.training.patience import PatienceSetting
from plainweave.training.plan import Plan
from plainweave.training.result import Fit
from plainweave.training.state import TrainingState

_Result = TypeVar("_Result")
_SOFTMAX = SoftmaxCrossEntropy()


def fit(
    network: Network,
    split: Split,
    optimizer: Optimizer,
    *,
    epochs: int,
    loss: Loss = _SOFTMAX,
    batch_size: int = 64,
    patience: PatienceSetting = None,
    min_delta: float = 0.0,
    patience_from: int = 0,
    choose_by: str = "loss",
    seed: int | Sequence[int] = 0,
    observers: Iterable[Observer] = (),
    engine: str = "auto",
    start: TrainingState | None = None,
    checkpoint: Checkpoint | None = None,
) -> Fit:
    """Train a network, or a stack of them, by mini-batches and keep the best weights of each.

    Args:
        network: trained in place; it ends with the weights of the last epoch.
        split: the examples to train on and to choose the best weights by.
        optimizer: takes the steps.
        epochs: how often every training example is visited.
        loss: what is made small.
        batch_size: examples of a step, at most all; the last batch of an epoch may be smaller.
        patience: epochs without a better validation loss after which a model stops; None for never; a
            list gives each model of a stack its own.
        min_delta: a difference that is not enough for patience to call it better.
        patience_from: the epoch after which patience begins to count.
        choose_by: what is best: "loss", or a metric of the loss by name, on the validation part.
        seed: of the order of the examples and of dropout; a list gives each model of a stack its own.
        observers: each called at the end of every epoch with an `Epoch`; one that returns `Stop` ends
            training.
        engine: "auto" trains by compiled code where that knows every part, else by NumPy; "compiled" or
            "numpy" insists.
        start: where an earlier training of the same network ended; it goes on from there, to more epochs too.
        checkpoint: called at the end of every epoch with the state, which training goes on to change.

    Raises:
        ConfigurationError: a setting is out of its range or of another kind, there are not as many seeds,
            rates or patiences as models, `start` is of another network, or the engine can't be had.
        ShapeError: the examples, or the network's own arrays, do not fit the network.
        DataError: a target is none that the loss can take.
        TrainingInterrupted: Ctrl-C; it brings along what was reached.
    """
    instance("network", network, Network, "pw.Network(features, [50], classes)")
    instance("split", split, Split, "pw.split(pw.Examples(inputs, labels))")
    instance("optimizer", optimizer, Optimizer, "pw.SGD(0.1, momentum=0.9)")
    if not (checkpoint is None or callable(checkpoint)):
        raise ConfigurationError(f"checkpoint is {shown(checkpoint)}; expected a function of the state.")
    if start is not None:
        instance("start", start, TrainingState, "the state of what fit returned")
    plan = Plan(
        epochs,
        loss,
        batch_size,
        patience,
        min_delta,
        patience_from,
        choose_by,
        seed,
        observers,
        engine,
    )
    return result_of(train_by_epochs(network, split, optimizer, plan, start=start, checkpoint=checkpoint))


def result_of(steps: Generator[object, None, _Result]) -> _Result:
    """Take all steps of a generator, and return what it returns.

    What comes between two steps, as Ctrl-C may, is raised within it: it knows what is not to be lost.
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result
        except BaseException as error:
            steps.throw(error)  # if it came from within, the generator has ended, and it goes on from here
