"""The conventions: what the report leaves unsaid, and which readings of it give its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.data.catalog import FASHION_MNIST
from plainweave.evidence import Interval
from plainweave.experiments import Store
from plainweave.page.section import Section
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import ends
from plainweave.paper import words
from plainweave.paper.audit import ALL_CONVENTIONS, AUDIT_FOLDER, Reading, read_audit

_COLUMNS = (
    *(Column(title) for title in ("Momentum", "Normalized over", "Loss averaged over")),
    *(Column(title, number=True) for title in ("Distance", "95 % interval", "Times as far")),
    *(Column(title, number=True) for title in ("Farthest network", "Diverged")),
    Column("Claims as reported"),
)


@dataclass(frozen=True)
class Audit:
    """What an audit says; without one, that there is none.

    Attributes:
        readings: a row each, the nearest to the report first; None without an audit.
        nearest: the first in a phrase, with its distance in points.
        close: the others that are not shown to lie farther away, a phrase each.
        seeds: that all readings have.
        missing: how many readings are not trained.
        claims: how many of the report's claims the audit's runs can tell about.
    """

    readings: Table | None = None
    nearest: str = ""
    close: tuple[str, ...] = ()
    seeds: int = 0
    missing: int = len(ALL_CONVENTIONS)
    claims: int = 0


def conventions(study: Study) -> Audit | None:
    """Read the audit beside a reproduction; None on other data than the report's, where there is none."""
    if study.dataset.name != FASHION_MNIST:
        return None
    readings = _readings(study)
    if not readings:
        return Audit()
    nearest, *others = readings
    return Audit(
        readings=_table(readings, f"On {study.dataset.name}."),
        nearest=f"{words.conventions(nearest.conventions)}, {nearest.distance.mean:.2f} points away",
        close=tuple(words.conventions(reading.conventions) for reading in others if reading.likely),
        seeds=nearest.distance.n,
        missing=len(ALL_CONVENTIONS) - len(readings),
        claims=sum(judgement.seeds > 0 for judgement in nearest.judgements),
    )


def _readings(study: Study) -> list[Reading]:
    store = Store(study.out / AUDIT_FOLDER)
    if not store.run_folders():
        return []
    return read_audit([record for record in store.records() if record.dataset == study.dataset])


def _table(readings: Sequence[Reading], caption: str) -> Table:
    return table(_COLUMNS, map(_row, readings), caption=caption)


def _row(reading: Reading) -> list[str]:
    distance, given = reading.distance, reading.conventions
    return [
        given.momentum,
        given.standardize.replace("-", " "),
        given.loss_mean.replace("-", " "),
        f"{distance.mean:.2f}",
        ends(Interval.of(distance)),
        words.times_as_far(reading),
        f"{reading.largest_of} {reading.largest:+.2f}",
        str(reading.diverged),
        words.claims_as_reported(reading) or "none",
    ]


CONVENTIONS = Section("conventions", "The conventions", conventions, templates="plainweave.paper")
