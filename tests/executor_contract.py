"""What every executor must do, and what it is tried on."""

from pathlib import Path

import pytest

import plainweave as pw
from plainweave.data import InMemory, Loaded
from plainweave.experiments import run_experiment
from plainweave.jobs import Begun, EpochEnded, Executor, Failed, Finished, Job
from plainweave.training.model_file import serialized

SMALL = [
    pw.Experiment(id=name, hidden=(units,), epochs=3)
    for name, units in zip("abcd", (8, 9, 8, 4), strict=True)
]


def results(out: Path) -> dict[str, bytes]:
    """The histories and weights of a folder of runs."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for kind in ("history.csv", "weights.safetensors")
        for path in out.rglob(kind)
    }


def every_job_begins_and_ends_once(executor: Executor, digits: pw.Dataset) -> None:
    jobs = [Job(experiment, seed) for experiment in SMALL for seed in range(2)]
    events = list(executor.run(jobs, Loaded(InMemory(digits))))
    begun = [job for event in events if isinstance(event, Begun) for job in event.jobs]
    finished = [event for event in events if isinstance(event, Finished)]
    assert sorted(job.name for job in begun) == sorted(job.name for job in jobs)
    assert sorted(event.job.name for event in finished) == sorted(job.name for job in jobs)
    for end in finished:
        record, model = run_experiment(end.job.experiment, digits, end.job.seed)
        assert end.record.history.to_csv() == record.history.to_csv()
        assert end.model == serialized(model)
    for event in events:
        if isinstance(event, EpochEnded):
            assert 1 <= event.epoch <= 3
            assert 0 < event.best_validation_loss < 10


def settings_that_do_not_fit_the_data_end_all(executor: Executor, digits: pw.Dataset) -> None:
    job = Job(pw.Experiment(id="a", validation_fraction=1e-9), 0)
    with pytest.raises(pw.ConfigurationError, match=r"^validation_fraction is 1e-09 of 1437 examples; "):
        list(executor.run([job], Loaded(InMemory(digits))))


def one_that_fails_does_not_keep_the_others(executor: Executor, digits: pw.Dataset) -> None:
    """Of 18,000 layers the header alone of the model's file is larger than what is read."""
    deep = Job(pw.Experiment(id="deep", hidden=(1,) * 18_000, epochs=1), 0)
    small = Job(SMALL[0], 0)
    events = list(executor.run([deep, small], Loaded(InMemory(digits))))
    assert [event.job for event in events if isinstance(event, Finished)] == [small]
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.job == deep
    assert failed.why.startswith("the model can't be saved: its file has ")
