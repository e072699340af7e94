"""What draws the settings of the next trial, and what ends trials early: Optuna's, by name."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plainweave.checks import choice

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

SAMPLERS = ("tpe", "random", "qmc")
PRUNERS = ("median", "hyperband", "successive-halving", "none")
SAMPLER, PRUNER = "tpe", "median"
_SEED = 0
_WARM_UP = 5  # the median prunes nothing in the first fifth of the epochs, where slow starters are behind


def check_names(sampler: object, pruner: object) -> tuple[str, str]:
    """Return the names of a sampler and a pruner.

    Raises:
        ConfigurationError: one is unknown.
    """
    return choice("sampler", sampler, SAMPLERS), choice("pruner", pruner, PRUNERS)


def sampler_for(name: str, number: int) -> "BaseSampler":
    """Return a sampler for one trial.

    Each trial has one of its own, with a seed made of its number: what it draws depends on the trials before
    it, and not on how often the search was stopped.
    """
    from optuna import samplers

    seed = _SEED + number
    with _quiet():
        if name == "random":
            return samplers.RandomSampler(seed=seed)
        if name == "qmc":  # one sequence, in which each trial has its place
            return samplers.QMCSampler(seed=_SEED, scramble=True, warn_independent_sampling=False)
        return samplers.TPESampler(seed=seed)


def pruner_for(name: str, epochs: int) -> "BasePruner":
    """Return a pruner for trials of so many epochs at most."""
    from optuna import pruners

    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, max_resource=epochs)
    if name == "successive-halving":
        return pruners.SuccessiveHalvingPruner()
    return pruners.NopPruner() if name == "none" else pruners.MedianPruner(n_warmup_steps=epochs // _WARM_UP)


@contextmanager
def _quiet() -> Iterator[None]:
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
