"""Weights, and examples to validate on, reach our estimators through others."""

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import plainweave as pw
from estimator_pairs import LABELS, NUMBERS, SETTINGS, X, classifiers, regressors

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WEIGHTS = np.linspace(0.1, 3, 90)


@pytest.fixture
def routing() -> Any:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_weights_are_routed_as_to_the_estimators_of_scikit_learn() -> None:
    scores = []
    for model in classifiers():
        pipeline = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=True),
            model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True),
        )
        search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [0.01, 1.0]}, cv=3)
        search.fit(X, LABELS, sample_weight=WEIGHTS)
        scores.append(search.cv_results_["mean_test_score"])
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-6)
    unweighted = GridSearchCV(pipeline, {"mlpclassifier__alpha": [0.01, 1.0]}, cv=3).fit(X, LABELS)
    assert not np.array_equal(unweighted.cv_results_["mean_test_score"], scores[1])


@pytest.mark.usefixtures("routing")
def test_weights_reach_what_is_composed() -> None:
    results = []
    for model, regressor in zip(classifiers(), regressors(), strict=True):
        model.set_fit_request(sample_weight=True)
        regressor.set_fit_request(sample_weight=True)
        bagged = BaggingClassifier(model, n_estimators=2, random_state=0).fit(
            X, LABELS, sample_weight=WEIGHTS
        )
        voted = VotingClassifier([("a", model)], voting="soft").fit(X, LABELS, sample_weight=WEIGHTS)
        several = MultiOutputClassifier(model).fit(X, LABELS[:, np.newaxis], sample_weight=WEIGHTS)
        of_scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler())
        of_scaled.fit(X, NUMBERS, sample_weight=WEIGHTS)
        results.append(
            [
                bagged.predict_proba(X),
                voted.predict_proba(X),
                several.predict_proba(X)[0],
                of_scaled.predict(X),
            ]
        )
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.usefixtures("routing")
def test_weights_nobody_asked_for_are_refused_in_the_same_words() -> None:
    words = []
    for model in classifiers():
        with pytest.raises(UnsetMetadataPassedError) as error:
            cross_validate(model, X, LABELS, params={"sample_weight": WEIGHTS})
        words.append(str(error.value))
    assert words[1] == words[0]


@pytest.mark.usefixtures("routing")
def test_examples_to_validate_on_are_routed_through_a_pipeline() -> None:
    scaler = StandardScaler()
    model = pw.MLPClassifier(**SETTINGS).set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
    pipeline = Pipeline([("scale", scaler), ("net", model)], transform_input=["X_val"])
    held_out: dict[str, Any] = {"X_val": X[60:], "y_val": LABELS[60:], "sample_weight_val": WEIGHTS[60:]}
    pipeline.fit(X[:60], LABELS[:60], **held_out)
    alone = pw.MLPClassifier(**SETTINGS)
    held_out["X_val"] = scaler.transform(X[60:])
    alone.fit(scaler.transform(X[:60]), LABELS[:60], **held_out)
    assert pipeline["net"].validation_scores_ == alone.validation_scores_
    assert len(alone.validation_scores_ or []) == 15


def test_parameters_of_a_fit_reach_a_step_without_routing() -> None:
    results = [
        make_pipeline(StandardScaler(), model)
        .fit(X, LABELS, mlpclassifier__sample_weight=WEIGHTS)
        .predict_proba(X)
        for model in classifiers()
    ]
    np.testing.assert_allclose(results[1], results[0], rtol=1e-6, atol=1e-6)


def test_what_can_be_requested_is_that_of_scikit_learn_and_more() -> None:
    theirs, ours = (set(model.get_metadata_routing().fit.requests) for model in classifiers())
    assert theirs == {"sample_weight"}
    assert ours == {"sample_weight", "X_val", "y_val", "sample_weight_val"}
    theirs, ours = (set(model.get_metadata_routing().partial_fit.requests) for model in classifiers())
    assert ours == theirs
    theirs, ours = (set(model.get_metadata_routing().score.requests) for model in classifiers())
    assert ours == theirs


def test_outputs_are_arrays_whatever_transformers_put_out() -> None:
    for model, y in ((classifiers()[1], LABELS), (regressors()[1], NUMBERS)):
        pipeline = make_pipeline(StandardScaler(), model).set_output(transform="default").fit(X, y)
        assert type(pipeline.predict(X)) is np.ndarray
