"""Records of runs that nobody made, for tests of what is read from records."""

from collections.abc import Mapping

import numpy as np

from plainweave.experiments import DatasetIdentity, Experiment, RunRecord
from plainweave.paper import high_rate_experiments, paper_experiments, selection_experiments
from plainweave.training import History

ALL = paper_experiments() + high_rate_experiments() + selection_experiments()
ACCURATE = {
    "tanh": 86.0, "tanh-l2": 87.0, "sigmoid": 88.0, "relu": 87.0, "leaky-relu": 87.0,
    "25x50": 87.0, "50x25": 87.5, "50x100": 88.2, "100x50": 88.5,
    "20x30x50": 86.0, "33x33x33": 87.0, "50x30x20": 88.5, "100": 88.5,
    "relu-rate-0.5": 60.0, "leaky-relu-rate-0.5": 10.0,
}  # fmt: skip
GAPS = {"tanh": 0.4, "tanh-l2": 0.1}
FASHION_MNIST = DatasetIdentity("fashion-mnist", "0" * 64, 60000, 10000)


def history(training_loss: float, validation_loss: float, accuracy: float, epochs: int = 20) -> History:
    """A history whose validation loss is lowest at its first epoch, by 0.1."""
    accuracies = [np.asarray(accuracy)] * epochs
    validation_losses = [np.asarray(validation_loss - 0.1 * (epoch == 0)) for epoch in range(epochs)]
    return History(
        {"loss": [np.asarray(training_loss)] * epochs, "accuracy": accuracies},
        {"loss": validation_losses, "accuracy": accuracies},
    )


def made_up(
    experiment: Experiment,
    seed: int,
    accuracy: float,
    *,
    gap: float = 0.0,
    diverged: int | None = None,
    position: int = 0,
) -> RunRecord:
    """A run with that accuracy on test and validation examples, and that gap between its losses."""
    return RunRecord(
        experiment=experiment,
        seed=seed,
        position=position,
        dataset=FASHION_MNIST,
        validation_rows="0" * 64,
        best_epoch=1,
        epochs=20,
        diverged=diverged,
        stopped=None,
        test={"loss": 0.5, "accuracy": accuracy} if experiment.test else None,
        seconds=1.0,
        environment={},
        history=history(0.5, 0.5 + gap, accuracy),
    )


def runs(
    accuracies: Mapping[str, float], *, seeds: int = 10, noise: float = 0.02, stream: int = 0
) -> list[RunRecord]:
    """Runs of all experiments whose accuracies scatter, a little seed by seed, and network by network."""
    random = np.random.default_rng(stream)
    of_seeds = random.normal(0, noise, seeds)
    return [
        made_up(
            experiment,
            seed,
            accuracies.get(experiment.id, 80.0) + of_seeds[seed] + random.normal(0, noise),
            gap=GAPS.get(experiment.id, 0.0) + random.normal(0, 0.001),
            position=position,
        )
        for position, experiment in enumerate(ALL)
        for seed in range(seeds)
    ]
