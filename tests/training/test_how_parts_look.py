"""What a prompt shows of examples, histories and fits, and what a name of another library is told."""

import numpy as np
import pytest

import plainweave as pw


def made_up() -> pw.Examples:
    inputs = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 3.0]])
    return pw.Examples(inputs, np.array([0.5, 1.5, 2.5, 3.5]))


def test_examples_histories_and_fits_are_a_line() -> None:
    assert repr(made_up()) == "Examples(inputs (4, 2), targets (4,))"
    assert repr(made_up().with_weights([1, 2, 1, 1])) == "Examples(inputs (4, 2), targets (4,), with weights)"
    assert repr(pw.History()) == "History(0 epochs of nothing)"
    parts = pw.Split.of(made_up())
    result = pw.fit(pw.Network(2, [3], 1), parts, pw.Adam(), epochs=2, loss="absolute-error", batch_size=2)
    assert repr(result) == (
        "Fit(network=Network(2-3-1, tanh, 13 parameters), loss=AbsoluteError(), history=History(2 epochs of "
        "training_loss, training_r2, training_absolute error), best_epoch=array(2), epochs=array(2), "
        "diverged=array(0), stopped=None)"
    )


def test_a_model_of_numbers_needs_its_loss() -> None:
    dataset = pw.Dataset("heights", made_up(), made_up())
    network, parts = pw.Network(2, [3], 1), dataset.split(validation_fraction=0)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Model.of(network, parts.standardizer, dataset)
    assert str(error.value) == (
        "Model: heights has no classes; expected the loss by which the network was trained. Give "
        "loss=result.loss, of what pw.fit returned, or result itself in place of the network."
    )
    assert pw.Model.of(network, parts.standardizer, dataset, "huber:2").loss == pw.Huber(2.0)


@pytest.mark.parametrize(
    ("loss", "meant"), [("MSE", "squared-error"), ("cross_entropy", "softmax"), ("mae", "absolute-error")]
)
def test_losses_are_found_by_other_names(loss: str, meant: str) -> None:
    with pytest.raises(pw.ConfigurationError, match=f"Did you mean '{meant}'\\?$"):
        pw.fit(pw.Network(2, [3], 1), pw.Split.of(made_up()), pw.Adam(), epochs=1, loss=loss)


def test_activations_and_initializers_are_found_by_other_names() -> None:
    with pytest.raises(pw.ConfigurationError, match=r"Did you mean 'silu'\?$"):
        pw.Network(2, [3], 1, activation="swish")
    with pytest.raises(pw.ConfigurationError, match=r"Did you mean 'xavier-uniform'\?$"):
        pw.Network(2, [3], 1, initializer="glorot_uniform")
