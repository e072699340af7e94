"""The weights that examples get of their classes."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import numpy as np
from sklearn.utils import compute_class_weight

from plainweave.arrays import FloatArray, IntArray, RawArray

ClassWeight: TypeAlias = str | Mapping[object, float] | Sequence[Mapping[object, float]] | None


def by_class(
    given: ClassWeight, weights: FloatArray | None, y: RawArray, classes: RawArray, *, are_labels: bool
) -> FloatArray | None:
    """Return the weights of examples (examples,) times those of their classes.

    Args:
        given: "balanced", the weight of each class, or a list of such for several labels; None for no such.
        weights: of the examples; None for 1.
        y: yes or no (examples, outputs).
        classes: (classes,).
        are_labels: whether each output says of one label whether there is it; else they say which class.

    Raises:
        ValueError: they are of other classes, or not of as many labels, or a weight is none.
    """
    if given is None:
        return weights
    labels = list(y.T.astype(np.int64)) if are_labels else [y.argmax(axis=1)]
    several = len(labels) > 1
    each = list(given) if isinstance(given, list | tuple) else [given] * len(labels)
    if len(each) != len(labels) or (several and isinstance(given, dict)):
        raise ValueError(
            f"class_weight is {given!r}, for {len(labels)} labels; expected 'balanced', or a list with a "
            "mapping for each label."
        )
    factors = np.ones(len(y)) if weights is None else weights.astype(np.float64)
    for one, label in zip(each, labels, strict=True):
        of_classes = _weights_of(one, np.arange(2) if several else classes, label, weights)
        if not (np.isfinite(of_classes).all() and (of_classes >= 0).all()):
            raise ValueError(f"class_weight is {given!r}; expected finite weights of at least 0.")
        factors = factors * of_classes[label]
    return factors


def _weights_of(given: object, classes: RawArray, label: IntArray, weights: FloatArray | None) -> FloatArray:
    """Return the weight of each class; "balanced" gives all the same weight together."""
    if given == "balanced":
        counts = np.bincount(label, weights, minlength=len(classes))
        counts = counts * len(classes) / counts.sum()
        return 1 / np.where(counts > 0, counts, np.inf)
    return cast(FloatArray, compute_class_weight(given, classes=classes, y=classes[label]))
