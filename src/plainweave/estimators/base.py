"""Fitting, as both estimators do it."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import joblib
import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from plainweave.arrays import FloatArray, RawArray
from plainweave.display import counted
from plainweave.estimators.callbacks import FitTask
from plainweave.estimators.combinations import check_extras, warn_of_unused
from plainweave.estimators.compat import are_plain, checked_inputs, errors_of
from plainweave.estimators.forward import compiled_forward, forward
from plainweave.estimators.lbfgs import LBFGSTraining
from plainweave.estimators.members import check_members, fit_members, share, threads_of
from plainweave.estimators.parts import Part, Parts
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.stochastic import StochasticTraining


@contextmanager
def _as_it_was_if_refused(estimator: Perceptron) -> Iterator[None]:
    """Leave an estimator as it was where it can't be fitted: new classes and old weights would not fit."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise


class MultilayerPerceptron(Perceptron):
    """Fits by batches or by L-BFGS."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if getattr(self, "members_", None):
            share(self)

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: object,
        y: object,
        sample_weight: object = None,
        *,
        X_val: object = None,
        y_val: object = None,
        sample_weight_val: object = None,
    ) -> Self:
        """Fit to examples.

        Args:
            X: inputs (examples, features), an array, a data frame or a sparse matrix.
            y: targets (examples,) or (examples, outputs): labels of classes, or numbers.
            sample_weight: how much each example counts (examples,).
            X_val: inputs to validate on; with them none are held out of X.
            y_val: their targets.
            sample_weight_val: their weights.

        Returns:
            The estimator.

        Raises:
            ValueError: an array is not what it should be, or training ended in weights that are not finite.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val), incremental=False)

    def _fit(
        self,
        X: object,
        y: object,
        sample_weight: object,
        held_out: tuple[object, object, object] = (None, None, None),
        *,
        incremental: bool,
        task: FitTask | None = None,
    ) -> Self:
        hidden = self._hidden()
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        if not first and len(hidden) != self._hidden_layers:
            raise ValueError(
                f"hidden_layer_sizes is {self.hidden_layer_sizes}, and training goes on from "
                f"{counted(self._hidden_layers, 'hidden layer')}; expected as many. Call fit with "
                "warm_start=False to begin anew."
            )
        epochs = 1 if incremental else self.max_iter
        training: StochasticTraining | LBFGSTraining | None = None
        with _as_it_was_if_refused(self):
            check_members(self, first=first)
            checked, targets = self._validate_input(X, y, incremental=incremental, reset=first)
            if task is None:  # a member's is given
                warn_of_unused(self)
            task = task or FitTask.begun(self, X, y, sample_weight, self.members or epochs)
            if self.members is not None:

                def train(member: Self, number: int) -> None:
                    of_member = task.of_member(number, member, epochs)
                    member._fit(X, y, sample_weight, held_out, incremental=incremental, task=of_member)

                fit_members(self, train, first=first)
            else:
                given = checked, targets, sample_weight, held_out
                training = self._training(*given, task, incremental=incremental, first=first)
        if training is not None:
            training.run()
            self._check_that_it_is_finite()
        task.end()
        return self

    def _training(
        self,
        checked: RawArray,
        targets: RawArray,
        sample_weight: object,
        held_out: tuple[object, object, object],
        task: FitTask,
        *,
        incremental: bool,
        first: bool,
    ) -> StochasticTraining | LBFGSTraining:
        """Return the training of one network, with its weights before the first step."""
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, checked)
        with np.errstate(over="ignore"):
            if weights is not None and not np.isfinite(weights.sum(dtype=np.float64)):
                raise ValueError("sample_weight sums to infinity; expected less. Divide it by its largest.")
        targets = targets[:, np.newaxis] if targets.ndim == 1 else targets
        part = Part(checked, targets, self._weights(weights, targets))
        self._random_state = check_random_state(self.random_state)
        outputs = self._count_outputs(part.y)
        self.n_outputs_ = outputs
        if first:
            self._initialize(outputs, part.X.dtype)
        parts = self._parts(part, held_out, incremental=incremental)
        check_extras(self, has_validation=parts.validation is not None)
        self._begin_curves(has_validation=parts.validation is not None)
        self._compare_with(None if held_out[0] is None else parts.validation)
        if self._is_stochastic:
            return StochasticTraining(self, parts, task, incremental=incremental)
        return LBFGSTraining(self, parts, task)

    def _compare_with(self, given: Part | None) -> None:
        """Look for the best weights anew where other examples than before are given to validate on."""
        held_out = None if given is None else joblib.hash((given.X, given.y, given.weights))
        if held_out != getattr(self, "_held_out", None):
            self._best_watched = -np.inf
            if self._keeps_best:
                self.best_validation_score_ = -np.inf
        self._held_out = held_out

    def _check_that_it_is_finite(self) -> None:
        if not all(np.isfinite(w).all() for w in [*self.coefs_, *self.intercepts_]):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and "
                "need to be preprocessed."
            )

    def _parts(self, part: Part, held_out: tuple[object, object, object], *, incremental: bool) -> Parts:
        """Return the part to train on and the one to validate on.

        Raises:
            ValueError: there is none to validate on where one is needed, or one is not given whole.
        """
        stops_early = self.early_stopping and self._is_stochastic  # L-BFGS leaves it aside
        if stops_early and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        X_val, y_val, weights_val = held_out
        given = dict(zip(("X_val", "y_val", "sample_weight_val"), held_out, strict=True))
        missing = [name for name in ("X_val", "y_val") if given[name] is None]
        if missing and any(one is not None for one in held_out):
            there = next(name for name, one in given.items() if one is not None)
            raise ValueError(f"{there} is given without {' and '.join(missing)}; expected both, or none.")
        if X_val is not None:
            X, y = self._validate_held_out(X_val, y_val)
            y = y[:, np.newaxis] if y.ndim == 1 else y
            if y.shape[1] != part.y.shape[1]:
                raise ValueError(f"y_val has {y.shape[1]} columns; expected {part.y.shape[1]}, as y has.")
            with errors_of("sample_weight_val"):
                weights = None if weights_val is None else _check_sample_weight(weights_val, X)
            return Parts(part, Part(X, y, weights))
        if stops_early:
            stratify = self._has_classes and self.n_outputs_ == 1
            return Parts.held_out(part, self.validation_fraction, self._random_state, stratify=stratify)
        return Parts(part)

    @property
    @abstractmethod
    def _has_classes(self) -> bool:
        """Whether targets are classes."""

    @abstractmethod
    def _validate_input(
        self, X: object, y: object, *, incremental: bool, reset: bool
    ) -> tuple[RawArray, RawArray]:
        """Return checked inputs, and targets (examples,) or (examples, outputs) as they are trained on."""

    @abstractmethod
    def _validate_held_out(self, X: object, y: object) -> tuple[RawArray, RawArray]:
        """Return the same of what is validated on."""

    def _weights(self, weights: FloatArray | None, y: RawArray) -> FloatArray | None:
        """Return the weights of examples with such targets (examples, outputs)."""
        return weights

    def _count_outputs(self, y: RawArray) -> int:
        """Return how many outputs targets (examples, outputs) need."""
        return int(y.shape[1])

    @property
    @abstractmethod
    def _output_function(self) -> str:
        """The function of the last layer in prediction, as `forward` has it."""

    def _predictions(self, X: object) -> FloatArray:
        """Return what the network makes of inputs (examples, outputs); of members (members, ...)."""
        if not hasattr(self, "coefs_"):  # asked first, for check_is_fitted takes long
            check_is_fitted(self, "coefs_")  # a first partial_fit that failed has left classes_
        threads = threads_of(self.n_jobs)
        network = (self.coefs_, self.intercepts_, self._activations(), self._output_function, threads)
        if are_plain(X, self):
            outputs = compiled_forward(X, *network)
            if outputs is not None:
                return outputs
        return forward(checked_inputs(self, X), *network)

    def _mean_of_members(self, predictions: FloatArray) -> FloatArray:
        """Return the mean of predictions (members, ...), and those of one network as they are."""
        return predictions.mean(axis=0) if self.coefs_[0].ndim == 3 else predictions

    def _has_several_members(self) -> bool:
        if self.members is not None and self.members > 1:
            return True
        raise AttributeError(
            f"predict_spread is only available with several members. members is {self.members}."
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _has_partial_fit(self) -> bool:
        if self._is_stochastic:
            return True
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic."
        )


has_several_members = available_if(lambda estimator: estimator._has_several_members())
can_fit_partially = available_if(lambda estimator: estimator._has_partial_fit())
