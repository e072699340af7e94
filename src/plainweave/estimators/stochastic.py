"""Training by mini-batches, with scikit-learn's order of examples and its rules of when to stop."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from plainweave.arrays import IntArray
from plainweave.engine import Score, Until, Work, program_for
from plainweave.estimators.batches import Batches
from plainweave.estimators.callbacks import FitTask
from plainweave.estimators.members import threads_of
from plainweave.estimators.moment import Moment
from plainweave.estimators.objective import Objective
from plainweave.estimators.parts import Part, Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.progress import Progress
from plainweave.estimators.rules import ScikitAdam, ScikitSGD, SolverState
from plainweave.estimators.tables import Tables
from plainweave.network import Network
from plainweave.optimizers import Constant, Optimizer, Schedule
from plainweave.optimizers.optimizer import DECAY

_TOGETHER = 4096  # examples of several epochs that are trained by one call where some may be in vain
_SMALLEST_RATE = 1e-6  # of "adaptive": at it, training ends


@dataclass(frozen=True)
class _Told:
    """What some epochs come to.

    Attributes:
        scores: (epochs,), over each and of the validation part; None where there is none.
        losses: of each, as scikit-learn tells it.
        rate: the learning rate of the last step.
    """

    scores: tuple[Score, Score | None]
    losses: list[float]
    rate: float


class StochasticTraining:
    """One fit by batches: of at most `max_iter` epochs, or of a single one.

    It changes the estimator's weights and all that tells of training, epoch by epoch.

    Args:
        estimator: with weights.
        parts: the examples.
        task: what scikit-learn's callbacks are told of.
        incremental: whether this is one more epoch of the training before, as `partial_fit` takes.
    """

    def __init__(self, estimator: Perceptron, parts: Parts, task: FitTask, *, incremental: bool) -> None:
        self._estimator, self._incremental = estimator, incremental
        self._network = network = estimator._take_network()
        kept = getattr(estimator, "_optimizer", None) if incremental else None
        has_own_rule = estimator.optimizer is not None if kept is None else not kept.is_of_scikit_learn
        self._objective = objective = _objective(estimator, parts.training, network, has_own_rule)
        self._batches = Batches(len(parts.training), estimator.batch_size, parts.training.weights, objective)
        estimator._optimizer = kept or _new_state(estimator, network, objective.slope)
        self._rule = rule = estimator._optimizer.rule
        self._schedule = Schedule.of(estimator.schedule or rule.schedule).bound(estimator.max_iter)
        self._progress = Progress(estimator, parts, objective, network, task)
        seed = int(estimator._random_state.randint(2**31 - 1)) if any(estimator._dropout_rates()) else 0
        split, size = parts.split(objective.loss), self._batches.size
        threads, precision = threads_of(estimator.n_jobs), estimator.precision
        work = Work(network, objective.loss, rule, split, size, seed, objective.largest, threads, precision)
        self._program = program_for(work)
        self._tables = Tables(rule)
        self._order: IntArray = np.arange(len(parts.training))

    def run(self) -> None:
        """Train; Ctrl-C ends it with a warning."""
        try:
            with self._progress.watching:
                self._run()
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=1)
        self._progress.end()

    def _run(self) -> None:
        estimator = self._estimator
        estimator.n_iter_ = 0
        while estimator.n_iter_ < estimator.max_iter:
            self._progress.begin_epoch()
            if self._take_epochs(min(self._together, estimator.max_iter - estimator.n_iter_)):
                break
            if estimator.n_iter_ == estimator.max_iter and not self._incremental:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
                    "optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=1,
                )

    def _take_epochs(self, count: int) -> bool:
        """Train for some epochs, at most, and take note of each; return whether training ends with one.

        What was trained beyond that one, or beyond Ctrl-C, is taken back.
        """
        if count == 1:
            told = self._train(1)
            training, validation = (None if score is None else score.at(0) for score in told.scores)
            assert training is not None
            return self._take_note(training, validation, told.losses[0], told.rate)
        before, trained, noted = Moment.of(self._estimator, self._network, self._order), count, 0
        try:
            told = self._train(count, self._until())
            trained = len(told.losses)
            noted = self._progress.note_several(told.scores[0], told.losses)
            self._count(told.losses[:noted])
            return self._progress.is_stuck
        finally:
            if noted < trained:
                self._order = before.restore(self._estimator, self._network)
                if noted:
                    self._train(noted)
            elif trained < count:
                self._order = before.restore_order(self._estimator)
                self._next_orders(trained)

    def _take_note(self, training: Score, validation: Score | None, loss: float, rate: float) -> bool:
        """Take note of an epoch, and return whether it is the last."""
        estimator = self._estimator
        self._count([loss])
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {loss:.8f}")
        self._progress.note(training, validation)
        has_converged = self._has_converged()
        return self._progress.end_epoch(rate) or has_converged or self._incremental

    def _count(self, losses: Sequence[float]) -> None:
        """Count the epochs of these losses."""
        estimator = self._estimator
        estimator.n_iter_ += len(losses)
        estimator.t_ += len(losses) * len(self._order)
        estimator.loss_ = losses[-1]
        estimator.loss_curve_ += losses

    @property
    def _together(self) -> int:
        """How many epochs are trained by one call: several of few examples, where nobody looks in between.

        Nothing but the end of training may follow from the scores of one.
        """
        is_plain = isinstance(self._schedule, Constant) and self._estimator._optimizer.mode == "constant"
        if self._progress.is_watched or self._incremental or not is_plain:
            return 1
        at_once, few = self._program.at_once, max(1, _TOGETHER // len(self._order))
        return at_once if at_once > 1 and self._until() else few

    def _until(self) -> Until | None:
        """Return when the engine is to end training; None where what it traces does not tell the loss."""
        estimator, batches = self._estimator, self._batches
        if self._objective.offsets is not None:
            return None
        assert estimator.best_loss_ is not None
        waited, limit = estimator._no_improvement_count, estimator.n_iter_no_change
        return Until(estimator.tol, estimator.best_loss_, waited, limit, batches.per_trace, batches.shares)

    def _train(self, count: int, until: Until | None = None) -> _Told:
        """Train for some epochs, at most; return what they come to."""
        estimator, state, steps = self._estimator, self._estimator._optimizer, self._batches.steps
        losses = np.array(estimator.history_.validation.get("loss", []))
        losses = losses[len(losses) - state.epochs :]  # of this training
        factors = state.learning_rate * self._schedule.of_epoch(state.epochs + 1, steps, losses)
        orders = self._next_orders(count)
        weights = self._batches.weights(orders)
        table = self._tables(state.steps, np.tile(factors, count))
        if state.is_of_scikit_learn:
            decay, each = estimator.alpha / self._objective.slope, weights.ravel()
            table[:, DECAY] = np.divide(decay, each, out=np.zeros(len(each)), where=each != 0)
        trace = np.empty((len(table), 2))
        with np.errstate(all="ignore"):  # what is not finite at the end is an error there
            scores = self._program.epochs(state.epochs + 1, orders, table, state.slots, trace, until=until)
        trained = len(scores[0].loss)
        state.epochs += trained
        state.steps += trained * steps
        trace = trace.reshape(count, steps, 2)[:trained]
        told = self._batches.told(trace, orders[:trained], weights[:trained])
        return _Told(scores, told.tolist(), float(np.asarray(self._rule.rates(factors))[-1]))

    def _next_orders(self, epochs: int) -> IntArray:
        """Return the orders of the examples in the next epochs, as scikit-learn shuffles them."""
        orders = np.empty((epochs, len(self._order)), np.int64)
        for order in orders:
            order[:] = self._order
            if self._estimator.shuffle:
                self._estimator._random_state.shuffle(order)
            self._order = order
        return orders

    def _has_converged(self) -> bool:
        """Whether training is to end, for it does no better; an adaptive rate is lowered first."""
        estimator, state = self._estimator, self._estimator._optimizer
        progress = self._progress
        state.scale_by_time(estimator.t_)
        if not progress.is_stuck:
            return False
        if state.mode == "adaptive" and state.learning_rate > _SMALLEST_RATE:
            state.set_rate(state.learning_rate / 5)
            estimator._no_improvement_count = 0
            progress.say(f"{progress.found} Setting learning rate to {state.learning_rate:f}")
            return False
        reason = " Learning rate too small." if state.mode == "adaptive" else ""
        progress.say(f"{progress.found}{reason} Stopping.")
        return True


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
