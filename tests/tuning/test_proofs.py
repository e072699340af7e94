"""The last line: whether tuning helped, by how much, and how sure that is."""

import math

import pytest

import plainweave as pw
from made_up import made_up
from plainweave.tuning.proof import Proof, prove

START, BEST = pw.Experiment(id="start"), pw.Experiment(id="trial-7", learning_rate=0.2)


def proof(start: list[float], best: list[float]) -> Proof:
    runs = [
        [made_up(experiment, seed, accuracy) for seed, accuracy in enumerate(accuracies)]
        for experiment, accuracies in ((START, start), (BEST, best))
    ]
    return prove(*runs)


@pytest.mark.parametrize(
    ("start", "best", "helped", "line"),
    [
        (
            [81.0, 85.0, 83.0],
            [82.0, 86.5, 84.0],
            True,
            "Tuning helped: test accuracy +1.17 points, 95 % interval +0.45 to +1.88, over 3 fresh "
            "seeds, paired.",
        ),
        (
            [82.0, 86.5, 84.0],
            [81.0, 85.0, 83.0],
            False,
            "Tuning did harm: test accuracy -1.17 points, 95 % interval -1.88 to -0.45, over 3 fresh seeds, "
            "paired.",
        ),
        (
            [81.0, 85.0, 83.0],
            [82.0, 84.0, 83.5],
            None,
            "Tuning is not shown to help: test accuracy +0.17 points, 95 % interval -2.42 to +2.75, "
            "over 3 fresh "
            "seeds, paired.",
        ),
        (
            [81.0],
            [82.0],
            None,
            "Whether tuning helped is open: test accuracy +1.00 points over 1 fresh seed, paired, without an "
            "interval.",
        ),
        (
            [81.0, 85.0, 83.0],
            [82.0, math.nan, 83.5],
            None,
            "Whether tuning helped is open: a run diverged and has no test accuracy, over 3 fresh seeds, "
            "paired.",
        ),
    ],
)
def test_lines(start: list[float], best: list[float], helped: bool | None, line: str) -> None:
    found = proof(start, best)
    assert (found.line, found.helped) == (line, helped)


def test_where_the_start_was_best_there_is_nothing_to_prove() -> None:
    runs = [made_up(START, seed, 81.0) for seed in range(3)]
    found = prove(runs, runs)
    assert (found.gain, found.helped) == (None, None)
    assert found.line == "Tuning found nothing better than the starting settings, by validation."
