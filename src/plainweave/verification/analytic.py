"""The gradients that are checked: those that an engine trains along."""

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Split, Standardizer
from plainweave.engine import Work, program_for
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
        ConfigurationError: the compiled engine can't be had, or does not know a part.
    """
    if engine == "numpy":
        return _of_numpy(network, objective)
    return _of_a_training_step(engine, network, objective)


def _of_numpy(network: Network, objective: Objective) -> tuple[float, dict[str, FloatArray]]:
    outputs, caches = objective.forward(network)
    value, gradient = objective.loss.value_and_gradient(outputs, objective.targets, objective.weights)
    return float(value), network.backward(gradient, caches)


def _of_a_training_step(
    engine: str, network: Network, objective: Objective
) -> tuple[float, dict[str, FloatArray]]:
    """Take the gradients from training itself: a first step of length 0, after which the velocity is g."""
    examples, optimizer = objective.examples, SGD(0.0, momentum=0.5)
    unchanged = Standardizer("all-pixels", np.ones(1), np.zeros(1))
    split, batch = Split(examples, None, unchanged), len(examples)
    work = Work(network, objective.loss, optimizer, split, batch_size=batch, seed=objective.seed)
    slots = optimizer.slots_of(network.parameters)
    table = optimizer.steps(0, 1, np.ones(1))
    score = program_for(work, engine).epoch(EPOCH, np.arange(batch), table, slots)
    return float(score.loss), slots["velocity"]
