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
from plainweave.data.scale import TargetScale
from plainweave.data.source import Folder, InMemory, Loaded, Named, Pictures, Source, source_of
from plainweave.data.split import Split, split
from plainweave.data.standardizer import STANDARDIZATIONS, Standardizer
from plainweave.data.table_files.parquet import PreparedTable, prepare_parquet
from plainweave.data.table_files.reading import read_table
from plainweave.data.table_files.table_file import TableFile, load_table
from plainweave.data.table_files.writing import csv_line, write_table
from plainweave.data.tables.column import Column
from plainweave.data.tables.preparation import NUMBERS, Preparation
from plainweave.data.tables.table import Table, is_table

__all__ = [
    "DATA_VARIABLE",
    "DEFAULT_NAME",
    "DIGITS",
    "NAMES",
    "NUMBERS",
    "STANDARDIZATIONS",
    "ClassWeight",
    "Column",
    "Dataset",
    "Examples",
    "Folder",
    "InMemory",
    "Loaded",
    "Location",
    "Named",
    "Pictures",
    "Preparation",
    "PreparedTable",
    "Source",
    "Split",
    "Standardizer",
    "Table",
    "TableFile",
    "TargetScale",
    "cache_folder",
    "check_labels",
    "class_weights",
    "csv_line",
    "fetch",
    "is_table",
    "load_dataset",
    "load_table",
    "locate",
    "prepare_parquet",
    "read_idx",
    "read_table",
    "source_of",
    "split",
    "write_idx",
    "write_table",
]
