"""Training by L-BFGS: SciPy's, on the loss and the gradient of all examples at once."""

import numpy as np
import scipy.optimize
from sklearn.utils.fixes import parse_version, sp_version
from sklearn.utils.optimize import _check_optimize_result

from plainweave import tree
from plainweave.arrays import FloatArray
from plainweave.engine import Work, program_for
from plainweave.estimators.objective import Objective
from plainweave.estimators.parts import Part, Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.optimizers import SGD

_BATCH = 256  # examples that go through all layers together


class LBFGSTraining:
    """One fit by L-BFGS; it changes the estimator's weights, which become float64, as in scikit-learn."""

    def __init__(self, estimator: Perceptron, part: Part) -> None:
        self._estimator, self._part = estimator, part
        self._network = network = estimator._take_network(np.float64)
        self._objective = objective = Objective.of_scikit_learn(
            estimator._loss(), part.y, estimator.n_outputs_, network.dtype
        )
        self._weight = len(part) if part.weights is None else float(part.weights.sum())
        self._offset = part.offset(objective.loss)
        self._rows = np.arange(len(part))
        split = Parts(part).split(objective.loss)
        work = Work(network, objective.loss, SGD(1.0), split, _BATCH, largest_loss=objective.largest)
        self._program = program_for(work)

    def run(self) -> None:
        """Train."""
        estimator = self._estimator
        options = {"maxfun": estimator.max_fun, "maxiter": estimator.max_iter, "gtol": estimator.tol}
        if sp_version < parse_version("1.15"):  # from then on it is without effect, and later an error
            options["iprint"] = 1 if estimator.verbose else -1
        result = scipy.optimize.minimize(
            self._loss_and_gradient,
            tree.packed(self._network.parameters),
            method="L-BFGS-B",
            jac=True,
            options=options,
        )
        estimator.n_iter_ = _check_optimize_result("lbfgs", result, estimator.max_iter)
        estimator.loss_ = float(result.fun)
        tree.unpack(result.x, self._network.parameters)

    def _loss_and_gradient(self, packed: FloatArray) -> tuple[float, FloatArray]:
        """Return scikit-learn's loss, with its penalty, and its gradient, of packed parameters."""
        objective, network = self._objective, self._network
        tree.unpack(packed, network.parameters)
        with np.errstate(all="ignore"):
            loss, gradients = self._program.gradients(self._rows)
        decay, penalty = self._estimator.alpha / self._weight, 0.0
        slopes: dict[str, FloatArray] = {}
        for name, parameter in network.parameters.items():
            slopes[name] = objective.slope * gradients[name]
            if name.endswith(".weight"):
                slopes[name] += decay * parameter
                penalty += float(np.vdot(parameter, parameter))
        value = objective.scale * loss + self._offset + decay / 2 * penalty
        return value, tree.packed(slopes)
