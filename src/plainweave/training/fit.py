"""Training a network: the public door."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from plainweave.checks import instance
from plainweave.data import Split
from plainweave.elsewhere import answers
from plainweave.errors import ConfigurationError, shown
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.optimizers import Optimizer
from plainweave.training.loop import Checkpoint, train_by_epochs
from plainweave.training.observers import Observer, as_observers
from plainweave.training.patience import PatienceSetting
from plainweave.training.plan import Plan
from plainweave.training.result import Fit
from plainweave.training.state import TrainingState

_Result = TypeVar("_Result")
_SOFTMAX = SoftmaxCrossEntropy()


@answers("pw.fit(network, pw.split(pw.Examples(inputs, targets)), pw.SGD(0.1), epochs=20)")
def fit(
    network: Network,
    split: Split,
    optimizer: Optimizer,
    *,
    epochs: int,
    loss: Loss | str = _SOFTMAX,
    batch_size: int = 64,
    patience: PatienceSetting = None,
    min_delta: float = 0.0,
    patience_from: int = 0,
    choose_by: str = "loss",
    seed: int | Sequence[int] = 0,
    observers: Observer | Iterable[Observer] = (),
    engine: str = "auto",
    threads: int | None = None,
    precision: str = "full",
    start: TrainingState | None = None,
    checkpoint: Checkpoint | None = None,
) -> Fit:
    """Train a network, or a stack of them, on mini-batches, and keep the best weights of each.

    Args:
        network: trained in place; it ends with the weights of the last epoch.
        split: the training part, and the validation part, which chooses the best weights.
        optimizer: the rule of the steps, with its settings.
        epochs: how often every training example is visited, at most.
        loss: to be made small; a `Loss` or its text, as "huber:1.5".
        batch_size: examples of a step, at most all; the last batch of an epoch may be smaller.
        patience: a model stops after so many epochs without an improvement of what `choose_by` names; None
            for never; a list gives each model of a stack its own.
        min_delta: a smaller difference is no improvement to patience; in units of what `choose_by` names.
        patience_from: the epoch after which patience begins to count.
        choose_by: what chooses the best weights: "loss", or a metric of the loss by name, both of the
            validation part. Without a validation part the last weights are kept.
        seed: of the order of the examples and of dropout; a list gives each model of a stack its own.
        observers: one, or several: each called at the end of every epoch with an `Epoch`; one that returns
            `Stop` ends training, and one that is a context manager is entered before and left after it.
        engine: "auto" trains by compiled code if that knows every part, else by NumPy; "compiled" and
            "numpy" force one of them.
        threads: of the compiled engine; None for as many as make training faster, of the processors that
            this process may use. Any number gives the same bytes.
        precision: "full", that of the network, or "mixed": the products of a step are of bfloat16 numbers,
            their sums, the weights and all else of float32, on processors with AMX or AVX512-BF16.
        start: where an earlier training of the same network ended, as the state of a `Fit`. Training goes on
            from there to the end of so many `epochs`, as if it had been that long from the beginning: a
            model that diverged or whose patience ended stays as it is; a `Stop` no longer counts.
        checkpoint: called at the end of every epoch with the state, which training then changes further.

    Raises:
        ConfigurationError: a setting is out of its range or of another kind, there are not as many seeds,
            rates or patiences as models, there is no validation part where one is needed, `start` is of
            another network, loss or parts or of more epochs, chose its best weights by something else or was
            planned by a schedule that spans another training, or the engine or the precision can't be had.
        ShapeError: the examples, or the network's own arrays, do not fit the network.
        DataError: a target is none that the loss can take.
        TrainingInterrupted: Ctrl-C; it holds what was reached.
    """
    instance("network", network, Network, "pw.Network(features, [50], classes)")
    instance("split", split, Split, "pw.split(pw.Examples(inputs, targets)) or dataset.split()")
    instance("optimizer", optimizer, Optimizer, "pw.SGD(0.1, momentum=0.9)")
    if not (checkpoint is None or callable(checkpoint)):
        raise ConfigurationError(f"checkpoint is {shown(checkpoint)}; expected a function of the state.")
    if start is not None:
        instance("start", start, TrainingState, "the state of what fit returned")
        start = replace(start, stopped=None)  # who gives it wants training to go on
    plan = Plan(
        epochs,
        Loss.named(loss),
        batch_size=batch_size,
        patience=patience,
        min_delta=min_delta,
        patience_from=patience_from,
        choose_by=choose_by,
        seed=seed,
        observers=as_observers(observers),
        engine=engine,
        threads=threads,
        precision=precision,
    )
    return result_of(
        train_by_epochs(network, split, optimizer, plan, start=start, checkpoint=checkpoint, at_once=True)
    )


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
