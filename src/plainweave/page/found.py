"""gradients.json and learned.json, as the page finds them: data that may come from a stranger."""

import base64
import math
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from plainweave.errors import RecordError
from plainweave.experiments import WEIGHTS_FILE, is_experiment_id, run_folder
from plainweave.storage.files import read_bounded, sha256_of
from plainweave.storage.json_data import Form, check_form, parse_json, short
from plainweave.training.model_file import LARGEST_MODEL

GRADIENTS_FILE, LEARNED_FILE = "gradients.json", "learned.json"
_LARGEST_FILE = 2**23  # bytes; learned.json has 800,000 of pictures at most
_SMALLEST, _LARGEST = 1e-100, 1e100  # what a logarithmic axis is asked to show
_SURE = 1.001  # 1, and what float32 may add to it

_TENSOR = {
    **dict.fromkeys(("relative_error", "largest_absolute_error", "largest_relative_error"), float),
    **{"name": str, "checked": int, "kinks": int, "index": [int], "analytic": float, "numeric": float},
    "passed": bool,
}
_ROW = {"description": str, "analytic": float, "numeric": float, "agrees": bool}
_CHECK = {"activation": str, "passed": bool, "epsilon": float, "tolerance": float, "tensors": [_TENSOR]}
_GRADIENTS: Form = {
    "dataset": str,
    "passed": bool,
    "classes": int,
    "table_1": {"epsilon": float, "tolerance": float, "rows": [_ROW]},
    "whole_network": [_CHECK],
    "step_sizes": {"steps": [float], "float64": [float], "float32": [float]},
}
_MISTAKE = {"index": int, "true": int, "predicted": int, "probability": float, "picture": str}
_LEARNED: Form = {
    "experiment": str,
    "seed": int,
    "weights": str,
    "class_names": [str],
    "image_shape": (None, [int]),
    "full_scale": float,
    "pixels": str,
    "confusion": (None, [[int]]),
    "mistakes": [_MISTAKE],
    "samples": {"labels": [int], "pictures": str},
}
PIXELS = {"uint8": "u1", "float32": "<f4"}


def find_gradients(out: Path) -> Any:
    """Read gradients.json of an output folder; None if there is none.

    Raises:
        RecordError: it can't be read or is not what `write_gradients` writes.
    """
    return _read(out / GRADIENTS_FILE, _check_gradients)


def find_learned(out: Path) -> Any:
    """Read learned.json of an output folder; it counts only while the weights it was made with lie there.

    Raises:
        RecordError: it can't be read or is not what `write_learned` writes.
    """
    learned = _read(out / LEARNED_FILE, _check_learned)
    if learned is None:
        return None
    weights = run_folder(out, learned["experiment"], learned["seed"]) / WEIGHTS_FILE
    try:
        digest = sha256_of(weights, LARGEST_MODEL)
    except OSError:
        return None
    return learned if digest == learned["weights"] else None


def _read(path: Path, check: Callable[[Any], None]) -> Any:
    try:
        value = parse_json(read_bounded(path, _LARGEST_FILE))
        if value is not None:
            check(value)
        return value
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} can't be read ({error}). Remove it, or run reproduce again.") from error


def _check_gradients(gradients: Any) -> None:
    check_form(gradients, _GRADIENTS)
    if not gradients["whole_network"]:
        raise ValueError("whole_network is empty; expected a check for each activation")
    steps, *curves = gradients["step_sizes"].values()
    if {len(each) for each in curves} != {len(steps)} or not steps:
        raise ValueError("step_sizes has lists of several lengths, or none; expected as many errors as steps")
    epsilons = [gradients["table_1"]["epsilon"], gradients["whole_network"][0]["epsilon"]]
    for value in chain(epsilons, steps):
        if not _SMALLEST <= value <= _LARGEST:
            raise ValueError(f"a step is {value}; expected {_SMALLEST:g} to {_LARGEST:g}")
    if not all(0 <= error <= _LARGEST for error in chain(*curves)):
        raise ValueError(f"step_sizes has errors out of their range; expected 0 to {_LARGEST:g}")


def _check_learned(learned: Any) -> None:
    check_form(learned, _LEARNED)
    if not is_experiment_id(learned["experiment"]):
        raise ValueError(f"experiment is {short(learned['experiment'])}; expected an experiment's id")
    if learned["pixels"] not in PIXELS:
        raise ValueError(f"pixels is {short(learned['pixels'])}; expected {' or '.join(PIXELS)}")
    classes, shape = len(learned["class_names"]), learned["image_shape"]
    if shape is not None and (len(shape) != 2 or 0 in shape):
        raise ValueError(f"image_shape is {short(shape)}; expected rows and columns")
    if not 0 <= learned["full_scale"] <= _LARGEST:
        raise ValueError(f"full_scale is {learned['full_scale']}; expected 0 to {_LARGEST:g}")
    confusion = learned["confusion"]
    if confusion is not None and [len(row) for row in confusion] != [classes] * classes:
        raise ValueError(f"confusion has other rows than {classes} of {classes} counts, one for each class")
    for label in learned["samples"]["labels"]:
        _check_class(label, classes)
    for mistake in learned["mistakes"]:
        for label in (mistake["true"], mistake["predicted"]):
            _check_class(label, classes)
        if not 0 <= mistake["probability"] <= _SURE:
            raise ValueError(f"a probability is {mistake['probability']}; expected 0 to 1")
        _check_pictures(mistake["picture"], 1, learned)
    _check_pictures(learned["samples"]["pictures"], len(learned["samples"]["labels"]), learned)


def _check_class(label: int, classes: int) -> None:
    if label >= classes:
        raise ValueError(f"an example is of class {label}; expected 0 to {classes - 1}")


def _check_pictures(encoded: str, count: int, learned: Any) -> None:
    """Check that a text is base64 of as many pictures, of finite pixels."""
    content = base64.b64decode(encoded, validate=True)
    if learned["image_shape"] is None:
        return  # nothing shows them
    dtype = np.dtype(PIXELS[learned["pixels"]])
    expected = count * math.prod(learned["image_shape"]) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"pictures have {len(content)} bytes; expected {expected}")
    if not np.isfinite(np.frombuffer(content, dtype)).all():
        raise ValueError("a picture has a pixel that is not finite")
