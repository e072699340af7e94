"""What the README shows works as shown."""

import re
from ast import literal_eval
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from command_line import succeeds
from plainweave.__main__ import PAPER
from plainweave.cli import COMMANDS
from plainweave.evidence import read_claims

README = Path(__file__).parents[2] / "README.md"
TRAINING = README.parent / "docs" / "training.md"
TABLES = README.parent / "docs" / "tables.md"
BIG_DATA = README.parent / "docs" / "big-data.md"
SCIKIT_LEARN = README.parent / "docs" / "scikit-learn.md"


def blocks(language: str, page: Path = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def assert_nearly_as_printed(shown: str, printed: str) -> None:
    """Assert that the words are those that are printed, and that no number is off by a tenth.

    Another processor may round otherwise, which training multiplies.
    """
    number = r"\d+(?:\.\d*)?"
    words = ("".join(re.sub(number, "#", text).split()) for text in (shown, printed))
    assert next(words) == next(words)
    numbers = ([float(one) for one in re.findall(number, text)] for text in (shown, printed))
    assert next(numbers) == pytest.approx(next(numbers), rel=0.1)


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec("\n".join(blocks("python")), {})
    printed = capsys.readouterr().out
    assert "FAILED" not in printed
    accuracy = re.search(r"test accuracy ([\d.]+) %", printed)
    assert accuracy
    assert float(accuracy[1]) > 85


def test_the_python_of_the_page_on_training_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for family in (pw.Layer, pw.Loss, pw.Schedule):  # which forget the page's own parts
        monkeypatch.setattr(family, "registry", dict(family.registry))
    exec("\n".join(blocks("python", TRAINING)), {"__name__": "training"})
    r2, *_, passed = capsys.readouterr().out.splitlines()
    assert float(r2) > 0.3
    assert passed == "True"


def test_the_python_of_the_page_on_big_data_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    exec("\n".join(blocks("python", BIG_DATA)), {})
    arrays, table = capsys.readouterr().out.splitlines()
    assert float(arrays.split()[0]) > 95
    assert [float(number) for number in table.strip("[]").split()] == pytest.approx([8, 30], abs=2)


def test_the_training_of_the_page_on_tables_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    *_, training = blocks("python", TABLES)
    exec(training, {"__name__": "tables"})
    is_good, price = capsys.readouterr().out.splitlines()
    assert (is_good, price) == ("True", "[300000.]")


def test_the_texts_of_the_page_on_training_are_read() -> None:
    losses, schedules = (
        re.findall(r"`\"([^\"`]+)\"`", text)
        for text in re.findall(
            r"^\| `(?:loss|schedule)=`.*?\n\n", TRAINING.read_text(), re.DOTALL | re.MULTILINE
        )
    )
    assert {pw.Loss.named(text).name for text in losses} == pw.Loss.registry.keys() & {
        "softmax",
        "sigmoid",
        "squared-error",
        "absolute-error",
        "huber",
        "quantile",
        "poisson",
    }
    named = {pw.Schedule.named(text).name for text in schedules}
    assert named == {"step", "exponential", "inverse-scaling", "cosine", "cosine-restarts", "on-plateau"}


def test_the_python_of_the_page_on_scikit_learn_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks("python", SCIKIT_LEARN))
    exec(code, {})
    shown = re.findall(r"^# (.+)", code, re.MULTILINE)
    printed = capsys.readouterr().out
    assert_nearly_as_printed("\n".join(shown), printed)
    assert float(printed.split()[0]) > 0.95
    evaluate, _ = blocks("sh", SCIKIT_LEARN)[-1].splitlines()
    assert "Test loss" in succeeds(*evaluate.split()[1:])


@pytest.mark.parametrize("estimator", [pw.MLPClassifier, pw.MLPRegressor])
def test_the_page_on_scikit_learn_has_every_parameter_attribute_and_method(
    estimator: type[pw.MLPClassifier] | type[pw.MLPRegressor],
) -> None:
    page = SCIKIT_LEARN.read_text(encoding="utf-8")
    parameters = signature(estimator).parameters
    rows = re.findall(r"^\| (`[^|]*) \| (`[^|]*) \| (?:same|more|new) \|", page, re.MULTILINE)
    for names, defaults in rows:
        for name, default in zip(names.split(", "), defaults.split(", "), strict=True):
            if name.strip("`") in parameters:
                assert literal_eval(default.strip("`")) == parameters[name.strip("`")].default, name
    tables = {
        title: set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE))))
        for title, text in re.findall(r"^## Every (\w+)\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    }
    assert tables["parameter"] >= set(estimator().get_params())
    inputs = np.arange(80.0).reshape(40, 2)
    fitted = estimator(early_stopping=True, tol=1e9, n_iter_no_change=1).fit(inputs, np.arange(40) % 2)
    left = {name for name in vars(fitted) if name.endswith("_") and not name.startswith("_")}
    assert tables["attribute"] >= left - set(fitted.get_params())
    methods = {
        name for name in dir(estimator) if not name.startswith("_") and callable(getattr(estimator, name))
    }
    assert tables["method"] >= methods


def test_the_toml_of_the_readme_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(blocks("toml")[0])
    experiments = pw.read_experiments(tmp_path / "mine.toml")
    assert [experiment.id for experiment in experiments] == ["wide", "deep"]
    (claim,) = read_claims(tmp_path / "mine.toml", experiments)
    assert claim.statement == "Wide is better than deep."
    for number, block in enumerate(blocks("toml")):
        (tmp_path / f"{number}.toml").write_text(block)
        assert pw.read_experiments(tmp_path / f"{number}.toml")


def test_every_command_of_the_readme_is_one() -> None:
    names = COMMANDS.keys() | PAPER.keys()
    command = r"plainweave ([a-z][a-z0-9-]*)"
    shown = set(re.findall(command, "\n".join(blocks("sh"))))
    assert shown <= names
    assert names <= set(re.findall(f"`{command}", README.read_text(encoding="utf-8")))
