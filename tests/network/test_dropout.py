"""Dropout: the identity outside of training, and in training one mask for forward and backward."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.randomness import Draw

ROWS = np.arange(200)


def masked(rate: float, x: FloatArray, seed: Any = 0, epoch: int = 1) -> FloatArray:
    return pw.Dropout(rate).forward(x, Draw.of(seed, epoch, ROWS))[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0, 0.1, 0.5, 0.75])
def test_what_is_kept_is_larger_by_what_is_dropped(rate: float, dtype: type) -> None:
    x: FloatArray = np.random.default_rng(0).normal(size=(200, 70)).astype(dtype)
    draw = Draw.of(0, 1, ROWS).at(2)
    y, cache = pw.Dropout(rate).forward(x, draw)
    keep = draw.words(70) >= round(rate * 2**32)
    np.testing.assert_array_equal(y, np.where(keep, x * dtype(1 / (1 - rate)), 0))
    assert y.dtype == dtype
    assert abs(keep.mean() - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / keep.size)
    dy: FloatArray = np.random.default_rng(1).normal(size=(200, 70)).astype(dtype)
    dx, gradients = pw.Dropout(rate).backward(dy, cache)
    np.testing.assert_array_equal(dx, np.where(keep, dy * dtype(1 / (1 - rate)), 0))
    assert dx.dtype == dtype
    assert gradients == {}


def test_outside_of_training_it_is_the_identity() -> None:
    x = np.random.default_rng(0).normal(size=(200, 7))
    y, cache = pw.Dropout(0.5).forward(x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(pw.Dropout(0.5).backward(x, cache)[0], x)
    network, plain = (pw.Network(7, [9], 3, dropout=rate, seed=2) for rate in (0.5, 0))
    np.testing.assert_array_equal(network(x), plain(x))


def test_what_is_dropped_is_0_whatever_it_was() -> None:
    for bad in (np.inf, -np.inf, np.nan):
        assert set(masked(0.5, np.full((200, 3), bad)).ravel().astype(str)) == {"0.0", str(bad)}


def test_masks_differ_by_seed_epoch_and_layer() -> None:
    x = np.ones((200, 50))
    masks = [masked(0.5, x), masked(0.5, x, seed=1), masked(0.5, x, epoch=2)]
    masks.append(pw.Dropout(0.5).forward(x, Draw.of(0, 1, ROWS).at(3))[0])
    assert len({mask.tobytes() for mask in masks}) == 4
    np.testing.assert_array_equal(masked(0.5, x), masks[0])


def test_layers_of_a_network_have_masks_by_their_numbers() -> None:
    network = pw.Network(6, [8, 8], 3, dropout=[0.5, 0.25], activation="identity", dtype="float64")
    x, draw = np.random.default_rng(0).normal(size=(200, 6)), Draw.of(3, 4, ROWS)
    outputs, caches = network.forward(x, draw)
    first, second, last = network.linear
    h = pw.Dropout(0.5).forward(first.forward(x)[0], draw.at(2))[0]
    h = pw.Dropout(0.25).forward(second.forward(h)[0], draw.at(5))[0]
    np.testing.assert_array_equal(outputs, last.forward(h)[0])
    np.testing.assert_array_equal(caches[2], draw.at(2).words(8) >= 2**31)


def test_the_gradients_are_those_of_the_masked_network() -> None:
    network = pw.Network(6, [8, 5], 3, dropout=0.5, scale=True, dtype="float64")
    x, draw = np.random.default_rng(0).normal(size=(20, 6)), Draw.of(3, 4, ROWS[:20])
    dy = np.random.default_rng(1).normal(size=(20, 3))
    gradients = network.backward(dy, network.forward(x, draw)[1])
    for name, value in network.parameters.items():
        numeric = np.empty(value.shape)
        for index in np.ndindex(value.shape):
            sums = []
            for step in (1e-6, -1e-6):
                changed = value.copy()
                changed[index] += step
                outputs, _ = network.with_parameters({name: changed}).forward(x, draw)
                sums.append((outputs * dy).sum())
            numeric[index] = (sums[0] - sums[1]) / 2e-6
        np.testing.assert_allclose(gradients[name], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("own_rows", [False, True])
def test_a_member_of_a_stack_has_the_masks_that_it_has_alone(own_rows: bool) -> None:
    seeds = [3, 4]
    stack = pw.Network(6, [8], 3, dropout=0.5, scale=True, seed=seeds)
    rows = np.stack([ROWS, ROWS[::-1]]) if own_rows else ROWS
    x: FloatArray = np.random.default_rng(0).normal(size=(*rows.shape, 6)).astype(np.float32)
    dy: FloatArray = np.ones((2, 200, 3), np.float32)
    outputs, caches = stack.forward(x, Draw.of(seeds, 1, rows))
    gradients = stack.backward(dy, caches)
    for model, seed in enumerate(seeds):
        alone = stack.member(model)
        own = (rows[model], x[model]) if own_rows else (rows, x)
        own_outputs, own_caches = alone.forward(own[1], Draw.of(seed, 1, own[0]))
        np.testing.assert_array_equal(outputs[model], own_outputs)
        for name, gradient in alone.backward(dy[model], own_caches).items():
            np.testing.assert_array_equal(gradients[name][model], gradient)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, np.nan, "half", True, None])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Dropout(rate)
    assert str(error.value) == (
        f"the rate of dropout is {rate!r}; expected a number of at least 0 and below 1."
    )


@pytest.mark.parametrize(
    ("dropout", "message"),
    [
        (1, "dropout is 1; expected a number of at least 0 and below 1."),
        ([0.5, -1], "dropout is -1; expected a number of at least 0 and below 1."),
        ("0.5", "dropout is '0.5'; expected a number of at least 0 and below 1."),
        ([0.5], "dropout is [0.5]; expected one rate, or a list of 2 for hidden layers of [4, 5] units."),
        ((), "dropout is (); expected one rate, or a list of 2 for hidden layers of [4, 5] units."),
    ],
)
def test_rates_that_do_not_fit_the_hidden_layers_are_refused(dropout: Any, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network(3, [4, 5], 2, dropout=dropout)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("dropout", "texts"),
    [
        (0, ["linear", "tanh", "linear", "tanh", "linear"]),
        (0.5, ["linear", "tanh", "dropout:0.5", "linear", "tanh", "dropout:0.5", "linear"]),
        (np.array([0, 0.25]), ["linear", "tanh", "linear", "tanh", "dropout:0.25", "linear"]),
    ],
)
def test_it_stands_after_the_activation_where_its_rate_is_above_0(dropout: Any, texts: list[str]) -> None:
    assert list(map(str, pw.Network(3, [4, 5], 2, dropout=dropout).layers)) == texts
