"""How well a network does."""

from dataclasses import dataclass

from plainweave.arrays import FloatArray


@dataclass(frozen=True)
class Score:
    """How a network, or each of a stack, does on a set of examples.

    Attributes:
        loss: mean cross-entropy of an example, without the L2 penalty, of shape () or (models,).
        accuracy: percentage of examples whose most probable class is the label, of the same shape.
    """

    loss: FloatArray
    accuracy: FloatArray
