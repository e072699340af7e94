"""Commands in processes of their own, which tests interrupt, kill and wait for."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from command_line import COMMAND

Process = subprocess.Popen[str]
_STARTED: list[Process] = []


def started(*arguments: object, main: list[str] = COMMAND, **settings: Any) -> Process:
    """Start a command in a session of its own, which ends with the test at the latest."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    process: Process = subprocess.Popen(
        [*main, *map(str, arguments)], text=True, start_new_session=True, **pipes
    )
    _STARTED.append(process)
    return process


def end_started() -> None:
    """Kill what a test left behind, its workers too."""
    while _STARTED:
        process = _STARTED.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def wait_for(condition: Callable[[], object], process: Process) -> None:
    """Wait for something that comes while a process runs."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(each) for each in text.split()]


def workers(process: int) -> list[int]:
    """Return the children that a process has spawned to share its work."""
    found = []
    for child in children(process):
        with suppress(FileNotFoundError, ProcessLookupError):  # ended before the file was opened, or since
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def all_end(processes: list[int]) -> None:
    """Wait until processes have ended, five seconds at most."""
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{each}").exists() for each in processes):
        assert time.monotonic() < deadline
        time.sleep(0.05)
