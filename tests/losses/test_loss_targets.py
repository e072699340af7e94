"""What a loss takes as targets, what it makes of them, and what it says of others."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_array

import plainweave as pw
from loss_cases import LOSSES

SOFTMAX, SIGMOID, SQUARED, POISSON = (
    pw.SoftmaxCrossEntropy(),
    pw.SigmoidCrossEntropy(),
    pw.SquaredError(),
    pw.Poisson(),
)
HALVES = np.array([[0.1, 0.1, 0.8]], np.float16)
LEVELS = pw.Quantile((0.1, 0.5, 0.9))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "encoded"),
    [
        (SOFTMAX, [2, 0], 3, [[0, 0, 1], [1, 0, 0]]),
        (SOFTMAX, [[2], [0]], 4, [[0, 0, 1, 0], [1, 0, 0, 0]]),
        (SOFTMAX, [1.0, False], 2, [[0, 1], [1, 0]]),
        (SOFTMAX, [], 2, np.zeros((0, 2))),
        (SOFTMAX, [[0.25, 0.75], [1, 0]], 2, [[0.25, 0.75], [1, 0]]),
        (SOFTMAX, HALVES, 3, HALVES / HALVES.sum(dtype=np.float64)),
        (SIGMOID, [True, False], 1, [[1], [0]]),
        (SIGMOID, [[1, 0, 0.5]], 3, [[1, 0, 0.5]]),
        (SIGMOID, csr_array([[1, 0], [0, 1]]), 2, [[1, 0], [0, 1]]),
        (SQUARED, [1, 2], 1, [[1], [2]]),
        (SQUARED, [[1, -2.5]], 2, [[1, -2.5]]),
        (LEVELS, [1, 2], 3, [[1], [2]]),
        (LEVELS, [[1, 2]], 6, [[1, 2]]),
        (POISSON, [0, 3], 1, [[0], [3]]),
    ],
)
def test_targets_become_rows(loss: pw.Loss, targets: Any, outputs: int, encoded: Any, dtype: str) -> None:
    found = loss.encode(targets, outputs, dtype)
    assert found.dtype == dtype
    assert found.shape == np.shape(encoded)
    np.testing.assert_allclose(found, encoded, rtol=1e-7 if dtype == "float32" else 1e-15)
    assert loss.outputs_of(targets) <= outputs
    assert loss.outputs_of(targets) == outputs or loss is SOFTMAX


REFUSED: list[tuple[Callable[[], object], str]] = [
    (
        lambda: SOFTMAX.encode([0, 1, 12], 10, "float32"),
        "example 2 has the label 12; expected 0 to 9, for 10 outputs. Network(..., outputs=13) has enough.",
    ),
    (
        lambda: SOFTMAX.encode([0, 1], 1, "float32", "training example"),
        "training example 1 has the label 1; expected 0 to 0, for 1 output. Network(..., outputs=2) has "
        "enough. One output is for 'sigmoid' or for a loss of numbers, as 'squared-error'.",
    ),
    (
        lambda: SOFTMAX.encode([0, -1], 2, "float32"),
        "example 1 has the target -1; expected the number of a class, from 0. "
        "np.unique(labels, return_inverse=True)[1] numbers classes of any kind. Where targets are numbers to "
        "be predicted, give a loss of numbers, as 'squared-error'.",
    ),
    (
        lambda: SOFTMAX.encode([0, 0.5], 2, "float32", "training example"),
        "training example 1 has the target 0.5; expected the number of a class, from 0. "
        "np.unique(labels, return_inverse=True)[1] numbers classes of any kind. Where targets are numbers to "
        "be predicted, give a loss of numbers, as 'squared-error'.",
    ),
    (
        lambda: SOFTMAX.encode([[np.inf], [np.nan]], 2, "float32"),
        "example 0 has the target inf; expected the number of a class, from 0. "
        "np.unique(labels, return_inverse=True)[1] numbers classes of any kind. Where targets are numbers to "
        "be predicted, give a loss of numbers, as 'squared-error'.",
    ),
    (
        lambda: SOFTMAX.encode([[0.5, 0.5], [0.1, 0.2]], 2, "float32"),
        "example 1 has targets that sum to 0.3; expected 1, for they are probabilities of the classes. "
        "pw.SigmoidCrossEntropy() takes several classes at once.",
    ),
    (
        lambda: SOFTMAX.encode([[1.5, -0.5]], 2, "float32"),
        "example 0 has -0.5 as its target 1; expected a probability, from 0 to 1.",
    ),
    (
        lambda: SOFTMAX.encode([[np.nan, 0.5]], 2, "float32"),
        "example 0 has nan as its target 0; expected a finite number. Leave that example out, or fill in a "
        "number.",
    ),
    (
        lambda: SOFTMAX.encode([[0.5, 0.5]], 3, "float32"),
        "the network has 3 outputs; expected 2, for SoftmaxCrossEntropy and targets of 2 numbers. "
        "Network(..., outputs=2) has as many.",
    ),
    (
        lambda: SIGMOID.encode([0, 1, 2], 1, "float32", "test example"),
        "test example 2 has the target 2; expected 0 or 1, or a number between. "
        "pw.SoftmaxCrossEntropy() takes classes from 0.",
    ),
    (
        lambda: SIGMOID.encode([[0, np.nan]], 2, "float32"),
        "example 0 has nan as its target 1; expected 0 or 1, or a number between. pw.SoftmaxCrossEntropy() "
        "takes classes from 0.",
    ),
    (
        lambda: SIGMOID.encode([0, 1], 2, "float32"),
        "the network has 2 outputs; expected 1, for SigmoidCrossEntropy and targets of 1 number. "
        "Network(..., outputs=1) has as many.",
    ),
    (
        lambda: SQUARED.encode([[0, 1, 2]], 1, "float32"),
        "the network has 1 output; expected 3, for SquaredError and targets of 3 numbers. "
        "Network(..., outputs=3) has as many.",
    ),
    (
        lambda: SQUARED.encode([1, np.inf], 1, "float64"),
        "example 1 has the target inf; expected a finite number. Leave that example out, or fill in a "
        "number.",
    ),
    (
        lambda: SQUARED.encode([1, -1e39], 1, "float32"),
        "example 1 has the target -1e+39; expected at most 3.4e+38 in size, the largest of float32. Divide "
        "all targets by a constant.",
    ),
    (
        lambda: SQUARED.encode(["a"], 1, "float32"),
        "targets: text (<U1); expected real numbers. Text that holds numbers becomes numbers by "
        ".astype(float).",
    ),
    (
        lambda: SQUARED.encode(3.0, 1, "float32"),
        "targets have shape (); expected (examples,) or (examples, numbers). "
        "np.reshape(targets, (examples, -1)) makes rows of them.",
    ),
    (
        lambda: SQUARED.encode(np.zeros((2, 3, 4)), 12, "float32"),
        "targets have shape (2, 3, 4); expected (examples,) or (examples, numbers). "
        "np.reshape(targets, (examples, -1)) makes rows of them.",
    ),
    (
        lambda: SQUARED.encode([1.0], 0, "float32"),
        "outputs is 0; expected a whole number of at least 1.",
    ),
    (
        lambda: POISSON.encode([[3, 2], [0, -1]], 2, "float32"),
        "example 1 has -1 as its target 1; expected a count, of at least 0. pw.SquaredError() takes any "
        "number.",
    ),
    (
        lambda: POISSON.encode([np.nan], 1, "float32"),
        "example 0 has the target nan; expected a finite number. Leave that example out, or fill in a "
        "number.",
    ),
    (
        lambda: LEVELS.encode([1.0, 2.0], 1, "float32"),
        "the network has 1 output; expected 3, for Quantile and targets of 1 number. Network(..., outputs=3) "
        "has as many.",
    ),
    (
        lambda: LEVELS.value(np.zeros((1, 1)), np.zeros((1, 1))),
        "the network has 1 output; expected 3 for each target, one for each level of quantile:0.1,0.5,0.9.",
    ),
    (
        lambda: LEVELS.value(np.zeros((2, 3)), np.zeros((2, 3))),
        "targets have shape (2, 3); expected (2, 1), for outputs of shape (2, 3).",
    ),
    (
        lambda: SQUARED.value(np.zeros((2, 1)), [1, 2]),
        "targets have shape (2,); expected (2, 1), for outputs of shape (2, 1). encode(targets, 1, dtype) "
        "makes such targets.",
    ),
    (
        lambda: SQUARED.value_and_gradient([[1]], [[1]], [-1]),
        "weights[0] is -1; expected a finite number of at least 0.",
    ),
    (
        lambda: SQUARED.value(np.zeros((2, 2, 1)), np.zeros((2, 1)), np.array([[1, 1], [1, np.nan]])),
        "weights[1, 1] is nan; expected a finite number of at least 0.",
    ),
    (
        lambda: SQUARED.value([[1]], [[1]], [[1]]),
        "weights have shape (1, 1); expected (1,), for outputs of shape (1, 1).",
    ),
    (
        lambda: SQUARED.value([[1]], [[1]], 2.0),
        "weights have shape (); expected (1,), for outputs of shape (1, 1).",
    ),
    (lambda: SQUARED.value([[1]], [[1]], ["a"]), "weights are of <U1; expected real numbers."),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        call()
    assert str(error.value) == message


KINDS = ["?", "i1", "u8", "f2", "f4", "f8", "g", "c16", "M8[s]", "U3", "O"]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@given(data=st.data(), outputs=st.integers(1, 4), dtype=st.sampled_from(["float32", "float64"]))
def test_whatever_is_given_becomes_fit_targets_or_one_clear_error(
    loss: pw.Loss, data: st.DataObject, outputs: int, dtype: str
) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    elements = st.sampled_from([0, 1.5, -1, None, "a", 10**30]) if kind == "O" else None
    shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    targets = data.draw(arrays.arrays(np.dtype(kind), shapes, elements=elements))
    try:
        rows = loss.encode(targets, outputs, dtype)
    except pw.PlainweaveError:
        return
    assert rows.dtype == dtype
    assert rows.shape == (len(targets), loss.width(outputs))
    assert np.isfinite(rows).all()
    if len(rows):
        with np.errstate(over="ignore"):
            loss.value_and_gradient(np.zeros((len(rows), outputs), dtype), rows)


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("softmax", pw.SoftmaxCrossEntropy()),
        ("softmax:0.1", pw.SoftmaxCrossEntropy(label_smoothing=0.1)),
        ("sigmoid", pw.SigmoidCrossEntropy()),
        ("squared-error", pw.SquaredError()),
        ("absolute-error", pw.AbsoluteError()),
        ("huber", pw.Huber(1.0)),
        ("huber:1.5", pw.Huber(delta=1.5)),
        ("quantile", pw.Quantile((0.5,))),
        ("quantile:0.1,0.5,0.9", pw.Quantile([0.1, 0.5, 0.9])),  # type: ignore[arg-type]
        ("quantile:0.9", pw.Quantile(0.9)),  # type: ignore[arg-type]
        ("poisson", pw.Poisson()),
    ],
)
def test_a_text_names_a_loss(text: str, loss: pw.Loss) -> None:
    assert pw.Loss.named(text) == loss
    assert hash(pw.Loss.named(text)) == hash(loss)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_a_loss_is_named_by_its_text(loss: pw.Loss) -> None:
    assert loss.can_be_named()
    assert pw.Loss.named(str(loss)) == loss
    assert pw.Loss.named(loss) is loss


BAD_SETTINGS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: pw.SoftmaxCrossEntropy(label_smoothing=1),
        "label_smoothing is 1; expected a number of at least 0 and below 1.",
    ),
    (lambda: pw.Huber(0), "delta is 0; expected a number above 0."),
    (lambda: pw.Quantile((0.5, 1)), "a level is 1; expected a number above 0 and below 1."),
    (lambda: pw.Quantile(()), "levels is (); expected at least 1, each once, as in (0.1, 0.5, 0.9)."),
    (
        lambda: pw.Quantile((0.5, 0.5)),
        "levels is (0.5, 0.5); expected at least 1, each once, as in (0.1, 0.5, 0.9).",
    ),
    (
        lambda: pw.Loss.named("huber:x"),
        "loss is 'huber:x'; expected delta after the colon, as in 'huber:1.0'.",
    ),
    (
        lambda: pw.Loss.named(pw.Huber),
        "loss is the class Huber; expected a loss. Did you mean Huber()?",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD_SETTINGS)
def test_settings_that_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call()
    assert str(error.value) == message


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Loss.named("hubert")
    known = ", ".join(pw.Loss.registry)
    assert str(error.value) == f"loss is 'hubert'; expected one of {known}. Did you mean 'huber'?"
