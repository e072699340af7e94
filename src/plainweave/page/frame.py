"""The frame of the page: its title, what it begins with, and what is most important in it."""

from collections import Counter
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from plainweave.display import counted
from plainweave.evidence import GradientEvidence, Verdict, best_runs
from plainweave.experiments.record import rows_digest
from plainweave.losses import metric
from plainweave.page.lead import beside_references, checked_gradients, lead, verdicts
from plainweave.page.study import Study
from plainweave.page.words import number, score, with_minus

_MOST_REASONS = 3


@dataclass(frozen=True)
class Tile:
    """A number that is to be seen first, and what it is."""

    value: str
    text: str


@dataclass(frozen=True)
class Frame:
    """What the templates fill in: what came out of how many runs on which data, and how they were made."""

    runs: str
    dataset: str
    lead: str
    introduction: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Part:
    """A section as it stands in the frame: its id, its title, and its text, filled in."""

    id: str
    title: str
    text: str


def frame(study: Study) -> Frame:
    """Return the frame of a study's page."""
    return Frame(
        runs=counted(len(study.records), "run"),
        dataset=study.dataset.name,
        lead=" ".join(lead(study)),
        introduction=" ".join(_introduction(study)),
        tiles=(*_best(study), *_beside_references(study), *_claims(study), *_gradients(study)),
    )


def _introduction(study: Study) -> list[str]:
    dataset, rows = study.dataset, study.summary.rows
    tested = [row for row in rows if row.test]
    which = "" if len(tested) == len(rows) else f"those of {counted(len(tested), 'network')} "
    is_tested = f", and {which}tested once on the {dataset.test_examples:,} test examples" if tested else ""
    networks, seeds = counted(len(rows), "network"), counted(study.seeds, "seed")
    seconds = sum(record.seconds for record in study.records)
    sentences = [
        f"{counted(len(study.records), 'run')} of {networks} from {seeds}, trained on {_trained_on(study)}; "
        f"the weights of {_kept(study)} were kept{is_tested}.",
        *([f"They predict {name}."] if (name := _target(study)) else []),
        "A seed gives all networks the same split (of one validation fraction) and order.",
        *_stopped(study),
        f"Training took {seconds:,.{0 if seconds >= 10 else 1}f} seconds in all.",
    ]
    if study.references and study.references.note:
        sentences.append(study.references.note)
    return sentences


def _target(study: Study) -> str:
    """Return what is predicted, where that has a name."""
    model = study.model or study.predictor
    return model.target_name if model else ""


def _stopped(study: Study) -> list[str]:
    """Say which runs an observer ended, and why."""
    reasons = Counter(record.stopped for record in study.records if record.stopped is not None)
    if not reasons:
        return []
    told = [*list(reasons)[:_MOST_REASONS], *(["…"] if len(reasons) > _MOST_REASONS else [])]
    return [f"{counted(reasons.total(), 'run')} ended early, stopped by an observer: {'; '.join(told)}."]


def _trained_on(study: Study) -> str:
    """Return on which examples the networks were trained, and on which they were validated."""
    examples = f"the {study.dataset.training_examples:,} training examples"
    validated = [record for record in study.records if record.history.validation]
    if not validated:
        return f"all of {examples}"
    if all(record.validation_rows == rows_digest(np.arange(0)) for record in validated):
        return f"{examples} and validated on others"
    shares = {100 * (1 - record.experiment.validation_fraction): None for record in study.records}
    trained_on = " or ".join(f"{share:.4g} %" for share in shares)
    return f"{trained_on} of {examples} and validated on the rest"


def _kept(study: Study) -> str:
    """Return of which epoch the weights were kept."""
    validated = [record for record in study.records if record.history.validation]
    kept = dict.fromkeys(
        f"the {'highest' if metric(name).higher_is_better else 'lowest'} validation {score(name)}"
        for name in (record.experiment.choose_by for record in validated)
    )
    last = [] if len(validated) == len(study.records) else ["the last epoch"]
    return " or ".join([*kept, *last])


def _best(study: Study) -> list[Tile]:
    rows = {row.id: row for row in study.summary.rows}
    tiles = []
    for best in best_runs(study.records):
        row = rows[best.record.experiment.id]
        if best.by is not None and row.shown is not None and row.shown.mean is not None:
            value = f"{number(row.measure, row.shown.mean)} {row.measure.unit}".rstrip()
            text = f"test {score(row.score)} of “{row.id}”, the best by validation {score(best.by.score)}"
            tiles.append(Tile(value, text))
    return tiles


def _beside_references(study: Study) -> list[Tile]:
    differences, references = beside_references(study), study.references
    if not differences or references is None:
        return []
    mean = with_minus(f"{fmean(differences.values()):+.2f}")
    return [Tile(f"{mean} points", f"from {references.name}, mean of {counted(len(differences), 'network')}")]


def _claims(study: Study) -> list[Tile]:
    if not study.judgements:
        return []
    told = verdicts(study.judgements)
    supported = told.pop(Verdict.SUPPORTED.value, 0)
    others = "".join(f", {count} {verdict}" for verdict, count in told.items())
    return [Tile(f"{supported} of {len(study.judgements)}", f"claims supported{others}")]


def _gradients(study: Study) -> list[Tile]:
    if study.gradients is None:
        return []
    return [
        Tile(f"{checked_gradients(study.gradients):,}", f"gradients checked, {_verdict(study.gradients)}")
    ]


def _verdict(evidence: GradientEvidence) -> str:
    return "all correct" if evidence.passed else "NOT all correct"
