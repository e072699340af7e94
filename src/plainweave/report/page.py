"""The report page, drawn from the records of an output folder alone."""

import base64
import json
from pathlib import Path
from typing import Any

import jinja2

from plainweave.data import FASHION_MNIST
from plainweave.errors import RecordError
from plainweave.experiments import Experiment, RunRecord, find_runs, summarize
from plainweave.files import folder_written_whole, write_whole
from plainweave.report.figures import arrange, data_label, draw

SUMMARY_FILE, GRADIENTS_FILE = "summary.json", "gradients.json"
PAGE_FILE, TEXT_FILE = "report.html", "report.md"
# Settings that the table of results does not show already.
_COMMON = (
    "momentum",
    "dampening",
    "nesterov",
    "decay_biases",
    "batch_size",
    "patience",
    "validation_fraction",
    "standardize",
    "initializer",
    "dtype",
)


def write_report(out: Path) -> Path:
    """Write summary.json, figures, report.html and report.md of an output folder.

    It reads `runs` and, where it is there, gradients.json; nothing is trained.

    Returns:
        The page's path.

    Raises:
        RecordError: there are no runs, they are of several data sets, those of one experiment differ in
            their settings, or a file can't be read or written.
    """
    records = find_runs(out)
    datasets = {record.dataset.fingerprint: record.dataset.name for record in records}
    if len(datasets) > 1:
        raise RecordError(
            f"{out} holds runs on {' and '.join(sorted(datasets.values()))}; expected one data set. "
            "Move the others to a folder of their own."
        )
    first: dict[str, Experiment] = {}
    for experiment in (record.experiment for record in records):
        if difference := first.setdefault(experiment.id, experiment).difference(experiment):
            name, one, other = difference
            raise RecordError(
                f"{out} holds runs of {experiment.id!r} with {name} {one} and {other}; expected one. "
                "Train all its seeds again, or move some to a folder of their own."
            )
    summary = summarize(records)
    write_whole(out / SUMMARY_FILE, json.dumps(summary, indent=2) + "\n")
    figures = arrange(records)
    with folder_written_whole(out / "figures") as folder:
        for panels in figures:
            draw(panels, records, folder)
    content = {
        "summary": summary,
        "label": data_label(records[0]),
        "compares": any(row["report_accuracy"] is not None for row in summary["rows"]),
        "is_fashion_mnist": summary["dataset"] == FASHION_MNIST,
        "dataset": records[0].dataset,
        "gradients": _gradients(out),
        "figures": [
            {
                "name": panels.name,
                "title": panels.title,
                "caption": panels.caption,
                "source": _as_address(out / "figures" / f"{panels.name}.svg"),
            }
            for panels in figures
        ],
        "settings": _settings(records),
        "environment": records[0].environment,
        "seconds": sum(record.seconds for record in records),
        "runs": _counted(len(records), "run"),
        "shares": _training_shares(records),
    }
    for template, file in (("report.html.j2", PAGE_FILE), ("report.md.j2", TEXT_FILE)):
        write_whole(out / file, _environment().get_template(template).render(content))
    return out / PAGE_FILE


def write_gradients(out: Path, evidence: dict[str, Any]) -> None:
    """Write gradients.json, for `write_report` to read.

    Raises:
        RecordError: it can't be written.
    """
    write_whole(out / GRADIENTS_FILE, json.dumps(evidence, indent=2) + "\n")


def _gradients(out: Path) -> Any:
    try:
        return json.loads((out / GRADIENTS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{out / GRADIENTS_FILE} can't be read ({error}). Remove it, or run reproduce again."
        ) from error


def _settings(records: list[RunRecord]) -> dict[str, str]:
    """Return the settings that the results' table does not show, with all values they take."""
    values: dict[str, dict[str, None]] = {name: {} for name in _COMMON}
    for record in records:
        for name in _COMMON:
            values[name][str(getattr(record.experiment, name))] = None
    return {name.replace("_", " "): ", ".join(each) for name, each in values.items()}


def _training_shares(records: list[RunRecord]) -> str:
    """Return the share of the training examples that is trained on, in percent, with all values it takes."""
    shares = {100 * (1 - record.experiment.validation_fraction): None for record in records}
    return " or ".join(f"{share:.4g} %" for share in shares)


def _as_address(svg: Path) -> str:
    """Return a picture as a data address, so that the page is one file."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.read_bytes()).decode()


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("plainweave.report"),
        autoescape=jinja2.select_autoescape(("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["times"] = lambda sizes: "x".join(map(str, sizes)) or "none"
    environment.filters["words"] = _words
    environment.filters["counted"] = _counted
    return environment


def _words(value: object) -> str:
    """Write an activation, or one for each layer, as text."""
    return value if isinstance(value, str) else ", ".join(map(str, value))  # type: ignore[call-overload]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
