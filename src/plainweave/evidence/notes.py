"""study.json: what made an output folder, and what its user claims about it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from plainweave.checks import put
from plainweave.errors import CONTROLS
from plainweave.evidence.claims import Claim
from plainweave.evidence.output import read_output, write_output

STUDY_FILE = "study.json"
_LARGEST_FILE = 2**22  # bytes; a TOML file of 2**18, all of claims, makes less
_LONGEST_COMMAND = 2**16  # characters


@dataclass(frozen=True)
class StudyNotes:
    """What study.json holds.

    Attributes:
        command: that made the folder, as a line for a shell; None if it is not known, or is no such line.
        claims: of the user's own, judged with the folder's runs.
    """

    VERSION: ClassVar[int] = 2
    command: str | None = None
    claims: tuple[Claim, ...] = ()

    def __post_init__(self) -> None:
        if self.command and (CONTROLS.search(self.command) or len(self.command) > _LONGEST_COMMAND):
            put(self, command=None)


def read_notes(out: Path) -> StudyNotes:
    """Read study.json of an output folder; without one there are a command that is not known and no claims.

    Raises:
        RecordError: it can't be read, or is not what `write_notes` writes.
    """
    return read_output(out / STUDY_FILE, StudyNotes, _LARGEST_FILE) or StudyNotes()


def write_notes(out: Path, notes: StudyNotes) -> None:
    """Write study.json of an output folder.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / STUDY_FILE, notes)
