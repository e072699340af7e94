"""Ranges, as files and dicts have them."""

import re

import pytest

import plainweave as pw
from plainweave.tuning.ranges import Choices, Numbers, range_of

LIKE = "{low = 0.001, high = 1.0, log = true} or {choices = [0.01, 0.1]}"


def test_numbers() -> None:
    assert range_of("l1", {"low": 0, "high": 1}, (float,)) == Numbers(0.0, 1.0)
    assert range_of("l1", {"low": 1e-4, "high": 1, "log": True}, (float,)) == Numbers(1e-4, 1.0, log=True)
    assert range_of("rare", {"low": 1, "high": 9, "step": 2}, (int,)) == Numbers(1, 9, step=2, whole=True)
    assert range_of("l1", {"low": 0, "high": 1, "start": 3}, (float,)) == Numbers(0.0, 1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"lo": 1, "high": 2},
            "rare.lo is no part of a range; expected low, high, log, step, start, as in "
            f"{LIKE}. Did you mean 'low'?",
        ),
        (
            {"choices": [1], "low": 2},
            f"rare.low is no part of a range; expected choices, start, as in {LIKE}.",
        ),
        ({"low": 1}, f"rare.high is missing; expected a range, as in {LIKE}."),
        ({}, f"rare.low is missing; expected a range, as in {LIKE}."),
        ({"low": 1.5, "high": 2}, "rare.low is 1.5; expected a whole number of at least 0."),
        ({"low": 2, "high": 2}, "rare is from 2 to 2; expected low to be less than high."),
        ({"low": 1, "high": 2, "step": 0}, "rare.step is 0; expected a whole number of at least 1."),
        (
            {"low": 0, "high": 2, "log": True},
            "rare has a low of 0 with log = true; expected a low above 0, and no step.",
        ),
        (
            {"low": 1, "high": 2, "log": True, "step": 1},
            "rare has step with log = true; expected a low above 0, and no step.",
        ),
        ({"low": 1, "high": 2, "log": 1}, "rare.log is 1; expected true or false."),
        ({"choices": []}, "rare.choices is []; expected a list of values."),
        ({"choices": "ab"}, "rare.choices is 'ab'; expected a list of values."),
        ({"choices": [[1], [1]]}, "rare.choices has [1] twice; expected it once."),
    ],
)
def test_what_is_no_range(given: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        range_of("rare", given, (int,))
    assert str(error.value) == message


@pytest.mark.parametrize("kinds", [(str,), (bool,), (tuple,)])
def test_what_is_no_number_has_choices(kinds: tuple[type, ...]) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        range_of("loss", {"low": 0, "high": 1}, kinds)
    assert (
        str(error.value)
        == "loss is no number, but has low and high; expected choices, as in {choices = [...]}."
    )


def test_values_are_kept_as_plain_ones_and_come_back() -> None:
    sizes = Choices(([50], [50, 50], []))
    assert [sizes.plain(value) for value in ((50,), [50, 50], ())] == ["[50]", "[50, 50]", "[]"]
    assert [sizes.value(name) for name in ("[50]", "[50, 50]", "[]")] == [[50], [50, 50], []]
    assert Choices((1, True, "a", None)).plain("a") == "a"
    rates = Numbers(0.1, 0.5, step=0.2)
    assert (rates.plain(0.3), rates.value(0.3)) == (0.3, 0.3)
    assert type(Numbers(1, 8, whole=True).plain(4)) is int


@pytest.mark.parametrize(
    ("searched", "value", "message"),
    [
        (Numbers(0.1, 0.5), 0.6, "0.6 is not between 0.1 and 0.5"),
        (Numbers(0.1, 0.5), None, "None is not between 0.1 and 0.5"),
        (Numbers(0, 1), True, "True is not between 0 and 1"),
        (Numbers(0.1, 0.5, step=0.2), 0.4, "0.4 is no multiple of 0.2 above 0.1"),
        (Choices(([50],)), (40,), "(40,) is none of the choices"),
    ],
)
def test_what_a_range_does_not_hold(searched: Numbers | Choices, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        searched.plain(value)
    assert str(error.value) == message
