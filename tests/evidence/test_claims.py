"""Claims of one's own, in TOML and in study.json."""

import math
from pathlib import Path
from typing import Any

import pytest

from made_up import made_up
from plainweave.errors import ConfigurationError
from plainweave.evidence import (
    Comparison,
    Region,
    Statement,
    StudyNotes,
    claims_from,
    judge_all,
    measures,
    read_claims,
    read_notes,
    statements_of,
    summarize,
    write_notes,
)
from plainweave.experiments import Experiment, read_experiments

MEASURES = measures()
TESTED = (Experiment(id="wide"), Experiment(id="deep"), Experiment(id="grid", test=False))
PLAIN = {"statement": "wide is better", "measure": "test accuracy", "first": "wide", "above": 0}
TOML = """
[[experiment]]
id = "wide"
[[experiment]]
id = "deep"

[[claim]]
statement = "The wide network is better."
measure = "test accuracy"
first = "wide"
second = "deep"
above = 0

[[claim]]
statement = "It is as good on validation, and over-fits no more."
comparison = [
    { measure = "validation accuracy", first = "wide", second = "deep", within = 0.5 },
    { measure = "climb", first = "wide", below = 0.01 },
    { measure = "loss gap", first = "deep", between = [-0.1, 0.1] },
]
"""
STATEMENTS = (
    Statement(
        1,
        "The wide network is better.",
        (Comparison(MEASURES["test accuracy"], Region(low=0), "wide", "deep"),),
    ),
    Statement(
        2,
        "It is as good on validation, and over-fits no more.",
        (
            Comparison(MEASURES["validation accuracy"], Region(-0.5, 0.5), "wide", "deep"),
            Comparison(MEASURES["climb"], Region(high=0.01), "wide"),
            Comparison(MEASURES["loss gap"], Region(-0.1, 0.1), "deep"),
        ),
    ),
)


def test_claims_stand_beside_experiments(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    experiments = read_experiments(path)
    assert [experiment.id for experiment in experiments] == ["wide", "deep"]
    claims = read_claims(path, experiments)
    assert statements_of(claims) == STATEMENTS
    notes = StudyNotes("plainweave run mine.toml", claims)
    write_notes(tmp_path, notes)
    assert read_notes(tmp_path) == notes
    assert statements_of(read_notes(tmp_path).claims) == STATEMENTS


def test_an_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML.replace('first = "wide"\nsecond', 'first = "wid"\nsecond'))
    with pytest.raises(ConfigurationError) as error:
        read_claims(path, read_experiments(path))
    assert str(error.value) == (
        f"{path}, claim 1: first is 'wid'; expected one of wide, deep. Did you mean 'wide'?"
    )


REGIONS = "expected one of above, below, between, within."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"measure": "test acuracy"},
            f"claim 1: measure is 'test acuracy'; expected one of {', '.join(MEASURES)}. "
            "Did you mean 'test accuracy'?",
        ),
        ({"measure": 1}, f"claim 1: measure is 1; expected one of {', '.join(MEASURES)}."),
        (
            {"first": "wyde"},
            "claim 1: first is 'wyde'; expected one of wide, deep, grid. Did you mean 'wide'?",
        ),
        (
            {"second": "dep"},
            "claim 1: second is 'dep'; expected one of wide, deep, grid. Did you mean 'deep'?",
        ),
        ({"second": "wide"}, "claim 1: first and second are both 'wide'; expected two networks."),
        (
            {"second": "grid"},
            "claim 1: second is 'grid', which has test = false; expected one that is tested. "
            "Compare its validation accuracy.",
        ),
        ({"measure": None}, "claim 1: measure is missing; expected it in every comparison."),
        ({"first": None}, "claim 1: first is missing; expected it in every comparison."),
        ({"above": None}, f"claim 1: the region is given by nothing; {REGIONS}"),
        ({"below": 1}, f"claim 1: the region is given by above and below; {REGIONS}"),
        ({"above": "0"}, "claim 1: above is '0'; expected a number of at most 1e+100 in size."),
        ({"above": True}, "claim 1: above is True; expected a number of at most 1e+100 in size."),
        ({"above": math.inf}, "claim 1: above is inf; expected a number of at most 1e+100 in size."),
        ({"above": math.nan}, "claim 1: above is nan; expected a number of at most 1e+100 in size."),
        ({"above": None, "within": 0}, "claim 1: within is 0; expected a number above 0."),
        (
            {"above": None, "between": [1]},
            "claim 1: between is [1]; expected two numbers, [low, high].",
        ),
        (
            {"above": None, "between": [2, 1]},
            "claim 1: between is [2, 1]; expected the lower number first.",
        ),
        (
            {"abov": 1},
            "claim 1: abov is no key; expected measure, first, second, above, below, between, within. "
            "Did you mean 'above'?",
        ),
        (
            {"statement": None},
            "claim 1: statement is None; expected what it states, in a line of at most 500 characters.",
        ),
        (
            {"statement": "a\nb"},
            "claim 1: statement is 'a\\nb'; expected what it states, in a line of at most 500 characters.",
        ),
        (
            {"statement": ""},
            "claim 1: statement is ''; expected what it states, in a line of at most 500 characters.",
        ),
    ],
)
def test_a_wrong_claim_is_refused(change: dict[str, Any], message: str) -> None:
    table = {key: value for key, value in {**PLAIN, **change}.items() if value is not None}
    with pytest.raises(ConfigurationError) as error:
        claims_from([table], TESTED)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("x", "claim is 'x'; expected tables, each under [[claim]]."),
        ({"a": 1}, "claim is {'a': 1}; expected tables, each under [[claim]]."),
        ([1], "claim is [1]; expected tables, each under [[claim]]."),
        (
            [PLAIN, {"statement": "x", "comparison": []}],
            "claim 2: comparison is []; expected a list of tables, at least one.",
        ),
        (
            [{"statement": "x", "comparison": [1]}],
            "claim 1: comparison is [1]; expected a list of tables, at least one.",
        ),
        (
            [{**PLAIN, "comparison": [{"first": "wide"}]}],
            "claim 1: measure is no key; expected comparison.",
        ),
        (
            [{"statement": "x", "comparison": [{"measure": "climb", "first": "wide"}]}],
            f"claim 1, comparison 1: the region is given by nothing; {REGIONS}",
        ),
    ],
)
def test_what_is_no_claim_is_refused(tables: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        claims_from(tables, TESTED)
    assert str(error.value) == message


def test_claims_are_judged_together() -> None:
    records = [
        made_up(Experiment(id=name), seed, accuracy + seed / 10)
        for name, accuracy in (("wide", 90.0), ("deep", 80.0))
        for seed in range(3)
    ]
    claims = claims_from([{**PLAIN, "second": "deep"}, {**PLAIN, "above": 99}], TESTED)
    summary = summarize(records, judge_all(statements_of(claims), records))
    assert [(claim.number, claim.verdict) for claim in summary.claims] == [
        (1, "supported"),
        (2, "contradicted"),
    ]


# Claims of any loss

OF_NUMBERS = (
    Experiment(id="squares", loss="squared-error"),
    Experiment(id="absolute", loss="absolute-error"),
    Experiment(id="median", loss="quantile"),
    Experiment(id="quartiles", loss="quantile:0.25,0.75"),
    Experiment(id="classes", loss="softmax"),
    Experiment(id="unsaid"),  # squared error on a table of numbers
)


@pytest.mark.parametrize(
    ("measure", "first", "second"),
    [
        ("test r2", "squares", "absolute"),
        ("validation absolute error", "squares", "absolute"),
        ("test loss", "classes", None),
        ("climb", "median", None),
        ("seconds", "squares", "classes"),
        ("test r2", "unsaid", "squares"),
        ("test accuracy", "unsaid", "classes"),
    ],
)
def test_what_both_networks_have_can_be_claimed(measure: str, first: str, second: str | None) -> None:
    table = {"statement": "so it is", "measure": measure, "first": first, "above": 0}
    (claim,) = claims_from([table if second is None else {**table, "second": second}], OF_NUMBERS)
    assert claim.comparison[0].comparison().measure is MEASURES[measure]


@pytest.mark.parametrize(
    ("measure", "first", "second", "problem"),
    [
        (
            "test accuracy",
            "squares",
            "absolute",
            "first is 'squares', whose loss squared-error has no accuracy; expected a measure of r2 or "
            "absolute error or loss.",
        ),
        (
            "test r2",
            "squares",
            "classes",
            "second is 'classes', whose loss softmax has no r2; expected a measure of accuracy or loss.",
        ),
        (
            "loss gap",
            "squares",
            "absolute",
            "first has the loss squared-error and second absolute-error, whose loss is another kind of "
            "number; expected one loss. Compare their test r2.",
        ),
        (
            "test pinball loss",
            "median",
            "quartiles",
            "first has the loss quantile and second quantile:0.25,0.75, whose pinball loss is another kind "
            "of number; expected one loss. They have no metric in common.",
        ),
    ],
)
def test_what_can_not_be_compared_is_refused(measure: str, first: str, second: str, problem: str) -> None:
    table = {"statement": "no", "measure": measure, "first": first, "second": second, "above": 0}
    with pytest.raises(ConfigurationError) as error:
        claims_from([table], OF_NUMBERS)
    assert str(error.value) == f"claim 1: {problem}"


def test_a_validation_measure_is_advised_by_its_name() -> None:
    untested = Experiment(id="x", loss="squared-error", test=False)
    table = {"statement": "no", "measure": "test loss", "first": "x", "above": 0}
    with pytest.raises(ConfigurationError) as error:
        claims_from([table], [untested])
    assert str(error.value) == (
        "claim 1: first is 'x', which has test = false; expected one that is tested. Compare its best "
        "validation loss."
    )
