"""One case of `estimators.py`, which starts it: `python estimator_rounds.py NAME DTYPE ROUNDS`.

plainweave's estimator and scikit-learn's do the same work in turn; printed is what they took, as JSON. The
first round is not counted.
"""

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import datasets, neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

import plainweave as pw

Data = tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]
GRID = {"alpha": [1e-4, 1e-2], "hidden_layer_sizes": [(50,), (100,)]}


@dataclass(frozen=True)
class Case:
    """Data, and the estimator that is fitted to it with settings that are not the default."""

    load: Callable[[], Data]
    settings: dict[str, int]
    estimator: str = "MLPClassifier"


def _made(examples: int, features: int) -> Callable[[], Data]:
    return lambda: datasets.make_classification(
        examples, features, n_informative=features // 2, random_state=0
    )


def _fashion() -> Data:
    training = pw.load_dataset("fashion-mnist").train
    return np.asarray(training.inputs).reshape(len(training), -1) / 255, np.asarray(training.targets)


CASES = {
    "iris": Case(lambda: datasets.load_iris(return_X_y=True), {}),
    "breast cancer": Case(lambda: datasets.load_breast_cancer(return_X_y=True), {}),
    "digits": Case(lambda: datasets.load_digits(return_X_y=True), {}),
    "1,000 x 20": Case(_made(1000, 20), {}),
    "10,000 x 50": Case(_made(10000, 50), {"max_iter": 20}),
    "50,000 x 200": Case(_made(50000, 200), {"max_iter": 10}),
    "Fashion-MNIST": Case(_fashion, {"max_iter": 10}),
    "diabetes, numbers": Case(lambda: datasets.load_diabetes(return_X_y=True), {}, "MLPRegressor"),
    "10,000 x 50, numbers": Case(
        lambda: datasets.make_regression(10000, 50, random_state=0), {"max_iter": 20}, "MLPRegressor"
    ),
}
SEARCH = "grid search on "
SEARCHES = tuple(SEARCH + name for name in ("iris", "breast cancer", "digits", "1,000 x 20"))


def main() -> None:
    """Take turns, and print the seconds of each side by task."""
    name, dtype, rounds = sys.argv[1:]
    warnings.simplefilter("ignore", ConvergenceWarning)
    if name in SEARCHES:
        sides = _search(CASES[name.removeprefix(SEARCH)], dtype)
    else:
        sides = _sides(CASES[name], dtype)
    told: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(int(rounds) + 1):
        for side, take_round in sides.items():
            told[side].append(take_round())
    print(json.dumps({side: taken[1:] for side, taken in told.items()}))


def _sides(case: Case, dtype: str) -> dict[str, Callable[[], dict[str, float]]]:
    inputs, targets = case.load()
    inputs = np.ascontiguousarray(inputs, dtype)
    many = np.resize(inputs, (10000, inputs.shape[1]))

    def of(library: Any) -> Callable[[], dict[str, float]]:
        def take_round() -> dict[str, float]:
            model = getattr(library, case.estimator)(random_state=0, **case.settings)
            return {
                "fit": _seconds(lambda: model.fit(inputs, targets)),
                "predict 1": _seconds(lambda: model.predict(inputs[:1]), 200),
                "predict 10,000": _seconds(lambda: model.predict(many), 5),
                "epochs": model.n_iter_,
                "score": model.score(inputs, targets),
            }

        return take_round

    return {"plainweave": of(pw), "scikit-learn": of(neural_network)}


def _search(case: Case, dtype: str) -> dict[str, Callable[[], dict[str, float]]]:
    inputs, targets = case.load()
    inputs = inputs.astype(dtype)

    def of(library: Any) -> Callable[[], dict[str, float]]:
        def take_round() -> dict[str, float]:
            search = GridSearchCV(library.MLPClassifier(random_state=0), GRID, cv=3, n_jobs=2)
            return {"fit": _seconds(lambda: search.fit(inputs, targets)), "score": search.best_score_}

        return take_round

    return {"plainweave": of(pw), "scikit-learn": of(neural_network)}


def _seconds(call: Callable[[], object], times: int = 1) -> float:
    """Return the median of the seconds that a call takes."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
