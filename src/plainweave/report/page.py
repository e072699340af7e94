"""The report page, drawn from the records of an output folder alone."""

import json
from pathlib import Path
from typing import Any

import jinja2

from plainweave.data import FASHION_MNIST
from plainweave.evidence import find_claims, judge_all, judgement_summary, summarize
from plainweave.experiments import RunRecord, find_comparable_runs, find_runs
from plainweave.files import folder_written_whole, locked_folder, write_whole
from plainweave.paper import Reading, judge_claims, read_audit
from plainweave.report import words
from plainweave.report.bars import interval_bar
from plainweave.report.content import page_content
from plainweave.report.figures import arrange, draw
from plainweave.report.found import GRADIENTS_FILE, LEARNED_FILE, find_gradients, find_learned

SUMMARY_FILE = "summary.json"
PAGE_FILE, TEXT_FILE = "report.html", "report.md"
AUDIT_FOLDER = "audit"


def write_report(out: Path) -> Path:
    """Write summary.json, figures, report.html and report.md of an output folder.

    It reads `runs` and, where they are there, gradients.json, learned.json and the runs of an audit;
    nothing is trained.

    Returns:
        The page's path.

    Raises:
        RecordError: there are no runs, they are not comparable, or a file can't be read or written.
    """
    records = find_comparable_runs(out)
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
    write_whole(out / SUMMARY_FILE, json.dumps(summary, indent=2, allow_nan=False) + "\n")
    tested = [record for record in records if record.experiment.test]
    drawn = arrange(tested)
    with folder_written_whole(out / "figures") as folder:
        for panels in drawn:
            draw(panels, tested, folder)
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
    for template, file in (("report.html.j2", PAGE_FILE), ("report.md.j2", TEXT_FILE)):
        write_whole(out / file, _environment().get_template(template).render(content))
    return out / PAGE_FILE


def write_gradients(out: Path, evidence: dict[str, Any]) -> None:
    """Write gradients.json, for `write_report` to read.

    Raises:
        RecordError: it can't be written.
    """
    write_whole(out / GRADIENTS_FILE, json.dumps(evidence, indent=2) + "\n")


def write_learned(out: Path, learned: dict[str, Any] | None) -> None:
    """Write learned.json, for `write_report` to read; None takes away an older one.

    Raises:
        RecordError: it can't be written.
    """
    if learned is None:
        (out / LEARNED_FILE).unlink(missing_ok=True)
    else:
        write_whole(out / LEARNED_FILE, json.dumps(learned) + "\n")


def _readings(out: Path, records: list[RunRecord]) -> list[Reading]:
    """Read the audit beside runs on Fashion-MNIST, if there is one."""
    folder = out / AUDIT_FOLDER
    if records[0].dataset.name != FASHION_MNIST or not list(folder.glob("runs/*")):
        return []
    return read_audit([each for each in find_runs(folder) if each.dataset == records[0].dataset])


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("plainweave.report"),
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
        "needed": words.needed,
    }
    return environment
