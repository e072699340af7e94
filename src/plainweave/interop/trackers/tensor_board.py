"""TensorBoard: an event file for each training."""

import os
import struct
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from plainweave.extras import need
from plainweave.storage.files import cannot_write
from plainweave.storage.forms import Json
from plainweave.training.tracker import Log, Outcome, Rows, Tracked, Tracker

# Tags: of every epoch, the last of it that is written; and of the end of a training.
_EVERY, _ENDED = "loss/training", "results/epochs"


class TensorBoard(Tracker):
    """Writes event files, a folder for each training, with the scores of every epoch as scalars.

    Scores are "loss/training", "loss/validation" and so on; results, as "results/test_accuracy", and the
    settings, as hyperparameters, come at the end of a run. See them by: tensorboard --logdir FOLDER

    Args:
        folder: of all trainings.
        name: of the trainings of `fit`: each gets a folder of that name; the second ends in "-2".
        settings: of the trainings of `fit`, by name.

    Raises:
        MissingExtraError: tensorboardX is not installed.
        RecordError: a file can't be written, told after the first epoch.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str = "training",
        settings: Mapping[str, Json] | None = None,
    ) -> None:
        need("tensorboard")
        self.folder = Path(folder)
        self.name = name
        self.settings = dict(settings or {})

    def begin(self, training: Tracked) -> Log:
        """Return the log of a training, in a folder that is free, or that holds this one."""
        suffix = f".{training.identity}" if training.identity else ""
        for number in count(1):
            folder = self.folder / (training.name if number == 1 else f"{training.name}-{number}")
            files = sorted(folder.glob("events.out.tfevents.*"))
            if not files or (suffix and all(path.name.endswith(suffix) for path in files)):
                break
        return _Events(folder, suffix, files, training.settings)


class _Events(Log):
    def __init__(self, folder: Path, suffix: str, files: list[Path], settings: Mapping[str, Json]) -> None:
        # TensorBoard reads a folder's files by their names, which begin with the second: two may be of one
        self._folder, self._suffix, self._settings = folder, f".{len(files)}{suffix}", settings
        self._writer: Any = None
        self._goes_on = bool(files)
        for path in files:
            for step, tag in _steps(path):
                if tag == _ENDED:
                    self.is_ended = True
                elif tag == _EVERY and step > self.held:
                    self.held, self.is_ended = step, False

    def write(self, rows: Rows) -> None:
        writer, self.is_ended = self._opened(), False
        for epoch, scores in rows:
            for name, value in reversed(scores.items()):
                part, _, metric = name.partition("_")
                writer.add_scalar(f"{metric}/{part}".replace(" ", "_"), value, epoch)
        self._flush()

    def end(self, outcome: Outcome) -> None:
        if outcome.status == "finished" and not self.is_ended and outcome.results:
            writer, step = self._opened(), int(outcome.results.get("epochs", 0))
            results = {f"results/{name}".replace(" ", "_"): value for name, value in outcome.results.items()}
            for tag, value in results.items():
                writer.add_scalar(tag, value, step)
            from tensorboardX.summary import hparams

            settings = {name: _plain(value) for name, value in self._settings.items()}
            for summary in hparams(settings, dict.fromkeys(results, 0.0)):
                writer.file_writer.add_summary(summary)
        if self._writer is not None:
            self._flush()
            self._writer.close()
            self._writer = None

    def _opened(self) -> Any:
        if self._writer is None:
            from tensorboardX import SummaryWriter

            # A kill may have left some scores of an epoch, which is written again: TensorBoard hides them.
            anew = self.held + 1 if self._goes_on else None
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._writer = SummaryWriter(str(self._folder), purge_step=anew, filename_suffix=self._suffix)
            except OSError as error:
                raise cannot_write(self._folder, error) from error
        return self._writer

    def _flush(self) -> None:
        try:
            self._writer.flush()
        except OSError as error:
            raise cannot_write(self._folder, error) from error


def _plain(value: Json) -> bool | float | str:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _steps(path: Path) -> Iterator[tuple[int, str]]:
    """Give step and tag of the scalars of an event file, as far as it is whole: a kill may have cut it."""
    from tensorboardX.proto.event_pb2 import Event

    content, place = path.read_bytes(), 0
    while place + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        if place + 16 + length > len(content):
            return
        event = Event.FromString(content[place + 12 : place + 12 + length])
        for value in event.summary.value:
            if value.WhichOneof("value") == "simple_value":
                yield event.step, value.tag
        place += 16 + length
