"""What a network says of pictures: a table of one, a line of each of several, CSV or JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plainweave.cli.pictures import read_for
from plainweave.cli.predictions import Predictions
from plainweave.cli.rows import deliver
from plainweave.cli.streams import note, say
from plainweave.cli.tables import show
from plainweave.errors import DataError
from plainweave.training import Model

_SMALL = 0.5  # of the frame's rows or columns


@dataclass
class Pictures:
    """Pictures that are read one by one; what can't be is told, and counted.

    Attributes:
        models: of images, one or several of one experiment.
        files: the pictures.
        background, trim: as `read_for` has them.
        problems: how many can't be told.
        inverted: those whose light ground was made dark.
        small: those on which the thing takes less than half of the frame.
    """

    models: Sequence[Model]
    files: Sequence[Path]
    background: str = "auto"
    trim: float | None = None
    problems: int = 0
    inverted: tuple[Path, ...] = ()
    small: tuple[Path, ...] = ()

    def predictions(self) -> Iterator[tuple[Path, Predictions]]:
        """Return the pictures that can be read, each with what the network says of it.

        Raises:
            ConfigurationError: the background is unknown.
        """
        for file in self.files:
            found = self._predicted(file)
            if found is not None:
                yield file, found

    def _predicted(self, file: Path) -> Predictions | None:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                reading = read_for(self.models[0], file, background=self.background, trim=self.trim)
        except DataError as error:
            note(str(error))
            self.problems += 1
            return None
        try:
            predictions = Predictions.of(self.models, reading.inputs)
        except DataError as error:
            note(f"{file}: {error}")
            self.problems += 1
            return None
        if reading.was_inverted:
            self.inverted += (file,)
        if reading.filled < _SMALL:
            self.small += (file,)
        return predictions

    def note_findings(self) -> None:
        """Say which pictures have a light ground, and which show a small thing, if nobody spoke of that."""
        if self.inverted and self.background == "auto":
            which = self._which(self.inverted)
            note(f"{which} a light ground, made dark as in training. --background keep leaves it.")
        if self.small and self.trim is None:
            which = self._which(self.small)
            note(
                f"{which} a thing that fills less than half of the frame. Where things filled more in "
                "training, --trim 1 cuts to it."
            )

    def _which(self, some: Sequence[Path]) -> str:
        if len(self.files) == 1:
            return f"{some[0]} has"
        return f"{len(some)} of {len(self.files)} pictures have"


def predict_pictures(pictures: Pictures, top: int | None, form: str, out: Path | None) -> int:
    """Print what is in pictures, and return how many of them can't be told.

    Args:
        pictures: to be read.
        top: how many classes to name; None for all of a single picture, and one of each of several.
        form: "csv", "json", or "" for what is read by people.
        out: a file for CSV or JSON.

    Raises:
        ConfigurationError: the background is unknown.
        RecordError: the file can't be written.
    """
    found = pictures.predictions()
    if form:
        rows = ({"picture": str(file), **told.cells(0, top or 1)} for file, told in found)
        deliver(rows, form, out)
    for file, told in found:
        if len(pictures.files) > 1:
            say(f"{file}: {told.line(0, top or 1)}")
        else:
            say(f"{file}:")
            show(told.table(0, top))
    pictures.note_findings()
    return pictures.problems
