"""predictions.json: what all networks of the best experiment predict, with its reader and writer."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from plainweave.display import counted
from plainweave.evidence.calibration import Calibration
from plainweave.evidence.importance import Importance
from plainweave.evidence.numbers import PredictedNumbers
from plainweave.evidence.output import read_output, write_output
from plainweave.evidence.sample_rows import SampleRows
from plainweave.experiments import WEIGHTS_FILE, is_experiment_id, run_folder
from plainweave.storage.files import sha256_of
from plainweave.storage.forms import short
from plainweave.training import LARGEST_MODEL

PREDICTIONS_FILE = "predictions.json"
_LARGEST_FILE = 2**23  # bytes


@dataclass(frozen=True)
class PredictingRun:
    """A run that predicts: its seed, and the SHA-256 of its weights' file."""

    seed: int
    weights: str


@dataclass(frozen=True, repr=False)
class Predictions:
    """What predictions.json holds: the test examples, seen through every network of the best experiment.

    Attributes:
        experiment: which is the best by validation.
        best: the seed of its best run, by validation.
        runs: one for each seed, in the order of all that is told by seed.
        numbers: predictions of numbers; None for classes.
        calibration: of probabilities; None for numbers.
        importance: of columns; None for images, or for too many columns.
        samples: some test examples; None where they are no table.

    Raises:
        ValueError: these do not fit each other.
    """

    VERSION: ClassVar[int] = 1
    experiment: str
    best: int
    runs: tuple[PredictingRun, ...]
    numbers: PredictedNumbers | None
    calibration: Calibration | None
    importance: Importance | None
    samples: SampleRows | None

    def __repr__(self) -> str:
        return f"Predictions({self.experiment!r}, {counted(len(self.runs), 'seed')})"

    def __post_init__(self) -> None:
        if not is_experiment_id(self.experiment):
            raise ValueError(f"experiment is {short(self.experiment)}; expected an experiment's id")
        seeds = [run.seed for run in self.runs]
        if self.best not in seeds:
            raise ValueError(f"best is {self.best}; expected the seed of one of the runs")
        told = {
            "numbers": self.numbers.seeds if self.numbers else None,
            "calibration": len(self.calibration.seeds) if self.calibration else None,
        }
        if self.importance:
            told |= {f"importance of {column.name}": len(column.losses) for column in self.importance.columns}
        for name, count in told.items():
            if count not in (None, len(seeds)):
                raise ValueError(f"{name} has {count} seeds; expected {len(seeds)}, one for each run")


def read_predictions(out: Path) -> Predictions | None:
    """Read predictions.json of an output folder; it counts only while its runs' weights lie there.

    Raises:
        RecordError: it can't be read, or is not what `write_predictions` writes.
    """
    predictions = read_output(out / PREDICTIONS_FILE, Predictions, _LARGEST_FILE)
    if predictions is None:
        return None
    try:
        digests = [
            sha256_of(run_folder(out, predictions.experiment, run.seed) / WEIGHTS_FILE, LARGEST_MODEL)
            for run in predictions.runs
        ]
    except OSError:
        return None
    return predictions if digests == [run.weights for run in predictions.runs] else None


def write_predictions(out: Path, predictions: Predictions | None) -> None:
    """Write predictions.json of an output folder; None takes away an older one.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / PREDICTIONS_FILE, predictions, indent=None)
