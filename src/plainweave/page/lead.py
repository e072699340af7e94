"""What came out of a study, in a few sentences of its numbers: the page begins with them."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from plainweave.display import counted
from plainweave.evidence import Best, GradientEvidence, Judgement, Row, Verdict, best_runs
from plainweave.page.sections.claims import needs_seeds
from plainweave.page.study import Study
from plainweave.page.words import ends, number, score, signed

IN_NEED = "in need of more seeds"


def lead(study: Study) -> list[str]:
    """Return the sentences, what matters most first."""
    return [
        *([study.tuning.result] if study.tuning else []),
        *_best(study),
        *_differences(study),
        *_beside_references(study),
        *_claims(study),
        *_gradients(study),
    ]


def beside_references(study: Study) -> dict[str, float]:
    """Return how far the networks' mean accuracies lie above those of the references, in points, by id."""
    given = study.references.accuracies if study.references else {}
    return {
        row.id: row.shown.mean - given[row.id]
        for row in study.summary.rows
        if row.id in given
        and row.score == "accuracy"
        and row.test
        and row.shown
        and row.shown.mean is not None
    }


def checked_gradients(evidence: GradientEvidence) -> int:
    """Return how many gradients were checked, over all networks."""
    return sum(tensor.checked for check in evidence.whole_network for tensor in check.tensors)


def _best(study: Study) -> list[str]:
    rows = {row.id: row for row in study.summary.rows}
    found = [(best, rows[best.record.experiment.id]) for best in best_runs(study.records)]
    return [_of_the_best(study, best, row) for best, row in found if row.test and row.shown]


def _of_the_best(study: Study, best: Best, row: Row) -> str:
    shown = row.shown
    assert shown is not None
    kind = [other for other in study.summary.rows if other.test and other.score == row.score]
    seeds = counted(shown.n, "seed")
    how_sure = f"95 % interval {ends(shown, row.measure)}, {seeds}" if shown.low is not None else seeds
    value = f"{number(row.measure, shown.mean)} {row.measure.unit}".rstrip()
    said = f"test {score(row.score)} is {value} ({how_sure})"
    if len(kind) < 2 or best.by is None:
        return f"The {said}, that of “{row.id}”."
    end = "highest" if best.by.higher_is_better else "lowest"
    which = f"Of {counted(len(kind), 'network')}, “{row.id}” has the {end} validation {score(best.by.score)}"
    return f"{which}; its {said}{_others(row, kind)}."


def _others(row: Row, kind: Sequence[Row]) -> str:
    others = [other for other in kind if other is not row]
    sound = [other for other in others if all(epoch is None for epoch in other.diverged)]
    means = [other.shown.mean for other in sound if other.shown and other.shown.mean is not None]
    if not means:
        return ""
    which = "" if len(sound) == len(others) else " that never diverged"
    low, high = (number(row.measure, end(means)) for end in (min, max))
    if len(means) == 1:
        return f", that of the other{which} {high}"
    return f", those of the others{which} reach from {low} to {high}"


def _differences(study: Study) -> list[str]:
    pairs = study.summary.comparisons
    if study.tuning and {study.tuning.start, study.tuning.best} == {
        name for pair in pairs for name in (pair.first, pair.second)
    }:
        return []  # the result says it, paired by seed
    if not pairs:
        tested = sum(row.test is not None for row in study.summary.rows)
        return ["One seed can't tell differences between networks from chance."] * (
            tested > 1 and study.seeds == 1
        )
    apart = sum(pair.is_shown for pair in pairs)
    if len(pairs) > 1:
        how_many = f"{apart} of the" if apart else "None of the"
        return [
            f"{how_many} {len(pairs)} pairs of networks differ{'' if apart > 1 else 's'} by more than chance."
        ]
    pair = pairs[0]
    return [f"“{pair.first}” and “{pair.second}” {'' if apart else 'do not '}differ by more than chance."]


def _beside_references(study: Study) -> list[str]:
    differences = beside_references(study)
    if not differences or study.references is None:
        return []
    least, most = min(differences, key=differences.__getitem__), max(differences, key=differences.__getitem__)
    measure = next(row.measure for row in study.summary.rows if row.id == least)
    mean = fmean(differences.values())
    where = (
        f"{number(measure, abs(mean))} points {'below' if mean < 0 else 'above'} {study.references.name}'s"
    )
    if len(differences) == 1:
        return [f"Its accuracy lies {where}."]
    low, high = signed(measure, differences[least]), signed(measure, differences[most])
    return [f"On average the accuracies lie {where} (from {low} for “{least}” to {high} for “{most}”)."]


def _claims(study: Study) -> list[str]:
    judgements = study.judgements
    if not judgements:
        return []
    told = verdicts(judgements)
    if len(judgements) == 1:
        return [f"The claim is {next(iter(told))}."]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in told.items())
    return [f"Of {len(judgements)} claims: {counts}."]


def verdicts(judgements: Sequence[Judgement]) -> dict[str, int]:
    """Return how many claims have each verdict, in words; of one seed it may be that they need more."""
    found = Counter(
        IN_NEED if needs_seeds(judgement) else judgement.verdict.value for judgement in judgements
    )
    return {
        verdict: found[verdict] for verdict in (*(one.value for one in Verdict), IN_NEED) if found[verdict]
    }


def _gradients(study: Study) -> list[str]:
    if study.gradients is None:
        return []
    checked = checked_gradients(study.gradients)
    if study.gradients.passed:
        return [f"All {checked:,} gradients that were checked are correct."]
    return [f"NOT all of the {checked:,} gradients that were checked are correct."]
