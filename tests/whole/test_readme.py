"""What the README and some pages show works as shown; the site runs the code of the others."""

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
COMMAND_LINE = README.parent / "docs" / "command-line.md"
REPRODUCING = README.parent / "docs" / "reproducing.md"
PICTURES = README.parent / "docs" / "pictures.md"
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
    score, accuracy = map(float, capsys.readouterr().out.split())
    assert score > 0.95
    assert accuracy > 95


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


def test_the_toml_of_the_page_on_the_command_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(blocks("toml", COMMAND_LINE)[0])
    experiments = pw.read_experiments(tmp_path / "mine.toml")
    assert [experiment.id for experiment in experiments] == ["wide", "deep"]
    (claim,) = read_claims(tmp_path / "mine.toml", experiments)
    assert claim.statement == "Wide is better than deep."
    for number, block in enumerate(blocks("toml", COMMAND_LINE)):
        (tmp_path / f"{number}.toml").write_text(block)
        assert pw.read_experiments(tmp_path / f"{number}.toml")


def test_every_command_is_on_a_page_and_no_other() -> None:
    names = COMMANDS.keys() | PAPER.keys()
    command = r"plainweave ([a-z][a-z0-9-]*)"
    pages = (README, *(README.parent / "docs").rglob("*.md"))
    code = (
        block
        for page in pages
        for language in ("sh", "\\{code-cell\\} ipython3")
        for block in blocks(language, page)
    )
    assert set(re.findall(rf"^{command}", "\n".join(code), re.MULTILINE)) <= names
    text = "".join(page.read_text(encoding="utf-8") for page in (COMMAND_LINE, REPRODUCING))
    assert names <= set(re.findall(f"`{command}", text))


def test_the_files_of_the_page_on_tables_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polars = pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    rows = range(40)
    frame = polars.DataFrame(
        {
            "size": [row * 0.7 for row in rows],
            "day": [f"2026-01-{1 + row % 28:02}" for row in rows],
            "patient": [f"p{row // 4}" for row in rows],
            "price": [row * 1.5 for row in rows],
            "cost": [row * 2.5 for row in rows],
            "churn": ["yes", "no"] * 20,
        }
    )
    for name in ("diamonds.csv", "visits.csv"):
        frame.write_csv(name)
    for name in ("churn.parquet", "later.parquet"):
        frame.write_parquet(name)
    _, loading, _ = blocks("python", TABLES)
    names: dict[str, object] = {"frame": frame}
    exec(loading, names)
    assert isinstance(names["dataset"], pw.Dataset)


def test_the_loading_of_the_page_on_pictures_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = pytest.importorskip("PIL.Image")
    monkeypatch.chdir(tmp_path)
    for kind in ("cat", "dog"):
        (tmp_path / "animals" / kind).mkdir(parents=True)
        for number in range(10):
            image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) + number).save(
                f"animals/{kind}/{number}.png"
            )
    (loading,) = blocks("python", PICTURES)
    names: dict[str, object] = {"pw": pw}
    exec(loading, names)
    dataset = names["dataset"]
    assert isinstance(dataset, pw.Dataset)
    assert (dataset.image_shape, dataset.channels) == ((48, 64), 1)
