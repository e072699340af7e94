"""The forward pass of prediction: scikit-learn's outputs, however the inputs and the weights come."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csc_array, csr_array, csr_matrix
from sklearn import neural_network as scikit_learn
from sklearn.exceptions import NotFittedError

from plainweave import MLPClassifier, MLPRegressor
from plainweave.arrays import FloatArray
from plainweave.engine import kernels
from plainweave.estimators.forward import forward
from plainweave.network import GELU, Activation, Identity, ReLU, Sigmoid, Tanh


@pytest.fixture(
    params=[pytest.param("compiled", marks=pytest.mark.skipif(not kernels(), reason="no compiler")), "numpy"]
)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predict by compiled code, or without it."""
    if request.param == "numpy":
        monkeypatch.setattr("plainweave.network.prediction.extension", lambda: None)


_ROWS = (1, 2, 511, 512, 513, 1025, 3000)
_EXACT = {np.float32: 2e-6, np.float64: 1e-14}
_OUTPUTS = ("identity", "logistic", "softmax")


def _inputs(rows: int, features: int = 7, dtype: npt.DTypeLike = np.float64) -> FloatArray:
    return np.random.default_rng(rows).normal(size=(rows, features)).astype(dtype)


def _weights(
    units: Sequence[int], dtype: npt.DTypeLike = np.float64, seed: int = 0
) -> tuple[list[FloatArray], list[FloatArray]]:
    rng = np.random.default_rng(seed)
    coefs = [rng.normal(size=shape).astype(dtype) for shape in pairwise(units)]
    return coefs, [rng.normal(size=width).astype(dtype) for width in units[1:]]


def _theirs(
    X: object, coefs: list[FloatArray], intercepts: list[FloatArray], activation: str, output: str
) -> FloatArray:
    model = scikit_learn.MLPClassifier(activation=activation)
    model.coefs_, model.intercepts_, model.out_activation_ = coefs, intercepts, output
    model.n_layers_ = len(coefs) + 1
    predictions: FloatArray = model._forward_pass_fast(X, check_input=False)
    return predictions


_ACTIVATIONS: dict[str, Activation] = {
    "identity": Identity(),
    "logistic": Sigmoid(),
    "tanh": Tanh(),
    "relu": ReLU(),
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rows", _ROWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", _ACTIVATIONS)
@pytest.mark.parametrize("output", _OUTPUTS)
def test_outputs_are_those_of_scikit_learn(
    rows: int, dtype: type[np.floating], activation: str, output: str
) -> None:
    X = _inputs(rows, dtype=dtype)
    coefs, intercepts = _weights([7, 20, 5, 3], dtype)
    ours = forward(X, coefs, intercepts, [_ACTIVATIONS[activation]] * 2, output)
    theirs = _theirs(X, coefs, intercepts, activation, output)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=_EXACT[dtype], atol=10 * _EXACT[dtype])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rows", [1, 3000])
@pytest.mark.parametrize("of_inputs", [np.float16, np.float32, np.float64, np.int8, np.int64, np.bool_])
@pytest.mark.parametrize("of_weights", [np.float32, np.float64])
@pytest.mark.parametrize("of_last", [np.float32, np.float64])
def test_types_are_those_of_scikit_learn(
    rows: int, of_inputs: npt.DTypeLike, of_weights: npt.DTypeLike, of_last: npt.DTypeLike
) -> None:
    X = np.rint(3 * _inputs(rows)).astype(of_inputs)
    coefs, intercepts = _weights([7, 20, 3], of_weights)
    coefs[-1] = coefs[-1].astype(of_last)
    ours = forward(X, coefs, intercepts, [ReLU()], "softmax")
    theirs = _theirs(X, coefs, intercepts, "relu", "softmax")
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("kind", [csr_array, csc_array, csr_matrix])
@pytest.mark.parametrize("rows", [1, 2000])
@pytest.mark.parametrize("hidden", [[], [20], [20, 4]])
def test_sparse_inputs_with_empty_rows_are_taken(kind: type, rows: int, hidden: list[int]) -> None:
    X = _inputs(rows)
    X[np.abs(X) < 1] = 0
    X[::3] = 0
    coefs, intercepts = _weights([7, *hidden, 3])
    ours = forward(kind(X), coefs, intercepts, [Tanh()] * len(hidden), "softmax")
    assert type(ours) is np.ndarray
    np.testing.assert_allclose(ours, _theirs(X, coefs, intercepts, "tanh", "softmax"), rtol=1e-13)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rows", [3, 1500])
@pytest.mark.parametrize("output", ["logistic", "softmax"])
def test_large_numbers_do_not_overflow(rows: int, output: str) -> None:
    X = np.full((rows, 2), 1e4)
    coefs, intercepts = [np.array([[1e5, -1e5, 0.0], [0.0, 0.0, 1e5]])], [np.zeros(3)]
    predictions = forward(X, coefs, intercepts, [], output)
    expected = [1, 0, 1] if output == "logistic" else [0.5, 0, 0.5]
    np.testing.assert_array_equal(predictions, np.tile(expected, (rows, 1)))


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rows", [3, 1500])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_stack_is_its_networks_one_by_one(rows: int, threads: int) -> None:
    X = _inputs(rows)
    networks = [_weights([7, 20, 3], seed=seed) for seed in range(3)]
    coefs = [np.stack(layer) for layer in zip(*(coefs for coefs, _ in networks), strict=True)]
    intercepts = [np.stack(layer) for layer in zip(*(biases for _, biases in networks), strict=True)]
    together = forward(X, coefs, intercepts, [ReLU()], "softmax", threads)
    alone = [forward(X, *network, [ReLU()], "softmax") for network in networks]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("order", ["C", "F"])
def test_inputs_and_weights_stay_as_they_are(order: Literal["C", "F"]) -> None:
    X = np.asarray(_inputs(2000), order=order)
    coefs, intercepts = _weights([7, 20, 3])
    before = [array.copy() for array in (X, *coefs, *intercepts)]
    for rows in (1, 2000):
        forward(X[:rows], coefs, intercepts, [Identity()], "identity")
    for array, copy in zip((X, *coefs, *intercepts), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_layers_may_have_different_activations() -> None:
    X = _inputs(1000)
    coefs, intercepts = _weights([7, 20, 5, 1])
    hidden = GELU().value(X @ coefs[0] + intercepts[0])
    expected = np.tanh(hidden @ coefs[1] + intercepts[1]) @ coefs[2] + intercepts[2]
    ours = forward(X, coefs, intercepts, [GELU(), Tanh()], "identity")
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)


def _fitted(classes: int, dtype: npt.DTypeLike = np.float64) -> MLPClassifier:
    X = _inputs(60, dtype=dtype)
    y = np.array(["red", "green", "blue"])[np.arange(60) % classes]
    estimator = MLPClassifier(max_iter=20, random_state=0, tol=1, n_iter_no_change=1)
    estimator.fit(X, y)
    return estimator


def _their(ours: MLPClassifier) -> scikit_learn.MLPClassifier:
    theirs = scikit_learn.MLPClassifier()
    for name in ("coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        setattr(theirs, name, getattr(ours, name))
    theirs._label_binarizer = ours._label_binarizer
    return theirs


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 2000])
def test_weights_that_a_user_changes_are_those_that_predict(classes: int, rows: int) -> None:
    ours, X = _fitted(classes), _inputs(rows)
    theirs = _their(ours)
    ours.coefs_[0][:3] *= 5
    ours.intercepts_[-1] = np.arange(ours.n_outputs_) / 4
    ours.coefs_[1] = np.asfortranarray(ours.coefs_[1].astype(np.float32))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12, atol=1e-14)
    predicted, expected = ours.predict(X), theirs.predict(X)
    assert predicted.dtype == expected.dtype
    np.testing.assert_array_equal(predicted, expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [(), (9, 9), (3, 3, 3)])
@pytest.mark.parametrize("members", [None, 2])
def test_sizes_set_after_a_fit_are_those_of_the_next(hidden: tuple[int, ...], members: int | None) -> None:
    """As in scikit-learn: until then the weights that there are predict."""
    X, y = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 3
    estimator = MLPClassifier((5, 4), members=members, dropout=0.1, max_iter=3, random_state=0).fit(X, y)
    before = estimator.predict_proba(X)
    estimator.set_params(hidden_layer_sizes=hidden)
    np.testing.assert_array_equal(estimator.predict_proba(X), before)
    assert estimator.network_.linear[0].weight.shape[-1] == 5
    if members is None:
        np.testing.assert_allclose(estimator.to_model().probabilities(X), before)
        estimator.set_params(dropout=0)
        np.testing.assert_allclose(estimator.to_sklearn().predict_proba(X), before)
    estimator.fit(X, y)
    assert [coef.shape[-1] for coef in estimator.coefs_] == [*hidden, 3]


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here: there was no C compiler")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_examples_prediction_does_not_depend_on_what_is_with_it(dtype: type[np.floating]) -> None:
    ours, X = _fitted(3, dtype), _inputs(5000, dtype=dtype)
    together = ours.predict_proba(X)
    for start, stop in ((0, 1), (100, 117), (4999, 5000), (3, 2900)):
        np.testing.assert_array_equal(ours.predict_proba(X[start:stop]), together[start:stop])
    np.testing.assert_array_equal(ours.set_params(n_jobs=3).predict_proba(X), together)
    np.testing.assert_array_equal(ours.predict_proba(np.asfortranarray(X)), together)


def test_several_labels_are_predicted_at_once() -> None:
    X, labels = _inputs(60), np.random.default_rng(0).integers(0, 2, (60, 4))
    ours = MLPClassifier(max_iter=3, random_state=0, tol=1, n_iter_no_change=1).fit(X, labels)
    predicted = ours.predict(X)
    np.testing.assert_array_equal(predicted, _their(ours).predict(X))
    assert predicted.dtype == np.int64


_WRONG = {
    "nan": np.array([[np.nan] * 7]),
    "infinity": np.array([[0.0] * 6 + [-np.inf]], np.float32),
    "width": np.zeros((2, 6)),
    "none": np.zeros((0, 7)),
    "one axis": np.zeros(7),
    "three axes": np.zeros((2, 7, 1)),
    "text": np.array([["a"] * 7]),
    "complex": np.zeros((2, 7), complex),
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("wrong", _WRONG)
def test_wrong_inputs_are_refused_in_scikit_learns_words(wrong: str) -> None:
    ours = _fitted(3)
    with pytest.raises(ValueError) as theirs:  # noqa: PT011 - its words are what is compared
        _their(ours).predict(_WRONG[wrong])
    with pytest.raises(ValueError, match=f"^{re.escape(str(theirs.value))}$"):
        ours.predict(_WRONG[wrong])


def test_huge_finite_inputs_are_taken() -> None:
    ours = _fitted(2)
    X = np.full((2, 7), 1e200)
    np.testing.assert_array_equal(ours.predict(X), _their(ours).predict(X))


@pytest.mark.usefixtures("engine")
def test_every_other_row_or_column_may_be_given() -> None:
    ours, X = _fitted(3), _inputs(1200, 14)
    contiguous = ours.predict_proba(np.ascontiguousarray(X[:, ::2]))
    np.testing.assert_allclose(ours.predict_proba(X[:, ::2]), contiguous, rtol=1e-12)
    np.testing.assert_allclose(ours.predict_proba(np.asfortranarray(X[:, ::2])), contiguous, rtol=1e-12)


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()])
def test_what_is_not_fitted_does_not_predict(estimator: MLPClassifier | MLPRegressor) -> None:
    name = type(estimator).__name__
    with pytest.raises(
        NotFittedError,
        match=rf"^This {name} instance is not fitted yet. Call 'fit' with appropriate arguments before using "
        r"this estimator\.$",
    ):
        estimator.predict(_inputs(2))
