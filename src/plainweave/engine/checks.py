"""Every array of an epoch against its partner, for both engines alike."""

from collections.abc import Mapping

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray, form_of
from plainweave.checks import whole_number
from plainweave.data import Examples
from plainweave.data.sizes import SMALLEST
from plainweave.engine.program import Until, Work
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.network import Network, check_no_stack, check_parameters
from plainweave.optimizers import Slots


def check_work(work: Work) -> None:
    """Check that a network's own arrays go together, and that the examples of both parts fit it.

    Raises:
        ConfigurationError, ShapeError, DataError: see `check_parameters` and `check_examples`.
    """
    check_parameters(work.network)
    check_examples(work.network, "training", work.split.training)
    if work.split.validation is not None:
        check_examples(work.network, "validation", work.split.validation)
    whole_number("batch_size", work.batch_size, at_least=1)


def check_examples(network: Network, part: str, examples: Examples) -> None:
    """Check that there are examples, of the network's features, and that one counts.

    Raises:
        ConfigurationError: there are none, or all weights are below 1e-15.
        ShapeError: they have another number of features.
    """
    named = f"{part} " if part else ""
    if not len(examples):
        raise ConfigurationError(f"the {named or 'given '}part holds no examples; expected at least 1.")
    if examples.inputs.shape[1] != network.inputs:
        raise ShapeError(
            f"the {named}examples have {examples.inputs.shape[1]} features; expected {network.inputs}, "
            "the network's inputs."
        )
    if not examples.count_for_something:
        raise ConfigurationError(
            f"all weights of the {named}examples are below {SMALLEST:g}; expected one above. "
            "Leave that part out."
        )


def check_epoch(
    work: Work,
    parameters: Mapping[str, FloatArray],
    order: IntArray,
    table: FloatArray,
    slots: Slots,
    running: BoolArray | None,
    trace: FloatArray | None,
) -> None:
    """Check what an epoch of training is handed, see `Program.epoch`, for parameters that go together.

    Raises:
        ConfigurationError: a row of the order is no example's, or the slots are of another network.
        ShapeError: the order, the table, `running` or the trace is not one for each model, or the table or
            the trace is not of as many steps.
    """
    stack = next(iter(parameters.values())).shape[:-2]
    check_slots(parameters, slots, work.optimizer.slots)
    _check_order(stack, order, len(work.split.training))
    steps = -(-order.shape[-1] // work.batch_size)
    form = (steps, work.optimizer.columns)
    if table.shape not in (form, (*stack, *form)):
        raise ShapeError(
            f"the table of steps has shape {table.shape}; expected {form}, or one for each model."
        )
    expected = (*stack, steps, 2)
    if trace is not None and (trace.shape != expected or trace.dtype != np.float64):
        raise ShapeError(f"the trace is {form_of(trace)}; expected {form_of(np.empty(expected))}.")
    if running is not None and np.shape(running) != stack:
        raise ShapeError(f"running has shape {np.shape(running)}; expected {stack}.")


def check_epochs(
    work: Work,
    parameters: Mapping[str, FloatArray],
    orders: IntArray,
    table: FloatArray,
    slots: Slots,
    trace: FloatArray | None,
    kept: FloatArray | None,
    until: Until | None,
) -> None:
    """Check what several epochs of training are handed, see `Program.epochs`.

    Raises:
        ConfigurationError: a row is no example's, the slots are of another network, or that is a stack.
        ShapeError: the orders are not (epochs, examples), the table or the trace not of as many steps, or
            what is to be kept has another shape or precision than the parameters of so many epochs; or
            `until` has not a share for each step, or no trace to go by.
    """
    check_no_stack(work.network)
    check_slots(parameters, slots, work.optimizer.slots)
    if orders.ndim != 2:
        raise ShapeError(f"orders have shape {orders.shape}; expected (epochs, examples).")
    _check_order(orders.shape[:1], orders, len(work.split.training))
    steps = len(orders) * -(-orders.shape[1] // work.batch_size)
    if table.shape != (steps, work.optimizer.columns):
        raise ShapeError(
            f"the table of steps has shape {table.shape}; expected {(steps, work.optimizer.columns)}."
        )
    numbers = sum(array.size for array in parameters.values())
    wanted = {
        "the trace": ((steps, 2), np.dtype(float)),
        "kept": ((len(orders), numbers), work.network.dtype),
    }
    for (name, (shape, dtype)), given in zip(wanted.items(), (trace, kept), strict=True):
        if given is not None and (given.shape != shape or given.dtype != dtype):
            raise ShapeError(f"{name} is {form_of(given)}; expected {form_of(np.empty(shape, dtype))}.")
    shares, of_epoch = None if until is None else until.shares.shape, (steps // len(orders),)
    if shares not in (None, of_epoch) or (until is not None and trace is None):
        raise ShapeError(f"the shares of until have shape {shares}; expected {of_epoch}, and a trace.")


def check_rows(work: Work, rows: IntArray) -> None:
    """Check which examples `Program.gradients` is asked for.

    Raises:
        ConfigurationError: a row is no example's, or the network is a stack.
        ShapeError: they are no whole numbers (examples,), or there are none.
    """
    check_no_stack(work.network)
    _check_order((), rows, len(work.split.training))


def check_slots(parameters: Mapping[str, FloatArray], slots: Slots, names: tuple[str, ...]) -> None:
    """Check what the optimizer keeps beside the parameters of a network.

    Raises:
        ConfigurationError: it is of another optimizer or another network.
    """
    if tuple(slots) != names and slots.keys() != set(names):
        raise ConfigurationError(
            f"the optimizer keeps {_listed(names)}; given {_listed(tuple(slots))}. It belongs to another "
            "optimizer: begin with zeros."
        )
    for slot, arrays in slots.items():
        for name in parameters if arrays.keys() == parameters.keys() else {**parameters, **arrays}:
            given, expected = arrays.get(name), parameters.get(name)
            if given is None or expected is None or not _are_alike(given, expected):
                raise ConfigurationError(
                    f"the {slot} of {name} is {form_of(given)}; expected {form_of(expected)}. It belongs to "
                    "another network: begin with zeros."
                )


def _are_alike(first: FloatArray, second: FloatArray) -> bool:
    return first.shape == second.shape and first.dtype == second.dtype


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _check_order(stack: tuple[int, ...], order: IntArray, examples: int) -> None:
    if order.dtype.kind not in "iu" or order.shape[:-1] not in ((), stack) or not order.size:
        models = f" or {(*stack, 'examples')}" if stack else ""
        raise ShapeError(
            f"order is {order.dtype} of shape {order.shape}; expected whole numbers of shape "
            f"(examples,){models}."
        )
    for row in (int(order.min()), int(order.max())):
        if not 0 <= row < examples:
            raise ConfigurationError(f"order holds the row {row}; expected 0 to {examples - 1}.")
