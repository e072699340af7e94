"""Finished runs go on to more epochs, and end with the bytes of runs of that length."""

from dataclasses import replace
from pathlib import Path

import pytest

import plainweave as pw
from plainweave.data import Named
from plainweave.experiments import read_run, run_folder
from plainweave.jobs import train_run
from plainweave.training import History

BASE = pw.Experiment(id="base", hidden=(8, 6), activation="relu", epochs=3)
EXPERIMENTS = {
    "sgd": BASE,
    "adam": replace(BASE, optimizer="adam", momentum=None, dampening=None, nesterov=None, l1=1e-4),
    "dropout and a schedule": replace(BASE, dropout=0.2, scale=True, schedule="step:2,0.5"),
    "on plateau, smoothed": replace(BASE, loss="softmax:0.1", schedule="on-plateau:patience=1"),
    "all is trained on": replace(BASE, validation_fraction=0.0, class_weight="balanced"),
    "patience ended it": replace(BASE, patience=1, learning_rate=3.0),
    "float64": replace(BASE, dtype="float64", clip_norm=1.0),
}


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("history.csv", "weights.safetensors")}


def longer(experiment: pw.Experiment) -> pw.Experiment:
    return replace(experiment, epochs=8)


@pytest.fixture
def trained_epochs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of every epoch that is trained."""
    numbers: list[int] = []
    original = History.append

    def counted(self: History, *scores: object) -> None:
        original(self, *scores)  # type: ignore[arg-type]
        numbers.append(len(self))

    monkeypatch.setattr(History, "append", counted)
    return numbers


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_a_run_that_goes_on_ends_as_if_it_had_been_that_long(
    tmp_path: Path, digits: pw.Dataset, experiment: pw.Experiment, trained_epochs: list[int]
) -> None:
    train_run(experiment, digits, tmp_path / "short")
    trained_epochs.clear()
    record, was_there = train_run(longer(experiment), digits, tmp_path / "short")
    assert not was_there
    assert trained_epochs[:1] in ([4], []), "not from the beginning"
    assert read_run(tmp_path / "short", weights=True).test == record.test
    train_run(longer(experiment), digits, tmp_path / "long")
    assert content(tmp_path / "short") == content(tmp_path / "long")
    again, was_there = train_run(longer(experiment), digits, tmp_path / "short")
    assert was_there
    assert again.test == record.test


def test_a_folder_of_runs_goes_on_in_stacks_and_in_processes(
    tmp_path: Path, digits: pw.Dataset, trained_epochs: list[int]
) -> None:
    grid = [replace(BASE, id=f"rate-{rate}", learning_rate=rate) for rate in (0.1, 0.2, 0.3, 3.0)]
    grid += [replace(BASE, id="impatient", learning_rate=3.0, patience=1)]
    pw.run_experiments(grid, digits, tmp_path / "out", seeds=2)
    trained_epochs.clear()
    pw.run_experiments(map(longer, grid[:3]), digits, tmp_path / "out", seeds=2)
    assert set(trained_epochs) == {4, 5, 6, 7, 8}
    pw.run_experiments(map(longer, grid), Named("digits"), tmp_path / "out", seeds=2, jobs=2)
    pw.run_experiments(map(longer, grid), digits, tmp_path / "whole", seeds=2)
    for experiment in grid:
        for seed in range(2):
            one, other = (run_folder(tmp_path / out, experiment.id, seed) for out in ("out", "whole"))
            assert content(one) == content(other)


def test_a_continuation_that_was_stopped_goes_on(tmp_path: Path, digits: pw.Dataset) -> None:
    def stop(epoch: pw.Epoch) -> None:
        if epoch.number == 6:
            raise KeyboardInterrupt

    train_run(BASE, digits, tmp_path / "out")
    before = content(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        train_run(longer(BASE), digits, tmp_path / "out", observers=[stop])
    assert content(tmp_path / "out") == before, "the finished run is kept until the longer one is"
    record, was_there = train_run(BASE, digits, tmp_path / "out")
    assert (was_there, record.epochs) == (True, 3)
    train_run(longer(BASE), digits, tmp_path / "out")
    train_run(longer(BASE), digits, tmp_path / "whole")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"epochs": 2}, "epochs 3, not 2"),
        ({"epochs": 8, "learning_rate": 0.2}, "learning_rate 0.1, not 0.2"),
        ({"learning_rate": 0.2}, "learning_rate 0.1, not 0.2"),
    ],
)
def test_fewer_epochs_or_other_settings_are_refused_in_a_folder_of_one_run(
    tmp_path: Path, digits: pw.Dataset, change: dict[str, float], why: str
) -> None:
    train_run(BASE, digits, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(pw.RecordError) as error:
        train_run(replace(BASE, **change), digits, tmp_path)  # type: ignore[arg-type]
    assert str(error.value) == (f"{tmp_path} holds a run with {why}. Choose another place, or remove it.")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_fewer_epochs_are_refused_where_patience_ended_even_earlier(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    impatient = replace(EXPERIMENTS["patience ended it"], epochs=30)
    record, _ = train_run(impatient, digits, tmp_path)
    assert record.epochs < 20
    with pytest.raises(pw.RecordError, match=r"holds a run with epochs 30, not 20\. Choose another place"):
        train_run(replace(impatient, epochs=20), digits, tmp_path)


def test_a_schedule_that_spans_training_has_no_continuation(
    tmp_path: Path, digits: pw.Dataset, trained_epochs: list[int]
) -> None:
    cosine = replace(BASE, schedule="cosine")
    train_run(cosine, digits, tmp_path / "alone")
    with pytest.raises(pw.RecordError) as error:
        train_run(longer(cosine), digits, tmp_path / "alone")
    assert str(error.value) == (
        f"{tmp_path}/alone holds a run with epochs 3, not 8. It can't go on, for its schedule spans the "
        "training. Choose another place, or remove it."
    )
    pw.run_experiments([cosine], digits, tmp_path / "out")
    trained_epochs.clear()
    pw.run_experiments([longer(cosine)], digits, tmp_path / "out")
    assert trained_epochs == list(range(1, 9)), "a folder of experiments trains it anew, as with any change"


def test_a_folder_of_runs_trains_other_settings_and_fewer_epochs_anew(
    tmp_path: Path, digits: pw.Dataset, trained_epochs: list[int]
) -> None:
    pw.run_experiments([longer(BASE)], digits, tmp_path)
    for changed in (BASE, replace(BASE, learning_rate=0.2), replace(BASE, batch_size=32, epochs=9)):
        trained_epochs.clear()
        (record,) = pw.run_experiments([changed], digits, tmp_path)
        assert trained_epochs == list(range(1, changed.epochs + 1))
        alone, _ = pw.run_experiment(changed, digits, 0)
        assert record.history.to_csv() == alone.history.to_csv()


def test_without_its_last_state_a_run_is_made_anew_or_refused(
    tmp_path: Path, digits: pw.Dataset, trained_epochs: list[int]
) -> None:
    train_run(BASE, digits, tmp_path / "alone")
    pw.run_experiments([BASE], digits, tmp_path / "out")
    for folder in (tmp_path / "alone", run_folder(tmp_path / "out", "base", 0)):
        (folder / "run.checkpoint").unlink()
    with pytest.raises(pw.RecordError, match=r"not 8\. It can't go on, for it has no run\.checkpoint"):
        train_run(longer(BASE), digits, tmp_path / "alone")
    trained_epochs.clear()
    pw.run_experiments([longer(BASE)], digits, tmp_path / "out")
    assert trained_epochs == list(range(1, 9))


def test_the_last_state_of_another_version_is_no_beginning(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, trained_epochs: list[int]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("plainweave.experiments.run_identity.__version__", "0.0.1")
        pw.run_experiments([BASE], digits, tmp_path)
    trained_epochs.clear()
    pw.run_experiments([longer(BASE)], digits, tmp_path)
    assert trained_epochs == list(range(1, 9))


def test_a_state_beyond_the_last_epoch_is_refused(tmp_path: Path, digits: pw.Dataset) -> None:
    file = tmp_path / "kept"
    pw.run_experiment(longer(BASE), digits, 0, checkpoint=file)
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiment(BASE, digits, 0, checkpoint=file)
    assert str(error.value) == (
        f"{file} is of a training that has come to epoch 8; expected at most 3. Remove it to train anew, or "
        "choose another folder."
    )
