"""A column of numbers, as a preparation keeps it: a feature of a fit size, and where one was missing."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, cast

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data.sizes import LARGEST, SMALLEST
from plainweave.data.tables.column import Column, check_name
from plainweave.errors import DataError

Way: TypeAlias = Literal["none", "standard", "robust", "normal", "constant", "empty"]
CLIP = 3.0  # of "robust": what it tends to, in either direction; Holzmüller et al. 2024, arXiv:2407.04491
EDGE = 1e-7 - 2.0**-52  # of "normal": the least probability, as in scikit-learn
_LANDMARKS = 256  # of "normal", at most
_ROUNDING = 10 * np.finfo(np.float64).eps
# The least standard deviation of 1e10 numbers that differ by 1e-15. Numbers of up to 1e15 in size, divided
# by it, are no more than float32 can hold.
_SMALLEST_SPREAD = 1e-20


@dataclass(frozen=True, repr=False)
class NumberColumn:
    """How numbers x become a feature, and one more that says where a number was missing.

    The median fills in for what is missing. Then, by its way, the feature is

        none:      z = x
        standard:  z = (x - center) / spread, the mean and the standard deviation
        robust:    z = u / sqrt(1 + (u / 3)^2), u = (x - center) / spread, the median and q3 - q1
        normal:    z = the standard normal's quantile of p, from 1e-7 to 1 - 1e-7;
                   p = the share of the training part below x, linear between landmarks
        constant:  none, as all numbers of the training part are one, up to rounding
        empty:     none, as all of them were missing

    If some numbers of the training part were missing, but not all, a further feature is 1 where one is, and 0
    elsewhere. If none was, a missing one later is as the median is, and nothing says so.

    Attributes:
        name: of the column.
        way: as above.
        low: the smallest number of the training part.
        high: the largest one.
        missing: how many there were missing.
        median: of the training part.
        center: as above.
        spread: as above; where q3 - q1 is smaller than 1e-15, the standard deviation.
        landmarks: of "normal", at most 256 quantiles of the training part, at equal steps of p from 0 to 1.

    Raises:
        DataError: these are not what the way needs; it was read from a file that is damaged.
    """

    name: str
    way: Way
    low: float = 0.0
    high: float = 0.0
    missing: int = 0
    median: float = 0.0
    center: float = 0.0
    spread: float = 1.0
    landmarks: tuple[float, ...] = ()

    is_category: ClassVar[bool] = False

    def __repr__(self) -> str:
        _, was, became = self.describe()
        return f"{type(self).__name__}({self.name!r}, {was}; {became})"

    def __post_init__(self) -> None:
        check_name(self.name)
        numbers = (self.low, self.high, self.median, self.center, self.spread, *self.landmarks)
        if not all(abs(number) <= 2 * LARGEST for number in numbers) or self.spread < _SMALLEST_SPREAD:
            raise DataError(
                f"column {self.name!r}: its preparation has the center {self.center:g} and the spread "
                f"{self.spread:g}; expected numbers of at most {2 * LARGEST:g}, and a spread of at least "
                f"{_SMALLEST_SPREAD:g}."
            )
        rise = np.diff(self.landmarks)
        if self.way == "normal" and (len(rise) < 1 or rise.min() < 0 or rise.max() == 0):
            raise DataError(f"column {self.name!r}: its {len(self.landmarks)} landmarks do not rise.")

    @classmethod
    def fit(cls, column: Column, way: Way) -> "NumberColumn":
        """Fit one to the training part's numbers, in whichever order they come.

        Args:
            column: of numbers.
            way: one of the first four.

        Raises:
            DataError: they differ, but by less than 1e-15.
        """
        missing = int(column.missing.sum())
        x = np.sort(cast(FloatArray, column.values)[~column.missing]) + 0.0  # which makes 0 of -0
        if not x.size:
            return cls(column.name, "empty", missing=missing)
        low, median, high = float(x[0]), float(np.median(x)), float(x[-1])
        seen = cls(column.name, "constant", low, high, missing, median)
        if high - low <= _ROUNDING * max(abs(low), abs(high)):
            return seen
        if high - low < SMALLEST:
            raise DataError(
                f"column {column.name!r}: its numbers differ by no more than {high - low:g}; expected 0, or "
                f"at least {SMALLEST:g}. Multiply the column by a constant, or leave it out."
            )
        center, spread, landmarks = _fit(x, way)
        return cls(column.name, way, low, high, missing, median, center, spread, landmarks)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What its features are called."""
        number = (self.name,) if self._has_number else ()
        return (*number, f"{self.name} is missing") if self._tells_missing else number

    @property
    def _has_number(self) -> bool:
        return self.way not in ("constant", "empty")

    @property
    def _tells_missing(self) -> bool:
        return self.missing > 0 and self.way != "empty"

    def fill(self, column: Column, features: FloatArray) -> None:
        """Write a column's features (rows, features) into an array of that shape."""
        if self._has_number:
            features[:, 0] = self._scaled(np.where(column.missing, self.median, column.values))
        if self._tells_missing:
            features[:, -1] = column.missing

    def _scaled(self, x: FloatArray) -> FloatArray:
        if self.way == "none":
            return x
        if self.way == "normal":
            return self._normal(x)
        u: FloatArray = (x - self.center) / self.spread
        return u if self.way == "standard" else u / np.sqrt(1 + np.square(u / CLIP))

    def _normal(self, x: FloatArray) -> FloatArray:
        from scipy.special import ndtri

        landmarks = np.array(self.landmarks)
        p = np.linspace(0, 1, len(landmarks))
        # A number that several landmarks are has the mean of their first p and of their last one. Between
        # landmarks that differ by less than 1e-308 a slope may be infinite.
        last = np.clip(np.interp(x, landmarks, p), 0, 1)
        first = np.clip(-np.interp(-x, -landmarks[::-1], -p[::-1]), 0, 1)
        z: FloatArray = ndtri(np.clip((last + first) / 2, EDGE, 1 - EDGE))
        return z

    def describe(self) -> tuple[str, str, str]:
        """Return its name, what it was, and what it became, in words."""
        if self.way == "empty":
            return self.name, f"nothing, {self.missing} missing", "left out"
        holes = f", {self.missing} missing" if self.missing else ""
        by_center = f"(x - {self.center:.4g}) / {self.spread:.4g}"
        became = {
            "none": "as it is",
            "standard": f"standard: {by_center}",
            "robust": f"robust: u / sqrt(1 + (u/3)^2), u = {by_center}",
            "normal": f"normal: by {len(self.landmarks)} quantiles",
            "constant": "left out, as constant",
        }[self.way]
        says = "; 1 where missing" if self._tells_missing else ""
        return self.name, f"numbers {self.low:g} to {self.high:g}{holes}", became + says


def _fit(x: FloatArray, way: Way) -> tuple[float, float, tuple[float, ...]]:
    """Return the center, the spread and the landmarks of sorted numbers (n,)."""
    if way == "none":
        return 0.0, 1.0, ()
    if way == "normal":
        from sklearn.preprocessing import QuantileTransformer

        by_quantiles = QuantileTransformer(n_quantiles=min(_LANDMARKS, len(x)), subsample=None)
        return 0.0, 1.0, tuple(by_quantiles.fit(x[:, None]).quantiles_[:, 0].tolist())
    mean, deviation = float(x.mean()), float(x.std())
    if way == "standard":
        return mean, deviation, ()
    q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75]).tolist()
    return median, q3 - q1 if q3 - q1 >= SMALLEST else deviation, ()
