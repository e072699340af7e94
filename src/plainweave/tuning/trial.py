"""One trial: settings drawn, trained, and told to the journal, epoch by epoch."""

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat

from plainweave.data import Dataset, Source
from plainweave.engine.team import share_cores
from plainweave.errors import NO_MEMORY, PlainweaveError, RecordError
from plainweave.experiments import Experiment, RunRecord, fitted_to, resumed_epoch
from plainweave.experiments.run import run_by_epochs
from plainweave.jobs.stacks import now_and_then
from plainweave.losses import metric
from plainweave.named import Named
from plainweave.training import Epoch, Stop
from plainweave.tuning.journal import open_journal
from plainweave.tuning.samplers import pruner_for, sampler_for
from plainweave.tuning.space import Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial

SEED = 1_000_000  # of all trials; those of the comparison are counted from 0
STUDY = "plainweave"
_OF_ONE_TRIAL = (PlainweaveError, MemoryError, OSError)  # after these the others go on


@dataclass(frozen=True)
class Search:
    """A search: what is searched and how, in a form that other processes can be handed.

    Attributes:
        space: of settings.
        folder: that holds the journal and the states of trials at work.
        sampler, pruner: by name.
        threads: of each training; None for as many as pay.
    """

    space: Space
    folder: Path
    sampler: str
    pruner: str
    threads: int | None = None

    @property
    def journal(self) -> Path:
        """Where Optuna keeps what was tried."""
        return self.folder / "journal"

    @property
    def score(self) -> str:
        """What trials are judged by on the validation examples."""
        return self.space.start.choose_by

    def study(self) -> "Study":
        """Open the study, or begin it.

        Raises:
            RecordError: the journal can't be read.
        """
        import optuna

        storage = open_journal(self.journal)
        try:
            study = optuna.load_study(study_name=STUDY, storage=storage)
        except KeyError:
            higher = self.score != "loss" and metric(self.score).higher_is_better
            direction = "maximize" if higher else "minimize"
            study = optuna.create_study(storage=storage, study_name=STUDY, direction=direction)
        study.pruner = pruner_for(self.pruner, self.space.epochs)
        return study

    def checkpoint(self, number: int) -> Path:
        """Return where the state of a trial is kept until it has ended."""
        return self.folder / f"trial-{number}.checkpoint"


@dataclass(frozen=True)
class Workshop:
    """What all trials of a process share."""

    search: Search
    dataset: Dataset
    study: "Study"


def workshop(search: Search, source: Source, processes: int, parts: list[type[Named]]) -> Workshop:
    """Return the workshop of a process, which loads the data itself and has its share of the cores.

    Args:
        search: that it takes part in.
        source: of the data.
        processes: that work beside each other.
        parts: the classes that settings name: a process that gets them knows them.
    """
    share_cores(processes)
    return Workshop(search, source.load(), search.study())


@dataclass(frozen=True)
class Came:
    """A trial has come to an epoch; `best_loss` is its lowest validation loss so far."""

    number: int
    epoch: int
    epochs: int
    best_loss: float


@dataclass(frozen=True)
class Ended:
    """A trial has ended."""

    number: int
    epochs: int
    line: str


def try_one(number: int | None, shop: Workshop) -> Generator[Came | Ended, None, None]:
    """Make a new trial, or go on with one that was stopped, and tell what becomes of it.

    Closed before its end, it keeps the state of the last epoch that ended, and the trial stays at work in the
    journal.

    Args:
        number: of the trial; None for a new one.
        shop: with the data and the study.
    """
    trial = opened(number, shop)
    started = time.perf_counter()
    try:
        record = yield from _trained(drawn(trial, shop), trial, shop)
    except _OF_ONE_TRIAL as error:
        reason = NO_MEMORY if isinstance(error, MemoryError) else str(error)
        yield told(trial, shop, "failed", 0, time.perf_counter() - started, reason)
        return
    yield end(trial, shop, record)


def give_up(number: int, shop: Workshop, reason: str) -> Ended:
    """Have a trial be one that failed."""
    return told(opened(number, shop), shop, "failed", 0, 0.0, reason)


def opened(number: int | None, shop: Workshop) -> "Trial":
    """Return a trial of the study, with a sampler that is its own."""
    import optuna

    study = shop.study
    if number is None:
        number = study.ask().number
    study.sampler = sampler_for(shop.search.sampler, number)
    ids = {trial.number: trial._trial_id for trial in study.get_trials(deepcopy=False)}
    return optuna.trial.Trial(study, ids[number])


def drawn(trial: "Trial", shop: Workshop) -> Experiment:
    """Return what a trial is to train.

    Raises:
        ConfigurationError: the settings drawn do not fit each other.
    """
    ranges = shop.search.space.ranges
    experiment = shop.search.space.experiment(
        f"trial-{trial.number}", lambda name: ranges[name].suggest(trial, name)
    )
    return replace(experiment, test=False)


def _trained(
    experiment: Experiment, trial: "Trial", shop: Workshop
) -> Generator[Came | Ended, None, RunRecord]:
    """Train, and tell an epoch now and then."""
    checkpoint = shop.search.checkpoint(trial.number)
    try:
        resumed_epoch(checkpoint, fitted_to(experiment, shop.dataset), shop.dataset.fingerprint, SEED)
    except RecordError:  # the trial begins anew
        checkpoint.unlink(missing_ok=True)
    steps = run_by_epochs(
        [experiment],
        shop.dataset,
        SEED,
        positions=[0],
        observers=[Pruning(trial, shop.search.score)],
        checkpoints=[checkpoint],
        threads=shop.search.threads,
    )
    results = yield from now_and_then(
        steps,
        lambda history, _: Came(
            trial.number, len(history), experiment.epochs, history.lowest_validation_loss
        ),
    )
    return results[0][0]


class Pruning:
    """An observer that tells an Optuna trial the validation score of each epoch, and ends what it prunes.

    Args:
        trial: of Optuna's.
        score: "loss", or the name of a metric.
    """

    def __init__(self, trial: "Trial", score: str) -> None:
        self._trial, self._score = trial, score
        self._told = max(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values, default=0)

    def __call__(self, epoch: Epoch) -> Stop | None:
        """Tell the score of an epoch, and stop where Optuna says so; never at the last epoch."""
        self.report(epoch.number, epoch.history.validation[self._score])
        return self.stop(epoch.number) if epoch.number < epoch.epochs else None

    def report(self, last: int, scores: Sequence[SupportsFloat]) -> None:
        """Tell the scores of the epochs up to a last one; those that were told are left out."""
        for number, score in enumerate(scores, start=last - len(scores) + 1):
            if number > self._told:  # a stop may come before an epoch is told
                self._trial.report(float(score), number)
                self._told = number

    def stop(self, epoch: int) -> Stop | None:
        """Return a stop where Optuna prunes the trial after an epoch."""
        return Stop(f"pruned at epoch {epoch}") if self._trial.should_prune() else None


def end(trial: "Trial", shop: Workshop, record: RunRecord) -> Ended:
    """Tell the journal what came of a trial that was trained, and return it in a line."""
    score = (record.best_validation or {}).get(shop.search.score)
    if record.stopped is not None:
        return told(trial, shop, "pruned", record.epochs, record.seconds, record.stopped)
    if score is None or not math.isfinite(score):
        reason = f"diverged at epoch {record.diverged or 1}"
        return told(trial, shop, "pruned", record.epochs, record.seconds, reason)
    return told(trial, shop, "complete", record.epochs, record.seconds, "", score)


def told(
    trial: "Trial",
    shop: Workshop,
    state: str,
    epochs: int,
    seconds: float,
    reason: str,
    score: float | None = None,
) -> Ended:
    """Tell the journal how a trial ended, and return it in a line."""
    from optuna.trial import TrialState

    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    trial.set_user_attr("epochs", epochs)
    trial.set_user_attr("seconds", round(seconds, 3))
    trial.set_user_attr("reason", reason)
    shop.study.tell(trial, score, state=states[state])
    shop.search.checkpoint(trial.number).unlink(missing_ok=True)
    what = reason if score is None else f"validation {shop.search.score} {score:.6g}"
    tried = ", ".join(f"{name} {_short(value)}" for name, value in trial.params.items())
    return Ended(trial.number, epochs, f"{what}; {tried}" if tried else what)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
