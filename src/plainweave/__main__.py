"""`plainweave` and `python -m plainweave`.

What this imports is small, so that a stop is heard almost from the first moment: the command line itself
takes a tenth of a second to import.
"""

import os
import signal
from types import FrameType


def main() -> None:
    """Import the command line and run it."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _leave)
    from plainweave.cli import main

    main()


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once: nothing has begun, and an exception might be lost in what is being imported."""
    os.write(2, b"plainweave: stopped. What was finished is kept.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
