"""The loop over epochs."""

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Split
from plainweave.engine import Program, Work, program_for
from plainweave.errors import ConfigurationError
from plainweave.network import Network
from plainweave.optimizers import Optimizer
from plainweave.optimizers.optimizer import RATE
from plainweave.optimizers.schedule import Schedule
from plainweave.randomness import epoch_order
from plainweave.training.history import History
from plainweave.training.observers import Epoch, stop_of
from plainweave.training.plan import Plan
from plainweave.training.result import Fit, TrainingInterrupted
from plainweave.training.state import TrainingState

Checkpoint = Callable[[TrainingState], object]


def train_by_epochs(
    network: Network,
    split: Split,
    optimizer: Optimizer,
    plan: Plan,
    *,
    start: TrainingState | None = None,
    checkpoint: Checkpoint | None = None,
) -> Generator[History, None, Fit]:
    """Train as `fit` does, and give the history at the end of every epoch, after its observers.

    Raises:
        ConfigurationError, ShapeError, DataError, TrainingInterrupted: see `fit`.
    """
    plan.check(network, split, optimizer)
    batch_size = min(plan.batch_size, len(split.training))
    work = Work(network, plan.loss, optimizer, split, batch_size, plan.seed)
    program = program_for(work, plan.engine)
    state = TrainingState.begin(network) if start is None else _continued(start, network, optimizer, plan)
    state.planned = plan.epochs
    state.begin_slots(optimizer)
    try:
        while state.epoch < plan.epochs and not state.has_ended:
            _train_epoch(program, work, plan, state)
            if checkpoint is not None:
                checkpoint(state)
            yield state.history
    except KeyboardInterrupt as interrupt:
        state.history.drop_after(int(state.epochs.max()))  # it may have come between two values
        raise TrainingInterrupted(replace(Fit.of(state, plan.loss), state=None)) from interrupt
    return Fit.of(state, plan.loss)


def _train_epoch(program: Program, work: Work, plan: Plan, state: TrainingState) -> None:
    """Train and validate, and take note of it; the observers may end training."""
    number, network = state.epoch + 1, work.network
    order = epoch_order(plan.seed, number, len(work.split.training))
    table = work.optimizer.steps(state.steps, work.steps, _factors(work, plan, state))
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging model is marked
        training = program.epoch(number, order, table, state.slots, state.running)
        validation = program.validate()
    state.steps += work.steps
    state.end_epoch(training, validation, plan.value(validation, number, network), plan.waiting)
    _observe(state, plan, table)
    state.running &= plan.waiting.allows(state.epoch, state.improvement)


def _continued(start: TrainingState, network: Network, optimizer: Optimizer, plan: Plan) -> TrainingState:
    """Return the state to go on from, in the network that is to be trained.

    Asked for more epochs than were planned, training goes on where an observer had ended it.
    """
    state = start.resumed(network)
    if state.planned and plan.epochs != state.planned:
        if Schedule.of(optimizer.schedule).spans_training:
            raise ConfigurationError(
                f"the schedule {optimizer.schedule} spans a training of {state.planned} epochs; expected no "
                f"continuation to {plan.epochs}. Give the schedule the number of epochs that it spans."
            )
        state.stopped = None
    return state


def _factors(work: Work, plan: Plan, state: TrainingState) -> FloatArray:
    """Return what the schedule multiplies the learning rate by: (steps,), or (models, steps)."""
    losses = np.array(state.history.validation.get("loss", []))
    return (
        Schedule.of(work.optimizer.schedule).bound(plan.epochs).of_epoch(state.epoch + 1, work.steps, losses)
    )


def _observe(state: TrainingState, plan: Plan, table: FloatArray) -> None:
    """Show the epoch to the observers; a stop that one asks for is taken note of."""
    if plan.observers:
        epoch = Epoch(
            state.epoch, plan.epochs, state.history, state.network, table[..., -1, RATE], state.best.epoch
        )
        stop = stop_of(plan.observers, epoch)
        state.stopped = None if stop is None else stop.reason
