"""Several epochs by one call, where nobody looks in between: a call takes time of its own."""

import numpy as np

from plainweave import tree
from plainweave.arrays import FloatArray
from plainweave.engine import Program, Score, Work
from plainweave.optimizers import Constant, Schedule
from plainweave.randomness import epoch_orders
from plainweave.training.plan import Plan
from plainweave.training.state import TrainingState, are_finite


def epochs_together(program: Program, work: Work, plan: Plan, state: TrainingState) -> int:
    """Return how many epochs may be trained by one call: patience can't end training before the last."""
    if plan.observers or work.network.stack or Schedule.of(work.optimizer.schedule).needs_validation:
        return 1
    left = min(plan.epochs - state.epoch, plan.waiting.left(state.epoch, state.improvement))
    return int(max(1, min(program.at_once, left)))


def train_together(count: int, program: Program, work: Work, plan: Plan, state: TrainingState) -> None:
    """Train for several epochs, validate after each, and take note of them as if they had come one by one.

    What was trained beyond one whose loss is not finite, which ends training, is taken back.
    """
    network = work.network
    weights, slots = tree.packed(network.parameters), tree.copied(state.slots)
    kept = np.empty((count, weights.size), network.dtype)
    training, validation = _train(kept, program, work, plan, state)
    finite = are_finite(training, validation)
    if not finite[:-1].all():
        kept = kept[: finite.argmin() + 1]
        tree.unpack(weights, network.parameters)
        state.slots = slots
        training, validation = _train(kept, program, work, plan, state)
    criteria = plan.criterion(validation, state.epoch + 1 + np.arange(len(kept)), network)
    state.end_epochs(work.steps, training, validation, criteria, kept, plan.waiting)


def _train(
    kept: FloatArray, program: Program, work: Work, plan: Plan, state: TrainingState
) -> tuple[Score, Score | None]:
    """Train for as many epochs as there is room to keep their weights, and score each."""
    assert isinstance(plan.seed, int)
    numbers = range(state.epoch + 1, state.epoch + 1 + len(kept))
    orders = epoch_orders(plan.seed, numbers, len(work.split.training))
    schedule = Schedule.of(work.optimizer.schedule).bound(plan.epochs)
    if isinstance(schedule, Constant):
        factors = np.ones(len(numbers) * work.steps)
    else:
        factors = np.concatenate([schedule.of_epoch(number, work.steps, np.empty(0)) for number in numbers])
    table = work.optimizer.steps(state.steps, len(factors), factors)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging model is marked
        return program.epochs(numbers[0], orders, table, state.slots, kept=kept)
