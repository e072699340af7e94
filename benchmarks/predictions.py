"""plainweave and its peers as they predict with the same weights: outputs, or probabilities of classes.

Rows are standardized in float32 beforehand. A turn makes many calls; what it tells as its loss is the largest
difference of a probability, or of an output, from those that the NumPy layers of plainweave give.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from given import network_of
from work import Outcome, Work

import plainweave as pw
from plainweave.arrays import FloatArray

Predict = Callable[[], Any]


def _side(predict_of: Callable[[Work, FloatArray], Predict], of_classes: bool) -> Callable[[Work], Any]:
    """Return a side that calls what predicts, after it has compared what that returns."""

    def side(work: Work) -> Callable[[int], Outcome]:
        x = np.random.default_rng(0).standard_normal((work.rows, work.features), np.float32)
        predict = predict_of(work, x)
        outputs, expected = np.asarray(predict()), network_of(work).forward(x)[0]
        if not of_classes:
            outputs = pw.softmax(outputs)
        error = float(np.abs(outputs - pw.softmax(expected)).max())

        def turn(number: int) -> Outcome:
            started = time.perf_counter()
            for _ in range(work.calls):
                predict()
            return Outcome(loss=error, seconds=time.perf_counter() - started)

        return turn

    return side


def network(work: Work, x: FloatArray) -> Predict:
    """A network is called."""
    return partial(network_of(work), x)


def estimator(work: Work, x: FloatArray, library: str) -> Predict:
    """An estimator's probabilities, of plainweave or of scikit-learn."""
    from sklearn import neural_network

    settings = {"activation": work.activation, "max_iter": 1, "random_state": 0}
    model = {"plainweave": pw, "scikit-learn": neural_network}[library].MLPClassifier(work.hidden, **settings)
    some = np.random.default_rng(1).standard_normal((work.outputs, work.features), np.float32)
    labels = np.arange(work.outputs)
    model.partial_fit(some, labels, classes=labels)
    for weights, biases, layer in zip(model.coefs_, model.intercepts_, network_of(work).linear, strict=True):
        weights[...], biases[...] = layer.weight, layer.bias[0]
    return partial(model.predict_proba, x)


def pytorch(work: Work, x: FloatArray) -> Predict:
    """Modules without their tape."""
    import torch
    import torch_sides

    torch.set_num_threads(work.threads)
    model = torch_sides.module_of(work).eval()
    rows = torch.from_numpy(x)

    def predict() -> Any:
        with torch.inference_mode():
            return model(rows)

    return predict


def in_jax(work: Work, x: FloatArray) -> Predict:
    """One jitted call; its rows come from NumPy, as those of the others."""
    import jax
    import jax_sides

    call = jax.jit(partial(jax_sides.outputs_of, work))
    parameters = jax.device_put(network_of(work).parameters)
    return lambda: call(parameters, x).block_until_ready()


def onnx_runtime(work: Work, x: FloatArray) -> Predict:
    """A graph of Gemm nodes and activations."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, name = [], [], "x"
    layers = network_of(work).linear
    for number, layer in enumerate(layers):
        for kind, value in (("w", layer.weight), ("b", layer.bias[0])):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(value), f"{kind}{number}"))
        nodes.append(helper.make_node("Gemm", [name, f"w{number}", f"b{number}"], [f"z{number}"]))
        name = f"z{number}"
        if number + 1 < len(layers):
            operator = {"tanh": "Tanh", "relu": "Relu"}[work.activation]
            nodes.append(helper.make_node(operator, [name], [f"y{number}"]))
            name = f"y{number}"
    ends = [
        helper.make_tensor_value_info(end, TensorProto.FLOAT, [None, size])
        for end, size in (("x", work.features), (name, work.outputs))
    ]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = work.threads, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})[0]


SIDES = {
    "plainweave Network": _side(network, of_classes=False),
    "plainweave MLPClassifier": _side(partial(estimator, library="plainweave"), of_classes=True),
    "scikit-learn MLPClassifier": _side(partial(estimator, library="scikit-learn"), of_classes=True),
    "PyTorch": _side(pytorch, of_classes=False),
    "JAX jit": _side(in_jax, of_classes=False),
    "ONNX Runtime": _side(onnx_runtime, of_classes=False),
}
