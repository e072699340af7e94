"""Examples, as they lie in their files: bytes stay bytes until a batch is standardized."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray, as_array, as_dense, is_sparse
from plainweave.checks import put
from plainweave.data.labels import HOW_TO_LABEL, as_labels
from plainweave.data.sizes import LARGEST, SMALLEST, check_sizes
from plainweave.data.stored import Stored, is_stored
from plainweave.data.tables.table import Table, is_table
from plainweave.display import Displayed, Rows
from plainweave.elsewhere import Elsewhere, answers
from plainweave.errors import DataError, ShapeError


@answers("pw.Examples(inputs, targets)")
@dataclass(frozen=True, eq=False, repr=False)
class Examples(Displayed, Elsewhere):
    """Inputs (examples, features), targets (examples,) or (examples, outputs), and weights (examples,).

    All may be given as anything that NumPy can make an array of: lists, Series, tensors. Inputs are real
    numbers, or a scipy.sparse array of any format, which becomes a csr_array; images (examples, rows,
    columns) are flattened. A data frame whose columns have names, or a mapping of names to columns, becomes
    a `Table` (examples, columns), of numbers and categories with holes, of which `split` makes an array. A
    large array that is mapped by `np.load(..., mmap_mode="r")` stays in its file, see `Stored`. Targets are
    real numbers: those of classes, counted from 0, or what is to be predicted itself; a column (examples, 1)
    becomes (examples,). What is an array of a fit type already is not copied.

    Attributes:
        inputs: as above; a `Table` goes by the type of an array, as a sparse one does.
        targets: as above.
        weights: how much each example counts, from 0 to 1e15; None where all count the same. What a weight
            means, the loss says: a weight of 2 is as good as the example twice.

    Raises:
        ShapeError: the shapes do not go together.
        DataError: an input or a target is no finite real number or larger than 1e15 in size; or a weight is
            out of its range, or all are 0.
    """

    inputs: RawArray
    targets: RawArray
    weights: FloatArray | None = None

    if TYPE_CHECKING:  # what is given is of more types than what it becomes

        def __init__(self, inputs: object, targets: object, weights: object = None) -> None: ...

    def __post_init__(self) -> None:
        table = _as_table(self.inputs)
        inputs = as_inputs("inputs", self.inputs) if table is None else cast(RawArray, table)
        targets = as_targets(self.targets, inputs.shape)
        if is_stored(inputs):
            targets = np.array(targets)  # they may be a column of the same file
        weights = None if self.weights is None else as_weights(self.weights, len(targets))
        put(self, inputs=inputs, targets=targets, weights=weights)

    @classmethod
    def of_checked(cls, inputs: RawArray, targets: RawArray, weights: FloatArray | None = None) -> Self:
        """Return examples of arrays that are checked already, and of the types in which they are kept.

        Args:
            inputs: (examples, features), real numbers of any size.
            targets: (examples,) or (examples, outputs).
            weights: (examples,); None where all count the same.
        """
        examples = cls.__new__(cls)
        put(examples, inputs=inputs, targets=targets, weights=weights)
        return examples

    def __len__(self) -> int:
        return len(self.targets)

    def _in_words(self) -> str:
        weights = "" if self.weights is None else ", with weights"
        return f"inputs {self.inputs.shape}, targets {self.targets.shape}{weights}"

    def _as_rows(self) -> Rows:
        arrays = {"inputs": self.inputs, "targets": self.targets, "weights": self.weights}
        return Rows(
            ["", "shape", "type"],
            [
                (name, array.shape, "a table" if is_table(array) else array.dtype)
                for name, array in arrays.items()
                if array is not None
            ],
        )

    def __getitem__(self, rows: IntArray | slice) -> Self:
        """Return the examples of those rows, copied unless they are a slice.

        Raises:
            ShapeError: the rows have several dimensions.
        """
        if not isinstance(rows, slice):
            rows = np.atleast_1d(rows) if np.size(rows) else np.arange(0)
            if rows.ndim > 1:
                raise ShapeError(f"rows have shape {rows.shape}; expected (examples,).")
        weights = None if self.weights is None else self.weights[rows]
        return self._changed(inputs=self.inputs[rows], targets=self.targets[rows], weights=weights)

    @property
    def table(self) -> Table | None:
        """The inputs where they are a table."""
        inputs: object = self.inputs
        return inputs if isinstance(inputs, Table) else None

    @property
    def labels(self) -> IntArray:
        """The targets as numbers of classes (examples,), whole and from 0.

        Raises:
            ShapeError: an example has several targets.
            DataError: a target is no whole number from 0.
        """
        return as_labels(self.targets)

    @property
    def outputs(self) -> int:
        """The number of targets of an example."""
        return 1 if self.targets.ndim == 1 else self.targets.shape[1]

    @property
    def count_for_something(self) -> bool:
        """Whether an example has a weight that float32 can stand: a part of weighted ones may have none."""
        return self.weights is None or bool(self.weights.max(initial=0) >= SMALLEST)

    def take(self, rows: IntArray) -> RawArray:
        """Return the inputs (..., features) of rows of any shape (...), as a plain array."""
        if isinstance(self.inputs, np.ndarray):
            return self.inputs.take(rows, axis=0)
        return as_dense(self.inputs[rows.ravel()]).reshape(*rows.shape, -1)

    def with_inputs(self, inputs: RawArray) -> Self:
        """Return the same examples with inputs that were made of theirs."""
        return self._changed(inputs=inputs)

    def with_weights(self, weights: object) -> Self:
        """Return the same examples with other weights (examples,), or none.

        Raises:
            ShapeError, DataError: as for a new one.
        """
        return self._changed(weights=None if weights is None else as_weights(weights, len(self)))

    def _changed(self, **values: object) -> Self:
        changed = copy.copy(self)  # of a class of the user's own, too; what was checked is not checked again
        put(changed, **values)
        return changed


def _as_table(given: object) -> Table | None:
    """Return a table, frame or mapping as a table; None for what has no columns whose names are text."""
    if isinstance(given, Table):
        return given
    if is_sparse(given) or not (isinstance(given, Mapping) or is_table(given)):
        return None
    is_lazy = hasattr(given, "collect")  # then names are text, and may take long to be told
    names = given if isinstance(given, Mapping) else () if is_lazy else getattr(given, "columns", ())
    return Table.of(given) if all(isinstance(name, str) for name in names) else None


def as_inputs(name: str, given: object) -> RawArray:
    """Return inputs that a user gives, as (examples, features) that training and prediction can stand.

    Raises:
        ShapeError: they have less than two dimensions.
        DataError: they are no real numbers, or one is not finite or larger than 1e15 in size.
    """
    if isinstance(given, Table):
        raise DataError(
            f"{name} are a table of {given.shape[1]} columns; expected an array (examples, features). "
            "pw.split(pw.Examples(table, targets)) makes one of it, by a preparation that its model keeps."
        )
    stored = Stored.of(given)
    inputs = as_array(name, given) if stored is None else cast(RawArray, stored)
    if inputs.ndim < 2:
        raise ShapeError(
            f"{name} have shape {inputs.shape}; expected (examples, features). np.reshape({name}, (-1, 1)) "
            f"makes examples of one feature, np.reshape({name}, (1, -1)) makes one example."
        )
    if inputs.ndim > 2:
        inputs = inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))
    check_sizes(name, "feature", inputs)
    return inputs


def as_targets(given: object, inputs: tuple[int, ...]) -> RawArray:
    """Return targets that a user gives, as (examples,) or (examples, outputs).

    Args:
        given: the targets.
        inputs: the shape of the inputs.

    Raises:
        ShapeError: they have another number of dimensions, or are not one for each example.
        DataError: they are no real numbers, or one is not finite or larger than 1e15 in size.
    """
    targets = as_dense(as_array("targets", given, text=HOW_TO_LABEL))
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim not in (1, 2) or targets.shape[1:] == (0,):
        raise ShapeError(f"targets have shape {targets.shape}; expected (examples,) or (examples, outputs).")
    if len(targets) != inputs[0]:
        of_one_row = targets.shape == (1, inputs[0])
        raise ShapeError(
            f"there are {inputs[0]} inputs, of shape {inputs}, and targets of shape {targets.shape}; "
            "expected a target for each."
            + (" np.ravel(targets) makes them of one row." if of_one_row else "")
        )
    check_sizes("targets", "target", targets)
    return targets


def as_weights(given: object, examples: int) -> FloatArray:
    """Return weights that a user gives, as floats (examples,).

    Raises:
        ShapeError: they are not one for each example.
        DataError: they are no real numbers, one is not from 0 to 1e15, or all are smaller than 1e-15.
    """
    weights = as_dense(as_array("weights", given))
    if weights.shape == (examples, 1):
        weights = weights[:, 0]
    if weights.shape != (examples,):
        raise ShapeError(f"weights have shape {weights.shape}; expected ({examples},), one for each example.")
    fits = (weights >= 0) & (weights <= LARGEST)
    if not fits.all():
        example = int(fits.argmin())
        raise DataError(
            f"weights: example {example} has {weights[example]:g}; expected 0 to {LARGEST:g}. A weight of 0 "
            "leaves an example out."
        )
    if examples and weights.max() < SMALLEST:
        raise DataError(f"weights: the largest is {weights.max():g}; expected {SMALLEST:g} to {LARGEST:g}.")
    return cast(FloatArray, weights) if weights.dtype.kind == "f" else weights.astype(np.float64)
