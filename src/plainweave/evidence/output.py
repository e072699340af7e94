"""Files of an output folder whose form is a dataclass, each read within bounds and written whole."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from plainweave.errors import RecordError
from plainweave.storage.files import read_bounded
from plainweave.storage.forms import Json, parse_json, read_form, to_json
from plainweave.storage.own_files import remove_own, write_own

_Form = TypeVar("_Form")


def _whole(content: Json) -> Json:
    return content


def read_output(
    path: Path, form: type[_Form], at_most: int, part: Callable[[Json], Json] = _whole
) -> _Form | None:
    """Read a file; None if there is none, or it says `null`, as 0.1 wrote.

    Args:
        path: of the file.
        form: that it has.
        at_most: so many bytes.
        part: what of its content has that form; it may be None, too.

    Raises:
        RecordError: it can't be read, or is not of that form.
    """
    try:
        value = part(parse_json(read_bounded(path, at_most)))
        return None if value is None else read_form(form, value)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{path} can't be read ({error}). Remove it, or run the same command again."
        ) from error


def write_output(path: Path, value: object, *, indent: int | None = 2) -> None:
    """Write a form as a file of an output folder; None takes away an older one.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    if value is None:
        remove_own(path.parent, [path.name])
    else:
        write_own(path.parent, {path.name: to_json(value, indent=indent)})
