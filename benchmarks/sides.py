"""plainweave and its peers, each at its best known way of the same training.

Peers get their inputs standardized in float32 beforehand; plainweave gets the bytes as they are. Networks
that are trained at once share the order of the examples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from work import Work, validation_of

import plainweave as pw
from plainweave import engine as engines
from plainweave.randomness import epoch_order

Epoch = Callable[[int], float]


def plainweave(work: Work, engine: str) -> Epoch:
    """Both engines of plainweave."""
    parts = work.split()
    network = pw.Network(
        784,
        work.hidden,
        10,
        activation=work.activation,
        seed=list(range(work.models)) if work.models > 1 else 0,
    )
    optimizer = _sgd(work)
    task = engines.Work(network, pw.SoftmaxCrossEntropy(), optimizer, parts, work.batch_size)
    program = engines.program_for(task, engine)
    slots = optimizer.slots_of(network.parameters)

    def epoch(number: int) -> float:
        order = epoch_order(0, number, len(parts.training))
        table = optimizer.steps((number - 1) * task.steps, task.steps, np.ones(task.steps))
        program.epoch(number, order, table, slots)
        score = program.validate()
        assert score is not None
        return float(score.accuracy.mean())

    return epoch


def scikit_learn(work: Work) -> Epoch:
    """MLPClassifier, an epoch at a time."""
    from sklearn.neural_network import MLPClassifier

    x, labels, x_validation, labels_validation = _arrays(work)
    model = MLPClassifier(
        work.hidden,
        activation="tanh",
        solver="sgd",
        batch_size=work.batch_size,
        learning_rate_init=work.learning_rate,
        momentum=work.momentum,
        nesterovs_momentum=False,
        alpha=work.weight_decay,
        random_state=0,
    )

    def epoch(number: int) -> float:
        model.partial_fit(x, labels, classes=np.arange(10))
        return float(100 * (model.predict(x_validation) == labels_validation).mean())

    return epoch


def torch_module(work: Work, *, fused: bool = False, compiled: bool = False) -> Epoch:
    """Linear modules and torch.optim.SGD."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    x, labels, x_validation, labels_validation = (torch.from_numpy(array) for array in _arrays(work))
    sizes = [784, *work.hidden, 10]
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
        nn.init.kaiming_normal_(layers[-2].weight, nonlinearity="relu")
        nn.init.zeros_(layers[-2].bias)
    model = nn.Sequential(*layers[:-1])
    weights = [value for value in model.parameters() if value.ndim > 1]
    biases = [value for value in model.parameters() if value.ndim == 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": work.weight_decay}, {"params": biases}],
        lr=work.learning_rate,
        momentum=work.momentum,
        fused=fused,
    )
    loss = nn.CrossEntropyLoss()

    def objective(batch: Any, targets: Any) -> Any:
        return loss(model(batch), targets)

    if compiled:
        objective = torch.compile(objective, dynamic=False)

    def epoch(number: int) -> float:
        order = torch.from_numpy(epoch_order(0, number, len(x)))
        for rows in order.split(work.batch_size):
            optimizer.zero_grad(set_to_none=True)
            objective(x[rows], labels[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            logits = model(x_validation)
            loss(logits, labels_validation)
            return float(100 * (logits.argmax(1) == labels_validation).float().mean())

    return epoch


def torch_stack(work: Work) -> Epoch:
    """Several networks as batched matrix products, torch.baddbmm."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    x, labels, x_validation, labels_validation = (torch.from_numpy(array) for array in _arrays(work))
    initial = pw.Network(784, work.hidden, 10, seed=list(range(work.models))).parameters
    parameters = {name: torch.from_numpy(value).requires_grad_() for name, value in initial.items()}
    layers = [name.removesuffix(".weight") for name in parameters if name.endswith("weight")]
    optimizer = torch.optim.SGD(
        [
            {
                "params": [parameters[f"{name}.weight"] for name in layers],
                "weight_decay": work.weight_decay,
            },
            {"params": [parameters[f"{name}.bias"] for name in layers]},
        ],
        lr=work.learning_rate,
        momentum=work.momentum,
        fused=True,
    )

    def logits_of(batch: Any) -> Any:
        y = batch.expand(work.models, *batch.shape)
        for name in layers:
            y = torch.baddbmm(parameters[f"{name}.bias"], y, parameters[f"{name}.weight"])
            y = y if name == "output" else torch.tanh(y)
        return y

    def epoch(number: int) -> float:
        order = torch.from_numpy(epoch_order(0, number, len(x)))
        for rows in order.split(work.batch_size):
            optimizer.zero_grad(set_to_none=True)
            targets = labels[rows].repeat(work.models)
            losses = functional.cross_entropy(logits_of(x[rows]).flatten(0, 1), targets, reduction="sum")
            (losses / len(rows)).backward()
            optimizer.step()
        with torch.no_grad():
            logits = logits_of(x_validation)
            functional.cross_entropy(logits.flatten(0, 1), labels_validation.repeat(work.models))
            return float(100 * (logits.argmax(-1) == labels_validation).float().mean())

    return epoch


def jax_scan(work: Work, *, stacked: bool) -> Epoch:
    """A whole epoch as one jitted scan; stacked, of one or more networks by vmap."""
    import jax
    from jax import numpy as jnp

    x, labels, x_validation, labels_validation = (jnp.asarray(array) for array in _arrays(work))
    activate = {
        "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "leaky-relu:0.1": partial(jax.nn.leaky_relu, negative_slope=0.1),
    }[work.activation]
    whole = len(x) // work.batch_size * work.batch_size
    initial = pw.Network(784, work.hidden, 10, seed=list(range(work.models)) if stacked else 0).parameters
    parameters: Any = {name: jnp.asarray(value) for name, value in initial.items()}
    velocity: Any = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    layers = [name.removesuffix(".weight") for name in parameters if name.endswith("weight")]

    def logits_of(parameters: Any, y: Any) -> Any:
        for name in layers:
            y = y @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
            y = y if name == "output" else activate(y)
        return y

    def loss(parameters: Any, batch: Any, targets: Any) -> Any:
        log = jax.nn.log_softmax(logits_of(parameters, batch))
        return -jnp.take_along_axis(log, targets[:, None], axis=1).mean()

    def step(parameters: Any, velocity: Any, batch: Any, targets: Any) -> Any:
        gradients = jax.grad(loss)(parameters, batch, targets)
        for name, gradient in gradients.items():
            if name.endswith("weight"):
                gradient = gradient + work.weight_decay * parameters[name]
            velocity[name] = work.momentum * velocity[name] + gradient
            parameters[name] = parameters[name] - work.learning_rate * velocity[name]
        return parameters, velocity

    advance = jax.vmap(step, in_axes=(0, 0, None, None)) if stacked else step

    def score(parameters: Any) -> Any:
        logits = logits_of(parameters, x_validation)
        correct = (logits.argmax(-1) == labels_validation).mean()
        return 100 * correct, loss(parameters, x_validation, labels_validation)

    # The arrays are arguments, not constants that the compiler would fold.
    @partial(jax.jit, donate_argnums=(0, 1))
    def train(parameters: Any, velocity: Any, order: Any, x: Any, labels: Any) -> Any:
        def body(carry: Any, rows: Any) -> Any:
            parameters, velocity = carry
            return advance(parameters, velocity, x[rows], labels[rows]), None

        (parameters, velocity), _ = jax.lax.scan(
            body, (parameters, velocity), order[:whole].reshape(-1, work.batch_size)
        )
        if whole < len(order):
            rows = order[whole:]
            parameters, velocity = advance(parameters, velocity, x[rows], labels[rows])
        return parameters, velocity

    validate = jax.jit(jax.vmap(score) if stacked else score)

    def epoch(number: int) -> float:
        nonlocal parameters, velocity
        order = jnp.asarray(epoch_order(0, number, len(x)))
        parameters, velocity = train(parameters, velocity, order, x, labels)
        accuracy, losses = validate(parameters)
        losses.block_until_ready()
        return float(accuracy.mean())

    return epoch


def dense_limit(work: Work) -> Epoch:
    """The time that an epoch's multiply-adds take at the core's own rate of a large matrix product."""
    products = work.multiply_adds(work.split()) / 1024**3
    a = np.random.default_rng(0).random((1024, 1024), np.float32)
    out = np.empty_like(a)

    def epoch(number: int) -> float:
        for _ in range(round(products)):
            np.matmul(a, a, out=out)
        return float("nan")

    return epoch


SIDES: dict[str, Callable[[Work], Epoch]] = {
    "plainweave": partial(plainweave, engine="compiled"),
    "plainweave, NumPy engine": partial(plainweave, engine="numpy"),
    "scikit-learn MLPClassifier": scikit_learn,
    "PyTorch eager": torch_module,
    "PyTorch fused SGD": partial(torch_module, fused=True),
    "PyTorch torch.compile": partial(torch_module, fused=True, compiled=True),
    "PyTorch baddbmm": torch_stack,
    "JAX scan": partial(jax_scan, stacked=False),
    "JAX scan, vmap": partial(jax_scan, stacked=True),
    "the dense limit": dense_limit,
}


def _sgd(work: Work) -> pw.SGD:
    return pw.SGD(
        work.learning_rate,
        momentum=work.momentum,
        weight_decay=work.weight_decay,
    )


def _arrays(work: Work) -> tuple[Any, Any, Any, Any]:
    """Return standardized inputs and labels, of training and of validation."""
    parts = work.split()
    x, x_validation = (parts.standardizer(part.inputs) for part in (parts.training, validation_of(parts)))
    return (
        x,
        parts.training.labels.astype(np.int64),
        x_validation,
        validation_of(parts).labels.astype(np.int64),
    )
