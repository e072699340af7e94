"""Estimators of parts of one's own: an activation, a loss, an optimizer and a schedule."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from plainweave.engine import Work, program_for
from plainweave.engine.reference import NumPyProgram
from plug_in import Lion, LogCosh, Softsign, Zigzag

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_FLOWERS, FLOWERS = datasets.load_iris(return_X_y=True)
X_PATIENTS, PATIENTS = datasets.load_diabetes(return_X_y=True)
X_FLOWERS, X_PATIENTS, PATIENTS = map(scale, (X_FLOWERS, X_PATIENTS, PATIENTS))
OWN: dict[str, Any] = {
    "hidden_layer_sizes": (12, 6),
    "activation": ["softsign:0.5", Softsign()],
    "optimizer": Lion(0.02),
    "schedule": Zigzag(),
    "dropout": [0.1, 0],
    "max_iter": 60,
    "random_state": 0,
}


@pytest.mark.parametrize("members", [None, 2])
def test_parts_of_ones_own_train(members: int | None) -> None:
    classifier = MLPClassifier(members=members, n_jobs=2, **OWN).fit(X_FLOWERS, FLOWERS)
    assert classifier.score(X_FLOWERS, FLOWERS) > 0.85
    regressor = MLPRegressor(LogCosh(), members=members, **OWN).fit(X_PATIENTS, PATIENTS)
    assert regressor.score(X_PATIENTS, PATIENTS) > 0.3
    by_name = MLPRegressor("log-cosh", members=members, **OWN).fit(X_PATIENTS, PATIENTS)
    np.testing.assert_array_equal(by_name.predict(X_PATIENTS), regressor.predict(X_PATIENTS))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_solver_of_scikit_learn_makes_a_loss_of_ones_own_small(solver: str) -> None:
    regressor = MLPRegressor(
        LogCosh(), (8,), ["softsign"], solver=solver, max_iter=200, random_state=0, learning_rate_init=0.01
    )
    regressor.fit(X_PATIENTS, PATIENTS)
    assert regressor.score(X_PATIENTS, PATIENTS) > 0.45
    rows = PATIENTS[:, np.newaxis]
    assert pw.check_gradients(regressor.network_, X_PATIENTS, rows, loss=LogCosh()).passed
    if solver == "lbfgs":
        penalty = 1e-4 / 2 / len(PATIENTS) * sum(np.square(coef).sum() for coef in regressor.coefs_)
        loss = float(LogCosh().value(regressor.network_(X_PATIENTS), rows))
        assert regressor.loss_ == pytest.approx(loss + penalty)


def test_they_are_trained_on_numpy() -> None:
    network = MLPClassifier(**OWN).fit(X_FLOWERS, FLOWERS).network_
    split = pw.split(pw.Examples(X_FLOWERS, FLOWERS))
    assert isinstance(program_for(Work(network, pw.SoftmaxCrossEntropy(), Lion(), split, 50)), NumPyProgram)


def test_they_are_copied_and_searched_over() -> None:
    regressor = MLPRegressor(LogCosh(), **OWN).fit(X_PATIENTS, PATIENTS)
    for other in (copy.deepcopy(regressor), pickle.loads(pickle.dumps(regressor))):
        np.testing.assert_array_equal(other.predict(X_PATIENTS), regressor.predict(X_PATIENTS))
    again = clone(regressor).fit(X_PATIENTS, PATIENTS)
    np.testing.assert_array_equal(again.predict(X_PATIENTS), regressor.predict(X_PATIENTS))
    grid = {"loss": ["huber", LogCosh()], "optimizer": [Lion(0.01), pw.AdamW(0.01)]}
    search = GridSearchCV(MLPRegressor(**{**OWN, "max_iter": 5}), grid, cv=2, n_jobs=2)
    assert np.isfinite(search.fit(X_PATIENTS, PATIENTS).best_score_)
