"""The conventions: what the report leaves unsaid, and which readings of it give its numbers."""

from dataclasses import dataclass

from plainweave.data.catalog import FASHION_MNIST
from plainweave.experiments import find_runs, run_folders
from plainweave.page.section import Section
from plainweave.page.study import Study
from plainweave.paper import words
from plainweave.paper.audit import ALL_CONVENTIONS, AUDIT_FOLDER, Reading, read_audit


@dataclass(frozen=True)
class Row:
    """A reading in words: a row of the table."""

    momentum: str
    standardize: str
    loss_mean: str
    distance: str
    interval: str
    times_as_far: str
    farthest: str
    diverged: int
    claims: str

    @classmethod
    def of(cls, reading: Reading) -> "Row":
        """Say a reading."""
        distance = reading.distance
        has_interval = distance.low is not None and distance.high is not None
        return cls(
            momentum=reading.conventions.momentum,
            standardize=reading.conventions.standardize.replace("-", " "),
            loss_mean=reading.conventions.loss_mean.replace("-", " "),
            distance=f"{distance.mean:.2f}",
            interval=f"{distance.low:.2f} to {distance.high:.2f}" if has_interval else "–",
            times_as_far=words.times_as_far(reading),
            farthest=f"{reading.largest_of} {reading.largest:+.2f}",
            diverged=reading.diverged,
            claims=words.claims_as_reported(reading) or "none",
        )


@dataclass(frozen=True)
class Audit:
    """What an audit says; empty without one.

    Attributes:
        rows: a reading each, the nearest to the report first.
        nearest: the first in a phrase.
        close: the others that are not shown to lie farther away, a phrase each.
        seeds: that all readings have.
        readings: how many there are, trained or not.
        claims: how many of the report's claims the audit's runs can tell about.
    """

    rows: tuple[Row, ...] = ()
    nearest: str = ""
    close: tuple[str, ...] = ()
    seeds: int = 0
    readings: int = len(ALL_CONVENTIONS)
    claims: int = 0


def conventions(study: Study) -> Audit | None:
    """Read the audit beside a reproduction on the report's data, if there is one."""
    if study.dataset.name != FASHION_MNIST:
        return None
    readings = _readings(study)
    if not readings:
        return Audit()
    nearest, *others = readings
    return Audit(
        rows=tuple(map(Row.of, readings)),
        nearest=words.conventions(nearest.conventions),
        close=tuple(words.conventions(reading.conventions) for reading in others if reading.likely),
        seeds=nearest.distance.n,
        claims=sum(judgement.seeds > 0 for judgement in nearest.judgements),
    )


def _readings(study: Study) -> list[Reading]:
    folder = study.out / AUDIT_FOLDER
    if not run_folders(folder):
        return []
    return read_audit([record for record in find_runs(folder) if record.dataset == study.dataset])


CONVENTIONS = Section("conventions", "The conventions", conventions, templates="plainweave.paper")
