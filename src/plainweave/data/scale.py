"""Targets that are numbers, standardized for training and given back in their units."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from plainweave.arrays import FloatArray, RawArray
from plainweave.checks import put, several
from plainweave.data.sizes import LARGEST, SMALLEST
from plainweave.errors import DataError, ShapeError, shown
from plainweave.storage.forms import Range

_ROUNDINGS = 10  # what varies by no more than so many is constant


@dataclass(frozen=True)
class TargetScale:
    """t' = (t - center) / spread, for each target of an example.

    Attributes:
        center: one number for each target, in its unit.
        spread: one for each, above 0, in its unit.

    Raises:
        ShapeError: there are not as many of both, or none.
        DataError: a center is no number up to 1e15 in size, or a spread none from 1e-15 to 1e15.
    """

    center: tuple[Annotated[float, Range(-LARGEST, LARGEST)], ...]
    spread: tuple[Annotated[float, Range(SMALLEST, LARGEST)], ...]

    def __post_init__(self) -> None:
        for name, lowest in (("center", -LARGEST), ("spread", SMALLEST)):
            given = getattr(self, name)
            values = several(given)
            try:
                numbers = tuple(map(float, values or ()))  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError):
                numbers = ()
            if not numbers or not all(lowest <= value <= LARGEST for value in numbers):
                raise DataError(
                    f"{name} is {shown(given)}; expected a number from {lowest:g} to {LARGEST:g} for each "
                    "target."
                )
            put(self, **{name: numbers})
        if len(self.center) != len(self.spread):
            raise ShapeError(
                f"center has {len(self.center)} numbers and spread {len(self.spread)}; expected one of both "
                "for each target."
            )

    @classmethod
    def fit(cls, targets: RawArray, weights: FloatArray | None = None) -> "TargetScale":
        """Return the weighted mean and standard deviation of training targets.

        A target that never varies is only centred.

        Args:
            targets: (examples,) or (examples, targets), as `Examples` has them.
            weights: (examples,), or None where all examples count the same, as they do where none counts.
        """
        t = np.asarray(targets, np.float64).reshape(len(targets), -1)
        weights = weights.astype(np.float64) if weights is not None and weights.any() else None
        center = np.average(t, axis=0, weights=weights)
        spread = np.sqrt(np.average(np.square(t - center), axis=0, weights=weights))
        rounding = _ROUNDINGS * np.finfo(np.float64).eps * np.abs(t).max(axis=0)
        spread = np.where(spread > np.maximum(rounding, SMALLEST), spread, 1.0)
        return cls(tuple(center.tolist()), tuple(spread.tolist()))

    @classmethod
    def identity(cls, targets: int) -> "TargetScale":
        """Return the scale of so many targets that are trained on as they are."""
        return cls((0.0,) * targets, (1.0,) * targets)

    def __call__(self, targets: RawArray) -> FloatArray:
        """Return standardized targets (examples,) or (examples, targets), as they are given, in float64."""
        center, spread = (values if np.ndim(targets) > 1 else values[0] for values in self._arrays)
        standardized: FloatArray = (targets - center) / spread
        return standardized

    def to_units(self, predictions: FloatArray) -> FloatArray:
        """Return predictions t' * spread + center, float64, in the units of the targets.

        Args:
            predictions: (examples, targets), or with an axis of the levels of quantiles after it; without the
                axis of targets where there is one target alone.
        """
        center, spread = self._arrays
        if len(self.center) > 1 and np.ndim(predictions) > 2:
            center, spread = center[:, np.newaxis], spread[:, np.newaxis]
        in_units: FloatArray = predictions * spread + center
        return in_units

    @property
    def _arrays(self) -> tuple[FloatArray, FloatArray]:
        return np.array(self.center), np.array(self.spread)
