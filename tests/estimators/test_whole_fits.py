"""A few of the whole fits that `benchmarks/same_numbers.py` compares."""

import subprocess
import sys
from pathlib import Path

import pytest

from side_by_side import KNOWS_WEIGHTS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "same_numbers.py"


@pytest.mark.skipif(not KNOWS_WEIGHTS, reason="scikit-learn has Poisson's loss since 1.7")
def test_whole_fits_end_where_scikit_learns_do() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, "--every", "31"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "of 13 fits agree" in run.stdout
