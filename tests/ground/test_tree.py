"""Nests of arrays: copied, stacked, members taken, packed."""

from dataclasses import dataclass, field

import numpy as np
import pytest

import plainweave as pw
from plainweave import tree
from plainweave.arrays import FloatArray


@dataclass(frozen=True)
class Nest:
    network: pw.Network
    arrays: dict[str, FloatArray]
    columns: list[FloatArray] = field(default_factory=list)
    pair: tuple[FloatArray, str] = (np.zeros(()), "a name")
    none: None = None


def nest(seed: int) -> Nest:
    stream = np.random.default_rng(seed)
    return Nest(
        pw.Network(4, [5], 3, seed=seed),
        {"a": stream.normal(size=(2, 3)), "b": stream.normal(size=1)},
        [np.asarray(stream.normal()), stream.normal(size=2)],
        (np.asarray(stream.normal()), "a name"),
    )


def arrays_of(nest: Nest) -> list[FloatArray]:
    return [*nest.network.parameters.values(), *nest.arrays.values(), *nest.columns, nest.pair[0]]


def test_a_member_of_a_stack_is_what_was_stacked() -> None:
    nests = [nest(seed) for seed in range(3)]
    stack = tree.stacked(nests)
    assert stack.network.stack == (3,)
    assert stack.arrays["a"].shape == (3, 2, 3)
    for number, before in enumerate(nests):
        after = tree.member(stack, number)
        for one, other in zip(arrays_of(before), arrays_of(after), strict=True):
            np.testing.assert_array_equal(one, other)
        assert after.pair[1:] == ("a name",)
        assert after.none is None


def test_a_copy_and_a_member_share_no_memory_with_the_nest() -> None:
    stack = tree.stacked([nest(0), nest(1)])
    for other in (tree.copied(stack), tree.member(stack, 1)):
        for one, array in zip(arrays_of(stack), arrays_of(other), strict=True):
            assert not np.shares_memory(one, array)


def test_arrays_of_other_shapes_make_no_stack() -> None:
    with pytest.raises(ValueError, match="same shape"):
        tree.stacked([[np.zeros(2)], [np.zeros(3)]])


@pytest.mark.parametrize("model", [(), (0,), (1,)])
def test_what_is_packed_is_unpacked(model: tuple[int, ...]) -> None:
    arrays = {"a": np.arange(12.0).reshape(2, 3, 2), "b": np.arange(2.0).reshape(2, 1)}
    numbers = tree.packed(arrays, model)
    assert numbers.tolist() == [*arrays["a"][model].ravel(), *arrays["b"][model].ravel()]
    others = {name: np.zeros_like(array) for name, array in arrays.items()}
    tree.unpack(numbers, others, model)
    for name, array in arrays.items():
        np.testing.assert_array_equal(others[name][model], array[model])
