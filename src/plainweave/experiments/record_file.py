"""record.json as it is written, and as it is read: data that may come from a stranger."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from plainweave.storage.json_data import check_form, parse_json, short
from plainweave.training import History

# These are checked apart: the loss of weights that were validated may still overflow on a test example.
_LOOSE = ("experiment", "environment", "test_loss")
_FORM: dict[str, Any] = {
    "seed": int,
    "position": int,
    "dataset": {"name": str, "fingerprint": str, "training_examples": int, "test_examples": int},
    "validation_rows": (str, [int]),  # 0.1 listed them all
    "best_epoch": int,
    "epochs": int,
    "diverged": (None, int),
    "best_validation_loss": (None, float),
    "test_accuracy": (None, float),
    "seconds": float,
}
_FILES = {"history.csv": str, "weights.safetensors": str}  # 0.1 kept no checksums
_LONGEST = 1e10  # seconds
_LARGEST_LOSS = 1e150  # of those that are finite: their squares are, too


def record_text(content: Mapping[str, Any]) -> str:
    """Return a record as JSON with a line for each entry, however long it is."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in content.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def parse_record(text: bytes) -> dict[str, Any]:
    """Read what `record_text` wrote; the experiment is left as its settings.

    Raises:
        ValueError: it is something else, or a number makes no sense.
    """
    content = parse_json(text)
    if isinstance(content, dict):
        content = {"files": None, **content}
    names = [*_FORM, *_LOOSE, "files"]
    if not isinstance(content, dict) or content.keys() != set(names):
        raise ValueError(f"it is {short(content)}; expected an object with {', '.join(names)}")
    check_form({name: content[name] for name in _FORM}, _FORM)
    if content["files"] is not None:
        check_form(content["files"], _FILES, "files")
    for name, kind in (("experiment", dict), ("environment", dict), ("test_loss", float | None)):
        if not isinstance(content[name], kind):
            raise ValueError(f"{name} is {short(content[name])}; expected another type")
    for name, value in content["environment"].items():
        check_form(name, str, "a name in environment")
        check_form(value, (int, str), f"environment.{name}")
    for name, value, low, high in (
        ("dataset.test_examples", content["dataset"]["test_examples"], 1, math.inf),
        ("epochs", content["epochs"], 1, math.inf),
        ("best_epoch", content["best_epoch"], 0, content["epochs"]),
        ("diverged", content["diverged"], 1, content["epochs"]),
        ("test_accuracy", content["test_accuracy"], 0, 100),
        ("seconds", content["seconds"], 0, _LONGEST),
    ):
        if value is not None and not low <= value <= high:
            raise ValueError(f"{name} is {value}; expected a number from {low} to {high:g}")
    if (content["best_validation_loss"] is None) != (content["best_epoch"] == 0):
        raise ValueError(
            f"best_validation_loss is {content['best_validation_loss']} at epoch {content['best_epoch']}; "
            "expected null at epoch 0, and a number at any other"
        )
    return content


def check_history(history: History, epochs: int) -> None:
    """Check that a history is one of so many epochs, with accuracies in percent.

    Raises:
        ValueError: it is not.
    """
    if len(history) != epochs:
        raise ValueError(f"its history has {len(history)} epochs; expected {epochs}")
    accuracies = np.asarray([history.training_accuracy, history.validation_accuracy])
    if not ((accuracies >= 0) & (accuracies <= 100)).all():
        raise ValueError("an accuracy of its history is not from 0 to 100")
    losses = np.asarray([history.training_loss, history.validation_loss])
    if (np.abs(losses[np.isfinite(losses)]) > _LARGEST_LOSS).any():
        raise ValueError(f"a loss of its history is above {_LARGEST_LOSS:g} and not infinite")
