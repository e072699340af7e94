"""The pinball loss, for quantiles."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import number, put, several
from plainweave.display import counted
from plainweave.errors import ConfigurationError, ShapeError, shown
from plainweave.losses.batch import per_weight, weighted_sum
from plainweave.losses.elementwise import Elementwise
from plainweave.network.floats import as_floats


@dataclass(frozen=True)
class Quantile(Elementwise):
    """The mean over batch and outputs of the pinball loss (Koenker and Bassett 1978).

    With r = t - z it is q r where r > 0, else (q - 1) r; its minimum is the quantile of level q. Each target
    has an output for each level: output t * L + l is for level l of target t.

    Metric: the pinball loss, which is the loss; in the unit of a single target, and where several were
    standardized, in their standard deviations: their units differ.

    Args:
        levels: the L quantiles, each between 0 and 1; 0.5 is the median.

    Raises:
        ConfigurationError: a level is not a number between 0 and 1, or is there twice, or there is none.
    """

    levels: tuple[float, ...] = (0.5,)

    name = "quantile"
    scales_targets = True

    def __post_init__(self) -> None:
        given = several(self.levels)
        levels = tuple(
            number("a level", level, above=0, below=1)
            for level in ([self.levels] if given is None else given)
        )
        if not levels or len(set(levels)) < len(levels):
            raise ConfigurationError(
                f"levels is {shown(self.levels)}; expected at least 1, each once, as in (0.1, 0.5, 0.9)."
            )
        put(self, levels=levels)

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = max(q r, (q - 1) r); de/dz is -q where r > 0, 1 - q where r < 0, and at the kink taken as 0."""
        q = np.tile(np.asarray(self.levels), targets.shape[-1])
        residuals = self._spread(targets) - outputs
        slopes = np.where(residuals >= 0, q, q - 1).astype(outputs.dtype)
        return slopes * residuals, np.where(residuals == 0, 0, -slopes)

    def above_kink(self, outputs: FloatArray, targets: FloatArray) -> BoolArray:
        """Return where z > t."""
        return outputs > self._spread(targets)

    def _spread(self, targets: FloatArray) -> FloatArray:
        """Return the target of each output."""
        return np.repeat(targets, len(self.levels), axis=-1)

    def outputs_of(self, targets: object) -> int:
        """Return how many outputs such targets need: one for each level of each target."""
        return super().outputs_of(targets) * len(self.levels)

    def width(self, outputs: int) -> int:
        """Return how many targets so many outputs are for.

        Raises:
            ShapeError: the levels do not go into the outputs.
        """
        if outputs % len(self.levels):
            raise ShapeError(
                f"the network has {counted(outputs, 'output')}; expected {len(self.levels)} for each "
                f"target, one for each level of {self}."
            )
        return outputs // len(self.levels)

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return the weighted sum of the losses, "pinball"."""
        return {"pinball": weighted_sum(self.losses(outputs, targets), weights)}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The pinball loss."""
        return ("pinball loss",)

    def in_units(self, sums: Mapping[str, FloatArray], spread: FloatArray) -> Mapping[str, FloatArray]:
        """Return the sum in the unit of a single target; that of several is in their deviations."""
        return {**sums, "pinball": sums["pinball"] * spread[0]} if len(spread) == 1 else sums

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return the pinball loss."""
        return {"pinball loss": per_weight(sums["pinball"], sums["weight"])}

    def predict(self, outputs: npt.ArrayLike) -> FloatArray:
        """Return the quantiles (..., batch, targets, levels), without an axis of a single target or level.

        Outputs of an example may cross, that of a higher level below that of a lower one. They are sorted
        then, which is never farther from the true quantiles (Chernozhukov, Fernandez-Val and Galichon 2010,
        "Quantile and probability curves without crossing").
        """
        z = as_floats("outputs", outputs)
        targets, levels = self.width(z.shape[-1]), len(self.levels)
        ranks = np.argsort(np.argsort(self.levels))
        sorted_ones = np.sort(z.reshape(*z.shape[:-1], targets, levels), axis=-1)[..., ranks]
        axes = tuple(size for size in (targets, levels) if size > 1)
        return sorted_ones.reshape(*z.shape[:-1], *axes)
