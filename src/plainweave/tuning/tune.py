"""Tuning: a search for better settings, and the proof of what it gained."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from plainweave.checks import whole_number
from plainweave.data import Dataset, Loaded, Source, source_of
from plainweave.data.paths import as_path
from plainweave.display import counted
from plainweave.engine.team import as_threads
from plainweave.errors import RecordError
from plainweave.evidence import TUNING_FILE, Searched, Trial, Tuning, write_tuning
from plainweave.experiments import DatasetIdentity, DataSettings, Experiment, Store, fitted_to
from plainweave.extras import need
from plainweave.jobs import Cluster
from plainweave.jobs.finished import check_others
from plainweave.jobs.job import Job
from plainweave.page import Study, run_study
from plainweave.page.page import check_output
from plainweave.storage.files import locked_folder
from plainweave.storage.own_files import write_own
from plainweave.tuning.files import BEST_FILE, TRIALS_FILE, experiment_toml, trials_csv
from plainweave.tuning.proof import Proof, prove
from plainweave.tuning.samplers import PRUNER, SAMPLER, check_names
from plainweave.tuning.search import check_search, make_trials, open_search
from plainweave.tuning.space import START, space_of
from plainweave.tuning.space_file import read_space
from plainweave.tuning.trial import SEED, Search
from plainweave.tuning.tried import importances, tried

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy

_Data: TypeAlias = str | Path | Source | Dataset | DataSettings
_FILES = (TUNING_FILE, TRIALS_FILE, BEST_FILE)


@dataclass(frozen=True, repr=False)
class Tuned:
    """What came of tuning.

    Attributes:
        start, best: the experiments that were compared; the same where nothing better was found.
        trials: that were made, by number.
        proof: what the best settings gained on fresh seeds; its `line` says it.
        study: the runs of both, with their `summary` and `page`.
    """

    start: Experiment
    best: Experiment
    trials: tuple[Trial, ...]
    proof: Proof
    study: Study

    def __repr__(self) -> str:
        return f"Tuned({counted(len(self.trials), 'trial')}, {self.proof.line!r})"


def tune(
    space: str | Path | Mapping[str, object],
    data: _Data | None = None,
    out: str | Path = "tuned",
    *,
    trials: int = 100,
    seeds: int = 10,
    jobs: int = 1,
    threads: int | None = None,
    cluster: Cluster | None = None,
    sampler: str | None = None,
    pruner: str | None = None,
    command: str | None = None,
) -> Tuned:
    """Search for better settings, and prove on seeds that the search never used what they gain.

    Trials are trained from one seed, and judged on its validation examples. Then the best settings and the
    starting ones are trained from fresh seeds, tested once, and compared seed by seed. What `out` holds is
    kept, so the same call goes on after a stop, and one with more trials goes on with the search.

    Args:
        space: a TOML file, or settings by name, some of them ranges, as in
            {"learning_rate": {"low": 1e-3, "high": 1.0, "log": True}, "epochs": 20}.
        data: what to train and test on, as `run_study` has it; None for what the file says.
        out: the output folder.
        trials: how many, those of before included.
        seeds: from which both settings are trained for the proof, from 0.
        jobs: processes; with more than one a script keeps this call under `if __name__ == "__main__":`.
        threads: of each training, as `fit` has it; None for what the file says.
        cluster: where trials and the runs of the proof are trained, instead of on so many processes.
        sampler: "tpe", "random" or "qmc"; None for what the file says, or "tpe".
        pruner: "median", "hyperband", "successive-halving" or "none"; None for what the file says, or
            "median".
        command: that makes all this again, as a line for a shell; None if it is no command.

    Raises:
        MissingExtraError: Optuna, or what the page needs, is not installed.
        ConfigurationError: the space, a name or a number can't be used, or settings do not fit the data.
        DataError: the data can't be had.
        RecordError: `out` can't be written, is in use, holds another search or somebody's own files where
            results will be, or no trial could be trained to its end.
        KeyboardInterrupt: asked to stop; trials that have ended are kept, and others go on from their last
            epoch.
    """
    need("tune")
    trials, jobs = whole_number("trials", trials, at_least=1), whole_number("jobs", jobs, at_least=1)
    seeds, out = whole_number("seeds", seeds, at_least=1), as_path("out", out)
    searched, settings = _opened(space, data, out)
    names = check_names(sampler or searched.sampler, pruner or searched.pruner)
    threads = as_threads(threads) or searched.threads
    search = replace(searched, sampler=names[0], pruner=names[1], threads=threads)
    loaded = Loaded(settings.source() if isinstance(settings, DataSettings) else source_of(settings))
    with locked_folder(out):
        check_search(search, loaded)
        _check_place(search.space.start, loaded.load(), out)
        study = open_search(search, loaded)
        make_trials(search, loaded, trials, jobs, cluster)
        said = settings.beside(Path.cwd()).given if isinstance(settings, DataSettings) else {}
        made = _Made(search, study, out, said, seeds)
        shown = run_study(
            made.experiments,
            loaded,
            out,
            seeds=seeds,
            jobs=jobs,
            executor=cluster,
            threads=threads,
            command=command,
            before_page=made.write,
            more_files=_FILES,
        )
        return Tuned(made.experiments[0], made.experiments[-1], made.trials, made.proof(), shown)


def _opened(space: str | Path | Mapping[str, object], data: _Data | None, out: Path) -> tuple[Search, _Data]:
    """Return the search as its space says, and what it is done on."""
    folder = out / "search"
    if isinstance(space, Mapping):
        search = Search(space_of(space), folder, SAMPLER, PRUNER)
        return search, DataSettings() if data is None else data
    file = read_space(space)
    search = Search(file.space, folder, file.sampler, file.pruner, file.threads)
    return search, file.data if data is None else data


def _check_place(start: Experiment, dataset: Dataset, out: Path) -> None:
    """Check, before the search, what would be found out after it."""
    job = Job(fitted_to(start, dataset), 0)
    check_output(out, [start], None, _FILES)
    check_others(Store(out), [job], DatasetIdentity.of(dataset))


class _Made:
    """A search that has come to its end: what was best, and what is written of it.

    Raises:
        RecordError: no trial was trained to its end.
    """

    def __init__(
        self, search: Search, study: "OptunaStudy", out: Path, data: Mapping[str, object], seeds: int
    ) -> None:
        self._search, self._study, self._out, self._data, self._seeds = search, study, out, data, seeds
        self.trials = tried(study)
        complete = [trial for trial in self.trials if trial.state == "complete"]
        if not complete:
            reason = next((trial.reason for trial in reversed(self.trials) if trial.reason), "")
            raise RecordError(
                f"no trial was trained to its end; the last: {reason.rstrip('.')}. Choose other ranges, and "
                "another folder."
            )
        self._best = study.best_trial
        space, params = search.space, self._best.params
        self._values = space.values(
            lambda name: space.ranges[name].value(params[name]) if name in params else None
        )
        best = Experiment.from_settings({"id": f"trial-{self._best.number}", **self._values})
        start = space.start
        self.experiments = [start] if replace(best, id=START) == start else [start, best]

    def proof(self) -> Proof:
        """Compare the runs of both."""
        store = Store(self._out)
        first, last = (
            [store.run(experiment.id, seed).record for seed in range(self._seeds)]
            for experiment in (self.experiments[0], self.experiments[-1])
        )
        return prove(first, last)

    def write(self, out: Path, dataset: Dataset) -> None:
        """Write tuning.json, trials.csv and best.toml, once both experiments are trained."""
        search, names = self._search, list(self._search.space.ranges)
        first, last = self.experiments[0], self.experiments[-1]
        worth = importances(self._study)
        searched = [
            Searched(name, bool(getattr(search.space.ranges[name], "log", False)), worth.get(name))
            for name in names
        ]
        write_tuning(
            out,
            Tuning(
                score=search.score,
                start=first.id,
                best=last.id,
                sampler=search.sampler,
                pruner=search.pruner,
                seed=SEED,
                searched=tuple(searched),
                trials=self.trials,
                result=self.proof().line,
            ),
        )
        settings = {"id": last.id, **self._values}
        contents = {
            TRIALS_FILE: trials_csv(self.trials, names),
            BEST_FILE: experiment_toml(settings, self._data),
        }
        write_own(out, contents)
