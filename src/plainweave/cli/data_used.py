"""data.json: what was said about the data of a run, or of a folder of runs, so that `evaluate` finds them."""

import json
from pathlib import Path
from typing import cast

from plainweave.data import NAMES
from plainweave.errors import ConfigurationError, RecordError
from plainweave.experiments import DataSettings
from plainweave.storage.files import read_bounded, write_whole
from plainweave.storage.forms import parse_json

DATA_FILE = "data.json"
_VERSION, _LARGEST = 1, 2**16  # bytes


def write_data_used(folder: Path, data: DataSettings) -> None:
    """Write what was said about data of one's own, with whole paths; named data need none.

    Raises:
        RecordError: it can't be written.
    """
    if data.data is not None and data.data not in NAMES:
        content = {"version": _VERSION, **data.beside(Path.cwd()).given}
        write_whole(folder / DATA_FILE, json.dumps(content, indent=2) + "\n")


def read_data_used(run: Path) -> DataSettings | None:
    """Return what was said about a run's data: beside its record, or in the folder of its study.

    Raises:
        RecordError: the file can't be read, or is not what `write_data_used` writes.
    """
    for folder in (run, run.absolute().parent.parent.parent):
        path = folder / DATA_FILE
        if path.is_file():
            return _read(path)
    return None


def _read(path: Path) -> DataSettings:
    try:
        content = parse_json(read_bounded(path, _LARGEST))
        if not isinstance(content, dict) or content.pop("version", None) != _VERSION:
            raise ValueError(f"it is not of version {_VERSION}")
        return DataSettings.from_settings(cast(dict[str, object], content))
    except (OSError, ValueError, ConfigurationError) as error:
        raise RecordError(f"{path} can't be read ({error}). Remove it, and give --data.") from error
