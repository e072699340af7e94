"""Training: the loop over epochs."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, IntArray
from plainweave.checks import instance, several, whole_number
from plainweave.data import Split
from plainweave.engine import check_examples, engine_for
from plainweave.errors import ConfigurationError, shown
from plainweave.network import Network, check_parameters
from plainweave.optimizers import SGD
from plainweave.randomness import epoch_order
from plainweave.training.history import History
from plainweave.training.state import Patience, TrainingState

Callback = Callable[[int, History, Network], object]
_Setting = TypeVar("_Setting")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Fit:
    """What training leaves.

    Attributes:
        network: the weights of the lowest validation loss, the initial ones if none was finite.
        history: of every epoch.
        best_epoch: at whose end the best weights were scored, from 1; 0 if none was finite. Of shape ()
            or (models,), like those that follow.
        epochs: how many a model trained: all, or until its patience ended or it diverged.
        diverged: the epoch at which a loss was no longer finite, 0 if all were. Losses may be finite and yet
            too large to mean anything: see `learned`.
    """

    network: Network
    history: History
    best_epoch: IntArray
    epochs: IntArray
    diverged: IntArray

    @property
    def learned(self) -> BoolArray:
        """Whether a validation loss was ever lower than that of guessing, log(classes)."""
        return self.history.learned(self.network.outputs)

    def member(self, model: int) -> "Fit":
        """Return what training left of one model of a stack, as if it had trained alone.

        Raises:
            ConfigurationError: the network is no stack, or of fewer models.
        """
        fit = tree.member(self, self.network.number_of(model))
        fit.history.drop_after(int(fit.epochs))
        return fit


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C within `fit`: what training had reached is not lost.

    Attributes:
        fit: the best weights and the history so far, as `fit` would have returned them.
    """

    def __init__(self, fit: Fit) -> None:
        super().__init__(
            f"training was interrupted after {len(fit.history)} epochs. The best weights and the history so "
            "far are in the attribute `fit` of this exception; at a prompt, in sys.last_value.fit."
        )
        self.fit = fit

    def __reduce__(self) -> tuple[type, tuple[Fit]]:
        return type(self), (self.fit,)


def fit(
    network: Network,
    split: Split,
    optimizer: SGD,
    *,
    epochs: int,
    batch_size: int = 64,
    patience: Patience = None,
    seed: int | Sequence[int] = 0,
    callbacks: Sequence[Callback] = (),
    engine: str = "auto",
    start: TrainingState | None = None,
    checkpoint: Callable[[TrainingState], object] | None = None,
) -> Fit:
    """Train a network, or a stack of them, by mini-batches and keep the best weights of each.

    Args:
        network: trained in place; it ends with the weights of the last epoch.
        split: the examples to train on and to choose the best weights by.
        optimizer: takes the steps.
        epochs: how often every training example is visited.
        batch_size: examples of a step, at most all; the last batch of an epoch may be smaller.
        patience: epochs without a better validation loss after which a model stops; None for never; a
            list gives each model of a stack its own.
        seed: of the order of the examples; a list gives each model of a stack its own.
        callbacks: each called at the end of every epoch with (epoch, history, network).
        engine: "auto" trains by compiled code where that covers the network, else by NumPy; "compiled"
            or "numpy" insists.
        start: where an earlier training of the same network ended; it goes on from there.
        checkpoint: called at the end of every epoch with the state, which training goes on to change.

    Raises:
        ConfigurationError: a setting is out of its range or of another kind, there are not as many seeds,
            rates or patiences as models, `start` is of another network, or the engine can't be had.
        ShapeError: the examples, or the network's own arrays, do not fit the network.
        DataError: a label is no class of the network's.
        TrainingInterrupted: Ctrl-C; it brings along what was reached.
    """
    return result_of(
        fit_by_epochs(
            network,
            split,
            optimizer,
            epochs=epochs,
            batch_size=batch_size,
            patience=patience,
            seed=seed,
            callbacks=callbacks,
            engine=engine,
            start=start,
            checkpoint=checkpoint,
        )
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


def fit_by_epochs(
    network: Network,
    split: Split,
    optimizer: SGD,
    *,
    epochs: int,
    batch_size: int = 64,
    patience: Patience = None,
    seed: int | Sequence[int] = 0,
    callbacks: Sequence[Callback] = (),
    engine: str = "auto",
    start: TrainingState | None = None,
    checkpoint: Callable[[TrainingState], object] | None = None,
) -> Generator[History, None, Fit]:
    """Train as `fit` does, and give the history at the end of every epoch, after its callbacks."""
    _check_kinds(network, split, optimizer, start, checkpoint)
    callbacks = _callbacks(callbacks)
    check_parameters(network)
    epochs = whole_number("epochs", epochs, at_least=1)
    batch_size = min(whole_number("batch_size", batch_size, at_least=1), len(split.training))
    seed = _for_models("seed", seed, network, partial(whole_number, at_least=0))
    patience = _for_models("patience", patience, network, _patience)
    _check_rates(optimizer, network)
    check_examples(network, "training", split.training)
    check_examples(network, "validation", split.validation)
    trainer = engine_for(network, split, optimizer, engine)
    state = TrainingState.begin(network) if start is None else start.resumed(network)
    try:
        for epoch in range(state.epoch + 1, epochs + 1):
            if not state.running.any():
                break
            order = epoch_order(seed, epoch, len(split.training))
            with np.errstate(over="ignore", invalid="ignore"):  # a diverging model is marked
                training = trainer.train_epoch(
                    network, optimizer, state.velocity, order, batch_size, state.running
                )
                validation = trainer.validate(network)
            state.end_epoch(training, validation)
            for callback in callbacks:
                callback(state.epoch, state.history, network)
            state.stop_the_impatient(patience)
            if checkpoint is not None:
                checkpoint(state)
            yield state.history
    except KeyboardInterrupt as interrupt:
        state.history.drop_after(int(state.epochs.max()))  # it may have come between two values
        raise TrainingInterrupted(_result(state)) from interrupt
    return _result(state)


def _result(state: TrainingState) -> Fit:
    return Fit(state.best.network, state.history, state.best.epoch, state.epochs, state.diverged)


def _check_kinds(
    network: object, split: object, optimizer: object, start: object, checkpoint: object
) -> None:
    instance("network", network, Network, "pw.Network(features, [50], classes)")
    instance("split", split, Split, "pw.split(pw.Examples(inputs, labels))")
    instance("optimizer", optimizer, SGD, "pw.SGD(0.1, momentum=0.9)")
    if not (checkpoint is None or callable(checkpoint)):
        raise ConfigurationError(f"checkpoint is {shown(checkpoint)}; expected a function of the state.")
    if start is not None:
        instance("start", start, TrainingState, "a copy of what checkpoint was called with")


def _callbacks(given: Iterable[Callback]) -> list[Callback]:
    """Return callbacks as a list: what gives them once only would be empty after the first epoch."""
    callbacks = list(given) if isinstance(given, Iterable) else [given]
    if callable(given) or not all(map(callable, callbacks)):
        raise ConfigurationError(f"callbacks is {shown(given)}; expected a list of functions, as in [print].")
    return callbacks


def _for_models(
    name: str, given: object, network: Network, check: Callable[[str, object], _Setting]
) -> _Setting | list[_Setting]:
    """Check a setting of one value for all models, or of one for each."""
    values = several(given)
    if values is None:
        return check(name, given)
    _check_count(name, len(values), network)
    return [check(name, value) for value in values]


def _patience(name: str, value: object) -> int | None:
    return None if value is None else whole_number(name, value, at_least=1)


def _check_rates(optimizer: SGD, network: Network) -> None:
    for name in ("learning_rate", "weight_decay"):
        rates = np.shape(getattr(optimizer, name))
        if rates:
            _check_count(name, rates[0], network)


def _check_count(name: str, count: int, network: Network) -> None:
    if (count,) != network.stack:
        models = f"{network.stack[0]} models" if network.stack else "models: it is no stack"
        raise ConfigurationError(
            f"{name} is a list of {count}; expected one number, or one for each of the network's {models}."
        )
