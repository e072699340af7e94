"""JSON from strangers: parsed within bounds, and checked to be of the form that its reader relies on."""

import json
import math
from typing import Any, TypeAlias

from plainweave.errors import CONTROLS, shown

# bool, int (a whole number of at least 0), float (any finite number), str (of one line), None; [form] is a
# list of any length, {key: form} an object of exactly these keys, (form, form) what has one of the forms.
Form: TypeAlias = Any

_LARGEST = 2**63 - 1
_NAMES = {
    bool: "true or false",
    int: f"a whole number from 0 to {_LARGEST}",
    float: "a finite number",
    str: "a line of text",
    None: "null",
}


def parse_json(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: it is none, is nested too deeply, or has a whole number of thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def check_form(value: Any, form: Form, name: str = "it") -> None:
    """Check that a JSON value has a form.

    Raises:
        ValueError: it has another; the message says where.
    """
    if isinstance(form, list):
        if not isinstance(value, list):
            raise ValueError(f"{name} is {short(value)}; expected a list")
        for number, each in enumerate(value):
            check_form(each, form[0], f"{name}[{number}]")
    elif isinstance(form, dict):
        if not isinstance(value, dict) or value.keys() != form.keys():
            raise ValueError(f"{name} is {short(value)}; expected an object with {', '.join(form)}")
        for key, each in form.items():
            check_form(value[key], each, key if name == "it" else f"{name}.{key}")
    elif isinstance(form, tuple):
        if not any(_fits(value, each) for each in form):
            check_form(value, form[-1], name)
    elif not _is(value, form):
        raise ValueError(f"{name} is {short(value)}; expected {_NAMES[form]}")


def _fits(value: Any, form: Form) -> bool:
    try:
        check_form(value, form)
    except ValueError:
        return False
    return True


def _is(value: Any, kind: type | None) -> bool:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= _LARGEST if isinstance(value, int) else math.isfinite(value)
    if kind is int:
        return type(value) is int and 0 <= value <= _LARGEST
    if kind is str:
        return isinstance(value, str) and not CONTROLS.search(value)
    return value is None if kind is None else isinstance(value, bool) and kind is bool


def short(value: Any) -> str:
    """Return the beginning of a value's repr."""
    text = shown(value)
    return text if len(text) <= 100 else f"{text[:100]}..."
