"""A loss of one's own: what it must write, and what it gets for it."""

from dataclasses import dataclass

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray


class LogCosh(pw.Loss):
    """The sum over the outputs of log cosh(z - t)."""

    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        residuals = outputs - targets
        return np.log(np.cosh(residuals)).sum(axis=-1), np.tanh(residuals)


def test_one_method_makes_a_loss() -> None:
    loss = LogCosh()
    targets = loss.encode([[1, 2], [3, 4]], 2, "float64")
    outputs = np.array([[[0.5, 1], [2, 3]], [[1, 2], [3, 5.0]]])
    value, gradient = loss.value_and_gradient(outputs, targets, [1, 3])
    np.testing.assert_allclose(value[1], 0.75 * np.log(np.cosh(1)))
    np.testing.assert_array_equal(value, loss.value(outputs, targets, [1, 3]))
    np.testing.assert_allclose(gradient[1], [[0, 0], [0, 0.75 * np.tanh(1)]])
    np.testing.assert_array_equal(loss.predict(outputs), outputs)
    assert loss.outputs_of([1, 2, 3]) == 1
    assert loss.metrics == ()
    assert loss.tally(outputs, targets) == loss.totals(targets) == loss.scores({"weight": np.array(2)}) == {}
    assert loss.blind_loss(2) is None
    assert loss.above_kink(outputs, targets) is None
    assert (str(loss), loss.can_be_named(), loss.unit) == ("LogCosh", False, "")


def test_its_targets_are_checked() -> None:
    with pytest.raises(pw.ShapeError) as error:
        LogCosh().encode([1, 2], 2, "float32")
    assert str(error.value) == (
        "the network has 2 outputs; expected 1, for LogCosh and targets of 1 number. Network(..., outputs=1) "
        "has as many."
    )


def test_without_the_method_it_is_none() -> None:
    class Nothing(pw.Loss):
        pass

    with pytest.raises(TypeError, match="losses_and_gradients"):
        Nothing()  # type: ignore[abstract]


def test_a_named_one_may_have_settings_and_targets_of_another_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pw.Loss, "registry", dict(pw.Loss.registry))  # to be forgotten after this test

    @dataclass(frozen=True)
    class Censored(pw.Loss):
        """Of targets (seen until, whether it ended) and one output: exp(z) * until - z * ended."""

        scale: float = 1.0

        name = "censored"

        def width(self, outputs: int) -> int:
            return 2

        def outputs_of(self, targets: object) -> int:
            return 1

        def losses_and_gradients(
            self, outputs: FloatArray, targets: FloatArray
        ) -> tuple[FloatArray, FloatArray]:
            until, ended = self.scale * targets[..., :1], targets[..., 1:]
            rate = np.exp(outputs)
            return (rate * until - outputs * ended)[..., 0], rate * until - ended

    loss = pw.Loss.named("censored:2.0")
    assert loss == Censored(2.0)
    targets = loss.encode([[1, 0], [2, 1]], 1, "float32")
    value, gradient = loss.value_and_gradient([[0], [0]], targets)
    np.testing.assert_array_equal(value, 3)
    np.testing.assert_array_equal(gradient, [[1], [1.5]])
    with pytest.raises(pw.ShapeError) as error:
        loss.value(np.zeros((2, 1)), np.zeros((2, 1)))
    assert str(error.value) == "targets have shape (2, 1); expected (2, 2), for outputs of shape (2, 1)."


@pytest.mark.parametrize(
    ("losses", "gradients", "message"),
    [
        (
            (2, 3),
            (2, 3),
            "Odd gives losses of shape (2, 3); expected (2,), for each example one.",
        ),
        (
            (),
            (2, 3),
            "Odd gives losses of shape (); expected (2,), for each example one.",
        ),
        (
            (2,),
            (3,),
            "Odd gives gradients of shape (3,); expected (2, 3), for each output of each example one.",
        ),
    ],
)
def test_it_gives_a_loss_for_each_example(
    losses: tuple[int, ...], gradients: tuple[int, ...], message: str
) -> None:
    class Odd(pw.Loss):
        def losses_and_gradients(
            self, outputs: FloatArray, targets: FloatArray
        ) -> tuple[FloatArray, FloatArray]:
            return np.ones(losses), np.ones(gradients)

    with pytest.raises(pw.ShapeError) as error:
        Odd().value_and_gradient(np.zeros((2, 3)), np.zeros((2, 3)))
    assert str(error.value) == message
