"""Files of text from strangers, one by one: each is refused in a line, and for next to no memory."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from plainweave.experiments import Store, read_run, run_folder, write_run
from refusals import refused


@pytest.fixture
def out(tmp_path: Path, digits: pw.Dataset) -> Path:
    """An output folder with one run of two epochs."""
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=2)
    write_run(run_folder(tmp_path, "a", 0), *pw.run_experiment(experiment, digits, 0))
    return tmp_path


# Records


def change_record(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = run_folder(out, "a", 0) / "record.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda each: each.update(seed="0"), "seed is '0'; expected a whole number"),
        (lambda each: each.update(seed=10**30), "expected a whole number from 0 to 9223372036854775807"),
        (lambda each: each.update(version=1, validation_rows=[None]), "validation_rows[0] is None; expected"),
        (lambda each: each.update(validation_rows=[0]), "validation_rows is [0]; expected a line of text"),
        (lambda each: each.update(version=5), "it is of version 5; expected 4"),
        (lambda each: each.update(version=0), "it is of version 0; expected 4"),
        (lambda each: each.update(seconds=float("inf")), "seconds is inf; expected a finite number"),
        (lambda each: each.update(seconds=1e300), "seconds is 1e+300; expected a number from 0 to 1e+10"),
        (lambda each: each["test"].update(accuracy=101), "test.accuracy is 101; expected a number from 0"),
        (lambda each: each["test"].update(accuracy="a"), "test.accuracy is 'a'; expected a finite number"),
        (lambda each: each["test"].update(r2=0.5), "test has loss, accuracy, r2; expected loss, accuracy"),
        (lambda each: each["test"].pop("loss"), "test has accuracy; expected loss, accuracy"),
        (lambda each: each.update(test=None), "test is None; expected the scores of a tested experiment"),
        (lambda each: each.update(best_validation={}), "best_validation has nothing; expected loss"),
        (lambda each: each.update(stopped=3), "stopped is 3; expected a line of text"),
        (lambda each: each.update(best_epoch=3), "best_epoch is 3; expected"),
        (lambda each: each["experiment"].update(loss="mine"), "loss is 'mine'; expected one of "),
        (lambda each: each["experiment"].update(loss="poisson"), "expected loss, r2, absolute error"),
        (lambda each: each["experiment"].update(beta1=0.9), "beta1 is 0.9 with optimizer sgd; expected none"),
        (lambda each: each["experiment"].update(schedule="x:" * 999), "expected one of "),
        (lambda each: each["experiment"].update(rate_factors={"a": "b"}), "rate_factors.a is 'b'; expected"),
        (lambda each: each["experiment"].update(class_weight=[3]), "class_weight is [3]; expected"),
        (lambda each: each.update(epochs=3), "its history has 2 epochs; expected 3"),
        (lambda each: each.update(environment={"a": [1]}), "environment.a is [1]; expected a line of text"),
        (lambda each: each.update(environment=3), "environment is 3; expected an object"),
        (lambda each: each["dataset"].update(test_examples=0), "test_examples is 0; expected"),
        (lambda each: each["dataset"].update(name="a\u2028b"), "dataset.name is 'a\\u2028b'; expected a"),
        (lambda each: each["experiment"].update(id="../a"), "id is '../a'; expected at most 200 letters"),
        (lambda each: each["experiment"].update(id="a" * 201), "expected at most 200 letters"),
        (lambda each: each["experiment"].update(epochs=2**64), "epochs is 18446744073709551616;"),
        (lambda each: each["experiment"].update(momentum=1e308), "momentum is 1e+308; expected a number"),
    ],
)  # fmt: skip
def test_a_record_that_makes_no_sense_is_refused(
    out: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    change_record(out, change)
    assert message in refused(lambda: read_run(run_folder(out, "a", 0)))


@pytest.mark.parametrize("change", [{"seed": 1}, {"id": "b"}])
def test_a_run_in_a_folder_of_another_name_is_refused(out: Path, change: dict[str, Any]) -> None:
    change_record(out, lambda each: (each if "seed" in change else each["experiment"]).update(change))
    assert "expected the one that it is named after" in refused(lambda: Store(out).records())


@pytest.mark.parametrize(
    "line",
    [
        *("1,1,1,1", "2,1,1,1,1", "1,1,nan,1,1", "1,1e200,1,1,1", "1,1,101,1,1", "1,x,1,1,1"),
        *('1,"1,1,1,1', f'1,"{"1" * 200_000}",1,1,1'),
    ],
)
def test_a_history_that_is_none_is_refused(out: Path, line: str) -> None:
    path = run_folder(out, "a", 0) / "history.csv"
    header, _, second = path.read_text().splitlines()
    path.write_text(f"{header}\n{line}\n{second}\n")
    change_record(out, lambda each: each.pop("files"))  # a checksum would keep it from being read
    assert "holds no readable run" in refused(lambda: read_run(path.parent))


# TOML


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 1900, "it is nested too deeply"),
        ("a." * 5000 + "a = 1", "has a line of 10005 characters; expected at most 2000"),
        ('[[experiment]]\nid = "a"\nactivation = [[0x' + "f" * 1900 + "]]", "activation is"),
        ("\xff", "can't be read: 'utf-8' codec can't decode"),
    ],
)
def test_toml_that_breaks_parsers_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x").write_text(text, encoding="latin-1")
    assert message in refused(lambda: pw.read_experiments(tmp_path / "x"))


def test_a_number_too_long_to_be_said_is_refused(digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError, match="learning_rate is a int too long to show; expected"):
        pw.Experiment(id="a", learning_rate=1 << 20_000)
    with pytest.raises(pw.ConfigurationError, match="epochs is a int too long to show; expected at most"):
        pw.Experiment(id="a", epochs=1 << 20_000)
