"""Which pictures lie in a folder that holds a folder for each class, or one of those for each part."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainweave.display import counted
from plainweave.errors import DataError

TRAINING, TEST, VALIDATION = "training", "test", "validation"
_PARTS = {
    **dict.fromkeys(("train", "training"), TRAINING),
    **dict.fromkeys(("test", "testing"), TEST),
    **dict.fromkeys(("validation", "valid", "val"), VALIDATION),
}
_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff")
)
# What file managers and packers leave, besides all that begins with a dot.
_LEFT_BEHIND = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "icon\r"))
_LAYOUT = (
    "expected a folder for each class with its pictures, or folders train and test (and validation) with "
    "such class folders"
)
_MOST_NAMED = 5


@dataclass(frozen=True)
class PictureFiles:
    """Pictures by part: each a path and the number of its class, by the order of `class_names`."""

    class_names: tuple[str, ...]
    parts: Mapping[str, tuple[tuple[Path, int], ...]]


def in_order(names: Iterable[str]) -> list[str]:
    """Return names in the order of people, "2" before "10", whatever their case."""

    def key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
        pieces = re.findall(r"[0-9]+|[^0-9]+", name)
        return [
            (
                not piece.isdecimal(),
                int(piece) if piece.isdecimal() and len(piece) < 1000 else 0,
                piece.casefold(),
            )
            for piece in pieces
        ], name

    return sorted(names, key=key)


def is_picture(path: Path) -> bool:
    """Whether a file's name is one of a picture, and not of what a file manager left."""
    return path.suffix.lower() in _SUFFIXES and not _is_ignored(path.name)


def holds_pictures(folder: Path, depth: int = 2) -> bool:
    """Whether a picture lies in a folder, in one of its folders, or in one of theirs."""
    try:
        entries = _entries(folder)
        return any(map(is_picture, entries)) or any(
            depth > 0 and entry.is_dir() and holds_pictures(entry, depth - 1) for entry in entries
        )
    except (DataError, OSError):
        return False


def picture_files(folder: Path) -> PictureFiles:
    """Find the pictures of a folder, and the classes that they are of.

    Raises:
        DataError: a folder can't be read, holds no pictures or what is no picture by its name; there are less
            than two classes, or a class of another part is none of the training part's.
    """
    top = _entries(folder)
    of_parts = {entry: _PARTS[entry.name.lower()] for entry in top if _is_part(entry)}
    if TRAINING not in of_parts.values():  # then test, or val, is a class like any other
        of_parts = {folder: TRAINING}
    others = [entry for entry in top if entry not in of_parts] if folder not in of_parts else []
    _refuse_others(folder, others)
    if len(set(of_parts.values())) < len(of_parts):
        names = ", ".join(sorted(entry.name for entry in of_parts))
        raise DataError(
            f"{folder} holds the folders {names}; expected one for each part. Remove or rename one."
        )
    found = {part: _class_folders(folder, entry) for entry, part in of_parts.items()}
    labels = {name: label for label, name in enumerate(found[TRAINING])}
    _check_classes(folder, found)
    return PictureFiles(
        tuple(labels),
        {
            part: tuple((path, labels[name]) for name, paths in found[part].items() for path in paths)
            for part in (TRAINING, TEST, VALIDATION)
            if part in found
        },
    )


def _is_part(entry: Path) -> bool:
    """Whether it is a part's folder: called so, and of folders."""
    return (
        entry.name.lower() in _PARTS and entry.is_dir() and any(inner.is_dir() for inner in _entries(entry))
    )


def _class_folders(folder: Path, part: Path) -> dict[str, list[Path]]:
    """Return the pictures of each class of a part, both in the order of people."""
    entries = {entry.name: entry for entry in _entries(part)}
    _refuse_others(folder, [entry for entry in entries.values() if not entry.is_dir()])
    pictures: dict[str, list[Path]] = {}
    others: list[Path] = []
    for name in in_order(entries):
        within = {entry.name: entry for entry in _entries(entries[name])}
        pictures[name] = []
        for path in (within[inner] for inner in in_order(within)):
            (pictures[name] if is_picture(path) and not path.is_dir() else others).append(path)
    _refuse_others(folder, others)
    return pictures


def _check_classes(folder: Path, found: Mapping[str, Mapping[str, Sequence[Path]]]) -> None:
    training = found[TRAINING]
    if len(training) < 2:
        given = f"holds pictures of {counted(len(training), 'class')}"
        raise DataError(
            f"{folder} {given}; expected at least 2. It is to hold {_LAYOUT.removeprefix('expected ')}."
        )
    empty = [name for name, paths in training.items() if not paths]
    if empty:
        raise DataError(
            f"{folder}: {named(empty)} {'holds' if len(empty) == 1 else 'hold'} no pictures; {_LAYOUT}."
        )
    for part, classes in found.items():
        strange = [name for name in classes if name not in training]
        if strange:
            raise DataError(
                f"{folder}: the {part} part has {named(strange)}, and the training part has not; expected "
                "its classes."
            )


def _refuse_others(folder: Path, others: Sequence[Path]) -> None:
    """Refuse what is neither a picture by its name nor a folder of them where one belongs."""
    if others:
        names = named([str(path.relative_to(folder)) for path in others])
        what = "is no picture" if len(others) == 1 else "are no pictures"
        raise DataError(f"{folder}: {names} {what} of a class; {_LAYOUT}. Move what is none elsewhere.")


def named(names: Sequence[str]) -> str:
    """Return the first five names in a line, and how many more there are."""
    shown = list(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        return f"{', '.join(shown)} and {len(names) - _MOST_NAMED:,} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, by name, but for what is hidden or was left behind."""
    try:
        return sorted(entry for entry in folder.iterdir() if not _is_ignored(entry.name))
    except OSError as error:
        raise DataError(
            f"{folder} can't be read: {error.strerror or error}. Give a folder of pictures."
        ) from error


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LEFT_BEHIND
