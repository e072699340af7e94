"""What the README shows works as shown."""

import re
from pathlib import Path

import pytest

import plainweave as pw
from plainweave.__main__ import PAPER
from plainweave.cli import COMMANDS
from plainweave.evidence import read_claims

README = Path(__file__).parents[2] / "README.md"
TRAINING = README.parent / "docs" / "training.md"


def blocks(language: str, page: Path = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


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
