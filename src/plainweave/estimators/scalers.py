"""scikit-learn's scalers as plainweave's standardizers."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from plainweave.arrays import FloatArray
from plainweave.checks import instance
from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError, ShapeError

# What multiplies each feature, and what is subtracted then.
_Terms = tuple[FloatArray, FloatArray]


def standardizer_of(given: Standardizer | BaseEstimator | None, features: int) -> Standardizer:
    """Return a standardizer that does what was done to inputs of so many features; None is nothing.

    Raises:
        NotFittedError: a scaler is not fitted.
        ConfigurationError: it is neither a standardizer nor a scaler, or it clips.
        ShapeError: it is of another number of features.
    """
    if given is None:
        return Standardizer.identity()
    if not isinstance(given, BaseEstimator):
        instance("standardizer", given, Standardizer, "pw.Standardizer.fit('per-pixel', inputs)")
        given.check_features(features)
        return given
    name = type(given).__name__
    if type(given) not in _TERMS:
        advice = " Give the step that is one, as in pipeline[0]." if isinstance(given, Pipeline) else ""
        raise ConfigurationError(
            f"standardizer is a {name}; expected a Standardizer, or scikit-learn's "
            f"{', '.join(kind.__name__ for kind in _TERMS)}.{advice}"
        )
    check_is_fitted(given)
    if getattr(given, "clip", False):
        raise ConfigurationError(
            f"standardizer is a {name} with clip=True, which no model can do; expected clip=False."
        )
    if given.n_features_in_ != features:
        raise ShapeError(
            f"the {name} was fitted to {given.n_features_in_} features; expected {features}, as the "
            "estimator was. Give the one that made its X."
        )
    scale, shift = _TERMS[type(given)](given)
    return Standardizer("per-pixel", scale, shift)


def _of_standard(scaler: Any) -> _Terms:
    return _terms(
        scaler, scaler.mean_ if scaler.with_mean else None, scaler.scale_ if scaler.with_std else None
    )


def _of_robust(scaler: Any) -> _Terms:
    center = scaler.center_ if scaler.with_centering else None
    return _terms(scaler, center, scaler.scale_ if scaler.with_scaling else None)


def _of_largest(scaler: Any) -> _Terms:
    return _terms(scaler, None, scaler.scale_)


def _of_range(scaler: Any) -> _Terms:
    return scaler.scale_, -scaler.min_


def _terms(scaler: Any, center: FloatArray | None, divisor: FloatArray | None) -> _Terms:
    features = scaler.n_features_in_
    scale = 1 / (np.ones(features) if divisor is None else divisor)
    return scale, (np.zeros(features) if center is None else center) * scale


_TERMS: dict[type[BaseEstimator], Callable[[Any], _Terms]] = {
    StandardScaler: _of_standard,
    MinMaxScaler: _of_range,
    MaxAbsScaler: _of_largest,
    RobustScaler: _of_robust,
}
