"""Every array of an epoch against its partner, for both engines alike."""

from itertools import pairwise

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.checks import whole_number
from plainweave.data import Examples
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.network import Linear, Network


def check_scoring(network: Network, part: str, examples: Examples) -> None:
    """Check that a network's own arrays go together, and that the examples of a part fit it.

    Raises:
        ConfigurationError: there are no examples, a label is no class of the network's, or an array is
            not of the network's precision.
        ShapeError: a weight, a bias or the examples have another shape.
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
        ConfigurationError: as for scoring; or a weight can't be changed, a row of the order is no example's,
            or the velocity is of another network.
        ShapeError: as for scoring; or the order or `running` is not one for each model.
    """
    check_scoring(network, "training", examples)
    whole_number("batch_size", batch_size, at_least=1)
    for name, value in network.parameters.items():
        if not value.flags.writeable:
            raise ConfigurationError(
                f"{name} is read-only; expected an array that training can change. Give a copy of it."
            )
    _check_velocity(network, velocity)
    _check_order(network, order, len(examples))
    if running is not None and np.shape(running) != network.stack:
        raise ShapeError(f"running has shape {np.shape(running)}; expected {network.stack}.")


def check_parameters(network: Network) -> None:
    """Check that weights and biases go together; networks and layers of the user's own know theirs.

    Raises:
        ShapeError: one has another shape than the sizes of the network and its stack ask for, or there are
            more or fewer layers or activations.
        ConfigurationError: one is of another precision than the network.
    """
    if type(network) is not Network:
        return
    sizes = [network.inputs, *network.hidden, network.classes]
    counts = len(network.layers), len(network.activations)
    if counts != (len(sizes) - 1, len(sizes) - 2):
        raise ShapeError(
            f"the network has {counts[0]} layers and {counts[1]} activations; expected {len(sizes) - 1} and "
            f"{len(sizes) - 2}, for hidden is {network.hidden}."
        )
    for name, layer, (inputs, units) in zip(
        network.layer_names, network.layers, pairwise(sizes), strict=True
    ):
        if type(layer) is Linear:
            _check_array(f"{name}.weight", layer.weight, (*network.stack, inputs, units), network.dtype)
            _check_array(f"{name}.bias", layer.bias, (*network.stack, 1, units), network.dtype)


def check_examples(network: Network, part: str, examples: Examples) -> None:
    """Check that there are examples, of the network's features and classes.

    Raises:
        ConfigurationError: there are none, or a label is no class of the network's.
        ShapeError: they have another number of features.
    """
    if not len(examples):
        raise ConfigurationError(f"the {part} part holds no examples; expected at least 1.")
    if examples.inputs.shape[1] != network.inputs:
        raise ShapeError(
            f"the {part} examples have {examples.inputs.shape[1]} features; expected {network.inputs}, "
            "the network's inputs."
        )
    for label in (int(examples.labels.min()), int(examples.labels.max())):
        if not 0 <= label < network.classes:
            raise ConfigurationError(
                f"a {part} label is {label}; expected 0 to {network.classes - 1}, for the network has "
                f"{network.classes} {'class' if network.classes == 1 else 'classes'}. "
                "np.unique(labels, return_inverse=True)[1] makes such labels."
            )


def _check_velocity(network: Network, velocity: dict[str, FloatArray]) -> None:
    """Check what the steps before left; before the first there is none."""
    parameters = network.parameters
    if velocity and velocity.keys() != parameters.keys():
        raise ConfigurationError(
            f"the velocity is of {', '.join(velocity)}; expected {', '.join(parameters)}. It belongs to "
            "another network: begin with an empty one."
        )
    for name, value in velocity.items():
        _check_array(f"the velocity of {name}", value, parameters[name].shape, parameters[name].dtype)


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


def _check_array(name: str, given: object, shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> None:
    if not isinstance(given, np.ndarray):
        raise ConfigurationError(f"{name} is a {type(given).__name__}; expected an array of {dtype}.")
    if given.shape != shape:
        raise ShapeError(f"{name} has shape {given.shape}; expected {shape}.")
    if given.dtype != dtype:
        raise ConfigurationError(
            f"{name} is {given.dtype}; expected {dtype}. Give {name}.astype({dtype.name!r})."
        )
