"""Small tasks for estimators, one of every kind of input and target that scikit-learn's perceptrons take."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

EXAMPLES, FEATURES = 60, 8


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Attributes:
        kind: "classifier" or "regressor".
        inputs: (examples, features).
        targets: (examples,) or (examples, outputs).
        weights: (examples,), of examples, if there are any.
        settings: of the estimator, for these targets.
        classes: of all examples, as `partial_fit` wants them.
    """

    kind: str
    inputs: Any
    targets: Any
    weights: npt.NDArray[np.float64] | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, Any]:
        """What `fit` is given besides inputs and targets."""
        return {} if self.weights is None else {"sample_weight": self.weights}

    @property
    def classes(self) -> dict[str, Any]:
        """What the first `partial_fit` is given besides."""
        if self.kind == "regressor":
            return {}
        return {
            "classes": np.unique(self.targets) if self.targets.ndim == 1 else np.arange(self.targets.shape[1])
        }

    def part(self, number: int, size: int = 25) -> "Task":
        """Return a few of its examples, in an order of their own."""
        rows = np.random.default_rng(number).permutation(EXAMPLES)[:size]
        weights = None if self.weights is None else self.weights[rows]
        return Task(self.kind, self.inputs[rows], self.targets[rows], weights, self.settings)


def _inputs() -> npt.NDArray[np.float64]:
    return np.random.default_rng(1).standard_normal((EXAMPLES, FEATURES))


def _sparse(make: Callable[[Any], Any]) -> Any:
    inputs = _inputs()
    return make(np.where(np.abs(inputs) < 0.8, 0, inputs))


def _scores(outputs: int) -> npt.NDArray[np.float64]:
    stream = np.random.default_rng(2)
    bends = np.tanh(_inputs() @ stream.standard_normal((FEATURES, outputs)))
    return bends + 0.3 * stream.standard_normal((EXAMPLES, outputs))


def _tasks() -> dict[str, Task]:
    x, scores = _inputs(), _scores(3)
    two, three = (scores[:, 0] > 0).astype(int), scores.argmax(axis=1)
    weights = np.random.default_rng(3).uniform(0.1, 3, EXAMPLES)
    counts = np.random.default_rng(4).poisson(np.exp(scores)).astype(float)
    poisson = {"loss": "poisson"}
    return {
        "two classes": Task("classifier", x, two),
        "three classes": Task("classifier", x, three),
        "one class": Task("classifier", x, np.ones(EXAMPLES, int)),
        "texts": Task("classifier", x, np.array(["one", "two", "three"], dtype=object)[three]),
        "multi-label": Task("classifier", x, (scores > 0).astype(int)),
        "two classes, csr": Task("classifier", _sparse(scipy.sparse.csr_array), two),
        "three classes, csc": Task("classifier", _sparse(scipy.sparse.csc_matrix), three),
        "two classes, weighted": Task("classifier", x, two, weights),
        "three classes, weighted": Task("classifier", x, three, weights),
        "multi-label, weighted": Task("classifier", x, (scores > 0).astype(int), weights),
        "whole numbers": Task("classifier", np.rint(2 * x).astype(np.int64), three),
        "one target": Task("regressor", x, scores[:, 0]),
        "three targets": Task("regressor", np.asfortranarray(x), scores),
        "one target, csr": Task("regressor", _sparse(scipy.sparse.csr_matrix), scores[:, 0]),
        "three targets, csc": Task("regressor", _sparse(scipy.sparse.csc_array), scores),
        "three targets, weighted": Task("regressor", x, scores, weights),
        "one count": Task("regressor", x, counts[:, 0], settings=poisson),
        "three counts, weighted": Task("regressor", x, counts, weights, poisson),
    }


TASKS = _tasks()
