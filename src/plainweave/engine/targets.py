"""What each part of the examples is to be scored by, for both engines alike."""

from dataclasses import dataclass

from plainweave.arrays import FloatArray
from plainweave.data import Examples
from plainweave.losses import Loss
from plainweave.network import Network


@dataclass(frozen=True)
class Targets:
    """The targets of a part as the loss takes them, in the network's precision.

    Attributes:
        values: (examples, width).
        weights: (examples,), or None where each example weighs 1.
        totals: what the metrics need of all targets.
    """

    values: FloatArray
    weights: FloatArray | None
    totals: dict[str, FloatArray]

    @classmethod
    def of(cls, part: str, examples: Examples, loss: Loss, network: Network) -> "Targets":
        """Return those of examples; messages call the part "training", or "" where it has no name.

        Raises:
            ShapeError, DataError: the targets are none that the loss can take.
        """
        values = loss.encode(examples.targets, network.outputs, network.dtype, f"{part} example".lstrip())
        weights = None if examples.weights is None else examples.weights.astype(network.dtype)
        return cls(values, weights, loss.totals(values, weights))
