"""Many trainings at once, each with a team; few threads to be had; forks and Ctrl-C meanwhile."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crowds import trained
from plainweave.engine import kernels
from plainweave.engine.team import side_by_side

pytestmark = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
CROWDS = Path(__file__).parents[1] / "crowds.py"


def test_two_thousand_at_once_are_the_same_bytes() -> None:
    alone = trained(1)
    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(trained, [2, 3] * 1000)) == {alone}


@pytest.mark.skipif(sys.platform != "linux", reason="limits and forks as Linux has them")
@pytest.mark.parametrize("case", ["few_threads", "forks", "ctrl_c"])
def test_in_a_process_of_its_own(case: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", CROWDS, case],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{case} is well\n"), done.stderr


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_work_side_by_side_is_done_once_each(workers: int) -> None:
    done = list[int]()
    side_by_side(lambda _, model: done.append(model), range(workers), range(40))
    assert sorted(done) == list(range(40))


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_of_one_ends_all(workers: int) -> None:
    done = list[int]()

    def work(_: int, model: int) -> None:
        if model == 4:
            raise LookupError("of the fifth")
        done.append(model)

    with pytest.raises(LookupError, match="of the fifth"):
        side_by_side(work, range(workers), range(10**5))
    assert len(done) < 10**5 - 1
