"""Forms: what is written is read back, and everything else is refused in a line that says where."""

import json
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pytest

import plainweave as pw
from plainweave.storage.forms import Json, Range, as_json, from_json, parse_json, read_form, to_json


@dataclass(frozen=True)
class Part:
    name: str
    share: Annotated[float, Range(0, 100)]


@dataclass(frozen=True)
class Whole:
    VERSION: ClassVar[int] = 2

    count: int
    parts: tuple[Part, ...]
    shape: tuple[int, int] | None
    kind: Literal["a", "b"]
    loss: Annotated[float, Range(finite=False)]
    notes: dict[str, str | int]
    wide: bool = False

    def __post_init__(self) -> None:
        if self.count > len(self.parts):
            raise pw.DataError(f"count is {self.count}; expected at most {len(self.parts)}.")

    @classmethod
    def from_version_1(cls, content: dict[str, Json]) -> dict[str, Json]:
        return {"notes": {}, **content}


WHOLE = Whole(1, (Part("x", 1.5), Part("y", 100)), (2, 3), "b", float("inf"), {"p": "q", "r": 3})


def test_what_is_written_is_read_back() -> None:
    assert from_json(Whole, to_json(WHOLE)) == WHOLE
    assert from_json(Whole, to_json(WHOLE, indent=None)) == WHOLE
    assert json.loads(to_json(WHOLE))["version"] == 2
    assert to_json(Part("x", 1), indent=None) == '{"name": "x", "share": 1}\n'


def test_numbers_become_what_the_form_says() -> None:
    part = from_json(Part, '{"name": "x", "share": 1}')
    assert type(part.share) is float


def test_what_has_a_default_may_be_missing() -> None:
    content = as_json(WHOLE)
    assert isinstance(content, dict)
    assert read_form(Whole, {key: value for key, value in content.items() if key != "wide"}) == WHOLE


def test_an_older_version_is_made_a_newer_one() -> None:
    content = as_json(WHOLE)
    assert isinstance(content, dict)
    older = {key: value for key, value in content.items() if key not in ("version", "notes")}
    assert read_form(Whole, older).notes == {}
    with pytest.raises(ValueError, match=r"^it is of version 3; expected 2$"):
        read_form(Whole, {**content, "version": 3})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": -1}, "count is -1; expected a whole number from 0 to 9223372036854775807"),
        ({"count": True}, "count is True; expected a whole number from 0 to 9223372036854775807"),
        ({"count": 10**19}, f"count is {10**19}; expected a whole number from 0 to 9223372036854775807"),
        ({"count": 3}, "count is 3; expected at most 2"),
        ({"parts": {}}, "parts is {}; expected a list"),
        ({"parts": [3]}, "parts[0] is 3; expected an object with name, share"),
        ({"parts": [{"name": "x"}]}, "parts[0] is {'name': 'x'}; expected an object with name, share"),
        ({"parts": [{"name": "a\nb", "share": 1}]}, "parts[0].name is 'a\\nb'; expected a line of text"),
        (
            {"parts": [{"name": "a", "share": 101}]},
            "parts[0].share is 101; expected a number from 0 to 100",
        ),
        (
            {"parts": [{"name": "a", "share": float("nan")}]},
            "parts[0].share is nan; expected a finite number",
        ),
        ({"parts": [{"name": "a", "share": 10**400}]}, "expected a finite number"),
        ({"shape": [2]}, "shape is [2]; expected a list of 2"),
        ({"shape": 2}, "shape is 2; expected a list"),
        ({"kind": "c"}, "kind is 'c'; expected 'a' or 'b'"),
        ({"loss": "1"}, "loss is '1'; expected a finite number"),
        ({"loss": False}, "loss is False; expected a finite number"),
        ({"loss": 10**400}, "expected a finite number"),
        ({"notes": {"a": []}}, "notes.a is []; expected a line of text"),
        ({"notes": {"a\x1b": 1}}, "a name in notes is 'a\\x1b'; expected a line of text"),
        ({"wide": 1}, "wide is 1; expected true or false"),
        ({"wider": True}, "expected an object with count, parts, shape, kind, loss, notes, wide"),
    ],
)
def test_another_form_is_refused_in_a_line(change: dict[str, Json], message: str) -> None:
    content = as_json(WHOLE)
    assert isinstance(content, dict)
    with pytest.raises(ValueError, match="expected") as error:
        read_form(Whole, {**content, **change})
    assert str(error.value).endswith(message)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "it is nested too deeply"),
        ('{"a":' * 100_000, "it is nested too deeply"),
        ("9" * 5000, "Exceeds the limit"),
        ("\ufeff\xff", "Unexpected UTF-8 BOM"),
    ],
)
def test_json_that_breaks_parsers_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None, [], 10**400])
def test_no_number_is_no_number(value: Json) -> None:
    with pytest.raises(ValueError, match=r"^a is .*; expected a finite number$"):
        read_form(float, value, "a")
