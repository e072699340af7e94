"""Labels: the numbers of classes, counted from 0."""

from typing import cast

import numpy as np

from plainweave.arrays import IntArray, as_array, as_dense
from plainweave.errors import DataError, ShapeError

_LARGEST_LABEL = 2**53  # up to there floats, too, count one by one
_HOW_TO_LABEL = "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."


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


def as_labels(given: object) -> IntArray:
    """Return labels that a user gives, as whole numbers (examples,); what is an array of them is not copied.

    Raises:
        ShapeError: they have several dimensions, and are no column.
        DataError: one is no whole number from 0.
    """
    labels = as_dense(as_array("labels", given, text=_HOW_TO_LABEL))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        advice = "labels.argmax(axis=1) makes them of one-hot rows." if labels.ndim == 2 else "Give a list."
        if labels.shape[:1] == (1,):
            advice = "np.ravel(labels) makes them of one row."
        raise ShapeError(f"labels have shape {labels.shape}; expected (examples,). {advice}")
    fits = (labels >= 0) & (labels <= _LARGEST_LABEL)
    if labels.dtype.kind == "f":
        fits &= labels == np.floor(labels)
    if not fits.all():
        example = int(fits.argmin())
        raise DataError(
            f"labels: example {example} has {labels[example]}; expected the number of a class, from 0. "
            f"{_HOW_TO_LABEL}"
        )
    counts = labels.dtype.kind in "iu" and labels.dtype != np.uint64  # which can't index everywhere
    return cast(IntArray, labels) if counts else labels.astype(np.int64)
