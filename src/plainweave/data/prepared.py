"""What a preparation keeps of each column, and how it makes features of one."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.data.table import Column

Way: TypeAlias = Literal["none", "standard", "robust", "normal", "constant"]
CLIP = 3.0  # of "robust": z / sqrt(1 + (z / CLIP)^2) lies between -CLIP and CLIP
_EDGE = 1e-7  # of "normal": probabilities nearer to 0 or 1 count as this one, as in scikit-learn
_SHOWN = 3  # levels in a description


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: one feature, one more that says where a number was missing, or none.

    With the median for missing numbers, a feature is

        none:      z = x
        standard:  z = (x - center) / spread
        robust:    z = u / sqrt(1 + (u / 3)^2),  u = (x - center) / spread
        normal:    z = the standard normal's quantile of p, p = the share of the landmarks below x,
                   linear in between, from 1e-7 to 1 - 1e-7
        constant:  left out

    Attributes:
        name: of the column.
        way: as above.
        low: the smallest number of the training part.
        high: the largest.
        missing: how many of the training part were missing; if any, a feature says so by 1, and 0 elsewhere.
        median: of the training part, which fills in for missing ones.
        center: as above.
        spread: as above.
        landmarks: of "normal", quantiles of the training part at equal steps of probability.
    """

    name: str
    way: Way
    low: float
    high: float
    missing: int
    median: float
    center: float = 0.0
    spread: float = 1.0
    landmarks: tuple[float, ...] = ()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What its features are called."""
        number = () if self.way == "constant" else (self.name,)
        return (*number, f"{self.name} is missing") if self._tells_missing else number

    @property
    def _tells_missing(self) -> bool:
        return self.missing > 0 and self.low <= self.high

    def features(self, column: Column) -> FloatArray:
        """Return the features (rows, features) of a column of numbers."""
        parts = []
        if self.way != "constant":
            parts.append(self._scaled(np.where(column.missing, self.median, column.values)))
        if self._tells_missing:
            parts.append(column.missing.astype(np.float64))
        return np.stack(parts, axis=-1) if parts else np.empty((len(column), 0))

    def _scaled(self, x: FloatArray) -> FloatArray:
        if self.way == "none":
            return x
        if self.way == "normal":
            return self._normal(x)
        z: FloatArray = (x - self.center) / self.spread
        return z if self.way == "standard" else z / np.sqrt(1 + np.square(z / CLIP))

    def _normal(self, x: FloatArray) -> FloatArray:
        from scipy.special import ndtri

        landmarks = np.array(self.landmarks)
        shares = np.linspace(0, 1, len(landmarks))
        # Where landmarks are equal, from below the last share counts, and from above the first: their mean.
        share = (np.interp(x, landmarks, shares) - np.interp(-x, -landmarks[::-1], -shares[::-1])) / 2
        normal: FloatArray = ndtri(np.clip(share, _EDGE, 1 - _EDGE))
        return normal

    def description(self) -> tuple[str, str, str]:
        """Return its name, what it was, and what it became, in words."""
        holes = f", {self.missing} missing" if self.missing else ""
        was = f"numbers {self.low:g} to {self.high:g}{holes}" if self.low <= self.high else "nothing"
        by_center = f"(x - {self.center:.4g}) / {self.spread:.4g}"
        became = {
            "none": "as it is",
            "standard": f"standard: {by_center}",
            "robust": f"robust: z / sqrt(1 + (z/3)^2), z = {by_center}",
            "normal": f"normal: by {len(self.landmarks)} quantiles",
            "constant": "constant: left out",
        }[self.way]
        return self.name, was, became + (", and one of where it is missing" if self._tells_missing else "")


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories: a feature for each level, or one for two levels, or none.

    One-hot: a level's feature is 1 where the column has it, 0 elsewhere. Two levels: one feature, -1 for the
    first, 1 for the second, 0 for neither. A level that is not known, and a missing one, are neither.

    Attributes:
        name: of the column.
        levels: the texts of the training part that have a feature each, sorted.
        rare: those that share the last one.
        missing: how many of the training part were missing.
    """

    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()
    missing: int = 0

    @property
    def _kinds(self) -> int:
        return len(self.levels) + bool(self.rare)

    @property
    def is_constant(self) -> bool:
        """Whether it says nothing: all the training part was one."""
        return self._kinds + bool(self.missing) < 2

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What its features are called."""
        if self.is_constant:
            return ()
        kinds = [f"{self.name}={level}" for level in self.levels]
        kinds += [f"{self.name}: rare"] if self.rare else []
        return tuple(kinds[1:] if self._kinds == 2 else kinds)

    def features(self, column: Column) -> FloatArray:
        """Return the features (rows, features) of a column of categories."""
        if self.is_constant:
            return np.empty((len(column), 0))
        kinds = self._numbers(column.levels or ())[column.values]
        if self._kinds == 2:
            return np.array([-1.0, 1.0, 0.0])[kinds][:, None]
        return np.vstack([np.eye(self._kinds), np.zeros(self._kinds)])[kinds]

    def _numbers(self, levels: tuple[str, ...]) -> IntArray:
        """Return the number here of each level of a table's, and of a missing one, -1 for one not known."""
        known = {level: number for number, level in enumerate(self.levels)}
        known |= dict.fromkeys(self.rare, len(self.levels))
        return np.array([*(known.get(level, -1) for level in levels), -1])

    def description(self) -> tuple[str, str, str]:
        """Return its name, what it was, and what it became, in words."""
        texts = sorted((*self.levels, *self.rare))
        some = ", ".join(texts[:_SHOWN]) + (", ..." if len(texts) > _SHOWN else "")
        holes = f", {self.missing} missing" if self.missing else ""
        was = f"categories {some} ({len(texts)}){holes}" if texts else "nothing"
        if self.is_constant:
            return self.name, was, "constant: left out"
        rare = f", {len(self.rare)} rare ones together" if self.rare else ""
        if self._kinds == 2:
            second = "rare ones" if self.rare else self.levels[1]
            return self.name, was, f"-1 for {self.levels[0]}, 1 for {second}, 0 for neither"
        return self.name, was, f"one-hot: {len(self.feature_names)} features{rare}"
