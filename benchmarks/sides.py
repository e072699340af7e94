"""plainweave and its peers, each at its best known way of the same training.

Peers get their inputs standardized in float32 beforehand; plainweave gets them as they are. All but
RealMLP begin with the same weights. Networks that are trained at once share the order of the examples.
A peer's library is imported in the process that measures it.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import predictions
from given import arrays_of, network_of, orders_of, parts_of, validation_of
from limit import dense_limit
from results import LIMIT
from work import Outcome, Work

import plainweave as pw
from plainweave import engine as engines
from plainweave.losses import Loss

Turn = Callable[[int], Outcome]  # does turn number 1, 2, ...


def plainweave(work: Work, make: Callable[[engines.Work], engines.Program], parts: pw.Split) -> Turn:
    """A program of plainweave's, and the examples it trains on."""
    network = network_of(work)
    optimizer = _optimizer(work)
    loss = Loss.registry[work.loss]()
    assert isinstance(loss, Loss)
    task = engines.Work(network, loss, optimizer, parts, work.batch_size, threads=work.threads)
    program = make(task)
    slots = optimizer.slots_of(network.parameters)

    def turn(number: int) -> Outcome:
        orders = orders_of(work, number, len(parts.training))
        steps, first = work.epochs * task.steps, (number - 1) * work.epochs
        table = optimizer.steps(first * task.steps, steps, np.ones(steps))
        if work.epochs == 1:
            program.epoch(number, orders[0], table, slots)
        else:
            program.epochs(first + 1, orders, table, slots, np.empty((steps, 2)))
        score = program.validate()
        assert score is not None
        accuracy = score.accuracy.mean() if "accuracy" in score.metrics else np.nan
        return Outcome(float(score.loss.mean()), float(accuracy))

    return turn


def scikit_learn(work: Work) -> Turn:
    """MLPClassifier or MLPRegressor, an epoch at a time."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    x, targets, x_validation, targets_validation = arrays_of(work)
    of_numbers = work.loss == "squared-error"
    if not of_numbers:
        targets, targets_validation = targets.ravel(), targets_validation.ravel()
    model = (MLPRegressor if of_numbers else MLPClassifier)(
        hidden_layer_sizes=work.hidden,
        activation=work.activation,
        solver=work.optimizer,
        batch_size=work.batch_size,
        learning_rate_init=work.learning_rate,
        momentum=work.momentum,
        nesterovs_momentum=False,
        alpha=work.weight_decay * work.batch_size,
        shuffle=work.batch_size < len(x),
        random_state=0,
    )
    classes: dict[str, Any] = {} if of_numbers else {"classes": np.unique(targets)}
    model.partial_fit(x, targets, **classes)
    for weights, biases, layer in zip(model.coefs_, model.intercepts_, network_of(work).linear, strict=True):
        weights[...], biases[...] = layer.weight, layer.bias[0]
    del model._optimizer  # with what it kept of that epoch

    def turn(number: int) -> Outcome:
        for _ in range(work.epochs):
            model.partial_fit(x, targets, **classes)
        predictions = model.predict(x_validation)
        if of_numbers:
            return Outcome(float(np.square(predictions - targets_validation).mean()))
        return Outcome(accuracy=float(100 * (predictions == targets_validation).mean()))

    return turn


def real_mlp(work: Work) -> Turn:
    """RealMLP-TD-S of pytabkit with settings of its own, of which only the sizes are given.

    What it does around its epochs is taken off: a turn fits for few epochs and for more.
    """
    from pytabkit import RealMLP_TD_S_Classifier

    parts = parts_of(work)
    validation = validation_of(parts)
    x = np.concatenate([parts.training.inputs, validation.inputs])
    labels = np.concatenate([parts.training.labels, validation.labels])
    rows = np.arange(len(parts.training), len(x))
    few, more = 2, 2 + 4 * work.epochs

    def fitted(epochs: int) -> tuple[Any, float]:
        model = RealMLP_TD_S_Classifier(
            device="cpu",
            n_threads=work.threads,
            random_state=0,
            n_epochs=epochs,
            batch_size=work.batch_size,
            hidden_sizes=list(work.hidden),
        )
        started = time.perf_counter()
        model.fit(x, labels, val_idxs=rows)
        return model, time.perf_counter() - started

    def turn(number: int) -> Outcome:
        without, (model, seconds) = fitted(few)[1], fitted(more)
        accuracy = float(100 * (model.predict(validation.inputs) == validation.labels).mean())
        return Outcome(accuracy=accuracy, seconds=(seconds - without) * work.epochs / (more - few))

    return turn


def _by_engine(engine: str) -> Callable[[Work], Turn]:
    return lambda work: plainweave(work, partial(engines.program_for, engine=engine), parts_of(work))


def _in_torch(way: str, **settings: bool) -> Callable[[Work], Turn]:
    def side(work: Work) -> Turn:
        import torch_sides

        turn: Turn = getattr(torch_sides, way)(work, **settings)
        return turn

    return side


def _in_jax(*, stacked: bool) -> Callable[[Work], Turn]:
    def side(work: Work) -> Turn:
        import jax_sides

        return jax_sides.train(work, stacked=stacked)

    return side


SIDES: dict[str, Callable[[Work], Turn]] = {
    "plainweave": _by_engine("compiled"),
    "plainweave, NumPy engine": _by_engine("numpy"),
    "scikit-learn MLP": scikit_learn,
    "PyTorch eager": _in_torch("train_module"),
    "PyTorch fused": _in_torch("train_module", fused=True),
    "PyTorch torch.compile": _in_torch("train_module", fused=True, compiled=True),
    "PyTorch baddbmm": _in_torch("train_stack"),
    "JAX scan": _in_jax(stacked=False),
    "JAX scan, vmap": _in_jax(stacked=True),
    "RealMLP-TD-S": real_mlp,
    LIMIT: dense_limit,
    **predictions.SIDES,
}


def _optimizer(work: Work) -> pw.SGD | pw.Adam:
    if work.optimizer == "adam":
        return pw.Adam(work.learning_rate, weight_decay=work.weight_decay)
    return pw.SGD(work.learning_rate, momentum=work.momentum, weight_decay=work.weight_decay)
