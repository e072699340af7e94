"""Which rows of a table a network is tested on."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from plainweave.cli.streams import note
from plainweave.cli.tables_to_predict import TableToPredict, note_unlearned, preparation_of
from plainweave.data import Dataset, Examples, Table
from plainweave.data.table_files.reading import check_columns
from plainweave.data.table_files.targets import Targets
from plainweave.errors import ConfigurationError, DataError
from plainweave.experiments import DatasetIdentity, DataSettings, RunRecord
from plainweave.training import Model


def rows_to_test(
    run: Path, model: Model, record: RunRecord | None, data: DataSettings, used: DataSettings | None
) -> Dataset:
    """Return a data set whose test examples a network of tables is to be tested on.

    These are the run's own test rows, where the file, parted as then, is what it was made on; or those that
    `test_data` or `by` ask for; or all rows of another file, which is said aloud.

    Args:
        run: the run, for messages.
        model: its network.
        record: its record, if there is one.
        data: what is said about the data to test on.
        used: what was said about those it was trained on, if that is known.

    Raises:
        ConfigurationError: the data are not named, the target is unknown, or a setting is out of its range.
        DataError: the file can't be read, its columns are not those of the network, or its rows may be those
            that the network was trained on.
    """
    if data.data is None and used is None:
        table = f"your table {record.dataset.name!r}" if record else "a table of yours"
        raise DataError(f"{run} was trained on {table}. Give that file, or another, with --data.")
    then = replace(used or data, **data.given)  # type: ignore[arg-type]
    file, target = Path(then.data or ""), then.target or model.target_name
    data = replace(data, data=then.data, target=target, task="classes" if model.class_names else "numbers")
    if own := _own_data(then, record) or _own_data(_as_trained(model, data), record):
        return own
    if target in {column.name for column in preparation_of(model).columns}:
        raise ConfigurationError(
            f"the target {target!r} is a column that {run} predicts from; expected the one that it predicts"
            + (f", {model.target_name!r}." if model.target_name else ".")
        )
    is_part = data.test_data is not None or data.by is not None
    dataset = data.source().load() if is_part else _all_rows(run, model, file, data, target)
    if record is not None and _may_be(dataset, record.dataset):
        raise DataError(
            f"{file} may be the table that {run} was trained on, but is not parted as it was then: the rows "
            "of the training tell nothing. Give the options of its training; or another file, under another "
            "name."
        )
    if not is_part:
        note(
            f"All {len(dataset.test):,} rows of {file} are tested on. Whether {run} was trained on some of "
            "them is not known."
        )
    return dataset


def _own_data(settings: DataSettings, record: RunRecord | None) -> Dataset | None:
    """Return the data that settings name where a run was made on these, parted so."""
    with suppress(DataError, ConfigurationError):  # too few rows to be parted, or of one class alone
        dataset = settings.source().load()
        if record is not None and dataset.fingerprint == record.dataset.fingerprint:
            return dataset
    return None


def _may_be(dataset: Dataset, trained: DatasetIdentity) -> bool:
    """Whether a table of that name may have all rows that a run was trained and tested on, or more."""
    parts = {id(part): len(part) for part in (dataset.train, dataset.test, dataset.validation) if part}
    rows, known = sum(parts.values()), trained.training_examples + trained.test_examples
    return rows >= known and dataset.name == trained.name


def _as_trained(model: Model, data: DataSettings) -> DataSettings:
    """Return settings by which a table has the columns that a network was trained on, as it had them."""
    columns = {column.name: column for column in preparation_of(model).columns}
    names = [name for name in data.table().names if name != data.target]
    categories = [name for name in names if name in columns and columns[name].is_category]
    return replace(
        data,
        ignore=(*data.ignore, *(name for name in names if name not in columns)),
        categories=tuple(categories),
    )


def _all_rows(run: Path, model: Model, file: Path, data: DataSettings, target: str) -> Dataset:
    further = [target] if model.class_names else []
    frame = TableToPredict.read(model, file, data, *further).frame
    names = [column.name for column in preparation_of(model).columns if column.feature_names]
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
