"""What a prompt and a notebook show of experiments, runs and what they say."""

import re
from dataclasses import replace

import pytest

from made_up import ALL, made_up
from plainweave.evidence import (
    Comparison,
    Region,
    Statement,
    difference,
    estimate,
    judge,
    runs_by_id,
    summarize,
)
from plainweave.evidence.measures import of_test
from plainweave.experiments import Experiment

WIDE, DEEP = Experiment(id="wide", hidden=(100,)), Experiment(id="deep")
RUNS = [
    made_up(experiment, seed, accuracy + seed / 10)
    for experiment, accuracy in ((WIDE, 90.0), (DEEP, 80.0))
    for seed in range(3)
]
ACCURACY = of_test("accuracy")


@pytest.mark.parametrize(
    ("experiment", "line"),
    [
        (Experiment(id="a"), "Experiment(id='a')"),
        (
            Experiment(id="a", hidden=(20,), loss="softmax"),
            "Experiment(id='a', hidden=(20,), loss='softmax')",
        ),
        (Experiment(id="a", optimizer="adam", beta1=0.8), "Experiment(id='a', optimizer='adam', beta1=0.8)"),
        (
            Experiment(id="a", learning_rate=0.1, test=False),
            "Experiment(id='a', learning_rate=0.1, test=False)",
        ),
    ],
)
def test_an_experiment_is_the_call_that_makes_it(experiment: Experiment, line: str) -> None:
    assert repr(experiment) == line
    assert repr(eval(line)) == line
    assert eval(line) == experiment


def test_those_of_the_reproduction_are_calls_too() -> None:
    for experiment in ALL:
        assert eval(repr(experiment)) == experiment


def test_runs_and_estimates_are_a_line() -> None:
    run = RUNS[0]
    assert repr(run) == (
        "RunRecord('wide' seed 0, best epoch 1 of 20, test loss 0.5, accuracy 90.00 %, "
        "validation loss 0.4, accuracy 90.00 %)"
    )
    assert repr(replace(run, diverged=3)).endswith(", diverged at epoch 3)")
    assert "<td" in run._repr_html_()
    assert repr(estimate([1.0, 2.0, 3.0])) == "Estimate(2, 95 % interval -0.4841 to 4.484, n = 3)"
    assert repr(estimate([1.0])) == "Estimate(1, no interval, n = 1)"
    assert repr(difference(RUNS[:3], RUNS[3:])) == (
        "Difference(wide − deep, test accuracy 10 points, 95 % interval 9.649 to 10.35, n = 3)"
    )
    assert repr(ACCURACY) == "Measure('test accuracy')"


def test_what_runs_say_is_a_line_and_a_table() -> None:
    comparison = Comparison(ACCURACY, Region(low=0), "wide", "deep")
    judgement = judge(Statement(1, "Wide is better.", (comparison,)), runs_by_id(RUNS))
    assert repr(comparison) == "Comparison(wide − deep: test accuracy, from 0 to inf)"
    assert repr(judgement) == "Judgement(supported, 'Wide is better.', n = 3)"
    assert repr(judgement.findings[0]).startswith("Finding(supported, wide − deep: test accuracy 10 points, ")
    summary = summarize(RUNS, [judgement])
    assert repr(summary) == "Summary('fashion-mnist', 2 networks, 1 of 1 claim supported)"
    assert repr(summary.rows[0]).startswith(
        "Row('wide', test accuracy 90.1 %, 95 % interval 89.85 to 90.35, n"
    )
    assert re.findall("<t[hd] [^>]*>([^<]*)", summary._repr_html_())[3:5] == ["wide", "test accuracy"]
