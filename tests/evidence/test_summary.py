import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from made_up import made_up
from plainweave.errors import RecordError
from plainweave.evidence import difference, summarize
from plainweave.experiments import Experiment, RunRecord
from plainweave.training import History


def group(name: str, accuracies: dict[int, float], *, test: bool = True) -> list[RunRecord]:
    return [made_up(Experiment(id=name, test=test), seed, value) for seed, value in accuracies.items()]


FIRST, SECOND = {0: 87.0, 1: 87.5, 2: 87.1}, {0: 86.0, 1: 86.9, 2: 86.1}


def test_tested_networks_are_compared_unpaired() -> None:
    result = difference(group("a", FIRST), group("b", SECOND))
    assert (result.measure.name, result.over) == ("test accuracy", "over 3 seeds of each")
    error = math.sqrt((stats.tvar(list(FIRST.values())) + stats.tvar(list(SECOND.values()))) / 3)
    assert result.effect.high == pytest.approx(result.effect.mean + stats.t.ppf(0.975, 2) * error)
    apart = difference(group("a", FIRST), group("b", {8: 86.0, 9: 86.5}))
    assert apart.over == "over 3 and 2 seeds"
    assert apart.effect.low is not None
    assert difference(group("a", {0: 87.0}), group("b", {1: 86.0})).over == "over 1 seed of each"


def test_networks_that_are_not_tested_are_compared_seed_by_seed() -> None:
    result = difference(group("a", FIRST), group("b", {**SECOND, 9: 1.0}, test=False))
    assert (result.measure.name, result.over) == ("validation accuracy", "paired over 3 seeds")
    theirs = stats.ttest_rel(list(FIRST.values()), list(SECOND.values())).confidence_interval()
    assert (result.effect.low, result.effect.high) == pytest.approx((theirs.low, theirs.high))


def test_what_is_paired_needs_a_seed_in_common() -> None:
    with pytest.raises(RecordError) as error:
        difference(group("a", {0: 87.0}, test=False), group("b", {1: 86.0}, test=False))
    assert str(error.value) == (
        "a and b have no seed in common; expected at least one. Train both from the same."
    )


def test_any_two_are_compared_that_have_two_seeds_each() -> None:
    records = [
        *group("a", FIRST),
        *group("b", {7: 86.0, 8: 86.5}),
        *group("c", {0: 80.0}),
        *group("d", SECOND, test=False),
        *group("e", SECOND),
    ]
    comparisons = summarize(records).comparisons
    assert [(pair.first, pair.second) for pair in comparisons] == [("a", "b"), ("a", "e"), ("b", "e")]
    assert {pair.confidence for pair in comparisons} == {1 - 0.05 / 3}


def scored(name: str, loss: str, scores: dict[int, float], *, validation: bool = True) -> list[RunRecord]:
    """Runs whose scores, but the loss, are all these, by seed."""
    experiment = Experiment(id=name, loss=loss, test=False)
    columns = {
        seed: {
            metric: [np.asarray(0.5 if metric == "loss" else value)] * 20
            for metric in ("loss", *experiment.loss_function.metrics)
        }
        for seed, value in scores.items()
    }
    return [
        replace(
            made_up(experiment, seed, 0.0),
            history=History(values, values if validation else {}),
            best_epoch=1,
        )
        for seed, values in columns.items()
    ]


@pytest.mark.parametrize(
    ("loss", "measure", "unit", "better"),
    [
        ("squared-error", "validation r2", "", "a"),
        ("quantile", "validation pinball loss", "", "b"),
        ("softmax:0.1", "validation accuracy", "points", "a"),
    ],
)
def test_which_is_better_depends_on_what_is_measured(loss: str, measure: str, unit: str, better: str) -> None:
    result = difference(scored("a", loss, {0: 0.8, 1: 0.9}), scored("b", loss, {0: 0.5, 1: 0.7}))
    assert (result.measure.name, result.measure.unit_of_difference, result.better) == (measure, unit, better)


def test_what_has_nothing_in_common_is_not_compared() -> None:
    numbers, classes = scored("a", "squared-error", {0: 0.8}), group("b", FIRST, test=False)
    with pytest.raises(RecordError) as error:
        difference(numbers, classes)
    assert str(error.value) == (
        "a has the loss squared-error and b softmax, with no metric in common; expected at least one. They "
        "are not to be compared."
    )
    with pytest.raises(RecordError) as error:
        difference(numbers, scored("c", "huber", {0: 0.7}, validation=False))
    assert str(error.value) == (
        "c has no validation r2; expected both to be tested, or both to be validated."
    )
