"""Arrays of every kind: what scikit-learn's estimators make of them, ours do, in results and in words."""

import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

import plainweave as pw
from estimator_pairs import CLASSES, LABELS, MULTILABEL, NUMBERS, SETTINGS, X, classifiers, regressors

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WHOLE = np.round(X * 10)
FORMS: dict[str, Any] = {
    "float32": X.astype(np.float32),
    "float16": X.astype(np.float16),
    "long double": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "big-endian float32": X.astype(">f4"),
    "int8": WHOLE.astype(np.int8),
    "int64": WHOLE.astype(np.int64),
    "uint8": WHOLE.astype(np.uint8),
    "bool": X > 0,
    "object": X.astype(object),
    "list": X.tolist(),
    "Fortran": np.asfortranarray(X),
    "every second row": np.repeat(X, 2, axis=0)[::2],
    "every second column": np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": X[::-1, ::-1],
    "transposed": np.ascontiguousarray(X.T).T,
    "broadcast": np.broadcast_to(X[:, :1], X.shape),
    "unaligned": np.frombuffer(b" " + X.tobytes(), np.uint8)[1:].view(np.float64).reshape(X.shape),
    "csr": scipy.sparse.csr_array(np.where(X > 0, X, 0)),
    "csc": scipy.sparse.csc_array(np.where(X > 0, X, 0)),
    "coo": scipy.sparse.coo_array(np.where(X > 0, X, 0)),
    "lil matrix": scipy.sparse.lil_matrix(np.where(X > 0, X, 0)),
    "csr float32": scipy.sparse.csr_array(np.where(X > 0, X, 0).astype(np.float32)),
    "csr with long indices": scipy.sparse.csr_array(np.where(X > 0, X, 0)),
}
FORMS["csr with long indices"].indices = FORMS["csr with long indices"].indices.astype(np.int64)
FORMS["csr with long indices"].indptr = FORMS["csr with long indices"].indptr.astype(np.int64)
TARGETS: dict[str, Any] = {
    "strings": LABELS,
    "objects": LABELS.astype(object),
    "list": LABELS.tolist(),
    "column": LABELS[:, np.newaxis],
    "read-only": np.broadcast_to(CLASSES, CLASSES.shape),
    "negative": CLASSES - 5,
    "whole floats": CLASSES.astype(np.float64),
    "bool": CLASSES > 0,
    "uint8": CLASSES.astype(np.uint8),
    "big-endian": CLASSES.astype(">i4"),
    "several labels": MULTILABEL,
    "sparse labels": scipy.sparse.csr_array(MULTILABEL),
    "bool labels": MULTILABEL.astype(bool),
    "one class": np.zeros(90, int),
}
REFUSED: dict[str, tuple[Any, Any]] = {
    "NaN": (np.where(X > 2, np.nan, X), LABELS),
    "infinity": (np.where(X > 2, np.inf, X), LABELS),
    "complex": (X.astype(complex), LABELS),
    "words": (np.full((90, 6), "word"), LABELS),
    "one dimension": (X[:, 0], LABELS),
    "three dimensions": (X[:, :, np.newaxis], LABELS),
    "no examples": (X[:0], LABELS[:0]),
    "no features": (X[:, :0], LABELS),
    "a number": (3.0, LABELS),
    "None": (X, None),
    "other lengths": (X, LABELS[:-1]),
    "continuous labels": (X, NUMBERS),
    "several classes for several outputs": (X, np.column_stack([CLASSES, CLASSES])),
    "NaN among labels": (X, np.where(CLASSES == 1, np.nan, CLASSES)),
    "labels of two kinds": (X, np.array([1, "a"] * 45, dtype=object)),
}


def outcome(model: Any, inputs: Any, y: Any, method: str) -> tuple[Any, list[str]]:
    """Return predictions, or the error in words, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            result = getattr(model.fit(inputs, y), method)(inputs)
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
    said = [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    return result, [line.replace("plainweave", "sklearn") for line in said]


def compare(models: list[Any], inputs: Any, y: Any, method: str, tolerance: float = 1e-6) -> None:
    """Compare what becomes of scikit-learn's estimator and ours."""
    (theirs, warned), (ours, also_warned) = (outcome(model, inputs, y, method) for model in models)
    assert type(ours) is type(theirs)
    assert warned == also_warned
    if isinstance(theirs, str):
        assert ours == theirs
    elif scipy.sparse.issparse(theirs):
        np.testing.assert_array_equal(ours.toarray(), theirs.toarray())
    elif method == "predict" and not np.issubdtype(theirs.dtype, np.floating):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("form", FORMS)
def test_inputs_of_every_form(form: str, solver: str) -> None:
    tolerance = 1e-3 if "float32" in form else 1e-6
    compare(classifiers(solver=solver), FORMS[form], LABELS, "predict_proba", tolerance)
    compare(regressors(solver=solver), FORMS[form], NUMBERS, "predict", tolerance)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", TARGETS)
def test_labels_of_every_kind(kind: str, solver: str) -> None:
    for method in ("predict", "predict_proba"):
        compare(classifiers(solver=solver), X, TARGETS[kind], method)
    with warnings.catch_warnings(action="ignore"):
        theirs, ours = (model.fit(X, TARGETS[kind]).classes_ for model in classifiers(solver=solver))
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "kind", ["float32", "int8", "bool", "list", "object", "column", ">f8", "two columns"]
)
def test_numbers_of_every_kind(kind: str) -> None:
    special = {"list": NUMBERS.tolist(), "column": NUMBERS[:, np.newaxis], "two columns": X[:, :2]}
    y = special[kind] if kind in special else (NUMBERS * 10).astype(kind)
    compare(regressors(), X, y, "predict")
    compare(regressors(solver="lbfgs"), X, y, "predict", 1e-5)


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_is_refused_in_the_same_words(why: str) -> None:
    compare(classifiers(), *REFUSED[why], "predict_proba")
    compare(regressors(), *REFUSED[why], "predict")


@pytest.mark.parametrize("inputs", [X[:, :5], X[:0], X[0], np.where(X > 2, np.nan, X), X.astype(str)])
def test_what_is_not_predicted_is_refused_in_the_same_words(inputs: Any) -> None:
    for models, y in ((classifiers(), LABELS), (regressors(), NUMBERS)):
        words = []
        for model in models:
            with pytest.raises(ValueError) as error:  # noqa: PT011 - it is compared
                model.fit(X, y).predict(inputs)
            words.append(str(error.value))
        assert words[0] == words[1]


def test_neither_inputs_nor_targets_nor_weights_are_changed() -> None:
    inputs, y, weights = X.copy(), CLASSES.copy(), np.linspace(0, 1, 90)
    for array in (inputs, y, weights):
        array.flags.writeable = False
    every: list[dict[str, Any]] = [{}, {"solver": "lbfgs"}, {"early_stopping": True}, {"members": 2}]
    for settings in every:
        model = pw.MLPClassifier(**{**SETTINGS, **settings}).fit(inputs, y, weights)
        assert model.predict(inputs).shape == (90,)


def test_inputs_mapped_from_a_file_are_read_from_it(tmp_path: Path) -> None:
    joblib.dump(X, tmp_path / "X.joblib")
    mapped = joblib.load(tmp_path / "X.joblib", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    compare(classifiers(), mapped, LABELS, "predict_proba")
    compare(regressors(early_stopping=True), mapped, NUMBERS, "predict")


def test_a_column_of_labels_is_warned_of() -> None:
    with pytest.warns(
        DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"
    ):
        classifiers()[1].fit(X, LABELS[:, np.newaxis])


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_damaged_sparse_array_is_refused(form: str, early_stopping: bool) -> None:
    whole = scipy.sparse.coo_array(np.where(X > 0, X, 0)).asformat(form)
    damaged = whole.copy()
    (damaged.row if form == "coo" else damaged.indices)[0] = 10**8
    model = pw.MLPClassifier(max_iter=1, early_stopping=early_stopping, random_state=0)
    fitted = pw.MLPClassifier(max_iter=1, random_state=0).fit(whole, CLASSES)
    with pytest.raises(ValueError, match="X: the sparse array is damaged"):
        model.fit(damaged, CLASSES)
    with pytest.raises(ValueError, match="X: the sparse array is damaged"):
        fitted.predict(damaged)
