"""How the cost of an epoch grows: one thing at a time, of images and of tables, for `compare.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cases import TABLE, Case
from work import Work

_IMAGES = Work(examples=12_000)
_ONE = ("plainweave", "PyTorch fused", "JAX scan, vmap")
_STACK = ("plainweave", "PyTorch baddbmm", "JAX scan, vmap")


@dataclass(frozen=True)
class Sweep:
    """What grows, and the work at each of its values."""

    what: str
    points: Mapping[int, Work]

    @property
    def cases(self) -> tuple[Case, ...]:
        """One for each value, titled by it."""
        return tuple(
            Case(str(value), work, _STACK if work.models > 1 else _ONE) for value, work in self.points.items()
        )


def _tables(batch_size: int) -> Work:
    return replace(TABLE, batch_size=batch_size, learning_rate=0.02 if batch_size < 1024 else 0.05)


SWEEPS = {
    "width": Sweep(
        "units of each of two hidden layers",
        {units: replace(_IMAGES, hidden=(units, units)) for units in (25, 50, 100, 200, 400)}
        | {1000: replace(_IMAGES, hidden=(1000, 1000), examples=4000)},
    ),
    "depth": Sweep(
        "hidden layers of 50 units",
        {depth: replace(_IMAGES, hidden=(50,) * depth) for depth in range(1, 6)},
    ),
    "batch": Sweep(
        "batch size", {batch: replace(_IMAGES, batch_size=batch) for batch in (16, 32, 64, 128, 256, 1024)}
    ),
    "images": Sweep(
        "training images",
        {count: replace(_IMAGES, examples=count) for count in (1000, 4000, 16_000, 60_000, 120_000)},
    ),
    "networks": Sweep(
        "networks at once", {models: replace(_IMAGES, models=models) for models in (1, 2, 4, 8, 16, 64)}
    ),
    "density": Sweep(
        "pixels not zero (%)",
        {percent: replace(_IMAGES, density=percent / 100) for percent in (20, 40, 60, 80, 100)},
    ),
    "table-width": Sweep(
        "table: units of each of three hidden layers",
        {units: replace(TABLE, hidden=(units,) * 3) for units in (64, 128, 256, 512)}
        | {1000: replace(TABLE, hidden=(1000,) * 3, examples=2048)},
    ),
    "table-batch": Sweep(
        "table: batch size, three layers of 256",
        {batch: _tables(batch) for batch in (32, 64, 128, 512, 1024, 4096)},
    ),
    "table-adam": Sweep(
        "table: batch size, three layers of 256, Adam",
        {batch: _tables(batch).with_adam() for batch in (32, 128, 512, 4096)},
    ),
}
