"""What the networks of the best experiment, one for each seed, predict of the test examples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plainweave.data import Dataset
from plainweave.doing import doing
from plainweave.errors import RecordError
from plainweave.evidence.best import best_run
from plainweave.evidence.calibration import Calibration, calibration_of
from plainweave.evidence.columns import columns_of
from plainweave.evidence.importance import importance_of
from plainweave.evidence.measures import score_names
from plainweave.evidence.numbers import PredictedNumbers, predicted_numbers
from plainweave.evidence.predictions_file import PredictingRun, Predictions
from plainweave.evidence.sample_rows import sample_rows
from plainweave.experiments import WEIGHTS_FILE, RunRecord, run_folder
from plainweave.storage.files import sha256_of
from plainweave.training import LARGEST_MODEL, Model, load


@doing("looking at what is predicted")
def what_was_predicted(out: Path, records: Sequence[RunRecord], dataset: Dataset) -> Predictions | None:
    """Look at the test examples through every network of the best experiment; None if there is none.

    Raises:
        RecordError: a run's weights can't be read, or are of another network.
    """
    best = best_run(records, of_classes=dataset.is_classification)
    if best is None:
        return None
    experiment = best.record.experiment
    runs = [record for record in records if record.experiment == experiment]
    files = [run_folder(out, experiment.id, record.seed) / WEIGHTS_FILE for record in runs]
    models = [_loaded(file, dataset) for file in files]
    seeds = [record.seed for record in runs]
    return Predictions(
        experiment=experiment.id,
        best=best.record.seed,
        runs=tuple(
            PredictingRun(seed, sha256_of(file, LARGEST_MODEL))
            for seed, file in zip(seeds, files, strict=True)
        ),
        numbers=None if dataset.is_classification else _numbers(models, dataset),
        calibration=_calibration(models, dataset) if dataset.is_classification else None,
        importance=importance_of(models, seeds, score_names(experiment)[0], dataset),
        samples=sample_rows(dataset, models[seeds.index(best.record.seed)]),
    )


def _loaded(weights: Path, dataset: Dataset) -> Model:
    model = load(weights)
    takes = columns_of(model)
    if takes != dataset.features:
        raise RecordError(
            f"{weights} takes {takes} inputs; expected the {dataset.features} of {dataset.name}. Remove its "
            "folder to have it trained again."
        )
    return model


def _numbers(models: Sequence[Model], dataset: Dataset) -> PredictedNumbers | None:
    predictions = [model.predict(dataset.test.inputs) for model in models]
    return predicted_numbers(
        predictions, dataset.test.targets, dataset.train.targets, models[0].loss, dataset.target_name
    )


def _calibration(models: Sequence[Model], dataset: Dataset) -> Calibration | None:
    probabilities = [model.probabilities(dataset.test.inputs) for model in models]
    if not all(np.isfinite(of_seed).all() for of_seed in probabilities):
        return None
    return calibration_of(probabilities, dataset.test.labels)
