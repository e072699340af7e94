"""Which IDX files lie in a folder, under the names of the MNIST family."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from plainweave.errors import DataError

RAW = "raw"  # the folder of a data set that torchvision puts its files into
# A file's name: what it may begin with, the part, what it holds.
_PARTED = re.compile(r"(|.*[-_.])(?:train|t10k|test|validation)-(?:images|labels|targets|weights)[-.]idx")


def holds_idx_files(path: Path) -> bool:
    """Whether a path leads to IDX files as `where_files_lie` finds them."""
    return bool(_words_in(_names_in(where_files_lie(path)[0])))


def where_files_lie(path: Path) -> tuple[Path, str]:
    """Return the folder of the files, and the word that all their names are to begin with, or "".

    The folder is the path itself or, if only that has IDX files, `raw` within it. A path that is no folder is
    the one above and the word, as in `raw/emnist-letters`.
    """
    names, inner = _names_in(path), path / RAW
    if not _words_in(names) and _words_in(_names_in(inner)):
        return inner, ""
    if not names and path.name in map(_without_mark, _words_in(_names_in(path.parent))):
        return path.parent, path.name
    return path, ""


def names_within(folder: Path, word: str) -> dict[str, str]:
    """Return the names of a folder's files by what they are without the word that all may begin with.

    Args:
        folder: that holds them.
        word: that those which are wanted begin with; "" where all belong to one data set.

    Raises:
        DataError: it can't be read, or holds the files of several data sets.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{folder} is not a folder. Give one that holds the four IDX files.") from None
    except OSError as error:
        raise DataError(
            f"{folder} can't be read: {error.strerror or error}. Give a folder that holds the four IDX files."
        ) from error
    words = _words_in(names)
    if word:
        words = {given for given in words if _without_mark(given) == word}
    if "" in words or not words:
        return {name: name for name in names}
    if len(words) > 1:
        first, *others = sorted(map(_without_mark, words))
        raise DataError(
            f"{folder} holds files of {first} and {', '.join(others)}; expected those of one data set. Say "
            f"which: {folder / first}."
        )
    (begin,) = words
    return {name.removeprefix(begin): name for name in names if name.startswith(begin)}


def files_of(names: Iterable[str], beginnings: Sequence[str]) -> list[str]:
    """Return the names of IDX files that begin so."""
    return [name for name in names if any(fnmatchcase(name, f"{start}[-.]idx*") for start in beginnings)]


def _words_in(names: Iterable[str]) -> set[str]:
    """Return what names of IDX files begin with, each with the mark that it ends in."""
    return {match[1] for match in map(_PARTED.match, names) if match}


def _without_mark(word: str) -> str:
    return word.rstrip("-_.")


def _names_in(folder: Path) -> list[str]:
    """Return the names within a folder; none if it can't be read."""
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
