"""Trainings of both engines held to PyTorch's in float64: after 20 steps at most 1e-10 apart.

Every rule, loss and activation meets every other, with weights of the examples and without.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.engine import ENGINES
from plainweave.randomness import epoch_order

torch = pytest.importorskip("torch")
functional, nn = torch.nn.functional, torch.nn

EXAMPLES, FEATURES, BATCH, EPOCHS = 40, 9, 8, 4  # 20 steps
LEVELS = (0.1, 0.5, 0.9)


def pinball(z: Any, t: Any) -> Any:
    residual = t.repeat_interleave(len(LEVELS), dim=1) - z
    level = torch.tensor(LEVELS, dtype=z.dtype).repeat(t.shape[1])
    return torch.maximum(level * residual, (level - 1) * residual).mean(dim=1)


def over_outputs(function: Callable[..., Any], **settings: object) -> Callable[[Any, Any], Any]:
    return lambda z, t: function(z, t, reduction="none", **settings).mean(dim=1)


# By the text of a loss: how many outputs, what kind of targets, and PyTorch's loss of each example.
LOSSES: dict[str, tuple[int, str, Callable[[Any, Any], Any]]] = {
    "softmax": (4, "labels", lambda z, t: functional.cross_entropy(z, t, reduction="none")),
    "softmax:0.1": (
        *(4, "labels"),
        lambda z, t: functional.cross_entropy(z, t, reduction="none", label_smoothing=0.1),
    ),
    "sigmoid": (3, "yes or no", over_outputs(functional.binary_cross_entropy_with_logits)),
    "squared-error": (2, "numbers", over_outputs(functional.mse_loss)),
    "absolute-error": (2, "numbers", over_outputs(functional.l1_loss)),
    "huber:0.7": (2, "numbers", over_outputs(functional.huber_loss, delta=0.7)),
    "quantile:0.1,0.5,0.9": (6, "numbers", pinball),
    "poisson": (2, "counts", over_outputs(functional.poisson_nll_loss, log_input=True, full=False)),
}
ACTIVATIONS: dict[str, Callable[[], Any]] = {
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "relu": nn.ReLU,
    "leaky-relu:0.2": lambda: nn.LeakyReLU(0.2),
    "identity": nn.Identity,
    "elu:0.8": lambda: nn.ELU(0.8),
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "gelu-tanh": lambda: nn.GELU(approximate="tanh"),
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "softplus": nn.Softplus,
}
RULES: dict[str, tuple[pw.Optimizer, Callable[[Any], Any]]] = {
    "sgd": (pw.SGD(0.01), lambda p: torch.optim.SGD(p, 0.01)),
    "momentum": (
        pw.SGD(0.01, momentum=0.9, dampening=0.3, weight_decay=0.1, decay_biases=True),
        lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, dampening=0.3, weight_decay=0.1),
    ),
    "nesterov": (
        pw.SGD(0.01, momentum=0.8, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.01, momentum=0.8, nesterov=True),
    ),
    "adam": (
        pw.Adam(0.01, weight_decay=0.1, decay_biases=True),
        lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.1),
    ),
    "adamw": (
        pw.AdamW(0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1, decay_biases=True),
        lambda p: torch.optim.AdamW(p, 0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1),
    ),
}


def targets(kind: str, outputs: int) -> tuple[np.ndarray[Any, Any], Any]:
    """Return targets as plainweave takes them, and as PyTorch does."""
    stream = np.random.default_rng(1)
    if kind == "labels":
        labels = stream.integers(0, outputs, EXAMPLES)
        return labels, torch.tensor(labels)
    width = 2 if kind in ("numbers", "counts") else outputs
    values = {
        "yes or no": stream.integers(0, 2, (EXAMPLES, width)),
        "numbers": stream.normal(size=(EXAMPLES, width)),
        "counts": stream.poisson(2, (EXAMPLES, width)),
    }[kind].astype(np.float64)
    return values, torch.tensor(values)


def theirs(network: pw.Network, activation: Callable[[], Any]) -> Any:
    """Return PyTorch's network with the same weights."""
    layers: list[Any] = []
    for linear in network.linear:
        module = nn.Linear(*linear.weight.shape, dtype=torch.float64)
        with torch.no_grad():
            module.weight.copy_(torch.tensor(linear.weight.T))
            module.bias.copy_(torch.tensor(linear.bias[0]))
        layers += [module, activation()]
    return nn.Sequential(*layers[:-1])


def trained_by_torch(
    module: Any,
    optimizer: Any,
    x: FloatArray,
    t: Any,
    weights: FloatArray | None,
    loss: Callable[[Any, Any], Any],
) -> list[FloatArray]:
    inputs, w = torch.tensor(x), torch.tensor(np.ones(EXAMPLES) if weights is None else weights)
    for epoch in range(1, EPOCHS + 1):
        order = epoch_order(0, epoch, EXAMPLES)
        for rows in np.split(order, EXAMPLES // BATCH):
            optimizer.zero_grad()
            (w[rows] @ loss(module(inputs[rows]), t[rows]) / w[rows].sum()).backward()
            optimizer.step()
    parameters = [parameter.detach().numpy() for parameter in module.parameters()]
    return [value.T if value.ndim == 2 else value[np.newaxis] for value in parameters]


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", LOSSES)
def test_twenty_steps(loss: str, rule: str, weighted: bool) -> None:
    stream = np.random.default_rng(0)
    inputs = stream.normal(size=(EXAMPLES, FEATURES))
    weights = stream.uniform(0.1, 2, EXAMPLES) if weighted else None
    outputs, kind, their_loss = LOSSES[loss]
    ours, their_rule = RULES[rule]
    t, their_t = targets(kind, outputs)
    parts = pw.Split.of(pw.Examples(inputs, t, weights), standardize="per-pixel")
    x = parts.standardizer(inputs, np.float64)
    for activation, their_activation in ACTIVATIONS.items():

        def network(activation: str = activation) -> pw.Network:
            return pw.Network(FEATURES, [8, 5], outputs, activation=activation, seed=3, dtype="float64")

        module = theirs(network(), their_activation)
        optimizer = their_rule(module.parameters())
        expected = trained_by_torch(module, optimizer, x, their_t, weights, their_loss)
        for engine in ENGINES[1:]:
            trained = network()
            pw.fit(
                trained, parts, ours, epochs=EPOCHS, batch_size=BATCH, loss=pw.Loss.named(loss), engine=engine
            )
            for (name, value), other in zip(trained.parameters.items(), expected, strict=True):
                difference = np.linalg.norm(value - other) / np.linalg.norm(other)
                assert difference <= 1e-10, (activation, engine, name)
