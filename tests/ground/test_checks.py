"""Settings, whoever's numbers they are."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plainweave as pw
from plainweave.checks import choice, flag, number, several, whole_number


def whole(value: Any) -> int:
    return whole_number("n", value, at_least=0)


def real(value: Any) -> float:
    return number("x", value)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), np.array(3, ">i2")])
def test_whole_numbers(value: Any) -> None:
    assert (whole(value), type(whole(value))) == (3, int)


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        np.float32(0.5),
        np.float16(0.5),
        np.longdouble(0.5),
        np.array(0.5),
        Decimal("0.5"),
        Fraction(1, 2),
    ],
)
def test_numbers(value: Any) -> None:
    assert (real(value), type(real(value))) == (0.5, float)


def test_flags_names_and_lists() -> None:
    assert [flag("f", value) for value in (True, np.True_, np.array(False))] == [True, True, False]
    assert type(choice("c", np.str_("a"), ["a"])) is str
    assert [several(value) for value in ((1,), range(2), np.arange(2), np.array(["a"]))] == [
        *([1], [0, 1], [0, 1], ["a"])
    ]
    assert [several(value) for value in ("ab", b"ab", 3, None, {1}, {1: 2}, np.array(3), np.eye(2))] == [
        None
    ] * 8
    assert {type(each) for each in several(np.arange(2)) or ()} == {int}


@pytest.mark.parametrize(
    "value",
    [
        *(True, np.True_, np.array(True), 3.0, np.float64(3), np.array([3]), np.array([3, 4]), [3], "3"),
        *(
            None,
            np.datetime64("2020", "ns"),
            np.timedelta64(3, "s"),
            np.str_("3"),
            3j,
            np.complex64(3),
            -1,
            np.int8(-1),
        ),
    ],
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        whole(value)
    assert str(error.value) == f"n is {value!r}; expected a whole number of at least 0."


@pytest.mark.parametrize(
    "value",
    [
        *(True, np.True_, np.array(True), np.array([0.5]), np.array([0.5, 1]), [0.5], "0.5", np.str_("0.5")),
        *(
            None,
            np.datetime64("2020", "ns"),
            np.timedelta64(3, "s"),
            np.bytes_(b"3"),
            3j,
            np.complex64(3),
            -1,
        ),
        *(np.nan, np.inf, np.float32(np.nan), np.array(-1.0), Decimal("NaN"), Decimal("sNaN")),
    ],
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        real(value)
    assert str(error.value) == f"x is {value!r}; expected a number of at least 0."


@pytest.mark.parametrize("value", [0, 1, None, "true", np.int8(1), np.array([True]), [True]])
def test_what_is_neither_true_nor_false_is_refused(value: Any) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        flag("f", value)
    assert str(error.value) == f"f is {value!r}; expected true or false."


def test_a_whole_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(pw.ConfigurationError, match="expected a number of at least 0"):
        real(10**400)


@given(
    st.one_of(
        st.integers(), st.floats(), st.text(), st.booleans(), st.none(), st.decimals(), st.complex_numbers()
    ),
    st.sampled_from([lambda value: value, np.array, lambda value: [value], lambda value: np.array([value])]),
)
def test_any_value_is_a_setting_or_refused(value: Any, wrapped: Callable[[Any], Any]) -> None:
    for check, kind in ((whole, int), (real, float)):
        try:
            assert type(check(wrapped(value))) is kind
        except pw.ConfigurationError:
            continue


def test_the_history_of_a_stack_is_told_from_that_of_one(parts: pw.Split) -> None:
    history = pw.fit(pw.Network(64, [5], 10, seed=[0, 1]), parts, pw.SGD(0.1), epochs=2).history
    for call, message in (
        (history.to_csv, "the history is of 2 models; expected that of one. Take one by member()."),
        (
            lambda: history.member(2, 1),
            "model is 2, of a history of 2; expected one of a stack's models.",
        ),
        (
            lambda: history.member(0, 1).member(0, 1),
            "model is 0, of a history of no stack; expected one of a stack's models.",
        ),
    ):
        with pytest.raises(pw.ConfigurationError) as error:
            call()
        assert str(error.value) == message
    one = history.member(1, 2)
    assert pw.History.from_csv(one.to_csv()).to_csv() == one.to_csv()


def test_a_history_of_no_epochs_is_read_back_too() -> None:
    empty = pw.History()
    assert empty.to_csv() == "epoch\n"
    assert len(pw.History.from_csv("epoch\n")) == len(empty.member(3, 0)) == 0
    assert empty.lowest_validation_loss == np.inf
