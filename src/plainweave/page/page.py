"""The report page, drawn from the records of an output folder alone."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from plainweave.data import FASHION_MNIST
from plainweave.errors import RecordError
from plainweave.evidence import CLAIMS_FILE, find_claims, judge_all, judgement_summary, summarize
from plainweave.experiments import Experiment, RunRecord, Store
from plainweave.page import words
from plainweave.page.bars import interval_bar
from plainweave.page.content import page_content
from plainweave.page.figures import FIGURES_FOLDER, arrange, draw, figure_files
from plainweave.page.found import GRADIENTS_FILE, LEARNED_FILE, find_gradients, find_learned
from plainweave.paper import Reading, judge_claims, read_audit
from plainweave.storage.files import locked_folder
from plainweave.storage.own_files import check_own, own_names, remove_own, write_own

SUMMARY_FILE = "summary.json"
PAGE_FILE, TEXT_FILE = "report.html", "report.md"
AUDIT_FOLDER = "audit"


def check_output(out: Path, experiments: Iterable[Experiment]) -> None:
    """Check, before anything is trained, that nothing of somebody else's lies where the page will.

    Args:
        out: the output folder; it is there.
        experiments: that will be trained.

    Raises:
        RecordError: something does, or `figures` is no folder.
    """
    figures = out / FIGURES_FOLDER
    if not figures.is_dir() and (figures.exists() or figures.is_symlink()):
        raise RecordError(f"{figures} is no folder; expected one to draw into. Move it.")
    names = (SUMMARY_FILE, GRADIENTS_FILE, LEARNED_FILE, CLAIMS_FILE, PAGE_FILE, TEXT_FILE)
    check_own(out, [*names, *figure_files(experiments)])


def check_page(out: Path) -> None:
    """Check, before anything more is trained, that the page of a folder's runs can be made.

    Raises:
        RecordError: as `check_output` and `write_report` have it.
    """
    check_output(out, [record.experiment for record in Store(out).comparable()])
    find_gradients(out)
    find_learned(out)


def write_report(out: Path) -> Path:
    """Write summary.json, figures, report.html and report.md of an output folder.

    It reads `runs` and, where they are there, gradients.json, learned.json and the runs of an audit;
    nothing is trained.

    Returns:
        The page's path.

    Raises:
        RecordError: there are no runs, they are not comparable, or a file can't be read or written.
    """
    records = Store(out).comparable()
    with locked_folder(out):
        return _write_report(out, records)


def _write_report(out: Path, records: list[RunRecord]) -> Path:
    gradients = find_gradients(out)
    if gradients and gradients["dataset"] != records[0].dataset.name:
        gradients = None  # of runs that lay here before
    summary = summarize(records)
    compares = words.compares(summary)
    judgements = judge_claims(records, gradients) if compares else []
    judgements += judge_all(find_claims(out), records)
    summary["claims"] = [judgement_summary(each) for each in judgements]
    tested = [record for record in records if record.experiment.test]
    drawn = arrange(tested)
    content = page_content(
        out,
        records,
        summary,
        drawn,
        gradients=gradients,
        learned=find_learned(out),
        judgements=judgements,
        readings=_readings(out, records),
    )
    files: dict[str, str | bytes] = {SUMMARY_FILE: json.dumps(summary, indent=2, allow_nan=False) + "\n"}
    for panels in drawn:
        files |= draw(panels, tested)
    for template, file in (("page.html.j2", PAGE_FILE), ("page.md.j2", TEXT_FILE)):
        files[file] = _environment().get_template(template).render(content)
    write_own(out, files)
    before = [name for name in own_names(out) if name.startswith(f"{FIGURES_FOLDER}/")]
    remove_own(out, [name for name in before if name not in files])  # of runs that lay here before
    return out / PAGE_FILE


def write_gradients(out: Path, evidence: dict[str, Any]) -> None:
    """Write gradients.json, for `write_report` to read.

    Raises:
        RecordError: it can't be written.
    """
    write_own(out, {GRADIENTS_FILE: json.dumps(evidence, indent=2) + "\n"})


def write_learned(out: Path, learned: dict[str, Any] | None) -> None:
    """Write learned.json, for `write_report` to read; None takes away an older one.

    Raises:
        RecordError: it can't be written.
    """
    if learned is None:
        remove_own(out, [LEARNED_FILE])
    else:
        write_own(out, {LEARNED_FILE: json.dumps(learned) + "\n"})


def _readings(out: Path, records: list[RunRecord]) -> list[Reading]:
    """Read the audit beside runs on Fashion-MNIST, if there is one."""
    folder = out / AUDIT_FOLDER
    if records[0].dataset.name != FASHION_MNIST or not Store(folder).run_folders():
        return []
    return read_audit([each for each in Store(folder).records() if each.dataset == records[0].dataset])


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("plainweave.page"),
        autoescape=jinja2.select_autoescape(("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "times": words.sizes,
        "words": words.activation,
        "counted": words.counted,
        "range": words.span,
        "region": words.region,
        "mean": words.mean,
        "interval": words.interval,
        "conventions": words.conventions,
        "farther": words.farther,
        "bar": interval_bar,
        "plain": words.plain,
        "needed": words.needed,
    }
    return environment
