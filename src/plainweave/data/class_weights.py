"""Class weights: how much the examples of each class count."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.checks import did_you_mean, number, whole_number
from plainweave.data.sizes import LARGEST
from plainweave.errors import ConfigurationError, shown

BALANCED: Literal["balanced"] = "balanced"
# "balanced", or a weight by the number or the name of a class.
ClassWeight: TypeAlias = (
    Literal["balanced"] | Mapping[int | str, float] | Mapping[int, float] | Mapping[str, float]
)


def class_weights(given: object, labels: IntArray, classes: int, names: Sequence[str] = ()) -> FloatArray:
    """Return the weight of each class (classes,), in float64.

    Args:
        given: "balanced": n / (k * count), with n training examples, `count` of them of the class, and k
            classes that have any, as scikit-learn's `compute_class_weight`; a class that has none weighs 1.
            Or a mapping from numbers or names of classes to weights; a class that is not in it weighs 1.
        labels: of the training part (examples,), below `classes`.
        classes: how many there are.
        names: of the classes, where they have any.

    Raises:
        ConfigurationError: it is neither, a class is unknown or named twice, or a weight is not from 0 to
            1e15.
    """
    weights = np.ones(classes)
    if isinstance(given, str) and given == BALANCED:
        counts = np.bincount(labels, minlength=classes)
        present = counts > 0
        weights[present] = len(labels) / (present.sum() * counts[present])
        return weights
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"class_weight is {shown(given)}; expected 'balanced', or a weight for each class, as in "
            "{0: 1, 1: 2.5}." + (did_you_mean(given, [BALANCED]) if isinstance(given, str) else "")
        )
    met: dict[int, object] = {}
    for key, weight in given.items():
        label = _class_of(key, classes, names)
        if label in met:
            raise ConfigurationError(
                f"class_weight has class {label} twice, as {shown(met[label])} and {shown(key)}; expected it "
                "once."
            )
        met[label] = key
        weights[label] = number(f"class_weight of {shown(key)}", weight, at_most=LARGEST)
    return weights


def _class_of(key: object, classes: int, names: Sequence[str]) -> int:
    """Return the number of a class that is given by its number or name; a number may be text, as in TOML."""
    if isinstance(key, str) and key in names:
        return names.index(key)
    try:
        is_number = isinstance(key, str) and key.isascii() and key.isdecimal()
        label = whole_number("class", int(str(key)) if is_number else key, at_least=0)
    except ValueError:  # also of thousands of digits
        label = classes
    if label < classes:
        return label
    expected = f"0 to {classes - 1}" + (" or the name of a class" if names else "")
    raise ConfigurationError(
        f"class_weight has {shown(key)}; expected {expected}."
        + (did_you_mean(key, names) if isinstance(key, str) else "")
    )
