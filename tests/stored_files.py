"""Files of inputs that are large, by limits made small."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plainweave.data import stored

WINDOW, RUN = 2**14, 2**10  # bytes


@pytest.fixture
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "WINDOW", WINDOW)
    monkeypatch.setattr(stored, "RUN", RUN)
    monkeypatch.setattr(stored, "_PIECE", RUN)
    monkeypatch.setattr(stored, "_GAP", 64)
    monkeypatch.setattr(stored, "_BLOCK", 3 * RUN)


def mapped(folder: Path, array: Any, name: str = "inputs.npy") -> Any:
    """Save an array, and map the file."""
    np.save(folder / name, array)
    return np.load(folder / name, mmap_mode="r")
