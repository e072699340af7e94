"""`evaluate`, `predict` and `compare`: other data, folders of several runs, bad pictures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import call
from plainweave.data import InMemory
from plainweave.experiments import run_folder, write_run

NAMES = ("coat", "bag", "shoe")


def dataset(
    shape: tuple[int, int] | None = (4, 3), names: tuple[str, ...] = NAMES, name: str = "mine"
) -> pw.Dataset:
    stream = np.random.default_rng(0)
    features = 12 if shape is None else shape[0] * shape[1]
    labels = np.arange(60) % len(names)
    examples = pw.Examples(stream.integers(0, 256, (60, features), dtype=np.uint8), labels)
    return pw.Dataset(name, examples, examples, names, shape)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    experiment = pw.Experiment(id="a", hidden=(3,), epochs=1, batch_size=8)
    write_run(tmp_path / "my-run", *pw.run_experiment(experiment, dataset(), 0))
    return tmp_path / "my-run"


def evaluate_on(data: pw.Dataset, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainweave.experiments.DataSettings.source", lambda _: InMemory(data))
    call("evaluate", str(run), "--data", data.name)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (dataset((8, 8), name="other"), "was trained on 4x3 images; other has 8x8 images. Give other data."),
        (dataset((3, 4), name="other"), "was trained on 4x3 images; other has 3x4 images. Give other data."),
        (
            replace(dataset((5, 2), name="flat"), image_shape=None),
            "was trained on 4x3 images; flat has 10 features. Give other data.",
        ),
        (
            dataset(names=("coat", "bag")),
            "tells 3 classes apart; mine has 2. Give other data.",
        ),
    ],
)
def test_data_of_another_kind_are_refused_in_words(
    run: Path, data: pw.Dataset, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(pw.DataError) as error:
        evaluate_on(data, run, monkeypatch)
    assert str(error.value) == f"{run} {message}"


def test_the_same_classes_in_another_order_are_known_by_their_names(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate_on(dataset(), run, monkeypatch)
    expected = capsys.readouterr().out
    evaluate_on(dataset().in_order(("shoe", "coat", "bag")), run, monkeypatch)
    assert capsys.readouterr().out == expected


def test_the_same_classes_in_another_order_are_refused_where_two_have_one_name(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = replace(pw.load(run), class_names=("coat", "bag", "bag"))
    pw.save(tmp_path / "two.safetensors", model)
    with pytest.raises(pw.DataError) as error:
        evaluate_on(dataset(names=("bag", "coat", "bag")), tmp_path / "two.safetensors", monkeypatch)
    assert str(error.value) == (
        f"class 0 is 'coat' to {tmp_path / 'two.safetensors'} and 'bag' in mine: the same classes in another "
        "order. Put them in the same order."
    )


def test_other_names_of_classes_are_told_and_those_of_the_model_are_shown(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate_on(dataset(names=("coat", "1", "2")), run, monkeypatch)
    printed = capsys.readouterr()
    assert printed.err == (
        f"plainweave: class 1 is 'bag' to {run} and '1' in mine: "
        "the names below are those it was trained with.\n"
    )
    rows = [line.split("\t")[0] for line in printed.out.splitlines() if "\t" in line]
    assert rows == ["class", *NAMES, "all"]


@pytest.mark.parametrize("data", [dataset(), replace(dataset(), image_shape=None)])
def test_the_same_kind_of_data_needs_no_word(
    run: Path, data: pw.Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate_on(data, run, monkeypatch)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("Test accuracy in percent on mine:\n")


def test_test_examples_that_nobody_had_looked_at(
    tmp_path: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    untested = pw.Experiment(id="a", hidden=(3,), epochs=1, test=False)
    write_run(tmp_path / "run", *pw.run_experiment(untested, digits, 0))
    for data in ([], ["--data", "digits"]):
        call("evaluate", str(tmp_path / "run"), *data)
        assert capsys.readouterr().err == (
            f"plainweave: {tmp_path}/run was trained without a test: "
            "these test examples had not been looked at before.\n"
        )


def test_a_folder_of_several_runs_says_which(tmp_path: Path, digits: pw.Dataset) -> None:
    record, model = pw.run_experiment(pw.Experiment(id="a", hidden=(3,), epochs=1), digits, 0)
    for seed in range(7):
        write_run(run_folder(tmp_path, "a", seed), replace(record, seed=seed), model)
    named = ", ".join(str(run_folder(tmp_path, "a", seed)) for seed in range(5))
    for folder in (tmp_path, tmp_path / "runs" / "a"):
        with pytest.raises(pw.RecordError) as error:
            call("evaluate", folder)
        assert str(error.value) == f"{folder} is a folder of runs: {named} and 2 more. Give one of them."
    with pytest.raises(pw.RecordError, match="is not there"):
        call("evaluate", tmp_path / "runs")


def test_weights_that_are_not_the_runs_are_not_used(run: Path) -> None:
    other = pw.Experiment(id="a", hidden=(4,), epochs=1, batch_size=8)
    pw.save(run / "weights.safetensors", pw.run_experiment(other, dataset(), 0)[1])
    for command in (["evaluate", str(run)], ["predict", str(run), "x.png"]):
        with pytest.raises(pw.RecordError) as error:
            call(*command)
        assert str(error.value) == (
            f"{run}/weights.safetensors is not what was written. "
            "The command that made the run makes it again."
        )


def test_a_bad_picture_does_not_keep_the_others_from_being_seen(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [tmp_path / name for name in ("one.png", "words.png", "nowhere.png", "two.png")]
    for picture in (pictures[0], pictures[3]):
        Image.fromarray(np.eye(9, dtype=np.uint8) * 255).save(picture)
    pictures[1].write_text("no picture")
    assert call("predict", str(run), *map(str, pictures)) == 2
    printed = capsys.readouterr()
    assert [line.rpartition(": ")[0] for line in printed.out.splitlines()] == [
        str(pictures[0]),
        str(pictures[3]),
    ]
    *told, last = [line.partition(" is no")[0] for line in printed.err.splitlines()]
    assert told == [f"plainweave: {pictures[1]}", f"plainweave: {pictures[2]}"]
    assert last == "plainweave: 2 of 4 files can't be predicted."
    assert not call("predict", str(run), str(pictures[0]))


def test_probabilities_that_are_no_numbers_are_not_shown(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = pw.load(run / "weights.safetensors")
    Image.fromarray(np.eye(9, dtype=np.uint8) * 255).save(tmp_path / "x.png")
    weights = tmp_path / "model"
    pw.save(weights, model)
    content = weights.read_bytes()
    scale = json.dumps(model.full_scale).encode()
    assert content.count(b'full_scale\\": ' + scale) == 1
    weights.write_bytes(
        content.replace(b'full_scale\\": ' + scale, b'full_scale\\": 1e308'[: 14 + len(scale)])
    )
    try:
        code = call("predict", str(weights), str(tmp_path / "x.png"))
    except pw.PlainweaveError:
        code = 2  # the file itself is refused
    assert code == 2
    assert "nan" not in capsys.readouterr().out


def test_compare_counts_one_seed_as_one(
    tmp_path: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    for position, name in enumerate("ab"):
        experiment = pw.Experiment(id=name, hidden=(3 + position,), epochs=1)
        write_run(run_folder(tmp_path, name, 0), *pw.run_experiment(experiment, digits, 0, position=position))
    call("compare", str(tmp_path), "a", "b")
    assert capsys.readouterr().out.splitlines()[0].endswith(" points, over 1 seed of each")
