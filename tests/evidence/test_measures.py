import math

import numpy as np
import pytest

from made_up import made_up
from plainweave.evidence import MEASURES
from plainweave.experiments import Experiment


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
        "test loss": ("nats", "nats"),
        "validation accuracy": ("%", "points"),
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
    assert {name for name, measure in MEASURES.items() if not measure.paired} == {
        "test accuracy",
        "test loss",
        "seconds",
    }
    assert {name for name, measure in MEASURES.items() if measure.tested} == {"test accuracy", "test loss"}
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
    record = made_up(Experiment(id="x"), 0, 10.0)
    object.__setattr__(record, "best_validation_loss", None)
    record.history.validation_loss[-1] = np.asarray(np.nan)
    for name in ("best validation loss", "loss gap", "loss distance", "climb"):
        assert math.isnan(MEASURES[name].of(record))
