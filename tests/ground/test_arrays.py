"""What scripts hand in as arrays: it means what its author thinks, or one line says what to give."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import plainweave as pw
from plainweave.arrays import as_array, as_dense, precision
from plainweave.data import STANDARDIZATIONS

X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
Y = np.arange(30) % 3


class Series:
    """As pandas has it: shape and type like an array's, but [] goes by label, not by place."""

    def __init__(self, values: npt.NDArray[Any]) -> None:
        self.values = values
        self.dtype, self.shape, self.ndim = values.dtype, values.shape, values.ndim

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, labels: Any) -> Any:
        return self.values[len(self.values) - 1 - np.asarray(labels)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self.values


class Frame(Series):
    """As pandas has it: no type, and [] goes by the name of a column."""

    def __init__(self, values: npt.NDArray[Any]) -> None:
        super().__init__(values)
        del self.dtype

    def __getitem__(self, column: Any) -> Any:
        raise KeyError(column)


class Attached:
    """A tensor that can't leave its graph, or its graphics card."""

    ndim, shape, requires_grad = 2, (30, 4), True

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy().")


def mapped(tmp_path: Path) -> npt.NDArray[Any]:
    np.save(tmp_path / "x.npy", X)
    mapped: npt.NDArray[Any] = np.load(tmp_path / "x.npy", mmap_mode="r")
    return mapped


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = array.copy()
    array.flags.writeable = False
    return array


INPUTS: dict[str, Callable[[Path], Any]] = {
    "lists": lambda _: X.tolist(),
    "tuples": lambda _: tuple(map(tuple, X)),
    "a list of rows": lambda _: list(X),
    "a frame": lambda _: Frame(X),
    "memory-mapped": mapped,
    "read-only": lambda _: read_only(X),
    "Fortran order": lambda _: np.asfortranarray(X),
    "every second row and column": lambda _: np.repeat(np.repeat(X, 2, 0), 2, 1)[::2, ::2],
    "backwards": lambda _: X[::-1].copy()[::-1],
    "big-endian": lambda _: X.astype(">f4"),
    "a matrix": lambda _: X.view(np.matrix),
    "a masked array without a mask": lambda _: np.ma.MaskedArray(X),
    "long doubles": lambda _: X.astype(np.longdouble),
    "objects": lambda _: X.astype(object),
    "decimals and fractions": lambda _: [[Decimal(float(a)), Fraction(float(b)), *c] for a, b, *c in X],
    "a column of matrices": lambda _: X.reshape(30, 2, 2),
    "images with a channel": lambda _: X.reshape(30, 2, 2, 1),
}
INPUTS |= {
    kind.__name__: partial(lambda kind, _: kind(X), kind)
    for kind in (
        *(sp.coo_array, sp.csr_array, sp.csc_array, sp.bsr_array, sp.lil_array, sp.dok_array, sp.dia_array),
        *(sp.coo_matrix, sp.csr_matrix, sp.csc_matrix, sp.bsr_matrix, sp.lil_matrix, sp.dok_matrix),
        sp.dia_matrix,
    )
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_of_every_kind_are_the_same_inputs(name: str, tmp_path: Path) -> None:
    given = INPUTS[name](tmp_path)
    examples = pw.Examples(given, Y)
    inputs = examples.inputs
    dense = as_dense(inputs)
    assert type(inputs) in (np.ndarray, sp.csr_array)
    assert (inputs.dtype.isnative, inputs.shape) == (True, (30, 4))
    np.testing.assert_array_equal(dense, X)
    rows = pw.split(pw.Examples(X, Y)).validation_rows
    validation = pw.split(examples).validation
    assert validation is not None
    np.testing.assert_array_equal(validation.take(np.arange(6)), X[rows])
    for kind in STANDARDIZATIONS:
        standardizer = pw.Standardizer.fit(kind, given)
        np.testing.assert_allclose(standardizer.scale, pw.Standardizer.fit(kind, X).scale, rtol=1e-12)
        model = pw.Model(pw.Network(4, [5], 3), standardizer, ("a", "b", "c"))
        np.testing.assert_allclose(model.probabilities(given), model.probabilities(X), rtol=1e-5)
        np.testing.assert_array_equal(model.predict(given), model.predict(X))
        assert model.evaluate(examples).accuracy == model.evaluate(pw.Examples(X, Y)).accuracy
        if np.ndim(given) == 2:
            np.testing.assert_allclose(standardizer(given), standardizer(X), rtol=1e-5)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (Y.astype(np.uint8), np.uint8),
        (Y.astype(">i2"), np.int16),
        (Y.astype(np.uint64), np.int64),
        (Y.astype(np.float32), np.int64),
        (Y.tolist(), np.int64),
        (tuple(Y), np.int64),
        (Series(Y), np.int64),
        (Frame(Y.reshape(-1, 1)), np.int64),
        (Y.reshape(-1, 1), np.int64),
        (Y.reshape(-1, 1).view(np.matrix), np.int64),
        (Y.astype(object), np.int64),
        (np.ma.MaskedArray(Y), np.int64),
        (sp.coo_matrix(Y.reshape(-1, 1)), np.int64),
        (read_only(Y), np.int64),
    ],
)
def test_labels_of_every_kind_are_the_same_labels(given: Any, dtype: npt.DTypeLike) -> None:
    labels = pw.Examples(X, given).labels
    assert (type(labels), labels.dtype) == (np.ndarray, dtype)
    np.testing.assert_array_equal(labels, Y)
    parts = pw.split(pw.Examples(X, given))
    assert parts.validation is not None
    np.testing.assert_array_equal(parts.validation.labels, Y[parts.validation_rows])


def test_yes_and_no_are_classes_1_and_0() -> None:
    for answers in (Y == 1, (Y == 1).tolist(), (Y == 1).astype(object)):
        labels = pw.Examples(X, answers).labels
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(labels, [0, 1, 0] * 10)


def test_bytes_and_floats_are_not_copied() -> None:
    for inputs in (X, X.astype(np.uint8), X.astype(np.float64), np.asfortranarray(X)):
        examples = pw.Examples(inputs, Y)
        assert examples.inputs is inputs
        assert examples.labels is Y
    assert pw.Examples(X.astype(np.float16), Y).inputs.dtype == np.float32


NUMBERED = "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."
LEAVE = "Leave that example out, or fill in a number."


def holed(value: float, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
    inputs = X.astype(dtype)
    inputs[7, 2] = value
    return inputs


REFUSED: list[tuple[Any, Any, type[Exception], str]] = [
    (
        X,
        Y[:29],
        pw.ShapeError,
        "there are 30 inputs, of shape (30, 4), and targets of shape (29,); expected a target for each.",
    ),
    (
        X[:, 0],
        Y,
        pw.ShapeError,
        "inputs have shape (30,); expected (examples, features). np.reshape(inputs, (-1, 1)) makes "
        "examples of "
        "one feature, np.reshape(inputs, (1, -1)) makes one example.",
    ),
    *(
        (
            X,
            targets,
            pw.ShapeError,
            f"targets have shape {np.shape(targets)}; expected (examples,) or (examples, outputs).",
        )
        for targets in (3, np.zeros((30, 0)), np.zeros((30, 2, 2)))
    ),
    *(
        (X, np.where(Y == 1, target, Y), pw.DataError, f"targets: example 1 has {target:g}; {expected}")
        for target, expected in (
            (np.nan, f"expected finite numbers. {LEAVE}"),
            (-np.inf, f"expected finite numbers. {LEAVE}"),
            (-1e300, "expected at most 1e+15 in size. Multiply all targets by a constant."),
        )
    ),
    (
        X,
        np.where(np.eye(3)[Y], np.inf, 0),
        pw.DataError,
        f"targets: example 0 has inf as its target 0; expected finite numbers. {LEAVE}",
    ),
    (
        X,
        np.full(30, 2**64 - 1, np.uint64),
        pw.DataError,
        "targets: example 0 has 1.84467e+19; expected at most 1e+15 in size. Multiply all targets by a "
        "constant.",
    ),
    (X, ["cat", "dog", "cat"] * 10, pw.DataError, f"targets: text (<U3); expected real numbers. {NUMBERED}"),
    (
        X,
        np.array(["cat", "dog", "cat"] * 10, object),
        pw.DataError,
        f"targets: text; expected real numbers. {NUMBERED}",
    ),
    (
        X,
        np.zeros(30, "M8[D]"),
        pw.DataError,
        "targets: dates (datetime64[D]); expected real numbers. Subtract a date, and divide by "
        "np.timedelta64(1, 's').",
    ),
    *(
        (
            holed(value, dtype),
            Y,
            pw.DataError,
            f"inputs: example 7 has {value:g} as its feature 2; expected finite numbers. {LEAVE}",
        )
        for value in (np.nan, np.inf, -np.inf)
        for dtype in (np.float16, np.float32, np.float64, np.longdouble, object)
    ),
    *(
        (
            kind(holed(np.nan)),
            Y,
            pw.DataError,
            f"inputs: example 7 has nan as its feature 2; expected finite numbers. {LEAVE}",
        )
        for kind in (sp.csr_array, sp.coo_matrix, sp.csc_array)
    ),
    (
        np.full((30, 4), 10**400, object),
        Y,
        pw.DataError,
        f"inputs: example 0 has inf as its feature 0; expected finite numbers. {LEAVE}",
    ),
    (
        np.full((30, 4), Decimal("sNaN"), object),
        Y,
        pw.DataError,
        f"inputs: example 0 has nan as its feature 0; expected finite numbers. {LEAVE}",
    ),
    (
        X + 0j,
        Y,
        pw.DataError,
        "inputs: complex numbers (complex64); expected real numbers. Give the real and the imaginary part as "
        "features of their own.",
    ),
    (
        X.astype("U8"),
        Y,
        pw.DataError,
        "inputs: text (<U8); expected real numbers. Text that holds numbers becomes numbers by "
        ".astype(float).",
    ),
    (
        np.zeros((30, 1), "M8[s]"),
        Y,
        pw.DataError,
        "inputs: dates (datetime64[s]); expected real numbers. Subtract a date, and divide by "
        "np.timedelta64(1, 's').",
    ),
    (
        np.zeros((30, 1), "m8[s]"),
        Y,
        pw.DataError,
        "inputs: times (timedelta64[s]); expected real numbers. Divide by np.timedelta64(1, 's').",
    ),
    (
        np.zeros((30, 1), [("a", "f4"), ("b", "i4")]),
        Y,
        pw.DataError,
        "inputs: records ([('a', '<f4'), ('b', '<i4')]); expected real numbers. Put their fields side by "
        "side as "
        "columns of one type.",
    ),
    (
        [[1.0, None]] * 30,
        Y,
        pw.DataError,
        "inputs: a NoneType; expected real numbers. Give an array of one type of number.",
    ),
    (
        None,
        Y,
        pw.DataError,
        "inputs: a NoneType; expected real numbers. Give an array of one type of number.",
    ),
    ({1: X}, Y, pw.DataError, "inputs: a dict; expected real numbers. Give an array of one type of number."),
    (
        np.ma.MaskedArray(X, X > 1),
        Y,
        pw.DataError,
        "inputs: some numbers are masked; expected all of them. Fill them in with .filled(), or leave their "
        "examples out.",
    ),
    (
        [np.ma.MaskedArray(row, row > 1) for row in X],
        Y,
        pw.DataError,
        "inputs: some numbers are masked; expected all of them. Fill them in with .filled(), or leave their "
        "examples out.",
    ),
    (
        X,
        Y[np.newaxis],
        pw.ShapeError,
        "there are 30 inputs, of shape (30, 4), and targets of shape (1, 30); expected a target for each. "
        "np.ravel(targets) makes them of one row.",
    ),
    (
        X,
        np.ma.MaskedArray(Y, Y > 1),
        pw.DataError,
        "targets: some numbers are masked; expected all of them. Fill them in with .filled(), or leave their "
        "examples out.",
    ),
    (
        Attached(),
        Y,
        pw.DataError,
        "inputs: NumPy can't make an array of the Attached (Can't call numpy() on Tensor that requires "
        "grad. Use "
        "tensor.detach().numpy().); expected real numbers, as many in each row. Give an array.",
    ),
    (
        sp.coo_array(X[0]),
        Y,
        pw.DataError,
        "inputs: a sparse array of shape (4,); expected real numbers. Give it two dimensions.",
    ),
    (
        sp.csr_array(X + 0j),
        Y,
        pw.DataError,
        "inputs: complex numbers (complex64); expected real numbers. Give the real and the imaginary part as "
        "features of their own.",
    ),
]


@pytest.mark.parametrize(("inputs", "targets", "kind", "message"), REFUSED)
def test_what_is_no_example_is_refused(
    inputs: Any, targets: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as error:
        pw.Examples(inputs, targets)
    assert (type(error.value), str(error.value)) == (kind, message)


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(
        pw.DataError, match=r"^inputs: NumPy can't make an array of the list \(.*inhomogeneous"
    ):
        pw.Examples([[1.0, 2.0], [3.0]], np.arange(2))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int16, np.int64, np.float32])
@pytest.mark.parametrize("kind", [sp.coo_array, sp.coo_matrix, sp.csr_array, sp.csc_matrix, sp.bsr_array])
def test_what_a_sparse_array_holds_twice_is_summed_without_wrapping(kind: Any, dtype: npt.DTypeLike) -> None:
    values = np.full(5, 1 if dtype is bool else 100).astype(dtype)
    rows, columns = [0, 0, 1, 1, 1], [1, 1, 0, 0, 0]
    if kind in (sp.coo_array, sp.coo_matrix):
        twice = kind((values, (rows, columns)), shape=(2, 2))
    elif kind is sp.bsr_array:
        twice = kind((values.reshape(5, 1, 1), columns, [0, 2, 5]), shape=(2, 2))
    else:
        pointers = [0, 2, 5]
        twice = kind((values, columns, pointers), shape=(2, 2))
    before = twice.data.copy()
    summed = pw.Examples(twice, np.arange(2)).inputs
    one = int(values[0])
    expected = np.array([[0, 2 * one], [3 * one, 0]])
    np.testing.assert_array_equal(as_dense(summed), expected.T if kind is sp.csc_matrix else expected)
    np.testing.assert_array_equal(twice.data, before)
    examples = pw.Examples(twice, np.arange(2))
    parts = pw.Split(examples, examples, pw.Standardizer.fit("all-pixels", twice))
    losses = [
        pw.fit(pw.Network(2, [3], 2), parts, pw.SGD(0.1), epochs=1, engine=engine).history.validation_loss
        for engine in ("numpy", "compiled")
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_a_sparse_array_keeps_its_type_and_order_where_nothing_is_twice() -> None:
    unsorted = sp.csr_array((np.array([1, 2, 3], np.uint8), [3, 0, 1], [0, 2, 3]), shape=(2, 4))
    inputs: Any = pw.Examples(unsorted, np.arange(2)).inputs
    assert (inputs.dtype, inputs.indices.tolist()) == (np.uint8, [3, 0, 1])
    assert pw.Examples(sp.coo_array(X.astype(np.int8)), Y).inputs.dtype == np.int8


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array, sp.bsr_array, sp.coo_array])
@pytest.mark.parametrize("index", [-1, 4, 10**6])
def test_an_index_outside_a_sparse_array_is_refused(kind: Any, index: int) -> None:
    damaged = kind(np.eye(4))
    indices = damaged.coords[1] if kind is sp.coo_array else damaged.indices
    indices.flags.writeable = True
    indices[2] = index
    with pytest.raises(pw.DataError, match=r"^inputs: the sparse array is damaged \(.*\)\. Make it again\.$"):
        pw.Examples(damaged, np.arange(4))


def test_examples_are_taken_by_rows_however_they_are_given() -> None:
    examples = pw.Examples(X, Y)
    for rows in (np.array([3, 1]), [3, 1], slice(1, 4, 2), X[:, 0] > 0, -1, np.int64(5)):
        np.testing.assert_array_equal(examples[rows].labels, np.atleast_1d(Y[rows]))  # type: ignore[index]
        np.testing.assert_array_equal(examples[rows].inputs, np.atleast_2d(X[rows]))  # type: ignore[index]
    assert [int(one.labels[0]) for one in examples] == Y.tolist()  # type: ignore[attr-defined]
    assert examples[[]].inputs.shape == (0, 4)  # type: ignore[index]
    with pytest.raises(pw.ShapeError) as error:
        examples[np.zeros((2, 2), int)]
    assert str(error.value) == "rows have shape (2, 2); expected (examples,)."


def test_examples_of_ones_own_class_stay_of_it_when_they_are_split() -> None:
    class Brighter(pw.Examples):
        def take(self, rows: npt.NDArray[Any]) -> Any:
            return super().take(rows) + 1000

    parts = pw.split(Brighter(X, Y))
    assert type(parts.training) is type(parts.validation) is Brighter
    with pytest.raises(pw.ConfigurationError, match="it does not know Brighter"):
        pw.fit(pw.Network(4, [5], 3), parts, pw.SGD(0.1), epochs=1, engine="compiled")
    plain = pw.split(pw.Examples(X, Y))
    losses = [
        pw.fit(pw.Network(4, [5], 3), each, pw.SGD(0.1), epochs=1).history.validation_loss[0]
        for each in (parts, plain)
    ]
    assert losses[0] > 1.5 * losses[1]


def test_a_split_by_hand_needs_no_rows() -> None:
    training, validation = pw.Examples(X[:20], Y[:20]), pw.Examples(X[20:], Y[20:])
    parts = pw.Split(training, validation, pw.Standardizer.fit("per-pixel", training))
    assert parts.validation_rows.tolist() == []
    result = pw.fit(pw.Network(4, [5], 3), parts, pw.SGD(0.1), epochs=2)
    assert np.isfinite(result.history.validation_loss).all()


EXAMPLES = pw.Examples(X, Y)
NARROW = pw.Examples(X[:, :3], Y)
STANDARDIZER = pw.Standardizer.fit("per-pixel", X)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: pw.Split(EXAMPLES, NARROW, STANDARDIZER),
            "the validation part has 3 features; expected 4, as the training part has.",
        ),
        (
            lambda: pw.Split(NARROW, NARROW, STANDARDIZER),
            "the standardizer was fitted to 4 features; expected 3. Fit one by "
            "pw.Standardizer.fit('per-pixel', inputs).",
        ),
        (
            lambda: pw.Split(EXAMPLES, EXAMPLES, STANDARDIZER, [1, 2, 3]),  # type: ignore[arg-type]
            "validation_rows have shape (3,); expected (30,), a row for each example of the validation "
            "part, or "
            "none.",
        ),
        (
            lambda: pw.Split((X, Y), EXAMPLES, STANDARDIZER),  # type: ignore[arg-type]
            "training is a tuple; expected Examples, as in pw.Examples(inputs, targets).",
        ),
        (
            lambda: pw.Split(EXAMPLES, EXAMPLES, "per-pixel"),  # type: ignore[arg-type]
            "standardizer is 'per-pixel'; expected a Standardizer, as in "
            "pw.Standardizer.fit('all-pixels', training.inputs).",
        ),
        (
            lambda: pw.split((X, Y)),  # type: ignore[arg-type]
            "examples is a tuple; expected Examples, as in dataset.train or pw.Examples(inputs, targets).",
        ),
        (
            lambda: pw.split(pw.Dataset("d", EXAMPLES, EXAMPLES, ("a", "b", "c"))),  # type: ignore[arg-type]
            "examples is a Dataset; expected Examples, as in dataset.train or pw.Examples(inputs, targets).",
        ),
        (
            lambda: pw.Standardizer("per-pixel", np.ones(3), np.ones(4)),
            "shift has shape (4,); expected (3,) of 'per-pixel'.",
        ),
        (
            lambda: pw.Standardizer("all-pixels", np.ones(3), np.ones(3)),
            "scale has shape (3,); expected (1,) of 'all-pixels'.",
        ),
        (
            lambda: pw.Standardizer("all-pixels", np.zeros(1), np.ones(1)),
            "scale is [0.0]; expected finite numbers above 0.",
        ),
        (
            lambda: pw.Standardizer("all-pixels", np.array([np.inf]), np.ones(1)),
            "scale is [inf]; expected finite numbers above 0.",
        ),
        (
            lambda: pw.Standardizer("per-pixel", np.ones(2), np.array([-1, np.nan])),
            "shift is [-1.0, nan]; expected finite numbers.",
        ),
        *[
            (
                lambda kind=kind: pw.Standardizer.fit(kind, X.astype(np.float64) * 0 + 1e-200),
                "the largest training input is 1e-200 in size; expected 0, or 1e-15 to 1e+15. Multiply all "
                "inputs by a constant.",
            )
            for kind in STANDARDIZATIONS
        ],
        (
            lambda: pw.Standardizer.fit("all-pixels", X[:0]),
            "inputs have shape (0, 4); expected at least 1 example of 1 feature.",
        ),
        (
            lambda: pw.Standardizer.fit("all-pixels", holed(np.nan)),
            f"inputs: example 7 has nan as its feature 2; expected finite numbers. {LEAVE}",
        ),
        (lambda: STANDARDIZER(X, "int32"), "dtype is 'int32'; expected one of float32, float64."),
        (lambda: STANDARDIZER(3.0), "inputs have shape (); expected (batch, features)."),
    ],
)
def test_parts_that_do_not_go_together_are_refused(made: Callable[[], object], message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        made()
    assert str(error.value) == message


def dataset(**settings: Any) -> pw.Dataset:
    given = {"name": "d", "train": EXAMPLES, "test": EXAMPLES, "class_names": ("a", "b", "c"), **settings}
    return pw.Dataset(**given)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b", "c"], ("a", "b", "c")),
        (np.array(["x", "y", "z"]), ("x", "y", "z")),
        (np.array(["x", "y", "z"], object), ("x", "y", "z")),
        (tuple(np.unique(Y)), ("0", "1", "2")),
        (range(3), ("0", "1", "2")),
        (np.array([0.5, 1, 2]), ("0.5", "1.0", "2.0")),
        ([np.str_("x"), np.int8(3), True], ("x", "3", "True")),
    ],
)
def test_class_names_become_text(names: Any, expected: tuple[str, ...]) -> None:
    made = dataset(class_names=names)
    assert made.class_names == expected
    assert {type(name) for name in made.class_names} == {str}


def test_sizes_of_numpy_become_plain_numbers() -> None:
    made = dataset(name=np.str_("d"), image_shape=np.array([2, 2]), full_scale=X.max())
    assert (made.image_shape, made.full_scale) == ((2, 2), float(X.max()))
    plain = [*made.image_shape, made.full_scale, made.name]  # type: ignore[misc]
    assert [type(each) for each in plain] == [int, int, float, str]
    assert dataset(full_scale=0).full_scale == 0  # of images that are all black


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"class_names": "abc"},
            "d: class_names is 'abc'; expected a list with a name for each class, as in ('cat', 'dog').",
        ),
        (
            {"class_names": 3},
            "d: class_names is 3; expected a list with a name for each class, as in ('cat', 'dog').",
        ),
        ({"class_names": ["a", None, "c"]}, "d: a name is None; expected a line of text. Rename it."),
        (
            {"class_names": ["a", np.array([1, 2]), "c"]},
            "d: a name is array([1, 2]); expected a line of text. Rename it.",
        ),
        ({"class_names": ["a", b"b", "c"]}, "d: a name is b'b'; expected a line of text. Rename it."),
        ({"class_names": ["a", "b\n", "c"]}, "d: a name is 'b\\n'; expected a line of text. Rename it."),
        ({"name": None}, "None: a name is None; expected a line of text. Rename it."),
        ({"class_names": ["a"]}, "d: training example 1 has the label 1; expected 0 to 0 (1 classes)."),
        *(
            (
                {"image_shape": shape},
                f"d: image_shape is {shape!r}; expected (rows, columns) of 4 pixels, the features of an "
                "example, "
                "or None.",
            )
            for shape in ((3, 3), (2, 2, 1), (-2, -2), (2.0, 2.0), 4, "22", (4,), ())
        ),
        *(
            (
                {"full_scale": value},
                f"d: full_scale is {value!r}; expected a number of at least 0 and at most 1e+15.",
            )
            for value in (1e308, -1, np.nan, np.inf, "bright", None, 1j)
        ),
        ({"train": (X, Y)}, "train is a tuple; expected Examples, as in pw.Examples(inputs, targets)."),
        ({"test": None}, "test is a NoneType; expected Examples, as in pw.Examples(inputs, targets)."),
    ],
)
def test_a_dataset_is_checked_when_it_is_made(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        dataset(**settings)
    assert str(error.value) == message


@pytest.fixture
def model() -> pw.Model:
    return pw.Model(pw.Network(4, [5], 3), STANDARDIZER, ("a", "b", "c"), (2, 2))


@pytest.mark.parametrize("verb", ["predict", "probabilities"])
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            X[0],
            "inputs have shape (4,); expected (examples, features). np.reshape(inputs, (-1, 1)) makes "
            "examples of "
            "one feature, np.reshape(inputs, (1, -1)) makes one example.",
        ),
        (X[:, :3], "inputs have shape (30, 3); expected (examples, 4), the network's inputs."),
        (
            X.reshape(5, 6, 4),
            "inputs have shape (5, 24); expected (examples, 4), the network's inputs.",
        ),
        (holed(np.nan), f"inputs: example 7 has nan as its feature 2; expected finite numbers. {LEAVE}"),
        (holed(-np.inf), f"inputs: example 7 has -inf as its feature 2; expected finite numbers. {LEAVE}"),
        (
            holed(1e20),
            "inputs: example 7 has 1e+20 as its feature 2; expected at most 1e+15 in size. Multiply all "
            "inputs by "
            "a constant.",
        ),
        (
            X.astype("U8"),
            "inputs: text (<U8); expected real numbers. Text that holds numbers becomes numbers by "
            ".astype(float).",
        ),
    ],
)
def test_what_a_model_cannot_predict_is_refused(
    model: pw.Model, verb: str, inputs: Any, message: str
) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        getattr(model, verb)(inputs)
    assert str(error.value) == message


def test_of_no_inputs_nothing_is_predicted(model: pw.Model) -> None:
    assert model.predict(X[:0]).shape == (0,)
    assert model.probabilities(X[:0]).shape == (0, 3)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (
            (X, Y),
            "examples is a tuple; expected Examples, as in dataset.test or pw.Examples(inputs, labels).",
        ),
        (
            dataset(),
            "examples is a Dataset; expected Examples, as in dataset.test or pw.Examples(inputs, labels).",
        ),
        (EXAMPLES[:0], "there are no examples; expected at least 1."),
        (NARROW, "inputs have shape (30, 3); expected (examples, 4), the network's inputs."),
    ],
)
def test_what_a_model_cannot_be_tested_on_is_refused(model: pw.Model, examples: Any, message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        model.evaluate(examples)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("dtype", "name"),
    [("float32", "float32"), (np.float64, "float64"), (float, "float64"), (np.dtype(">f4"), "float32")],
)
def test_precisions(dtype: npt.DTypeLike, name: str) -> None:
    assert precision(dtype) == np.dtype(name)


anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.complex_numbers(),
        st.text(max_size=3),
        st.binary(max_size=3),
        st.decimals(),
        st.dates(),
        st.sampled_from([np.float16(1), np.uint8(3), np.datetime64("2020"), np.bool_(True), object()]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(anything, anything)
def test_whatever_is_given_becomes_examples_or_one_clear_error(inputs: Any, targets: Any) -> None:
    try:
        examples = pw.Examples(inputs, targets)
    except pw.PlainweaveError:
        return
    assert examples.inputs.ndim == 2
    assert examples.inputs.shape[0] == len(examples)
    assert np.isfinite(examples.inputs).all()
    assert examples.targets.ndim in (1, 2)
    assert np.isfinite(examples.targets).all()


@given(anything | st.lists(st.floats() | st.integers(), min_size=2, max_size=2))
def test_whatever_is_given_as_weights_becomes_weights_or_one_clear_error(weights: Any) -> None:
    try:
        examples = pw.Examples(X[:2], Y[:2], weights)
    except pw.PlainweaveError:
        return
    if examples.weights is not None:
        assert (examples.weights.shape, examples.weights.dtype.kind) == ((2,), "f")
        assert 1e-15 <= examples.weights.max() <= 1e15
        assert examples.weights.min() >= 0


@given(anything)
def test_whatever_is_given_as_numbers_becomes_an_array_or_one_clear_error(value: Any) -> None:
    try:
        array = as_array("x", value)
    except pw.DataError:
        return
    assert type(array) is np.ndarray
    assert array.dtype.kind in "biuf"
    assert array.dtype.isnative
