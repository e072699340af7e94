"""The search: as many trials as are asked for, in this process or on several, each kept in the journal."""

import contextlib
import json
from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, cast

from plainweave.data import Dataset, Loaded
from plainweave.engine.threads import limit_threads
from plainweave.errors import RecordError
from plainweave.experiments import fitted_to
from plainweave.jobs import Cluster, Lost, NoProcessesError
from plainweave.jobs.pool import LostTask, Pool
from plainweave.jobs.progress import Progress
from plainweave.jobs.worker import Task
from plainweave.storage.files import writable_folder
from plainweave.storage.forms import as_json
from plainweave.tuning.journal import mend
from plainweave.tuning.on_cluster import on_cluster
from plainweave.tuning.trial import Came, Ended, Search, Workshop, give_up, try_one, workshop

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

_TRIES = 3  # for a trial whose process is killed
_IDENTITY = "search"  # the attribute of the study that says what it is of


def check_search(search: Search, data: Loaded) -> None:
    """Check that a folder, whose lock is held, holds no other search; its journal is mended.

    Raises:
        RecordError: it holds a search of another space, by another sampler or pruner, or on other data, or
            its journal can't be read.
    """
    mend(search.journal)
    if not search.journal.exists():
        return
    known, identity = search.study().user_attrs.get(_IDENTITY), _identity(search, data)
    if known and (differing := [name for name in identity if known.get(name) != identity[name]]):
        raise RecordError(
            f"{search.folder.parent} holds a search with {_IN_WORDS[differing[0]]}; expected the same. "
            "Choose another folder."
        )


def open_search(search: Search, data: Loaded) -> "Study":
    """Open the study of a folder that was checked, or begin it with the starting settings.

    Raises:
        RecordError: the folder can't be written.
    """
    writable_folder(search.folder)
    study = search.study()
    if _IDENTITY not in study.user_attrs:
        _try_the_start_first(search, data.load(), study)
        study.set_user_attr(_IDENTITY, _identity(search, data))
    there = study.get_trials(deepcopy=False)
    at_work = {search.checkpoint(trial.number) for trial in there if _is_open(trial)}
    for path in search.folder.glob("trial-*.checkpoint"):
        if path not in at_work:  # a kill came after the trial's end
            path.unlink(missing_ok=True)
    return study


def make_trials(search: Search, data: Loaded, trials: int, jobs: int, cluster: Cluster | None = None) -> None:
    """Make trials until there are as many as are asked for, those of before and those that failed included.

    They are trained on a cluster if there is one, else on so many processes.

    Raises:
        KeyboardInterrupt: asked to stop; trials that have ended are kept, others go on the next time.
    """
    study = search.study()
    done = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    left = trials - len(done)
    if left <= 0:
        return
    with Progress(left * search.space.epochs, runs=left) as progress:
        if done:
            progress.say(f"{len(done)} trials are there: the search goes on.")
        for tries in range(1, _TRIES + 1):
            numbers = _numbers(study, trials)
            if not numbers:
                return
            if tries > 1:
                progress.say("A process was killed, perhaps for want of memory; its trial goes on.")
            _follow(search, data, numbers, progress, jobs, cluster)
        shop = Workshop(search, data.load(), study)
        for trial in study.get_trials(deepcopy=False):
            if _is_open(trial):
                ended = give_up(trial.number, shop, f"its process was killed {_TRIES} times")
                _show(ended, search, progress)


def _numbers(study: "Study", trials: int) -> list[int | None]:
    """Return what is to be made: the numbers of trials that were stopped, and None for each new one."""
    there = study.get_trials(deepcopy=False)
    begun = [trial.number for trial in there if _is_open(trial)]
    ended = sum(trial.state.is_finished() for trial in there)
    return [*begun, *[None] * (trials - ended - len(begun))][: max(trials - ended, 0)]


def _follow(
    search: Search,
    data: Loaded,
    numbers: list[int | None],
    progress: Progress,
    jobs: int,
    cluster: Cluster | None,
) -> None:
    tasks = [cast(Task, partial(try_one, number)) for number in numbers]
    jobs = min(jobs, len(tasks))
    events: Generator[object, None, None]
    if cluster is not None:
        events = on_cluster(search, data, numbers, cluster)
    else:
        events = _elsewhere(search, data, tasks, jobs) if jobs > 1 else _here(search, data, tasks)
    try:
        _see_through(events, search, progress)
    except NoProcessesError as error:
        progress.say(f"{error}: all is trained in this process, one after another.")
        _see_through(_here(search, data, tasks), search, progress)


def _see_through(events: Generator[object, None, None], search: Search, progress: Progress) -> None:
    with closing(events):
        for event in events:
            _show(event, search, progress)


def _here(search: Search, data: Loaded, tasks: list[Task]) -> Generator[object, None, None]:
    shop = Workshop(search, data.load(), search.study())
    for task in tasks:
        with limit_threads(), closing(task(shop)) as events:
            yield from events


def _elsewhere(search: Search, data: Loaded, tasks: list[Task], jobs: int) -> Generator[object, None, None]:
    parts = list(dict.fromkeys(type(part) for part in search.space.start.named_parts))
    with closing(Pool(jobs, partial(workshop, search, data, jobs, parts)).results(tasks)) as values:
        for _, value in values:
            yield value


def _show(event: object, search: Search, progress: Progress) -> None:
    match event:
        case Came(number, epoch, epochs, best_loss):
            progress.epoch(f"trial {number}", epoch, epochs, best_loss)
        case Ended(number, _, line):
            name = f"trial {number}"
            progress.finished(name, {name: line}, search.space.epochs)
        case LostTask() | Lost():
            pass  # its trial is at work in the journal, and goes on


def _try_the_start_first(search: Search, dataset: Dataset, study: "Study") -> None:
    """Have the starting settings be the first trial, if the ranges hold them."""
    start = fitted_to(search.space.start, dataset)
    ranges = search.space.ranges
    with contextlib.suppress(ValueError):
        values = {name: getattr(start, name) for name in ranges}
        tried = {name: value for name, value in values.items() if value is not None}
        plain = {name: ranges[name].plain(value) for name, value in tried.items()}
        study.enqueue_trial(plain, skip_if_exists=True)  # a kill may have come right after it


_IN_WORDS = {
    "space": "other settings or ranges",
    "sampler": "another sampler",
    "pruner": "another pruner",
    "data": "other data",
}


def _identity(search: Search, data: Loaded) -> dict[str, object]:
    """Return what a search must have in common with its continuation, as JSON has it."""
    space = {name: as_json(getattr(search.space, name)) for name in ("settings", "ranges", "starts")}
    return {
        "space": json.dumps(space, sort_keys=True, default=str),
        "sampler": search.sampler,
        "pruner": search.pruner,
        "data": data.fingerprint,
    }


def _is_open(trial: "FrozenTrial") -> bool:
    from optuna.trial import TrialState

    return bool(trial.state == TrialState.RUNNING)
