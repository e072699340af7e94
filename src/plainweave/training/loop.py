"""The loop over epochs."""

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.data import Split
from plainweave.data.stored import is_stored
from plainweave.engine import Program, Work, program_for
from plainweave.errors import ConfigurationError
from plainweave.network import Network
from plainweave.optimizers import Optimizer, Schedule
from plainweave.randomness import epoch_order, windowed_order
from plainweave.training.history import History
from plainweave.training.observers import Epoch, check_same_layers, entered, stop_of
from plainweave.training.plan import Plan
from plainweave.training.result import Fit, TrainingInterrupted
from plainweave.training.state import TrainingState
from plainweave.training.together import epochs_together, train_together

Checkpoint = Callable[[TrainingState], object]


def train_by_epochs(
    network: Network,
    split: Split,
    optimizer: Optimizer,
    plan: Plan,
    *,
    start: TrainingState | None = None,
    checkpoint: Checkpoint | None = None,
    at_once: bool = False,
) -> Generator[History, None, Fit]:
    """Train as `fit` does, and give the history at the end of every epoch, after its observers.

    With `at_once` nobody looks at it, and where nothing else does one call trains several short epochs.

    Training that an observer had ended goes on only if it is asked for another number of epochs.

    Raises:
        ConfigurationError, ShapeError, DataError, TrainingInterrupted: see `fit`.
    """
    plan.check(network, split, optimizer)
    batch_size = min(plan.batch_size, len(split.training))
    work = Work(
        *(network, plan.loss, optimizer, split, batch_size, plan.seed),
        threads=plan.threads,
        precision=plan.precision,
    )
    program = program_for(work, plan.engine)
    if start is None:
        state = TrainingState.begin(network, optimizer, plan.epochs, str(plan.loss))
    else:
        _check_continuation(start, split, optimizer, plan)
        state = start.resumed(network, optimizer, plan.epochs)
    try:
        with entered(plan.observers):
            yield from _train(program, work, plan, state, checkpoint, at_once and checkpoint is None)
    except KeyboardInterrupt as interrupt:
        raise TrainingInterrupted(replace(Fit.of(state, plan.loss), state=None)) from interrupt
    return Fit.of(state, plan.loss)


def _train(
    program: Program,
    work: Work,
    plan: Plan,
    state: TrainingState,
    checkpoint: Checkpoint | None,
    at_once: bool,
) -> Generator[History, None, None]:
    """Train to the end of the plan, or until no model is to be trained any more."""
    try:
        layers = list(work.network.layers)
        epoch = state.epoch  # counted here: an observer may clear the history
        while epoch < plan.epochs and not state.has_ended:
            count = epochs_together(program, work, plan, state) if at_once else 1
            if count > 1:
                train_together(count, program, work, plan, state)
            else:
                _train_epoch(epoch + 1, program, work, plan, state)
            epoch += count
            check_same_layers(layers, work.network)
            if checkpoint is not None:
                checkpoint(state)
            yield state.history
    except KeyboardInterrupt:
        state.history.drop_after(int(state.epochs.max()))  # it may have come between two values
        raise


def _check_continuation(start: TrainingState, split: Split, optimizer: Optimizer, plan: Plan) -> None:
    if plan.epochs < start.epoch:
        raise ConfigurationError(
            f"epochs is {plan.epochs}, and start is the end of epoch {start.epoch}; expected at least "
            f"{start.epoch}."
        )
    schedule = Schedule.of(optimizer.schedule)
    if plan.epochs != start.planned and schedule.spans_training:
        raise ConfigurationError(
            f"the schedule {schedule} spans a training of {start.planned} epochs; expected no continuation "
            f"to {plan.epochs}. Give the schedule the number of epochs that it spans."
        )
    if start.loss != str(plan.loss):
        raise ConfigurationError(
            f"the loss is {plan.loss}, and start is the state of a training by {start.loss}; expected the "
            "same for all epochs. A new fit takes another."
        )
    was_validated, is_validated = bool(start.history.validation), split.validation is not None
    if start.epoch and was_validated != is_validated:
        has = {True: "a validation part", False: "no validation part"}
        raise ConfigurationError(
            f"the split has {has[is_validated]}, and start is the state of a training with "
            f"{has[was_validated]}; expected the same parts, for the best weights are chosen by them."
        )
    if not plan.has_chosen(start.best, start.history):
        raise ConfigurationError(
            f"choose_by is {plan.choose_by!r}, and the best weights of start were chosen by something else; "
            "expected the same for all epochs."
        )


def _train_epoch(number: int, program: Program, work: Work, plan: Plan, state: TrainingState) -> None:
    """Train and validate, and take note of it; the observers may end training."""
    optimizer = work.optimizer
    order = _order(number, work, plan)
    factors = _schedule_factors(number, work, plan, state)
    table = optimizer.steps(state.steps, work.steps, factors)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging model is marked
        training = program.epoch(number, order, table, state.slots, state.running)
        validation = program.validate()
    criterion = plan.criterion(validation, number, work.network)
    state.end_epoch(number, work.steps, training, validation, criterion, plan.waiting)
    if plan.observers:
        rates = np.asarray(optimizer.rates(factors)[..., -1])
        epoch = Epoch(number, plan.epochs, state.history, work.network, rates, state.best.epoch)
        stop = stop_of(plan.observers, epoch)
        state.stopped = None if stop is None else stop.reason


def _order(number: int, work: Work, plan: Plan) -> IntArray:
    """Return the order of the examples: of any two, or where they lie in a file of those read together."""
    inputs: object = work.split.training.inputs
    if is_stored(inputs):
        window = inputs.window(work.batch_size)
        return windowed_order(plan.seed, number, len(inputs), window=window, run=inputs.run)
    return epoch_order(plan.seed, number, len(work.split.training))


def _schedule_factors(number: int, work: Work, plan: Plan, state: TrainingState) -> FloatArray:
    """Return what the schedule multiplies the learning rate of each step by: (steps,) or (models, steps)."""
    schedule = Schedule.of(work.optimizer.schedule).bound(plan.epochs)
    losses = state.history.validation.get("loss", []) if schedule.needs_validation else []
    return schedule.of_epoch(number, work.steps, np.array(losses))
