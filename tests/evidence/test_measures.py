import math
from dataclasses import replace

import numpy as np
import pytest

from made_up import made_up
from plainweave.evidence import Measure, measures, of_test, of_validation
from plainweave.evidence.measures import common_score
from plainweave.experiments import Experiment, RunRecord
from plainweave.losses import METRICS, Metric
from plainweave.training import History

MEASURES = measures()
SCORES = {"loss": 0.04, "r2": 0.8, "absolute error": 0.1}


def of_numbers(loss: str = "squared-error", *, validation: bool = True) -> RunRecord:
    """A run of twenty epochs on numbers; its validation scores are those of the test examples."""
    columns = {name: [np.asarray(value)] * 20 for name, value in SCORES.items()}
    return replace(
        made_up(Experiment(id="x", loss=loss), 0, 0.0),
        test=SCORES,
        history=History(columns, columns if validation else {}),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    # Its first epoch is 0.1 lower than all others, and so the mean of the first ten is 0.01 lower.
    [
        ("test accuracy", 87.0),
        ("test loss", 0.5),
        ("validation accuracy", 87.0),
        ("best validation loss", 0.1),
        ("loss gap", -0.3),
        ("loss distance", 0.3),
        ("climb", 0.01),
        ("best epoch", 1),
        ("epochs", 20),
        ("seconds", 1.0),
    ],
)
def test_a_measure_is_taken_from_a_record(name: str, value: float) -> None:
    assert MEASURES[name].of(made_up(Experiment(id="x"), 0, 87.0, gap=-0.3)) == pytest.approx(value)


def test_every_measure_is_tried_and_says_its_unit() -> None:
    assert {name: (measure.unit, measure.unit_of_difference) for name, measure in MEASURES.items()} == {
        "test accuracy": ("%", "points"),
        "validation accuracy": ("%", "points"),
        "test log loss": ("nats", "nats"),
        "validation log loss": ("nats", "nats"),
        "test r2": ("", ""),
        "validation r2": ("", ""),
        "test absolute error": ("", ""),
        "validation absolute error": ("", ""),
        "test pinball loss": ("", ""),
        "validation pinball loss": ("", ""),
        "test loss": ("nats", "nats"),
        "best validation loss": ("nats", "nats"),
        "loss gap": ("nats", "nats"),
        "loss distance": ("nats", "nats"),
        "climb": ("nats", "nats"),
        "best epoch": ("epochs", "epochs"),
        "epochs": ("epochs", "epochs"),
        "seconds": ("s", "s"),
    }
    assert all(measure.name == name for name, measure in MEASURES.items())


def test_what_a_measure_needs_decides_how_it_is_compared() -> None:
    tested = {name for name in MEASURES if name.startswith("test ")}
    assert {name for name, measure in MEASURES.items() if not measure.paired} == {*tested, "seconds"}
    assert {name for name, measure in MEASURES.items() if measure.tested} == tested
    assert {name for name, measure in MEASURES.items() if not measure.validated} == {
        *(*tested, "best epoch", "epochs", "seconds"),
    }
    assert {name for name, measure in MEASURES.items() if measure.counts} == {
        "test accuracy",
        "validation accuracy",
        "best epoch",
        "epochs",
    }


def test_a_run_that_was_not_tested_has_no_test_accuracy() -> None:
    tested = made_up(Experiment(id="x"), 0, 87.0)
    untested = made_up(Experiment(id="x", test=False), 1, 87.0)
    assert MEASURES["test accuracy"].values({0: tested, 1: untested}) == {0: 87.0}
    assert MEASURES["validation accuracy"].values({0: tested, 1: untested}) == {0: 87.0, 1: 87.0}


def test_a_run_without_a_finite_loss_has_no_best_one() -> None:
    record = replace(made_up(Experiment(id="x"), 0, 10.0), best_epoch=0)
    record.history.validation_loss[-1] = np.asarray(np.nan)
    for name in ("best validation loss", "loss gap", "loss distance", "climb"):
        assert math.isnan(MEASURES[name].of(record))
    assert MEASURES["validation accuracy"].of(record) == 0.0


# Any loss


def test_a_run_on_numbers_has_the_scores_of_its_loss() -> None:
    record = of_numbers()
    for name, value in SCORES.items():
        assert of_test(name).of(record) == of_validation(name).of(record) == value
        assert of_test(name).is_of(record)
    assert not of_test("accuracy").is_of(record)
    assert of_test("accuracy").values({0: record}) == {}


def test_a_run_without_a_validation_part_has_no_validation_scores() -> None:
    record = of_numbers(validation=False)
    assert [name for name, measure in MEASURES.items() if measure.is_of(record)] == [
        *("test r2", "test absolute error", "test loss", "best epoch", "epochs", "seconds"),
    ]


@pytest.mark.parametrize(
    ("loss", "unit", "text"),
    [("squared-error", "", "0.1235"), ("poisson", "nats", "0.123"), ("softmax", "nats", "0.123")],
)
def test_a_loss_is_told_in_its_own_unit(loss: str, unit: str, text: str) -> None:
    measure = of_test("loss").among([Experiment(id="x", loss=loss)])
    assert (measure.unit, measure.written(0.12345)) == (unit, text)
    both = [Experiment(id="x", loss=loss), Experiment(id="y", loss="squared-error")]
    assert of_test("r2").among(both) is of_test("r2")


@pytest.mark.parametrize(
    ("value", "text"), [(1234.56, "1235"), (0.041, "0.04100"), (0.0, "0.000"), (2e-7, "2.000e-07")]
)
def test_what_has_no_unit_is_written_with_four_digits(value: float, text: str) -> None:
    assert of_test("absolute error").written(value) == text


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        ("softmax", "softmax:0.1", "accuracy"),
        ("squared-error", "poisson", "r2"),
        ("quantile:0.1,0.9", "quantile:0.1,0.9", "pinball loss"),
        ("quantile:0.1,0.9", "quantile", None),
        ("softmax", "squared-error", None),
    ],
)
def test_networks_are_compared_by_what_both_have(first: str, second: str, common: str | None) -> None:
    one, other = Experiment(id="a", loss=first), Experiment(id="b", loss=second)
    assert common_score(one, other) == common_score(other, one) == common


def test_a_metric_of_ones_own_has_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "hits", Metric("hits", "%", True, "the share of hits", 1))
    measure = measures()["test hits"]
    assert isinstance(measure, Measure)
    assert (measure.unit, measure.higher_is_better, measure.written(12.34)) == ("%", True, "12.3")
