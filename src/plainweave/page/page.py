"""The page of an output folder, made from its records alone."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from plainweave.doing import doing
from plainweave.errors import RecordError
from plainweave.evidence import (
    GRADIENTS_FILE,
    LEARNED_FILE,
    PREDICTIONS_FILE,
    STUDY_FILE,
    SUMMARY_FILE,
    Judgement,
    judge_all,
    read_gradients,
    read_learned,
    read_notes,
    read_predictions,
    read_tuning,
    statements_of,
    summarize,
)
from plainweave.experiments import Experiment, RunRecord, Store
from plainweave.page.figures import FIGURES_FOLDER, arrange, draw, figure_files
from plainweave.page.fill_in import fill_in
from plainweave.page.frame import Part, frame
from plainweave.page.section import Section
from plainweave.page.sections import SECTIONS
from plainweave.page.study import PAGE_FILE, References, Study
from plainweave.storage.files import locked_folder
from plainweave.storage.forms import to_json
from plainweave.storage.own_files import FILES_OF_0_1_ALONE, check_own, own_names, remove_own, write_own

Judge = Callable[[Sequence[RunRecord]], Sequence[Judgement]]

TEXT_FILE = "page.md"


def check_output(
    out: Path,
    experiments: Iterable[Experiment],
    references: References | None = None,
    more_files: Iterable[str] = (),
) -> None:
    """Check, before anything is trained, that nothing of somebody else's lies where the page will.

    Args:
        out: the output folder; it is there.
        experiments: that will be trained.
        references: numbers that will stand beside theirs.
        more_files: by name, which will be written, too.

    Raises:
        RecordError: something does, `figures` is no folder, or a file that the page needs can't be read.
    """
    figures = out / FIGURES_FOLDER
    if not figures.is_dir() and (figures.exists() or figures.is_symlink()):
        raise RecordError(f"{figures} is no folder; expected one to draw into. Move it.")
    evidence = (SUMMARY_FILE, GRADIENTS_FILE, LEARNED_FILE, PREDICTIONS_FILE, STUDY_FILE)
    names = (*evidence, PAGE_FILE, TEXT_FILE)
    check_own(out, [*names, *more_files, *figure_files(experiments, references)])
    read_gradients(out)
    read_learned(out)
    read_predictions(out)
    read_tuning(out)
    read_notes(out)


def check_page(store: Store, references: References | None = None) -> None:
    """Check, before anything more is trained, that the page of a folder's runs can be made.

    Raises:
        RecordError: as `check_output` and `write_page` have it.
    """
    experiments = [record.experiment for record in store.comparable()]
    check_output(store.folder, experiments, references)


@doing("reading the runs")
def read_study(store: Store, references: References | None = None, judgements: Judge | None = None) -> Study:
    """Read what the page of an output folder tells; see `write_page`."""
    out, records = store.folder, store.comparable()
    gradients = read_gradients(out)
    if gradients and gradients.dataset != records[0].dataset.name:
        gradients = None  # of runs that lay here before
    notes = read_notes(out)
    judged = [*(judgements(records) if judgements else ()), *judge_all(statements_of(notes.claims), records)]
    return Study(
        out=out,
        records=records,
        summary=summarize(records, judged),
        judgements=judged,
        gradients=gradients,
        learned=read_learned(out),
        predictions=read_predictions(out),
        tuning=read_tuning(out),
        command=notes.command,
        references=references,
    )


def write_page(
    out: str | Path | Store,
    sections: Sequence[Section] = SECTIONS,
    references: References | None = None,
    judgements: Judge | None = None,
) -> Path:
    """Write summary.json, figures, page.html and page.md of an output folder; nothing is trained.

    It reads `runs` and, where they are there, gradients.json, learned.json, predictions.json,
    tuning.json and study.json.

    Args:
        out: the output folder, or the store of its runs.
        sections: of the page, in its order.
        references: numbers that stand beside those of the runs.
        judgements: judges the records; what it returns stands before the judgements of the user's claims.

    Returns:
        The page's path.

    Raises:
        RecordError: there are no runs, they are not comparable, or a file can't be read or written.
    """
    study = read_study(Store.of(out), references, judgements)
    with locked_folder(study.out):
        write_files(study, sections)
    return study.page


@doing("writing the page")
def write_files(study: Study, sections: Sequence[Section]) -> None:
    """Write all files of a study's page, and remove those of a page that stood here before.

    Raises:
        RecordError: one can't be written, or somebody's own file lies there.
    """
    files: dict[str, str | bytes] = {SUMMARY_FILE: to_json(study.summary)}
    figures = arrange(study.tested, study.references)
    drawn = 0
    with doing(lambda: f"drawing figures: {drawn} of {len(figures)} done"):
        for figure in figures:
            files |= draw(figure)
            drawn += 1
    files |= render(study, sections)
    write_own(study.out, files)
    old = [name for name in own_names(study.out) if name.startswith(f"{FIGURES_FOLDER}/")]
    remove_own(study.out, [name for name in (*old, *FILES_OF_0_1_ALONE) if name not in files])


def render(study: Study, sections: Sequence[Section]) -> dict[str, str]:
    """Return page.html and page.md, by these names."""
    contents = [(section, section.content(study)) for section in sections]
    pages = {}
    for kind, name in (("html", PAGE_FILE), ("md", TEXT_FILE)):
        parts = [
            Part(
                section.id,
                section.title,
                fill_in(section.templates, f"{section.id}.{kind}.j2", study=study, content=content).strip(),
            )
            for section, content in contents
            if content is not None
        ]
        pages[name] = str(fill_in("plainweave.page", f"frame.{kind}.j2", frame=frame(study), parts=parts))
    return pages
