"""What all networks of the best experiment predict: errors, calibration, importance, and their file."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.data.tables.column import Column
from plainweave.data.tables.table import Table
from plainweave.evidence import (
    Predictions,
    output_names,
    read_predictions,
    what_was_predicted,
    write_predictions,
)
from plainweave.evidence.calibration import calibration_of
from plainweave.evidence.numbers import predicted_numbers
from plainweave.experiments import Store, run_folder
from plainweave.jobs import run_experiments
from refusals import refused

NUMBERS = pw.Experiment(id="numbers", hidden=(8,), epochs=40, loss="squared-error", optimizer="adam")
NUMBERS = replace(NUMBERS, learning_rate=0.02, standardize="per-pixel")
CLASSES = pw.Experiment(id="classes", hidden=(6,), epochs=3)
Change = Callable[[dict[str, Any]], object]


def of_numbers() -> pw.Dataset:
    """Targets of two columns, the second half as important; a third tells nothing."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(300, 3)).astype(np.float32)
    y = 2 * x[:, 0] + x[:, 1]
    return pw.Dataset("sums", pw.Examples(x[:200], y[:200]), pw.Examples(x[200:], y[200:]))


def predictions_of(
    out: Path, dataset: pw.Dataset, *experiments: pw.Experiment, seeds: int = 2
) -> Predictions:
    run_experiments(experiments, dataset, out, seeds=seeds)
    found = what_was_predicted(out, Store(out).comparable(), dataset)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Predictions]:
    out = tmp_path_factory.mktemp("numbers")
    found = predictions_of(out, of_numbers(), replace(NUMBERS, id="short", epochs=1), NUMBERS)
    write_predictions(out, found)
    return out, found


def table_of_numbers() -> pw.Dataset:
    """Targets of a column of categories, beside numbers with holes and a column that is always the same."""
    stream = np.random.default_rng(0)
    size, kind = stream.normal(size=300), stream.integers(0, 3, 300)
    size[200] = np.nan
    columns = (Column("size", size), Column("kind", kind, ("a", "b", "c")), Column("same", np.ones(300)))
    table, y = Table(columns), np.array([10.0, 20.0, 40.0])[kind]
    parts = [pw.Examples(table[rows], y[rows]) for rows in (slice(200), slice(200, 300))]
    return pw.Dataset("kinds", parts[0], parts[1], target_name="price")


@pytest.fixture(scope="module")
def of_table(tmp_path_factory: pytest.TempPathFactory) -> Predictions:
    experiment = replace(NUMBERS, standardize="standard")
    return predictions_of(tmp_path_factory.mktemp("table"), table_of_numbers(), experiment)


# Numbers


def test_errors_are_those_of_a_sum_by_hand() -> None:
    predictions = [np.array([1.0, 2.0, 3.0, 8.0]), np.array([2.0, 2.0, 2.0, 2.0])]
    found = predicted_numbers(
        predictions, np.array([1.0, 3.0, 3.0, 4.0]), np.array([1.0, 2.0]), pw.SquaredError(), "price"
    )
    assert found is not None
    (errors,) = found.outputs
    assert errors.name == "price"
    assert errors.bias == (0.75, -0.75)
    assert errors.absolute == (1.25, 1.25)
    assert errors.root_mean_square == pytest.approx((math.sqrt(17 / 4), math.sqrt(7 / 4)))
    assert errors.nine_in_ten == (4.0, 2.0)
    assert errors.at_or_below == (0.75, 0.25)
    assert errors.spread == pytest.approx(math.sqrt((0.25 + 2.25 + 2.25 + 6.25) / 4))
    assert found.true_numbers.tolist() == [[1], [3], [3], [4]]
    assert found.predicted_numbers[..., 0].tolist() == [one.tolist() for one in predictions]


def test_quantiles_are_set_beside_their_target() -> None:
    loss, targets = pw.Quantile((0.25, 0.75)), np.array([[0.0, 10.0], [1.0, 20.0]])
    found = predicted_numbers([np.arange(8.0).reshape(2, 2, 2)], targets, targets, loss, "")
    assert found is not None
    assert (
        tuple(output.name for output in found.outputs)
        == output_names(loss, 4, "")
        == (
            "target 0 quantile 0.25",
            "target 0 quantile 0.75",
            "target 1 quantile 0.25",
            "target 1 quantile 0.75",
        )
    )
    assert found.true_numbers.tolist() == [[0, 0, 10, 10], [1, 1, 20, 20]]
    assert found.predicted_numbers[0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_many_predictions_are_kept_in_part_and_judged_in_whole() -> None:
    true = np.arange(20_000.0)
    found = predicted_numbers([true + 1.0], true, true, pw.SquaredError(), "")
    assert found is not None
    assert found.rows == 5000
    assert found.true_numbers[[0, -1], 0].tolist() == [0, 19_999]
    assert found.outputs[0].absolute == (1.0,)
    many = predicted_numbers([np.zeros((2, 6))], np.ones((2, 6)), np.ones((2, 6)), pw.SquaredError(), "")
    assert many is not None
    assert (len(many.outputs), many.all_outputs) == (4, 6)


def test_predictions_that_are_no_numbers_are_not_told() -> None:
    true = np.ones(2)
    for given in (np.array([1.0, np.inf]), np.ones((2, 3))):
        assert predicted_numbers([given], true, true, pw.SquaredError(), "") is None


def test_all_seeds_of_the_experiment_that_validation_chose_predict(numbers: tuple[Path, Predictions]) -> None:
    out, found = numbers
    assert (found.experiment, [run.seed for run in found.runs]) == ("numbers", [0, 1])
    assert found.numbers is not None
    assert (found.calibration, found.samples) == (None, None)
    dataset = of_numbers()
    for seed in (0, 1):
        record = next(r for r in Store(out).records() if (r.experiment.id, r.seed) == ("numbers", seed))
        assert record.test is not None
        assert found.numbers.outputs[0].absolute[seed] == pytest.approx(
            record.test["absolute error"], rel=1e-5
        )
        model = pw.load(run_folder(out, "numbers", seed) / "weights.safetensors")
        np.testing.assert_allclose(
            found.numbers.predicted_numbers[seed, :, 0], model.predict(dataset.test.inputs), rtol=1e-6
        )


# Calibration


def test_calibration_is_that_of_a_sum_by_hand() -> None:
    sure, torn = [0.95, 0.05], [0.45, 0.55]
    found = calibration_of([np.array([sure, sure, torn, torn])], np.array([0, 1, 1, 1]))
    (bins,) = found.seeds
    assert [(place, one.examples, one.correct) for place, one in enumerate(bins) if one.examples] == [
        (5, 2, 2), (9, 2, 1),
    ]  # fmt: skip
    assert bins[9].confidence == pytest.approx(0.95)
    assert bins[9].accuracy == 0.5
    assert math.isnan(bins[0].accuracy)
    assert found.error.mean == pytest.approx((0.45 + 0.45) / 2)
    assert found.error.low is None


def test_whoever_is_wholly_sure_is_in_the_last_range() -> None:
    (bins,) = calibration_of([np.array([[1.0000001, 0.0]], np.float32)], np.array([0])).seeds
    assert (bins[-1].examples, bins[-1].confidence) == (1, 1.0)


def test_classes_have_a_calibration_over_seeds(tmp_path: Path, digits: pw.Dataset) -> None:
    found = predictions_of(tmp_path, digits, CLASSES)
    assert (found.numbers, found.importance) == (None, None)  # pixels are no columns
    assert found.calibration is not None
    for run, bins in zip(found.runs, found.calibration.seeds, strict=True):
        record = next(record for record in Store(tmp_path).records() if record.seed == run.seed)
        assert sum(one.examples for one in bins) == len(digits.test)
        assert 100 * sum(one.correct for one in bins) / len(digits.test) == pytest.approx(
            record.test_accuracy
        )


# Importance


def test_a_column_is_worth_what_the_targets_take_from_it(numbers: tuple[Path, Predictions]) -> None:
    importance = numbers[1].importance
    assert importance is not None
    assert (importance.score, importance.examples, importance.shuffles) == ("r2", 100, 5)
    assert [column.name for column in importance.columns] == ["column 0", "column 1", "column 2"]
    first, second, none = (column.mean.mean for column in importance.columns)
    # Without a column, twice the variance that it brings to the targets is unexplained.
    test = of_numbers().test
    brings = np.square([2, 1]) * np.var(test.inputs[:, :2], axis=0) / np.var(test.targets)
    assert [first, second] == pytest.approx((2 * brings).tolist(), abs=0.15)
    assert abs(none) < 0.02


def test_a_column_of_categories_is_shuffled_as_one(of_table: Predictions) -> None:
    importance = of_table.importance
    assert importance is not None
    assert [column.name for column in importance.columns] == ["size", "kind", "same"]
    size, kind, same = (column.mean.mean for column in importance.columns)
    assert kind > 10 * abs(size)
    assert same == 0.0


def test_pixels_and_many_columns_are_not_shuffled(tmp_path: Path) -> None:
    stream = np.random.default_rng(0)
    examples = pw.Examples(stream.normal(size=(40, 101)).astype(np.float32), stream.normal(size=40))
    wide = pw.Dataset("wide", examples, examples)
    assert predictions_of(tmp_path, wide, replace(NUMBERS, epochs=1), seeds=1).importance is None


# Rows of a table


def test_samples_are_the_first_rows_and_those_of_the_largest_errors(of_table: Predictions) -> None:
    samples = of_table.samples
    assert samples is not None
    assert (samples.names, samples.first, len(samples.rows)) == (("size", "kind", "same"), 20, 30)
    assert samples.examples[:20] == tuple(range(20))
    test = table_of_numbers().test
    assert test.table is not None
    assert samples.rows[0] == (None, "abc"[int(test.table.column("kind").values[0])], 1.0)
    assert samples.truth[0] == f"{test.targets[0]:.6g}"
    assert of_table.numbers is not None
    best = [run.seed for run in of_table.runs].index(of_table.best)
    errors = np.abs(of_table.numbers.predicted_numbers[best] - of_table.numbers.true_numbers)[:, 0]
    assert samples.examples[20:] == tuple(np.argsort(-errors, kind="stable")[:10])


def test_a_network_without_mistakes_has_the_first_rows_alone(tmp_path: Path) -> None:
    table = Table((Column("sure", np.array([-1.0, 1.0] * 40)),))
    examples = pw.Examples(table, np.arange(80) % 2)
    sure = replace(CLASSES, epochs=100, learning_rate=0.5)
    samples = predictions_of(tmp_path, pw.Dataset("sure", examples, examples, ("no", "yes")), sure).samples
    assert samples is not None
    assert (samples.first, len(samples.rows), samples.truth[:2]) == (20, 20, ("no", "yes"))


def test_the_same_runs_are_told_alike(numbers: tuple[Path, Predictions]) -> None:
    out, found = numbers
    assert what_was_predicted(out, Store(out).comparable(), of_numbers()) == found


# predictions.json


def test_predictions_are_read_as_they_were_written(numbers: tuple[Path, Predictions]) -> None:
    out, found = numbers
    assert read_predictions(out) == found


def test_without_its_weights_it_counts_no_more(tmp_path: Path) -> None:
    write_predictions(tmp_path, predictions_of(tmp_path, of_numbers(), NUMBERS))
    assert read_predictions(tmp_path) is not None
    weights = run_folder(tmp_path, "numbers", 1) / "weights.safetensors"
    weights.write_bytes(b"other")
    assert read_predictions(tmp_path) is None
    weights.unlink()
    assert read_predictions(tmp_path) is None
    write_predictions(tmp_path, None)
    assert not (tmp_path / "predictions.json").exists()


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        (lambda it: it.update(experiment="../x"), "experiment is '../x'; expected an experiment's id"),
        (lambda it: it.update(best=5), "best is 5; expected the seed of one of the runs"),
        (lambda it: it["runs"].pop(), "numbers has 2 seeds; expected 1, one for each run"),
        (
            lambda it: it["importance"]["columns"][0].update(losses=[0.1]),
            "importance of column 0 has 1 seeds; expected 2, one for each run",
        ),
        (
            lambda it: it["numbers"].update(outputs=[]),
            "there are no predicted numbers; expected outputs and rows",
        ),
        (
            lambda it: it["numbers"].update(true="AADAfw=="),
            "true is 4 bytes; expected 400, for numbers (100, 1)",
        ),
        (
            lambda it: it["numbers"].update(rows=1, true="AADAfw==", predicted="AAAAAAAAAAA="),
            "true has a number that is not finite",
        ),
        (lambda it: it["numbers"].update(true="%"), "true is no base64"),
        (
            lambda it: it.update(
                samples={"names": ["a"], "examples": [0], "first": 2, "rows": [[1.5]], "truth": ["x"]}
            ),
            "samples are 1 rows; expected as many numbers and targets, and 1 values in each",
        ),
    ],
)
def test_what_is_no_such_file_is_refused(
    numbers: tuple[Path, Predictions], tmp_path: Path, do: Change, problem: str
) -> None:
    content = json.loads((numbers[0] / "predictions.json").read_text())
    do(content)
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps(content))
    assert refused(lambda: read_predictions(tmp_path)) == (
        f"{path} can't be read ({problem}). Remove it, or run the same command again."
    )
