"""Labels: targets that are the numbers of classes, counted from 0."""

from typing import cast

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.errors import DataError, ShapeError

HOW_TO_LABEL = "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."


def check_labels(example: str, labels: IntArray, classes: int, rest: str) -> None:
    """Check that labels (examples,) are classes.

    Args:
        example: what messages call an example, as in "training example".
        labels: whole numbers.
        classes: how many there are.
        rest: of the message: whose classes they are, and what to do.

    Raises:
        DataError: one is not from 0 to `classes` - 1.
    """
    if not labels.size or (labels.min() >= 0 and labels.max() < classes):
        return
    outside = int(((labels < 0) | (labels >= classes)).argmax())
    raise DataError(f"{example} {outside} has the label {labels[outside]}; expected 0 to {classes - 1}{rest}")


def as_labels(targets: RawArray) -> IntArray:
    """Return targets as labels: whole numbers (examples,); what is an array of them is not copied.

    Raises:
        ShapeError: an example has several targets.
        DataError: one is no whole number from 0.
    """
    if targets.ndim != 1:
        raise ShapeError(
            f"labels have shape {targets.shape}; expected (examples,). labels.argmax(axis=1) makes them of "
            "one-hot rows."
        )
    fits = targets >= 0
    if targets.dtype.kind == "f":
        fits &= targets == np.floor(targets)
    if not fits.all():
        example = int(fits.argmin())
        raise DataError(
            f"labels: example {example} has {targets[example]}; expected the number of a class, from 0. "
            f"{HOW_TO_LABEL}"
        )
    counts = targets.dtype.kind in "iu" and targets.dtype != np.uint64  # which can't index everywhere
    return cast(IntArray, targets) if counts else targets.astype(np.int64)
