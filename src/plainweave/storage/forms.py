"""Forms: a dataclass is the form of a JSON file. `to_json` writes it, `from_json` reads and checks it.

A field is a bool, an int (a whole number of at least 0), a float (any finite number), a str (of one line), a
Literal, None, a further form, a tuple of these, a dict of them by name, or a union. Annotated with a `Range`,
a number lies within it. What is no number of its own belongs into `__post_init__`, which may raise.

    @dataclass(frozen=True)
    class Score:
        VERSION: ClassVar[int] = 2  # the file says it; `from_version_1` may make a value of 2 of one of 1
        name: str
        accuracy: Annotated[float, Range(0, 100)]
        classes: tuple[str, ...] = ()  # what has a default may be missing

A file may come from a stranger: what is unknown, missing or of another type is refused in a line. Forms are
plain dataclasses and not those of a library, so that a message says what was given and expected in the words
of all others, and so that reading one file more costs no import.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from plainweave.errors import CONTROLS, PlainweaveError, shown

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
_Form = TypeVar("_Form")

_LARGEST = 2**63 - 1
_NAMES = {
    bool: "true or false",
    int: f"a whole number from 0 to {_LARGEST}",
    float: "a finite number",
    str: "a line of text",
    NoneType: "null",
}


@dataclass(frozen=True)
class Range:
    """Where a number of a form lies, ends included; `finite=False` lets it be infinite or NaN too."""

    low: float = -math.inf
    high: float = math.inf
    finite: bool = True


def to_json(value: object, *, indent: int | None = 2) -> str:
    """Return a form as JSON, with a line end.

    Args:
        value: an object of a form's class.
        indent: of each level; None for a single line.
    """
    return json.dumps(as_json(value), indent=indent) + "\n"


def as_json(value: object) -> Json:
    """Return a form as what `json` writes: objects, lists and plain values."""
    if is_dataclass(value) and not isinstance(value, type):
        content = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        version = getattr(value, "VERSION", None)
        return content if version is None else {"version": version, **content}
    if isinstance(value, Mapping):
        return {str(name): as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return cast(Json, value)


def parse_json(text: str | bytes) -> Json:
    """Parse JSON.

    Raises:
        ValueError: it is none, is nested too deeply, or has a whole number of thousands of digits.
    """
    try:
        return cast(Json, json.loads(text))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def from_json(form: type[_Form], text: str | bytes) -> _Form:
    """Read a form from JSON.

    Raises:
        ValueError: the text is no JSON, or not of that form; the message says where.
    """
    return read_form(form, parse_json(text))


def read_form(form: type[_Form], value: Json, name: str = "it") -> _Form:
    """Read a form from what `json` parsed.

    Args:
        form: a dataclass, or any type that a field may have.
        value: as it was parsed.
        name: what messages call it.

    Raises:
        ValueError: it is not of that form; the message says where.
    """
    return cast(_Form, _read(form, value, name))


def _read(form: object, value: Json, name: str) -> object:
    origin, arguments = get_origin(form), get_args(form)
    if origin is Annotated:
        return _number_within(arguments[0], arguments[1], value, name)
    if origin is Union or origin is UnionType:
        return _one_of(arguments, value, name)
    if origin is Literal:
        if value not in arguments:
            raise _unlike(name, value, " or ".join(map(repr, arguments)))
        return value
    if origin is tuple:
        return _tuple(arguments, value, name)
    if origin is dict:
        names = _object(value, name, "an object")
        return {key: _read(arguments[1], part, _within(name, key)) for key, part in names.items()}
    if is_dataclass(form) and isinstance(form, type):
        return _dataclass(form, value, name)
    return _plain(cast(type, form), value, name)


def _number_within(form: object, bounds: Range, value: Json, name: str) -> object:
    if form is float and not bounds.finite and isinstance(value, float):
        return value
    number = cast(float, _read(form, value, name))
    if not bounds.low <= number <= bounds.high:
        raise ValueError(
            f"{name} is {short(value)}; expected a number from {bounds.low:g} to {bounds.high:g}"
        )
    return number


def _one_of(forms: Sequence[object], value: Json, name: str) -> object:
    problems = []
    for form in forms:
        try:
            return _read(form, value, name)
        except ValueError as error:
            problems.append(error)
    raise problems[0]


def _tuple(forms: Sequence[object], value: Json, name: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _unlike(name, value, "a list")
    of_any_length = len(forms) == 2 and forms[1] is ...
    if not of_any_length and len(value) != len(forms):
        raise _unlike(name, value, f"a list of {len(forms)}")
    places = [forms[0]] * len(value) if of_any_length else forms
    return tuple(
        _read(form, part, f"{name}[{number}]")
        for number, (form, part) in enumerate(zip(places, value, strict=True))
    )


def _dataclass(form: type, value: Json, name: str) -> object:
    known = _fields(form)
    content = dict(_object(value, name, f"an object with {', '.join(known)}"))
    content = _of_this_version(form, content, name)
    missing = [key for key, field in known.items() if key not in content and _is_needed(field)]
    if missing or content.keys() - known.keys():
        raise _unlike(name, value, f"an object with {', '.join(known)}")
    hints = _hints(form)
    read = {key: _read(hints[key], part, _within(name, key)) for key, part in content.items()}
    try:
        return form(**read)
    except PlainweaveError as error:
        raise ValueError(str(error).rstrip(".")) from error


def _of_this_version(form: type, content: dict[str, Json], name: str) -> dict[str, Json]:
    wanted = getattr(form, "VERSION", None)
    if wanted is None:
        return content
    given = content.pop("version", 1)
    first = given if type(given) is int and 1 <= given <= wanted else 0
    for version in range(first, wanted):
        upgrade = getattr(form, f"from_version_{version}", None)
        if upgrade is None:
            raise ValueError(f"{name} is of version {short(given)}; expected {wanted}")
        content = cast(dict[str, Json], upgrade(content))
    return content


def _plain(kind: type, value: Json, name: str) -> object:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) <= _LARGEST if isinstance(value, int) else math.isfinite(value):
            return float(value)
    elif kind is int:
        if type(value) is int and 0 <= value <= _LARGEST:
            return value
    elif kind is str:
        if isinstance(value, str) and not CONTROLS.search(value):
            return value
    elif type(value) is kind:
        return value
    raise _unlike(name, value, _NAMES[kind])


def _object(value: Json, name: str, expected: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise _unlike(name, value, expected)
    for key in value:
        _plain(str, key, f"a name in {name}")
    return value


def _within(name: str, key: str) -> str:
    return key if name == "it" else f"{name}.{key}"


def _unlike(name: str, value: Json, expected: str) -> ValueError:
    return ValueError(f"{name} is {short(value)}; expected {expected}")


def _is_needed(field: "Field[object]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@lru_cache
def _fields(form: type) -> "dict[str, Field[object]]":
    return {field.name: field for field in fields(form)}


@lru_cache
def _hints(form: type) -> dict[str, object]:
    return get_type_hints(form, include_extras=True)


def short(value: object) -> str:
    """Return the beginning of a value's repr."""
    text = shown(value)
    return text if len(text) <= 100 else f"{text[:100]}..."
