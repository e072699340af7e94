"""The gradients that are checked: those that an engine trains along."""

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Split, Standardizer
from plainweave.engine import Work, program_for
from plainweave.losses import Loss
from plainweave.network import Network
from plainweave.optimizers import SGD
from plainweave.verification.objective import EPOCH, Objective


def analytic_gradients(
    engine: str, network: Network, objective: Objective
) -> tuple[float, dict[str, FloatArray]]:
    """Return the loss, and its gradients by the names of the parameters.

    Args:
        engine: "numpy", "compiled" or "auto".
        network: one network in float64.
        objective: the loss of a batch.

    Raises:
        ConfigurationError: the compiled engine can't be had, or does not know a part; or `backward` of a
            layer of one's own gives no gradient of a parameter.
    """
    if engine == "numpy":
        return _of_numpy(network, objective)
    unchanged = Standardizer.identity()
    split = Split(objective.examples, None, unchanged)
    return followed_gradients(engine, network, objective.loss, split, objective.seed)


def _of_numpy(network: Network, objective: Objective) -> tuple[float, dict[str, FloatArray]]:
    outputs, caches = objective.forward(network)
    value, gradient = objective.loss.value_and_gradient(outputs, objective.targets, objective.weights)
    return float(value), network.backward(gradient, caches)


def followed_gradients(
    engine: str, network: Network, loss: Loss, split: Split, seed: int
) -> tuple[float, dict[str, FloatArray]]:
    """Return the loss of all training examples, and the gradients that an engine follows in training.

    It takes the first step of a training, of length 0: after it the velocity is the gradient.

    Raises:
        ConfigurationError: the engine can't be had, or does not know a part.
    """
    batch, optimizer = len(split.training), SGD(0.0, momentum=0.5)
    program = program_for(Work(network, loss, optimizer, split, batch, seed), engine)
    slots = optimizer.slots_of(network.parameters)
    score = program.epoch(EPOCH, np.arange(batch), optimizer.steps(0, 1, np.ones(1)), slots)
    return float(score.loss), slots["velocity"]
