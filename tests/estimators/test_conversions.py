"""Estimators become scikit-learn's and come from them: both predict the same and train on the same."""

from collections.abc import Callable
from threading import Lock

import numpy as np
import pytest
from sklearn import datasets, neural_network
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from plainweave.arrays import FloatArray, RawArray

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:scipy.optimize.*L-BFGS-B:DeprecationWarning"),  # of older scikit-learn
]

FLOWERS = datasets.load_iris(return_X_y=True)
PATIENTS = datasets.load_diabetes(return_X_y=True)
SEVERAL = datasets.make_multilabel_classification(120, 10, random_state=0)
TUMOURS = datasets.load_breast_cancer(return_X_y=True)
NAMED = np.array(["setosa", "versicolor", "virginica"])
CASES: dict[str, tuple[str, RawArray, RawArray, dict[str, object]]] = {
    "classes": ("MLPClassifier", FLOWERS[0], NAMED[FLOWERS[1]], {}),
    "two classes": ("MLPClassifier", TUMOURS[0] / 1000, TUMOURS[1], {}),
    "several labels": ("MLPClassifier", SEVERAL[0] / 10, SEVERAL[1], {}),
    "numbers": ("MLPRegressor", PATIENTS[0], PATIENTS[1] / 50, {}),
    "two numbers": ("MLPRegressor", PATIENTS[0], np.c_[PATIENTS[1] / 50, PATIENTS[0][:, 0]], {}),
    "counts": ("MLPRegressor", PATIENTS[0], PATIENTS[1] // 50, {"loss": "poisson"}),
}
if "loss" not in neural_network.MLPRegressor().get_params():  # before 1.7
    del CASES["counts"]
FITTED = [
    "n_features_in_",
    "n_layers_",
    "n_outputs_",
    "n_iter_",
    "out_activation_",
    "t_",
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "best_validation_score_",
    "_no_improvement_count",
]


def to_ours(estimator: BaseEstimator) -> BaseEstimator:
    return getattr(pw, type(estimator).__name__).from_sklearn(estimator)


def to_theirs(estimator: BaseEstimator) -> BaseEstimator:
    return estimator.to_sklearn()


def first(way: Callable[..., object], name: str, **parameters: object) -> BaseEstimator:
    """Return the estimator that a way starts from."""
    kind = getattr(neural_network if way is to_ours else pw, name)
    return kind(**{"hidden_layer_sizes": (6, 4), "max_iter": 5, "random_state": 0, **parameters})


def weights(estimator: BaseEstimator) -> FloatArray:
    return np.concatenate([np.ravel(array) for array in [*estimator.coefs_, *estimator.intercepts_]])


def outputs(estimator: BaseEstimator, X: RawArray) -> RawArray:
    found: RawArray = getattr(estimator, "predict_proba", estimator.predict)(X)
    return found


def assert_same(one: BaseEstimator, other: BaseEstimator, X: RawArray, tolerance: float) -> None:
    np.testing.assert_allclose(weights(one), weights(other), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(outputs(one, X), outputs(other, X), rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(one.predict(X)[:1].dtype, other.predict(X)[:1].dtype)
    for name in vars(one).keys() & set(FITTED):
        mine, theirs = vars(one)[name], vars(other).get(name)
        if isinstance(mine, str) or mine is None:
            assert mine == theirs, name
        else:
            np.testing.assert_allclose(mine, np.asarray(theirs), rtol=tolerance, err_msg=name)


@pytest.mark.parametrize("way", [to_ours, to_theirs])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES)
def test_training_goes_on_as_if_nothing_had_happened(
    way: Callable[..., BaseEstimator], case: str, dtype: str, solver: str
) -> None:
    name, X, y, parameters = CASES[case]
    X, tolerance = X.astype(dtype), 1e-11 if dtype == "float64" else 2e-4
    one = first(way, name, solver=solver, learning_rate="invscaling", momentum=0.8, **parameters)
    one.fit(X, y)
    other = way(one)
    assert_same(one, other, X, tolerance)
    for _ in range(4):
        one.partial_fit(X, y)
        other.partial_fit(X, y)
    assert_same(one, other, X, tolerance)
    for estimator in (one, other):
        estimator.set_params(warm_start=True).fit(X, y)
    assert_same(one, other, X, tolerance)
    again = (to_theirs if way is to_ours else to_ours)(other)
    assert_same(one.fit(X, y), again.fit(X, y), X, tolerance)


@pytest.mark.parametrize("way", [to_ours, to_theirs])
@pytest.mark.parametrize("case", CASES)
def test_early_stopping_and_lbfgs_go_on_too(way: Callable[..., BaseEstimator], case: str) -> None:
    name, X, y, parameters = CASES[case]
    y = FLOWERS[1] if case == "classes" else y  # before 1.9 texts and early stopping don't go together
    for settings in ({"early_stopping": True}, {"solver": "lbfgs"}):
        one = first(way, name, warm_start=True, **settings, **parameters).fit(X, y)
        other = way(one)
        assert_same(one, other, X, 1e-13)
        assert_same(one.fit(X, y), other.fit(X, y), X, 1e-6)


@pytest.mark.parametrize("way", [to_ours, to_theirs])
def test_one_that_is_not_fitted_gives_its_parameters(way: Callable[..., BaseEstimator]) -> None:
    one = first(way, "MLPRegressor", alpha=0.5, random_state=np.random.RandomState(3))
    other = way(one)
    mine, theirs = one.get_params(), other.get_params()
    assert (theirs["alpha"], theirs["hidden_layer_sizes"]) == (0.5, (6, 4))
    assert not hasattr(other, "coefs_")
    assert theirs["random_state"] is not mine["random_state"]
    assert_same(one.fit(*PATIENTS), other.fit(*PATIENTS), PATIENTS[0], 1e-9)


@pytest.mark.parametrize("way", [to_ours, to_theirs])
def test_arrays_are_copies(way: Callable[..., BaseEstimator]) -> None:
    one = first(way, "MLPClassifier").fit(*FLOWERS)
    before = weights(one)
    other = way(one)
    other.coefs_[0][:] = 0
    other.partial_fit(*FLOWERS)
    other.loss_curve_.append(0)
    np.testing.assert_array_equal(weights(one), before)
    assert len(one.loss_curve_) == 5
    twin = way(one)
    assert_same(one.partial_fit(*FLOWERS), twin.partial_fit(*FLOWERS), FLOWERS[0], 1e-11)


@pytest.mark.parametrize("way", [to_ours, to_theirs])
def test_settings_of_the_solver_are_those_it_began_with(way: Callable[..., BaseEstimator]) -> None:
    for solver in ("sgd", "adam"):
        one = first(way, "MLPClassifier", solver=solver, momentum=0.0, beta_2=0.9).partial_fit(
            *FLOWERS, classes=range(3)
        )
        one.set_params(momentum=0.9, beta_2=0.1, learning_rate_init=1.0)
        other = way(one)
        assert_same(one.partial_fit(*FLOWERS), other.partial_fit(*FLOWERS), FLOWERS[0], 1e-11)


def test_a_solver_that_scikit_learn_has_not_begins_anew() -> None:
    ours = MLPClassifier((6,), optimizer=pw.Adam(0.01), max_iter=3).fit(*FLOWERS)
    theirs = ours.set_params(optimizer=None).to_sklearn()
    assert not hasattr(theirs, "_optimizer")
    theirs.partial_fit(*FLOWERS)


def test_names_of_features_and_what_was_validated_are_kept() -> None:
    theirs = first(to_ours, "MLPClassifier", early_stopping=True).fit(*FLOWERS)
    theirs.feature_names_in_ = np.array(["a", "b", "c", "d"], dtype=object)
    ours = MLPClassifier.from_sklearn(theirs)
    assert ours.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert np.isnan(ours.validation_loss_curve_ or []).tolist() == [True] * 5  # scikit-learn does not know
    del theirs.feature_names_in_, ours.feature_names_in_
    ours.set_params(warm_start=True).fit(*FLOWERS)
    assert np.isnan(ours.validation_loss_curve_ or []).tolist() == [True] * 5 + [False] * 5


class Watcher:
    """An observer that can't be copied."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __call__(self, epoch: pw.Epoch) -> None:
        assert not self._lock.locked()


def test_what_serves_training_alone_is_left_behind() -> None:
    ours = MLPClassifier(
        (6,),
        activation=pw.Sigmoid(),
        dropout=0.2,
        class_weight="balanced",
        schedule="exponential:0.9",
        observers=[Watcher()],
        max_iter=3,
    ).fit(*FLOWERS)
    theirs = ours.to_sklearn()
    assert theirs.activation == "logistic"
    np.testing.assert_allclose(theirs.predict_proba(FLOWERS[0]), ours.predict_proba(FLOWERS[0]), rtol=1e-12)
    theirs.partial_fit(*FLOWERS)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (
            MLPClassifier((5, 5), activation=["relu", "tanh"]),
            "activation is ['relu', 'tanh'], which scikit-learn's estimator has not; expected one of "
            "identity, logistic, tanh, relu, for all layers. Keep this one, or save its to_model().",
        ),
        (
            MLPClassifier(activation="gelu"),
            "activation is 'gelu', which scikit-learn's estimator has not; expected one of identity, "
            "logistic, tanh, relu, for all layers. Keep this one, or save its to_model().",
        ),
        (
            MLPRegressor("huber:1.5"),
            "loss is 'huber:1.5', which scikit-learn's estimator has not; expected squared_error or poisson. "
            "Keep this one, or save its to_model().",
        ),
        (
            MLPRegressor(members=3),
            "members is 3, which scikit-learn's estimator has not; expected None. Convert one of its "
            "members_.",
        ),
        (
            MLPRegressor(optimizer=pw.Adam(0.1)),
            "optimizer is Adam(learning_rate=0.1), which scikit-learn's estimator has not; expected None, "
            "for it has solvers. Keep this one, or save its to_model().",
        ),
    ],
)
def test_what_scikit_learn_can_not_hold_is_refused(estimator: BaseEstimator, message: str) -> None:
    with pytest.raises(ValueError, match="which scikit-learn's") as error:
        estimator.to_sklearn()
    assert str(error.value) == message


def test_a_loss_that_an_older_scikit_learn_has_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [name for name in neural_network.MLPRegressor().get_params() if name != "loss"]
    monkeypatch.setattr(neural_network.MLPRegressor, "_get_param_names", classmethod(lambda _: known))
    assert "loss" not in MLPRegressor(alpha=2).to_sklearn().get_params()
    with pytest.raises(ValueError, match="poisson") as error:
        MLPRegressor("poisson").to_sklearn()
    assert str(error.value) == (
        "loss is 'poisson', which scikit-learn's estimator has not; expected squared_error, before "
        "scikit-learn 1.7. Keep this one, or save its to_model()."
    )


THEIR_CLASSIFIER = neural_network.MLPClassifier()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            neural_network.MLPRegressor(),
            "fitted is of the class sklearn.neural_network._multilayer_perceptron.MLPRegressor; expected "
            "scikit-learn's MLPClassifier. MLPRegressor.from_sklearn takes it.",
        ),
        (
            make_pipeline(THEIR_CLASSIFIER),
            "fitted is of the class sklearn.pipeline.Pipeline; expected scikit-learn's MLPClassifier. Give "
            "the step that is one, as in pipeline[-1].",
        ),
        (
            neural_network.MLPClassifier,
            "fitted is the class sklearn.neural_network._multilayer_perceptron.MLPClassifier; expected "
            "scikit-learn's MLPClassifier. Give an object of it.",
        ),
        (
            MLPClassifier(),
            "fitted is of the class plainweave.estimators.classifier.MLPClassifier; expected scikit-learn's "
            "MLPClassifier.",
        ),
        (None, "fitted is of the class builtins.NoneType; expected scikit-learn's MLPClassifier."),
    ],
)
def test_other_estimators_are_refused(given: object, message: str) -> None:
    with pytest.raises(TypeError) as error:
        MLPClassifier.from_sklearn(given)
    assert str(error.value) == message


def test_a_search_gives_its_best() -> None:
    search = GridSearchCV(THEIR_CLASSIFIER, {"max_iter": [2]}, cv=2).fit(*FLOWERS)
    with pytest.raises(TypeError) as error:
        MLPClassifier.from_sklearn(search)
    assert str(error.value) == (
        "fitted is of the class sklearn.model_selection._search.GridSearchCV; expected scikit-learn's "
        "MLPClassifier. Give its best_estimator_."
    )
    MLPClassifier.from_sklearn(search.best_estimator_)
