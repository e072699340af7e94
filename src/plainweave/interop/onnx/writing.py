"""A model as one of ONNX: inputs, preparation, network, and what its outputs mean."""

import onnx
from onnx import ModelProto

from plainweave.interop.given import as_model
from plainweave.interop.onnx.columns import add_columns
from plainweave.interop.onnx.graph import Graph
from plainweave.interop.onnx.layers import add_network
from plainweave.interop.onnx.outputs import add_outputs
from plainweave.interop.onnx.standardized import add_standardizer, input_type
from plainweave.network import Network
from plainweave.training import Model
from plainweave.training.model_file import parts_of
from plainweave.training.model_parts import METADATA


def written(given: Model | Network) -> ModelProto:
    """Return the model of ONNX, checked.

    Raises:
        ConfigurationError, RecordError: as of `to_onnx`.
    """
    model, graph = as_model(given), Graph()
    if model.preparation is not None:
        x = add_columns(graph, model.preparation)
    else:
        x = graph.input("X", input_type(model.standardizer), model.network.inputs)
    x = add_standardizer(graph, x, model.standardizer)
    outputs = add_outputs(graph, add_network(graph, x, model.network), model)
    graph.metadata[METADATA] = parts_of(model)[0]
    made = graph.model("plainweave", f"A fully-connected network trained by plainweave. It gives {outputs}")
    onnx.checker.check_model(made, full_check=True)
    return made
