"""Why the network that is shown is that one."""

from plainweave.display import counted
from plainweave.evidence import Best, best_run
from plainweave.page.study import Study


def why_this_run(study: Study, experiment: str, seed: int) -> str:
    """Say why it is that run; where the folder has others now, only which it is."""
    best = _best(study, experiment, seed)
    if best is None:
        return f"This is “{experiment}”, its run of seed {seed}."
    if best.by is None:
        return f"“{experiment}” is the only network; this is its run of seed {seed}, the first."
    end = _end(best)
    return (
        f"“{experiment}” has the {end} validation {best.by.score}, mean over seeds; this is its run of "
        f"seed {seed}, the {end} of them."
    )


def why_this_experiment(study: Study) -> str:
    """Say why the predictions are those of that experiment, and of how many seeds and examples they are."""
    predictions = study.predictions
    assert predictions is not None
    best = _best(study, predictions.experiment, predictions.best)
    why = ""
    if best is not None:
        by = best.by
        why = (
            ", the only network"
            if by is None
            else f", of the {_end(best)} validation {by.score} (mean over seeds)"
        )
    seeds = counted(len(predictions.runs), "seed")
    return f"“{predictions.experiment}”{why}: {seeds}, {study.dataset.test_examples:,} test examples."


def _best(study: Study, experiment: str, seed: int) -> Best | None:
    """Return the best run of that experiment's kind, if it is that one."""
    for of_classes in (True, False):
        best = best_run(study.records, of_classes=of_classes)
        if best and (best.record.experiment.id, best.record.seed) == (experiment, seed):
            return best
    return None


def _end(best: Best) -> str:
    return "highest" if best.by and best.by.higher_is_better else "lowest"
