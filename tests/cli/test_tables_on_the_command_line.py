"""`train`, `run`, `evaluate`, `predict` and `data show` on tables."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import plainweave as pw
from command_line import call
from plainweave.data import TableFile

pytest.importorskip("polars")

ROWS = 120
FAST = ("--hidden", 4, "--epochs", 3, "--batch-size", 8)


def written(path: Path, rows: int = ROWS) -> Path:
    """Write a table of which `kind` is a class, `price` a number, and `id` nothing."""
    stream = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "size", "code", "colour", "price", "kind"])
        for row in range(rows):
            size, code = stream.normal(), int(stream.integers(3))
            colour = ("red", "green", "=blue")[row % 3]
            kind = "big" if size + code > 1 else "small"
            table.writerow([row, f"{size:.3f}", code, colour, f"{10 * size + code:.3f}", kind])
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return written(tmp_path / "things.csv")


@pytest.fixture
def run(tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    options = ("--ignore", "id", "--ignore", "price", "--categories", "code")
    assert not call("train", table, "--target", "kind", *options, *FAST, "--out", tmp_path / "run")
    assert capsys.readouterr().out.endswith(f"Try it: plainweave evaluate {tmp_path}/run\n")
    return tmp_path / "run"


def test_a_run_is_tested_on_its_own_rows_or_on_all_of_another_table(
    run: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--ignore", "id", "--ignore", "price", "--categories", "code")
    call("evaluate", run, "--data", table, *options)
    printed = capsys.readouterr()
    source = TableFile(table, "kind", ignore=("id", "price"), categories=("code",))
    score = pw.load(run).evaluate(source.load().test)
    labels, model = source.load().test.labels, pw.load(run)
    area = roc_auc_score(labels, model.probabilities(source.load().test.inputs)[:, 1])
    assert printed.out.endswith(f"Test loss: {score.loss:.4f}\nTest ROC AUC: {area:.6g}\n")
    assert printed.err == ""
    new = written(tmp_path / "new.csv", rows=5)
    call("evaluate", run, "--data", new)
    assert capsys.readouterr().err == (
        f"plainweave: All 5 rows of {new} are tested on. Whether {run} was trained on some of them is not "
        "known.\n"
    )
    (run / "data.json").unlink()
    with pytest.raises(pw.DataError) as error:
        call("evaluate", run)
    assert str(error.value) == (
        f"{run} was trained on your table 'things'. Give that file, or another, with --data."
    )


def test_rows_that_may_be_those_of_the_training_are_not_tested_on(
    run: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--ignore", "id", "--ignore", "price", "--categories", "code")
    call("evaluate", run, "--data", table, *options)
    told = capsys.readouterr()
    assert told.err == ""
    for data in ([], ["--data", table]):  # what was said in training is in data.json
        call("evaluate", run, *data)
        assert capsys.readouterr() == told
    (run / "data.json").unlink()  # what was no input then is none now
    call("evaluate", run, "--data", table)
    assert capsys.readouterr() == told
    for parted in (("--by", "time:id"), ("--test-data", 0.3)):
        again = run.parent / "again"
        call("train", table, "--target", "kind", "--ignore", "price", *parted, *FAST, "--out", again)
        capsys.readouterr()
        call("evaluate", again)
        assert capsys.readouterr().err == ""
        (again / "data.json").unlink()
        with pytest.raises(pw.DataError) as error:
            call("evaluate", again, "--data", table)
        assert str(error.value) == (
            f"{table} may be the table that {again} was trained on, but is not parted as it was then: the "
            "rows of the training tell nothing. Give the options of its training; or another file, under "
            "another name."
        )
        shutil.rmtree(again)


def test_the_weights_of_a_run_are_tested_as_the_run(
    run: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for data in ([], ["--data", table]):
        call("evaluate", run, *data)
        told = capsys.readouterr()
        call("evaluate", run / "weights.safetensors", *data)
        assert capsys.readouterr() == told
    alone = tmp_path / "model.safetensors"
    shutil.copy(run / "weights.safetensors", alone)
    with pytest.raises(pw.DataError, match="was trained on a table of yours"):
        call("evaluate", alone)
    call("evaluate", alone, "--data", table)
    assert f"Whether {alone} was trained on some of them is not known." in capsys.readouterr().err


def test_a_table_of_as_many_rows_is_tested_on(
    run: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *lines, _ = table.read_text().splitlines()
    (tmp_path / "new.csv").write_text("\n".join([*lines, lines[1], ""]))
    call("evaluate", run, "--data", tmp_path / "new.csv")
    assert "is not known" in capsys.readouterr().err


def test_a_target_that_is_an_input_is_refused(run: Path, table: Path) -> None:
    column = pw.load(run).preparation.columns[0].name  # type: ignore[union-attr]
    with pytest.raises(pw.ConfigurationError) as error:
        call("evaluate", run, "--data", table, "--target", column)
    assert str(error.value) == (
        f"the target {column!r} is a column that {run} predicts from; expected the one that it predicts, "
        "'kind'."
    )


@pytest.mark.parametrize(("first", "then"), [("{}", "{}.0"), ("{}.0", "{}"), ("{}", "+{}e0")])
def test_classes_are_numbers_however_they_are_written(tmp_path: Path, first: str, then: str) -> None:
    for name, form in (("one", first), ("other", then)):
        rows = (f"{row * 37 % 101}.5,{form.format(row % 2)}" for row in range(60))
        (tmp_path / f"{name}.csv").write_text("\n".join(["x,y", *rows, ""]))
    call("train", tmp_path / "one.csv", "--target", "y", *FAST, "--out", tmp_path / "run")
    assert not call("evaluate", tmp_path / "run", "--data", tmp_path / "other.csv")


def test_truth_values_are_classes_in_capitals_or_not(tmp_path: Path) -> None:
    for name, classes in (("one", ("False", "True")), ("other", ("FALSE", "true"))):
        rows = (f"{row * 37 % 101}.5,{classes[row % 2]}" for row in range(60))
        (tmp_path / f"{name}.csv").write_text("\n".join(["x,y", *rows, ""]))
    call("train", tmp_path / "one.csv", "--target", "y", *FAST, "--out", tmp_path / "run")
    assert not call("evaluate", tmp_path / "run", "--data", tmp_path / "other.csv")


def test_a_run_of_a_study_is_tested_on_its_data(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table.with_suffix(".toml")
    file.write_text(
        f'data = "{table.name}"\ntarget = "price"\nby = "time:id"\n[[experiment]]\nid = "a"\nepochs = 1\n'
    )
    monkeypatch.chdir(tmp_path)
    call("run", file.name, "--out", "study", "--jobs", 1)
    capsys.readouterr()
    monkeypatch.chdir("/")
    call("evaluate", tmp_path / "study" / "runs" / "a" / "seed-0")
    r2 = pw.load(tmp_path / "study" / "runs" / "a" / "seed-0" / "weights.safetensors").evaluate(
        TableFile(table, "price", by="time:id").load().test
    )["r2"]
    assert capsys.readouterr().out.startswith(f"Test r2: {r2:.4f}\n")


def test_predictions_stand_behind_the_columns(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = written(tmp_path / "new.csv", rows=4)
    call("predict", run, new, "--top", 2)
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    added = ["predicted_kind", "predicted_kind_probability"]
    added += ["predicted_kind_2", "predicted_kind_2_probability"]
    assert list(lines[0]) == ["id", "size", "code", "colour", "price", "kind", *added]
    assert [line["colour"] for line in lines] == ["red", "green", "'=blue", "red"]
    call("predict", run, new, "--json", "--out", tmp_path / "new.json")
    assert capsys.readouterr().out == ""
    rows = json.loads((tmp_path / "new.json").read_text())
    assert [row["colour"] for row in rows] == ["red", "green", "=blue", "red"]
    assert [row["predicted_kind"] for row in rows] == [line["predicted_kind"] for line in lines]
    given = pw.load(run).probabilities(
        {
            "size": [row["size"] for row in rows],
            "code": [str(row["code"]) for row in rows],
            "colour": [row["colour"] for row in rows],
        }
    )
    probabilities = [row["predicted_kind_probability"] for row in rows]
    np.testing.assert_allclose(probabilities, given.max(axis=1), rtol=1e-6)


def test_a_bad_table_does_not_keep_the_others_from_being_predicted(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, nowhere = written(tmp_path / "good.csv", rows=2), tmp_path / "nowhere.csv"
    other = tmp_path / "other.csv"
    other.write_text("size,code,colour\n1,0,red\n")
    assert call("predict", run, good, nowhere, other, good) == 2
    printed = capsys.readouterr()
    assert [line.split(",")[0] for line in printed.out.splitlines()] == ["file", *[str(good)] * 4]
    assert printed.err.splitlines() == [
        f"plainweave: {nowhere} is not there. Give a CSV, Parquet or Feather file.",
        f"plainweave: {other} has other columns than the first table; expected id, size, code, colour, "
        "price, kind, in this order. Predict it alone.",
        "plainweave: 2 of 4 files can't be predicted.",
    ]


def test_numbers_are_learned_by_squared_error(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call("train", table, "--target", "price", "--test-data", "0.3", *FAST, "--out", tmp_path / "run")
    experiment = json.loads((tmp_path / "run" / "record.json").read_text())["experiment"]
    assert (experiment["loss"], experiment["learning_rate"]) == ("squared-error", 0.01)
    capsys.readouterr()
    call("predict", tmp_path / "run", table)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "id,size,code,colour,price,kind,predicted_price"
    assert len(lines) == ROWS + 1
    call("evaluate", tmp_path / "run", "--data", table, "--test-data", "0.3")
    r2, _, loss, error = capsys.readouterr().out.splitlines()
    assert r2.startswith("Test r2: ")
    assert loss.startswith("Test loss, squared-error of standardized targets: ")
    test = TableFile(table, "price", test=0.3).load().test
    errors = pw.load(tmp_path / "run").predict(test.inputs) - test.targets
    assert error == f"Test root mean squared error: {np.sqrt(np.square(errors).mean()):.6g}"


def test_quantiles_have_a_column_each(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--loss", "quantile:0.1,0.9", "--learning-rate", 0.01)
    call("train", table, "--target", "price", *options, *FAST, "--out", tmp_path / "run")
    capsys.readouterr()
    call("predict", tmp_path / "run", table)
    assert capsys.readouterr().out.startswith(
        "id,size,code,colour,price,kind,predicted_price_q0.1,predicted_price_q0.9\n"
    )


def test_what_a_table_holds_is_shown(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("data", "show", table, "--target", "kind", "--ignore", "id")
    printed = capsys.readouterr().out
    assert printed.startswith("things: 96 training and 24 test examples of 4 columns\n")
    assert "In the training part:\n" in printed
    assert "one-hot: 3 features" in printed
    assert "Classes, by kind:" in printed
    call("data", "show", "--data", table, "--target", "price")
    printed = capsys.readouterr().out
    assert "largest" in printed
    assert "each with the number 'price' as target\n" in printed


def test_a_table_is_shown_before_its_target_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("id,size,kind,same\n1,0.5,a,x\n2,,b,x\n3,2,b,x\n4,4,c,x\n")
    call("data", "show", path, "--ignore", "id")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        f"{path}: 4 rows of 3 columns. --target COLUMN says what to predict.",
        "column\tholds\tbecomes\tmissing",
        "size\t0.5 to 4, median 2\tstandardized; 1 where missing\t1 (25.0 %)",
        "kind\tb 50 %, a 25 %, 1 more\tone-hot: 3 features",
        "same\tx 100 %\tleft out, as constant",
    ]
    with pytest.raises(pw.DataError) as error:
        call("data", "show", path, "--ignore", "idd")
    assert str(error.value) == (
        f"{path} has no column 'idd'; expected one of 'id', 'size', 'kind', 'same'. Did you mean 'id'?"
    )


def test_a_missing_target_says_which_columns_there_are(table: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("train", table)
    assert str(error.value) == (
        f"target is missing; expected a column of {table} to predict: 'id', 'size', 'code', 'colour', "
        "'price', 'kind'."
    )


def test_data_are_given_once(table: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("train", table, "--data", "digits")
    assert str(error.value) == (
        f"the data are '{table}' and, with --data, 'digits'; expected one of the two."
    )
