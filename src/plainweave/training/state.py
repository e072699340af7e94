"""Where training stands at the end of an epoch: all it takes to go on from there, to the bit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray, form_of
from plainweave.engine import Score, check_velocity
from plainweave.errors import ConfigurationError
from plainweave.network import Network
from plainweave.training.best import BestWeights
from plainweave.training.history import History

Patience = int | None | Sequence[int | None]


@dataclass
class TrainingState:
    """The state of one network's training, or of a stack's; what counts models is (models,) in a stack.

    Attributes:
        network: what is trained, with its weights at the end of the last epoch.
        velocity: of the optimizer, by the names of the parameters; empty before the first step and without
            momentum.
        best: the best weights so far.
        history: of every epoch.
        running: which models are still trained: not diverged, and patient.
        epochs: how many each model trained.
        diverged: the epoch at which a loss was no longer finite, 0 if all were.
    """

    network: Network
    velocity: dict[str, FloatArray]
    best: BestWeights
    history: History
    running: BoolArray
    epochs: IntArray
    diverged: IntArray

    @classmethod
    def begin(cls, network: Network) -> "TrainingState":
        """Return the state before the first epoch of a network that training is to change."""
        shape = network.stack
        return cls(
            network,
            {},
            BestWeights.begin(network),
            History(),
            np.ones(shape, dtype=bool),
            np.zeros(shape, dtype=int),
            np.zeros(shape, dtype=int),
        )

    def resumed(self, network: Network) -> "TrainingState":
        """Return a copy whose training goes on in that network, which takes over the weights.

        Raises:
            ConfigurationError: this is the state of another network, or of as many models no more.
        """
        self._check_that_it_is_of(network)
        for name, value in network.parameters.items():
            value[...] = self.weights[name]
        return replace(self.copy(), network=network)

    def _check_that_it_is_of(self, network: Network) -> None:
        expected = network.parameters
        for part, arrays in (("weights", self.weights), ("best weights", self.best.network.parameters)):
            for name in [*expected, *arrays]:
                given, wanted = form_of(arrays.get(name)), form_of(expected.get(name))
                if given != wanted:
                    raise ConfigurationError(
                        f"start is the state of another network: its {part} have {given} for {name}; "
                        f"expected {wanted}. Give the state that the training of this network left."
                    )
        if self.velocity.keys() & expected.keys():  # one's own optimizer may keep there what it likes
            check_velocity(network, self.velocity)
        for counted in ("running", "epochs", "diverged"):
            shape = np.shape(getattr(self, counted))
            if shape != network.stack:
                raise ConfigurationError(
                    f"start is the state of another network: its {counted} has shape {shape}; expected "
                    f"{network.stack}. Give the state that the training of this network left."
                )

    @property
    def weights(self) -> dict[str, FloatArray]:
        """The network's parameters by name, the arrays themselves."""
        return self.network.parameters

    @property
    def epoch(self) -> int:
        """The epoch that has ended last, 0 before the first."""
        return len(self.history)

    def end_epoch(self, training: Score, validation: Score) -> None:
        """Take note of an epoch that has ended with those scores."""
        self.history.append(training, validation)
        self.epochs[self.running] = self.epoch
        finite = np.isfinite(training.loss) & np.isfinite(validation.loss)
        self.diverged[self.running & ~finite] = self.epoch
        self.best.update(self.network, self.epoch, validation.loss, self.running & finite)
        self.running &= finite

    def stop_the_impatient(self, patience: Patience) -> None:
        """Stop the models that have not become better for as many epochs as their patience."""
        if isinstance(patience, Sequence):
            limits: FloatArray | float = np.array([limit or np.inf for limit in patience])
        else:
            limits = patience or np.inf
        self.running &= np.asarray(self.epoch - self.best.epoch < limits)

    def copy(self) -> "TrainingState":
        """Return a copy that further training leaves alone; after any number of epochs it takes no longer."""
        copy = tree.copied(replace(self, history=History()))
        return replace(copy, history=self.history.copy())

    def member(self, model: int) -> "TrainingState":
        """Return the state of one model of a stack, as if it trained alone."""
        return tree.member(self, model)

    @classmethod
    def stacked(cls, states: Sequence["TrainingState"]) -> "TrainingState":
        """Put the states of models that have trained for as many epochs together as a stack."""
        return tree.stacked(states)
