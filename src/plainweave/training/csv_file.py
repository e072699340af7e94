"""An observer that keeps the history in a file while it grows."""

import os

from plainweave.data.paths import as_path
from plainweave.errors import RecordError
from plainweave.storage.files import write_where_asked
from plainweave.training.history import History
from plainweave.training.observers import Epoch
from plainweave.training.pace import Pace

_PAUSE = 0.1  # seconds between two writings, at least
_REST = 20.0  # times what the last one took, at least


class CSVFile:
    """Keeps a file with the history of one network's training, a line for each epoch.

    It can be read at any time and is whole then; after very short epochs it is written not every time, but
    always at the end of training, however that comes.

    Args:
        path: of the file. One that is there is replaced.

    Raises:
        RecordError: it can't be written, told after the first epoch.
        ConfigurationError: a stack of networks is trained, likewise.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path("path", path)
        self._unwritten: History | None = None
        self._pace: Pace | None = None

    def __enter__(self) -> "CSVFile":
        return self

    def __call__(self, epoch: Epoch) -> None:
        """Take note of an epoch, and write if it is time."""
        self._unwritten = epoch.history
        if self._pace is None or self._pace.is_due or epoch.number == epoch.epochs:
            self._write()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._write()
        except RecordError:
            if kind is None:  # or else what ended the training tells more
                raise
        finally:
            self._pace = None

    def _write(self) -> None:
        history, self._unwritten = self._unwritten, None
        if history is not None:
            self._pace = self._pace or Pace(_PAUSE, _REST)
            with self._pace.turn():
                write_where_asked(self.path, history.to_csv().encode())
