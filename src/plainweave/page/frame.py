"""The frame of the page: its title, what it begins with, and what is most important in it."""

from collections import Counter
from dataclasses import dataclass

from plainweave.evidence import Verdict
from plainweave.page.study import Study
from plainweave.page.words import counted


@dataclass(frozen=True)
class Tile:
    """A number that is to be seen first, and what it is."""

    value: str
    text: str


@dataclass(frozen=True)
class Frame:
    """What the templates fill in: how many runs there are, on which data, and more about them."""

    runs: str
    dataset: str
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
        introduction=" ".join(_introduction(study)),
        tiles=(*_best(study), *_claims(study), *_gradients(study)),
    )


def _introduction(study: Study) -> list[str]:
    dataset, rows = study.dataset, study.summary.rows
    shares = {100 * (1 - record.experiment.validation_fraction): None for record in study.records}
    trained_on = " or ".join(f"{share:.4g} %" for share in shares)
    tested = [row for row in rows if row.test_accuracy]
    which = "" if len(tested) == len(rows) else f"those of {counted(len(tested), 'network')} "
    is_tested = f", and {which}tested once on the {dataset.test_examples:,} test examples" if tested else ""
    networks, seeds = counted(len(rows), "network"), counted(study.seeds, "seed")
    seconds = sum(record.seconds for record in study.records)
    sentences = [
        f"{counted(len(study.records), 'run')} of {networks} from {seeds}, trained on {trained_on} of the "
        f"{dataset.training_examples:,} training examples and validated on the rest; the weights of the "
        f"lowest validation loss were kept{is_tested}.",
        "A seed gives all networks the same split (of one validation fraction) and order.",
        f"Training took {seconds:.{0 if seconds >= 10 else 1}f} seconds of one core in all.",
    ]
    if study.references and study.references.note:
        sentences.append(study.references.note)
    return sentences


def _best(study: Study) -> list[Tile]:
    for row in study.summary.rows:
        if study.learned and row.id == study.learned.experiment and row.test_accuracy:
            text = f"test accuracy of {row.id}, the best by validation loss"
            return [Tile(f"{row.test_accuracy.mean:.2f} %", text)]
    return []


def _claims(study: Study) -> list[Tile]:
    if not study.judgements:
        return []
    count = Counter(judgement.verdict for judgement in study.judgements)
    untested = count[Verdict.UNTESTED]
    others = f"contradicted, {count[Verdict.UNDECIDED]} undecided"
    return [
        Tile(f"{count[Verdict.SUPPORTED]} of {len(study.judgements)}", "claims supported"),
        Tile(str(count[Verdict.CONTRADICTED]), f"{others}, {untested} not tested" if untested else others),
    ]


def _gradients(study: Study) -> list[Tile]:
    if study.gradients is None:
        return []
    checked = sum(tensor.checked for check in study.gradients.whole_network for tensor in check.tensors)
    verdict = "all correct" if study.gradients.passed else "NOT all correct"
    return [Tile(f"{checked:,}", f"gradients checked, {verdict}")]
