"""What a network says of pictures: a table of one, a line for each of several."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from plainweave.arrays import FloatArray
from plainweave.cli.runs import has_classes
from plainweave.cli.streams import note, say
from plainweave.cli.tables import show
from plainweave.data.image import Reading, read_picture
from plainweave.data.image_file import KINDS
from plainweave.data.picture_files import in_order, is_picture
from plainweave.errors import DataError
from plainweave.training import Model

_LIGHT = (
    0.35  # mean brightness, of 1, above which examples are not taken to be bright things on a dark ground
)


def picture_paths(given: Sequence[Path]) -> list[Path]:
    """Return pictures to read: files as they are given, and of a folder its pictures, "2" before "10".

    Raises:
        DataError: a folder holds none, or can't be read.
    """
    paths: list[Path] = []
    for path in given:
        if not path.is_dir():
            paths.append(path)
            continue
        try:
            within = {inner.name: inner for inner in path.iterdir() if is_picture(inner)}
        except OSError as error:
            raise DataError(f"{path} can't be read: {error.strerror or error}. Give its pictures.") from error
        if not within:
            raise DataError(f"{path} holds no pictures; expected {KINDS}. Give a folder that does, or files.")
        paths += [within[name] for name in in_order(within)]
    return paths


def read_for(model: Model, path: Path, *, background: str = "auto", trim: float | None = None) -> Reading:
    """Read a picture as a network takes it.

    "auto" inverts a light ground for a network trained on bright things on a dark one, which its standardizer
    tells, where it can: their mean brightness is low.

    Raises:
        ConfigurationError: the background is unknown.
        DataError: the picture can't be read, or the network takes no pictures.
    """
    if model.image_shape is None:
        raise DataError("the network was not trained on images; expected one for images.")
    if background == "auto" and _mean_brightness(model) > _LIGHT:
        background = "keep"
    return read_picture(
        path,
        model.image_shape,
        full_scale=model.full_scale,
        background=background,
        colour=model.channels == 3,
        trim=trim,
    )


def predict_pictures(model: Model, paths: Sequence[Path], *, background: str, trim: float | None) -> int:
    """Print what a network says of pictures, and go on after one that can't be read.

    Returns:
        How many could not be read, or gave what is not finite.

    Raises:
        ConfigurationError: the background is unknown.
    """
    problems: list[Path] = []
    inverted: list[Path] = []
    for path in paths:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                reading = read_for(model, path, background=background, trim=trim)
                results = _results(model, path, reading)
        except DataError as error:
            note(str(error))
            problems.append(path)
            continue
        if reading.was_inverted:
            inverted.append(path)
        if len(paths) == 1:
            say(f"{path}:")
            show(_probabilities(model, results) if has_classes(model) else _predictions(results))
        else:
            say(f"{path}: {_line(model, results)}")
    if inverted and background == "auto":
        which = f"{len(inverted)} of {len(paths)} pictures have" if len(paths) > 1 else f"{inverted[0]} has"
        note(f"{which} a light ground, made dark as in training. --background keep leaves it.")
    if problems and len(paths) > 1:
        note(f"{len(problems)} of {len(paths)} pictures could not be used: see above.")
    return len(problems)


def _mean_brightness(model: Model) -> float:
    """Return the mean brightness of what a network was trained on, 0 to 1; 0 where it is not known."""
    standardizer = model.standardizer
    if standardizer.kind not in ("all-pixels", "per-pixel") or not model.full_scale:
        return 0.0
    return float(np.mean(standardizer.shift / standardizer.scale)) / model.full_scale


def _results(model: Model, path: Path, reading: Reading) -> FloatArray:
    """Return the probabilities of a picture, or what numbers are predicted of it.

    Raises:
        DataError: they are not finite.
    """
    of_classes = has_classes(model)
    results: FloatArray = np.ravel(
        model.probabilities(reading.inputs) if of_classes else model.predict(reading.inputs)
    ).astype(np.float64)
    if not np.isfinite(results).all():
        raise DataError(
            f"{path}: the {'probabilities' if of_classes else 'predictions'} are not finite (the model's "
            f"full scale: {model.full_scale:g}). Take another model."
        )
    return results


def _line(model: Model, results: FloatArray) -> str:
    """Return the most probable class with its probability, or the numbers predicted."""
    if not has_classes(model):
        return ", ".join(f"{prediction:.6g}" for prediction in results)
    label = int(results.argmax())
    names = model.class_names or range(len(results))
    return f"{names[label]} ({100 * results[label]:.2f} %)"


def _probabilities(model: Model, probabilities: FloatArray) -> Table:
    table = Table()
    table.add_column("class", overflow="fold")
    table.add_column("probability (%)", justify="right")
    names = model.class_names or range(len(probabilities))
    for label in np.argsort(-probabilities, kind="stable"):
        table.add_row(str(names[label]), f"{100 * probabilities[label]:.2f}")
    return table


def _predictions(predictions: FloatArray) -> Table:
    table = Table()
    table.add_column("output", justify="right")
    table.add_column("prediction", justify="right")
    for number, prediction in enumerate(predictions):
        table.add_row(str(number), f"{prediction:.6g}")
    return table
