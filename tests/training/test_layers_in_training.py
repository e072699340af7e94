"""Dropout, scale and one's own layers in whole trainings: stacks, resumed ones, any batch size."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.training import TrainingState

SETTINGS: dict[str, Any] = {"activation": ["gelu", "mish"], "dropout": [0.2, 0.5], "scale": True}


def same_weights(first: pw.Network, second: pw.Network) -> None:
    for name, value in first.parameters.items():
        np.testing.assert_array_equal(value, second.parameters[name])


@pytest.mark.parametrize("seed", [3, [3, 4]])
def test_a_resumed_training_draws_the_same_masks(parts: pw.Split, seed: Any) -> None:
    optimizer = pw.SGD(0.1, momentum=0.9)

    def network() -> pw.Network:
        return pw.Network(64, [12, 8], 10, seed=seed, **SETTINGS)

    states: list[TrainingState] = []
    whole = pw.fit(
        network(), parts, optimizer, epochs=4, seed=seed, checkpoint=lambda state: states.append(state.copy())
    )
    again = pw.fit(network(), parts, optimizer, epochs=4, seed=seed, start=states[1])
    same_weights(whole.network, again.network)
    other = pw.fit(network(), parts, optimizer, epochs=4, seed=5 if seed == 3 else [5, 6])
    assert not np.array_equal(
        whole.network.parameters["output.weight"], other.network.parameters["output.weight"]
    )


def test_a_member_ends_as_the_network_trained_alone(parts: pw.Split) -> None:
    seeds = [3, 4]
    stack = pw.fit(
        pw.Network(64, [12, 8], 10, seed=seeds, **SETTINGS), parts, pw.SGD(0.1), epochs=2, seed=seeds
    )
    for model, seed in enumerate(seeds):
        alone = pw.fit(
            pw.Network(64, [12, 8], 10, seed=seed, **SETTINGS), parts, pw.SGD(0.1), epochs=2, seed=seed
        )
        same_weights(stack.member(model).network, alone.network)


@pytest.mark.parametrize("places", [[1], [2], [0], [3], []])
def test_activations_anywhere_mean_the_same_on_either_engine(parts: pw.Split, places: list[int]) -> None:
    losses = []
    for engine in ("auto", "numpy"):
        network = pw.Network(64, [8], 10, seed=1)
        for place in places:
            network.layers.insert(place, pw.ReLU())
        if not places:
            del network.layers[1]  # no activation at all
        losses.append(pw.fit(network, parts, pw.SGD(0.1), epochs=1, engine=engine).history.validation_loss)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_dropout_is_for_training_alone(parts: pw.Split) -> None:
    """The validation loss is that of the whole network; in training most units are missing."""
    network = pw.Network(64, [40], 10, dropout=0.9, seed=1)
    result = pw.fit(network, parts, pw.SGD(0.1), epochs=1)
    x = parts.standardizer(parts.validation.inputs if parts.validation else parts.training.inputs)
    right = result.network(x).argmax(axis=-1) == (parts.validation or parts.training).labels
    np.testing.assert_allclose(result.history.validation_accuracy[0], 100 * right.mean())
    assert result.history.validation_loss[0] < result.history.training_loss[0]


@pytest.mark.parametrize(
    ("given", "what"), [({}, "missing"), ({"factor": np.ones(1)}, "of shape (1,)")], ids=["none", "a sum"]
)
def test_a_layer_trains_with_a_gradient_for_each_of_its_parameters(
    parts: pw.Split, given: dict[str, np.ndarray], what: str
) -> None:
    class Lazy(pw.Scale):
        def gradients(self, dy: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
            return given

    network = pw.Network.of([Lazy(np.ones((1, 64), np.float32)), *pw.Network(64, [6], 10).layers])
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(network, parts, pw.SGD(0.1), epochs=1)
    assert str(error.value) == (
        f"the gradient of lazy.factor is {what}; expected (1, 64), as the parameter. A layer's backward "
        "returns a gradient for each of its names."
    )
