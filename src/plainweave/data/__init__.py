"""Data sets: read, found, fetched, checked, parted and standardized."""

from plainweave.data.catalog import (
    DATA_VARIABLE,
    DEFAULT_NAME,
    DIGITS,
    NAMES,
    Location,
    cache_folder,
    fetch,
    load_dataset,
    locate,
)
from plainweave.data.class_weights import ClassWeight, class_weights
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.idx import read_idx, write_idx
from plainweave.data.labels import check_labels
from plainweave.data.source import Folder, InMemory, Loaded, Named, Pictures, Source, source_of
from plainweave.data.split import Split, split
from plainweave.data.standardizer import STANDARDIZATIONS, Standardizer

__all__ = [
    "DATA_VARIABLE",
    "DEFAULT_NAME",
    "DIGITS",
    "NAMES",
    "STANDARDIZATIONS",
    "ClassWeight",
    "Dataset",
    "Examples",
    "Folder",
    "InMemory",
    "Loaded",
    "Location",
    "Named",
    "Pictures",
    "Source",
    "Split",
    "Standardizer",
    "cache_folder",
    "check_labels",
    "class_weights",
    "fetch",
    "load_dataset",
    "locate",
    "read_idx",
    "source_of",
    "split",
    "write_idx",
]
