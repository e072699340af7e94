"""Where training stands at the end of an epoch: all it takes to go on from there, to the bit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.engine import Score
from plainweave.network import Network
from plainweave.optimizers import SGD
from plainweave.training.best import BestWeights
from plainweave.training.history import History

Patience = int | None | Sequence[int | None]


@dataclass
class TrainingState:
    """The state of one network's training, or of a stack's; what counts models is (models,) in a stack.

    Attributes:
        weights: the network's parameters by name, the arrays themselves.
        velocity: the optimizer's, by the same names; empty before the first step and without momentum.
        best: the best weights so far.
        history: of every epoch.
        running: which models are still trained: not diverged, and patient.
        epochs: how many each model trained.
        diverged: the epoch at which a loss was no longer finite, 0 if all were.
    """

    weights: dict[str, FloatArray]
    velocity: dict[str, FloatArray]
    best: BestWeights
    history: History
    running: BoolArray
    epochs: IntArray
    diverged: IntArray

    @classmethod
    def begin(cls, network: Network, optimizer: SGD) -> "TrainingState":
        """Return the state before the first epoch; it holds the arrays that training changes."""
        shape = network.stack
        return cls(
            network.parameters,
            optimizer.velocity,
            BestWeights(network),
            History(),
            np.ones(shape, dtype=bool),
            np.zeros(shape, dtype=int),
            np.zeros(shape, dtype=int),
        )

    @property
    def epoch(self) -> int:
        """The epoch that has ended last, 0 before the first."""
        return len(self.history)

    def go_on_from(self, earlier: "TrainingState") -> None:
        """Take over what an earlier training of the same network left."""
        for name, value in self.weights.items():
            value[...] = earlier.weights[name]
        self.velocity.update({name: value.copy() for name, value in earlier.velocity.items()})
        self.best = earlier.best.copy()
        self.history = earlier.history.copy()
        self.running, self.epochs = earlier.running.copy(), earlier.epochs.copy()
        self.diverged = earlier.diverged.copy()

    def end_epoch(self, network: Network, training: Score, validation: Score) -> None:
        """Take note of an epoch that has ended with those scores."""
        self.history.append(training, validation)
        self.epochs[self.running] = self.epoch
        finite = np.isfinite(training.loss) & np.isfinite(validation.loss)
        self.diverged[self.running & ~finite] = self.epoch
        self.best.update(network, self.epoch, validation.loss, self.running & finite)
        self.running &= finite

    def stop_the_impatient(self, patience: Patience) -> None:
        """Stop the models that have not become better for as many epochs as their patience."""
        if isinstance(patience, Sequence):
            limits: FloatArray | float = np.array([each or np.inf for each in patience])
        else:
            limits = patience or np.inf
        self.running &= np.asarray(self.epoch - self.best.epoch < limits)

    def copy(self) -> "TrainingState":
        """Return a copy that further training leaves alone."""
        return TrainingState(
            {name: value.copy() for name, value in self.weights.items()},
            {name: value.copy() for name, value in self.velocity.items()},
            self.best.copy(),
            self.history.copy(),
            self.running.copy(),
            self.epochs.copy(),
            self.diverged.copy(),
        )

    def member(self, model: int) -> "TrainingState":
        """Return the state of one model of a stack, as if it trained alone."""
        return TrainingState(
            {name: value[model] for name, value in self.weights.items()},
            {name: value[model] for name, value in self.velocity.items()},
            self.best.member(model),
            self.history.member(model, self.epoch),
            self.running[model],
            self.epochs[model],
            self.diverged[model],
        )

    @classmethod
    def stacked(cls, states: Sequence["TrainingState"]) -> "TrainingState":
        """Put the states of models that have trained for as many epochs together as a stack."""
        first = states[0]
        return cls(
            {name: np.stack([each.weights[name] for each in states]) for name in first.weights},
            {name: np.stack([each.velocity[name] for each in states]) for name in first.velocity},
            BestWeights.stacked([each.best for each in states]),
            History.stacked([each.history for each in states]),
            np.stack([each.running for each in states]),
            np.stack([each.epochs for each in states]),
            np.stack([each.diverged for each in states]),
        )
