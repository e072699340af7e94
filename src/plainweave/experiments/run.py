"""One run: an experiment, trained on a data set from a seed, tested once."""

import time
from collections.abc import Sequence

from plainweave.data import Dataset, split
from plainweave.engine import engine_name
from plainweave.experiments.environment import environment
from plainweave.experiments.records import DatasetIdentity, RunRecord
from plainweave.experiments.spec import Experiment
from plainweave.training import Callback, Model, fit


def run_experiment(
    experiment: Experiment,
    dataset: Dataset,
    seed: int,
    *,
    position: int = 0,
    callbacks: Sequence[Callback] = (),
) -> tuple[RunRecord, Model]:
    """Split, train, keep the best weights, and only then look at the test examples.

    Args:
        experiment: the settings.
        dataset: what to train and test on.
        seed: of split, initial weights and order.
        position: of the experiment in its file.
        callbacks: called after every epoch.

    Raises:
        ConfigurationError: the settings do not fit the data.
    """
    started = time.perf_counter()
    parts = split(
        dataset.train,
        validation_fraction=experiment.validation_fraction,
        seed=seed,
        standardize=experiment.standardize,
    )
    network = experiment.network(dataset.features, len(dataset.class_names), seed)
    result = fit(
        network,
        parts,
        experiment.optimizer(),
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        patience=experiment.patience,
        seed=seed,
        callbacks=callbacks,
    )
    seconds = time.perf_counter() - started
    model = Model.of(result.network, parts.standardizer, dataset)
    test = model.evaluate(dataset.test)
    best_epoch = int(result.best_epoch)
    return RunRecord(
        experiment=experiment,
        seed=seed,
        position=position,
        dataset=DatasetIdentity.of(dataset),
        validation_rows=parts.validation_rows.tolist(),
        best_epoch=best_epoch,
        epochs=int(result.epochs),
        diverged=int(result.diverged) or None,
        best_validation_loss=(float(result.history.validation_loss[best_epoch - 1]) if best_epoch else None),
        test_loss=float(test.loss),
        test_accuracy=float(test.accuracy),
        seconds=round(seconds, 3),
        environment={**environment(), "engine": engine_name(network)},
        history=result.history,
    ), model
