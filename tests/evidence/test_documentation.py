"""What docs/evidence.md shows works as shown."""

import re
from pathlib import Path

import pytest

from made_up import made_up
from plainweave.evidence import read_claims
from plainweave.experiments import Experiment

TEXT = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
EXPERIMENTS = (Experiment(id="wide"), Experiment(id="deep"))


def block(language: str) -> str:
    (content,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(content)


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    records = [made_up(experiment, seed, 87.0) for experiment in EXPERIMENTS for seed in range(3)]
    exec(block("python"), {"records": records})
    assert capsys.readouterr().out.startswith("undecided Estimate(0, no interval, n = 3)")


def test_the_toml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[experiment]]\nid = "wide"\n[[experiment]]\nid = "deep"\n' + block("toml"))
    (claim,) = read_claims(path, EXPERIMENTS)
    assert claim.statement == "Wide is better than deep."
