"""Training: the loop over epochs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import IntArray
from plainweave.checks import whole_number
from plainweave.data import Split
from plainweave.engine import engine_for
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.network import Network
from plainweave.optimizers import SGD
from plainweave.randomness import epoch_order
from plainweave.training.history import History
from plainweave.training.state import Patience, TrainingState

Callback = Callable[[int, History, Network], object]


@dataclass(frozen=True)
class Fit:
    """What training leaves.

    Attributes:
        network: the weights of the lowest validation loss.
        history: of every epoch.
        best_epoch: at whose end the best weights were scored, from 1; 0 if none was finite. Of shape ()
            or (models,), like those that follow.
        epochs: how many a model trained: all, or until its patience ended or it diverged.
        diverged: the epoch at which a loss was no longer finite, 0 if all were.
    """

    network: Network
    history: History
    best_epoch: IntArray
    epochs: IntArray
    diverged: IntArray

    def member(self, model: int) -> "Fit":
        """Return what training left of one model of a stack, as if it had trained alone."""
        epochs = self.epochs[model]
        return Fit(
            self.network.member(model),
            self.history.member(model, int(epochs)),
            self.best_epoch[model],
            epochs,
            self.diverged[model],
        )


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
        batch_size: examples of a step; the last batch of an epoch may be smaller.
        patience: epochs without a better validation loss after which a model stops; None for never; a
            list gives each model of a stack its own.
        seed: of the order of the examples; a list gives each model of a stack its own.
        callbacks: each called at the end of every epoch with (epoch, history, network).
        engine: "auto" trains by compiled code where that covers the network, else by NumPy; "compiled"
            or "numpy" insists.
        start: where an earlier training of the same network ended; it goes on from there.
        checkpoint: called at the end of every epoch with the state, which training goes on to change.

    Raises:
        ConfigurationError: a setting is out of its range, the batch is larger than the training part,
            a label is no class of the network's, there are not as many seeds, rates or patiences as
            models, or the engine can't be had.
        ShapeError: the examples have another number of features than the network has inputs.
    """
    _check(network, split, optimizer, epochs, batch_size, patience, seed)
    trainer = engine_for(network, split, engine)
    state = TrainingState.begin(network, optimizer)
    if start is not None:
        state.go_on_from(start)
    while state.epoch < epochs and state.running.any():
        order = epoch_order(seed, state.epoch + 1, len(split.training))
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging model is marked
            training = trainer.train_epoch(network, optimizer, order, batch_size, state.running)
            validation = trainer.validate(network)
        state.end_epoch(network, training, validation)
        for callback in callbacks:
            callback(state.epoch, state.history, network)
        state.stop_the_impatient(patience)
        if checkpoint is not None:
            checkpoint(state)
    return Fit(state.best.network, state.history, state.best.epoch, state.epochs, state.diverged)


def _check(
    network: Network,
    split: Split,
    optimizer: SGD,
    epochs: int,
    batch_size: int,
    patience: Patience,
    seed: int | Sequence[int],
) -> None:
    whole_number("epochs", epochs, at_least=1)
    for name, given, at_least in (("patience", patience, 1), ("seed", seed, 0)):
        each = given if isinstance(given, Sequence) else [given]
        for value in each:
            if value is not None:
                whole_number(name, value, at_least=at_least)
        if isinstance(given, Sequence) and (len(given),) != network.stack:
            raise ConfigurationError(
                f"{name} is a list of {len(given)}; expected one number, or one for each of the network's "
                f"{_models(network)}."
            )
    if whole_number("batch_size", batch_size, at_least=1) > len(split.training):
        raise ConfigurationError(
            f"batch_size is {batch_size}; expected at most the {len(split.training)} training examples."
        )
    if split.training.inputs.shape[1] != network.inputs:
        raise ShapeError(
            f"the examples have {split.training.inputs.shape[1]} features; expected {network.inputs}, the "
            "network's inputs."
        )
    largest = max(int(part.labels.max()) for part in (split.training, split.validation))
    if largest >= network.classes:
        raise ConfigurationError(
            f"a label is {largest}; expected 0 to {network.classes - 1}, for the network has "
            f"{network.classes} classes."
        )
    for name in ("learning_rate", "weight_decay"):
        rates = np.shape(getattr(optimizer, name))
        if rates and rates[:1] != network.stack:
            raise ConfigurationError(
                f"{name} is a list of {rates[0]}; expected one number, or one for each of the network's "
                f"{_models(network)}."
            )


def _models(network: Network) -> str:
    return f"{network.stack[0]} models" if network.stack else "models: it is no stack"
