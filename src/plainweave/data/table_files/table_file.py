"""A data set of the user's own: a table in a file, one column of which is to be predicted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from plainweave.arrays import BoolArray, IntArray, RawArray
from plainweave.checks import choice, flag, number, put, whole_number
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.names import as_column_names
from plainweave.data.notes import say
from plainweave.data.paths import as_path
from plainweave.data.table_files.advice import advise
from plainweave.data.table_files.csv_dialect import Dialect
from plainweave.data.table_files.given_frame import frame_of
from plainweave.data.table_files.parts import Order, Share, rows_at_random, rows_by
from plainweave.data.table_files.reading import check_columns, read_frame, table_of
from plainweave.data.table_files.targets import TASKS, Targets
from plainweave.data.tables.column import Column
from plainweave.data.tables.frames import is_frame
from plainweave.data.tables.table import Table
from plainweave.doing import LOADING, doing
from plainweave.elsewhere import answers
from plainweave.errors import ConfigurationError, DataError, shown
from plainweave.randomness import split_generator, test_generator

if TYPE_CHECKING:
    from polars import DataFrame

TEST_SHARE = 0.2  # of the rows, where no test file is given
_VALIDATION_SHARE = 0.2  # of those that are not for the test, where they are parted by time or by group


@dataclass(frozen=True)
class TableFile:
    """A data set that is read of a CSV, Parquet or Feather file; a `Source`.

    Rows without a target are left out, and said aloud. The column of the times or of the groups is no input.

    Attributes:
        path: of the file.
        target: the column that is to be predicted.
        test: a file of test rows, whose columns are matched by name; or the share of the rows that are for
            the test, above 0 and below 1; `TEST_SHARE` where neither is said.
        by: how that share is chosen: "random"; "time:COLUMN", the last ones; "group:COLUMN", no group in
            both parts. By time or group a validation part, a fifth of all other rows, is chosen so, too.
        stratify: whether a random share is that of each class, where there are classes.
        seed: of the random choices.
        ignore: columns that are no inputs.
        categories: columns of categories, although they hold numbers.
        task: "classes", "numbers", or "auto": the target column tells; see `Targets.of`.
        delimiter: of a CSV file; None to find it out, as the next three.
        decimal: its decimal mark.
        encoding: its encoding.
        header: whether its first line names the columns.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    path: Path
    target: str
    test: Path | float | None = None
    by: str = "random"
    stratify: bool = True
    seed: int = 0
    ignore: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    task: str = "auto"
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None

    def __post_init__(self) -> None:
        put(
            self,
            path=as_path("path", self.path),
            test=_as_test(self.test),
            ignore=as_column_names("ignore", self.ignore),
            categories=as_column_names("categories", self.categories),
            seed=whole_number("seed", self.seed, at_least=0),
            stratify=flag("stratify", self.stratify),
        )
        choice("task", self.task, TASKS)
        order, _ = Order.of(self.by), self._dialect
        if not isinstance(self.target, str) or not self.target:
            raise ConfigurationError(f"target is {shown(self.target)}; expected the name of a column.")
        if self.target in (*self.ignore, order.column):
            raise ConfigurationError(
                f"target is {self.target!r}, which ignore or by names too; expected another column. Leave it "
                "out there."
            )

    @property
    def _dialect(self) -> Dialect:
        return Dialect(self.delimiter, self.decimal, self.encoding, self.header)

    def load(self) -> Dataset:
        """Read the file, and the test file if there is one.

        Raises:
            DataError: a file can't be read as a table, lacks a column, or its target is not what `task` says.
            ConfigurationError: the share would leave a part empty.
            MissingExtraError: the extra `tables` is not installed.
        """
        return self.dataset_of(read_frame(self.path, self._dialect, self.categories, self.ignore))

    @doing(LOADING)
    def dataset_of(self, frame: "DataFrame") -> Dataset:
        """Make the data set of the file's frame, as `read_frame` gives it.

        Raises:
            DataError, ConfigurationError, MissingExtraError: as `load`.
        """
        order = Order.of(self.by)
        asked = (self.target, *self.ignore, *self.categories, *filter(None, [order.column]))
        check_columns(self.path, asked, frame.columns)
        frame, column = self._with_targets(self.path, frame, self.categories)
        inputs = self._inputs(self.path, frame, order)
        advise(self.path, inputs)
        targets = Targets.of(self.path, column, self.task)
        examples = _examples(inputs, targets.encode(self.path, column))
        rest, test, validation = np.arange(len(frame)), None, None
        if isinstance(self.test, float):
            is_test = self._test_rows(frame, order, examples.targets if targets.class_names else None)
            rest, test = np.flatnonzero(~is_test), examples[np.flatnonzero(is_test)]
        if order.column:  # neighbours in time, and of a group, would tell too much of each other
            share = Share("validation", _VALIDATION_SHARE, split_generator(self.seed))
            is_apart = rows_by(order, self.path, frame[order.column][rest], share)
            rest, validation = rest[~is_apart], examples[rest[is_apart]]
        return Dataset(
            name=self.path.name.partition(".")[0] or "table",
            train=examples[rest],
            test=self._test_file(inputs, column, targets) if test is None else test,
            class_names=targets.class_names,
            validation=validation,
            target_name=self.target,
        )

    def _inputs(self, path: Path, frame: "DataFrame", order: Order) -> Table:
        left_out = {self.target, *self.ignore, order.column}
        names = [name for name in frame.columns if name not in left_out]
        if not names:
            raise DataError(f"{path}: no column is left for inputs; expected one beside {self.target!r}.")
        return table_of(path, frame.select(names), [name for name in self.categories if name in names])

    def _with_targets(
        self, path: Path, frame: "DataFrame", categories: Collection[str]
    ) -> "tuple[DataFrame, Column]":
        """Return the rows that have a target, and their targets."""
        name = self.target
        column = table_of(path, frame.select(name), [name] if name in categories else []).column(name)
        if column.missing.all():
            raise DataError(f"{path}: the target {name!r} is missing in all rows. Choose another target.")
        if column.missing.any():
            say(
                f"{path}: {int(column.missing.sum()):,} of {len(column):,} rows have no value of {name!r}, "
                "and are left out."
            )
            frame, column = frame.filter(~column.missing), column[np.flatnonzero(~column.missing)]
        return frame, column

    def _test_rows(self, frame: "DataFrame", order: Order, labels: RawArray | None) -> BoolArray:
        share = Share("test", cast(float, self.test), test_generator(self.seed))
        if order.column:
            return rows_by(order, self.path, frame[order.column], share)
        by_class = cast(IntArray, labels) if labels is not None and self.stratify else None
        return rows_at_random(len(frame), share, by_class)

    def _test_file(self, inputs: Table, target: Column, targets: Targets) -> Examples:
        """Read the test file: the columns of the training file, those of categories as categories."""
        path = cast(Path, self.test)
        categories = dict.fromkeys(column.name for column in (*inputs.columns, target) if column.is_category)
        frame = read_frame(path, self._dialect, categories, self.ignore)
        check_columns(path, (*inputs.names, self.target), frame.columns)
        frame, column = self._with_targets(path, frame, categories)
        of_inputs = [name for name in inputs.names if name in categories]
        table = table_of(path, frame.select(inputs.names), of_inputs)
        return _examples(table, targets.encode(path, column))


@answers("pw.load_table(file, target='price')")
def load_table(
    table: object,
    *,
    target: str,
    test: str | Path | float | None = None,
    by: str = "random",
    stratify: bool = True,
    seed: int = 0,
    ignore: Sequence[str] = (),
    categories: Sequence[str] = (),
    task: str = "auto",
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> Dataset:
    """Load a data set of a CSV, Parquet or Feather file, given by its path, or of a data frame.

    All settings are those of `TableFile`; the last four are of CSV files.

    Raises:
        ConfigurationError: a setting is out of its range, or is one of CSV files and there is a frame.
        DataError: a file or the frame can't be read as a table, lacks a column, or its target is not what
            `task` says.
        MissingExtraError: the extra `tables` is not installed.
    """
    named = as_column_names("categories", categories)
    frame = None
    if is_frame(table):
        _check_unsaid(delimiter=delimiter, decimal=decimal, encoding=encoding, header=header)
        frame, of_frame = frame_of(table)
        named, table = (*named, *of_frame), "the table"
    file = TableFile(
        path=as_path("table", table),
        target=target,
        test=_as_test(test),
        by=by,
        stratify=stratify,
        seed=seed,
        ignore=as_column_names("ignore", ignore),
        categories=named,
        task=task,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        header=header,
    )
    return file.load() if frame is None else replace(file.dataset_of(frame), name="table")


def _check_unsaid(**settings: object) -> None:
    for name, value in settings.items():
        if value is not None:
            raise ConfigurationError(
                f"{name} is {shown(value)} and the table is a data frame; expected a CSV file for it. Leave "
                f"{name} out."
            )


def _examples(inputs: Table, targets: RawArray) -> Examples:
    return Examples(cast(RawArray, inputs), targets)


def _as_test(given: object) -> Path | float:
    if given is None:
        return TEST_SHARE
    if isinstance(given, str | Path):
        return as_path("test", given)
    return number("test", given, above=0, below=1)
