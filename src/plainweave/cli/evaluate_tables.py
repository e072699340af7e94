"""Which rows of a table a network is tested on."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from plainweave.cli.streams import note
from plainweave.cli.tables_to_predict import TableToPredict, note_unlearned
from plainweave.data import Dataset, Examples, Table
from plainweave.data.table_files.reading import check_columns
from plainweave.data.table_files.targets import Targets
from plainweave.errors import ConfigurationError, DataError
from plainweave.experiments import DataSettings, RunRecord
from plainweave.training import Model


def rows_to_test(run: Path, model: Model, record: RunRecord | None, data: DataSettings) -> Dataset:
    """Return a data set whose test examples a network of tables is to be tested on.

    These are the run's own test rows, where the file, parted by the same settings, is what it was made on;
    or those that `test_data` or `by` ask for; or all rows of another file, which is said aloud.

    Raises:
        ConfigurationError: the data are not named, the target is unknown, or a setting is out of its range.
        DataError: the file can't be read, or its columns are not those of the network.
    """
    if data.data is None:
        raise DataError(
            f"{run} was trained on your table {record.dataset.name if record else ''!r}. Give that file, or "
            "another, with --data."
        )
    target = data.target or model.target_name
    file, data = (
        Path(data.data),
        replace(data, target=target, task="classes" if model.class_names else "numbers"),
    )
    if data.test_data is not None or data.by is not None:
        return data.source().load()
    with suppress(DataError, ConfigurationError):  # too few rows to be parted, or of one class alone
        dataset = data.source().load()
        if record is not None and dataset.fingerprint == record.dataset.fingerprint:
            return dataset
    dataset = _all_rows(run, model, file, data, target)
    note(
        f"{file} is not what {run} was trained on, or not parted as it was then: all its "
        f"{len(dataset.test):,} rows are tested on. For its own test rows give the options of its training."
    )
    return dataset


def _all_rows(run: Path, model: Model, file: Path, data: DataSettings, target: str) -> Dataset:
    preparation = model.preparation
    assert preparation is not None
    further = [target] if model.class_names else []
    frame = TableToPredict.read(model, file, data, *further).frame
    names = [column.name for column in preparation.columns if column.feature_names]
    check_columns(file, [*names, target], frame.columns)
    note_unlearned(model, file, frame)
    frame = frame.drop_nulls(target)
    if not len(frame):
        raise DataError(f"{file}: the target {target!r} is missing in all rows. Give rows that have it.")
    categories = [name for name in (*names, target) if not frame[name].dtype.is_numeric()]
    table = Table.of(frame.select(*names, target), categories=categories)
    labels = Targets(run, target, model.class_names).encode(file, table.column(target))
    examples = Examples(table.without(target), np.asarray(labels))
    name = file.name.partition(".")[0] or "table"
    return Dataset(name, examples, examples, model.class_names, target_name=target)
