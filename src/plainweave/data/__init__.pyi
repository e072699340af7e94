from .catalog import (
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
from .class_weights import ClassWeight, class_weights
from .dataset import Dataset
from .examples import Examples
from .idx import read_idx, write_idx
from .labels import check_labels
from .scale import TargetScale
from .source import Folder, InMemory, Loaded, Named, Pictures, Source, source_of
from .split import Split, split
from .standardizer import STANDARDIZATIONS, Standardizer
from .table_files.parquet import PreparedTable, prepare_parquet
from .table_files.reading import read_table
from .table_files.table_file import TableFile, load_table
from .table_files.writing import csv_line, write_table
from .tables.column import Column
from .tables.preparation import NUMBERS, Preparation
from .tables.table import Table, is_table

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
