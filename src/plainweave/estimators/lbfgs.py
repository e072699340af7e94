"""Training by L-BFGS: SciPy's, on the loss and the gradient of all examples at once."""

import numpy as np
import scipy.optimize
from sklearn.utils.fixes import parse_version, sp_version
from sklearn.utils.optimize import _check_optimize_result

from plainweave import tree
from plainweave.arrays import FloatArray
from plainweave.engine import Score, Work, program_for
from plainweave.engine.threads import one_blas_thread
from plainweave.estimators.callbacks import FitTask
from plainweave.estimators.members import threads_of
from plainweave.estimators.objective import Objective
from plainweave.estimators.parts import Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.progress import Progress
from plainweave.optimizers import SGD

_BATCH = 256  # examples that go through all layers together


class LBFGSTraining:
    """One fit by L-BFGS; it changes the estimator's weights, which become float64, as in scikit-learn.

    Each iteration is to what is held out, and to observers, as an epoch is. Without examples held out early
    stopping has no effect, as in scikit-learn.

    Args:
        estimator: with weights.
        parts: the examples.
        task: what scikit-learn's callbacks are told of.
    """

    def __init__(self, estimator: Perceptron, parts: Parts, task: FitTask) -> None:
        self._estimator, part = estimator, parts.training
        self._network = network = estimator._take_network(np.float64)
        self._objective = objective = Objective.of_scikit_learn(
            estimator._loss(), part.y, estimator.n_outputs_, network.dtype
        )
        self._weight = len(part) if part.weights is None else float(part.weights.sum())
        self._offset = part.offset(objective.loss)
        self._rows = np.arange(len(part))
        self._progress = Progress(estimator, parts, objective, network, task)
        self._loss, self._is_stopped = np.inf, False
        split = parts.split(objective.loss)
        threads, largest = threads_of(estimator.n_jobs), objective.largest
        work = Work(network, objective.loss, SGD(1.0), split, _BATCH, largest_loss=largest, threads=threads)
        self._program = program_for(work)

    def run(self) -> None:
        """Train."""
        estimator, network = self._estimator, self._network
        options = {"maxfun": estimator.max_fun, "maxiter": estimator.max_iter, "gtol": estimator.tol}
        if sp_version < parse_version("1.15"):  # from then on it is without effect, and later an error
            options["iprint"] = 1 if estimator.verbose else -1
        estimator.n_iter_ = 0
        with self._progress.watching, one_blas_thread():  # SciPy's own steps are small
            result = scipy.optimize.minimize(
                self._loss_and_gradient,
                tree.packed(network.parameters),
                method="L-BFGS-B",
                jac=True,
                callback=self._end_iteration,
                options=options,
            )
        if not self._is_stopped:
            estimator.n_iter_ = _check_optimize_result("lbfgs", result, estimator.max_iter)
        estimator.loss_ = float(result.fun)
        tree.unpack(result.x, network.parameters)
        self._progress.end()

    def _end_iteration(self, intermediate_result: scipy.optimize.OptimizeResult) -> None:
        """Take note of an iteration, whose weights are those whose loss was asked for last.

        Raises:
            StopIteration: training is to end.
        """
        estimator, progress = self._estimator, self._progress
        tree.unpack(intermediate_result.x, self._network.parameters)
        with np.errstate(all="ignore"):
            validation = self._program.validate()
        estimator.n_iter_ += 1
        estimator.loss_ = float(intermediate_result.fun)
        if validation is not None:
            progress.say(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
        progress.note(Score(np.asarray(self._loss), {}), validation)
        if progress.is_stuck:
            progress.say(f"{progress.found} Stopping.")
        self._is_stopped = progress.end_epoch(1.0) or progress.is_stuck
        if self._is_stopped:
            raise StopIteration

    def _loss_and_gradient(self, packed: FloatArray) -> tuple[float, FloatArray]:
        """Return scikit-learn's loss, with its penalty, and its gradient, of packed parameters."""
        objective, network = self._objective, self._network
        self._progress.begin_epoch()
        tree.unpack(packed, network.parameters)
        with np.errstate(all="ignore"):
            self._loss, gradients = self._program.gradients(self._rows)
        decay, penalty = self._estimator.alpha / self._weight, 0.0
        slopes: dict[str, FloatArray] = {}
        for name, parameter in network.parameters.items():
            slopes[name] = objective.slope * gradients[name]
            if name.endswith(".weight"):
                slopes[name] += decay * parameter
                penalty += float(np.vdot(parameter, parameter))
        value = objective.scale * self._loss + self._offset + decay / 2 * penalty
        return value, tree.packed(slopes)
