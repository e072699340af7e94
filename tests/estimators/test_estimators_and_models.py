"""Estimators become models and come from them: both predict the same, whatever made inputs standard."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import datasets
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import plainweave as pw
from command_line import succeeds
from plainweave import MLPClassifier, MLPRegressor
from plainweave.arrays import FloatArray, RawArray

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FLOWERS: tuple[RawArray, RawArray] = datasets.load_iris(return_X_y=True)
PATIENTS: tuple[RawArray, RawArray] = datasets.load_diabetes(return_X_y=True)
TUMOURS: tuple[RawArray, RawArray] = datasets.load_breast_cancer(return_X_y=True)
LABELS: tuple[RawArray, RawArray] = datasets.make_multilabel_classification(120, 10, random_state=0)
NAMES = ("setosa", "versicolor", "virginica")
INSTEAD = "model.predict takes raw inputs, too."


def outputs(estimator: BaseEstimator, X: RawArray) -> RawArray:
    found: RawArray = getattr(estimator, "predict_proba", estimator.predict)(X)
    return found


def trained(
    inputs: RawArray,
    targets: RawArray,
    network: pw.Network,
    loss: str = "softmax",
    standardize: str = "per-pixel",
    names: tuple[str, ...] = (),
) -> pw.Model:
    parts = pw.split(pw.Examples(inputs, targets), standardize=standardize)
    result = pw.fit(network, parts, pw.Adam(0.01), epochs=3, loss=loss)
    return pw.Model(result.network, parts.standardizer, names, loss=result.loss)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (MLPClassifier((6, 4), activation=["gelu", "tanh"], dropout=[0.1, 0]), FLOWERS),
        (MLPClassifier(5), (FLOWERS[0], np.array(NAMES)[FLOWERS[1]])),
        (MLPClassifier((5,), activation="logistic"), (TUMOURS[0], TUMOURS[1])),
        (MLPClassifier((5,), activation="identity"), (TUMOURS[0], np.where(TUMOURS[1], "mild", "grave"))),
        (MLPClassifier((5,)), LABELS),
        (MLPClassifier(()), FLOWERS),
        (MLPRegressor(hidden_layer_sizes=(5,)), PATIENTS),
        (MLPRegressor("huber:2.5", (5,), activation=pw.ELU(0.5)), PATIENTS),
        (MLPRegressor("poisson", (5,)), (PATIENTS[0], PATIENTS[1] // 50)),
        (MLPRegressor("quantile:0.1,0.9", (5,)), PATIENTS),
        (MLPRegressor(hidden_layer_sizes=(5,)), (PATIENTS[0], PATIENTS[0][:, :2])),
    ],
)
def test_there_and_back(
    estimator: BaseEstimator, data: tuple[RawArray, RawArray], dtype: str, tmp_path: Path
) -> None:
    X, y = data[0].astype(dtype), data[1]
    estimator.set_params(max_iter=3, random_state=0).fit(X, y)
    model = estimator.to_model()
    told = model.probabilities(X) if hasattr(estimator, "classes_") else model.predict(X)
    # Sums are taken in another order, by as many threads of BLAS as there happen to be.
    np.testing.assert_allclose(
        told, outputs(estimator, X), rtol=1e-6, atol=1e-5 if dtype == "float32" else 1e-12
    )
    pw.save(tmp_path / "model.safetensors", model)
    again = type(estimator).from_model(pw.load(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(outputs(again, X), outputs(estimator, X))
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))
    for coef, other in zip(estimator.coefs_, again.coefs_, strict=True):
        np.testing.assert_array_equal(coef, other)
        assert not np.shares_memory(coef, model.network.parameters["output.weight"])
        assert other.dtype == dtype
    again.set_params(random_state=0, max_iter=2)
    again.partial_fit(X, y)
    again.set_params(warm_start=True).fit(X, y)


@pytest.mark.parametrize("standardize", ["per-pixel", "all-pixels"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [False, True])
def test_standardization_and_factors_become_weights(standardize: str, dtype: str, scale: bool) -> None:
    network = pw.Network(30, [8, 5], 2, activation=["relu", "silu"], dropout=0.1, scale=scale, dtype=dtype)
    model = trained(*TUMOURS, network, standardize=standardize)
    estimator = MLPClassifier.from_model(model)
    assert estimator.n_outputs_ == 1  # a sigmoid of the difference
    assert estimator.get_params()["activation"] == ["relu", "silu"]
    assert estimator.get_params()["dropout"] == 0.1
    assert estimator.coefs_[0].dtype == ("float64" if model.standardizer.far.any() else dtype)
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(
        estimator.predict_proba(TUMOURS[0]), model.probabilities(TUMOURS[0]), atol=tolerance
    )
    np.testing.assert_array_equal(estimator.predict(TUMOURS[0]), model.predict(TUMOURS[0]))


def test_where_a_mean_is_far_from_0_weights_are_double() -> None:
    years = FLOWERS[0] + 2000
    model = trained(years, FLOWERS[1], pw.Network(4, [8], 3))
    estimator = MLPClassifier.from_model(model)
    assert estimator.coefs_[0].dtype == np.float64
    np.testing.assert_allclose(estimator.predict_proba(years), model.probabilities(years), atol=1e-6)


def test_classes_are_sorted_and_may_be_others() -> None:
    names = ("white", "black", "green")
    model = trained(*FLOWERS, pw.Network(4, [8], 3), names=names)
    labels = model.predict(FLOWERS[0])
    estimator = MLPClassifier.from_model(model)
    assert estimator.classes_.tolist() == ["black", "green", "white"]
    np.testing.assert_array_equal(estimator.predict(FLOWERS[0]), np.array(names)[labels])
    probabilities = estimator.predict_proba(FLOWERS[0])
    np.testing.assert_allclose(probabilities, model.probabilities(FLOWERS[0])[:, [1, 2, 0]], atol=1e-6)
    targets = FLOWERS[1]
    assert log_loss(np.array(names)[targets], probabilities) == pytest.approx(
        float(model.evaluate(pw.Examples(*FLOWERS)).loss), rel=1e-5
    )
    numbered = MLPClassifier.from_model(model, classes=range(3))
    np.testing.assert_array_equal(numbered.predict(FLOWERS[0]), labels)
    two = trained(*TUMOURS, pw.Network(30, [8], 1), loss="sigmoid", names=("well", "ill"))
    np.testing.assert_array_equal(
        MLPClassifier.from_model(two).predict(TUMOURS[0]), np.array(["well", "ill"])[two.predict(TUMOURS[0])]
    )


@pytest.mark.parametrize("loss", ["squared-error", "huber:0.5", "poisson", "quantile:0.1,0.9"])
def test_losses_of_numbers(loss: str) -> None:
    targets = PATIENTS[1] // 50
    network = pw.Network(10, [8], 2 if loss.startswith("quantile") else 1)
    model = trained(PATIENTS[0], targets, network, loss=loss)
    estimator = MLPRegressor.from_model(model)
    np.testing.assert_allclose(
        estimator.predict(PATIENTS[0]), model.predict(PATIENTS[0]), rtol=1e-4, atol=1e-5
    )
    assert estimator.loss == loss.replace("-", "_")
    estimator.set_params(max_iter=1).fit(PATIENTS[0], targets)


@dataclass(frozen=True)
class Nameless(pw.Activation):
    def value(self, x: FloatArray) -> FloatArray:
        return x

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return np.ones_like(x)


def test_parts_of_ones_own_are_kept() -> None:
    network = pw.Network(4, [6], 3, activation=Nameless())
    estimator = MLPClassifier.from_model(trained(*FLOWERS, network))
    assert estimator.get_params()["activation"] == Nameless()


def test_the_command_line_takes_an_estimator(tmp_path: Path, digits: pw.Dataset) -> None:
    X, y = digits.train.inputs / 16, digits.train.labels
    estimator = MLPClassifier((20,), max_iter=5, random_state=0).fit(X, y)
    model = estimator.to_model(
        pw.Standardizer("all-pixels", np.full(1, 1 / 16), np.zeros(1)), image_shape=(8, 8), full_scale=16
    )
    pw.save(tmp_path / "weights.safetensors", model)
    score = estimator.score(digits.test.inputs / 16, digits.test.labels)
    printed = succeeds("evaluate", tmp_path, "--data", "digits")
    assert printed.splitlines()[-2].startswith(f"all\t{100 * score:.2f}\t")


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        StandardScaler(with_mean=False, with_std=False),
        MinMaxScaler((-1, 2)),
        MaxAbsScaler(),
        RobustScaler(),
        RobustScaler(with_centering=False),
        RobustScaler(with_scaling=False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_scaler_of_scikit_learn_becomes_the_standardization(
    scaler: BaseEstimator, dtype: str, tmp_path: Path
) -> None:
    raw = TUMOURS[0].astype(dtype)
    raw[:, 3] = 7  # never varies
    X = scaler.fit_transform(raw)
    estimator = MLPClassifier((5,), max_iter=3, random_state=0).fit(X, TUMOURS[1])
    pw.save(tmp_path / "model.safetensors", estimator.to_model(scaler))
    model = pw.load(tmp_path / "model.safetensors")
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(model.probabilities(raw), estimator.predict_proba(X), atol=tolerance)
    again = MLPClassifier.from_model(model)
    np.testing.assert_allclose(again.predict_proba(raw), estimator.predict_proba(X), atol=tolerance)


@pytest.mark.parametrize(
    ("scaler", "error", "message"),
    [
        (
            StandardScaler(),
            NotFittedError,
            "This StandardScaler instance is not fitted yet.",
        ),
        (
            StandardScaler().fit(TUMOURS[0]),
            pw.ShapeError,
            "the StandardScaler was fitted to 30 features; expected 4, as the estimator was. Give the one "
            "that made its X.",
        ),
        (
            pw.Standardizer.fit("per-pixel", TUMOURS[0]),
            pw.ShapeError,
            "the standardizer was fitted to 30 features; expected 4. Fit one by "
            "pw.Standardizer.fit('per-pixel', inputs).",
        ),
        (
            MinMaxScaler(clip=True).fit(FLOWERS[0]),
            pw.ConfigurationError,
            "standardizer is a MinMaxScaler with clip=True, which no model can do; expected clip=False.",
        ),
        (
            make_pipeline(StandardScaler(), MLPClassifier()),
            pw.ConfigurationError,
            "standardizer is a Pipeline; expected a Standardizer, or scikit-learn's StandardScaler, "
            "MinMaxScaler, MaxAbsScaler, RobustScaler. Give the step that is one, as in pipeline[0].",
        ),
        (
            QuantileTransformer(),
            pw.ConfigurationError,
            "standardizer is a QuantileTransformer; expected a Standardizer, or scikit-learn's "
            "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler.",
        ),
        (
            "per-pixel",
            pw.ConfigurationError,
            "standardizer is 'per-pixel'; expected a Standardizer, as in "
            "pw.Standardizer.fit('per-pixel', inputs).",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_standardizer_of_the_estimator_is_refused(
    scaler: BaseEstimator, error: type[Exception], message: str
) -> None:
    estimator = MLPClassifier((5,), max_iter=1).fit(*FLOWERS)
    with pytest.raises(error) as raised:
        estimator.to_model(scaler)
    assert str(raised.value).startswith(message)


def test_what_is_not_fitted_has_no_model() -> None:
    with pytest.raises(NotFittedError, match="This MLPClassifier instance is not fitted yet"):
        MLPClassifier().to_model()


def test_an_estimator_is_saved_as_its_model(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.save(tmp_path / "model.safetensors", MLPClassifier())
    assert str(error.value) == "model is a MLPClassifier; expected a Model, as in estimator.to_model()."


def test_several_members_are_no_model() -> None:
    estimator = MLPClassifier().fit(*FLOWERS).set_params(members=2)
    with pytest.raises(pw.ConfigurationError) as error:
        estimator.to_model()
    assert str(error.value) == (
        "members is 2, and a model has one network; expected None. Make one of each of its members_."
    )


def model_of(*layers: pw.Layer, loss: str = "softmax", standardize: str = "per-pixel") -> pw.Model:
    standardizer = pw.Standardizer.fit(standardize, FLOWERS[0])
    return pw.Model(pw.Network.of(layers), standardizer, loss=pw.Loss.named(loss))


def linear(inputs: int, outputs: int) -> pw.Linear:
    return pw.Linear(np.ones((inputs, outputs)), np.zeros((1, outputs)))


class Halved(pw.Standardizer):
    def __call__(self, raw: object, dtype: npt.DTypeLike = np.float32) -> FloatArray:
        return super().__call__(raw, dtype) / 2


@pytest.mark.parametrize(
    ("kind", "model", "message"),
    [
        (
            MLPClassifier,
            model_of(linear(4, 3), standardize="per-image"),
            "the model standardizes each example by its own mean and deviation (per-image), which no weights "
            f"can do; expected all-pixels or per-pixel. {INSTEAD}",
        ),
        (
            MLPClassifier,
            model_of(linear(4, 3), pw.Dropout(0.5), pw.Tanh(), linear(3, 3)),
            "the model's network has the layers Linear, dropout:0.5, tanh, Linear; expected linear ones, all "
            f"but the last with an activation, and dropout or none, after it. {INSTEAD}",
        ),
        (
            MLPClassifier,
            model_of(linear(4, 3), pw.Tanh()),
            "the model's network has the layers Linear, tanh; expected linear ones, all but the last with an "
            f"activation, and dropout or none, after it. {INSTEAD}",
        ),
        (
            MLPClassifier,
            model_of(linear(4, 3), loss="huber"),
            "the model's loss is huber:1.0; expected softmax or sigmoid, for MLPClassifier. "
            "MLPRegressor.from_model takes it.",
        ),
        (
            MLPRegressor,
            model_of(linear(4, 3)),
            "the model's loss is softmax:0.0; expected one of numbers, as squared-error, for MLPRegressor. "
            "MLPClassifier.from_model takes it.",
        ),
        (
            MLPClassifier,
            pw.Model(pw.Network(4, [3], 3), Halved("all-pixels", np.ones(1), np.zeros(1))),
            f"the model has a Halved, which is a class of your own; expected a Standardizer. {INSTEAD}",
        ),
        (
            MLPClassifier,
            model_of(linear(4, 1)),
            f"the model has 1 class; expected at least 2. {INSTEAD}",
        ),
        (MLPClassifier, None, "model is a NoneType; expected a Model, as in pw.load('model.safetensors')."),
    ],
)
def test_models_that_no_estimator_can_be_are_refused(
    kind: type[MLPClassifier] | type[MLPRegressor], model: pw.Model, message: str
) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        kind.from_model(model)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("classes", "loss", "message"),
    [
        (
            "ab",
            "softmax",
            "classes are 'ab'; expected 3 different ones, those of the model in its order.",
        ),
        (
            [1, 2, 1],
            "softmax",
            "classes are [1, 2, 1]; expected 3 different ones, those of the model in its order.",
        ),
        (
            ["a", "b", "c"],
            "sigmoid",
            "classes are ['a', 'b', 'c']; expected None, for the model tells 3 labels at once, each yes or "
            "no.",
        ),
    ],
)
def test_classes_that_are_not_the_models_are_refused(classes: list[object], loss: str, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        MLPClassifier.from_model(model_of(linear(4, 3), loss=loss), classes)
    assert str(error.value) == message


def test_numbers_have_no_classes() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        MLPRegressor.from_model(model_of(linear(4, 1), loss="huber"), classes=[1, 2])
    assert str(error.value) == "classes are [1, 2]; expected None, for MLPRegressor predicts numbers."
