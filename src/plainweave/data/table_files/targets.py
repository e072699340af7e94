"""The target column of a table, as labels of classes or as numbers."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.data.notes import say
from plainweave.data.tables.column import Column, number_text
from plainweave.errors import DataError

TASKS = ("auto", "classes", "numbers")
FEW = 20  # different whole numbers, that are taken for classes
MOST_CLASSES = 1000


@dataclass(frozen=True)
class Targets:
    """What a target column means.

    Attributes:
        path: of the file whose column decides it.
        name: of the column.
        class_names: in the order of their labels, text by letters and numbers by size; none where numbers are
            to be predicted.
    """

    path: Path
    name: str
    class_names: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, column: Column, task: str) -> "Targets":
        """Find out what a column without missing values means.

        Text, true and false, and categories are classes; so are whole numbers of which at most `FEW` differ,
        which is said aloud. All others are numbers.

        Args:
            path: of its file.
            column: the target column.
            task: "classes" or "numbers", or "auto" to find it out.

        Raises:
            DataError: it has text, and numbers are to be predicted; or it has one class only, or more than
                `MOST_CLASSES`.
        """
        if column.levels is not None and task == "numbers":
            raise DataError(
                f"{path}: the target {column.name!r} has categories, as {column.levels[0]!r}; expected "
                'numbers. Predict classes, with task = "classes", or choose another target.'
            )
        if column.levels is None and (task == "numbers" or (task == "auto" and not _are_few(column))):
            return cls(path, column.name, ())
        names = _texts(column)
        if not 2 <= len(names) <= MOST_CLASSES:
            raise DataError(
                f"{path}: the target {column.name!r} has {len(names):,} different values; expected 2 to "
                f"{MOST_CLASSES:,} classes. Choose another target."
            )
        if task == "auto" and column.levels is None:
            say(
                f"{path}: the target {column.name!r} has {len(names)} different whole numbers, {names[0]} to "
                f"{names[-1]}, which are taken for classes. Say --task numbers, or task = "
                '"numbers", to predict it as a number.'
            )
        return cls(path, column.name, names)

    def encode(self, path: Path, column: Column) -> RawArray:
        """Return a column without missing values as labels, or as the numbers that it holds, (rows,).

        Raises:
            DataError: a value is none of the classes, or no number where numbers are to be predicted.
        """
        if not self.class_names:
            if column.levels is not None:
                raise DataError(
                    f"{path}: the target {self.name!r} has categories, as {column.levels[0]!r}; expected "
                    f"numbers, as in {self.path}."
                )
            return column.values
        labels = {name: label for label, name in enumerate(self.class_names)}
        texts = [_named(text, labels) for text in _texts(column)]
        unknown = [text for text in texts if text not in labels]
        if unknown:
            raise DataError(
                f"{path}: the target {self.name!r} is {unknown[0]!r} in a row; expected a class of "
                f"{self.path}: {_some(self.class_names)}."
            )
        places = (
            np.unique(column.values, return_inverse=True)[1]
            if column.levels is None
            else column.with_levels_used().values
        )
        encoded: IntArray = np.array([labels[text] for text in texts], np.int64)[places]
        return encoded


def _are_few(column: Column) -> bool:
    values = np.unique(column.values)
    return len(values) <= FEW and bool((values == np.floor(values)).all())


def _named(text: str, names: Iterable[str]) -> str:
    """Return a class by its name: a number however it is written, a truth value in capitals or not."""
    if text in names:
        return text
    if re.fullmatch(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", text, re.IGNORECASE):
        with suppress(ValueError):
            return number_text(float(text))
    return next((name for name in names if name.lower() == text.lower() in ("true", "false")), text)


def _texts(column: Column) -> tuple[str, ...]:
    """Return the texts of a column's different values, sorted."""
    if column.levels is not None:
        return column.with_levels_used().levels or ()
    return tuple(number_text(number) for number in np.unique(column.values).tolist())


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:FEW])) + (", ..." if len(names) > FEW else "")
