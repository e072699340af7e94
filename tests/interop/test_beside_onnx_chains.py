"""Models of ONNX by others, chains of layers, become networks; what is no chain is refused in words."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from interop_models import INPUTS, inputs, network, of_arrays
from plainweave.losses import LOSSES

onnx: Any = pytest.importorskip("onnx")
runtime: Any = pytest.importorskip("onnxruntime")
helper, numpy_helper, FLOAT = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT

W1 = np.random.default_rng(0).normal(size=(INPUTS, 4)).astype(np.float32)
W2 = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
ARRAYS = {
    "W1": W1,
    "W1T": W1.T.copy(),
    "b1": np.arange(4, dtype=np.float32),
    "W2": W2,
    "b2": np.ones((1, 2), np.float32),
    "shape": np.array([-1, 2]),
    "W3": np.zeros((2, 2, 2), np.float32),
}
EXPECTED = (
    "expected one input, Gemm or MatMul with constant weights, Add of a bias, Tanh, Sigmoid, Relu, "
    "LeakyRelu, Elu, Selu, Softplus, Gelu, Mish, Identity, Dropout, Cast, Flatten, Reshape, and Softmax or "
    "LogSoftmax "
    "last, as torch.onnx.export writes them of opset 20."
)


def graph_of(*nodes: Any, opset: int = 20, inputs: int = 1) -> Any:
    """A model of the nodes, each of an operator, names of inputs, the output, and attributes."""
    made = [
        helper.make_node(operator, names.split(), [output], **(further[0] if further else {}))
        for operator, names, output, *further in nodes
    ]
    used = {name for node in made for name in node.input}
    return helper.make_model(
        helper.make_graph(
            made,
            "g",
            [helper.make_tensor_value_info(f"x{n or ''}", FLOAT, [None, INPUTS]) for n in range(inputs)],
            [helper.make_tensor_value_info(nodes[-1][2], FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in ARRAYS.items() if name in used],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=9,
    )


FIRST, LAST = ("Gemm", "x W1 b1", "h"), ("Gemm", "a W2 b2", "y")
ENDS = {
    "Tanh": ("tanh", ("Tanh", "h", "a")),
    "Relu": ("relu", ("Relu", "h", "a")),
    "Sigmoid": ("sigmoid", ("Sigmoid", "h", "a")),
    "LeakyRelu": ("leaky-relu:0.1", ("LeakyRelu", "h", "a", {"alpha": 0.1})),
    "Elu": ("elu:0.5", ("Elu", "h", "a", {"alpha": 0.5})),
    "Selu": ("selu", ("Selu", "h", "a")),
    "Softplus": ("softplus", ("Softplus", "h", "a")),
    "Gelu": ("gelu", ("Gelu", "h", "a")),
    "Gelu by tanh": ("gelu-tanh", ("Gelu", "h", "a", {"approximate": "tanh"})),
    "Mish": ("mish", ("Mish", "h", "a")),
    "SiLU": ("silu", ("Sigmoid", "h", "s"), ("Mul", "h s", "a")),
    "Mish by gates": ("mish", ("Softplus", "h", "s"), ("Tanh", "s", "t"), ("Mul", "t h", "a")),
}


@pytest.mark.parametrize("kind", ENDS)
def test_every_activation_is_read(kind: str) -> None:
    text, *nodes = ENDS[kind]
    made = graph_of(FIRST, *nodes, LAST)
    model = pw.interop.from_onnx(made, "squared-error")
    assert list(map(str, model.network.layers)) == ["linear", text, "linear"]
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": inputs()})
    np.testing.assert_allclose(model.predict(inputs()), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "nodes",
    [
        [("Gemm", "x W1T b1", "h", {"transB": 1}), ("Tanh", "h", "a"), LAST],
        [("MatMul", "x W1", "p"), ("Add", "b1 p", "h"), ("Tanh", "h", "a"), LAST],
        [("Flatten", "x", "f"), ("Gemm", "f W1 b1", "h"), ("Tanh", "h", "i"), ("Identity", "i", "a"), LAST],
        [FIRST, ("Tanh", "h", "a"), ("Gemm", "a W2 b2", "z"), ("Reshape", "z shape", "y")],
    ],
)
def test_linear_layers_are_read_however_they_are_written(nodes: Any) -> None:
    model = pw.interop.from_onnx(graph_of(*nodes), "squared-error")
    parameters = [W1, ARRAYS["b1"][None], W2, ARRAYS["b2"]]
    for value, expected in zip(model.network.parameters.values(), parameters, strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    ("end", "loss"), [("Softmax", "softmax"), ("LogSoftmax", "softmax"), ("Sigmoid", "sigmoid")]
)
def test_the_end_tells_the_loss(end: str, loss: str, tmp_path: Path) -> None:
    made = graph_of(FIRST, ("Tanh", "h", "a"), ("Gemm", "a W2 b2", "z"), (end, "z", "y"))
    onnx.save(made, tmp_path / "net.onnx")
    model = pw.interop.read(tmp_path / "net.onnx", class_names=["no", "yes"])
    assert (str(model.loss).partition(":")[0], model.class_names) == (loss, ("no", "yes"))


def test_nothing_tells_what_numbers_mean() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.from_onnx(graph_of(FIRST, ("Tanh", "h", "a"), LAST))
    assert str(error.value) == (
        f"nothing says what the 2 outputs of the network mean; expected a loss, one of {', '.join(LOSSES)}, "
        "as "
        "in --loss softmax, or loss='softmax' in Python."
    )


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lambda: graph_of(FIRST, ("Cos", "h", "a"), LAST), "behind 'h' it has Cos"),
        (lambda: graph_of(("Add", "x x1", "h"), inputs=2), "it has the inputs x, x1"),
        (lambda: graph_of(FIRST, ("Selu", "h", "a", {"alpha": 2.0}), LAST), "behind 'h' it has Selu"),
        (lambda: graph_of(("Gemm", "x W1 b1", "h", {"alpha": 2.0})), "behind 'x' it has Gemm"),
        (lambda: graph_of(("MatMul", "x W3", "h")), "'W3' has shape (2, 2, 2)"),
        (
            lambda: graph_of(FIRST, ("Sigmoid", "h", "s"), ("Cos", "s", "a"), LAST),
            "behind 's' it has Cos",
        ),
        (lambda: graph_of(("Identity", "x", "x")), "it goes round in a circle at 'x'"),
    ],
)
def test_what_is_no_chain_is_refused(made: Any, what: str) -> None:
    with pytest.raises(pw.RecordError) as error:
        pw.interop.from_onnx(made(), "squared-error")
    assert str(error.value) == f"the model of ONNX can't be read as layers: {what}; {EXPECTED}"


def test_layers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(pw.RecordError) as error:
        pw.interop.from_onnx(graph_of(FIRST, ("Gemm", "h W1 b1", "y")), "squared-error")
    assert str(error.value) == (
        "the model of ONNX can't be read as layers: output takes 7 features; expected 4, what the layers "
        "before it give."
    )


def test_weights_in_other_files_are_refused(tmp_path: Path) -> None:
    made = pw.interop.to_onnx(of_arrays())
    onnx.save(made, tmp_path / "net.onnx", save_as_external_data=True, size_threshold=0)
    with pytest.raises(pw.RecordError, match=r"net.onnx keeps '.*' in another file; expected all in one."):
        pw.interop.read(tmp_path / "net.onnx")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"not a protobuf at all", b"\x08" * 100])
def test_files_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(pw.RecordError):
        pw.interop.read(tmp_path / "net.onnx", loss="softmax")


def test_every_byte_cut_or_changed_is_refused_or_read(tmp_path: Path) -> None:
    whole = pw.interop.to_onnx(of_arrays()).SerializeToString()
    stream = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(whole)
        for place in stream.integers(0, len(whole), 3):
            damaged[place] = stream.integers(0, 256)
        (tmp_path / "net.onnx").write_bytes(bytes(damaged[: stream.integers(1, len(whole))]))
        with suppress(pw.PlainweaveError):
            pw.interop.read(tmp_path / "net.onnx", loss="softmax")


def test_a_graph_of_ours_without_its_description_is_a_chain() -> None:
    made = pw.interop.to_onnx(network("relu"))
    del made.metadata_props[:]
    model = pw.interop.from_onnx(made)
    assert str(model.loss) == "softmax:0.0"
    np.testing.assert_array_equal(model.network(inputs()), network("relu")(inputs()))
