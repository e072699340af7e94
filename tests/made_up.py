"""Records of runs that nobody made, for tests of what is read from records."""

import numpy as np

from plainweave.experiments import Experiment, RunRecord
from plainweave.experiments.records import DatasetIdentity
from plainweave.training import History

FASHION_MNIST = DatasetIdentity("fashion-mnist", "0" * 64, 60000, 10000)


def history(training_loss: float, validation_loss: float, accuracy: float, epochs: int = 20) -> History:
    """A history whose validation loss is lowest at its first epoch, by 0.1."""
    return History(
        [np.asarray(training_loss)] * epochs,
        [np.asarray(accuracy)] * epochs,
        [np.asarray(validation_loss - 0.1 * (epoch == 0)) for epoch in range(epochs)],
        [np.asarray(accuracy)] * epochs,
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
        validation_rows=[],
        best_epoch=1,
        epochs=20,
        diverged=diverged,
        best_validation_loss=0.4 + gap,
        test_loss=0.5,
        test_accuracy=accuracy if experiment.test else None,
        seconds=1.0,
        environment={},
        history=history(0.5, 0.5 + gap, accuracy),
    )
