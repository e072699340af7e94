"""Files and folders that appear whole or not at all, and files of strangers, read within bounds."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from plainweave.errors import RecordError


@contextmanager
def open_file(path: Path, at_most: int) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file of at most so many bytes to be read, and give its size too.

    Raises:
        OSError: it is missing, larger, no plain file (a pipe is refused, not waited for), or can't be read.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        if status.st_size > at_most:
            reason = f"it has {status.st_size:,} bytes; expected at most {at_most:,}"
            raise OSError(errno.EFBIG, reason, str(path))
        yield file, status.st_size


def read_bounded(path: Path, at_most: int) -> bytes:
    """Read a file of at most so many bytes; of a larger one nothing is read.

    Raises:
        OSError: as `open_file` has it.
    """
    with open_file(path, at_most) as (file, size):
        return file.read(size)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, flush it to disk and rename it into place.

    Raises:
        RecordError: the folder can't be made or written to, or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).chmod(0o666 & ~_umask())
            Path(partial).replace(path)
            _flush(path.parent)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def folder_written_whole(folder: Path) -> Iterator[Path]:
    """Give a folder to fill; when the block ends it replaces `folder`, when the block fails it is gone.

    Raises:
        RecordError: the folder above can't be made or written to.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    replaced = folder.with_name(f".{folder.name}.replaced")

    def tidy() -> None:
        if replaced.exists() and not folder.exists():
            replaced.replace(folder)  # the new one did not get there: the old one comes back
        for leftover in (partial, replaced):
            shutil.rmtree(leftover, ignore_errors=True)

    try:
        tidy()
        partial.mkdir(parents=True)
        try:
            yield partial
            for path in partial.iterdir():
                _flush(path)
            if folder.exists():
                folder.replace(replaced)
            partial.replace(folder)
            _flush(folder.parent)
        finally:
            tidy()
    except OSError as error:
        raise cannot_write(folder, error) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for as long as the block runs; the system lets go of it however the process ends.

    Raises:
        RecordError: another process holds it, or it can't be written.
    """
    lock = FileLock(path, timeout=0, is_singleton=True)  # one process may hold it several times over
    try:
        lock.acquire()
    except Timeout:
        raise RecordError(
            f"{path.parent} is in use by another plainweave. Wait for it to end, or choose another --out."
        ) from None
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make an output folder, check that files can be written there, and keep other processes out of it.

    Raises:
        RecordError: they can't, or another process is in it.
    """
    with locked(writable_folder(folder) / ".lock"):
        yield


def writable_folder(folder: Path) -> Path:
    """Make an output folder and check that files can be written there.

    Raises:
        RecordError: they can't.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(path: Path, error: OSError) -> RecordError:
    """Return the error that says that a path can't be written, and why."""
    reason = error.strerror or type(error).__name__
    return RecordError(f"{path} can't be written: {reason}. Choose another place with --out.")


def _flush(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has no such flag and no such pipes


def _umask() -> int:
    # The only portable way to read the mask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask
