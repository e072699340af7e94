"""Training by mini-batches, with scikit-learn's order of examples and its rules of when to stop."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from plainweave.engine import Score, Work, program_for
from plainweave.estimators.batches import Batches
from plainweave.estimators.objective import Objective
from plainweave.estimators.parts import Part, Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.rules import ScikitAdam, ScikitSGD, SolverState
from plainweave.network import Network
from plainweave.optimizers import Optimizer, Schedule
from plainweave.optimizers.optimizer import DECAY
from plainweave.training.observers import Epoch, as_observers, entered, stop_of

_SMALLEST_RATE = 1e-6  # of "adaptive": at it, training ends


class StochasticTraining:
    """One fit by batches: of at most `max_iter` epochs, or of a single one.

    It changes the estimator's weights and all that tells of training, epoch by epoch.

    Args:
        estimator: with weights.
        parts: the examples.
        incremental: whether this is one more epoch of the training before, as `partial_fit` takes.
    """

    def __init__(self, estimator: Perceptron, parts: Parts, *, incremental: bool) -> None:
        self._estimator, self._parts, self._incremental = estimator, parts, incremental
        self._network = network = estimator._take_network()
        kept = getattr(estimator, "_optimizer", None) if incremental else None
        has_own_rule = estimator.optimizer is not None if kept is None else not kept.is_of_scikit_learn
        self._objective = objective = _objective(estimator, parts.training, network, has_own_rule)
        self._batches = Batches(len(parts.training), estimator.batch_size, parts.training.weights, objective)
        estimator._optimizer = kept or _new_state(estimator, network, objective.slope)
        self._rule = rule = estimator._optimizer.rule
        self._schedule = Schedule.of(estimator.schedule or rule.schedule).bound(estimator.max_iter)
        self._observers = as_observers(estimator.observers or ())
        seed = int(estimator._random_state.randint(2**31 - 1)) if any(estimator._dropout_rates()) else 0
        split, size = parts.split(objective.loss), self._batches.size
        self._program = program_for(Work(network, objective.loss, rule, split, size, seed, objective.largest))
        self._order = np.arange(len(parts.training))
        self._best_epoch = 0

    def run(self) -> None:
        """Train; Ctrl-C ends it with a warning."""
        estimator = self._estimator
        try:
            with entered(self._observers):
                self._run()
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=6)
        if estimator._keeps_best:
            estimator.coefs_, estimator.intercepts_ = estimator._best_coefs, estimator._best_intercepts

    def _run(self) -> None:
        estimator = self._estimator
        estimator.n_iter_ = 0
        while estimator.n_iter_ < estimator.max_iter:
            factors = self._take_epoch()
            if self._has_converged() or self._is_stopped(factors) or self._incremental:
                break
            if estimator.n_iter_ == estimator.max_iter:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
                    "optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=7,
                )

    def _take_epoch(self) -> float:
        """Train for an epoch, score, and take note of both; return the learning rate of its last step."""
        estimator, state, steps = self._estimator, self._estimator._optimizer, self._batches.steps
        if estimator.shuffle:
            drawn = np.arange(len(self._order))
            estimator._random_state.shuffle(drawn)
            self._order = self._order[drawn]
        losses = np.array(estimator.history_.validation.get("loss", []))
        factors = state.learning_rate * self._schedule.of_epoch(state.epochs + 1, steps, losses)
        table = self._rule.steps(state.steps, steps, factors)
        weights = self._batches.weights(self._order)
        if state.is_of_scikit_learn:
            decay = estimator.alpha / self._objective.slope
            table[:, DECAY] = np.divide(decay, weights, out=np.zeros(steps), where=weights != 0)
        trace = np.empty((steps, 2))
        with np.errstate(all="ignore"):  # what is not finite at the end is an error there
            training = self._program.epoch(state.epochs + 1, self._order, table, state.slots, trace=trace)
            validation = self._program.validate()
        state.epochs += 1
        state.steps += steps
        estimator.n_iter_ += 1
        estimator.t_ += len(self._order)
        estimator.loss_ = self._batches.told(trace, self._order, weights)
        estimator.loss_curve_.append(estimator.loss_)
        estimator.history_.append(training, validation)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
        self._take_note(validation)
        return float(np.asarray(self._rule.rates(factors))[-1])

    def _take_note(self, validation: Score | None) -> None:
        """Take note of whether the epoch was better than those before, and of the best weights."""
        estimator, watched = self._estimator, np.nan
        if validation is not None and self._parts.validation is not None:
            watched = self._note_validation(validation, self._parts.validation)
        if estimator.early_stopping:
            is_no_better = watched < estimator._best_watched + estimator.tol
        else:
            assert estimator.best_loss_ is not None
            is_no_better = estimator.loss_ > estimator.best_loss_ - estimator.tol
            estimator.best_loss_ = min(estimator.best_loss_, estimator.loss_)
        estimator._no_improvement_count = estimator._no_improvement_count + 1 if is_no_better else 0
        if estimator._keeps_best and watched > estimator._best_watched:
            assert estimator.validation_scores_ is not None
            estimator._best_watched = watched
            estimator.best_validation_score_ = estimator.validation_scores_[-1]
            estimator._keep_weights()
            self._best_epoch = estimator.n_iter_

    def _note_validation(self, validation: Score, part: Part) -> float:
        """Take note of the scores of the held out part; return what is watched, the higher the better."""
        estimator, objective = self._estimator, self._objective
        assert estimator.validation_scores_ is not None
        assert estimator.validation_loss_curve_ is not None
        loss = objective.scale * float(validation.loss) + part.offset(objective.loss)
        score = part.score(validation, self._network, objective.loss)
        estimator.validation_loss_curve_.append(loss)
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        return -loss if estimator.choose_by == "loss" else score

    def _has_converged(self) -> bool:
        """Whether training is to end, for it does no better; an adaptive rate is lowered first."""
        estimator, state = self._estimator, self._estimator._optimizer
        state.scale_by_time(estimator.t_)
        if estimator._no_improvement_count <= estimator.n_iter_no_change:
            return False
        watched = "Training loss"
        if estimator.early_stopping:
            watched = "Validation loss" if estimator.choose_by == "loss" else "Validation score"
        found = (
            f"{watched} did not improve more than tol={estimator.tol:f} for "
            f"{estimator.n_iter_no_change} consecutive epochs."
        )
        if state.mode == "adaptive" and state.learning_rate > _SMALLEST_RATE:
            state.set_rate(state.learning_rate / 5)
            estimator._no_improvement_count = 0
            self._say(f"{found} Setting learning rate to {state.learning_rate:f}")
            return False
        self._say(f"{found}{' Learning rate too small.' if state.mode == 'adaptive' else ''} Stopping.")
        return True

    def _is_stopped(self, rate: float) -> bool:
        """Whether an observer ends training."""
        estimator = self._estimator
        if not self._observers:
            return False
        epoch = Epoch(
            estimator.n_iter_,
            estimator.max_iter,
            estimator.history_,
            self._network,
            np.asarray(rate),
            np.asarray(self._best_epoch),
        )
        stop = stop_of(self._observers, epoch)
        if stop is not None:
            self._say(f"{stop.reason} Stopping.")
        return stop is not None

    def _say(self, line: str) -> None:
        if self._estimator.verbose:
            print(line)


def _objective(estimator: Perceptron, part: Part, network: Network, has_own_rule: bool) -> Objective:
    """Return what is made small; a plainweave optimizer makes small the plainweave loss as it is."""
    loss = estimator._loss()
    if has_own_rule:
        return Objective(loss)
    return Objective.of_scikit_learn(loss, part.y, network.outputs, network.dtype)


def _new_state(estimator: Perceptron, network: Network, slope: float) -> SolverState:
    """Return a solver before its first step; the rates of scikit-learn's are the state's."""
    if estimator.optimizer is not None:
        return SolverState(estimator.optimizer, slots=estimator.optimizer.slots_of(network.parameters))
    rule: Optimizer
    if estimator.solver == "sgd":
        nesterov = bool(estimator.nesterovs_momentum)
        rule = ScikitSGD(1.0, momentum=float(estimator.momentum), nesterov=nesterov, slope=slope)
    else:
        betas = (float(estimator.beta_1), float(estimator.beta_2))
        rule = ScikitAdam(1.0, betas=betas, eps=float(estimator.epsilon), slope=slope)
    rate = float(estimator.learning_rate_init)
    mode = estimator.learning_rate if estimator.solver == "sgd" else "constant"
    slots = rule.slots_of(network.parameters)
    return SolverState(rule, rate, mode, rate, float(estimator.power_t), slots)
