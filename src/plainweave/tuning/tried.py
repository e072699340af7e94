"""What a search tried, as its journal says."""

import math
from typing import TYPE_CHECKING, cast

from plainweave.doing import doing
from plainweave.evidence import Trial
from plainweave.evidence.tuning_file import State

if TYPE_CHECKING:
    from optuna import Study

_STATES: dict[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


def tried(study: "Study") -> tuple[Trial, ...]:
    """Return the trials that have ended, by number."""
    return tuple(
        Trial(
            number=trial.number,
            state=_STATES[trial.state.name],
            score=_finite(trial.value),
            epochs=trial.user_attrs.get("epochs", 0),
            seconds=trial.user_attrs.get("seconds", 0.0),
            settings=dict(trial.params),
            reason=trial.user_attrs.get("reason", ""),
        )
        for trial in study.get_trials(deepcopy=False)
        if trial.state.is_finished()
    )


@doing("working out which settings matter")
def importances(study: "Study") -> dict[str, float]:
    """Return the share of the scores' variance that each setting explains, of those that all trials have.

    It is that of functional ANOVA, over the trials that were trained to their end; empty with too few.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    try:
        found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    except (ValueError, RuntimeError):  # fewer than two, or all alike
        return {}
    return {name: share for name, share in cast(dict[str, float], found).items() if math.isfinite(share)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
