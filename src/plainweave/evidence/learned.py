"""What the best network learned: its mistakes on the test examples, and some examples to try it on."""

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plainweave.arrays import FloatArray, IntArray, as_dense
from plainweave.data import Dataset, Examples
from plainweave.doing import doing
from plainweave.errors import RecordError
from plainweave.evidence.best import best_run
from plainweave.evidence.columns import columns_of
from plainweave.evidence.learned_file import Learned, Mistake, Samples
from plainweave.experiments import WEIGHTS_FILE, RunRecord, run_folder
from plainweave.storage.files import sha256_of
from plainweave.training import LARGEST_MODEL, load

_MISTAKES = 24  # of the most confident
_SAMPLES = 200
_MOST_CONFUSED = 500  # classes; the table of a thousand would be several times as large as all the rest
_MOST_BYTES = 400_000  # of all samples, and of all mistakes, so that the page stays small


@doing("looking at what was learned")
def what_was_learned(out: Path, records: Sequence[RunRecord], dataset: Dataset) -> Learned | None:
    """Look at the test examples through the best run's network; None if there is no run to show.

    It is None also where the targets are no classes. There is no table of confusion for more than 500
    classes, and there are no pictures where examples are no images.

    Raises:
        RecordError: the run's weights can't be read, or are of another network.
    """
    best = best_run(records)
    if best is None or not dataset.is_classification:
        return None
    record = best.record
    weights = run_folder(out, record.experiment.id, record.seed) / WEIGHTS_FILE
    model = load(weights)
    test, classes = dataset.test, len(model.class_names)
    if columns_of(model) != dataset.features or test.labels.max() >= classes:
        raise RecordError(
            f"{weights} takes {columns_of(model)} inputs and tells {classes} classes apart; expected "
            f"those of {dataset.name}. Remove its folder to have it trained again."
        )
    probabilities = model.probabilities(test.inputs)
    predicted = probabilities.argmax(axis=-1)
    of_bytes = test.table is None and test.inputs.dtype == np.uint8
    most = _MOST_BYTES // (dataset.features * (1 if of_bytes else 4)) if dataset.image_shape else 0
    samples = np.arange(min(_SAMPLES, len(test), most))
    return Learned(
        experiment=record.experiment.id,
        seed=record.seed,
        weights=sha256_of(weights, LARGEST_MODEL),
        class_names=tuple(model.class_names),
        image_shape=dataset.image_shape,
        full_scale=dataset.full_scale,
        pixels="uint8" if of_bytes else "float32",
        confusion=_confusion(test.labels, predicted, classes) if classes <= _MOST_CONFUSED else None,
        mistakes=_mistakes(test, predicted, probabilities.max(axis=-1), min(_MISTAKES, most)),
        samples=Samples(tuple(test.labels[samples].tolist()), _encoded(test[samples])),
    )


def _mistakes(test: Examples, predicted: IntArray, confidence: FloatArray, count: int) -> tuple[Mistake, ...]:
    wrong = np.flatnonzero(predicted != test.labels)
    most_confident = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    return tuple(
        Mistake(
            index=int(index),
            true=int(test.labels[index]),
            predicted=int(predicted[index]),
            probability=float(confidence[index]),
            picture=_encoded(test[np.array([index])]),
        )
        for index in most_confident
    )


def _confusion(labels: IntArray, predicted: IntArray, classes: int) -> tuple[tuple[int, ...], ...]:
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    return tuple(map(tuple, counts.tolist()))


def _encoded(examples: Examples) -> str:
    """Return pictures as base64; nothing of a table, whose rows are none."""
    if examples.table is not None:
        return ""
    dense = as_dense(examples.inputs)
    return base64.b64encode(dense.astype(np.uint8 if dense.dtype == np.uint8 else "<f4").tobytes()).decode()
