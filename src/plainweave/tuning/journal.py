"""The journal: what Optuna keeps of a search, in a file that several processes append to."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.errors import RecordError
from plainweave.storage.files import cannot_write

if TYPE_CHECKING:
    from optuna.storages import JournalStorage


_BEGINNING = b'{"op_code"'  # of every line that Optuna writes


class _KernelLock:
    """A lock that the kernel lets go of when its process is killed, unlike a file that is there or not."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self._lock = FileLock(path)

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._lock.acquire()
        return True

    def release(self) -> None:
        """Let go of it."""
        self._lock.release()


def open_journal(path: Path) -> "JournalStorage":
    """Return the storage in a file, which is made if it is not there.

    Raises:
        RecordError: it is no journal, or can't be read.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(logging.WARNING)
    lock = _KernelLock(path.with_name(f"{path.name}.lock"))
    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
    except OSError as error:
        raise cannot_write(path, error) from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise _no_journal(path, error) from error


def mend(path: Path) -> None:
    """Cut off a last line that a stop of the machine left half written; nobody may be writing.

    Raises:
        RecordError: it is no journal, which is left as it is, or can't be written.
    """
    try:
        if not path.exists():
            return
        with path.open("r+b") as file:
            content = file.read()
            if content[: len(_BEGINNING)] != _BEGINNING[: len(content)]:
                raise _no_journal(path, f"it does not begin with {_BEGINNING.decode()}")
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                file.truncate(whole)
    except OSError as error:
        raise cannot_write(path, error) from error


def _no_journal(path: Path, reason: object) -> RecordError:
    return RecordError(f"{path} is no journal of a search ({reason}). Choose another folder.")
