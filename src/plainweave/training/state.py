"""Where training stands at the end of an epoch: all it takes to go on from there, to the bit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray, form_of
from plainweave.display import counted
from plainweave.engine import Score, check_slots
from plainweave.errors import ConfigurationError
from plainweave.network import Network, kinds
from plainweave.optimizers import Optimizer, Slots
from plainweave.training.best import BestWeights
from plainweave.training.history import History
from plainweave.training.patience import Improvement, Patience


@dataclass(repr=False)
class TrainingState:
    """The state of one network's training, or of a stack's; what counts models is (models,) in a stack.

    Attributes:
        network: what is trained, with its weights at the end of the last epoch.
        slots: what the optimizer keeps beside the parameters: arrays by slot and parameter.
        steps: that the optimizer has taken.
        best: the best weights so far.
        improvement: when a model last became better by enough to be worth waiting for more.
        history: of every epoch.
        running: which models are still trained: not diverged, and patient.
        epochs: how many each model trained.
        diverged: the epoch at which a loss was no longer finite, or a metric infinite; 0 for none.
        planned: epochs that training was to have.
        loss: the text of what is made small, or its class.
        stopped: why an observer ended training; None if none did.
    """

    network: Network
    slots: Slots
    steps: int
    best: BestWeights
    improvement: Improvement
    history: History
    running: BoolArray
    epochs: IntArray
    diverged: IntArray
    planned: int
    loss: str
    stopped: str | None = None

    def __repr__(self) -> str:
        done = f"{len(self.history):,} of {counted(self.planned, 'epoch')}"
        return f"TrainingState({self.network}, {self.loss}, {done})"

    @classmethod
    def begin(cls, network: Network, optimizer: Optimizer, epochs: int, loss: str) -> "TrainingState":
        """Return the state before the first of so many epochs of a network that training is to change."""
        shape = network.stack
        return cls(
            network,
            optimizer.slots_of(network.parameters),
            0,
            BestWeights.begin(network),
            Improvement(np.full(shape, np.inf), np.zeros(shape, dtype=int)),
            History(),
            np.ones(shape, dtype=bool),
            np.zeros(shape, dtype=int),
            np.zeros(shape, dtype=int),
            epochs,
            loss,
        )

    def resumed(self, network: Network, optimizer: Optimizer, epochs: int) -> "TrainingState":
        """Return a copy whose training goes on in that network, which takes over the weights.

        An optimizer that finds nothing of its own in `slots` takes its first step. Asked for another number
        of epochs than were planned, training goes on where an observer had ended it.

        Args:
            network: the network that was trained, or one like it.
            optimizer: takes the steps from here on.
            epochs: that training is to have, those behind it included.

        Raises:
            ConfigurationError: this is the state of another network, or of as many models no more.
        """
        self._check_that_it_is_of(network)
        copy = replace(self.copy(), network=network, planned=epochs)
        if copy.slots.keys() == set(optimizer.slots):
            check_slots(network.parameters, copy.slots, optimizer.slots)
        else:
            copy.slots, copy.steps = optimizer.slots_of(network.parameters), 0
        if epochs != self.planned:
            copy.stopped = None
        for name, value in network.parameters.items():
            value[...] = self.weights[name]
        return copy

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
        layers, own = kinds(self.best.network.layers), kinds(network.layers)
        if layers != own:
            raise ConfigurationError(
                f"start is the state of another network: its layers are {', '.join(layers)}; expected "
                f"{', '.join(own)}. Give the state that the training of this network left."
            )
        for name in ("running", "epochs", "diverged"):
            shape = np.shape(getattr(self, name))
            if shape != network.stack:
                raise ConfigurationError(
                    f"start is the state of another network: its {name} has shape {shape}; expected "
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

    @property
    def has_ended(self) -> bool:
        """Whether no model is to be trained any more."""
        return self.stopped is not None or not self.running.any()

    def end_epoch(
        self,
        number: int,
        steps: int,
        training: Score,
        validation: Score | None,
        criterion: FloatArray,
        patience: Patience,
    ) -> None:
        """Take note of an epoch that has ended with those scores, and of which models go on.

        The history has for a model that was no longer trained the scores of its last epoch.

        Args:
            number: of the epoch.
            steps: that it took.
            training: of the mini-batches.
            validation: of the weights at its end; None without a validation part.
            criterion: what chooses the best weights, the lower the better, of shape () or (models,).
            patience: how long a model goes on without becoming better.
        """
        self.steps += steps
        if not self.running.all():
            training = training.only_of(self.running, self.history.last("training"))
            validation = validation and validation.only_of(self.running, self.history.last("validation"))
        self.history.append(training, validation)
        finite = are_finite(training, validation)
        self.epochs = np.where(self.running, number, self.epochs)
        self.diverged = np.where(self.running & ~finite, number, self.diverged)
        self.best.update(self.network, number, criterion, self.running & finite)
        self.improvement.update(self.best, patience.min_delta)
        self.running = self.running & finite & patience.allows(number, self.improvement)

    def end_epochs(
        self,
        steps: int,
        training: Score,
        validation: Score | None,
        criteria: FloatArray,
        kept: FloatArray,
        patience: Patience,
    ) -> None:
        """Take note of several epochs of one network, none but the last of which can end training.

        Args:
            steps: of each.
            training: of the mini-batches (epochs,).
            validation: of the weights at their ends; None without a validation part.
            criteria: what chooses the best weights, the lower the better (epochs,).
            kept: packed weights at the end of each (epochs, numbers).
            patience: how long it goes on without becoming better.
        """
        first, last = self.epoch + 1, self.epoch + len(criteria)
        lowest, best, chosen = float(self.best.value), int(self.best.epoch), None
        improved, since = float(self.improvement.value), int(self.improvement.epoch)
        finite = are_finite(training, validation)
        can_be_best = finite & np.isfinite(kept).all(axis=1)
        for place, criterion in enumerate(criteria.tolist()):
            if criterion < lowest and can_be_best[place]:
                lowest, best, chosen = criterion, first + place, place
            if lowest < improved - patience.min_delta:  # which may be less than before this epoch
                improved, since = lowest, best
        self.steps += len(criteria) * steps
        self.history.extend(training, len(criteria), validation)
        self.epochs = np.asarray(last)
        self.diverged = np.where(finite[-1], self.diverged, last)
        if chosen is not None:
            self.best.put(kept[chosen], best, lowest)
        self.improvement = Improvement(np.asarray(improved), np.asarray(since))
        self.running = finite[-1] & patience.allows(last, self.improvement)

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


def are_finite(training: Score, validation: Score | None) -> BoolArray:
    """Return whether the scores of both parts are finite, of each model (...) or epoch (epochs,).

    A metric that nothing counts for is NaN, which is no fault of training.
    """
    finite = np.ones(np.shape(training.loss), dtype=bool)
    for score in filter(None, (training, validation)):
        finite = finite & np.isfinite(score.loss)
        for values in score.metrics.values():
            finite = finite & ~np.isinf(values)
    return np.asarray(finite)
