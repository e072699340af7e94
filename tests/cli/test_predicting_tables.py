"""`predict` on tables: what is written comes back, what was not learned is said, seeds predict together."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from command_line import call
from plainweave.cli.rows import deliver
from plainweave.evidence.statistics import estimate
from plainweave.experiments import run_folder, write_run
from tables import houses

pytest.importorskip("polars")

NUMBERS = pw.Experiment(id="numbers", hidden=(4,), epochs=2, optimizer="adam", loss="squared-error")
CLASSES = pw.Experiment(id="classes", hidden=(4,), epochs=2)


def study(out: Path, experiment: pw.Experiment, dataset: pw.Dataset, seeds: int = 3) -> Path:
    """Write the runs of an experiment, and return their folder."""
    for seed in range(seeds):
        write_run(run_folder(out, experiment.id, seed), *pw.run_experiment(experiment, dataset, seed))
    return out / "runs" / experiment.id


def written(path: Path, table: pw.Table, **further: list[str]) -> Path:
    """Write a table's columns as CSV, with further ones in front."""
    values = {
        column.name: [
            "" if missing else (column.levels[int(value)] if column.levels else repr(float(value)))
            for value, missing in zip(column.values, column.missing, strict=True)
        ]
        for column in table.columns
    }
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [[*further, *values], *zip(*further.values(), *values.values(), strict=True)]
        )
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def predicted_together(
    out: Path,
    experiment: pw.Experiment,
    dataset: pw.Dataset,
    test: pw.Examples,
    capsys: pytest.CaptureFixture[str],
) -> tuple[list[pw.Model], Path, list[dict[str, str]]]:
    """Let three seeds predict a table together; return their models, the table and the rows told."""
    folder = study(out, experiment, dataset)
    table = written(out / "new.csv", test.table)  # type: ignore[arg-type]
    call("predict", folder, table)
    rows = rows_of(capsys.readouterr().out)
    return [pw.load(folder / f"seed-{seed}" / "weights.safetensors") for seed in range(3)], table, rows


def test_columns_come_back_as_they_were(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = houses()
    run = study(tmp_path, NUMBERS, dataset, seeds=1) / "seed-0"
    own = {
        "id": ["9007199254740993", "9007199254740995"],
        "code": ["007", "010"],
        "price": ["1.50", "-2.00"],
        "said": ["two\nlines", "NA"],
    }
    table = written(tmp_path / "new.csv", dataset.test.table[:2], **own)  # type: ignore[index]
    call("predict", run, table)
    rows = rows_of(capsys.readouterr().out)
    given = rows_of(table.read_text())
    assert [{name: row[name] for name in given[0]} for row in rows] == given
    call("predict", run, table, "--out", tmp_path / "out.csv")
    assert rows_of((tmp_path / "out.csv").read_text()) == rows
    call("predict", run, table, "--json")
    assert [(row["id"], row["code"], row["price"]) for row in json.loads(capsys.readouterr().out)] == [
        ("9007199254740993", 7, 1.5),
        ("9007199254740995", 10, -2),
    ]


def test_what_training_lacked_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = {"size": [1.0, 2, 2, 5] * 10, "kind": ["a", "b", "c", "d"] * 10}
    examples = pw.Examples(inputs, np.arange(40.0))
    run = study(tmp_path, NUMBERS, pw.Dataset("things", examples, examples), seeds=1) / "seed-0"
    new = tmp_path / "new.csv"
    new.write_text("kind,size\nx,1\na,\ny,\nx,2\n")
    assert call("predict", run, new) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"plainweave: {new}: 'size' is missing in 2 rows, and was in none in training: the median, 2, "
        "stands for it.",
        f"plainweave: {new}: 'kind' has values that training lacked, as 'x', in 3 rows: they count as none.",
    ]


def test_seeds_predict_numbers_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = houses().test[:5]
    models, table, rows = predicted_together(tmp_path, NUMBERS, houses(), test, capsys)
    for row, values in zip(rows, np.stack([model.predict(test.inputs) for model in models], 1), strict=True):
        expected = estimate(values.tolist())
        name = next(name for name in row if name.startswith("predicted"))
        found = [float(row[column]) for column in (name, f"{name}_low", f"{name}_high")]
        assert expected.low is not None
        assert expected.high is not None
        assert found == pytest.approx([expected.mean, expected.low, expected.high], rel=1e-5)
    call("predict", tmp_path, table)  # the only experiment of the study
    assert rows_of(capsys.readouterr().out) == rows


def test_seeds_predict_classes_by_their_mean_probabilities(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = houses(classes=True)
    test = dataset.test[:8]
    models, _, rows = predicted_together(tmp_path, CLASSES, dataset, test, capsys)
    means = np.mean([model.probabilities(test.inputs) for model in models], axis=0)
    predicted, probability = list(rows[0])[-2:]
    assert [row[predicted] for row in rows] == [dataset.class_names[place] for place in means.argmax(axis=1)]
    np.testing.assert_allclose([float(row[probability]) for row in rows], means.max(axis=1), rtol=1e-5)


def test_members_are_of_one_experiment(tmp_path: Path) -> None:
    dataset = houses()
    first = study(tmp_path, NUMBERS, dataset, seeds=2)
    other = replace(NUMBERS, epochs=3)
    write_run(first / "seed-1", *pw.run_experiment(other, dataset, 1))
    with pytest.raises(pw.RecordError) as error:
        call("predict", first, "new.csv")
    assert str(error.value) == (
        f"{first}/seed-1 was trained with other settings or data than {first}/seed-0; expected the same. "
        "Give one of them, or train all again."
    )
    second = study(tmp_path, replace(NUMBERS, id="more"), dataset, seeds=1)
    with pytest.raises(pw.RecordError) as error:
        call("predict", tmp_path, "new.csv")
    assert str(error.value) == f"{tmp_path} holds several experiments: {second}, {first}. Give one of them."


def test_what_is_json_is_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = study(tmp_path, NUMBERS, houses(), seeds=1) / "seed-0"
    assert call("predict", run, tmp_path / "new.json") == 2
    assert capsys.readouterr().err == (
        f"plainweave: {tmp_path}/new.json is JSON; expected a table. Give a CSV, Parquet or Feather file.\n"
    )


def test_a_terminal_is_shown_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Terminal(), "a\n [2J\n"), (io.StringIO(), "a\n\x1b[2J\n")):
        monkeypatch.setattr("sys.stdout", stream)
        deliver([{"a": "\x1b[2J"}], "csv", None)
        assert stream.getvalue() == shown


def test_a_prediction_takes_no_file_s_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = houses()
    run = study(tmp_path, NUMBERS, dataset, seeds=1) / "seed-0"
    table = written(tmp_path / "new.csv", dataset.test.table[:2])  # type: ignore[index]
    for read in (table, run / "weights.safetensors"):
        with pytest.raises(pw.ConfigurationError) as error:
            call("predict", run, table, "--out", read)
        assert str(error.value) == f"--out {read} is a file that is read; expected another."
    kept = tmp_path / "kept.csv"
    kept.write_text("mine")
    assert call("predict", run, tmp_path / "nowhere.csv", "--out", kept) == 2
    assert kept.read_text() == "mine"
    capsys.readouterr()
    call("predict", run, table)
    printed = capsys.readouterr().out
    link = tmp_path / "link.csv"
    link.symlink_to(kept)
    call("predict", run, table, "--out", link)
    assert link.is_symlink()
    assert kept.read_text() == printed
    call("predict", run, table, "--out", tmp_path / "new.json")
    assert len(json.loads((tmp_path / "new.json").read_text())) == 2
    with pytest.raises(pw.ConfigurationError) as error:
        call("predict", run, table, "--out", tmp_path / "new.parquet")
    assert str(error.value) == f"--out is {tmp_path}/new.parquet; expected a file for CSV or JSON."
    with pytest.raises(pw.RecordError) as refused:
        call("predict", run, table, "--out", tmp_path)
    assert str(refused.value) == f"{tmp_path} is a folder; expected a file to write to."


def test_columns_called_as_predictions_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = houses()
    run = study(tmp_path, NUMBERS, dataset, seeds=1) / "seed-0"
    rows = dataset.test.table[:2]  # type: ignore[index]
    again = written(tmp_path / "again.csv", rows, predicted_price=["1", "2"])
    named = written(tmp_path / "named.csv", rows, file=["1", "2"])
    assert call("predict", run, again, named) == 2
    lines = capsys.readouterr().err.splitlines()
    for line, file, name in zip(lines, (again, named), ("predicted_price", "file"), strict=False):
        assert line == (
            f"plainweave: {file} has a column {name!r}, as one that is to stand beside its own; expected "
            "another name. Rename it, or leave it out."
        )


def test_digits_count_from_the_spread_of_the_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.linspace(0, 1, 60)
    examples = pw.Examples({"x": x}, 1.7e9 + 100 * x)
    run = study(tmp_path, NUMBERS, pw.Dataset("times", examples, examples, target_name="time"), seeds=1)
    table = written(tmp_path / "new.csv", examples[:3].table)  # type: ignore[arg-type]
    call("predict", run, table)
    found = [float(row["predicted_time"]) for row in rows_of(capsys.readouterr().out)]
    model = pw.load(run / "seed-0" / "weights.safetensors")
    np.testing.assert_allclose(found, model.predict({"x": x[:3]}), rtol=0, atol=1e-3)
