"""The tasks of a fit that scikit-learn's callbacks are told of; they came with its version 1.9."""

from copy import deepcopy
from typing import Protocol

from sklearn.base import BaseEstimator

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before 1.9
    CallbackSupportMixin = object

_OF_CALLBACKS = ("_skl_callbacks", "_callback_fit_ctx", "_parent_callback_ctx")  # what scikit-learn keeps


class CallbackSupport(CallbackSupportMixin):  # type: ignore[misc]
    """Has `set_callbacks`, where scikit-learn has it."""


class _Context(Protocol):
    """A task, in scikit-learn's `CallbackContext`."""

    def subcontext(self, task_name: str, task_id: int | None = None, max_subtasks: int = 0) -> "_Context":
        """Return a task that is a part of this one."""

    def call_on_fit_task_begin(self, *, estimator: BaseEstimator, **shown: object) -> object:
        """Tell the callbacks that the task begins."""

    def call_on_fit_task_end(self, *, estimator: BaseEstimator, **shown: object) -> bool:
        """Tell them that it has ended, and return whether one ends those of its level."""


class FitTask:
    """A fit and its epochs, or the fit of one of several members and its epochs.

    Callbacks that ask for it are given the examples as `fit` was, and a fitted estimator with copies of all
    that training goes on to change; its weights are those of the epoch, though better ones may be kept.
    Without callbacks nothing is made and nothing is told.

    Args:
        estimator: that the callbacks were set on.
        trained: whose weights are trained: the estimator, or one of its members.
        context: scikit-learn's task; None without callbacks.
        examples: X, y and the weights of the examples, as they are told.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        trained: BaseEstimator,
        context: _Context | None = None,
        examples: dict[str, object] | None = None,
    ) -> None:
        self._estimator, self._trained = estimator, trained
        self._context, self._examples = context, examples or {}
        self._epoch: _Context | None = None
        if context is not None:
            context.call_on_fit_task_begin(estimator=estimator, **self._examples)

    @classmethod
    def begun(
        cls, estimator: BaseEstimator, X: object, y: object, sample_weight: object, subtasks: int
    ) -> "FitTask":
        """Return the task of a fit that begins.

        Args:
            estimator: that is fitted, inside scikit-learn's `_fit_context`, which tears the callbacks down.
            X: the inputs, as given.
            y: the targets, as given.
            sample_weight: as given.
            subtasks: the largest number of epochs, or the number of members.
        """
        if not hasattr(estimator, "_skl_callbacks"):
            return cls(estimator, estimator)
        is_alone = estimator.members is None
        context = estimator._init_callback_context(max_subtasks=subtasks, sequential_subtasks=is_alone)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        return cls(estimator, estimator, context, {"X": X, "y": y, "metadata": metadata})

    def of_member(self, number: int, member: BaseEstimator, subtasks: int) -> "FitTask":
        """Return the task of a member that begins; it may be on a thread of its own."""
        if self._context is None:
            return self
        context = self._context.subcontext("member", task_id=number, max_subtasks=subtasks)
        return FitTask(self._estimator, member, context, self._examples)

    @property
    def is_told(self) -> bool:
        """Whether there are callbacks."""
        return self._context is not None

    def begin_epoch(self, name: str) -> None:
        """Begin an epoch, if the last has ended."""
        if self._context is not None and self._epoch is None:
            self._epoch = self._context.subcontext(name)
            self._epoch.call_on_fit_task_begin(
                estimator=self._estimator, reconstruction_attributes=self._fitted, **self._examples
            )

    def end_epoch(self) -> bool:
        """End the epoch, and return whether a callback ends training with it."""
        if self._epoch is None:
            return False
        epoch, self._epoch = self._epoch, None
        return epoch.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=self._fitted, **self._examples
        )

    def end(self) -> None:
        """End the fit, and first an epoch that was broken off, of which nothing is told."""
        if self._context is None:
            return
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._estimator)
        self._context.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=self._fitted, **self._examples
        )

    def _fitted(self) -> dict[str, object]:
        """Return copies of what fitting has left so far."""
        kept = self._trained.get_params(deep=False)
        return {
            name: deepcopy(value)
            for name, value in vars(self._trained).items()
            if name not in kept and not name.startswith(_OF_CALLBACKS)
        }
