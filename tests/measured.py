"""What each engine gives for a function: NumPy by its methods, the compiled one by gradients of a network."""

from typing import Any

import numpy as np

import plainweave as pw
from plainweave.engine import Work
from plainweave.engine.compiled import CompiledProgram
from plainweave.network import Activation
from precision import NUMPY, Numbers


def activation(engine: str, name: str, x: Numbers) -> tuple[Numbers, Numbers]:
    """Return values and derivatives.

    The network for the compiled engine has one input, which is 1, and a unit for each x, which is its weight.
    Its only output is far below its target, so the absolute error has the derivative -1 by it. The gradient
    by a unit's weight is then minus its value, and by its bias minus its derivative.
    """
    if engine == NUMPY:
        function = Activation.named(name)
        y, cache = function.forward(x)
        return y, function.backward(np.ones_like(x), cache)[0]
    network = pw.Network(1, [len(x)], 1, activation=name, dtype=x.dtype)
    network.parameters["hidden_1.weight"][...] = x
    network.parameters["output.weight"][...] = 1
    network.parameters["output.bias"][...] = -np.finfo(x.dtype).max / 2
    program = _program(engine, network, pw.AbsoluteError(), np.ones((1, 1)), np.zeros(1))
    _, gradients = program.gradients(np.array([0]))
    return -gradients["output.weight"][:, 0], -gradients["hidden_1.bias"][0]


def loss(engine: str, function: pw.Loss, outputs: Numbers, targets: Numbers) -> tuple[Numbers, Numbers]:
    """Return the losses of examples (examples,) and their gradients by the outputs (examples, outputs).

    The network for the compiled engine has no hidden layers, and inputs of which one is 1: its weights are
    the outputs.
    """
    if engine == NUMPY:
        encoded = function.encode(targets, outputs.shape[1], outputs.dtype)
        return function.losses_and_gradients(outputs, encoded)
    network = pw.Network(len(outputs), [], outputs.shape[1], dtype=outputs.dtype)
    network.parameters["output.weight"][...] = outputs
    program = _program(engine, network, function, np.eye(len(outputs), dtype=np.uint8), targets)
    found = [program.gradients(np.array([example])) for example in range(len(outputs))]
    values = np.array([value for value, _ in found], outputs.dtype)
    return values, np.concatenate([gradients["output.bias"] for _, gradients in found])


def standardized(engine: str, parts: pw.Split, dtype: Any) -> Numbers:
    """Return the training inputs (examples, features) as they are multiplied.

    The gradient of an absolute error whose output is below its target is minus the inputs.
    """
    if engine == NUMPY:
        return parts.standardizer(parts.training.inputs, dtype)
    network = pw.Network(parts.training.inputs.shape[1], [], 1, dtype=dtype)
    network.parameters["output.weight"][...] = 0
    network.parameters["output.bias"][...] = -1
    program = CompiledProgram(Work(network, pw.AbsoluteError(), pw.SGD(1.0), parts, 1), engine)
    found = [program.gradients(np.array([example])) for example in range(len(parts.training))]
    return np.array([-gradients["output.weight"][:, 0] for _, gradients in found])


def _program(
    engine: str, network: pw.Network, function: pw.Loss, inputs: Numbers, targets: Numbers
) -> CompiledProgram:
    """A program for inputs that standardizing leaves as they are."""
    examples = pw.Examples(inputs, targets)
    as_it_is = pw.Standardizer.identity()
    parts = pw.Split(examples, examples, as_it_is, np.arange(0))
    return CompiledProgram(Work(network, function, pw.SGD(1.0), parts, 1), engine)
