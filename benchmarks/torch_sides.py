"""PyTorch at its best known ways of the same training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from given import arrays_of, network_of, orders_of
from torch import nn
from torch.nn import functional
from work import Outcome, Work

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU}
_LOSSES: dict[str, Callable[..., Any]] = {
    "softmax": functional.cross_entropy,
    "sigmoid": functional.binary_cross_entropy_with_logits,
    "squared-error": functional.mse_loss,
}


def module_of(work: Work) -> nn.Sequential:
    """Return plainweave's network, with its initial weights, as modules."""
    layers: list[nn.Module] = []
    for layer in network_of(work).linear:
        linear = nn.Linear(*layer.weight.shape)
        linear.weight = nn.Parameter(torch.from_numpy(layer.weight.T.copy()))
        linear.bias = nn.Parameter(torch.from_numpy(layer.bias[0].copy()))
        layers += [linear, _ACTIVATIONS[work.activation]()]
    return nn.Sequential(*layers[:-1])


def train_module(work: Work, *, fused: bool = False, compiled: bool = False) -> Callable[[int], Outcome]:
    """Linear modules and an optimizer of torch.optim."""
    torch.set_num_threads(work.threads)
    x, targets, x_validation, targets_validation = map(torch.from_numpy, arrays_of(work))
    model = module_of(work)
    weights = [value for value in model.parameters() if value.ndim > 1]
    biases = [value for value in model.parameters() if value.ndim == 1]
    optimizer = _optimizer(work, weights, biases, fused=fused)
    loss = _LOSSES[work.loss]

    def objective(batch: Any, of_batch: Any) -> Any:
        return loss(model(batch), of_batch)

    if compiled:
        objective = torch.compile(objective, dynamic=False)

    def step(batch: Any, of_batch: Any) -> None:
        optimizer.zero_grad(set_to_none=True)
        objective(batch, of_batch).backward()
        optimizer.step()

    def turn(number: int) -> Outcome:
        for order in orders_of(work, number, len(x)):
            if work.batch_size >= len(x):
                step(x, targets)
                continue
            for rows in torch.from_numpy(order).split(work.batch_size):
                step(x[rows], targets[rows])
        with torch.no_grad():
            outputs = model(x_validation)
            return Outcome(
                float(loss(outputs, targets_validation)), _accuracy(work, outputs, targets_validation)
            )

    return turn


def train_stack(work: Work) -> Callable[[int], Outcome]:
    """Several networks as batched matrix products, torch.baddbmm."""
    torch.set_num_threads(work.threads)
    x, labels, x_validation, labels_validation = map(torch.from_numpy, arrays_of(work))
    initial = network_of(work).parameters
    parameters = {name: torch.from_numpy(value).requires_grad_() for name, value in initial.items()}
    layers = [name.removesuffix(".weight") for name in parameters if name.endswith("weight")]
    weights, biases = ([parameters[f"{name}.{kind}"] for name in layers] for kind in ("weight", "bias"))
    optimizer = _optimizer(work, weights, biases, fused=True)
    activate = _ACTIVATIONS[work.activation]()

    def logits_of(batch: Any) -> Any:
        y = batch.expand(work.models, *batch.shape)
        for name in layers:
            y = torch.baddbmm(parameters[f"{name}.bias"], y, parameters[f"{name}.weight"])
            y = y if name == "output" else activate(y)
        return y

    def turn(number: int) -> Outcome:
        (order,) = orders_of(work, number, len(x))
        for rows in torch.from_numpy(order).split(work.batch_size):
            optimizer.zero_grad(set_to_none=True)
            of_batch = labels[rows].repeat(work.models)
            losses = functional.cross_entropy(logits_of(x[rows]).flatten(0, 1), of_batch, reduction="sum")
            (losses / len(rows)).backward()
            optimizer.step()
        with torch.no_grad():
            logits = logits_of(x_validation)
            loss = functional.cross_entropy(logits.flatten(0, 1), labels_validation.repeat(work.models))
            return Outcome(float(loss), _accuracy(work, logits, labels_validation))

    return turn


def _optimizer(work: Work, weights: list[Any], biases: list[Any], *, fused: bool) -> torch.optim.Optimizer:
    """Return one that leaves the biases without weight decay."""
    groups = [{"params": weights, "weight_decay": work.weight_decay}, {"params": biases}]
    if work.optimizer == "adam":
        return torch.optim.Adam(groups, lr=work.learning_rate, fused=fused)
    return torch.optim.SGD(groups, lr=work.learning_rate, momentum=work.momentum, fused=fused)


def _accuracy(work: Work, outputs: Any, targets: Any) -> float:
    if work.loss == "squared-error":
        return float("nan")
    correct = outputs.argmax(-1) == targets if work.loss == "softmax" else (outputs > 0) == (targets > 0.5)
    return float(100 * correct.float().mean())
