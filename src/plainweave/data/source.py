"""Sources: data that can be loaded again, here, in another process, or on another machine."""

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from plainweave.data.catalog import NAMES, load_dataset
from plainweave.data.dataset import Dataset
from plainweave.data.folder import load_folder
from plainweave.data.paths import as_path
from plainweave.doing import LOADING, doing
from plainweave.errors import ConfigurationError, DataError, shown


@runtime_checkable
class Source(Protocol):
    """What gives a data set. To be loaded elsewhere it is pickled, as small as it may be."""

    def load(self) -> Dataset:
        """Return the data set, the same each time.

        Raises:
            DataError: it can't be had.
        """


@dataclass(frozen=True)
class Named:
    """A data set of the catalog.

    Attributes:
        name: as `load_dataset` has it.
        data_dir: the folder that holds its files; None for where they are looked for.
    """

    name: str
    data_dir: Path | None = None

    def load(self) -> Dataset:
        """Find its files, check and read them."""
        return load_dataset(self.name, self.data_dir)


@dataclass(frozen=True)
class Folder:
    """A folder of IDX files, of pictures or of arrays; or an .npz file.

    Attributes:
        path: as `load_dataset` has it.
        turned: whether images lie on their side in the files, as EMNIST's do; for IDX files alone.
    """

    path: Path
    turned: bool = False

    def load(self) -> Dataset:
        """Read the files."""
        return load_folder(self.path, turned=True) if self.turned else load_dataset(self.path)


@dataclass(frozen=True)
class Pictures:
    """A folder of pictures, with settings as `load_pictures` has them."""

    path: Path
    size: tuple[int, int] | None = None
    colour: bool | None = None
    test: float = 0.2
    seed: int = 0

    def load(self) -> Dataset:
        """Read the pictures."""
        from plainweave.data.pictures.folder import load_pictures  # needs an extra

        return load_pictures(self.path, size=self.size, colour=self.colour, test=self.test, seed=self.seed)


@dataclass(frozen=True)
class InMemory:
    """A data set that is there; elsewhere it is what was pickled of it."""

    dataset: Dataset

    def load(self) -> Dataset:
        """Return it."""
        return self.dataset


class Loaded:
    """A source and the data set that it gave here; elsewhere it is loaded again, and compared with that one.

    Files may have changed meanwhile, or be others on another machine.

    Args:
        source: that is loaded now.

    Attributes:
        source: as given.
        fingerprint: of the data set.

    Raises:
        ConfigurationError: what it gives is no data set.
        DataError: it can't be loaded.
    """

    @doing(LOADING)
    def __init__(self, source: Source) -> None:
        self.source = source
        self._dataset: Dataset | None = _dataset_of(source)
        self.fingerprint = self._dataset.fingerprint

    def load(self) -> Dataset:
        """Return the data set.

        Raises:
            DataError: it can't be loaded, or is another one than where this was made.
        """
        if self._dataset is None:
            self._dataset = self.checked(_dataset_of(self.source))
        return self._dataset

    def checked(self, dataset: Dataset) -> Dataset:
        """Return a data set that is the one loaded where this was made.

        Raises:
            DataError: it is another one.
        """
        if dataset.fingerprint != self.fingerprint:
            raise DataError(
                f"{dataset.name} has changed since it was loaded, or is another data set: its "
                f"fingerprint is {dataset.fingerprint[:12]}; expected {self.fingerprint[:12]}. "
                "Run it again."
            )
        return dataset

    def elsewhere(self, source: Source) -> "Loaded":
        """Return what is this data set here, and elsewhere is loaded from another source."""
        other = copy(self)
        other.source = source
        return other

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_dataset": None}


@doing(LOADING)
def _dataset_of(source: Source) -> Dataset:
    dataset: object = source.load()
    if not isinstance(dataset, Dataset):
        raise ConfigurationError(
            f"{type(source).__name__}.load returned {shown(dataset)}; expected a Dataset, as in "
            'pw.load_dataset("digits").'
        )
    return dataset


def source_of(data: str | Path | Source | Dataset, data_dir: str | Path | None = None) -> Source:
    """Return the source of what a user gives as data: a name, a folder, a file, a data set, or a source.

    Args:
        data: "digits" or another name of the catalog, a folder of IDX files, of pictures or of
            arrays, an .npz file, a `Dataset`, or a `Source`.
        data_dir: the folder that holds the files of a named data set.

    Raises:
        ConfigurationError: it is none of these.
    """
    if isinstance(data, Dataset):
        return InMemory(data)
    if isinstance(data, Source) and not isinstance(data, type):
        return data
    if not isinstance(data, str | Path):
        raise ConfigurationError(
            f"data is {shown(data)}; expected a Dataset, a Source, a name or a folder, as in "
            'pw.load_dataset("digits").'
        )
    if str(data) in NAMES and (isinstance(data, str) or not data.is_dir()):
        return Named(str(data), None if data_dir is None else as_path("data_dir", data_dir))
    return Folder(Path(data))
