"""What is found out about data and not asked for is said aloud, once, and can be silenced."""

import logging
import multiprocessing

from plainweave.errors import harmless

_LOG = logging.getLogger("plainweave")


def say(line: str) -> None:
    """Say a line to the user, through the log "plainweave": on stderr, unless the program sets it up.

    A worker process says nothing: where it was begun, the same has been said.
    """
    if is_first_process():
        _LOG.warning("%s", harmless(line))


def is_first_process() -> bool:
    """Whether this is no worker that another process began."""
    return multiprocessing.parent_process() is None
