"""Every array of an epoch against its partner, for both engines alike."""

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray, form_of
from plainweave.checks import whole_number
from plainweave.data import Examples, check_labels
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.network import Network, check_parameters


def check_scoring(network: Network, part: str, examples: Examples) -> None:
    """Check that a network's own arrays go together, and that the examples of a part fit it.

    Raises:
        ConfigurationError, ShapeError, DataError: see `check_parameters` and `check_examples`.
    """
    check_parameters(network)
    check_examples(network, part, examples)


def check_training(
    network: Network,
    velocity: dict[str, FloatArray],
    order: IntArray,
    batch_size: int,
    running: BoolArray | None,
    examples: Examples,
) -> None:
    """Check what an epoch of training is handed; see `reference.train_epoch`.

    Raises:
        ConfigurationError: as for scoring; or a row of the order is no example's, or the velocity is of
            another network.
        ShapeError: as for scoring; or the order or `running` is not one for each model.
        DataError: as for scoring.
    """
    check_scoring(network, "training", examples)
    whole_number("batch_size", batch_size, at_least=1)
    check_velocity(network, velocity)
    _check_order(network, order, len(examples))
    if running is not None and np.shape(running) != network.stack:
        raise ShapeError(f"running has shape {np.shape(running)}; expected {network.stack}.")


def check_examples(network: Network, part: str, examples: Examples) -> None:
    """Check that there are examples, of the network's features and classes.

    Raises:
        ConfigurationError: there are none.
        ShapeError: they have another number of features.
        DataError: a label is no class of the network's.
    """
    if not len(examples):
        raise ConfigurationError(f"the {part} part holds no examples; expected at least 1.")
    if examples.inputs.shape[1] != network.inputs:
        raise ShapeError(
            f"the {part} examples have {examples.inputs.shape[1]} features; expected {network.inputs}, "
            "the network's inputs."
        )
    check_labels(
        f"{part} example",
        examples.labels,
        network.outputs,
        ", the network's classes. np.unique(labels, return_inverse=True)[1] makes such labels.",
    )


def check_velocity(network: Network, velocity: dict[str, FloatArray]) -> None:
    """Check what the steps before left; before the first there is none.

    Raises:
        ConfigurationError: it is of another network.
    """
    parameters = network.parameters
    if velocity and velocity.keys() != parameters.keys():
        raise ConfigurationError(
            f"the velocity is of {', '.join(velocity)}; expected {', '.join(parameters)}. It belongs to "
            "another network: begin with an empty one."
        )
    for name, value in velocity.items():
        given, expected = form_of(value), form_of(parameters[name])
        if given != expected:
            raise ConfigurationError(
                f"the velocity of {name} is {given}; expected {expected}. It belongs to another network: "
                "begin with an empty one."
            )


def _check_order(network: Network, order: IntArray, examples: int) -> None:
    if order.dtype.kind not in "iu" or order.shape[:-1] not in ((), network.stack) or not order.size:
        models = f" or {(*network.stack, 'examples')}" if network.stack else ""
        raise ShapeError(
            f"order is {order.dtype} of shape {order.shape}; expected whole numbers of shape "
            f"(examples,){models}."
        )
    for row in (int(order.min()), int(order.max())):
        if not 0 <= row < examples:
            raise ConfigurationError(f"order holds the row {row}; expected 0 to {examples - 1}.")
