"""The table of commands: what it says of them is so, and they are imported when they are called."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from command_line import TABLE, call, plainweave, succeeds
from plainweave.cli import COMMANDS
from plainweave.cli.commands import load_command


@pytest.mark.parametrize("name", TABLE)
def test_the_help_in_the_table_is_the_commands_own(name: str) -> None:
    module, attribute, line = TABLE[name]
    command = getattr(import_module(module), attribute)
    help_text = command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)
    assert line == str(help_text).splitlines()[0]


def test_help_imports_neither_numpy_nor_a_command() -> None:
    code = (
        "import sys; from plainweave.__main__ import main; sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "finally: print(sorted({'numpy', 'matplotlib', 'scipy', 'plainweave.cli.info'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_is_for_newcomers() -> None:
    printed = succeeds()
    assert printed == succeeds("--help") == succeeds("-h")
    for command in TABLE:
        assert command in printed
    assert succeeds("--version").startswith("plainweave ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str) -> None:
    printed = succeeds(name, "--help")
    assert f"Usage: plainweave {name}" in printed
    assert " ".join(COMMANDS[name][2].split()[:5]) in printed
    assert succeeds(name, "-h") == printed


@pytest.mark.parametrize("columns", ["46", "70", "80"])
def test_help_cuts_no_option_and_breaks_lines_at_the_edge_alone(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for name in ("train", "reproduce", "predict"):
        call(name, "--help")
        printed = capsys.readouterr().out
        for option in load_command(name, TABLE).params:
            for flag in option.opts:
                assert flag in printed or not flag.startswith("-")
        assert "…" not in printed
    call("reproduce", "--help")
    assert "The exit code is 1 if a\n" not in capsys.readouterr().out


def test_a_command_that_is_none_is_corrected() -> None:
    done = plainweave("rum")
    assert done.returncode == 2
    assert done.stderr == "plainweave: No such command 'rum'. Did you mean 'run'?\n"
