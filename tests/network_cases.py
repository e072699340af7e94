"""Networks that together have every kind of layer."""

import numpy as np

import plainweave as pw
from plainweave.network import Activation

INPUTS, OUTPUTS, EXAMPLES = 7, 6, 9
ACTIVATIONS = sorted(
    name for name, kind in Activation.registry.items() if kind.__module__.startswith("plainweave.")
)


def network_of(activation: str) -> pw.Network:
    """One with every kind of layer; none of its parameters is what it begins with."""
    network = pw.Network(INPUTS, [6, 5], OUTPUTS, activation=activation, dropout=0.3, scale=True, seed=2)
    stream = np.random.default_rng(3)
    names = [name for name in network.parameters if not name.endswith("weight")]
    return network.with_parameters(
        {name: stream.normal(size=network.parameters[name].shape) for name in names}
    )
