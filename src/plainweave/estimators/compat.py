"""Arrays checked by scikit-learn, whose versions from 1.5 on have that in different places."""

from typing import cast

from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d, validation

from plainweave.arrays import RawArray


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
    return inputs, targets


def _validate(estimator: BaseEstimator, *arrays: object, **options: object) -> object:
    if hasattr(validation, "validate_data"):
        return validation.validate_data(estimator, *arrays, **options)
    return estimator._validate_data(*arrays, **options)  # before 1.6
