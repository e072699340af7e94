"""Analytic gradients held to numerical ones, parameter by parameter."""

import numpy as np

from plainweave.arrays import FloatArray, RawArray
from plainweave.checks import choice, instance, number, whole_number
from plainweave.data import Examples
from plainweave.engine import ENGINES
from plainweave.errors import DataError
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network, check_no_stack, check_parameters
from plainweave.verification.analytic import analytic_gradients
from plainweave.verification.numerical import gradient_and_kinks
from plainweave.verification.objective import Objective
from plainweave.verification.report import GradientReport, compared

EPSILON = 1e-5
TOLERANCE = 1e-7
_SOFTMAX = SoftmaxCrossEntropy()


def check_gradients(
    network: Network,
    x: RawArray,
    targets: RawArray,
    *,
    loss: Loss | str = _SOFTMAX,
    weights: FloatArray | None = None,
    engine: str = "numpy",
    seed: int = 0,
    epsilon: float = EPSILON,
    tolerance: float = TOLERANCE,
) -> GradientReport:
    """Compare every gradient of a loss with central differences of the loss's value.

    A copy of the network is checked in float64, for in float32 the differences drown in rounding. The
    numerical side is always NumPy's forward pass; dropout's masks are those of the first epoch.

    Args:
        network: one network, no stack, of any layers; it is left as it is.
        x: inputs (batch, inputs), standardized.
        targets: labels (batch,), or what else the loss takes.
        loss: what the gradients are of; a `Loss` or its text, as "huber:1.5".
        weights: of the examples (batch,); by default each weighs 1.
        engine: whose gradients are checked, "numpy" or "compiled"; "auto" for the one that trains such a
            network.
        seed: of dropout.
        epsilon: the step on either side of each parameter.
        tolerance: the largest relative error, by norm, of a tensor that passes.

    Raises:
        ConfigurationError: the network is none or a stack, the loss is none, the engine can't be had or does
            not know a part, epsilon or tolerance is not above 0, there are no examples, or a layer
            of one's own gives no gradient of a parameter.
        DataError, ShapeError: x, targets or weights can't be examples, or do not fit each other, the loss or
            the network; or the loss is not finite.
    """
    instance("network", network, Network, "pw.Network(features, [50], classes)")
    loss = Loss.named(loss)
    choice("engine", engine, ENGINES)
    number("epsilon", epsilon, above=0)
    number("tolerance", tolerance, above=0)
    seed = whole_number("seed", seed, at_least=0)
    check_parameters(network)
    check_no_stack(network)
    objective = Objective.of(network, loss, Examples(x, targets, weights), seed)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite does not pass
        return _report(network.astype(np.float64), objective, engine, epsilon, tolerance)


def _report(
    network: Network, objective: Objective, engine: str, epsilon: float, tolerance: float
) -> GradientReport:
    value, analytic = analytic_gradients(engine, network, objective)
    if not np.isfinite(value):
        raise DataError(
            f"the loss of these examples is {value:g}; expected a finite one, to take differences of. Give "
            "smaller inputs or weights."
        )
    # Either loss is rounded by about this much of itself, and their difference is divided by 2 epsilon.
    rounding = (1 + abs(value)) * np.finfo(np.float64).eps / epsilon
    checks = []
    for name in network.parameters:
        numeric, kinks = gradient_and_kinks(objective, network, name, epsilon)
        checks.append(compared(name, analytic[name], numeric, kinks, tolerance, rounding))
    return GradientReport(epsilon, tolerance, tuple(checks))
