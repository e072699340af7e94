"""Arrays checked by scikit-learn, whose versions from 1.5 on have that in different places."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeGuard, cast

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d, validation

from plainweave.arrays import RawArray, check_indices, is_sparse


def are_plain(X: object, estimator: BaseEstimator) -> TypeGuard[RawArray]:
    """Whether scikit-learn's checks, slow for an example, would return X as it is, if only all are finite."""
    return (
        type(X) is np.ndarray
        and X.dtype.char in "fd"
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


def checked_inputs(estimator: BaseEstimator, X: object) -> RawArray:
    """Return inputs (examples, features) of a fitted estimator, as an array or a sparse one.

    Raises:
        ValueError: they are not what the estimator was fitted on, or not finite.
    """
    return cast(RawArray, _validate(estimator, X, accept_sparse=["csr", "csc"], reset=False))


def checked_pair(
    estimator: BaseEstimator, X: object, y: object, *, reset: bool, numeric: bool
) -> tuple[RawArray, RawArray]:
    """Return inputs (examples, features) in float32 or float64, and targets as they are.

    Args:
        estimator: to be fitted.
        X: the inputs.
        y: the targets.
        reset: whether what the estimator knows of the features is set, or held against the inputs.
        numeric: whether the targets are numbers.

    Raises:
        ValueError: they are not what they should be.
    """
    options = {"y_numeric": True} if numeric else {}
    inputs, targets = cast(
        tuple[RawArray, RawArray],
        _validate(
            estimator,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=("float64", "float32"),
            reset=reset,
            **options,
        ),
    )
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = column_or_1d(targets, warn=True)
    if isinstance(inputs, np.ndarray):
        inputs = np.require(inputs, requirements=["ALIGNED"])  # the compiled engine wants it
    return inputs, targets


@contextmanager
def errors_of(names: str) -> Iterator[None]:
    """Let errors of scikit-learn's checks, which know arguments as X, y and sample_weight, name others."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{names}: {error}") from error


def _validate(estimator: BaseEstimator, *arrays: object, **options: object) -> object:
    if is_sparse(arrays[0]):
        try:
            check_indices(arrays[0])  # by wrong ones SciPy reads anywhere in memory
        except ValueError as error:
            raise ValueError(f"X: the sparse array is damaged ({error}). Make it again.") from error
    if hasattr(validation, "validate_data"):
        return validation.validate_data(estimator, *arrays, **options)
    return estimator._validate_data(*arrays, **options)  # before 1.6
