from collections.abc import Sequence

import numpy as np
import pytest

from made_up import made_up
from plainweave.experiments import RunRecord
from plainweave.paper import (
    ALL_CONVENTIONS,
    Conventions,
    audit_experiments,
    paper_experiments,
    read_audit,
    report_references,
)

NEAREST = Conventions("dampened", "per-pixel", "batch")
CLOSE = Conventions("dampened", "all-pixels", "batch")
ACCURACIES = report_references().accuracies


def audit(seeds: Sequence[int] = range(4), noise: float = 0.1) -> list[RunRecord]:
    """An audit in which one reading gives the report's accuracies, one nearly, and all others lie 2 below."""
    random = np.random.default_rng(0)
    records = []
    for experiment in audit_experiments():
        reported = ACCURACIES.get(experiment.id.split(".", 3)[3], 80.0)
        offset = -2.0
        if experiment.id.startswith(NEAREST.prefix):
            offset = 0.0
        elif experiment.id.startswith(CLOSE.prefix):
            offset = 0.01
        records += [made_up(experiment, seed, reported + offset + random.normal(0, noise)) for seed in seeds]
    return records


def test_twelve_readings_of_fifteen_networks() -> None:
    experiments = audit_experiments()
    assert len(ALL_CONVENTIONS) == 12
    assert len({experiment.id for experiment in experiments}) == len(experiments) == 12 * 15
    readings = {
        (experiment.momentum, experiment.dampening, experiment.standardize, experiment.loss_mean)
        for experiment in experiments
    }
    assert readings == {
        (0.9, dampening, standardize, loss_mean)
        for dampening in (0.0, 0.9)
        for standardize in ("all-pixels", "per-pixel", "per-image")
        for loss_mean in ("batch", "batch-and-classes")
    }


def test_the_report_itself_is_one_of_the_readings() -> None:
    ours = Conventions("dampened", "all-pixels", "batch")
    for experiment in paper_experiments():
        assert ours.applied_to(experiment).difference(experiment) == (
            "id",
            ours.prefix + experiment.id,
            experiment.id,
        )


def test_the_nearest_conventions_come_first() -> None:
    readings = read_audit(audit())
    assert len(readings) == 12
    assert {reading.conventions for reading in readings if reading.likely} == {NEAREST, CLOSE}
    assert {reading.conventions for reading in readings[:2]} == {NEAREST, CLOSE}
    for reading in readings[2:]:
        assert reading.distance.mean == pytest.approx(2, abs=0.1)
        assert reading.farther is not None
        assert reading.farther.mean == pytest.approx(np.log(2 / 0.1), abs=0.3)
        assert reading.largest == pytest.approx(-2, abs=0.3)


def test_the_distance_is_of_thirteen_accuracies() -> None:
    (seed_0,) = (
        reading.distance.values[0] for reading in read_audit(audit(seeds=[0])) if reading.conventions == CLOSE
    )
    known = {CLOSE.prefix + name: accuracy for name, accuracy in ACCURACIES.items()}
    squares = [
        (record.test_accuracy - reported) ** 2
        for record in audit(seeds=[0])
        if (reported := known.get(record.experiment.id)) and record.test_accuracy
    ]
    assert len(squares) == 13
    assert seed_0 == pytest.approx(np.sqrt(np.mean(squares)))


def test_one_seed_shows_nothing_to_lie_farther() -> None:
    readings = read_audit(audit(seeds=[0]))
    assert {reading.conventions for reading in readings[:2]} == {NEAREST, CLOSE}
    assert all(reading.likely for reading in readings)


def test_readings_that_are_alike_are_rarely_told_apart() -> None:
    """The nearest is chosen by the data it is then compared on: the intervals must be wide enough for it."""
    told, rounds = 0, 60
    for stream in range(rounds):
        random = np.random.default_rng(stream)
        records = [
            made_up(experiment, seed, ACCURACIES[name] + random.normal(0, 0.3))
            for experiment in audit_experiments()
            if (name := experiment.id.split(".", 3)[3]) in ACCURACIES
            for seed in range(5)
        ]
        told += not all(reading.likely for reading in read_audit(records))
    assert told / rounds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / rounds)


def test_seeds_count_that_all_readings_have() -> None:
    records = [
        record for record in audit() if record.seed < 2 or record.experiment.id.startswith(CLOSE.prefix)
    ]
    assert {reading.distance.n for reading in read_audit(records)} == {2}


def test_claims_are_judged_under_each_reading() -> None:
    for reading in read_audit(audit(noise=0.001)):
        by_number = {judgement.statement.number: judgement for judgement in reading.judgements}
        # The report's own accuracies bear out its claims about accuracies, up to a common offset.
        assert by_number[4].as_stated is True
        assert by_number[9].as_stated is True
        assert by_number[3].as_stated is None, "no audit has the runs of claim 3"


def test_an_unfinished_audit_tells_of_what_is_whole() -> None:
    records = [record for record in audit() if not record.experiment.id.startswith(NEAREST.prefix + "relu")]
    assert NEAREST not in {reading.conventions for reading in read_audit(records)}
    assert read_audit([]) == []
