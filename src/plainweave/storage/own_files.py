"""What plainweave wrote into a folder that others may write into too: it replaces nothing else.

The file `.plainweave` in the folder lists every such file with its SHA-256, as `sha256sum` does. A file that
is not as listed is somebody's own: it was there before, or was changed since.

    check_own(out, ["page.md"])                 # before the work: refused if a page.md is somebody's own
    write_own(out, {"page.md": text})           # checks once more, lists it, and writes it
    remove_own(out, set(own_names(out)) - kept) # what is as listed goes, and all else stays
"""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from plainweave.errors import CONTROLS, RecordError
from plainweave.storage.files import cannot_write, clear_partials, read_bounded, sha256_of, write_whole

LIST_FILE = ".plainweave"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_LARGEST_LIST, _LARGEST_FILE = 2**22, 2**32  # bytes
FILES_OF_0_1_ALONE = ("report.html", "report.md")  # which go once they are written anew
# What 0.1, which kept no list, wrote beside its runs.
_RUNS_OF_0_1 = "runs/*/seed-*/record.json"
_FILES_OF_0_1 = (
    *("summary.json", "gradients.json", "learned.json", *FILES_OF_0_1_ALONE),
    *("figures/*.png", "figures/*.svg"),
)


def check_own(folder: Path, names: Iterable[str] = ()) -> None:
    """Begin the list of a folder if it has none, and refuse names at which somebody's own files lie.

    Args:
        folder: is there.
        names: of files that are going to be written, such as "figures/tanh.png".

    Raises:
        RecordError: one is somebody's own, or the list can't be read or written.
    """
    listed = _read(folder)
    if not (folder / LIST_FILE).exists():
        _write(folder, listed)
    for name in names:
        _check(folder, name, listed)


def write_own(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    """Write files by name, each whole or not at all, and list them; folders between are made.

    Raises:
        RecordError: one is somebody's own, or can't be written.
    """
    listed = _read(folder)
    data = {name: part.encode() if isinstance(part, str) else part for name, part in contents.items()}
    for name, content in data.items():
        _check(folder, name, listed)
        # What is there now stays listed until it is replaced: a kill may come before.
        now = _digest(folder / name)
        listed[name] = ({now} if now else set()) | {hashlib.sha256(content).hexdigest()}
    _write(folder, listed)
    for name, content in data.items():
        clear_partials((folder / name).parent, [Path(name).name])
        write_whole(folder / name, content)


def remove_own(folder: Path, names: Iterable[str]) -> None:
    """Remove files that are as listed; those that are somebody's own stay.

    Raises:
        RecordError: one can't be removed, or the list can't be read or written.
    """
    listed = _read(folder)
    for name in names:
        path = folder / name
        if name in listed and not path.is_symlink() and _digest(path) in listed[name]:
            try:
                path.unlink()
            except OSError as error:
                raise cannot_write(path, error) from error
        listed.pop(name, None)
    _write(folder, listed)


def own_names(folder: Path) -> list[str]:
    """Return the names of all files that are listed, whether they are there or not.

    Raises:
        RecordError: the list can't be read.
    """
    return list(_read(folder))


def _check(folder: Path, name: str, listed: Mapping[str, set[str]]) -> None:
    path = folder / name
    if os.path.lexists(path) and (path.is_symlink() or _digest(path) not in listed.get(name, ())):
        raise _stranger(path)


def _stranger(path: Path) -> RecordError:
    return RecordError(
        f"{path} is in the way: plainweave did not write it, or it was changed since. "
        "Move it, or choose another folder."
    )


def _digest(path: Path) -> str | None:
    """Return a file's SHA-256, or None for what is no file that can be read."""
    try:
        return sha256_of(path, _LARGEST_FILE)
    except OSError:
        return None


def _read(folder: Path) -> dict[str, set[str]]:
    """Return the digests that each listed file may have: two, where a kill came between list and file."""
    path = folder / LIST_FILE
    try:
        text = read_bounded(path, _LARGEST_LIST).decode()
    except FileNotFoundError:
        return _of_0_1(folder)
    except (OSError, UnicodeDecodeError) as error:
        raise _no_list(path, error) from error
    listed: dict[str, set[str]] = {}
    for line in text.split("\n")[:-1]:
        match = _LINE.fullmatch(line)
        if not match or CONTROLS.search(line) or not _is_below(match[2]):
            raise _no_list(path, "a line is no SHA-256 with a file's name")
        listed.setdefault(match[2], set()).add(match[1])
    return listed


def _is_below(name: str) -> bool:
    """Whether a name leads to a place in the folder, and nowhere else."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.name)


def _no_list(path: Path, reason: object) -> RecordError:
    return RecordError(
        f"{path} is no list of what plainweave wrote ({reason}). Move it, or choose another folder."
    )


def _write(folder: Path, listed: Mapping[str, set[str]]) -> None:
    lines = (f"{digest}  {name}\n" for name in sorted(listed) for digest in sorted(listed[name]))
    write_whole(folder / LIST_FILE, "".join(lines))


def _of_0_1(folder: Path) -> dict[str, set[str]]:
    if not any(folder.glob(_RUNS_OF_0_1)):
        return {}
    paths = [path for pattern in _FILES_OF_0_1 for path in folder.glob(pattern)]
    return {path.relative_to(folder).as_posix(): {digest} for path in paths if (digest := _digest(path))}
