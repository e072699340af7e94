"""`plainweave check`: which loss and which engine it checks, and that it says so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import plainweave as pw
from command_line import call, succeeds, without_steps


def test_check_prints_a_table_or_json() -> None:
    printed = succeeds("check", "--data", "digits")
    assert printed.startswith("Every gradient: relative error by norm at most 1e-07\n")
    assert "NO" not in printed
    evidence = json.loads(succeeds("check", "--data", "digits", "--json"))
    assert evidence["passed"] is True
    assert sum(tensor["checked"] + tensor["kinks"] for tensor in evidence["whole_network"][0]["tensors"]) == (
        64 * 50 + 50 + 50 * 50 + 50 + 50 * 10 + 10
    )


def test_check_ends_with_1_if_a_gradient_is_wrong(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"  # a file, for its processes to run it too
    planted.write_text(
        "from plainweave.network import Tanh\n"
        "from plainweave.cli import main\n"
        "Tanh.derivative = lambda self, x, y: 1 - y\n"
        "if __name__ == '__main__': main()\n"
    )
    done = subprocess.run(
        [sys.executable, planted, "check", "--data", "digits"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "NO" in done.stdout
    assert without_steps(done.stderr) == ""


def test_another_loss_and_engine_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "--data", "digits", "--loss", "huber:0.5", "--engine", "auto") == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "Every gradient of huber:0.5 (engine auto): relative error by norm at most 1e-07"
    )


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--loss", "hubber", "loss is 'hubber'; expected one of absolute-error, huber, poisson, quantile, "
         "sigmoid, softmax, squared-error. Did you mean 'huber'?"),
        ("--engine", "fast", "engine is 'fast'; expected one of auto, compiled, numpy."),
    ],
)  # fmt: skip
def test_what_is_unknown_is_refused(option: str, value: str, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("check", "--data", "digits", option, value)
    assert str(error.value) == message
