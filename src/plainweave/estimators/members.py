"""Networks trained side by side from seeds of their own, to predict together."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

import joblib
import numpy as np
from sklearn import config_context, get_config
from sklearn.utils import check_random_state

from plainweave.arrays import FloatArray
from plainweave.engine.team import MOST_THREADS
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.rendezvous import Rendezvous, side_by_side, stacked_history
from plainweave.training.observers import as_observers, entered

_P = TypeVar("_P", bound=Perceptron)
_SHARED = ("classes_", "_label_binarizer")  # what partial_fit learns of the classes before it trains
_CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
_SCALARS = ("loss_", "best_loss_", "best_validation_score_")


def fit_members(estimator: _P, train: Callable[[_P, int], object], *, first: bool) -> None:
    """Fit the members of an estimator, and make one of them all.

    Each is an estimator of one network with a seed of its own, and becomes what it would be alone, on any
    number of threads. Ctrl-C ends all with KeyboardInterrupt.

    Args:
        estimator: with checked targets.
        train: fits a member, given its number.
        first: whether members begin anew, or go on.

    Raises:
        ValueError: a member raises it.
    """
    members = _begun(estimator, first=first)
    observers, config = as_observers(estimator.observers or ()), get_config()
    threads = min(threads_of(estimator.n_jobs), len(members))
    meeting = Rendezvous(observers, len(members), threads)

    def trained(number: int) -> None:
        member = members[number]
        member.observers = [partial(meeting.arrive, number)]
        try:
            with config_context(**config), meeting.member(number):
                train(member, number)
        finally:
            member.observers = None

    pool = ThreadPoolExecutor(len(members) if observers else threads)
    with entered(observers), pool:
        try:
            for number, future in enumerate([pool.submit(trained, number) for number in range(len(members))]):
                future.result()
                if estimator.verbose:
                    _tell(number, members)
        except BaseException:
            meeting.end("Training has ended.")
            pool.shutdown(cancel_futures=True)
            raise
    estimator.members_ = cast(list[Perceptron], members)
    _put_together(estimator)


def check_members(estimator: Perceptron, *, first: bool) -> None:
    """Check that training that goes on is of as many networks as before.

    Raises:
        ValueError: it is not.
    """
    members = getattr(estimator, "members_", None)
    before = None if members is None else len(members)
    if not first and before != estimator.members:
        raise ValueError(
            f"members is {estimator.members}, and training goes on from members={before}; expected the same."
            " Call fit with warm_start=False to begin anew."
        )


def threads_of(n_jobs: int | None) -> int:
    """Return how many threads a number of jobs means, as joblib has it.

    All cores, of a negative one, are at most OMP_NUM_THREADS: joblib sets it in its processes to a share.
    """
    threads = int(joblib.effective_n_jobs(n_jobs))
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if n_jobs is not None and n_jobs < 0 and limit.isdecimal() and int(limit):
        threads = min(threads, int(limit))
    return min(threads, MOST_THREADS)


def _begun(estimator: _P, *, first: bool) -> list[_P]:
    """Return the members with their parameters and seeds, and with the weights to go on from."""
    count = int(estimator.members or 1)
    seeds = check_random_state(estimator.random_state).randint(np.iinfo(np.int32).max, size=count)
    parameters = {
        **estimator.get_params(deep=False),
        **{"members": None, "n_jobs": None, "observers": None, "verbose": False},
    }
    if first:
        members = [type(estimator)(**parameters) for _ in seeds]
    else:
        members = cast(list[_P], estimator.members_)
        share(estimator)
    for member, seed in zip(members, seeds, strict=True):
        member.set_params(**{**parameters, "random_state": int(seed)})
        for name in _SHARED:
            if hasattr(estimator, name):
                setattr(member, name, getattr(estimator, name))
    return members


def _put_together(estimator: Perceptron) -> None:
    """Give an estimator what its members have: stacked, and of numbers the mean or the largest."""
    members = estimator.members_
    assert members
    estimator.coefs_ = [np.stack(layer) for layer in zip(*(m.coefs_ for m in members), strict=True)]
    estimator.intercepts_ = [np.stack(layer) for layer in zip(*(m.intercepts_ for m in members), strict=True)]
    share(estimator)
    estimator.n_layers_, estimator.n_outputs_ = members[0].n_layers_, members[0].n_outputs_
    estimator.out_activation_ = members[0].out_activation_
    estimator.n_iter_ = max(member.n_iter_ for member in members)
    estimator.t_ = max(member.t_ for member in members)
    estimator.history_ = stacked_history([member.history_ for member in members])
    for name in (*_CURVES, *_SCALARS):
        if hasattr(members[0], name):
            setattr(estimator, name, _together(name, [getattr(member, name) for member in members]))


def _together(name: str, values: list[Any]) -> float | list[FloatArray] | None:
    """Return a curve of all members, or the mean of a number of each; None where they have none."""
    if values[0] is None:
        return None
    return side_by_side(values) if name in _CURVES else float(np.mean(values))


def share(estimator: Perceptron) -> None:
    """Let the weights of the members be those of the stack."""
    for number, member in enumerate(estimator.members_ or []):
        is_best = member.coefs_ is member._best_coefs
        member.coefs_ = [coef[number] for coef in estimator.coefs_]
        member.intercepts_ = [intercept[number] for intercept in estimator.intercepts_]
        if is_best:  # a warm start changes both, as in scikit-learn
            member._best_coefs, member._best_intercepts = member.coefs_, member.intercepts_


def _tell(number: int, members: list[_P]) -> None:
    """Print a line for a member that has ended."""
    member = members[number]
    print(f"Member {number + 1} of {len(members)}: {member.n_iter_} iterations, loss = {member.loss_:.8f}")
