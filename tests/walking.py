"""Steps of an optimizer along gradients of chance, for the tests of optimizers."""

from collections.abc import Mapping, Sequence

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.optimizers import Optimizer, Schedule, Slots

SHAPES = {
    "hidden_1.weight": (4, 3),
    "hidden_1.bias": (1, 3),
    "output.weight": (3, 2),
    "output.bias": (1, 2),
}
NONE = np.zeros(0)
Arrays = dict[str, FloatArray]


def arrays(seed: int, stack: tuple[int, ...] = (), dtype: str = "float64") -> Arrays:
    """Parameters, or gradients of them: of both signs, and a few zeros."""
    stream = np.random.default_rng(seed)
    made = {name: stream.normal(size=(*stack, *shape)).astype(dtype) for name, shape in SHAPES.items()}
    for array in made.values():
        array[..., 0, 0] = 0
    return made


def copied(given: Mapping[str, FloatArray]) -> Arrays:
    return {name: array.copy() for name, array in given.items()}


def table_of(
    optimizer: Optimizer, steps: int, losses: FloatArray = NONE, *, of_an_epoch: int = 5
) -> FloatArray:
    """The numbers of so many steps in epochs of a few, with the validation losses of those epochs."""
    epochs = steps // of_an_epoch
    schedule = Schedule.of(optimizer.schedule).bound(epochs)
    tables = [
        optimizer.steps(epoch * of_an_epoch, of_an_epoch, schedule.of_epoch(epoch + 1, of_an_epoch, losses))
        for epoch in range(epochs)
    ]
    return np.concatenate(tables, axis=-2)


def walk(
    optimizer: Optimizer,
    parameters: Mapping[str, FloatArray],
    gradients: Sequence[Mapping[str, FloatArray]],
    losses: FloatArray = NONE,
    *,
    of_an_epoch: int = 5,
) -> Slots:
    """Take a step along each of the gradients; the parameters change in place. Return what was kept."""
    slots = optimizer.slots_of(parameters)
    table = table_of(optimizer, len(gradients), losses, of_an_epoch=of_an_epoch)
    for at, gradient in enumerate(gradients):
        optimizer.step(parameters, copied(gradient), slots, table[..., at, :])
    return slots
