"""`plainweave evaluate`: a trained network on test examples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.table import Table

from plainweave.arrays import BoolArray
from plainweave.cli.data_used import read_data_used
from plainweave.cli.evaluate_tables import rows_to_test
from plainweave.cli.more_scores import more_scores
from plainweave.cli.runs import Run, folder_of, has_classes, load_run
from plainweave.cli.settings import with_data
from plainweave.cli.streams import note, say
from plainweave.cli.tables import new_table, show
from plainweave.data import NAMES, Dataset
from plainweave.doing import doing
from plainweave.errors import DataError
from plainweave.experiments import DataSettings, RunRecord
from plainweave.losses import Metric, metric
from plainweave.training import Model


@with_data()
@doing("testing the network")
def evaluate(run: Run, data: DataSettings = DataSettings()) -> None:  # noqa: B008
    """Test a trained network: its accuracy over all test examples and for each class, or other scores.

    That is on the test examples of its own data, or of those that are given; of a table that is given on all
    rows, but where --test-data or --by chooses some.
    """
    run = folder_of(run)
    model, record = load_run(run)
    used = read_data_used(run)
    if model.preparation is not None:
        given = rows_to_test(run, model, record, data, used)
    elif data.data is None and used is not None:
        given = replace(used, **data.given).source().load()  # type: ignore[arg-type]
    else:
        given = replace(data, data=data.data or _name_of_data(run, record)).source().load()
    dataset = _as_trained(run, model, given)
    if record and not record.experiment.test and record.dataset.fingerprint == given.fingerprint:
        note(f"{run} was trained without a test: these test examples had not been looked at before.")
    score = model.evaluate(dataset.test)
    if dataset.is_classification:
        say(f"Test accuracy in percent on {dataset.name}:")
        show(_by_class(model, dataset, float(score.accuracy)))
    for name, value in [*score.metrics.items(), ("loss", score.loss)]:
        if name == "accuracy" and dataset.is_classification:
            continue
        kind = metric(name) if name != "loss" else Metric("loss", decimals=4)
        of = f", {model.loss} of standardized targets" if name == "loss" and model.target_scale else ""
        say(f"Test {name}{of}: {kind.written(float(value))} {kind.unit}".rstrip())
    for name, number in more_scores(model, dataset.test).items():
        say(f"Test {name}: {number:.6g}")


def _by_class(model: Model, dataset: Dataset, accuracy: float) -> Table:
    """Return a table with the accuracy of each class and of all."""
    predicted = model.predict(dataset.test.inputs)
    correct = predicted == dataset.test.labels
    table = new_table(["class"], ["correct", "precision", "examples"])
    for label, name in enumerate(model.class_names or dataset.class_names):
        of_class = dataset.test.labels == label
        table.add_row(
            name,
            _percent(correct[of_class]),
            _percent(correct[predicted == label]),
            f"{np.count_nonzero(of_class):,}",
        )
    table.add_row("all", f"{accuracy:.2f}", "", f"{len(dataset.test):,}")
    return table


def _percent(correct: BoolArray) -> str:
    return f"{100 * correct.mean():.2f}" if len(correct) else "-"


def _name_of_data(run: Path, record: RunRecord | None) -> str:
    """Return the name of the data that a run was made on, as its record has it."""
    if record is None:
        raise DataError(f"{run} does not say on which data to test. Give --data.")
    name = record.dataset.name
    if name not in NAMES:  # no record says where a folder lies
        raise DataError(f"{run} was trained on your folder '{name}'. Give that folder with --data.")
    return name


def _as_trained(run: Path, model: Model, dataset: Dataset) -> Dataset:
    """Return the data with their classes in the network's order; tell if they have other names for them.

    Raises:
        DataError: the data have examples of another size, another number of classes, or the same names of
            classes in another order, of which two are alike.
    """
    trained = _examples(model.image_shape, model.network.inputs)
    given = _examples(dataset.image_shape, dataset.features)
    of_images = model.image_shape and dataset.image_shape
    of_tables = model.preparation is not None and dataset.train.table is not None
    if (not of_tables and model.network.inputs != dataset.features) or (of_images and trained != given):
        raise DataError(f"{run} was trained on {trained}; {dataset.name} has {given}. Give other data.")
    theirs = dataset.class_names
    if theirs and not has_classes(model):
        raise DataError(
            f"{run} predicts numbers, by the loss {model.loss}; {dataset.name} has classes. Give other data."
        )
    mine = model.class_names if theirs else ()
    if not mine:  # where one has no names, the loss tells whether they go together
        return dataset
    if len(mine) != len(theirs):
        raise DataError(
            f"{run} tells {len(mine)} classes apart; {dataset.name} has {len(theirs)}. Give other data."
        )
    if mine == theirs:
        return dataset
    if sorted(mine) == sorted(theirs) and len(set(mine)) == len(mine):
        return dataset.in_order(mine)
    label = next(label for label, name in enumerate(mine) if name != theirs[label])
    differ = f"class {label} is {mine[label]!r} to {run} and {theirs[label]!r} in {dataset.name}"
    if sorted(mine) == sorted(theirs):
        raise DataError(f"{differ}: the same classes in another order. Put them in the same order.")
    note(f"{differ}: the names below are those it was trained with.")
    return dataset


def _examples(image_shape: tuple[int, int] | None, features: int) -> str:
    """Return what examples are, "28x28 images", in colour or not, or "30 features"."""
    if image_shape is None:
        return f"{features} features"
    in_colour = features == 3 * image_shape[0] * image_shape[1]
    return f"{image_shape[0]}x{image_shape[1]} images{' in colour' * in_colour}"
