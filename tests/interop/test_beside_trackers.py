"""What TensorBoard, MLflow and Weights & Biases have of trainings, read back by their own tools."""

import json
import struct
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from command_line import succeeds
from formats_page import DOCS, code_of
from plainweave.experiments import run_folder
from plainweave.training import WEIGHTS_FILE
from plainweave.training.tracker import Tracked
from trainings import train

accumulators: Any = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
pytest.importorskip("tensorboardX")
mlflow: Any = pytest.importorskip("mlflow")
pytest.importorskip("wandb")

# MLflow calls what SQLAlchemy and pydantic will change; its server's tests are its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*type hint:UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
BASE = pw.Experiment(id="wide", hidden=(6,), epochs=3)
MINE = """
[defaults]
epochs = 3
hidden = [6]

[[experiment]]
id = "wide"
"""


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard reads in a folder of event files."""
    accumulator = accumulators.EventAccumulator(str(folder))
    accumulator.Reload()
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


def has_history(found: dict[str, list[tuple[int, float]]], history: pw.History) -> bool:
    """Whether TensorBoard has every epoch once, in float32."""
    return all(
        found[f"{metric}/{part}"] == list(enumerate(values.astype(np.float32).tolist(), 1))
        for name, values in zip(history.names(), history.table(), strict=True)
        for part, _, metric in [name.partition("_")]
    )


def client(folder: Path) -> Any:
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    return mlflow.MlflowClient()


def runs_of(folder: Path) -> dict[str, Any]:
    """MLflow's runs by name."""
    found = client(folder).get_experiment_by_name("plainweave")
    runs = client(folder).search_runs([found.experiment_id])
    assert len({run.info.run_name for run in runs}) == len(runs)
    return {run.info.run_name: run for run in runs}


def epochs_of(folder: Path, run: Any, name: str) -> list[tuple[int, float]]:
    found = client(folder).get_metric_history(run.info.run_id, name)
    return [(metric.step, metric.value) for metric in found]


def records(path: Path) -> Iterator[Any]:
    """The records of W&B's file: of LevelDB's form of logs, which its own Go program reads."""
    from wandb.proto import wandb_internal_pb2

    content, place, parts = path.read_bytes(), 7, b""
    assert content[:4] == b":W&B"
    while place + 7 <= len(content):
        left = 2**15 - place % 2**15
        if left < 7:
            place += left
            continue
        length, kind = struct.unpack_from("<HB", content, place + 4)
        parts += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            parts = b""
            yield record


def of_wandb(folder: Path) -> tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Name, config, epochs and summary of an offline run."""
    (path,) = folder.glob("run-*.wandb")
    name = ""
    config: dict[str, Any] = {}
    epochs: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    for record in records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run" and record.run.display_name:
            name = record.run.display_name
            config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        elif kind == "history":
            items = record.history.item
            row = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}
            epochs.append(row)
        elif kind == "summary":
            summary |= {
                item.key or ".".join(item.nested_key): json.loads(item.value_json)
                for item in record.summary.update
            }
    return name, config, epochs, summary


def test_the_command_writes_all_three_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    tracks = [
        word for kind in ("tensorboard:board", "mlflow:flow", "wandb:bias") for word in ("--track", kind)
    ]
    command = ["run", "mine.toml", "--data", "digits", "--seeds", 2, "--jobs", 1, "--out", "out", *tracks]
    for epochs in (3, 3, 5):
        succeeds(*command, "--epochs", epochs, cwd=tmp_path)
    flow = runs_of(tmp_path / "flow")
    names = [f"wide/seed-{seed}" for seed in (0, 1)]
    assert sorted(flow) == sorted(names)
    offline = sorted((tmp_path / "bias" / "wandb").glob("offline-run-*"))
    biases = [of_wandb(folder) for folder in offline]
    assert len(offline) == 4, "a run of three epochs, and one of two more"
    for seed, name in enumerate(names):
        folder = run_folder(tmp_path / "out", "wide", seed)
        history = pw.History.from_csv((folder / "history.csv").read_text())
        record = json.loads((folder / "record.json").read_text())
        found = scalars(tmp_path / "board" / name)
        assert has_history(found, history)
        assert found["results/test_accuracy"][-1] == (5, float(np.float32(record["test"]["accuracy"])))
        for column, values in zip(history.names(), history.table(), strict=True):
            assert epochs_of(tmp_path / "flow", flow[name], column) == list(enumerate(values.tolist(), 1))
        assert flow[name].info.status == "FINISHED"
        assert flow[name].data.params["hidden"] == "[6]"
        assert flow[name].data.metrics["test_accuracy"] == record["test"]["accuracy"]
        of_run = [bias for bias in biases if bias[0] == name]
        rows = [row for bias in of_run for row in bias[2]]
        assert [row["_step"] for row in rows] == [1, 2, 3, 4, 5]
        for column, values in zip(history.names(), history.table(), strict=True):
            assert [row[column] for row in rows] == values.tolist()
        assert of_run[0][1]["seed"] == seed
        assert any(bias[3].get("test_accuracy") == record["test"]["accuracy"] for bias in of_run)


def test_mlflow_predicts_with_our_file_as_we_do(tmp_path: Path, digits: pw.Dataset) -> None:
    pw.run_experiments([BASE], digits, tmp_path / "out", observers=[pw.MLflow(tmp_path / "flow")])
    (run,) = runs_of(tmp_path / "flow").values()
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    ours = pw.load(run_folder(tmp_path / "out", "wide", 0) / WEIGHTS_FILE)
    assert loaded.predict(digits.test.inputs).tobytes() == ours.predict(digits.test.inputs).tobytes()
    files = {path.name for path in (tmp_path / "flow" / "artifacts").rglob("*") if path.is_file()}
    assert WEIGHTS_FILE in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".cloudpickle", ".joblib"))]


def test_fit_is_tracked_by_all_three(tmp_path: Path, parts: pw.Split) -> None:
    trackers = [
        pw.TensorBoard(tmp_path / "board", name="mine", settings={"learning_rate": 0.3}),
        pw.MLflow(tmp_path / "flow", name="mine", settings={"learning_rate": 0.3}),
        pw.WandB(tmp_path / "bias", name="mine", settings={"learning_rate": 0.3}),
    ]
    result = train(parts, observers=trackers)
    assert has_history(scalars(tmp_path / "board" / "mine"), result.history)
    (run,) = runs_of(tmp_path / "flow").values()
    assert (run.info.status, run.data.params) == ("FINISHED", {"learning_rate": "0.3"})
    assert len(epochs_of(tmp_path / "flow", run, "validation_loss")) == 4
    (folder,) = (tmp_path / "bias" / "wandb").glob("offline-run-*")
    name, config, rows, _ = of_wandb(folder)
    assert (name, config["learning_rate"], [row["_step"] for row in rows]) == ("mine", 0.3, [1, 2, 3, 4])
    again = train(parts, seed=1, observers=trackers[:1])
    assert has_history(scalars(tmp_path / "board" / "mine-2"), again.history)


@pytest.mark.parametrize("tag", [b"loss/validation", b"loss/training"])
@pytest.mark.parametrize("epochs", [0, 1])
def test_a_cut_event_file_is_gone_on_from(
    epochs: int, tag: bytes, tmp_path: Path, digits: pw.Dataset
) -> None:
    board = tmp_path / "board"
    pw.run_experiments([BASE], digits, tmp_path / "out", observers=[pw.TensorBoard(board)])
    (path,) = (board / "wide" / "seed-0").iterdir()
    before = tag.join(path.read_bytes().split(tag)[: epochs + 1])
    path.write_bytes(before[:-20])
    (record,) = pw.run_experiments([BASE], digits, tmp_path / "out", observers=[pw.TensorBoard(board)])
    found = scalars(board / "wide" / "seed-0")
    assert has_history(found, record.history)
    assert found["results/epochs"] == [(3, 3.0)]


def test_mlflow_gets_an_epoch_again_that_a_kill_left_without_some_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Any, run: str, metrics: list[Any]) -> None:
        log(self, run, metrics=metrics)
        if metrics[0].step == 2:
            raise KeyboardInterrupt

    log, training = mlflow.MlflowClient.log_batch, Tracked("wide", "ab")
    rows = [(epoch, {"training_loss": 0.5, "validation_loss": 0.6}) for epoch in (1, 2, 3)]
    first = pw.MLflow(tmp_path).begin(training)
    first.write(rows[:1])
    monkeypatch.setattr("plainweave.interop.trackers.ml_flow._LARGEST_BATCH", 1)
    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        first.write(rows[1:])
    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", log)
    again = pw.MLflow(tmp_path).begin(training)
    assert again.held == 1
    again.write(rows[1:])
    for name in ("training_loss", "validation_loss"):
        (run,) = runs_of(tmp_path).values()
        assert epochs_of(tmp_path, run, name) == [(epoch, scores[name]) for epoch, scores in rows], "once"


def test_mlflow_has_results_once_that_a_kill_left_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    training = Tracked("wide", "ab")
    outcome = pw.Outcome("finished", {"epochs": 1, "test_accuracy": 90.0})
    for is_killed in (True, False):
        log = pw.MLflow(tmp_path).begin(training)
        if not log.held:
            log.write([(1, {"training_loss": 0.5})])
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) if is_killed else nullcontext():
            if is_killed:
                patch.setattr(mlflow.MlflowClient, "set_terminated", killed)
            log.end(outcome)
    (run,) = runs_of(tmp_path).values()
    assert run.info.status == "FINISHED"
    assert epochs_of(tmp_path, run, "test_accuracy") == [(1, 90.0)]


@pytest.mark.parametrize("mark", [b"", b"3", b"three finished", b"\xff 3", b"3 finished\n"])
def test_a_mark_of_wandb_that_can_not_be_read_is_none(mark: bytes, tmp_path: Path) -> None:
    for name, content in (("offline-run-1-ab", b"2 stopped"), ("offline-run-2-ab", mark)):
        (tmp_path / "wandb" / name).mkdir(parents=True)
        (tmp_path / "wandb" / name / "plainweave-epochs").write_bytes(content)
    log = pw.WandB(tmp_path).begin(Tracked("wide", "ab"))
    assert (log.held, log.is_ended) == (2, False)


def test_other_settings_get_a_folder_of_their_own(tmp_path: Path, digits: pw.Dataset) -> None:
    for number, rate in enumerate((0.1, 0.2)):
        mine = replace(BASE, learning_rate=rate)
        tracker = pw.TensorBoard(tmp_path / "board")
        pw.run_experiments([mine], digits, tmp_path / f"out-{number}", observers=[tracker])
    assert sorted(path.name for path in (tmp_path / "board" / "wide").iterdir()) == ["seed-0", "seed-0-2"]


def test_what_can_not_be_written_is_told_in_a_line(tmp_path: Path, parts: pw.Split) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "place"
    for tracker, folder in (
        (pw.TensorBoard(place), place / "training"),
        (pw.MLflow(place), place),
        (pw.WandB(place), place),
    ):
        with pytest.raises(pw.RecordError) as error:
            train(parts, observers=[tracker])
        assert str(error.value) == f"{folder} can't be written: Not a directory. Choose another place."


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for heading in ("In Python", "MLflow", "One of your own"):
        exec(code_of(heading, page=DOCS / "trackers.md"), names)
    assert has_history(scalars(tmp_path / "board" / "first"), names["result"].history)
    assert sorted(runs_of(tmp_path / "flow")) == ["wide/seed-0", "wide/seed-1"]
    assert names["model"].predict(names["digits"].test.inputs).shape == (360,)
