"""MLflow: a run for each training, with its settings, its scores by epoch, its results and its model."""

import logging
import os
import re
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plainweave.errors import RecordError
from plainweave.extras import need
from plainweave.storage.files import cannot_write
from plainweave.storage.forms import Json
from plainweave.training import WEIGHTS_FILE
from plainweave.training.tracker import Log, Outcome, Rows, Tracked, Tracker
from plainweave.version import __version__

_IDENTITY = "plainweave.identity"
_STATUS = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
_LARGEST_BATCH = 1000  # metrics that MLflow's servers take at once
_EVERY = "training_loss"  # a metric of every epoch, the last of it that is written


class MLflow(Tracker):
    """Writes MLflow's runs: parameters, metrics by epoch, and of runs the model, which mlflow.pyfunc loads.

    Args:
        place: a folder, in which there will be mlflow.db and the models, or a tracking URI. See it by:
            mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db
        experiment: MLflow's name for what its runs stand in.
        name: of the trainings of `fit`.
        settings: of the trainings of `fit`, by name.

    Raises:
        MissingExtraError: mlflow is not installed.
        RecordError: MLflow can't write there.
    """

    def __init__(
        self,
        place: str | os.PathLike[str],
        experiment: str = "plainweave",
        name: str = "training",
        settings: Mapping[str, Json] | None = None,
    ) -> None:
        need("mlflow")
        self.place, self.experiment = os.fspath(place), experiment
        self.name = name
        self.settings = dict(settings or {})

    @property
    def uri(self) -> str:
        """What MLflow calls the place, its tracking URI."""
        if "://" in self.place:
            return self.place
        return f"sqlite:///{Path(self.place).resolve() / 'mlflow.db'}"

    def begin(self, training: Tracked) -> Log:
        """Return the log of a training; MLflow finds one of the same identity by its tag."""
        from mlflow.tracking import MlflowClient

        logging.getLogger("mlflow.store.db").setLevel(logging.WARNING)  # that its tables are made is no news
        with _told(self.place):
            if "://" not in self.place:
                Path(self.place).mkdir(parents=True, exist_ok=True)
            client = MlflowClient(tracking_uri=self.uri)
            found = client.get_experiment_by_name(self.experiment)
            place = None if "://" in self.place else (Path(self.place).resolve() / "artifacts").as_uri()
            number = found.experiment_id if found else client.create_experiment(self.experiment, place)
            return _Run(client, number, training, self.place)


class _Run(Log):
    def __init__(self, client: Any, experiment: str, training: Tracked, place: str) -> None:
        self._client, self._experiment, self._training, self._place = client, experiment, training, place
        self._id, self._left = "", set[tuple[str, int]]()
        runs = []
        if training.identity:
            runs = client.search_runs([experiment], f"tags.`{_IDENTITY}` = '{training.identity}'")
        if runs:
            self._id = runs[0].info.run_id
            steps = [metric.step for metric in client.get_metric_history(self._id, _EVERY)]
            self.held, self.is_ended = max(steps, default=0), runs[0].info.status == "FINISHED"
            if not self.is_ended:
                self._left = self._left_by_a_kill(runs[0].data.metrics)
        self._is_open = False

    def _left_by_a_kill(self, keys: Iterable[str]) -> set[tuple[str, int]]:
        """Return which metrics of which steps there are from the last whole epoch on.

        MLflow would keep both values of what is written twice.
        """
        return {
            (key, metric.step)
            for key in keys
            for metric in self._client.get_metric_history(self._id, key)
            if metric.step >= self.held
        }

    def write(self, rows: Rows) -> None:
        self._write(
            [(name, value, epoch) for epoch, scores in rows for name, value in reversed(scores.items())]
        )

    def _write(self, values: Iterable[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [
            Metric(_key(name), value, now, step)
            for name, value, step in values
            if (_key(name), step) not in self._left
        ]
        with _told(self._place):
            self._open()
            for start in range(0, len(metrics), _LARGEST_BATCH):
                self._client.log_batch(self._id, metrics=metrics[start : start + _LARGEST_BATCH])

    def end(self, outcome: Outcome) -> None:
        if not self._is_open and (self.is_ended or outcome.status != "finished"):
            return
        results = outcome.results
        self._write([(name, value, int(results["epochs"])) for name, value in results.items()])
        with _told(self._place):
            if outcome.model is not None:
                self._add_model(outcome.model)
            self._client.set_terminated(self._id, _STATUS[outcome.status])

    def _open(self) -> None:
        if self._is_open:
            return
        if self._id:
            self._client.update_run(self._id, "RUNNING")
        else:
            from mlflow.entities import Param

            tags = {_IDENTITY: self._training.identity} if self._training.identity else {}
            run = self._client.create_run(self._experiment, run_name=self._training.name, tags=tags)
            self._id = run.info.run_id
            settings = [Param(_key(name), str(value)) for name, value in self._training.settings.items()]
            self._client.log_batch(self._id, params=settings)
        self._is_open = True

    def _add_model(self, content: bytes) -> None:
        """Add the model's file, with what says by which function it is loaded: no pickle."""
        with warnings.catch_warnings():  # of MLflow about itself
            warnings.simplefilter("ignore")
            import mlflow.pyfunc

        with tempfile.TemporaryDirectory() as folder:
            weights, model = Path(folder) / WEIGHTS_FILE, Path(folder) / "model"
            weights.write_bytes(content)
            mlflow.pyfunc.save_model(
                path=str(model),
                loader_module="plainweave.interop.trackers.pyfunc",
                data_path=str(weights),
                pip_requirements=[f"plainweave=={__version__}"],
            )
            self._client.log_artifacts(self._id, str(model), "model")


def _key(name: str) -> str:
    """Return a name as MLflow takes it."""
    return re.sub(r"[^\w\-. :/]", "_", name, flags=re.ASCII)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Tell in a line what MLflow can't do."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        why = str(error).partition("\n")[0]
        raise RecordError(
            f"MLflow can't write to {place} ({why}). Give another place, or start its server."
        ) from error
    except OSError as error:
        raise cannot_write(Path(place), error) from error
