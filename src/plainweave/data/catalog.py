"""Data sets by name: where they lie on this machine, where they come from, and that they are whole."""

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import platformdirs

from plainweave.checks import did_you_mean
from plainweave.data.dataset import Dataset, Examples
from plainweave.data.folder import load_folder
from plainweave.errors import DataError, DataUnavailableError

DATA_VARIABLE = "PLAINWEAVE_DATA"
FASHION_MNIST = "fashion-mnist"
DIGITS = "digits"
NAMES = (FASHION_MNIST, DIGITS)

MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
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
SIZES = {  # bytes
    "train-images-idx3-ubyte.gz": 26_421_880,
    "train-labels-idx1-ubyte.gz": 29_515,
    "t10k-images-idx3-ubyte.gz": 4_422_102,
    "t10k-labels-idx1-ubyte.gz": 5_148,
}
_FASHION_FINGERPRINT = "d4592f9a432987e4d7707288f6823dd9cf275ed25e474476855255fe552051c3"
_DIGITS_TEST_EXAMPLES = 360


@dataclass(frozen=True)
class Location:
    """A folder that may hold a data set, and how it came to be looked in."""

    folder: Path
    given_by: str


def load_dataset(name: str | Path, data_dir: str | Path | None = None) -> Dataset:
    """Load a data set by name, or a folder of IDX files by its path.

    Args:
        name: "fashion-mnist", "digits", or a folder.
        data_dir: the folder that holds the files of a named data set. Without it they are looked for
            in the folder that PLAINWEAVE_DATA names, then in the cache, and are fetched if need be.
            Every file is checked.

    Raises:
        DataError: there is no such name or folder, or a file is not what it should be.
        DataUnavailableError: the files are not on this machine and no mirror gives them.
    """
    if name == FASHION_MNIST:
        return _as_fashion_mnist(load_folder(locate(data_dir).folder))
    if name == DIGITS:
        return _digits()
    if not Path(name).is_dir():
        raise DataError(
            f"data is '{name}'; expected {' or '.join(NAMES)}, or a folder of IDX files."
            f"{did_you_mean(name, NAMES)}"
        )
    dataset = load_folder(name)
    if dataset.fingerprint == _FASHION_FINGERPRINT:
        return _as_fashion_mnist(dataset)
    # What is not the named data set must not go by its name, and so be compared with the report.
    return replace(dataset, name=f"folder {dataset.name}") if dataset.name.lower() in NAMES else dataset


def cache_folder() -> Path:
    """Return the folder of the user's cache that fetched files are kept in."""
    return platformdirs.user_cache_path("plainweave") / FASHION_MNIST


def locate(data_dir: str | Path | None = None) -> Location:
    """Return where the files of Fashion-MNIST lie on this machine, each checked, fetched if need be.

    Raises:
        DataError: a folder was given, by argument or by PLAINWEAVE_DATA, and lacks a file or holds another.
        DataUnavailableError: no folder was given and no mirror gives what the cache lacks.
    """
    if data_dir is not None:
        return _given(Location(Path(data_dir), "--data-dir"))
    if folder := os.environ.get(DATA_VARIABLE):  # set, but empty, is as good as not set
        return _given(Location(Path(folder), DATA_VARIABLE))
    return fetch()


def fetch() -> Location:
    """Fetch what the cache lacks or holds damaged of Fashion-MNIST, from its mirrors in turn.

    Raises:
        DataUnavailableError: no mirror gives a file.
    """
    from plainweave.data.download import download

    location = Location(cache_folder(), "the cache")
    for file, checksum in CHECKSUMS.items():
        path = location.folder / file
        if _is_whole(path, checksum):
            continue
        problems = download([mirror + file for mirror in MIRRORS], checksum, SIZES[file], path)
        if problems:
            raise DataUnavailableError(
                f"Fashion-MNIST is not whole on this machine and {file} could not be fetched "
                f"({'; '.join(problems)}). Three ways to get it: connect to the network and run "
                "'plainweave data fetch'; give the folder that holds the four files with --data-dir; "
                f"or set {DATA_VARIABLE} to that folder."
            )
    return location


def _given(location: Location) -> Location:
    for file, checksum in CHECKSUMS.items():
        path = location.folder / file
        if not path.is_file():
            raise DataError(
                f"{location.folder} ({location.given_by}) has no {file}; expected the four files of "
                "Fashion-MNIST. Give the folder that holds them, or none to have them fetched."
            )
        found = _sha256(path)
        if found != checksum:
            raise DataError(
                f"{path} ({location.given_by}) has the SHA-256 {found[:12]}...; expected {checksum[:12]}..., "
                "the published Fashion-MNIST. Take another copy, give no folder to have it fetched, or give "
                "your own data as --data FOLDER."
            )
    return location


def _is_whole(path: Path, checksum: str) -> bool:
    try:
        return path.is_file() and _sha256(path) == checksum
    except DataError:
        return False


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. Take another copy.") from error


def _as_fashion_mnist(dataset: Dataset) -> Dataset:
    return replace(dataset, name=FASHION_MNIST, class_names=FASHION_CLASSES)


def _digits() -> Dataset:
    """Return scikit-learn's 1,797 digits of 8x8 pixels from 0 to 16, the last 360 as test examples."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    examples = Examples(inputs.astype(np.uint8), labels.astype(np.uint8))
    first_test_row = len(examples) - _DIGITS_TEST_EXAMPLES
    rows = np.arange(len(examples))
    return Dataset(
        name=DIGITS,
        train=examples[rows[:first_test_row]],
        test=examples[rows[first_test_row:]],
        class_names=tuple("0123456789"),
        image_shape=(8, 8),
        full_scale=16.0,
    )
