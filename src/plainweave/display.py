"""How things look: a line at a prompt, a small table in a notebook, never screens of numbers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plainweave.errors import harmless

MOST_ROWS = 10  # of a table; and names in a list
_LEFT = "text-align: left"


@dataclass(frozen=True)
class Rows:
    """A small table; the first cell of a row is its head.

    Attributes:
        heads: of the columns; none where a row is a name and what it stands for.
        rows: as many cells each.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


class Displayed:
    """What is a line at a prompt, and a small table below that line in a notebook.

    The table has no colours of its own, so that it is read in light notebooks and in dark ones.
    """

    __slots__ = ()

    def _in_words(self) -> str:
        """Return what one wants to know, in a few words."""
        raise NotImplementedError

    def _as_rows(self) -> Rows:
        """Return what one wants to know, as a table."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({harmless(self._in_words())})"

    def _repr_html_(self) -> str:
        table = self._as_rows()
        heads = "".join(map(_head, table.heads))
        above = f"<thead><tr>{heads}</tr></thead>" if heads else ""
        body = "".join(_row(row, bool(heads)) for row in some(list(table.rows), _left_out))
        caption = f'<caption style="caption-side: top; color: inherit; {_LEFT}">{_text(repr(self))}</caption>'
        return f"<table>{caption}{above}<tbody>{body}</tbody></table>"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, "1 model", "1,437 models" or "10 classes"."""
    plural = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"


def span(values: npt.NDArray[np.integer]) -> str:
    """Return whole numbers (...) by their lowest and highest, "9 to 14"."""
    low, high = values.min(), values.max()
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def some(items: list[Any], left_out: Callable[[int], Any], most: int = MOST_ROWS) -> list[Any]:
    """Return the first and the last of many items, and between them what says how many are left out."""
    if len(items) <= most:
        return items
    half = most // 2
    return [*items[:half], left_out(len(items) - 2 * half), *items[-half:]]


def listed(names: Iterable[object], joint: str = ", ") -> str:
    """Return names as a list, of many the first and the last."""
    return joint.join(some([str(name) for name in names], lambda count: f"... {count:,} more ..."))


def _left_out(count: int) -> Sequence[object]:
    return [f"... {count:,} more ..."]


def _head(text: str) -> str:
    return f'<th scope="col" style="{_LEFT}">{_text(text)}</th>'


def _row(cells: Sequence[object], in_columns: bool) -> str:
    head, *others = map(_text, cells)
    rest = "".join(f'<td style="text-align: {_side(cell, in_columns)}">{cell}</td>' for cell in others)
    return f'<tr><th scope="row" style="{_LEFT}">{head}</th>{rest}</tr>'


def _side(text: str, in_columns: bool) -> str:
    """Return on which side a cell stands: numbers below each other on the right."""
    return "right" if in_columns and text.lstrip("-")[:1].isdigit() else "left"


def _text(cell: object) -> str:
    from html import escape  # a table of all of HTML's names comes with it

    return escape(harmless(str(cell)))
