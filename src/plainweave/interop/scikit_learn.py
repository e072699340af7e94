"""scikit-learn's perceptrons, made of models, and models made of them; as files of skops, without pickle."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from plainweave.errors import ConfigurationError, PlainweaveError, RecordError
from plainweave.extras import need
from plainweave.interop.given import as_model
from plainweave.network import Network
from plainweave.training import Model
from plainweave.training.plain import plain

if TYPE_CHECKING:  # scikit-learn takes a second to be imported, which other forms need not wait for
    from sklearn.base import BaseEstimator

# Classes that a file may have beside those that skops trusts: where training stood, and plainweave's own.
_TRUSTED = (
    "sklearn.neural_network._stochastic_optimizers.",
    *(
        f"plainweave.{room}."
        for room in ("estimators", "network", "losses", "optimizers", "training.history")
    ),
)


def to_sklearn(model: Model | Network) -> "BaseEstimator":
    """Return scikit-learn's `MLPClassifier` or `MLPRegressor` that predicts the same, with copies of arrays.

    It takes what `model.prepared` gives: raw inputs, or features made of a table. Standardization, factors of
    the inputs and the scale of the targets are part of its weights.

    Raises:
        ConfigurationError: scikit-learn's has no such activation, loss or layers, or inputs are standardized
            per image.
    """
    from plainweave import estimators

    given = as_model(model)
    has_classes = given.loss.classes_of(given.network.outputs) > 0
    kind = estimators.MLPClassifier if has_classes else estimators.MLPRegressor
    try:
        return kind.from_model(plain(given)).to_sklearn()
    except PlainweaveError:
        raise
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def from_sklearn(fitted: "BaseEstimator") -> Model:
    """Return a model that predicts as a fitted perceptron of scikit-learn's or plainweave's, with copies.

    Args:
        fitted: an `MLPClassifier` or `MLPRegressor`, or a pipeline of a scaler and one of them.

    Raises:
        ConfigurationError: it is another estimator, a pipeline with another step, or not fitted.
    """
    from sklearn.exceptions import NotFittedError

    try:
        return _model_of(fitted)
    except NotFittedError as error:
        raise ConfigurationError(str(error)) from error


def _model_of(fitted: "BaseEstimator") -> Model:
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    from plainweave import estimators

    estimator, scaler = fitted, None
    if isinstance(fitted, Pipeline):
        *before, estimator = (step for _, step in fitted.steps)
        if len(before) > 1:
            names = ", ".join(type(step).__name__ for _, step in fitted.steps)
            raise ConfigurationError(
                f"the pipeline has the steps {names}; expected a scaler, or none, and a perceptron."
            )
        scaler = before[0] if before else None
    pairs = ((MLPClassifier, estimators.MLPClassifier), (MLPRegressor, estimators.MLPRegressor))
    for theirs, ours in pairs:
        if isinstance(estimator, theirs):
            check_is_fitted(estimator, "coefs_")
            return ours.from_sklearn(estimator).to_model(scaler)
        if isinstance(estimator, ours):
            return estimator.to_model(scaler)
    raise ConfigurationError(
        f"the estimator is of the class {type(estimator).__name__}; expected an MLPClassifier or an "
        "MLPRegressor, or a pipeline of a scaler and one of them."
    )


def skops_file(model: Model | Network) -> bytes:
    """Return a file of skops of scikit-learn's estimator: `skops.io.load` reads it without plainweave.

    Raises:
        MissingExtraError: skops is not installed.
        ConfigurationError: as of `to_sklearn`.
    """
    need("skops")
    from skops import io

    return cast(bytes, io.dumps(to_sklearn(model)))


def read_skops(path: Path) -> Model:
    """Return the model of a perceptron in a file of skops.

    Raises:
        MissingExtraError: skops is not installed.
        RecordError: it can't be read, or would make an object of a class that a perceptron does not have.
        ConfigurationError: as of `from_sklearn`.
    """
    need("skops")
    from skops import io

    try:
        found: list[str] = io.get_untrusted_types(file=path)
        strange = [name for name in found if not name.startswith(_TRUSTED)]
        loaded: Any = None if strange else io.load(path, trusted=found)
    except Exception as error:  # whatever a damaged archive makes of it
        raise RecordError(
            f"{path} is no file of skops that can be read ({error}). Give one that skops.io.dump or "
            "plainweave export wrote, whole."
        ) from error
    if strange:
        raise RecordError(
            f"{path} holds objects of {', '.join(strange)}; expected a perceptron of scikit-learn's or "
            "plainweave's alone, or a pipeline of a scaler and one."
        )
    return from_sklearn(loaded)
