"""What both engines check themselves, before any step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import Program, Work, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.reference import NumPyProgram
from plainweave.optimizers import Slots

Engine = Callable[[Work], Program]
ENGINES = pytest.mark.parametrize("engine", [NumPyProgram, *([CompiledProgram] if kernels() else [])])


def parts(labels: Any = None) -> pw.Split:
    stream = np.random.default_rng(0)
    return pw.split(
        pw.Examples(stream.random((50, 4)), stream.integers(0, 3, 50) if labels is None else labels)
    )


def changed(name: str, value: Any) -> pw.Network:
    """A network one of whose arrays was replaced behind its back."""
    network = pw.Network(4, [2], 3)
    layer, kind = name.split(".")
    vars(network.linear[["hidden_1", "output"].index(layer)])[kind] = value
    return network


def work(network: pw.Network, labels: Any = None, batch_size: int = 5) -> Work:
    return Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1, momentum=0.9), parts(labels), batch_size)


def slots(network: pw.Network | None = None) -> Slots:
    """What SGD with momentum keeps of a network."""
    return {"velocity": dict((network or pw.Network(4, [2], 3)).parameters)}


@ENGINES
@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            lambda: changed("hidden_1.weight", np.ones((2, 4), np.float32)),
            "hidden_1.bias has shape (1, 2); expected (1, 4), for its weight.",
        ),
        (
            lambda: changed("hidden_1.weight", np.ones((4, 2))),
            "hidden_1.weight is of float64; expected float32, as all parameters. "
            "network.with_parameters makes it so.",
        ),
        (
            lambda: changed("hidden_1.bias", np.ones(2, np.float32)),
            "hidden_1.bias has shape (2,); expected an array of 2 axes, or of 3 in a stack, as the class "
            "Linear names it as a parameter.",
        ),
        (
            lambda: changed("hidden_1.bias", np.ones((7, 1, 2), np.float32)),
            "hidden_1.bias has shape (7, 1, 2); expected (1, 2), of as many models as output.bias.",
        ),
        (
            lambda: changed("output.bias", np.ones((7, 1, 3), np.float32)),
            "hidden_1.weight has shape (4, 2); expected (7, 4, 2), of as many models as output.bias.",
        ),
        (
            lambda: changed("hidden_1.weight", [[1.0] * 2] * 4),
            "hidden_1.weight is a list; expected an array of 2 axes, or of 3 in a stack, as the class Linear "
            "names it as a parameter.",
        ),
        (
            lambda: pw.Network(640, [2], 3),
            "the training examples have 4 features; expected 640, the network's inputs.",
        ),
        (
            lambda: pw.Network(4, [2], 2),
            "training example 1 has the label 2; expected 0 to 1, for 2 outputs. Network(..., outputs=3) has "
            "enough.",
        ),
    ],
)
def test_a_network_whose_arrays_do_not_go_together_is_refused(
    engine: Engine, network: Callable[[], pw.Network], message: str
) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        engine(work(network()))
    assert str(error.value) == message


@ENGINES
def test_arrays_that_are_replaced_later_are_refused_too(engine: Engine) -> None:
    network = pw.Network(4, [2], 3)
    program = engine(work(network))
    vars(network.linear[0])["bias"] = np.ones((1, 3), np.float32)
    message = "hidden_1.bias has shape (1, 3); expected (1, 2), for its weight."
    with pytest.raises(pw.ShapeError) as error:
        program.epoch(1, np.arange(10), np.zeros((2, 7)), slots())
    assert str(error.value) == message


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here: there was no C compiler")
def test_arrays_of_other_shapes_that_go_together_are_refused_by_the_program_of_the_first() -> None:
    network = pw.Network(4, [2], 3)
    program = CompiledProgram(work(network))
    network.layers[:] = pw.Network(4, [1], 3).layers  # would be spread over the places of the first
    with pytest.raises(pw.ShapeError) as error:
        program.epoch(1, np.arange(10), np.zeros((2, 7)), slots(network))
    assert str(error.value) == (
        "hidden_1.weight is float32 of shape (4, 1); expected float32 of shape (4, 2), as when the program "
        "was made."
    )


@ENGINES
def test_arrays_that_are_replaced_by_such_are_trained(engine: Engine) -> None:
    network, other = pw.Network(4, [2], 3), pw.Network(4, [2], 3, seed=1)
    expected = other.parameters["output.weight"].copy()
    program = engine(work(network))
    given = (1, np.arange(10), np.array([[0.1, 0, 0, 0, 0, 1, 0]] * 2))
    program.epoch(*given, slots())
    engine(work(other)).epoch(*given, slots())
    network.linear[1].weight = expected
    for name in ("hidden_1.weight", "hidden_1.bias", "output.bias"):
        network.parameters[name][...] = pw.Network(4, [2], 3, seed=1).parameters[name]
    program.epoch(*given, slots())
    assert expected is network.parameters["output.weight"]
    for name, value in other.parameters.items():
        np.testing.assert_array_equal(network.parameters[name], value)


@ENGINES
def test_an_array_that_is_closed_between_epochs_is_refused(engine: Engine) -> None:
    network = pw.Network(4, [2], 3)
    program = engine(work(network))
    network.parameters["output.bias"].flags.writeable = False
    message = "output.bias is an array that can't be written to; expected one of its own to train. Copy it."
    with pytest.raises(pw.ConfigurationError) as error:
        program.epoch(1, np.arange(10), np.zeros((2, 7)), slots())
    assert str(error.value) == message


@ENGINES
def test_layers_that_do_not_fit_are_refused(engine: Engine) -> None:
    network = pw.Network(4, [2], 3)
    network.layers.append(network.layers[-1])
    with pytest.raises(pw.ShapeError) as error:
        engine(work(network))
    assert str(error.value) == ("output takes 2 features; expected 3, what the layers before it give.")


@ENGINES
@pytest.mark.parametrize("label", [3, 2**32])
def test_a_label_that_is_no_class_is_refused(engine: Engine, label: int) -> None:
    labels = np.zeros(50, np.int64)
    labels[:] = label
    with pytest.raises(pw.DataError, match=f"training example 0 has the label {label}; expected 0 to 2"):
        engine(work(pw.Network(4, [2], 3), labels))


@ENGINES
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"order": np.array([0, 40])}, "order holds the row 40; expected 0 to 39."),
        ({"order": np.array([-1, 0])}, "order holds the row -1; expected 0 to 39."),
        (
            {"order": np.array([], np.int64)},
            "order is int64 of shape (0,); expected whole numbers of shape (examples,).",
        ),
        (
            {"order": np.zeros((3, 5), np.int64)},
            "order is int64 of shape (3, 5); expected whole numbers of shape (examples,).",
        ),
        (
            {"order": np.zeros(5)},
            "order is float64 of shape (5,); expected whole numbers of shape (examples,).",
        ),
        (
            {"table": np.zeros((3, 7))},
            "the table of steps has shape (3, 7); expected (2, 7), or one for each model.",
        ),
        ({"running": np.ones(2, bool)}, "running has shape (2,); expected ()."),
        (
            {"slots": slots(pw.Network(4, [3], 3))},
            "the velocity of hidden_1.weight is float32 of shape (4, 3); expected float32 of shape (4, 2). "
            "It belongs to another network: begin with zeros.",
        ),
        (
            {"slots": slots(pw.Network(4, [2], 3, dtype="float64"))},
            "the velocity of hidden_1.weight is float64 of shape (4, 2); expected float32 of shape (4, 2). "
            "It belongs to another network: begin with zeros.",
        ),
        (
            {"slots": {}},
            "the optimizer keeps velocity; given nothing. It belongs to another optimizer: begin with zeros.",
        ),
    ],
)
def test_what_does_not_fit_the_training_is_refused(
    engine: Engine, given: dict[str, Any], message: str
) -> None:
    right = {"order": np.arange(10), "table": np.zeros((2, 7)), "slots": slots(), "running": None}
    with pytest.raises(pw.PlainweaveError) as error:
        engine(work(pw.Network(4, [2], 3))).epoch(1, **{**right, **given})
    assert str(error.value) == message


@ENGINES
def test_a_batch_holds_an_example(engine: Engine) -> None:
    with pytest.raises(pw.ConfigurationError, match="batch_size is 0; expected a whole number of at least 1"):
        engine(work(pw.Network(4, [2], 3), batch_size=0))


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_fit_looks_at_the_networks_own_arrays(engine: str) -> None:
    with pytest.raises(pw.ShapeError, match=r"hidden_1\.bias has shape"):
        pw.fit(
            changed("hidden_1.weight", np.ones((2, 4), np.float32)),
            parts(),
            pw.SGD(0.1),
            epochs=1,
            engine=engine,
        )
