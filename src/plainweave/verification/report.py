"""What a check of gradients found, tensor by tensor."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.display import Displayed, Rows, counted


@dataclass(frozen=True, repr=False)
class TensorCheck:
    """How the analytic gradient of one tensor compares with its numerical approximation.

    Attributes:
        name: of the parameter, "hidden_1.weight".
        checked: elements compared.
        kinks: elements left out because the step crosses a kink of a layer or of the loss, where central
            differences do not approximate the derivative.
        relative_error: norm(analytic - numeric) / (norm(analytic) + norm(numeric)) of those compared; a
            gradient so near 0 that rounding drowns it is taken as large as rounding allows to judge.
        largest_absolute_error: of an element.
        largest_relative_error: of an element, |a - n| / max(|a| + |n|, the tensor's own mean of it).
        index: where the largest absolute error is.
        analytic: the gradient there.
        numeric: its approximation there.
        passed: relative_error is at most the tolerance, and something was compared.
    """

    name: str
    checked: int
    kinks: int
    relative_error: float
    largest_absolute_error: float
    largest_relative_error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float
    passed: bool

    def __repr__(self) -> str:
        return (
            f"TensorCheck({self.name}, {self.checked:,} checked, relative error {self.relative_error:.1e}, "
            f"{self.verdict})"
        )

    @property
    def verdict(self) -> str:
        """What the comparison says, for people: nothing compared is neither right nor wrong."""
        return ("passed" if self.passed else "FAILED") if self.checked else "nothing compared"


@dataclass(frozen=True, repr=False)
class GradientReport(Displayed):
    """The check of every parameter of a network, in float64.

    Attributes:
        epsilon: the step on either side.
        tolerance: the largest relative error of a tensor that passes.
        tensors: one check for each.
    """

    epsilon: float
    tolerance: float
    tensors: tuple[TensorCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every tensor passes; one of which nothing could be compared is not proven, and does not."""
        return all(tensor.passed for tensor in self.tensors)

    def _in_words(self) -> str:
        checked = counted(sum(tensor.checked for tensor in self.tensors), "gradient")
        largest = max((tensor.relative_error for tensor in self.tensors), default=0.0)
        verdict = "passed" if self.passed else "FAILED"
        tensors = counted(len(self.tensors), "tensor")
        return f"{verdict}, {checked} in {tensors}, largest relative error {largest:.1e}"

    def _as_rows(self) -> Rows:
        return Rows(
            ["tensor", "checked", "kinks", "relative error", "verdict"],
            [
                (t.name, f"{t.checked:,}", f"{t.kinks:,}", f"{t.relative_error:.1e}", t.verdict)
                for t in self.tensors
            ],
        )

    def __str__(self) -> str:
        lines = [
            f"{tensor.name:16} {tensor.checked:6} checked {tensor.kinks:4} kinks  "
            f"relative error {tensor.relative_error:.1e}  {tensor.verdict}"
            for tensor in self.tensors
        ]
        if not all(tensor.checked for tensor in self.tensors):
            lines.append(
                "Where nothing is compared, every step crosses a kink: units lie exactly on it, as with "
                "biases of 0 and an example of zeros. Give other biases or examples."
            )
        return "\n".join(lines)


def compared(
    name: str,
    analytic: FloatArray,
    numeric: FloatArray,
    kinks: BoolArray,
    tolerance: float,
    rounding: float,
) -> TensorCheck:
    """Return how the gradient of a tensor compares with its approximation, of the same shape.

    Args:
        name: of the parameter.
        analytic: the gradient.
        numeric: its approximation.
        kinks: elements to be left out.
        tolerance: the largest relative error that passes.
        rounding: by how much an element of the approximation may err.
    """
    error = np.where(kinks, 0, np.abs(analytic - numeric))
    magnitude = np.where(kinks, 0, np.abs(analytic) + np.abs(numeric))
    checked = int(kinks.size - kinks.sum())
    scale = np.linalg.norm(analytic[~kinks]) + np.linalg.norm(numeric[~kinks])
    smallest = rounding * np.sqrt(error.size) / tolerance
    relative = float(np.linalg.norm(error) / max(scale, smallest))
    floor = magnitude.mean() or 1.0
    index = np.unravel_index(int(error.argmax()), error.shape)
    return TensorCheck(
        name=name,
        checked=checked,
        kinks=int(kinks.sum()),
        relative_error=relative,
        largest_absolute_error=float(error.max()),
        largest_relative_error=float((error / np.maximum(magnitude, floor)).max()),
        index=tuple(int(axis) for axis in index),
        analytic=float(analytic[index]),
        numeric=float(numeric[index]),
        passed=bool(checked > 0 and relative <= tolerance),
    )
