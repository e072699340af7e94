"""What a network says of pictures: a table of one, a line of each of several, CSV or JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainweave.cli.predictions import Predictions
from plainweave.cli.rows import FORMS, deliver
from plainweave.cli.streams import note, say
from plainweave.cli.tables import show
from plainweave.data.image import read_image
from plainweave.errors import DataError
from plainweave.training import Model


def predict_pictures(
    model: Model, files: Sequence[Path], background: str, top: int | None, form: str, out: Path | None
) -> int:
    """Print what is in pictures, and return how many of them can't be told.

    Args:
        model: of images.
        files: the pictures.
        background: as `read_image` has it.
        top: how many classes to name; None for all of a single picture, and one of each of several.
        form: "csv", "json", or "" for what is read by people.
        out: a file for CSV or JSON.

    Raises:
        ConfigurationError: the background is unknown.
        RecordError: the file can't be written.
    """
    pictures = _Pictures(model, files, background)
    if form:
        rows = ({"picture": str(file), **found.cells(0, top or 1)} for file, found in pictures.predictions())
        deliver(FORMS[form](rows), out)
    for file, found in () if form else pictures.predictions():
        if len(files) > 1:
            say(f"{file}: {found.line(0, top or 1)}")
        else:
            say(f"{file}:")
            show(found.table(0, top))
    return pictures.problems


@dataclass
class _Pictures:
    """Pictures that are read one by one; what can't be is told, and counted in `problems`."""

    model: Model
    files: Sequence[Path]
    background: str
    problems: int = 0

    def predictions(self) -> Iterator[tuple[Path, Predictions]]:
        shape = self.model.image_shape
        assert shape is not None
        for file in self.files:
            try:
                inputs = read_image(file, shape, full_scale=self.model.full_scale, background=self.background)
            except DataError as error:
                note(str(error))
                self.problems += 1
                continue
            try:
                yield file, Predictions.of(self.model, inputs)
            except DataError as error:
                note(f"{file}: {error}")
                self.problems += 1
