"""Our estimators in what scikit-learn builds of estimators: each is what scikit-learn's would be there."""

import inspect
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from sklearn import neural_network
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    cross_val_predict,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

import plainweave as pw
from estimator_pairs import CLASSES, LABELS, MULTILABEL, NUMBERS, SETTINGS, X, classifiers, regressors

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BOTH = pytest.mark.parametrize(
    ("models", "y"), [(classifiers, LABELS), (regressors, NUMBERS)], ids=["classifier", "regressor"]
)
OF_PENALTY: dict[str, Any] = {"param_name": "alpha", "param_range": [0.1, 1.0]}
OUTPUTS = np.column_stack([NUMBERS, X[:, 0] - X[:, 1]])
CLASSIFIERS: dict[str, Callable[[Any], Any]] = {
    "pipeline": lambda model: make_pipeline(StandardScaler(), model),
    "columns": lambda model: make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [2, 5])]), model
    ),
    "calibrated": lambda model: CalibratedClassifierCV(model, cv=2),
    "isotonic": lambda model: CalibratedClassifierCV(model, method="isotonic", cv=2, ensemble=False),
    "one against rest": lambda model: OneVsRestClassifier(model),
    "one against one": lambda model: OneVsOneClassifier(model),
    "bagging": lambda model: BaggingClassifier(model, n_estimators=3, random_state=0),
    "voting": lambda model: VotingClassifier([("a", model), ("b", LogisticRegression())], voting="soft"),
    "stacking": lambda model: StackingClassifier([("a", model), ("b", LogisticRegression())], cv=2),
    "last of a stack": lambda model: StackingClassifier([("b", LogisticRegression())], model, cv=2),
}


def compare(fit: Callable[[Any], Any], models: list[Any], *, tolerance: float = 1e-6) -> None:
    """Compare what is made of scikit-learn's estimator with what is made of ours."""
    theirs, ours = (fit(model) for model in models)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_of_classifiers(name: str) -> None:
    def fit(model: Any) -> Any:
        fitted = CLASSIFIERS[name](model).fit(X, LABELS)
        assert set(fitted.predict(X)) <= {"iris", "rose", "tulip"}
        method = "decision_function" if name == "one against one" else "predict_proba"
        return getattr(fitted, method)(X)

    compare(fit, classifiers())


@pytest.mark.skipif(
    "sample_weight" not in inspect.signature(neural_network.MLPClassifier.fit).parameters,
    reason="scikit-learn's perceptrons take no weights before 1.7",
)
def test_adaptive_boosting_weighs_examples() -> None:
    compare(
        lambda model: (
            AdaBoostClassifier(model, n_estimators=3, random_state=0).fit(X, LABELS).predict_proba(X)
        ),
        classifiers(),
    )
    compare(
        lambda model: AdaBoostRegressor(model, n_estimators=3, random_state=0).fit(X, NUMBERS).predict(X),
        regressors(),
    )


def test_output_codes_and_self_training() -> None:
    unknown = np.where(np.arange(90) % 3, CLASSES, -1)
    compare(
        lambda model: OutputCodeClassifier(model, random_state=0).fit(X, CLASSES).predict(X), classifiers()
    )
    compare(
        lambda model: SelfTrainingClassifier(model, max_iter=2).fit(X, unknown).predict_proba(X),
        classifiers(),
    )


@pytest.mark.parametrize("kind", [MultiOutputClassifier, ClassifierChain])
def test_several_labels_by_several_classifiers(kind: type) -> None:
    compare(lambda model: np.array(kind(model).fit(X, MULTILABEL).predict_proba(X)), classifiers())


def test_a_regressor_of_regressors() -> None:
    compare(
        lambda model: (
            TransformedTargetRegressor(model, transformer=StandardScaler())
            .fit(X, NUMBERS * 1000 + 500)
            .predict(X)
        ),
        regressors(),
        tolerance=1e-5,
    )
    compare(
        lambda model: VotingRegressor([("a", model), ("b", Ridge())]).fit(X, NUMBERS).predict(X), regressors()
    )
    compare(
        lambda model: StackingRegressor([("a", model), ("b", Ridge())], cv=2).fit(X, NUMBERS).predict(X),
        regressors(),
    )
    compare(lambda model: MultiOutputRegressor(model).fit(X, OUTPUTS).predict(X), regressors())
    compare(lambda model: RegressorChain(model).fit(X, OUTPUTS).predict(X), regressors())


@pytest.mark.parametrize("kind", [GridSearchCV, HalvingGridSearchCV])
def test_a_search_on_two_processes(kind: type) -> None:
    def fit(model: Any) -> Any:
        grid = {"mlpclassifier__alpha": [1e-4, 3.0], "mlpclassifier__learning_rate_init": [0.001, 0.02]}
        further = {"random_state": 0} if kind is HalvingGridSearchCV else {}
        search = kind(make_pipeline(StandardScaler(), model), grid, cv=3, n_jobs=2, **further)
        search.fit(X, LABELS)
        return np.append(search.cv_results_["mean_test_score"], list(search.best_params_.values()))

    compare(fit, classifiers())


@BOTH
def test_validation_across_folds(models: Callable[[], list[Any]], y: Any) -> None:
    compare(lambda model: cross_validate(model, X, y, cv=3, n_jobs=2)["test_score"], models())
    compare(lambda model: learning_curve(model, X, y, cv=2, train_sizes=[0.5, 1.0])[1], models())
    compare(lambda model: validation_curve(model, X, y, **OF_PENALTY, cv=2)[1], models())


def test_predictions_across_folds() -> None:
    compare(lambda model: cross_val_predict(model, X, LABELS, cv=3, method="predict_proba"), classifiers())
    compare(lambda model: cross_val_predict(model, X, MULTILABEL, cv=3), classifiers())


def test_a_fold_that_lacks_a_class() -> None:
    rare = np.where(np.arange(90) < 2, "rare", LABELS)
    folds = [(np.arange(2, 60), np.arange(60, 90)), (np.arange(30, 90), np.arange(30))]
    compare(lambda model: cross_validate(model, X, rare, cv=folds)["test_score"], classifiers())
    with pytest.warns(RuntimeWarning, match=r"^Number of classes in training fold \(3\) does not match"):
        compare(
            lambda model: cross_val_predict(model, X, rare, cv=KFold(3), method="predict_proba"),
            classifiers(),
        )


@BOTH
def test_what_inputs_are_worth(models: Callable[[], list[Any]], y: Any) -> None:
    def importances(model: Any) -> Any:
        fitted = model.fit(X, y)
        return permutation_importance(fitted, X, y, n_repeats=2, random_state=0, n_jobs=2).importances_mean

    compare(importances, models())
    compare(lambda model: partial_dependence(model.fit(X, y), X, [0], grid_resolution=5)["average"], models())


def test_inputs_are_chosen_one_after_another() -> None:
    def chosen(model: Any) -> Any:
        return SequentialFeatureSelector(model, n_features_to_select=2, cv=2).fit(X, LABELS).get_support()

    compare(chosen, classifiers(max_iter=3))


def test_threads_of_joblib_fit_the_same() -> None:
    with joblib.parallel_config("threading", n_jobs=2):
        compare(lambda model: cross_validate(model, X, LABELS, cv=3, n_jobs=2)["test_score"], classifiers())


@pytest.mark.parametrize("model", [pw.MLPClassifier, pw.MLPRegressor])
def test_a_clone_has_the_parameters_and_nothing_of_the_fit(model: type) -> None:
    settings = {
        **SETTINGS,
        "optimizer": pw.Adam(0.01),
        "activation": ["relu", pw.GELU()],
        "dropout": [0.1, 0.0],
    }
    one = model(**{**settings, "hidden_layer_sizes": (3, 3)}).fit(X, CLASSES)
    copy = clone(one)
    assert not hasattr(copy, "coefs_")
    assert repr(copy) == repr(one)
    np.testing.assert_array_equal(copy.fit(X, CLASSES).coefs_[0], one.coefs_[0])
    assert one.set_params(alpha=0.5).get_params()["alpha"] == 0.5


def test_a_pipeline_sets_parameters_and_slices() -> None:
    pipeline = Pipeline([("scale", StandardScaler()), ("net", classifiers()[1])], memory=None)
    pipeline.set_params(net__max_iter=3, net__dropout=0.2).fit(X, LABELS)
    assert pipeline["net"].n_iter_ == 3
    np.testing.assert_array_equal(pipeline[1].predict(pipeline[:1].transform(X)), pipeline.predict(X))


@pytest.mark.parametrize("ours", [classifiers()[1], regressors()[1]], ids=["classifier", "regressor"])
def test_a_notebook_shows_what_differs_from_the_defaults(ours: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), ours)
    with sklearn.config_context(display="diagram"):
        html = pipeline._repr_html_()
        assert type(ours).__name__ in html
        alone = ours._repr_html_()
    assert "hidden_layer_sizes" in alone
    assert "Not fitted" in alone
    assert "Fitted" in ours.fit(X, CLASSES)._repr_html_()
    assert (
        repr(ours)
        == f"{type(ours).__name__}(hidden_layer_sizes=(8,), max_iter=15, random_state=0, tol=1e-30)"
    )
