"""`plainweave` and `python -m plainweave`: the library's commands, and those of the paper.

What this imports is small, so that a stop is heard almost from the first moment: the command line itself
takes a tenth of a second to import.
"""

import os
import signal
import time
from types import FrameType

PAPER = {  # as `plainweave.cli.COMMANDS`
    "reproduce": (
        "plainweave.paper.commands.reproduce",
        "reproduce",
        "Train the report's thirteen networks, check the gradients, and write the page.",
    ),
    "audit": (
        "plainweave.paper.commands.audit",
        "audit",
        "Train the report's networks under every reading of what it leaves unsaid, and rank the readings.",
    ),
    "table-1": (
        "plainweave.paper.commands.table_1",
        "table_1",
        "Check the seven gradients of the report's Table 1, with its long step.",
    ),
    "page": (  # of any folder of runs; in that of a reproduction it has the sections on the report
        "plainweave.paper.commands.page",
        "page",
        "Draw the figures and the page again from the records alone; nothing is trained.",
    ),
}


def main() -> None:
    """Import the command line and run it."""
    began = time.monotonic()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    from plainweave.cli import COMMANDS, main

    main({**COMMANDS, **PAPER}, began)


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once: nothing has begun, and an exception might be lost in what is being imported."""
    os.write(2, b"plainweave: stopped. What was finished is kept: run it again to go on.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
