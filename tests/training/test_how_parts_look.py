"""What a prompt shows of examples, histories and fits, and what a name of another library is told."""

import re
from dataclasses import replace
from html import escape

import numpy as np
import pytest

import plainweave as pw


def made_up() -> pw.Examples:
    inputs = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 3.0]])
    return pw.Examples(inputs, np.array([0.5, 1.5, 2.5, 3.5]))


def test_examples_histories_and_fits_are_a_line() -> None:
    assert repr(made_up()) == "Examples(inputs (4, 2), targets (4,))"
    assert repr(made_up().with_weights([1, 2, 1, 1])) == "Examples(inputs (4, 2), targets (4,), with weights)"
    assert repr(pw.History()) == "History(0 epochs)"
    parts = pw.Split.of(made_up())
    result = pw.fit(pw.Network(2, [3], 1), parts, pw.Adam(), epochs=2, loss="absolute-error", batch_size=2)
    assert repr(result) == "Fit(best epoch 2 of 2, training loss 1.736, r2 -1.5226, absolute error 1.736)"
    assert repr(result.history) == (
        "History(2 epochs, the last: training loss 1.736, r2 -1.5226, absolute error 1.736)"
    )
    assert (
        repr(result.state)
        == "TrainingState(Network(2-3-1, tanh, 13 parameters), absolute-error, 2 of 2 epochs)"
    )


def test_a_stack_is_shown_as_a_stack(parts: pw.Split) -> None:
    stack = pw.Network(64, [5], 10, seed=[0, 1, 2])
    with np.errstate(over="ignore"):
        result = pw.fit(stack, parts, pw.SGD([0.01, 0.1, 1e30]), epochs=2, seed=[0, 1, 2])
    line = repr(result)
    assert line.startswith("Fit(3 models, best epoch 1 to 2 of 2, validation loss ")
    assert line.endswith(" %, 1 of them never better than guessing)")
    assert repr(result.history).startswith("History(2 epochs of 3 models, the last: training loss ")
    html = result._repr_html_()
    assert re.findall('scope="col"[^>]*>([^<]*)', html) == [
        *("model", "best epoch", "epochs", "validation loss", "validation accuracy"),
    ]
    assert re.findall('scope="row"[^>]*>([^<]*)', html) == ["0", "1", "2"]
    assert repr(result.member(2)).endswith(", never better than guessing)")


def test_initial_weights_that_were_kept_have_no_scores(parts: pw.Split) -> None:
    result = pw.fit(pw.Network(64, [5], 10), parts, pw.SGD(0.1), epochs=1)
    initial = replace(result, best_epoch=np.array(0))
    assert repr(initial) == "Fit(best epoch 0 of 1, no scores)"
    assert "validation loss" not in initial._repr_html_()
    two = pw.fit(pw.Network(64, [5], 10, seed=[0, 1]), parts, pw.SGD(0.1), epochs=1, seed=[0, 1])
    one_initial = replace(two, best_epoch=np.array([0, 1]))
    loss = float(two.history.validation["loss"][0][1])
    assert f"best epoch 0 to 1 of 1, validation loss {loss:.4g}, accuracy" in repr(one_initial)
    assert one_initial._repr_html_().count(">none<") == 2


def test_what_is_trained_on_and_what_is_learned_are_a_line(digits: pw.Dataset, parts: pw.Split) -> None:
    network = pw.Network(64, [20, 20], 10, activation="relu", dropout=0.1)
    model = pw.Model.of(network, parts, digits)
    check = pw.check_gradients(network, parts.training.inputs[:4], parts.training.labels[:4])
    largest = max(tensor.relative_error for tensor in check.tensors)
    lines: list[tuple[object, str]] = [
        (network, "Network(64-20-20-10, relu, dropout:0.1, 1,930 parameters)"),
        (digits, "Dataset('digits', 1,437 training and 360 test examples of 64 features, 10 classes)"),
        (parts, "Split(1,150 training and 287 validation examples of 64 features, all-pixels)"),
        (parts.standardizer, "Standardizer('all-pixels', mean 4.875, sd 6.002)"),
        (model, f"Model({network}, softmax:0.0, 10 classes, 8x8 images, standardized all-pixels)"),
        (
            check,
            f"GradientReport(passed, 1,930 gradients in 6 tensors, largest relative error {largest:.1e})",
        ),
    ]
    for thing, line in lines:
        assert repr(thing) == line
    assert repr(model.evaluate(digits.test)).startswith("Score(loss ")
    for thing in (network, digits, parts, model, check, digits.train, model.evaluate(digits.test)):
        assert len(thing._repr_html_()) < 3000
        assert f"{escape(repr(thing))}</caption>" in thing._repr_html_()


def test_tables_and_what_is_made_of_them_are_a_line() -> None:
    table = pw.Table.of({"size": [1.0, 2.0, None], "<kind>": ["a", "b", "a"]})
    assert repr(table) == "Table(3 rows, columns size, <kind>)"
    assert re.findall("<t[hd] [^>]*>([^<]*)", table._repr_html_()) == [
        *("column", "holds", "missing"),
        *("size", "numbers", "1"),
        *("&lt;kind&gt;", "2 levels", "0"),
    ]
    preparation = pw.Preparation.fit(table)
    assert repr(preparation) == "Preparation(3 features from size, <kind>)"
    assert [repr(column) for column in preparation.columns] == [
        "NumberColumn('size', numbers 1 to 2, 1 missing; standard: (x - 1.5) / 0.5; 1 where missing)",
        "CategoryColumn('<kind>', categories a, b (2); -1 for a, 1 for b)",
    ]
    assert preparation._repr_html_().count("<tr>") == 3
    wide = pw.Table.of({f"c{number}": [1.0] for number in range(500)})
    assert (
        repr(wide)
        == "Table(1 row, columns c0, c1, c2, c3, c4, ... 490 more ..., c495, c496, c497, c498, c499)"
    )


def test_a_network_of_many_layers_is_a_line() -> None:
    deep = pw.Network(4, [3] * 40, 2, dropout=0.1)
    assert repr(deep) == "Network(4-3-3-3-3-... 32 more ...-3-3-3-3-2, tanh, dropout:0.1, 491 parameters)"
    mixed = pw.Network(4, [3, 3], 2, activation=["relu", "tanh"], scale=True)
    assert repr(mixed) == "Network(4-3-3-2, scale, relu, tanh, 39 parameters)"


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
