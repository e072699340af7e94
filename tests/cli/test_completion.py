"""Completion in shells: of commands, options and names."""

import pytest

from command_line import TABLE
from plainweave.cli import command_group


def completed(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bash is told that the last word could go on to."""
    monkeypatch.setenv("_PLAINWEAVE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(["plainweave", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    with pytest.raises(SystemExit) as ended:
        command_group(TABLE)(prog_name="plainweave")
    assert ended.value.code == 0
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("tr",), ["train"]),
        (("data", "f"), ["fetch"]),
        (("train", "--act"), ["--activation"]),
        (("train", "--activation", "le"), ["leaky-relu"]),
        (("train", "--data", "d"), ["digits"]),
        (("train", "--standardize", "per"), ["per-pixel", "per-image"]),
        (("run", "--see"), ["--seeds"]),
    ],
)
def test_a_word_is_completed(
    words: tuple[str, ...],
    expected: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert completed(*words, capsys=capsys, monkeypatch=monkeypatch) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_can_be_had(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: shell)
    with pytest.raises(SystemExit) as ended:
        command_group(TABLE)(["--show-completion"], prog_name="plainweave")
    assert ended.value.code == 0
    assert f"_PLAINWEAVE_COMPLETE=complete_{shell}" in capsys.readouterr().out
