from dataclasses import replace
from typing import Any

import numpy as np

from made_up import ACCURATE, ALL, made_up, runs
from plainweave.evidence import Verdict, judge
from plainweave.evidence.measures import VALIDATION_ACCURACY
from plainweave.experiments import Experiment, RunRecord
from plainweave.paper import (
    CLAIMS,
    Table1,
    TableRow,
    judge_claims,
    judge_gradients,
    paper_experiments,
    selection_experiments,
)


def verdicts(records: list[RunRecord]) -> dict[int, Verdict]:
    return {judgement.statement.number: judgement.verdict for judgement in judge_claims(records, None)}


def test_there_are_ten_claims_about_networks_that_exist() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(2, 11))
    ids = {experiment.id for experiment in ALL}
    for claim in CLAIMS:
        assert set(claim.ids) <= ids, claim.number
    assert set(ACCURATE) == {experiment.id for experiment in ALL if experiment.test}
    assert {id_ for claim in CLAIMS for id_ in claim.ids} == ids


def test_the_networks_that_choose_settings_are_never_tested() -> None:
    for experiment in selection_experiments():
        assert not experiment.test
    for claim in CLAIMS:
        for comparison in claim.comparisons:
            tested = [experiment.test for experiment in ALL if experiment.id in comparison.ids]
            assert all(tested) or comparison.measure is VALIDATION_ACCURACY


def test_selection_is_a_grid_around_the_reports_choice() -> None:
    tanh, tanh_l2 = (experiment for experiment in ALL if experiment.id in ("tanh", "tanh-l2"))
    plain: dict[str, Any] = {"id": "x", "test": True}
    of_rates = [experiment for experiment in selection_experiments() if experiment.id.startswith("rate-")]
    chosen = {(experiment.learning_rate, experiment.batch_size) for experiment in [tanh, *of_rates]}
    assert chosen == {(rate, batch) for rate in (0.1, 0.25, 0.5, 1.0) for batch in (32, 64, 128)}
    for experiment in of_rates:
        alike = replace(experiment, learning_rate=0.5, batch_size=64, **plain)
        assert alike == replace(tanh, **plain)
    of_lambdas = [experiment for experiment in selection_experiments() if experiment.id.startswith("lambda-")]
    assert [experiment.weight_decay for experiment in of_lambdas] == [0, 1e-5, 1e-3, 1e-2]
    for experiment in of_lambdas:
        assert replace(experiment, weight_decay=1e-4, **plain) == replace(tanh_l2, **plain)


def test_planted_effects_are_found() -> None:
    records = runs(ACCURATE)
    bigger = {"50x100", "100x50"}
    for record in records:
        if record.experiment.id in bigger:  # its validation loss climbs
            record.history.validation_loss[-10:] = [np.asarray(0.9)] * 10
    expected = {1: Verdict.UNTESTED, **dict.fromkeys(range(2, 11), Verdict.SUPPORTED)}
    assert verdicts(records) == expected


def test_planted_opposites_contradict() -> None:
    opposite = {name: 170 - accuracy for name, accuracy in ACCURATE.items()} | {"100": 80.0}
    opposite |= {f"{experiment.id}": 90.0 for experiment in selection_experiments()}
    found = verdicts(runs(opposite))
    assert [number for number, verdict in found.items() if verdict is Verdict.CONTRADICTED] == [
        2,
        3,
        4,
        5,
        7,
        8,  # all climb alike
        9,
        10,
    ]


def test_one_seed_decides_nothing_but_says_where_it_lies() -> None:
    for judgement in judge_claims(runs(ACCURATE, seeds=1), None)[1:]:
        assert judgement.verdict is Verdict.UNDECIDED
        assert judgement.seeds == 1
        if judgement.statement.number in (2, 4, 5, 7, 9):
            assert judgement.as_stated is True


def test_missing_runs_are_named() -> None:
    records = [record for record in runs(ACCURATE) if record.experiment in paper_experiments()]
    by_number = {judgement.statement.number: judgement for judgement in judge_claims(records, None)}
    assert by_number[5].verdict is Verdict.UNTESTED
    assert by_number[5].missing == ("relu-rate-0.5", "leaky-relu-rate-0.5")
    assert by_number[5].as_stated is None
    assert len(by_number[3].missing) == len(selection_experiments())
    needs_more = "It needs networks that plainweave reproduce --full trains."
    assert {number: judgement.note for number, judgement in by_number.items() if judgement.note} == {
        1: "This folder holds no Table 1.",
        3: needs_more,
        5: needs_more,
    }
    assert by_number[4].verdict is Verdict.SUPPORTED


def test_runs_of_other_settings_do_not_count() -> None:
    short = [replace(record, experiment=replace(record.experiment, epochs=5)) for record in runs(ACCURATE)]
    assert judge_claims(short, None) == [], "there is nothing to judge"
    one = made_up(ALL[0], 0, 86.0)
    assert set(verdicts([*short, one]).values()) == {Verdict.UNTESTED}


def test_noise_is_no_climb() -> None:
    """A loss that falls, with noise, does not climb; nor does one with more noise climb more."""
    random = np.random.default_rng(0)
    claim = next(claim for claim in CLAIMS if claim.number == 8)
    records = {}
    for name, noise in (("sigmoid", 0.002), ("50x100", 0.004), ("100x50", 0.004)):
        records[name] = {seed: made_up(ALL[0], seed, 87.0) for seed in range(10)}
        for record in records[name].values():
            losses = 0.4 - 0.0005 * np.arange(110) + random.normal(0, noise, 110)
            record.history.validation_loss[:] = list(losses)
    assert judge(claim, records, len(CLAIMS)).verdict is Verdict.CONTRADICTED


def table(*agree: bool) -> Table1:
    rows = tuple(TableRow("a weight", 0.25, 0.25, agrees) for agrees in agree)
    return Table1("digits", 0.01, 0.0001, rows)


def test_the_claim_about_gradients() -> None:
    judgement = judge_gradients(table(True, True))
    assert (judgement.verdict, judgement.note) == (Verdict.SUPPORTED, "2 of 2 gradients agree within 0.0001.")
    judgement = judge_gradients(table(True, False))
    assert (judgement.verdict, judgement.note) == (
        Verdict.CONTRADICTED,
        "1 of 2 gradients agree within 0.0001.",
    )
    judgement = judge_gradients(None)
    assert (judgement.verdict, judgement.note) == (Verdict.UNTESTED, "This folder holds no Table 1.")


def test_every_experiment_has_its_own_id() -> None:
    ids = [experiment.id for experiment in ALL]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(experiment, Experiment) for experiment in ALL)
