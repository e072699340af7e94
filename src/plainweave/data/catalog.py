"""Data sets by name: where they lie on this machine, where they come from, and that they are whole."""

import hashlib
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import platformdirs

from plainweave.arrays import IntArray, RawArray
from plainweave.checks import did_you_mean
from plainweave.data.arrays_file import is_arrays, load_arrays
from plainweave.data.dataset import Dataset
from plainweave.data.digits import digits
from plainweave.data.examples import Examples
from plainweave.data.folder import load_folder
from plainweave.data.idx import parse_idx
from plainweave.data.idx_files import holds_idx_files
from plainweave.data.paths import as_path
from plainweave.data.pictures.files import holds_pictures
from plainweave.doing import LOADING, doing
from plainweave.errors import DataError, DataUnavailableError
from plainweave.storage.files import read_bounded

DATA_VARIABLE = "PLAINWEAVE_DATA"
FASHION_MNIST = "fashion-mnist"
DIGITS = "digits"
NAMES = (FASHION_MNIST, DIGITS)
DEFAULT_NAME = FASHION_MNIST  # where a command is given none

MIRRORS = (  # the last, which has no https, only if it must be
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True)
class Published:
    """What a file of Fashion-MNIST holds, as it is published and unpacked.

    Attributes:
        packed: SHA-256 of the gzip file, in hexadecimal.
        packed_size: of the gzip file, in bytes.
        plain: SHA-256 of what is in it.
        plain_size: of that, in bytes.
    """

    packed: str
    packed_size: int
    plain: str
    plain_size: int


FILES = {
    "train-images-idx3-ubyte": Published(
        packed="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        packed_size=26_421_880,
        plain="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        plain_size=47_040_016,
    ),
    "train-labels-idx1-ubyte": Published(
        packed="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        packed_size=29_515,
        plain="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        plain_size=60_008,
    ),
    "t10k-images-idx3-ubyte": Published(
        packed="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        packed_size=4_422_102,
        plain="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        plain_size=7_840_016,
    ),
    "t10k-labels-idx1-ubyte": Published(
        packed="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        packed_size=5_148,
        plain="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        plain_size=10_008,
    ),
}
_FASHION_FINGERPRINT = "d4592f9a432987e4d7707288f6823dd9cf275ed25e474476855255fe552051c3"
_CACHE = "the cache"


@dataclass(frozen=True)
class Location:
    """A folder that may hold a data set, and how it came to be looked in."""

    folder: Path
    given_by: str


@doing(LOADING)
def load_dataset(name: str | Path, data_dir: str | Path | None = None) -> Dataset:
    """Load a data set by name, or a folder of IDX files, of pictures or arrays, or an .npz file.

    Args:
        name: "fashion-mnist", "digits", a file, or a folder: of IDX files, as `load_folder` has them, of
            pictures in a folder for each class, as `load_pictures` has them, or of arrays.
        data_dir: the folder that holds the files of a named data set. Without it they are looked for
            in the folder that PLAINWEAVE_DATA names, then in the cache, and are fetched if need be.
            Every file is checked, and what was checked is what is loaded.

    Raises:
        ConfigurationError: the name or the folder is neither text nor a path.
        DataError: there is no such name or folder, or a file is not what it should be.
        DataUnavailableError: the files are not on this machine and no mirror gives them.
    """
    path = as_path("data", name)
    if not isinstance(name, str) and not _is_folder(path):
        name = str(path)  # a program may make paths of all that it is given
    if name == FASHION_MNIST:
        return _fashion_mnist(_place(data_dir))
    if name == DIGITS:
        return digits(DIGITS)
    if path.suffix != ".npz" and not _is_folder(path) and not holds_idx_files(path):
        table = " Of a table pw.load_table(file, target=...) makes a data set." if path.suffix else ""
        raise DataError(
            f"data is '{name}'; expected {' or '.join(NAMES)}, or a folder of IDX files, pictures or "
            f"arrays, or an .npz file.{did_you_mean(name, NAMES)}{table}"
        )
    dataset = load_arrays(path) if is_arrays(path) else _folder(path)
    if dataset.fingerprint == _FASHION_FINGERPRINT:
        return replace(dataset, name=FASHION_MNIST, class_names=FASHION_CLASSES)
    # What is not the named data set must not go by its name, and so be compared with its results.
    return replace(dataset, name=f"folder {dataset.name}") if dataset.name.lower() in NAMES else dataset


def _folder(path: Path) -> Dataset:
    """Load a folder of pictures if it holds any, and no IDX files."""
    if not holds_idx_files(path) and holds_pictures(path):
        from plainweave.data.pictures.folder import load_pictures  # needs an extra

        return load_pictures(path)
    return load_folder(path)


def cache_folder() -> Path:
    """Return the folder of the user's cache that fetched files are kept in."""
    return platformdirs.user_cache_path("plainweave") / FASHION_MNIST


@doing("looking for the files")
def locate(data_dir: str | Path | None = None) -> Location:
    """Return where the files of Fashion-MNIST lie on this machine, each checked, fetched if need be.

    A folder that was given may hold them as gzip, unpacked, or both, as other libraries leave them.

    Raises:
        ConfigurationError: the folder is no path.
        DataError: a folder was given, by argument or by PLAINWEAVE_DATA, and lacks a file or holds another.
        DataUnavailableError: no folder was given and no mirror gives what the cache lacks.
    """
    return _checked(_place(data_dir))


def fetch() -> Location:
    """Fetch what the cache lacks or holds damaged of Fashion-MNIST, from its mirrors in turn.

    Raises:
        DataUnavailableError: no mirror gives a file.
    """
    return _checked(_cache())


def _checked(location: Location) -> Location:
    for name in FILES:
        _read(location, name)
    return location


def _place(data_dir: str | Path | None) -> Location:
    if data_dir is not None:
        return Location(as_path("data_dir", data_dir), "data_dir")
    if folder := os.environ.get(DATA_VARIABLE):  # set, but empty, is as good as not set
        return Location(Path(folder), DATA_VARIABLE)
    return _cache()


def _cache() -> Location:
    return Location(cache_folder(), _CACHE)


def _fashion_mnist(location: Location) -> Dataset:
    """Load the published files: of each the very bytes whose checksum was taken."""

    def array(name: str) -> RawArray:
        path, content = _read(location, name)
        return parse_idx(path, io.BytesIO(content), len(content))

    train, test = (
        Examples(
            array(f"{prefix}-images-idx3-ubyte").reshape(-1, 28 * 28),
            cast(IntArray, array(f"{prefix}-labels-idx1-ubyte")),
        )
        for prefix in ("train", "t10k")
    )
    return Dataset(FASHION_MNIST, train, test, FASHION_CLASSES, image_shape=(28, 28))


def _read(location: Location, name: str) -> tuple[Path, bytes]:
    """Return a published file's path and content, fetched if it should be in the cache and is not.

    Raises:
        DataError, DataUnavailableError: as `locate` has it.
    """
    if location.given_by != _CACHE:
        return _find(location, name)
    try:
        return _find(location, name)
    except DataError:
        _fetch(location.folder / f"{name}.gz", FILES[name])
    return _find(location, name)


def _find(location: Location, name: str) -> tuple[Path, bytes]:
    """Return the first file of that name, packed or not, that is whole; of none, say what is wrong."""
    problems = []
    for stem in (name, name.replace("-idx", ".idx")):
        for path in (location.folder / f"{stem}.gz", location.folder / stem):
            try:
                return path, _content(location, path, FILES[name])
            except (FileNotFoundError, NotADirectoryError):
                continue
            except DataError as error:
                problems.append(error)
    if problems:
        raise problems[0]
    raise DataError(
        f"{location.folder} ({location.given_by}) has no {name}.gz; expected the four files of "
        "Fashion-MNIST. Give the folder that holds them, or none to have them fetched."
    )


def _content(location: Location, path: Path, published: Published) -> bytes:
    """Return what is in a file that is as it was published.

    Raises:
        FileNotFoundError, NotADirectoryError: there is none.
        DataError: it is another, or can't be read.
    """
    packed = path.suffix == ".gz"
    expected = published.packed if packed else published.plain
    try:
        content = read_bounded(path, published.packed_size if packed else published.plain_size)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise DataError(
            f"{path} ({location.given_by}) can't be read: {error.strerror or error}. Take another copy."
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise DataError(
            f"{path} ({location.given_by}) has the SHA-256 {digest[:12]}...; expected {expected[:12]}..., "
            "the published Fashion-MNIST. Take another copy, give no folder to have it fetched, or give "
            "your own data as a folder of its own."
        )
    return content


def _fetch(target: Path, published: Published) -> None:
    from plainweave.data.download import download

    urls = [mirror + target.name for mirror in MIRRORS]
    problems = download(urls, published.packed, published.packed_size, target)
    if problems:
        raise DataUnavailableError(
            f"Fashion-MNIST is not whole on this machine and {target.name} could not be fetched "
            f"({'; '.join(problems)}). Three ways to get it: connect to the network and try "
            "again; give the folder that holds the four files as data_dir; "
            f"or set {DATA_VARIABLE} to that folder. The data set 'digits' needs none of them."
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder above that can't be entered
        return False
