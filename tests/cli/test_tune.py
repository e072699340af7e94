"""`tune`, before its search begins: it needs no Optuna."""

from pathlib import Path

import pytest

import plainweave as pw
from command_line import call


def test_it_says_that_the_engine_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise pw.RecordError("the search begins")

    monkeypatch.setattr("plainweave.cli.tune.search_and_prove", stopped)
    monkeypatch.setattr("plainweave.cli.options.kernels", list)
    (tmp_path / "space.toml").write_text("[defaults]\nhidden = {choices = [[20], [10]]}\n")
    with pytest.raises(pw.RecordError, match="the search begins"):
        call("tune", tmp_path / "space.toml", "--jobs", 1)
    assert capsys.readouterr().err == (
        "plainweave: training runs on NumPy: the compiled engine was not built, as plainweave info tells.\n"
    )
