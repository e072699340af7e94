"""Frames of pandas and polars: names of features and labels, in scikit-learn's words."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import plainweave as pw
from estimator_pairs import CLASSES, LABELS, MULTILABEL, NUMBERS, SETTINGS, X, classifiers, regressors

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = list("abcdef")
FRAMES: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda values: pandas.DataFrame(values, columns=NAMES[: values.shape[1]]),
    "polars": lambda values: polars.DataFrame(values, schema=NAMES[: values.shape[1]]),
}
ODD: dict[str, Callable[[], Any]] = {
    "another order": lambda: FRAMES["pandas"](X)[NAMES[::-1]],
    "one less": lambda: FRAMES["pandas"](X)[NAMES[:5]],
    "another name": lambda: FRAMES["pandas"](X).rename(columns={"a": "z"}),
    "no names": lambda: X,
    "numbers as names": lambda: pandas.DataFrame(X),
    "the same of polars": lambda: FRAMES["polars"](X),
    "another order of polars": lambda: FRAMES["polars"](X)[NAMES[::-1]],
}
LABELS_OF: dict[str, Callable[[], Any]] = {
    "series": lambda: pandas.Series(LABELS),
    "series with another index": lambda: pandas.Series(LABELS, index=np.arange(90)[::-1]),
    "category": lambda: pandas.Series(LABELS, dtype="category"),
    "string": lambda: pandas.Series(LABELS, dtype="string"),
    "object": lambda: pandas.Series(LABELS, dtype=object),
    "Int64": lambda: pandas.Series(CLASSES, dtype="Int64"),
    "boolean": lambda: pandas.Series(CLASSES > 0, dtype="boolean"),
    "frame of one": lambda: pandas.DataFrame({"y": LABELS}),
    "frame of labels": lambda: pandas.DataFrame(MULTILABEL),
    "series of polars": lambda: polars.Series(LABELS),
    "numbers of polars": lambda: polars.Series(CLASSES),
    "categories of polars": lambda: polars.Series(LABELS.tolist(), dtype=polars.Categorical),
}
INPUTS: dict[str, Callable[[], Any]] = {
    "float32": lambda: FRAMES["pandas"](X.astype(np.float32)),
    "mixed": lambda: FRAMES["pandas"](X).astype({"a": "float32", "b": "int8", "c": "bool"}),
    "Float64": lambda: FRAMES["pandas"](X).astype("Float64"),
    "Int64": lambda: FRAMES["pandas"](np.round(X)).astype("Int64"),
    "sparse": lambda: FRAMES["pandas"](np.where(X > 0, X, 0)).astype(pandas.SparseDtype("float", 0.0)),
    "missing": lambda: FRAMES["pandas"](X).mask(FRAMES["pandas"](X) > 2),
    "missing in Float64": lambda: FRAMES["pandas"](X).astype("Float64").mask(FRAMES["pandas"](X) > 2),
    "words": lambda: FRAMES["pandas"](X).assign(a=LABELS),
    "some names are numbers": lambda: FRAMES["pandas"](X).rename(columns={"a": 0}),
    "mixed of polars": lambda: FRAMES["polars"](X).cast({"a": polars.Float32, "b": polars.Int8}),
    "nulls of polars": lambda: FRAMES["polars"](X).with_columns(
        polars.lit(None).cast(polars.Float64).alias("a")
    ),
}


def outcome(action: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return a result, or the error in words, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            result = action()
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
    return result, [f"{warning.category.__name__}: {warning.message}" for warning in caught]


def compare(models: list[Any], action: Callable[[Any], Any]) -> Any:
    """Compare what becomes of scikit-learn's estimator and of ours; return the latter."""
    (theirs, warned), (ours, also_warned) = (outcome(partial(action, model)) for model in models)
    assert also_warned == warned
    assert type(ours) is type(theirs)
    if isinstance(theirs, str) or theirs.dtype.kind not in "fc":
        np.testing.assert_array_equal(ours, theirs)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    return ours


@pytest.mark.parametrize(("models", "y"), [(classifiers, LABELS), (regressors, NUMBERS)])
@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_is_fitted_as_its_array_is_and_its_names_are_kept(
    kind: str, models: Callable[[], list[Any]], y: Any
) -> None:
    frame = FRAMES[kind](X)
    ours = compare(models(), lambda model: model.fit(frame, y).predict(frame))
    np.testing.assert_array_equal(ours, models()[1].fit(X, y).predict(X))
    compare(models(), lambda model: model.fit(frame, y).feature_names_in_)
    compare(models(), lambda model: cross_val_predict(model, frame, y, cv=2))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("method", ["predict", "fit", "partial_fit"])
def test_other_names_are_warned_of_or_refused_in_the_same_words(odd: str, method: str) -> None:
    first, other = FRAMES["pandas"](X), ODD[odd]()

    def action(model: Any) -> Any:
        model.fit(first, LABELS)
        if method == "predict":
            return model.predict(other)
        getattr(model, method)(other, LABELS)
        return np.array(getattr(model, "feature_names_in_", "none"))

    compare(classifiers(), action)
    compare(classifiers(warm_start=True), action)


def test_names_where_there_were_none_are_warned_of_in_the_same_words() -> None:
    frame = FRAMES["pandas"](X)
    compare(classifiers(), lambda model: model.fit(X, LABELS).predict(frame))
    compare(classifiers(), lambda model: model.fit(X, LABELS).partial_fit(frame, LABELS).predict(frame))


@pytest.mark.parametrize("kind", INPUTS)
def test_columns_of_every_kind(kind: str) -> None:
    compare(classifiers(), lambda model: model.fit(INPUTS[kind](), LABELS).predict_proba(INPUTS[kind]()))
    if kind != "sparse":  # a regressor's targets may not be, which scikit-learn does not say
        compare(regressors(solver="lbfgs"), lambda model: model.fit(X, INPUTS[kind]()).predict(X))


@pytest.mark.parametrize("kind", LABELS_OF)
def test_labels_of_every_kind(kind: str) -> None:
    compare(classifiers(), lambda model: model.fit(X, LABELS_OF[kind]()).predict(X))
    compare(classifiers(), lambda model: np.asarray(model.fit(X, LABELS_OF[kind]()).classes_))
    compare(
        classifiers(), lambda model: np.float64(model.fit(X, LABELS_OF[kind]()).score(X, LABELS_OF[kind]()))
    )


def test_weights_and_examples_to_validate_on_may_be_frames() -> None:
    frame, weights = FRAMES["pandas"](X), pandas.Series(np.linspace(0, 1, 90), index=np.arange(90)[::-1])
    compare(classifiers(), lambda model: model.fit(frame, LABELS, weights).predict_proba(frame))
    labels = pandas.Series(LABELS)
    validated = pw.MLPClassifier(**SETTINGS)
    validated.fit(
        frame[:60], labels[:60], X_val=frame[60:], y_val=labels[60:], sample_weight_val=weights[60:]
    )
    of_arrays = pw.MLPClassifier(**SETTINGS)
    of_arrays.fit(X[:60], LABELS[:60], X_val=X[60:], y_val=LABELS[60:], sample_weight_val=weights.array[60:])
    assert validated.validation_loss_curve_ == of_arrays.validation_loss_curve_
    with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
        validated.fit(frame[:60], labels[:60], X_val=frame[60:][NAMES[::-1]], y_val=labels[60:])


@pytest.mark.parametrize("output", ["pandas", "polars", "default"])
def test_a_pipeline_of_columns_that_puts_out_frames(output: str) -> None:
    frame = FRAMES["pandas"](X).assign(kind=LABELS)

    def action(model: Any) -> Any:
        columns = ColumnTransformer(
            [
                ("numbers", StandardScaler(), make_column_selector(dtype_include=np.number)),
                ("words", OneHotEncoder(sparse_output=False), ["kind"]),
            ]
        )
        pipeline = make_pipeline(columns, model).set_output(transform=output).fit(frame, CLASSES)
        return pipeline.predict_proba(frame)

    compare(classifiers(), action)


def test_what_columns_are_worth() -> None:
    frame = FRAMES["pandas"](X)
    compare(
        classifiers(),
        lambda model: (
            permutation_importance(
                model.fit(frame, LABELS), frame, LABELS, n_repeats=2, random_state=0
            ).importances_mean
        ),
    )
    compare(
        regressors(),
        lambda model: partial_dependence(model.fit(frame, NUMBERS), frame, ["b"], grid_resolution=4)[
            "average"
        ],
    )


def test_members_keep_the_names() -> None:
    frame = FRAMES["pandas"](X)
    model = pw.MLPClassifier(**SETTINGS, members=2).fit(frame, LABELS)
    assert list(model.feature_names_in_) == NAMES
    with warnings.catch_warnings(action="error"):
        assert model.predict_spread(frame).shape == (90, 3)


def test_the_scoring_monitor_of_scikit_learn_warns_of_no_names() -> None:
    callback = pytest.importorskip("sklearn.callback")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    frame = FRAMES["pandas"](X)
    with warnings.catch_warnings(action="error"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        pw.MLPClassifier(**SETTINGS).set_callbacks(monitor).fit(frame, LABELS)
    logs = monitor.get_logs().data_as_pandas
    assert list(logs[logs.task_name == "epoch"].task_id) == list(range(15))
