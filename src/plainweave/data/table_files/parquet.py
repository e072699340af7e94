"""Parquet files larger than memory: prepared once, slice by slice, as an array that stays on disk."""

import errno
import io
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import choice, number, whole_number
from plainweave.data.examples import Examples
from plainweave.data.paths import as_path
from plainweave.data.random_part import validation_count
from plainweave.data.scale import TargetScale
from plainweave.data.split import Split
from plainweave.data.standardizer import Standardizer
from plainweave.data.stored import RUN, identity_of
from plainweave.data.table_files.reading import PARQUET, check_columns, refusing, try_elsewhere, without_index
from plainweave.data.table_files.targets import TASKS, Targets
from plainweave.data.tables.column import Column
from plainweave.data.tables.preparation import Preparation
from plainweave.data.tables.table import Table
from plainweave.errors import DataError
from plainweave.extras import need
from plainweave.randomness import order_of_runs, split_generator
from plainweave.storage.files import cannot_write, open_file, write_together

if TYPE_CHECKING:
    from polars import DataFrame, LazyFrame

INPUTS_FILE = "inputs.npy"
_LARGEST = 2**50  # bytes of a file
_SLICE = 2**20  # values that are read at once
_SAMPLE = 2**22  # values, at most, that the preparation is fitted to
_SAMPLES = 64  # slices of them, evenly apart


@dataclass(frozen=True)
class PreparedTable:
    """A table on disk as the arrays that a network is trained on.

    Attributes:
        parts: to be trained on by `fit`; their inputs lie in a file, and `parts.preparation` made them.
        class_names: of the target's classes; none where it is numbers.
        target_name: of the target's column.
    """

    parts: Split
    class_names: tuple[str, ...]
    target_name: str


def prepare_parquet(
    path: str | Path,
    folder: str | Path,
    *,
    target: str,
    validation_fraction: float = 0.2,
    seed: int = 0,
    standardize: str = "standard",
    missing: str = "median",
    rare: int = 1,
    ignore: Collection[str] = (),
    categories: Collection[str] = (),
    task: str = "auto",
) -> PreparedTable:
    """Prepare a Parquet file that may be larger than memory.

    The examples are parted by chance, runs of neighbours together. A preparation is fitted to training
    examples alone: to all of them where they have no more than 4 million values, else to about as many, of 64
    places evenly apart in the file; a category that is in none of these is unknown. Then the file is read
    slice by slice, and what the preparation makes of it is written to `folder`/inputs.npy, 4 bytes a feature.
    Of a row no more than its target and some 30 bytes stay in memory.

    Args:
        path: of the file.
        folder: where the inputs are to be written; made if it is not there. They are needed until training
            ends.
        target: the column of the target; a value is in each row.
        validation_fraction: the share of validation examples, below 1; with 0 there is no validation part.
        seed: of the random choice.
        standardize: what becomes of numbers, see `Preparation`.
        missing: what becomes of missing numbers, see `Preparation`.
        rare: categories that fewer of the examples that the preparation is fitted to have are one.
        ignore: columns to be left out.
        categories: columns of categories although they hold numbers.
        task: what the target is, "classes" or "numbers"; "auto" finds it out, as `load_table` does.

    Raises:
        ConfigurationError: a setting is out of its range.
        DataError: the file can't be read, lacks a column, or a row has no target; a table of it is refused as
            `Table.of` and `Preparation` do.
        RecordError: the folder can't be written to, or has an inputs.npy already.
        MissingExtraError: the extra `tables` is not installed.
    """
    need("tables")
    path, folder = as_path("path", path), as_path("folder", folder)
    fraction = number("validation_fraction", validation_fraction, below=1)
    seed = whole_number("seed", seed, at_least=0)
    choice("task", task, TASKS)
    inputs = folder / INPUTS_FILE
    if os.path.lexists(inputs):
        raise cannot_write(inputs, FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)))
    with refusing(path):
        with open_file(path, _LARGEST) as (file, size):
            if file.read(len(PARQUET)) != PARQUET:
                raise DataError(
                    f"{path} is no Parquet file; expected one. Of a CSV file of any size "
                    "polars.scan_csv(file).sink_parquet(path) makes one."
                )
        try_elsewhere(path, size)
        source = _Source.of(path, target, ignore, categories)
        column = source.target()
        targets = Targets.of(path, column, task)
        is_validation = _validation(source, fraction, seed)
        table = source.sample(~is_validation)
    preparation = Preparation.fit(table, numbers=standardize, missing=missing, rare=rare)
    write_together(folder, {INPUTS_FILE: _as_npy(source, preparation)}, anew=True)
    try:
        examples = Examples(np.load(inputs, mmap_mode="r"), targets.encode(path, column))
        parts = _parts(examples, is_validation, preparation, are_numbers=not targets.class_names)
    except BaseException:  # Ctrl-C, too: the same call is to find its place free
        inputs.unlink()
        raise
    return PreparedTable(parts, targets.class_names, target)


@dataclass(frozen=True)
class _Source:
    """The columns that are used of a Parquet file.

    Attributes:
        path: of the file.
        frame: its columns, not yet read.
        inputs: names of the columns of inputs.
        target_name: of the target's column.
        count: of the rows.
        identity: of the file, which is to stay as it was; see `identity_of`.
        categories: columns that hold categories although they hold numbers.
    """

    path: Path
    frame: "LazyFrame"
    inputs: tuple[str, ...]
    target_name: str
    count: int
    identity: tuple[int, ...]
    categories: frozenset[str]

    @classmethod
    def of(cls, path: Path, target: str, ignore: Collection[str], categories: Collection[str]) -> "_Source":
        import polars as pl

        identity = identity_of(path.stat())
        frame = without_index(path, pl.scan_parquet(path, glob=False, hive_partitioning=False))
        names = frame.collect_schema().names()
        check_columns(path, (target, *ignore, *categories), names)
        left_out = {target, *ignore}
        inputs = tuple(name for name in names if name not in left_out)
        count = int(frame.select(pl.len()).collect().item())
        if not count or not inputs:
            raise DataError(
                f"{path} has {count} rows, and {len(inputs)} columns beside the target; expected at "
                "least 1 of each."
            )
        return cls(path, frame, inputs, target, count, identity, frozenset(categories))

    def target(self) -> Column:
        """Return the column of the target.

        Raises:
            DataError: a row has none.
        """
        columns = [table.columns[0] for table in self.tables((self.target_name,))]
        column = _together(columns)
        if column.missing.any():
            raise DataError(
                f"{self.path}: row {int(column.missing.argmax())} has no {self.target_name!r}, the target; "
                "expected one in each. Leave out rows that have none."
            )
        return column

    def sample(self, is_training: BoolArray) -> Table:
        """Return the inputs of all training rows, or of some that lie evenly apart."""
        import polars as pl

        most = max(1, _SAMPLE // len(self.inputs))
        if self.count <= most:
            starts, size = np.zeros(1, int), self.count
        else:
            size = max(1, most // _SAMPLES)
            starts = np.unique(np.linspace(0, self.count - size, _SAMPLES).astype(int))
        frames = [
            self._slice(self.inputs, start, size).filter(is_training[start : start + size])
            for start in starts.tolist()
        ]
        return self._table(pl.concat(frames), 0)

    def tables(self, names: Sequence[str]) -> Iterator[Table]:
        """Read columns, slice by slice."""
        size = max(1, _SLICE // len(names))
        for start in range(0, self.count, size):
            yield self._table(self._slice(names, start, size), start)
        self._check_unchanged()

    def _slice(self, names: Sequence[str], start: int, size: int) -> "DataFrame":
        self._check_unchanged()
        with refusing(self.path):
            return self.frame.select(names).slice(start, size).collect()

    def _check_unchanged(self) -> None:
        with refusing(self.path):
            if identity_of(self.path.stat()) != self.identity:
                raise DataError(f"{self.path} has changed since it was opened. Prepare it again.")

    def _table(self, frame: "DataFrame", start: int) -> Table:
        try:
            return Table.of(frame, categories=self.categories.intersection(frame.columns))
        except DataError as error:
            raise DataError(f"{self.path}, from row {start} on: {error}") from error


def _validation(source: _Source, fraction: float, seed: int) -> BoolArray:
    """Return which rows are validation examples (rows,)."""
    count = validation_count(fraction, source.count)
    run = max(1, min(RUN // (4 * (len(source.inputs) + 1)), source.count // 100))
    chosen = np.zeros(source.count, dtype=bool)
    chosen[order_of_runs(split_generator(seed), source.count, run)[:count]] = True
    return chosen


def _together(columns: Sequence[Column]) -> Column:
    """Return one column of those of slices, whose categories may have other levels in each."""
    name, values = columns[0].name, [column.values for column in columns]
    if columns[0].levels is None:
        return Column(name, cast(FloatArray, np.concatenate(values)))
    levels = sorted(set().union(*(column.levels or () for column in columns)))
    numbers = {level: number for number, level in enumerate(levels)}
    codes = [
        np.array([numbers[level] for level in column.levels or ()] + [-1], np.int32)[column.values]
        for column in columns
    ]
    return Column(name, np.concatenate(codes), tuple(levels))


def _as_npy(source: _Source, preparation: Preparation) -> Iterator[bytes | memoryview]:
    """Give what the preparation makes of a table as a .npy file, piece by piece."""
    header = io.BytesIO()
    shape = (source.count, preparation.features)
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    yield header.getvalue()
    for table in source.tables(source.inputs):
        yield np.ascontiguousarray(preparation(table), "<f4").data


def _parts(
    examples: Examples, is_validation: BoolArray, preparation: Preparation, *, are_numbers: bool
) -> Split:
    """Return the two parts of prepared examples; targets that are numbers are standardized in training."""
    rows = np.flatnonzero(is_validation)
    training = examples[np.flatnonzero(~is_validation)]
    validation = examples[rows] if len(rows) else None
    scale = TargetScale.fit(training.targets) if are_numbers else None
    return Split(training, validation, Standardizer.identity(), rows, preparation, scale)
