"""The table of commands: what it says of them is so, and they are imported when they are called."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from plainweave.__main__ import PAPER
from plainweave.cli import COMMANDS

TABLE = {**COMMANDS, **PAPER}


@pytest.mark.parametrize("name", TABLE)
def test_the_help_in_the_table_is_the_commands_own(name: str) -> None:
    module, attribute, line = TABLE[name]
    command = getattr(import_module(module), attribute)
    help_text = command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)
    assert line == help_text.splitlines()[0]


def test_help_imports_neither_numpy_nor_a_command() -> None:
    code = (
        "import sys; from plainweave.__main__ import main; sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "finally: print(sorted({'numpy', 'matplotlib', 'scipy', 'plainweave.cli.info'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
