"""tuning.json: what a search tried, what it took for the best, and what each setting mattered."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from plainweave.display import counted
from plainweave.evidence.output import read_output, write_output
from plainweave.experiments import is_experiment_id
from plainweave.storage.forms import short

TUNING_FILE = "tuning.json"
_LARGEST_FILE = 2**26  # bytes

Chosen: TypeAlias = bool | int | float | str | None  # a value of a setting; lists are their JSON
State: TypeAlias = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class Trial:
    """One trial of a search.

    Attributes:
        number: from 0.
        state: whether it was trained to its end, was ended early, or could not be trained.
        score: on the validation examples, of its best weights; of a pruned one, of its last epoch.
        epochs: that it was trained for.
        seconds: that it took.
        settings: that were tried, by name.
        reason: why it was ended, or failed.
    """

    number: int
    state: State
    score: float | None
    epochs: int
    seconds: float
    settings: dict[str, Chosen]
    reason: str = ""


@dataclass(frozen=True)
class Searched:
    """A setting that was searched.

    Attributes:
        name: of the setting.
        log: whether it was drawn by its logarithm.
        importance: the share of the scores' variance that it explains, as Optuna estimates it; None where
            that can't be had, as for settings that not all trials have.
    """

    name: str
    log: bool
    importance: float | None


@dataclass(frozen=True, repr=False)
class Tuning:
    """What tuning.json holds.

    Attributes:
        score: by which settings were chosen on the validation examples: "loss", or a metric.
        start, best: ids of the experiments that were compared; alike where nothing better was found.
        sampler, pruner: by name.
        seed: from which all trials were trained, and none of the comparison.
        searched: the settings.
        trials: by number.
        result: whether tuning helped, by how much, and how sure that is.
    """

    VERSION: ClassVar[int] = 1
    score: str
    start: str
    best: str
    sampler: str
    pruner: str
    seed: int
    searched: tuple[Searched, ...]
    trials: tuple[Trial, ...]
    result: str

    def __repr__(self) -> str:
        return f"Tuning({counted(len(self.trials), 'trial')}, {self.result!r})"

    def __post_init__(self) -> None:
        for name in (self.start, self.best):
            if not is_experiment_id(name):
                raise ValueError(f"start and best are {short(name)}; expected ids of experiments")


def read_tuning(out: Path) -> Tuning | None:
    """Read tuning.json of an output folder; None if there is none.

    Raises:
        RecordError: it can't be read, or is not what `write_tuning` writes.
    """
    return read_output(out / TUNING_FILE, Tuning, _LARGEST_FILE)


def write_tuning(out: Path, tuning: Tuning) -> None:
    """Write tuning.json of an output folder.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / TUNING_FILE, tuning)
