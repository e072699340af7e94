"""Estimators that are stored, copied and sent elsewhere are as they were; training goes on from there."""

import copy
import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

import plainweave as pw
from estimator_pairs import LABELS, MULTILABEL, NUMBERS, SETTINGS, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def through_joblib(model: Any, compress: int = 0) -> Any:
    """Return what joblib reads of what it wrote."""
    file = io.BytesIO()
    joblib.dump(model, file, compress=compress)
    file.seek(0)
    return joblib.load(file)


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "first pickle": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
    "joblib": through_joblib,
    "compressed": lambda model: through_joblib(model, 3),
}
KINDS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "invscaling"},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "nesterovs_momentum": False},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True},
    "optimizer": {"optimizer": pw.AdamW(0.01), "schedule": "cosine"},
    "activation": {"activation": pw.GELU(), "dropout": 0.1},
    "members": {"members": 2},
    "random state": {"random_state": np.random.RandomState(3)},
}


def fitted(kind: str) -> list[Any]:
    """Return fitted estimators of those settings, with what they were fitted to."""
    settings = {**SETTINGS, **KINDS[kind]}
    return [
        (pw.MLPClassifier(**settings).fit(X, LABELS), LABELS),
        (pw.MLPClassifier(**settings).fit(X, MULTILABEL), MULTILABEL),
        (pw.MLPRegressor(**settings).fit(X, NUMBERS), NUMBERS),
    ]


def same(left: Any, right: Any) -> None:
    """Check that two estimators predict the same bytes and have the same curves."""
    method = "predict_proba" if hasattr(left, "predict_proba") else "predict"
    assert getattr(left, method)(X).tobytes() == getattr(right, method)(X).tobytes()
    assert left.n_iter_ == right.n_iter_
    assert left.loss_ == right.loss_
    np.testing.assert_equal(vars(left.history_), vars(right.history_))
    settings = [repr(model.get_params() | {"random_state": None}) for model in (left, right)]
    assert settings[0] == settings[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_stored_estimator_is_as_it_was(way: str, kind: str) -> None:
    for model, _ in fitted(kind):
        same(WAYS[way](model), model)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("lbfgs", "early stopping")])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "copy"])
def test_training_goes_on_from_what_was_stored_as_it_would_have(way: str, kind: str) -> None:
    for model, y in fitted(kind):
        loaded = WAYS[way](model)
        for _ in range(2):
            model.partial_fit(X, y)
            loaded.partial_fit(X, y)
        same(loaded, model)


@pytest.mark.parametrize("kind", ["adam", "lbfgs", "early stopping", "members", "optimizer"])
def test_a_warm_start_goes_on_from_what_was_stored_as_it_would_have(kind: str) -> None:
    for model, y in fitted(kind):
        loaded = WAYS["pickle"](model)
        for one in (model, loaded):
            one.set_params(warm_start=True).fit(X, y)
        same(loaded, model)


def test_a_copy_and_what_it_was_made_of_train_apart() -> None:
    model, y = fitted("adam")[0]
    before = model.predict_proba(X)
    copied = copy.deepcopy(model)
    copied.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert not np.array_equal(copied.predict_proba(X), before)


@pytest.mark.parametrize("kind", ["adam", "lbfgs", "members"])
def test_weights_mapped_from_a_file_predict(tmp_path: Path, kind: str) -> None:
    for model, _ in fitted(kind):
        joblib.dump(model, tmp_path / "model.joblib")
        same(joblib.load(tmp_path / "model.joblib", mmap_mode="r"), model)


def test_another_process_reads_it_without_the_library_being_imported_first(tmp_path: Path) -> None:
    model = fitted("adam")[0][0]
    with (tmp_path / "model.pickle").open("wb") as file:
        pickle.dump((model, X), file)
    code = "import pickle; model, X = pickle.load(open('model.pickle', 'rb')); print(*model.predict(X[:5]))"
    run = [sys.executable, "-W", "error", "-c", code]
    out = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert out.split() == list(model.predict(X[:5]))
