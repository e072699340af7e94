"""What a search leaves beside its runs: its trials as CSV, and the best settings as TOML."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

import numpy as np

from plainweave.evidence import Trial

TRIALS_FILE, BEST_FILE = "trials.csv", "best.toml"
_COLUMNS = ("number", "state", "score", "epochs", "seconds", "reason")


def trials_csv(trials: Sequence[Trial], names: Sequence[str]) -> str:
    """Return trials as CSV: a row for each, with a column for each of the settings that are named."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_COLUMNS, *names])
    for trial in trials:
        tried = [trial.settings.get(name) for name in names]
        rows.writerow([*(getattr(trial, name) for name in _COLUMNS), *tried])
    return text.getvalue()


def experiment_toml(settings: Mapping[str, object], data: Mapping[str, object]) -> str:
    """Return an experiment as a file that `plainweave run` takes.

    Args:
        settings: of the experiment, with its id.
        data: settings of data.
    """
    lines = _lines(data)
    tables = ["[[experiment]]", *_lines(settings)]
    return "\n".join([*lines, *([""] if lines else []), *tables]) + "\n"


def _lines(settings: Mapping[str, object]) -> list[str]:
    """Return a line for each; TOML has no None, which is a setting's default."""
    return [f"{name} = {_toml(value)}" for name, value in settings.items() if value is not None]


def _toml(value: object) -> str:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # a text of JSON is one of TOML, but for DEL
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
