"""Labelled examples, as they lie in their files: bytes stay bytes until a batch is standardized."""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plainweave.arrays import IntArray, RawArray, is_sparse
from plainweave.errors import CONTROLS, DataError, shown

# Sizes between which float32 holds inputs, their squares and their standardized values, with room to spare.
LARGEST_INPUT, SMALLEST_INPUT = 1e15, 1e-15


@dataclass(frozen=True)
class Examples:
    """Inputs (examples, features) of any real type, an array or a scipy.sparse one, and labels (examples,).

    Raises:
        DataError: the shapes do not go together, inputs are not real numbers or labels not whole ones.
    """

    inputs: RawArray
    labels: IntArray

    def __post_init__(self) -> None:
        if self.inputs.ndim != 2 or self.labels.shape != self.inputs.shape[:1]:
            raise DataError(
                f"inputs have shape {self.inputs.shape} and labels {self.labels.shape}; "
                "expected (examples, features) and (examples,)."
            )
        if self.inputs.dtype.kind not in "biuf" or self.labels.dtype.kind not in "iu":
            raise DataError(
                f"inputs are of {self.inputs.dtype} and labels of {self.labels.dtype}; expected real numbers "
                "and whole numbers."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: IntArray) -> "Examples":
        """Return the examples of those rows, copied."""
        return Examples(self.inputs[rows], self.labels[rows])

    def take(self, rows: IntArray) -> RawArray:
        """Return the inputs (..., features) of rows of any shape (...), as a plain array."""
        if is_sparse(self.inputs):
            return self.inputs[rows.ravel()].toarray().reshape(*rows.shape, -1)
        return self.inputs.take(rows, axis=0)


@dataclass(frozen=True)
class Dataset:
    """A data set with its test examples apart.

    Attributes:
        name: as people call it.
        train: the examples to train and validate on.
        test: the examples to test on, once, at the end.
        class_names: one for each class; labels count from 0.
        image_shape: (rows, columns) where an example is an image, else None.
        full_scale: the value of a fully bright pixel.

    Raises:
        DataError: there are no examples, the two parts differ in features, a label is no class, an input
            is not finite or larger than 1e15 in size, all training inputs are smaller than 1e-15, or a name
            is no line of text.
    """

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0

    def __post_init__(self) -> None:
        for name in (self.name, *self.class_names):
            if CONTROLS.search(str(name)):
                raise DataError(f"{self.name}: a name is {shown(name)}; expected a line of text. Rename it.")
        for part, examples in (("training", self.train), ("test", self.test)):
            self._check(part, examples)
        if self.train.inputs.shape[1] != self.test.inputs.shape[1]:
            raise DataError(
                f"{self.name}: training examples have {self.train.inputs.shape[1]} features and test "
                f"examples {self.test.inputs.shape[1]}; expected the same number."
            )

    def _check(self, part: str, examples: Examples) -> None:
        if 0 in examples.inputs.shape:
            raise DataError(f"{self.name}: there are no {part} examples; expected at least 1.")
        classes = len(self.class_names)
        outside = np.flatnonzero((examples.labels < 0) | (examples.labels >= classes))
        if outside.size:
            raise DataError(
                f"{self.name}: {part} example {outside[0]} has the label "
                f"{examples.labels[outside[0]]}; expected 0 to {classes - 1} ({classes} classes)."
            )
        largest = _largest(examples.inputs)
        if not math.isfinite(largest):
            raise DataError(f"{self.name}: a {part} input is not a finite number.")
        if largest > LARGEST_INPUT or (part == "training" and 0 < largest < SMALLEST_INPUT):
            raise DataError(
                f"{self.name}: the largest {part} input is {largest:g} in size; expected 0, or "
                f"{SMALLEST_INPUT:g} to {LARGEST_INPUT:g}. Multiply all inputs by a constant."
            )

    @property
    def features(self) -> int:
        """The number of features of an example."""
        return int(self.train.inputs.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 of all inputs and labels, in hexadecimal."""
        digest = hashlib.sha256()
        for examples in (self.train, self.test):
            inputs = examples.inputs
            parts = (inputs.indptr, inputs.indices, inputs.data) if is_sparse(inputs) else (inputs,)
            for array in (*parts, examples.labels):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def one_per_class(self) -> Examples:
        """Return the first training example of each class, in the order of the classes.

        Raises:
            DataError: a class has no training example.
        """
        present, rows = np.unique(self.train.labels, return_index=True)
        if len(present) != len(self.class_names):
            missing = min(set(range(len(self.class_names))) - set(present.tolist()))
            raise DataError(
                f"{self.name}: class {missing} ({self.class_names[missing]}) has no training example; "
                "expected at least 1 of each class. Add one, or leave that class out."
            )
        return self.train[rows]


def _largest(inputs: RawArray) -> float:
    """Return the largest size of an input; not finite if one is not."""
    values = inputs.data if is_sparse(inputs) else inputs
    return max(float(values.max(initial=0)), -float(values.min(initial=0)))
