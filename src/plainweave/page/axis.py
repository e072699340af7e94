"""An axis of the page's own pictures: its ends, its ticks, and where a value lies between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

_MANY_TIMES = 4  # the middle reach, from which on a value goes beyond an axis that others need
_ROOM = 0.04  # of an axis, at its ends
_ALIKE = 1e-9  # of the largest of some values, within which they are alike to who sees them


@dataclass(frozen=True)
class Axis:
    """A linear axis.

    Attributes:
        low, high: its ends.
        most: ticks, about.
        whole: whether ticks are whole numbers.
    """

    low: float
    high: float
    most: int = 5
    whole: bool = False

    @staticmethod
    def around(values: Sequence[float], most: int = 5) -> "Axis":
        """Return an axis that holds finite values, and some room at both ends."""
        return Axis(*with_room(min(values), max(values), _ROOM), most)

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1; one beyond it at its end."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def holds(self, value: float) -> bool:
        """Whether a value lies on it."""
        return self.low <= value <= self.high

    @property
    def ticks(self) -> list[float]:
        """Round values along the axis."""
        ticks = MaxNLocator(self.most, steps=[1, 2, 2.5, 5, 10], integer=self.whole).tick_values(
            self.low, self.high
        )
        return [float(f"{tick:.10g}") for tick in ticks if self.holds(tick)]

    def text(self, tick: float) -> str:
        """Return what is written at a tick, with as many decimals as tell the ticks apart."""
        ticks = self.ticks
        step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(tick) or 1.0
        decimals = next((digits for digits in range(9) if _is_whole(step * 10**digits)), 9)
        return f"{tick:,.{decimals}f}".replace("-", "−")


def with_room(low: float, high: float, share: float) -> tuple[float, float]:
    """Return the ends of an axis from a finite value to another, with a share of that as room at both.

    Values that are alike, at least to who sees them, stand in the middle of an axis that can be divided.
    """
    low, high = float(low), float(high)
    largest = max(abs(low), abs(high))
    room = share * (high - low) if high - low > _ALIKE * largest else 0.5 * largest or 1.0
    return low - room, high + room


def without_the_farthest(reaches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return those of some ranges that lie within a few times the middle one's distance from 0.

    A few that lie far out would leave no room on an axis to tell the others apart.
    """
    sizes = [max(abs(low), abs(high)) for low, high in reaches]
    most = _MANY_TIMES * float(np.median(sizes))
    return [reach for reach, size in zip(reaches, sizes, strict=True) if size <= most] or list(reaches)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * max(1.0, abs(value))
