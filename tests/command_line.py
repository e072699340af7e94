"""The command line in tests: as people use it, a process, or called from within this one."""

import os
import subprocess
import sys
from pathlib import Path

from plainweave.__main__ import PAPER
from plainweave.cli import COMMANDS, command_group

TABLE = {**COMMANDS, **PAPER}
COMMAND = [sys.executable, "-m", "plainweave"]


def plainweave(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, in a terminal of 120 columns."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120"},
        timeout=120,
    )


def succeeds(*arguments: object, cwd: Path | None = None) -> str:
    """Run a command that ends well, and return what it prints."""
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: object, cwd: Path | None = None, code: int = 2) -> str:
    """Run a command that is refused in one line, and return the line."""
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("plainweave: ")
    return lines[0].removeprefix("plainweave: ")


def call(*arguments: object) -> object:
    """Call a command in this process, and return its exit code, if it has one; errors come as they are."""
    return command_group(TABLE)(list(map(str, arguments)), standalone_mode=False)
