"""What the outputs of a network mean, by its loss, as outputs of ONNX named as skl2onnx names them."""

import numpy as np

from plainweave.interop.onnx.graph import DOUBLE, FLOAT, INT64, STRING, Graph
from plainweave.losses import Poisson, Quantile, SigmoidCrossEntropy, SoftmaxCrossEntropy
from plainweave.training import Model


def add_outputs(graph: Graph, z: str, model: Model) -> str:
    """Add the outputs of a graph, of a network's outputs z (examples, outputs); return what they are.

    Of classes these are `label` (examples,), their names or else their numbers, and `probabilities`
    (examples, classes); of several labels at once `label` (examples, labels), 0 or 1; of numbers `variable`
    (examples, numbers), in the units of the targets.
    """
    loss = type(model.loss)
    if loss is SoftmaxCrossEntropy:
        place = graph.add("ArgMax", z, axis=1, keepdims=0)
        return _add_classes(graph, place, graph.add("Softmax", z, axis=1), model)
    if loss is SigmoidCrossEntropy and model.network.outputs == 1:
        yes = graph.add("Cast", graph.add("Greater", z, 0.0), to=INT64)
        both = graph.add("Concat", graph.add("Neg", z), z, axis=1)
        return _add_classes(graph, graph.add("Squeeze", yes, axes=[1]), graph.add("Sigmoid", both), model)
    if loss is SigmoidCrossEntropy:
        outputs = model.network.outputs
        graph.output(graph.add("Cast", graph.add("Greater", z, 0.0), to=INT64), "label", INT64, outputs)
        graph.output(graph.add("Sigmoid", z), "probabilities", FLOAT, outputs)
        return "label, for each of several labels 0 or 1, and probabilities, of each its own."
    graph.output(_numbers(graph, z, model), "variable", FLOAT, model.network.outputs)
    return f"variable, the predicted numbers by the loss {model.loss}."


def _add_classes(graph: Graph, place: str, probabilities: str, model: Model) -> str:
    names = model.class_names
    label = graph.add("Gather", np.array(names, object), place) if names else place
    graph.output(label, "label", STRING if names else INT64, None)
    graph.output(probabilities, "probabilities", FLOAT, max(model.network.outputs, 2))
    return "label, the most probable class, and probabilities, of each class in order."


def _numbers(graph: Graph, z: str, model: Model) -> str:
    """Return the name of the numbers (examples, outputs) that a network predicts, in units."""
    if type(model.loss) is Poisson:
        z = graph.add("Exp", z)
    if type(model.loss) is Quantile and len(model.loss.levels) > 1:
        z = _in_order(graph, z, model.loss.levels)
    scale = model.target_scale
    if scale is None or (set(scale.center) == {0.0} and set(scale.spread) == {1.0}):
        return z
    each = model.network.outputs // len(scale.center)
    spread, center = (np.repeat(np.array(values), each) for values in (scale.spread, scale.center))
    in_units = graph.add("Add", graph.add("Mul", graph.cast(z, DOUBLE), spread), center)
    return graph.cast(in_units, FLOAT)


def _in_order(graph: Graph, z: str, levels: tuple[float, ...]) -> str:
    """Return the quantiles of each target sorted, for they may cross, each in the place of its level."""
    count = len(levels)
    apart = graph.add("Reshape", z, np.array([0, -1, count]))
    rising = graph.add("TopK", apart, np.array([count]), axis=2, largest=0, sorted=1)
    ranks = np.argsort(np.argsort(levels))
    return graph.add("Reshape", graph.add("Gather", rising, ranks, axis=2), np.array([0, -1]))
