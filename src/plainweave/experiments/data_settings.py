"""What is said about data in a file of experiments or on the command line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from plainweave.checks import did_you_mean, flag, put
from plainweave.data import DEFAULT_NAME, NAMES, Folder, Pictures, Source, Table, TableFile, source_of
from plainweave.data.names import as_column_names
from plainweave.data.table_files.csv_dialect import Dialect
from plainweave.data.table_files.reading import check_columns, read_frame, table_of
from plainweave.data.table_files.targets import TASKS
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.setting import Setting, setting

_SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".feather", ".arrow", ".ipc")
_OF_ANY = ("data", "data_dir")  # settings of whatever data
_OF_TABLES = (
    *("target", "test_data", "by", "task", "ignore", "categories"),
    *("delimiter", "decimal", "encoding", "header"),
)


@dataclass(frozen=True)
class DataSettings:
    """What to train and test on. Each field says in its metadata what it is; None stands for its default.

    Attributes:
        data: the name of a data set, a folder, or a CSV, Parquet or Feather file; `DEFAULT_NAME` without.
        data_dir: the folder that holds the files of a named data set.
        target, by, ignore, categories, task, delimiter, decimal, encoding, header: as `TableFile` has them.
        size, colour: of a folder of pictures, as `Pictures` has them, the size as in 28x28.
        turned: of a folder of IDX files, as `Folder` has it.
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

    size: str | None = setting(
        None, Setting("Rows and columns of pictures in a folder, as in 28x28; found out by default.")
    )
    colour: bool | None = setting(
        None, Setting("Whether these have colour, or are made gray; found out by default.")
    )
    turned: bool | None = setting(
        None, Setting("Whether images in IDX files lie on their side, as EMNIST's do.")
    )

    def __post_init__(self) -> None:
        for name in ("ignore", "categories"):
            put(self, **{name: as_column_names(name, getattr(self, name))})
        for name in ("data", "data_dir", "target", "by", "delimiter", "decimal", "encoding", "size"):
            given = getattr(self, name)
            if given is not None and not isinstance(given, str):
                example = "a text, not a table, as in 'digits'" if isinstance(given, Mapping) else "a text"
                raise ConfigurationError(f"{name} is {shown(given)}; expected {example}.")
        if self.task is not None:
            self.__dataclass_fields__["task"].metadata["setting"].checked("task", self.task, str)
        for name in ("header", "colour", "turned"):
            if getattr(self, name) is not None:
                put(self, **{name: flag(name, getattr(self, name))})
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

    @property
    def is_table(self) -> bool:
        """Whether the data are the file of a table, by its name where it is not there."""
        path = Path(self.data or DEFAULT_NAME)
        if self.data in (None, *NAMES) or path.is_dir() or path.suffix == ".npz":
            return False
        return path.is_file() or path.suffix.lower() in _SUFFIXES

    def table(self) -> Table:
        """Read the table as a whole, but for columns to be ignored.

        Raises:
            ConfigurationError: a setting of other data is given, or is out of its range.
            DataError, MissingExtraError: it can't be read.
        """
        path = Path(self.data or "")
        self._check_only((*_OF_ANY, *_OF_TABLES), "tables", str(path))
        frame = read_frame(path, self.dialect, self.categories, self.ignore)
        check_columns(path, self.ignore, frame.columns)
        return table_of(path, frame.drop(self.ignore), self.categories)

    def source(self) -> Source:
        """Return the source of the data.

        Raises:
            ConfigurationError: a setting of other data is given, or a table's target is missing.
            DataError, MissingExtraError: a table whose target is missing can't be read, either.
        """
        data = self.data or DEFAULT_NAME
        path = Path(data)
        if not self.is_table:
            return self._source_of_folder(data)
        self._check_only((*_OF_ANY, *_OF_TABLES), "tables", data)
        if self.target is None:
            names = ", ".join(map(repr, read_frame(path, self.dialect).columns))
            raise ConfigurationError(f"target is missing; expected a column of {data} to predict: {names}.")
        of_tables = {name: value for name, value in self.given.items() if name in _OF_TABLES}
        test = of_tables.pop("test_data", None)
        if test is not None:
            of_tables["test"] = Path(test) if isinstance(test, str) else test
        return TableFile(path, **of_tables)  # type: ignore[arg-type]

    def _source_of_folder(self, data: str) -> Source:
        if data not in NAMES and self.target is not None and not Path(data).exists():
            raise ConfigurationError(f"{data} is not there; expected a CSV, Parquet or Feather file.")
        if data in NAMES:
            self._check_only(_OF_ANY, "named data", data)
        elif self.turned is not None:
            self._check_only((*_OF_ANY, "turned"), "IDX files", data)
            return Folder(Path(data), self.turned)
        elif not Path(data).is_dir():
            self._check_only(_OF_ANY, "files of arrays", data)
        elif self.size is not None or self.colour is not None or self.test_data is not None:
            self._check_only((*_OF_ANY, "size", "colour", "test_data"), "pictures", data)
            if isinstance(self.test_data, str):
                raise ConfigurationError(f"test_data is {self.test_data!r}; expected a share for pictures.")
            pictures = Pictures(Path(data), _as_size(self.size), self.colour)
            return pictures if self.test_data is None else replace(pictures, test=self.test_data)
        else:
            self._check_only(_OF_ANY, "folders", data)
        return source_of(data, self.data_dir)

    def _check_only(self, known: Collection[str], kind: str, data: str) -> None:
        for name in self.given:
            if name not in known:
                raise ConfigurationError(f"{name} is no setting of {kind}, as {data} is; leave it out.")

    @property
    def dialect(self) -> Dialect:
        """How a CSV file is written.

        Raises:
            ConfigurationError: a setting is out of its range.
        """
        return Dialect(self.delimiter, self.decimal, self.encoding, self.header)


DATA_SETTINGS = tuple(field.name for field in fields(DataSettings))


def _as_size(given: str | None) -> tuple[int, int] | None:
    if given is None:
        return None
    try:
        rows, columns = map(int, given.lower().split("x"))
    except ValueError:
        raise ConfigurationError(f"size is {given!r}; expected rows and columns, as in 28x28.") from None
    return rows, columns


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
