"""A history as a picture and as a data frame."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

import plainweave as pw

ONE = pw.History(
    {
        "loss": [np.asarray(value) for value in (2.0, 1.0, 0.5)],
        "accuracy": list(np.array([10.0, 60.0, 80.0])),
    },
    {
        "loss": [np.asarray(value) for value in (2.0, 0.9, 1.0)],
        "accuracy": list(np.array([20.0, 70.0, 69.0])),
    },
)
STACK = pw.History({"loss": list(np.array([[2.0, 4.0], [1.0, np.nan]]))})


@pytest.fixture
def pyplot() -> Iterator[object]:
    from matplotlib import pyplot

    with pyplot.rc_context():
        pyplot.switch_backend("Agg")
        yield pyplot
        pyplot.close("all")


@pytest.mark.usefixtures("pyplot")
def test_a_history_is_drawn_as_a_panel_for_each_score() -> None:
    loss, accuracy = ONE.plot()
    assert loss.get_title(loc="left") == "Validation loss\nlowest 0.9, at epoch 2"
    assert accuracy.get_title(loc="left") == "Validation accuracy\nhighest 70.00 %, at epoch 2"
    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy (%)")
    assert loss.get_legend_handles_labels()[1] == ["training", "validation"]
    training, validation = loss.lines
    assert np.array_equal(training.get_xydata(), [[1, 2.0], [2, 1.0], [3, 0.5]])
    assert np.array_equal(validation.get_ydata(), [2.0, 0.9, 1.0])


@pytest.mark.usefixtures("pyplot")
def test_that_of_a_stack_has_a_band_of_what_is_finite() -> None:
    (loss,) = STACK.plot()
    assert loss.get_legend_handles_labels()[1] == [
        "training, lowest to highest",
        "training, mean of 2 models",
    ]
    assert np.array_equal(loss.lines[0].get_ydata(), [3.0, 1.0])
    assert loss.get_title(loc="left") == "Training loss\nlowest 1, at epoch 2"


@pytest.mark.usefixtures("pyplot")
def test_losses_none_of_which_is_finite_are_no_curve() -> None:
    (loss,) = pw.History({"loss": [np.asarray(np.inf)]}).plot()
    assert loss.get_title(loc="left") == "Training loss\nnot finite"


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.History().plot()
    assert str(error.value) == "the history has 0 epochs; expected at least 1 to draw. Train first."


def test_a_frame_has_the_columns_of_the_csv_file() -> None:
    frame = ONE.to_frame()
    assert ",".join(frame.columns) == ONE.to_csv().partition("\n")[0]
    assert frame["epoch"].to_list() == [1, 2, 3]
    assert frame["validation_accuracy"].to_list() == [20.0, 70.0, 69.0]
    assert pw.History().to_frame().columns == ["epoch"]


def test_a_frame_of_a_stack_has_a_row_for_each_epoch_and_model() -> None:
    rows = STACK.to_frame().rows()
    assert rows[:3] == [(0, 1, 2.0), (1, 1, 4.0), (0, 2, 1.0)]
    assert STACK.to_frame().columns == ["model", "epoch", "training_loss"]


def test_what_lacks_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, call, line in (
        ("matplotlib", ONE.plot, "A plot needs matplotlib, which is not installed. Run: pip install {page}"),
        (
            "polars",
            ONE.to_frame,
            "A data frame needs polars, which is not installed. Run: pip install {tables}",
        ),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError) as error:
            call()
        assert str(error.value) == line.format(page='"plainweave[page]"', tables='"plainweave[tables]"')
