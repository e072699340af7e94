"""scikit-learn's perceptrons made of models, and models made of them; their files are tested beside skops."""

from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import plainweave as pw
from interop_models import CLASSES, inputs, of_arrays, of_tables
from tables import table

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LABELS = np.array(CLASSES)[np.arange(50) % 3]


def test_a_classifier_predicts_the_same_and_comes_back() -> None:
    model = of_arrays("all-pixels", activation="relu", scale=True)
    estimator = pw.interop.to_sklearn(model)
    assert type(estimator) is MLPClassifier
    np.testing.assert_allclose(estimator.predict_proba(inputs()), model.probabilities(inputs()), atol=2e-6)
    again = pw.interop.from_sklearn(estimator)
    np.testing.assert_allclose(again.probabilities(inputs()), estimator.predict_proba(inputs()), atol=1e-6)
    for layer, weight, bias in zip(
        again.network.linear, estimator.coefs_, estimator.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(layer.weight, weight)
        np.testing.assert_array_equal(layer.bias[0], bias)


def test_a_regressor_predicts_in_units() -> None:
    model = of_arrays(loss="squared-error")
    estimator = pw.interop.to_sklearn(model)
    assert type(estimator) is MLPRegressor
    np.testing.assert_allclose(estimator.predict(inputs()), model.predict(inputs()), rtol=2e-6)


def test_an_estimator_takes_the_features_of_a_table() -> None:
    model = of_tables()
    estimator = pw.interop.to_sklearn(model)
    found = estimator.predict_proba(model.prepared(table()))
    np.testing.assert_allclose(found[:, ::-1], model.probabilities(table()), atol=2e-6)  # classes are sorted


@pytest.mark.parametrize("kind", [MLPClassifier, pw.MLPClassifier])
def test_a_pipeline_becomes_a_model_of_raw_inputs(kind: Any) -> None:
    fitted = make_pipeline(StandardScaler(), kind((5,), max_iter=5)).fit(inputs(), LABELS)
    model = pw.interop.from_sklearn(fitted)
    assert model.class_names == CLASSES
    np.testing.assert_allclose(model.probabilities(inputs()), fitted.predict_proba(inputs()), atol=1e-6)


def test_what_scikit_learn_has_not_is_refused() -> None:
    for model, line in (
        (
            of_arrays(activation="gelu"),
            "activation is 'gelu', which scikit-learn's estimator has not; expected one of identity, "
            "logistic, "
            "tanh, relu, for all layers. Keep this one, or save its to_model().",
        ),
        (
            of_arrays("per-image"),
            "the model standardizes each example by its own mean and deviation (per-image",
        ),
        (
            of_arrays(loss="huber:1.0"),
            "loss is 'huber:1.0', which scikit-learn's estimator has not; expected squared_error or poisson. "
            "Keep this one, or save its to_model().",
        ),
    ):
        with pytest.raises(pw.ConfigurationError) as error:
            pw.interop.to_sklearn(model)
        assert str(error.value).startswith(line)


def test_other_estimators_are_refused() -> None:
    for fitted, line in (
        (
            make_pipeline(StandardScaler(), PolynomialFeatures(), MLPClassifier()),
            "the pipeline has the steps StandardScaler, PolynomialFeatures, MLPClassifier; expected a "
            "scaler, "
            "or none, and a perceptron.",
        ),
        (
            StandardScaler(),
            "the estimator is of the class StandardScaler; expected an MLPClassifier or an MLPRegressor, or "
            "a "
            "pipeline of a scaler and one of them.",
        ),
        (
            MLPClassifier(),
            "This MLPClassifier instance is not fitted yet. Call 'fit' with appropriate arguments before "
            "using "
            "this estimator.",
        ),
    ):
        with pytest.raises(pw.ConfigurationError) as error:
            pw.interop.from_sklearn(fitted)
        assert str(error.value) == line
