"""Files that appear whole or not at all, one process in a folder, and files of strangers, read within bounds.

Which files of a folder are plainweave's own, and so may be replaced, is told by `own_files`.
"""

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.errors import RecordError

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_FILE, _TRIED = ".lock", ".tried-by-plainweave"
Pieces = Iterable[bytes | memoryview]  # of a file, one after the other
# What disks answer that do not know a call: some network, FUSE and shared folders.
_UNKNOWN = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK)
_PARTIAL = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.partial")
_LONGEST_PREFIX = 100  # characters of a file's name that its partial file is named after


@contextmanager
def open_file(path: Path, at_most: int) -> Iterator[tuple[BufferedReader, int]]:
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


def is_there(path: Path) -> bool:
    """Whether a file is there and may be looked at; Python raises where a folder above may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False


def read_bounded(path: Path, at_most: int) -> bytes:
    """Read a file of at most so many bytes; of a larger one nothing is read.

    Raises:
        OSError: as `open_file` has it.
    """
    with open_file(path, at_most) as (file, size):
        return file.read(size)


def sha256_of(path: Path, at_most: int) -> str:
    """Return the SHA-256 of a file of at most so many bytes, in hexadecimal; it takes next to no memory.

    Raises:
        OSError: as `open_file` has it.
    """
    with open_file(path, at_most) as (file, _):
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, flush it to disk and rename it into place.

    Raises:
        RecordError: the folder can't be made or written to, or the disk is full.
    """
    write_together(path.parent, {path.name: content})


def write_where_asked(path: Path, content: bytes) -> None:
    """Write a file where somebody asked for it: where a link leads to, and into a device or a pipe as it is.

    Raises:
        RecordError: it is a folder, or can't be written.
    """
    try:
        if path.is_dir():
            raise RecordError(f"{path} is a folder; expected a file to write to.")
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        place = path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:  # links in a circle
        raise RecordError(f"{path} can't be written: {error}. Give another file.") from error
    write_whole(place, content)


def write_together(folder: Path, contents: Mapping[str, str | bytes | Pieces], *, anew: bool = False) -> None:
    """Write files of a folder: all of them to the disk first, then one after the other into its place.

    Args:
        folder: made if it is not there.
        contents: of each file by its name, in the order in which they appear; a large one in pieces.
        anew: whether none of them may be there yet.

    Raises:
        RecordError: the folder can't be made or written to, the disk is full, or one is there already.
    """
    partials: list[tuple[Path, Path]] = []
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, content in contents.items():
                path = folder / name
                pieces = content.encode() if isinstance(content, str) else content
                pieces = [pieces] if isinstance(pieces, bytes) else pieces
                partials.append((write_partial(path, pieces), path))
            for _, path in partials:
                if anew and os.path.lexists(path):
                    raise RecordError(
                        f"{path} has appeared meanwhile, and plainweave did not write it. "
                        "Move it, and run the same command again."
                    )
            for partial, path in partials:
                partial.replace(path)
            _flush_folder(folder)
        finally:
            for partial, _ in partials:
                partial.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_partial(path: Path, pieces: Pieces) -> Path:
    """Write a file beside the place where it is to be, flush it to the disk, and return where it lies.

    Raises:
        OSError: it can't be written.
    """
    partial = path.with_name(f".{path.name[:_LONGEST_PREFIX]}.{secrets.token_hex(4)}.partial")
    file = partial.open("xb")
    try:
        with file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial


def clear_partials(folder: Path, names: Iterable[str]) -> None:
    """Remove what a kill within `write_together` left of files by those names; nobody may be writing them."""
    beginnings = {name[:_LONGEST_PREFIX] for name in names}
    with suppress(OSError):
        for path in list(folder.iterdir()):
            match = _PARTIAL.fullmatch(path.name)
            if match and match[1] in beginnings and path.is_file():
                path.unlink()


def is_working_file(name: str) -> bool:
    """Whether a file by that name is only there while plainweave works in a folder, or was left by a kill."""
    return name.startswith(LOCK_FILE) or name == _TRIED or _PARTIAL.fullmatch(name) is not None


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make an output folder, check that files can be written there, and keep other processes out of it.

    Every command that writes into a folder holds this one lock, whatever it writes. One process may hold it
    several times over; the system lets go of it however the process ends.

    Raises:
        RecordError: files can't be written there, or another process is in it.
    """
    lock = _acquired(writable_folder(folder).resolve() / LOCK_FILE, folder)
    clear_partials(folder, [_TRIED])
    try:
        yield
    finally:
        lock.release()


def _acquired(path: Path, folder: Path) -> "BaseFileLock":
    from filelock import FileLock, SoftFileLock, Timeout  # slow to import, and most files need no lock

    try:
        if os.path.lexists(path) and (path.is_symlink() or path.stat().st_size):
            raise RecordError(  # some versions of filelock empty it
                f"{path} is in the way: plainweave did not write it. Move it, or choose another folder."
            )
        try:
            lock: BaseFileLock = FileLock(path, timeout=0, is_singleton=True, fallback_to_soft=False)
            lock.acquire()
        except OSError as error:
            if isinstance(error, TimeoutError) or error.errno not in _UNKNOWN:
                raise
            # The disk knows no locks: a file that names the process stands for one.
            lock = SoftFileLock(path.with_name(f"{LOCK_FILE}-holder"), timeout=0, is_singleton=True)
            lock.acquire()
    except Timeout:
        raise RecordError(
            f"{folder} is in use by another plainweave. Wait for it to end, or choose another folder."
        ) from None
    except OSError as error:
        raise cannot_write(path, error) from error
    return lock


def writable_folder(folder: Path) -> Path:
    """Make an output folder, and write, flush and rename a file there, as results will be.

    Raises:
        RecordError: it can't be done.
    """
    tried = folder / _TRIED
    try:
        # A link may lead to what is not there yet, or to itself, of which Path.resolve makes no OSError.
        Path(os.path.realpath(folder)).mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process that begins here too may have removed it
            write_partial(tried, []).replace(tried)
            tried.unlink()
        _flush_folder(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def check_place(folder: Path, names: Iterable[str]) -> None:
    """Make a folder, and check without writing that files of those names will find their place there.

    Raises:
        RecordError: it can't be made or written to, a path would be too long, or what lies where a
            file is to be is a folder, a link, a pipe or a device.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        for name in names:
            path = folder / name
            with suppress(FileNotFoundError):
                path.with_name(f".{name}.{'x' * 8}.partial").lstat()  # an error where it is too long
            if path.is_symlink() or (path.exists() and not path.is_file()):
                what = "link" if path.is_symlink() else "folder" if path.is_dir() else "pipe or a device"
                raise RecordError(
                    f"{path} is a {what}; expected a file that plainweave wrote, or none. Move it, or choose "
                    "another folder."
                )
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(path: Path, error: OSError) -> RecordError:
    """Return the error that says that a path can't be written, and why."""
    reason = error.strerror or type(error).__name__
    return RecordError(f"{path} can't be written: {reason}. Choose another place.")


def _flush_folder(folder: Path) -> None:
    """Have the system write the names in a folder to the disk, where it can."""
    if os.name == "nt":
        return  # Windows opens no folders
    handle = -1
    try:
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (*_UNKNOWN, errno.EACCES, errno.EPERM):
            raise
    finally:
        if handle >= 0:
            os.close(handle)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has no such flag and no such pipes
