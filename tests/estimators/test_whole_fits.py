"""A few of the whole fits that `benchmarks/same_numbers.py` compares."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "same_numbers.py"


def test_whole_fits_end_where_scikit_learns_do() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, "--every", "31"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "of 13 fits agree" in run.stdout
