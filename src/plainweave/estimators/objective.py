"""What is made small: a loss of ours, and what scikit-learn's is beside it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from plainweave.arrays import FloatArray, RawArray
from plainweave.losses import Loss, Poisson, SigmoidCrossEntropy, SoftmaxCrossEntropy, SquaredError


@dataclass(frozen=True)
class Objective:
    """A loss, and how scikit-learn's is had from it.

    Attributes:
        loss: what the engine makes small.
        slope: scikit-learn's gradient over ours.
        scale: scikit-learn's loss over ours, but for the offsets.
        largest: of a term of the loss as it is told.
        offsets: what scikit-learn's loss of each example has beside (examples,); None for nothing.
    """

    loss: Loss
    slope: float = 1.0
    scale: float = 1.0
    largest: float = math.inf
    offsets: FloatArray | None = None

    @classmethod
    def of_scikit_learn(
        cls, loss: Loss, targets: RawArray, outputs: int, dtype: npt.DTypeLike
    ) -> "Objective":
        """Return the objective by which scikit-learn trains with that loss; of one it lacks, our own.

        Its squared error is half the mean over the outputs, and its gradient that of the sum. Cross-entropy
        and Poisson's loss are sums. Probabilities are told as at least the precision's epsilon, and Poisson's
        loss is the deviance.

        Args:
            loss: ours.
            targets: (examples, outputs).
            outputs: of the network.
            dtype: its precision.
        """
        largest = -math.log(np.finfo(dtype).eps)
        match loss:
            case SquaredError():
                return cls(loss, outputs / 2, 0.5)
            case SoftmaxCrossEntropy():
                return cls(loss, largest=largest)
            case SigmoidCrossEntropy():
                return cls(loss, outputs, outputs, largest)
            case Poisson():
                return cls(loss, outputs, outputs, offsets=offsets_of(loss, targets))
        return cls(loss)


def offsets_of(loss: Loss, targets: RawArray) -> FloatArray | None:
    """Return what scikit-learn's loss of each example has beside ours (examples,); None for nothing.

    Its Poisson loss is t log(t / mean) - t + mean, summed over the outputs.
    """
    return (xlogy(targets, targets) - targets).sum(axis=1) if isinstance(loss, Poisson) else None
