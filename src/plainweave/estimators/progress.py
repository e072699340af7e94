"""What is taken note of after every epoch of batches and every iteration of L-BFGS."""

from collections.abc import Sequence

import numpy as np

from plainweave.engine import Score
from plainweave.estimators.callbacks import FitTask
from plainweave.estimators.objective import Objective
from plainweave.estimators.parts import Part, Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.network import Network
from plainweave.training import History
from plainweave.training.observers import Epoch, as_observers, check_same_layers, entered, stop_of


class Progress:
    """Takes note, in the estimator, of how it does, keeps the best weights and calls the observers.

    Args:
        estimator: that is trained.
        parts: the examples.
        objective: what is made small.
        network: with the weights as they are.
        task: what scikit-learn's callbacks are told of.

    Attributes:
        keeps_best: whether the weights that did best on what is held out are to be the last.
    """

    def __init__(
        self, estimator: Perceptron, parts: Parts, objective: Objective, network: Network, task: FitTask
    ) -> None:
        self._estimator, self._validation = estimator, parts.validation
        self._objective, self._network, self._task = objective, network, task
        self._observers = as_observers(estimator.observers or ())
        self._best_epoch = 0
        self._is_first = True
        self._layers = list(network.layers)
        self.keeps_best = estimator._keeps_best and parts.validation is not None
        self.watching = entered(self._observers)

    @property
    def is_watched(self) -> bool:
        """Whether somebody looks at each epoch: a reader of lines, observers, callbacks, who validates."""
        has_lookers = bool(self._estimator.verbose or self._observers)
        return has_lookers or self._validation is not None or self._task.is_told

    def begin_epoch(self) -> None:
        """Tell the callbacks that an epoch begins, or an iteration of L-BFGS; not again before it ends."""
        self._task.begin_epoch("epoch" if self._estimator._is_stochastic else "iteration")

    def note(self, training: Score, validation: Score | None) -> None:
        """Take note of the scores of an epoch, and of whether it was better than those before."""
        estimator, watched = self._estimator, np.nan
        self._begin_history(training)
        estimator.history_.append(training, validation)
        if validation is not None and self._validation is not None:
            watched = self._note_validation(validation, self._validation)
        if estimator.early_stopping and validation is not None:
            self._wait(is_no_better=watched < estimator._best_watched + estimator.tol)
        elif estimator._is_stochastic:
            self._note_loss(estimator.loss_)
        else:
            self._wait(is_no_better=False)
        if self.keeps_best and watched > estimator._best_watched:
            assert estimator.validation_scores_ is not None
            estimator._best_watched = watched
            estimator.best_validation_score_ = estimator.validation_scores_[-1]
            estimator._keep_weights()
            self._best_epoch = estimator.n_iter_

    def note_several(self, training: Score, losses: Sequence[float]) -> int:
        """Take note of epochs (epochs,) that nobody watched, until training is stuck; return of how many."""
        noted = 0
        for loss in losses:
            self._note_loss(loss)
            noted += 1
            if self.is_stuck:
                break
        self._begin_history(training)
        self._estimator.history_.extend(training, noted)
        return noted

    def _begin_history(self, training: Score) -> None:
        """Begin anew where the training before was by another solver, or there was none."""
        estimator = self._estimator
        if self._is_first and estimator.history_.training.keys() != {"loss", *training.metrics}:
            estimator.history_ = History()
        self._is_first = False

    def _note_loss(self, loss: float) -> None:
        """Take note of whether a training loss is better than those before."""
        best = self._estimator.best_loss_
        assert best is not None
        self._wait(is_no_better=loss > best - self._estimator.tol)
        self._estimator.best_loss_ = min(best, loss)

    def _wait(self, *, is_no_better: bool) -> None:
        self._estimator._no_improvement_count = (
            self._estimator._no_improvement_count + 1 if is_no_better else 0
        )

    def _note_validation(self, validation: Score, part: Part) -> float:
        """Take note of the scores of the held out part; return what is watched, the higher the better."""
        estimator, objective = self._estimator, self._objective
        assert estimator.validation_scores_ is not None
        assert estimator.validation_loss_curve_ is not None
        loss = objective.scale * float(validation.loss) + part.offset(objective.loss)
        score = 1.0 if estimator._has_one_class else part.score(validation, self._network, objective.loss)
        estimator.validation_loss_curve_.append(loss)
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        return -loss if estimator.choose_by == "loss" else score

    @property
    def is_stuck(self) -> bool:
        """Whether there was no improvement for too long."""
        return self._estimator._no_improvement_count > self._estimator.n_iter_no_change

    @property
    def found(self) -> str:
        """What being stuck means, in words."""
        estimator, watched = self._estimator, "Training loss"
        if estimator.early_stopping:
            watched = "Validation loss" if estimator.choose_by == "loss" else "Validation score"
        return (
            f"{watched} did not improve more than tol={estimator.tol:f} for "
            f"{estimator.n_iter_no_change} consecutive epochs."
        )

    def end_epoch(self, rate: float) -> bool:
        """Show the epoch to the callbacks and the observers, and return whether one ends training."""
        is_stopped = self._task.end_epoch()
        if is_stopped:
            self.say("A callback ends training. Stopping.")
        if not self._observers:
            return is_stopped
        estimator = self._estimator
        epoch = Epoch(
            estimator.n_iter_,
            estimator.max_iter,
            estimator.history_,
            self._network,
            np.asarray(rate),
            np.asarray(self._best_epoch),
        )
        stop = stop_of(self._observers, epoch)
        check_same_layers(self._layers, self._network)
        estimator._hold(self._network)  # an observer may have put other arrays into it
        if stop is not None:
            self.say(f"{stop.reason} Stopping.")
        return is_stopped or stop is not None

    def say(self, line: str) -> None:
        """Print a line, if lines are wanted."""
        if self._estimator.verbose:
            print(line)

    def end(self) -> None:
        """Give the estimator the best weights, if they are kept."""
        if not self.keeps_best:
            return
        estimator = self._estimator
        estimator.coefs_, estimator.intercepts_ = estimator._best_coefs, estimator._best_intercepts
        if estimator.choose_by is not None or not estimator._is_stochastic:
            estimator._keep_weights()  # in scikit-learn a warm start goes on to train the best ones
