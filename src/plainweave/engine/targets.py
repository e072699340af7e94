"""What each part of the examples is to be scored by, for both engines alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.data import Examples
from plainweave.data.scale import TargetScale
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network


@dataclass(frozen=True)
class Targets:
    """The targets of a part as the loss takes them, in the network's precision.

    Attributes:
        values: (examples, width); or labels of 32 bits (examples,), where they were asked for.
        weights: (examples,), or None where each example weighs 1.
        totals: what the metrics need of all targets.
        spread: what the targets were divided by (targets,); None where they are as given.
    """

    values: FloatArray | IntArray
    weights: FloatArray | None
    totals: dict[str, FloatArray]
    spread: FloatArray | None

    @classmethod
    def of(
        cls,
        part: str,
        examples: Examples,
        loss: Loss,
        network: Network,
        scale: TargetScale | None,
        as_labels: bool = False,
    ) -> "Targets":
        """Return those of examples; messages call the part "training", or "" where it has no name.

        They are standardized where there is a scale for them, and the loss is one that can be trained so. If
        need be labels stay labels: a row for each class would take more memory than anything else.

        Raises:
            ShapeError, DataError: the targets are none that the loss can take.
        """
        scale, example = scale if loss.scales_targets else None, f"{part} example".lstrip()
        weights = None if examples.weights is None else examples.weights.astype(network.dtype)
        if as_labels and isinstance(loss, SoftmaxCrossEntropy) and examples.targets.ndim == 1:
            labels = loss.labels(examples.targets, network.outputs, example)
            return cls(labels.astype(np.int32), weights, {}, None)
        targets = examples.targets if scale is None else scale(examples.targets)
        values = loss.encode(targets, network.outputs, network.dtype, example)
        spread = None if scale is None else np.array(scale.spread)
        return cls(values, weights, loss.totals(values, weights), spread)

    def scores(self, loss: Loss, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return the loss's metrics, in the units of the targets as given, of added up `Loss.tally`."""
        sums = {**self.totals, **sums}
        return loss.scores(sums if self.spread is None else loss.in_units(sums, self.spread))
