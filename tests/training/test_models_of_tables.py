"""Models of tables: they prepare what they are given as their training part was, wherever they are loaded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import plainweave as pw
from plainweave.data import TargetScale
from refusals import complaint, refused, rewrite
from tables import ROWS, houses, prices, table


def trained(dataset: pw.Dataset, loss: str, **settings: str) -> pw.Model:
    parts = dataset.split(seed=0, **settings)  # type: ignore[arg-type]
    outputs = len(dataset.class_names) or pw.Loss.named(loss).outputs_of(dataset.train.targets)
    network = pw.Network(parts.training.inputs.shape[1], [20], outputs)
    result = pw.fit(network, parts, pw.Adam(0.01), epochs=30, loss=loss)
    return pw.Model.of(result.network, parts, dataset, result.loss)


@pytest.fixture(scope="module")
def model() -> pw.Model:
    return trained(houses(), "squared-error")


@pytest.fixture(scope="module")
def classifier() -> pw.Model:
    return trained(houses(classes=True), "softmax")


def test_predictions_are_in_the_units_of_the_targets(model: pw.Model) -> None:
    test = houses().test
    predictions = model.predict(test.inputs)
    assert predictions.shape == (ROWS,)
    errors = np.abs(predictions - test.targets)
    assert errors.mean() < 500 < test.targets.std() / 4
    score = model.evaluate(test)
    assert score["absolute error"] == pytest.approx(errors.mean())
    assert model.target_scale is not None
    in_scale = np.square(errors / model.target_scale.spread).mean()
    assert float(score.loss) == pytest.approx(in_scale, rel=1e-5)
    assert model.target_name == "price"


def test_classes_are_told_of_tables(classifier: pw.Model) -> None:
    test = houses(classes=True).test
    assert classifier.evaluate(test).accuracy > 95
    assert classifier.target_scale is None
    np.testing.assert_array_equal(
        classifier.probabilities(test.inputs).argmax(axis=-1), classifier.predict(test.inputs)
    )


@pytest.mark.parametrize("standardize", ["none", "standard", "robust", "normal"])
@pytest.mark.parametrize("loss", ["squared-error", "quantile:0.1,0.5,0.9", "huber"])
def test_a_model_loaded_elsewhere_gives_the_same_bytes(tmp_path: Path, standardize: str, loss: str) -> None:
    model = trained(houses(), loss, standardize=standardize)
    pw.save(tmp_path / "model", model)
    again = pw.load(tmp_path / "model")
    assert (again.preparation, again.target_scale, again.target_name) == (
        *(model.preparation, model.target_scale, model.target_name),
    )
    test = houses().test.table
    assert test is not None
    expected = model.predict(test).tobytes()
    shuffled = test.select(["old", "height", "width", "colour"])
    for given in (test, shuffled, {column.name: column.values for column in test.columns[:2]} | _texts(test)):
        assert again.predict(given).tobytes() == expected


def _texts(of: pw.Table) -> dict[str, list[str]]:
    return {
        column.name: [(column.levels or ())[code] for code in column.values.tolist()]
        for column in of.columns[2:]
    }


def test_frames_and_further_columns_are_taken(model: pw.Model) -> None:
    test = houses().test.table
    assert test is not None
    content = {column.name: column.values for column in test.columns[:2]} | _texts(test)
    content["further"] = ["x"] * ROWS
    expected = model.predict(test).tobytes()
    assert model.predict(polars.DataFrame(content)).tobytes() == expected
    assert model.predict(polars.LazyFrame(content)).tobytes() == expected


def test_unknown_categories_and_new_holes_are_values_too(model: pw.Model) -> None:
    odd = {"width": [np.nan], "height": [None], "colour": ["mauve"], "old": [None]}
    assert np.isfinite(model.predict(odd)).all()


def one(**columns: list[object]) -> dict[str, list[object]]:
    given: dict[str, list[object]] = {"width": [1.0], "height": [1.0], "colour": ["red"], "old": ["no"]}
    return {**given, **columns}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"width": [1.0], "hight": [1.0], "colour": ["red"], "old": ["no"]},
            "the table lacks the column 'height'; expected 'width', 'height', 'colour', 'old', as in "
            "training. Of 'height': Did you mean 'hight'?",
        ),
        (
            one(width=["wide"]),
            "column 'width': row 0 has the text 'wide'; expected numbers, as -3.21267 to 8.51162 in "
            "training. Make numbers of its text.",
        ),
        (
            one(colour=[3]),
            "column 'colour': row 0 has the number 3; expected text, as 'blue' or 'green' in training.",
        ),
    ],
)
def test_other_columns_are_refused(model: pw.Model, given: object, message: str) -> None:
    for call in (model.predict, model.prepared):
        assert refused(lambda: call(given)) == message  # noqa: B023


def of_model(**changed: object) -> Callable[[pw.Model], object]:
    return lambda model: replace(model, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            of_model(preparation=pw.Preparation.fit(table().select(["width"]))),
            "the preparation gives 1 features; expected 7, the network's inputs.",
        ),
        (
            of_model(target_scale=TargetScale((0.0, 0.0), (1.0, 1.0))),
            "the target scale is of 2 targets; expected 1, those of a network of 1 outputs by the loss "
            "squared-error.",
        ),
        (
            of_model(loss=pw.Poisson()),
            "target_scale is {scale} with the loss poisson; expected None, for it is a scale of numbers, and "
            "that loss is trained on targets as they are.",
        ),
        (
            lambda model: pw.Model.of(model.network, model.standardizer, houses(), model.loss),
            "Model: the inputs of houses are a table, and its preparation is missing; expected the split "
            "that the network was trained on, as in pw.Model.of(network, parts, dataset).",
        ),
        (
            lambda model: pw.Model(model.network, model.standardizer, loss=model.loss).predict(table()),
            "inputs are a table, and the model has no preparation; expected an array (examples, 7). Where "
            "the network was trained on a table, pw.Model.of(result, parts) keeps what made arrays of it.",
        ),
        (
            lambda model: pw.Model(model.network, model.standardizer, loss=model.loss).evaluate(
                houses().test
            ),
            "inputs are a table, and the model has no preparation; expected an array (examples, 7). Where "
            "the network was trained on a table, pw.Model.of(result, parts) keeps what made arrays of it.",
        ),
        (
            lambda model: pw.MLPRegressor.from_model(model),
            "the model prepares tables, which no weights can do; expected one of arrays and of targets as "
            "they are. model.predict takes raw inputs, too.",
        ),
    ],
)
def test_what_can_not_be_is_refused(
    model: pw.Model, made: Callable[[pw.Model], object], message: str
) -> None:
    assert refused(lambda: made(model)) == message.format(scale=model.target_scale)


def test_an_array_is_no_table(model: pw.Model) -> None:
    assert "array" in refused(lambda: model.predict(np.zeros((2, 7))))
    assert refused(lambda: model.evaluate(pw.Examples(np.zeros((2, 7)), np.zeros(2)))) == (
        "the inputs of the examples are an array (2, 7), and the model prepares tables; expected a table. "
        "What is prepared already was scored in training: see the history that pw.fit returned."
    )


def test_a_model_takes_all_from_what_training_returned() -> None:
    examples = pw.Examples(table(), prices(table()))
    parts = pw.split(examples)
    network = pw.Network(7, [5], 1, seed=0)
    result = pw.fit(network, parts, pw.Adam(0.01), epochs=3, batch_size=32, loss="squared-error")
    model = pw.Model.of(result, parts)
    assert (model.loss, model.preparation, model.target_scale) == (
        result.loss,
        parts.preparation,
        parts.target_scale,
    )
    validation = examples[parts.validation_rows]
    errors = np.abs(model.predict(validation.inputs) - validation.targets)
    best = float(result.history.validation["absolute error"][int(result.best_epoch) - 1])
    assert errors.mean() == pytest.approx(best)
    of_dataset = pw.Model.of(result, parts, houses())
    assert of_dataset.target_name == houses().target_name
    assert of_dataset.predict(table()).tobytes() == model.predict(table()).tobytes()


def test_the_scale_of_targets_can_not_be_forgotten(model: pw.Model) -> None:
    assert refused(lambda: replace(model, target_scale=None)) == (
        "there is a preparation and no target_scale, and the loss is squared-error; expected "
        "parts.target_scale, without which predictions have no unit. pw.Model.of(result, parts) takes all "
        "from what pw.fit and pw.split returned."
    )
    parts = houses().split(scale_targets=False)
    plain = pw.Model.of(model.network, parts, loss=model.loss)
    assert plain.target_scale == TargetScale((0.0,), (1.0,))
    assert replace(model, target_scale=None, loss=pw.Poisson()).target_scale is None
    assert refused(lambda: pw.Model.of(model.network, parts)) == (
        "Model: there is no data set; expected the loss by which the network was trained. Give "
        "loss=result.loss, of what pw.fit returned, or result itself in place of the network."
    )


def as_version_3_wrote_it(metadata: dict[str, Any], _: object) -> None:
    for name in ("preparation", "target_scale", "target_name"):
        del metadata[name]
    metadata["version"] = 3


def test_files_of_version_3_are_read(tmp_path: Path, digits: pw.Dataset) -> None:
    parts = pw.split(digits.train, standardize="per-image")
    model = pw.Model.of(pw.Network(64, [5], 10), parts, digits)
    pw.save(tmp_path / "model", model)
    rewrite(tmp_path / "model", as_version_3_wrote_it)
    again = pw.load(tmp_path / "model")
    assert (again.preparation, again.target_scale, again.target_name) == (None, None, "")
    np.testing.assert_array_equal(
        again.probabilities(digits.test.inputs), model.probabilities(digits.test.inputs)
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("preparation", 3),
        ("preparation", {}),
        ("preparation", {"columns": [], "missing": "median"}),
        ("target_scale", {"center": [0.0], "spread": [0.0]}),
        ("target_scale", {"center": [0.0, 1.0], "spread": [1.0, 1.0]}),
        ("target_scale", {"center": [1e300], "spread": [1.0]}),
        ("target_scale", [1.0]),
        ("target_name", 3),
        ("target_name", "a\nb"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    tmp_path: Path, model: pw.Model, key: str, value: object
) -> None:
    pw.save(tmp_path / "model", model)
    rewrite(tmp_path / "model", lambda metadata, _: metadata.update({key: value}))
    assert complaint(tmp_path / "model").endswith("Train again, or take another copy.")


def test_a_column_of_a_file_is_checked(tmp_path: Path, model: pw.Model) -> None:
    pw.save(tmp_path / "model", model)

    def change(metadata: dict[str, Any], _: object) -> None:
        metadata["preparation"]["columns"][0]["spread"] = 0.0

    rewrite(tmp_path / "model", change)
    assert complaint(tmp_path / "model").endswith("Train again, or take another copy.")
