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
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120"},
        timeout=120,
    )
    done.stderr = without_steps(done.stderr)
    return done


def succeeds(*arguments: object, cwd: Path | None = None) -> str:
    """Run a command that ends well, and return what it prints."""
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: object, cwd: Path | None = None, code: int = 2) -> str:
    """Run a command that is refused in one line, and return the line."""
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("plainweave: ")
    return lines[0].removeprefix("plainweave: ")


def without_steps(errors: str) -> str:
    """Return standard error without the lines that say what a slow machine is at."""
    return "".join(line for line in errors.splitlines(keepends=True) if not line.startswith("... "))


def call(*arguments: object) -> int:
    """Call a command in this process, and return its exit code; its errors come as they are."""
    words = list(map(str, arguments))
    return command_group(TABLE)(words, prog_name="plainweave", standalone_mode=False) or 0
