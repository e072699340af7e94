"""Small trainings, and what is the same of two."""

from typing import Any

import numpy as np

import plainweave as pw


def train(parts: pw.Split, *, seed: int | list[int] = 0, **settings: Any) -> pw.Fit:
    """Train a small network on digits, with settings of the network, the optimizer and `fit`."""
    network = pw.Network(64, [12, 9], 10, activation=settings.pop("activation", "tanh"), seed=seed)
    optimizer = settings.pop("optimizer", None)
    if optimizer is None:
        options: dict[str, Any] = {"learning_rate": 0.3, "momentum": 0.9, "dampening": 0.9}
        of_sgd = [*options, "weight_decay", "nesterov", "schedule"]
        options |= {name: settings.pop(name) for name in of_sgd if name in settings}
        optimizer = pw.SGD(**options)
    return pw.fit(network, parts, optimizer, **{"epochs": 4, "batch_size": 64, "seed": seed, **settings})


def assert_same(first: pw.Fit, second: pw.Fit) -> None:
    """Assert that two trainings of one network left the same bytes."""
    for name, value in first.network.parameters.items():
        np.testing.assert_array_equal(value, second.network.parameters[name])
    assert first.history.to_csv() == second.history.to_csv()
    assert (first.best_epoch, first.epochs, first.diverged) == (
        second.best_epoch,
        second.epochs,
        second.diverged,
    )
