"""What is said about data in a file of experiments or on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from plainweave.checks import did_you_mean, flag, put, several
from plainweave.data import DEFAULT_NAME, NAMES, Source, TableFile, source_of
from plainweave.data.csv_dialect import Dialect
from plainweave.data.table_files import read_frame
from plainweave.data.table_targets import TASKS
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.setting import Setting, setting

_SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".feather", ".arrow", ".ipc")
_NO_TABLE = ("data", "data_dir")  # settings of whatever data


@dataclass(frozen=True)
class DataSettings:
    """What to train and test on. Each field says in its metadata what it is; None stands for its default.

    Attributes:
        data: the name of a data set, a folder, or a CSV, Parquet or Feather file; Fashion-MNIST by default.
        data_dir: the folder that holds the files of a named data set.
        target, by, ignore, categories, task, delimiter, decimal, encoding, header: as `TableFile` has them.
        test_data: a table file of test rows, or the share of the rows that are for the test; its `test`.

    Raises:
        ConfigurationError: a value is not of the kind that it should be.
    """

    data: str | None = setting(
        None,
        Setting(
            f"The data: {', '.join(NAMES)}, a folder of your own, or a CSV, Parquet or Feather file; "
            f"{DEFAULT_NAME} by default."
        ),
    )
    data_dir: str | None = setting(
        None, Setting("The folder that holds the files of a named data set; found or fetched by default.")
    )
    target: str | None = setting(None, Setting("The column of a table that is to be predicted."))
    test_data: str | float | None = setting(
        None, Setting("A table file of test rows, or the share of the rows to test on: 0.2 by default.")
    )
    by: str | None = setting(
        None,
        Setting(
            "How that share is chosen: random (by default), time:COLUMN (the last rows) or group:COLUMN (no "
            "group in both parts)."
        ),
    )
    task: str | None = setting(
        None,
        Setting("What the target is: classes, numbers or auto (by default; the column tells).", TASKS),
    )
    ignore: tuple[str, ...] = setting((), Setting("A column that is no input; may be given several times."))
    categories: tuple[str, ...] = setting(
        (), Setting("A column of categories although it holds numbers; may be given several times.")
    )
    delimiter: str | None = setting(None, Setting("Of a CSV file; found out by default."))
    decimal: str | None = setting(None, Setting("Its decimal mark, . or ,; found out by default."))
    encoding: str | None = setting(None, Setting("Its encoding, as in latin-1; found out by default."))
    header: bool | None = setting(
        None, Setting("Whether its first line names the columns; found out by default.")
    )

    def __post_init__(self) -> None:
        for name in ("ignore", "categories"):
            put(self, **{name: _as_names(name, getattr(self, name))})
        for name in ("data", "data_dir", "target", "by", "delimiter", "decimal", "encoding"):
            given = getattr(self, name)
            if given is not None and not isinstance(given, str):
                raise ConfigurationError(f"{name} is {shown(given)}; expected a text.")
        if self.task is not None:
            self.__dataclass_fields__["task"].metadata["setting"].checked("task", self.task, str)
        if self.header is not None:
            put(self, header=flag("header", self.header))
        put(self, test_data=_as_test(self.test_data))

    @classmethod
    def from_settings(cls, given: Mapping[str, object]) -> "DataSettings":
        """Return settings by name.

        Raises:
            ConfigurationError: a name is unknown, or a value is not of the kind that it should be.
        """
        for name in given:
            if name not in DATA_SETTINGS:
                raise ConfigurationError(
                    f"{name} is no setting of data; expected one of {', '.join(DATA_SETTINGS)}."
                    f"{did_you_mean(name, DATA_SETTINGS)}"
                )
        return cls(**given)  # type: ignore[arg-type]

    @property
    def given(self) -> dict[str, object]:
        """What was said, by name."""
        return {name: value for name, value in vars(self).items() if value not in (None, ())}

    def updated(self, other: "DataSettings") -> "DataSettings":
        """Return these settings with what others say in place of theirs; or others that name data, alone."""
        return other if other.data is not None else replace(self, **other.given)  # type: ignore[arg-type]

    def beside(self, folder: Path) -> "DataSettings":
        """Return these settings with paths that are meant from a folder."""
        data, test = self.data, self.test_data
        if data is not None and data not in NAMES:
            data = str(folder / data)
        if isinstance(test, str):
            test = str(folder / test)
        data_dir = None if self.data_dir is None else str(folder / self.data_dir)
        return replace(self, data=data, data_dir=data_dir, test_data=test)

    def source(self) -> Source:
        """Return the source of the data.

        Raises:
            ConfigurationError: a setting of tables is given and the data are none, or a table's target is
                missing.
            DataError, MissingExtraError: a table whose target is missing can't be read, either.
        """
        data = self.data or DEFAULT_NAME
        path = Path(data)
        of_tables = {name: value for name, value in self.given.items() if name not in _NO_TABLE}
        if data in NAMES or path.is_dir() or not (path.is_file() or path.suffix.lower() in _SUFFIXES):
            if of_tables and (data in NAMES or path.is_dir()):
                raise ConfigurationError(
                    f"{next(iter(of_tables))} is a setting of tables; {data} is none. Give a CSV, Parquet or "
                    "Feather file as the data, or leave it out."
                )
            return source_of(data, self.data_dir)
        if self.target is None:
            names = ", ".join(map(repr, read_frame(path, self.dialect).columns))
            raise ConfigurationError(f"target is missing; expected a column of {data} to predict: {names}.")
        test = of_tables.pop("test_data", None)
        if test is not None:
            of_tables["test"] = Path(test) if isinstance(test, str) else test
        return TableFile(path, **of_tables)  # type: ignore[arg-type]

    @property
    def dialect(self) -> Dialect:
        """How a CSV file is written.

        Raises:
            ConfigurationError: a setting is out of its range.
        """
        return Dialect(self.delimiter, self.decimal, self.encoding, self.header)


DATA_SETTINGS = tuple(field.name for field in fields(DataSettings))


def _as_names(name: str, given: object) -> tuple[str, ...]:
    names = several(given)
    if names is None or not all(isinstance(column, str) for column in names):
        raise ConfigurationError(f'{name} is {shown(given)}; expected names of columns, as in ["id", "zip"].')
    return tuple(map(str, names))


def _as_test(given: object) -> str | float | None:
    """Return a path, or a share as a number, which may be given as a text."""
    if isinstance(given, str):
        try:
            return float(given)
        except ValueError:
            return given
    if given is None or (isinstance(given, int | float) and not isinstance(given, bool)):
        return given
    raise ConfigurationError(f"test_data is {shown(given)}; expected a file or a share, as in 0.2.")
