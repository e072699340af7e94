"""Files of skops are read without plainweave and without trust, and become models again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plainweave as pw
from interop_models import CLASSES, inputs, of_arrays

skops: Any = pytest.importorskip("skops.io")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LABELS = np.arange(50) % 3


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "identity"])
def test_a_classifier_is_scikit_learns_and_needs_no_trust(tmp_path: Path, activation: str) -> None:
    model = of_arrays(activation=activation, scale=True)
    pw.interop.export(tmp_path / "model.skops", model, "sklearn")
    assert skops.get_untrusted_types(file=tmp_path / "model.skops") == []
    loaded = skops.load(tmp_path / "model.skops")
    assert type(loaded) is MLPClassifier
    assert loaded.classes_.tolist() == list(CLASSES)
    assert np.abs(loaded.predict_proba(inputs()) - model.probabilities(inputs())).max() < 2e-6
    again = pw.interop.read(tmp_path / "model.skops")
    assert again.class_names == CLASSES
    np.testing.assert_allclose(again.probabilities(inputs()), loaded.predict_proba(inputs()), atol=1e-6)


def test_a_regressor_predicts_in_units(tmp_path: Path) -> None:
    model = of_arrays(loss="squared-error")
    pw.interop.export(tmp_path / "model.skops", model, "sklearn")
    loaded = skops.load(tmp_path / "model.skops")
    np.testing.assert_allclose(loaded.predict(inputs()), model.predict(inputs()), rtol=2e-6)
    again = pw.interop.read(tmp_path / "model.skops")
    np.testing.assert_allclose(again.predict(inputs()), loaded.predict(inputs()), rtol=2e-6)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor, pw.MLPClassifier, pw.MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_what_scikit_learn_and_we_fitted_is_read(tmp_path: Path, kind: Any, solver: str) -> None:
    fitted = make_pipeline(StandardScaler(), kind(hidden_layer_sizes=(5,), solver=solver, max_iter=5))
    fitted.fit(inputs(), LABELS)
    skops.dump(fitted, tmp_path / "model.skops")
    model = pw.interop.read(tmp_path / "model.skops")
    expected = fitted.predict(inputs())
    np.testing.assert_allclose(model.predict(inputs()), expected, rtol=1e-4, atol=1e-5)


def test_other_estimators_are_refused(tmp_path: Path) -> None:
    skops.dump(LogisticRegression().fit(inputs(), LABELS), tmp_path / "other.skops")
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.read(tmp_path / "other.skops")
    assert str(error.value) == (
        "the estimator is of the class LogisticRegression; expected an MLPClassifier or an MLPRegressor, "
        "or a pipeline of a scaler and one of them."
    )


class Strange:
    """What no perceptron has."""


def test_objects_of_other_classes_are_not_made(tmp_path: Path) -> None:
    skops.dump({"a": Strange()}, tmp_path / "strange.skops")
    with pytest.raises(pw.RecordError) as error:
        pw.interop.read(tmp_path / "strange.skops")
    assert str(error.value).endswith(
        "Strange; expected a perceptron of scikit-learn's or plainweave's alone, or a pipeline of a scaler "
        "and one."
    )
    assert "strange.skops holds objects of " in str(error.value)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.skops").write_bytes(b"PK\x03\x04")
    with pytest.raises(
        pw.RecordError,
        match=r"is no file of skops that can be read \(.*\)\. Give one that skops\.io\.dump or plainw",
    ):
        pw.interop.read(tmp_path / "cut.skops")
