"""A whole study: train what is missing, judge it, see what was learned, and write the page."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from plainweave.checks import instance
from plainweave.data import Dataset, Loaded, Source, source_of
from plainweave.data.paths import as_path
from plainweave.errors import ConfigurationError
from plainweave.evidence import (
    Claim,
    StudyNotes,
    what_was_learned,
    what_was_predicted,
    write_learned,
    write_notes,
    write_predictions,
)
from plainweave.experiments import Experiment, Store
from plainweave.jobs import Executor, as_experiments, jobs_for, train_experiments
from plainweave.page.page import Judge, check_output, read_study, write_files
from plainweave.page.section import Section
from plainweave.page.sections import SECTIONS
from plainweave.page.study import References, Study
from plainweave.storage.files import locked_folder
from plainweave.training import Observer

_OTHER_NAMES = (
    "plainweave: the classes have other names than when the networks were trained: the page has the old ones."
)


def run_study(
    experiments: Iterable[Experiment],
    data: str | Path | Source | Dataset,
    out: str | Path,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
    executor: Executor | None = None,
    observers: Iterable[Observer] = (),
    threads: int | None = None,
    claims: Sequence[Claim] = (),
    command: str | None = None,
    sections: Sequence[Section] = SECTIONS,
    references: References | None = None,
    judgements: Judge | None = None,
    before_page: Callable[[Path, Dataset], None] | None = None,
    more_files: Iterable[str] = (),
) -> Study:
    """Train every experiment from every seed, judge the claims, and write the page.

    Runs that `out` holds finished and unchanged are kept, so the same call goes on after a stop.

    Args:
        experiments: to train, in the order of the page.
        data: what to train and test on: a data set, a `Source`, or the name or path of one, as
            `load_dataset` has it.
        out: the output folder.
        seeds: how many of each experiment, from 0.
        jobs: processes; with more than one a script keeps this call under `if __name__ == "__main__":`.
        only: ids to train; None for all.
        executor: where they are trained, instead of on so many processes.
        observers: of each run, as `run_experiments` has them.
        threads: of each training, as `run_experiments` has it.
        claims: what you state about the experiments; the page tells what the runs say.
        command: that makes all this again, as a line for a shell; None if it is no command.
        sections: of the page, in its order.
        references: numbers given elsewhere that stand beside those of the runs.
        judgements: judges the records; what it returns stands before the judgements of the claims.
        before_page: called with `out` and the data once all is trained; it may write what sections tell from.
        more_files: names of the files that it writes.

    Returns:
        The study: its records, its summary with all means and intervals, its judgements, and where its
        `page` lies.

    Raises:
        ConfigurationError, DataError, RecordError, PlainweaveError, KeyboardInterrupt: as `run_experiments`
            has them; and, before anything is trained, ConfigurationError if there is no experiment, or what
            should be a claim or a section is none, RecordError if a file of your own is in the page's way.
    """
    out, experiments = as_path("out", out), as_experiments(experiments)
    if not jobs_for(experiments, seeds=seeds, only=only):
        raise ConfigurationError("there is nothing to train; expected at least one experiment.")
    _check_parts(claims, sections)
    source, store = Loaded(source_of(data)), Store(out)
    dataset = source.load()
    with locked_folder(out):
        check_output(out, experiments, references, more_files)
        train_experiments(
            experiments,
            source,
            store,
            seeds=seeds,
            jobs=jobs,
            only=only,
            executor=executor,
            observers=observers,
            threads=threads,
        )
        write_notes(out, StudyNotes(command, tuple(claims)))
        if before_page:
            before_page(out, dataset)
        records = store.comparable()
        learned = what_was_learned(out, records, dataset)
        if learned and learned.class_names != dataset.class_names:
            print(_OTHER_NAMES, file=sys.stderr)
        write_learned(out, learned)
        write_predictions(out, what_was_predicted(out, records, dataset))
        study = read_study(store, references, judgements)
        write_files(study, sections)
        return study


def _check_parts(claims: Sequence[Claim], sections: Sequence[Section]) -> None:
    for claim in claims:
        instance("a claim", claim, Claim, 'Claim("It is good.", (ClaimedComparison(...),))')
    for section in sections:
        instance("a section", section, Section, 'Section("words", "In a few words", words)')
