"""Labelled examples, as they lie in their files: bytes stay bytes until a batch is standardized."""

import copy
import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plainweave.arrays import IntArray, RawArray, as_array, is_sparse
from plainweave.checks import instance, number, several, whole_number
from plainweave.data.labels import as_labels, check_labels
from plainweave.errors import CONTROLS, ConfigurationError, DataError, ShapeError, shown

# Sizes between which float32 holds inputs, their squares and their standardized values, with room to spare.
LARGEST_INPUT, SMALLEST_INPUT = 1e15, 1e-15


@dataclass(frozen=True)
class Examples:
    """Inputs (examples, features) and labels (examples,), classes counted from 0.

    Both may be given as anything that NumPy can make an array of: lists, frames, Series, tensors. Inputs are
    real numbers, or a scipy.sparse array of any format, which becomes a csr_array; images (examples, rows,
    columns) are flattened. Labels are whole numbers, floats among them, or a column (examples, 1) of them.
    What is an array of a fit type already is not copied.

    Raises:
        ShapeError: the shapes do not go together.
        DataError: an input is no finite real number or larger than 1e15 in size, or a label is no whole
            number from 0.
    """

    inputs: RawArray
    labels: IntArray

    def __post_init__(self) -> None:
        inputs, labels = as_inputs("inputs", self.inputs), as_labels(self.labels)
        if len(labels) != inputs.shape[0]:
            raise ShapeError(
                f"there are {inputs.shape[0]} inputs, of shape {inputs.shape}, and {len(labels)} labels; "
                "expected a label for each."
            )
        _set(self, inputs=inputs, labels=labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: IntArray | slice) -> "Examples":
        """Return the examples of those rows, copied unless they are a slice.

        Raises:
            ShapeError: the rows have several dimensions.
        """
        if not isinstance(rows, slice):
            rows = np.atleast_1d(rows) if np.size(rows) else np.arange(0)
            if rows.ndim > 1:
                raise ShapeError(f"rows have shape {rows.shape}; expected (examples,).")
        part = copy.copy(self)  # of a class of the user's own, too; what was checked is not checked again
        _set(part, inputs=self.inputs[rows], labels=self.labels[rows])
        return part

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
        class_names: one for each class; labels count from 0. Numbers become text.
        image_shape: (rows, columns) where an example is an image, else None.
        full_scale: the value of a fully bright pixel.

    Raises:
        ConfigurationError: the two parts are no examples.
        DataError: there are no examples, the two parts differ in features, a label is no class, all training
            inputs are smaller than 1e-15, a name is no line of text, the image shape is not that of the
            features, or full_scale is no number from 0 to 1e15.
    """

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            instance(part, getattr(self, part), Examples, "pw.Examples(inputs, labels)")
        _set(
            self,
            name=_as_name(str(self.name), self.name),
            class_names=as_class_names(self.name, self.class_names),
            image_shape=as_image_shape(self.name, self.image_shape, self.features),
            full_scale=as_full_scale(self.name, self.full_scale),
        )
        for part, examples in (("training", self.train), ("test", self.test)):
            self._check(part, examples)
        if self.train.inputs.shape[1] != self.test.inputs.shape[1]:
            raise DataError(
                f"{self.name}: training examples have {self.train.inputs.shape[1]} features and test "
                f"examples {self.test.inputs.shape[1]}; expected the same number."
            )
        check_not_tiny(f"{self.name}: ", self.train.inputs)

    def _check(self, part: str, examples: Examples) -> None:
        if 0 in examples.inputs.shape:
            raise DataError(f"{self.name}: there are no {part} examples; expected at least 1.")
        classes = len(self.class_names)
        check_labels(f"{self.name}: {part} example", examples.labels, classes, f" ({classes} classes).")

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


def as_inputs(name: str, given: object) -> RawArray:
    """Return inputs that a user gives, as (examples, features) that training and prediction can stand.

    Raises:
        ShapeError: they have less than two dimensions.
        DataError: they are no real numbers, or one is not finite or larger than 1e15 in size.
    """
    inputs = as_array(name, given)
    if inputs.ndim < 2:
        raise ShapeError(
            f"{name} have shape {inputs.shape}; expected (examples, features). np.reshape({name}, (-1, 1)) "
            f"makes examples of one feature, np.reshape({name}, (1, -1)) makes one example."
        )
    if inputs.ndim > 2:
        inputs = inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))
    may_be_larger = inputs.dtype.kind == "f" or inputs.dtype.itemsize == 8
    if may_be_larger and not _largest(inputs) <= LARGEST_INPUT:
        raise _too_large(name, inputs)
    return inputs


def check_not_tiny(whose: str, inputs: RawArray) -> None:
    """Check that training inputs can be standardized: the square of their deviation is not rounded to 0.

    Raises:
        DataError: all are smaller than 1e-15 in size, and not all are 0.
    """
    largest = _largest(inputs) if inputs.dtype.kind == "f" else 1
    if 0 < largest < SMALLEST_INPUT:
        raise DataError(
            f"{whose}the largest training input is {largest:g} in size; expected 0, or {SMALLEST_INPUT:g} to "
            f"{LARGEST_INPUT:g}. Multiply all inputs by a constant."
        )


def as_class_names(whose: str, given: object) -> tuple[str, ...]:
    """Return the names of classes as text; numbers are names too.

    Raises:
        DataError: they are no list of names, or one is no line of text.
    """
    names = several(given)
    if names is None:
        raise DataError(
            f"{whose}: class_names is {shown(given)}; expected a list with a name for each class, as in "
            "('cat', 'dog')."
        )
    return tuple(_as_name(whose, name) for name in names)


def as_image_shape(whose: str, given: object, features: int) -> tuple[int, int] | None:
    """Return the shape of an image as whole numbers.

    Raises:
        DataError: it is no pair of them, or not that of so many features.
    """
    if given is None:
        return None
    try:
        rows, columns = (whole_number("image_shape", side, at_least=1) for side in several(given) or ())
    except ValueError:
        rows = columns = 0
    if rows * columns != features:
        raise DataError(
            f"{whose}: image_shape is {shown(given)}; expected (rows, columns) of {features} pixels, the "
            "features of an example, or None."
        )
    return rows, columns


def as_full_scale(whose: str, given: object) -> float:
    """Return the value of a fully bright pixel as a float.

    Raises:
        DataError: it is no number from 0 to 1e15.
    """
    try:
        return number("full_scale", given, at_most=LARGEST_INPUT)
    except ConfigurationError as error:
        raise DataError(f"{whose}: {error}") from error


def _as_name(whose: str, given: object) -> str:
    given = given.item() if isinstance(given, np.generic) else given
    if isinstance(given, str | bool | int | float) and not CONTROLS.search(str(given)):
        return str(given)
    raise DataError(f"{whose}: a name is {shown(given)}; expected a line of text. Rename it.")


def _set(frozen: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def _largest(inputs: RawArray) -> float:
    """Return the largest size of an input; not finite if one is not."""
    values = inputs.data if is_sparse(inputs) else inputs
    return max(float(values.max(initial=0)), -float(values.min(initial=0)))


def _too_large(name: str, inputs: RawArray) -> DataError:
    """Return the error that says which input is not finite or too large, the first one."""
    values = inputs.data if is_sparse(inputs) else inputs
    where = np.argwhere(~((values >= -LARGEST_INPUT) & (values <= LARGEST_INPUT)))[0]
    value = values[tuple(where)]
    if is_sparse(inputs):
        where = np.concatenate([np.searchsorted(inputs.indptr, where, "right") - 1, inputs.indices[where]])
    example, feature = where.tolist()
    expected, advice = "finite numbers", "Leave that example out, or fill in a number."
    if np.isfinite(value):
        expected, advice = f"at most {LARGEST_INPUT:g} in size", "Multiply all inputs by a constant."
    return DataError(
        f"{name}: example {example} has {value:g} as its feature {feature}; expected {expected}. {advice}"
    )
