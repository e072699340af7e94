"""Weights & Biases, offline: a folder for each training, which `wandb sync` uploads."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plainweave.errors import RecordError
from plainweave.extras import need
from plainweave.storage.files import cannot_write, write_whole
from plainweave.storage.forms import Json
from plainweave.training.tracker import Log, Outcome, Rows, Tracked, Tracker

_MARK = "plainweave-epochs"  # a file in a run's folder: the epoch after which it ends
_QUIET = {"silent": True, "console": "off", "x_disable_stats": True, "disable_git": True, "save_code": False}


class WandB(Tracker):
    """Writes trainings for Weights & Biases, each when it ends; nothing is sent anywhere.

    They lie in FOLDER/wandb; `wandb sync FOLDER/wandb/offline-run-*` sends them. A run that went on to more
    epochs has a second folder with the later ones, of the same id: `wandb sync --append`.

    Args:
        folder: of all trainings.
        project: in which they are shown.
        name: of the trainings of `fit`.
        settings: of the trainings of `fit`, by name.

    Raises:
        MissingExtraError: wandb is not installed.
        RecordError: it can't be written, told at the end.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        project: str = "plainweave",
        name: str = "training",
        settings: Mapping[str, Json] | None = None,
    ) -> None:
        need("wandb")
        self.folder, self.project = Path(folder), project
        self.name = name
        self.settings = dict(settings or {})

    def begin(self, training: Tracked) -> Log:
        """Return the log of a training."""
        return _Offline(self.folder, self.project, training)


class _Offline(Log):
    def __init__(self, folder: Path, project: str, training: Tracked) -> None:
        self._folder, self._project, self._training = folder, project, training
        self._rows: list[tuple[int, dict[str, float]]] = []
        if training.identity:
            for path in folder.glob(f"wandb/offline-run-*-{training.identity}/{_MARK}"):
                self.held, self.is_ended = max((self.held, self.is_ended), _marked(path))

    def write(self, rows: Rows) -> None:
        self._rows.extend(rows)

    def end(self, outcome: Outcome) -> None:
        if not self._rows and (self.is_ended or outcome.status != "finished"):
            return
        try:
            run = self._opened()
            for epoch, scores in self._rows:
                run.log(scores, step=epoch)
            run.summary.update(outcome.results)
            run.finish(exit_code=0 if outcome.status != "failed" else 1)
            last = self._rows[-1][0] if self._rows else self.held
            write_whole(Path(run.dir).with_name(_MARK), f"{last} {outcome.status}")
        except OSError as error:
            raise cannot_write(self._folder, error) from error

    def _opened(self) -> Any:
        import wandb

        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return wandb.init(
                mode="offline",
                dir=str(self._folder),
                project=self._project,
                id=self._training.identity or None,
                name=self._training.name,
                config=dict(self._training.settings),
                reinit="create_new",
                settings=wandb.Settings(**_QUIET),
            )
        except wandb.errors.Error as error:
            raise RecordError(
                f"Weights & Biases can't write into {self._folder} ({error}). Give another folder."
            ) from error


def _marked(path: Path) -> tuple[int, bool]:
    """Return the epoch of a mark, and whether the training had ended; a mark that can't be read is none."""
    try:
        mark = re.fullmatch(rb"(\d{1,18}) ([a-z]+)", path.read_bytes())
    except OSError:
        mark = None
    return (int(mark[1]), mark[2] == b"finished") if mark else (0, False)
