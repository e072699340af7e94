"""A fit ends where scikit-learn's rules say, wherever the engine thought that it would."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from plainweave import MLPClassifier
from plainweave.engine import Until, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.estimators.stochastic import StochasticTraining

pytestmark = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
X, Y = load_iris(return_X_y=True)


def fitted(**settings: Any) -> tuple[list[Any], MLPClassifier]:
    """All that a fit leaves, and the next number of its stream."""
    stream = np.random.RandomState(3)
    model = MLPClassifier((9,), random_state=stream, **({"tol": 1e-3, "max_iter": 400} | settings)).fit(X, Y)
    left = [model.n_iter_, model.t_, model.loss_, model.best_loss_, *model.loss_curve_, stream.randint(10**6)]
    return [*left, *(weights.tobytes() for weights in model.coefs_)], model


@pytest.mark.parametrize("more", [-9, -1, 1, 30, np.inf])
@pytest.mark.parametrize("settings", [{}, {"batch_size": 40}, {"solver": "sgd"}, {"shuffle": False}])
def test_it_ends_where_it_ends_whenever_the_engine_does(
    settings: dict[str, Any], more: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, model = fitted(**settings)
    assert model.n_iter_ < 400
    until = StochasticTraining._until

    def otherwise(training: StochasticTraining) -> Until | None:
        given = until(training)
        return None if given is None else replace(given, limit=given.limit + more)

    monkeypatch.setattr(StochasticTraining, "_until", otherwise)
    assert fitted(**settings)[0] == expected


def test_a_fit_that_ends_by_itself_is_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def epochs(program: CompiledProgram, *given: Any, **more: Any) -> Any:
        calls.append(len(given[1]))
        return before(program, *given, **more)

    before = CompiledProgram.epochs
    monkeypatch.setattr(CompiledProgram, "epochs", epochs)
    _, model = fitted()
    assert 20 < model.n_iter_ < 400
    assert calls == [400]


def test_a_warm_start_goes_on_as_if_epochs_were_trained_one_by_one() -> None:
    models = [
        MLPClassifier((9,), random_state=3, warm_start=True, max_iter=30, tol=1e-2, observers=watched)
        for watched in (None, [lambda _: None])
    ]
    for _ in range(4):
        one, other = (model.fit(X, Y) for model in models)
        assert one.loss_curve_ == other.loss_curve_
        assert one.n_iter_ == other.n_iter_
        assert one._no_improvement_count == other._no_improvement_count
