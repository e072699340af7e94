"""What becomes of categories: held to scikit-learn's encoder, and to values by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder

from plainweave.data import Preparation, Table
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.errors import DataError

LEVEL = st.text("abcdefgh", max_size=1)


def prepared(
    fitted_to: list[Any], then: list[Any], categories: bool = False, **settings: Any
) -> list[list[float]]:
    table = Table.of({"kind": fitted_to}, categories=["kind"] if categories else [])
    features: list[list[float]] = Preparation.fit(table, **settings)({"kind": then}).tolist()
    return features


@given(st.lists(LEVEL, min_size=3), st.lists(LEVEL, min_size=1), st.integers(1, 4))
def test_one_hot_is_that_of_scikit_learn(train: list[str], then: list[str], rare: int) -> None:
    try:
        preparation = Preparation.fit({"kind": train}, rare=rare)
    except DataError:
        assert rare > 1 or len(set(train)) == 1
        return
    theirs = OneHotEncoder(handle_unknown="ignore", min_frequency=rare, sparse_output=False)
    expected = theirs.fit(np.array(train, object)[:, None]).transform(np.array(then, object)[:, None])
    if expected.shape[1] == 2:
        expected = expected[:, 1:] - expected[:, :1]
    assert preparation({"kind": then}).tolist() == expected.tolist()


def test_what_is_unknown_or_missing_is_zeros() -> None:
    assert prepared(["b", "a", "c"], ["a", "b", "c", "d", None]) == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
    ]
    assert prepared(["b", "a", None], ["a", "b", "d", None]) == [[-1], [1], [0], [0]]
    assert prepared([True, False], [False, True, None]) == [[-1], [1], [0]]


def test_levels_as_other_programs_write_them() -> None:
    assert prepared([1.0, 2.0], ["1.0", "2.0", "2", "02", "2.00"], categories=True) == [
        [-1],
        [1],
        [1],
        [0],
        [0],
    ]
    assert prepared(["1.0", "2.0"], [1, 2.0, 3], categories=True) == [[-1], [1], [0]]
    assert prepared([True, False], ["true", "FALSE", "True", "yes"]) == [[1], [-1], [1], [0]]
    assert prepared(["TRUE", "FALSE"], [True, False]) == [[1], [-1]]
    # what the training part has itself, is itself
    own = ["2", "2.0", "TRUE", "true"]
    assert prepared(own, own) == np.eye(4).tolist()
    assert prepared(["2.0", "1.1", "x"], ["2.0", "2", "1.1"]) == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_one_level_is_constant_but_for_holes() -> None:
    assert prepared(["a", None], ["a", "b", None]) == [[1], [0], [0]]
    preparation = Preparation.fit({"kind": ["a", "a"], "two": ["u", "v"], "none": [None, None]})
    assert preparation.feature_names == ("two=v",)
    assert preparation.describe() == [
        ("kind", "categories a (1)", "left out, as constant"),
        ("two", "categories u, v (2)", "-1 for u, 1 for v"),
        ("none", "nothing, 2 missing", "left out"),
    ]


def test_rare_levels_are_one_together_and_unknown_ones_are_not_among_them() -> None:
    levels = ["a"] * 3 + ["b"] * 3 + ["c", "d"]
    assert prepared(levels, ["a", "b", "c", "d", "e"], rare=2) == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 0],
    ]
    preparation = Preparation.fit({"kind": levels}, rare=2)
    assert preparation.feature_names == ("kind=a", "kind=b", "kind is rare")
    assert preparation.describe() == [
        ("kind", "categories a, b, ... (4)", "one-hot: 3 features, the last for 2 rare levels")
    ]
    two = Preparation.fit({"kind": ["a", "a", "b", "c"]}, rare=2)
    assert two({"kind": ["a", "b", "c", "d"]}).tolist() == [[-1], [1], [1], [0]]
    assert two.describe() == [("kind", "categories a, b, c (3)", "-1 for a, 1 for 2 rare levels")]


def test_levels_of_other_parts_are_not_known() -> None:
    table = Table.of({"kind": ["a", "b", "c", "d"]})
    assert Preparation.fit(table[:3]).feature_names == ("kind=a", "kind=b", "kind=c")


def test_numbers_can_be_categories() -> None:
    table = Table.of({"code": [10.0, 9, 1.5, np.nan, -0.0]}, categories=["code"])
    assert table.column("code").levels == ("0", "1.5", "10", "9")
    preparation = Preparation.fit(table)
    for given_later in ([9, 10, 11], np.array([9.0, 10, 11]), ["9", "10", "11"], [9, "10", True]):
        assert preparation({"code": given_later}).tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_thousands_of_levels() -> None:
    levels = [f"level {number:04}" for number in range(5000)]
    preparation = Preparation.fit({"kind": levels})
    assert preparation.features == 5000
    features = preparation({"kind": levels[::-1]})
    assert (features == np.eye(5000, dtype=np.float32)[::-1]).all()
    assert preparation.describe() == [
        ("kind", "categories level 0000, level 0001, ... (5000)", "one-hot: 5000 features")
    ]


def test_too_many_levels_are_refused() -> None:
    levels = [f"level {number}" for number in range(10_001)]
    with pytest.raises(DataError) as error:
        Preparation.fit({"kind": levels})
    assert str(error.value) == (
        "column 'kind' has 10001 levels; expected at most 10000. Leave it out, or put levels of few examples "
        "together by rare=10."
    )
    assert Preparation.fit({"kind": levels + levels[:3]}, rare=2).features == 4


def test_long_levels_are_shortened_in_words() -> None:
    preparation = Preparation.fit({"kind": ["a" * 30, "b"]})
    assert preparation.describe() == [
        ("kind", f"categories {'a' * 21}..., b (2)", f"-1 for {'a' * 21}..., 1 for b")
    ]


def test_what_is_damaged_is_refused() -> None:
    with pytest.raises(DataError) as error:
        CategoryColumn("kind", ("a", "b"), ("b",))
    assert str(error.value) == "column 'kind': a level is rare and is not."
    with pytest.raises(DataError) as error:
        CategoryColumn("kind", ("b", "a"))
    assert str(error.value) == "column 'kind': its levels are not sorted, or one stands twice. Sort them."
