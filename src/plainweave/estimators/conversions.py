"""To and from scikit-learn's estimators and plainweave's models."""

from collections.abc import Sequence
from typing import Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from plainweave.data import Standardizer
from plainweave.estimators import models, scikit_learn
from plainweave.estimators.base import MultilayerPerceptron
from plainweave.training import Model


class Convertible(MultilayerPerceptron):
    """Can be had from others that hold the same network, and be made into these."""

    @classmethod
    def from_sklearn(cls, fitted: BaseEstimator) -> Self:
        """Return a twin of scikit-learn's estimator of the same name.

        It predicts the same and goes on training from the same state, with copies of the arrays. One that is
        not fitted gives its parameters alone.

        Raises:
            TypeError: it is another estimator.
        """
        return scikit_learn.taken(cls, fitted)

    def to_sklearn(self) -> BaseEstimator:
        """Return a twin that is scikit-learn's estimator of the same name.

        It predicts the same and goes on training from the same state, with copies of the arrays. What serves
        training alone and scikit-learn lacks (dropout, class_weight, schedule, choose_by, observers) it goes
        on without.

        Raises:
            ValueError: scikit-learn's has no such activation or loss, or there is an optimizer or members.
        """
        return scikit_learn.given(self)

    def to_model(
        self,
        standardizer: Standardizer | BaseEstimator | None = None,
        *,
        image_shape: tuple[int, int] | None = None,
        full_scale: float = 255.0,
    ) -> Model:
        """Return a model of this network, with copies of the arrays, to be saved by `pw.save`.

        Its classes are named by `classes_`, unless these are the numbers from 0.

        Args:
            standardizer: what made X of raw inputs (examples, features), which the model then does itself: a
                fitted StandardScaler, MinMaxScaler, MaxAbsScaler or RobustScaler, or a `pw.Standardizer`;
                None where X were raw.
            image_shape: (rows, columns) where an example is an image.
            full_scale: the value of a fully bright pixel.

        Raises:
            NotFittedError: the estimator, or the scaler, is not fitted.
            ConfigurationError: the estimator has several members; the standardizer is another object, or
                clips.
            ShapeError: the standardizer is of another number of features.
            DataError: as of a `Model`.
        """
        check_is_fitted(self, "coefs_")
        return models.model_of(self, standardizer, image_shape, full_scale)

    @classmethod
    def from_model(cls, model: Model, classes: Sequence[object] | None = None) -> Self:
        """Return an estimator that predicts the same as a model, with copies of the arrays.

        The model's standardization becomes part of the first layer's weights: X are raw inputs. A softmax of
        two classes becomes a sigmoid. Of the training before nothing is kept.

        Args:
            model: as `pw.load` gives it, or made of what `pw.fit` gives.
            classes: the labels of the model's classes, in its order, where they are to be others than its
                class names, or, if it has none, numbers from 0.

        Raises:
            ConfigurationError: the model has a loss that this estimator has not, standardizes each example by
                itself, has layers of another kind or order; or there are not as many classes, all different.
        """
        return models.estimator_of(cls, model, classes)
