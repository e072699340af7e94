"""Examples, data sets and splits of tables: prepared by what the training part alone tells."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars
import pytest

import plainweave as pw
from plainweave.data import Column, TargetScale
from refusals import refused
from tables import ROWS, houses, prices, table

TABLE = table()
EXAMPLES = pw.Examples(TABLE, prices(TABLE))
ARRAY = pw.Examples(np.eye(3), np.arange(3))


def test_a_frame_becomes_a_table() -> None:
    content = {"a": [1.0, None, 3.0], "b": ["x", "y", None]}
    for frame in (polars.DataFrame(content), polars.LazyFrame(content)):
        examples = pw.Examples(frame, [0, 1, 0])
        assert examples.table is not None
        assert examples.table.names == ("a", "b")
        assert len(examples) == 3
        assert repr(examples) == "Examples(inputs (3, 2), targets (3,))"


def test_a_mapping_of_names_to_columns_becomes_a_table() -> None:
    examples = pw.Examples({"a": [1.0, None, 3.0], "b": ["x", "y", None]}, [0, 1, 0])
    assert repr(examples.table) == "Table(3 rows, columns a, b)"


def test_rows_of_examples_are_rows_of_their_table() -> None:
    rows = np.array([5, 3, 5])
    chosen = EXAMPLES[rows]
    assert chosen.table is not None
    np.testing.assert_array_equal(chosen.table.column("width").values, TABLE.column("width").values[rows])
    assert len(EXAMPLES[10:20]) == 10


def test_a_preparation_is_fitted_on_the_training_part_alone() -> None:
    parts = pw.split(EXAMPLES, seed=3)
    assert parts.validation is not None
    rest = np.setdiff1d(np.arange(ROWS), parts.validation_rows)
    preparation = pw.Preparation.fit(TABLE[rest])
    assert parts.preparation == preparation
    assert parts.target_scale == TargetScale.fit(EXAMPLES.targets[rest])
    np.testing.assert_array_equal(parts.training.inputs, preparation(TABLE[rest]))
    np.testing.assert_array_equal(parts.validation.inputs, preparation(TABLE[parts.validation_rows]))
    np.testing.assert_array_equal(parts.training.targets, EXAMPLES.targets[rest])
    assert parts.standardizer.kind == "none"
    assert parts.training.inputs.dtype == np.float32


@pytest.mark.parametrize("numbers", ["none", "standard", "robust", "normal"])
def test_settings_reach_the_preparation(numbers: str) -> None:
    parts = pw.split(EXAMPLES, standardize=numbers, validation_fraction=0, rare=3)
    assert parts.preparation == pw.Preparation.fit(TABLE, numbers=numbers, rare=3)
    of_dataset = houses().split(standardize=numbers, validation_fraction=0, rare=3)
    assert of_dataset.preparation == parts.preparation


def test_parts_of_their_own_may_have_columns_in_another_order() -> None:
    other = pw.Examples(TABLE.select(["old", "height", "colour", "width"]), EXAMPLES.targets)
    parts = pw.Split.of(EXAMPLES, other)
    assert parts.validation is not None
    np.testing.assert_array_equal(parts.training.inputs, parts.validation.inputs)


def test_targets_of_classes_are_not_scaled() -> None:
    assert houses(classes=True).split().target_scale is None
    assert houses().split().target_scale is not None
    assert houses().split(scale_targets=False).target_scale is None
    assert pw.split(EXAMPLES, scale_targets=False).target_scale is None


def test_arrays_are_standardized_as_they_were_or_not_at_all(digits: pw.Dataset) -> None:
    default, named = pw.split(digits.train), pw.split(digits.train, standardize="all-pixels")
    assert default.standardizer.kind == "all-pixels"
    assert (default.standardizer.scale, default.standardizer.shift) == (
        *(named.standardizer.scale, named.standardizer.shift),
    )
    as_they_are = pw.split(digits.train, standardize="none")
    np.testing.assert_array_equal(
        as_they_are.standardizer(digits.train.inputs), digits.train.inputs.astype(np.float32)
    )


def test_a_fingerprint_is_of_all_of_a_table() -> None:
    dataset = houses()
    width, *rest = TABLE.columns
    changed = [
        (Column("width", np.append(width.values[:-1], 0.0)), *rest),
        (Column("length", width.values), *rest),
        (*rest, width),
        (width, *rest[:-1]),
    ]
    prints = {dataset.fingerprint, houses(classes=True).fingerprint}
    for columns in changed:
        inputs = pw.Table(columns)
        examples = pw.Examples(inputs, EXAMPLES.targets)
        prints.add(pw.Dataset("a", examples, examples).fingerprint)
    prints.add(pw.Dataset("a", EXAMPLES, EXAMPLES).fingerprint)
    assert len(prints) == 7
    assert houses().fingerprint == dataset.fingerprint


def test_a_data_set_of_tables_tells_its_columns_and_its_target() -> None:
    dataset = houses()
    assert (dataset.features, dataset.outputs, dataset.target_name) == (4, 1, "price")
    of_classes = houses(classes=True)
    turned = of_classes.in_order(("high", "low"))
    np.testing.assert_array_equal(turned.train.labels, 1 - of_classes.train.labels)
    assert turned.train.table is of_classes.train.table
    assert len(of_classes.one_per_class()) == 2


def with_test(inputs: object) -> Callable[[], object]:
    return lambda: pw.Dataset("a", EXAMPLES, pw.Examples(inputs, EXAMPLES.targets))


NUMBERED = pw.Table(tuple(Column("old", np.arange(ROWS)) if c.name == "old" else c for c in TABLE.columns))
RENAMED = pw.Table(tuple(replace(c, name="colours") if c.name == "colour" else c for c in TABLE.columns))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            with_test(np.zeros((ROWS, 4))),
            "a: the inputs of test examples are an array, and those of training examples a table; expected "
            "the same. Give frames for all parts, or arrays.",
        ),
        (
            lambda: pw.Dataset("a", ARRAY, EXAMPLES),
            "a: the inputs of test examples are a table, and those of training examples an array; expected "
            "the same. Give frames for all parts, or arrays.",
        ),
        (
            with_test(RENAMED),
            "a: test examples have no column 'colour'; expected it, for training examples have it. Did you "
            "mean 'colours'?",
        ),
        (
            with_test(NUMBERED),
            "a: column 'old' of test examples has numbers; expected categories, as training examples have.",
        ),
        (
            lambda: pw.Dataset("a", EXAMPLES, EXAMPLES, target_name="a\nb"),
            "a: a name is 'a\\nb'; expected a line of text. Rename it.",
        ),
        (
            lambda: pw.split(EXAMPLES, standardize="all-pixels"),
            "standardize is 'all-pixels', for arrays, and the inputs are a table; expected one of none, "
            "standard, robust, normal. Give pw.Examples an array, as frame.to_numpy() makes, for the others.",
        ),
        (
            lambda: pw.split(ARRAY, standardize="normal"),
            "standardize is 'normal', for tables, and the inputs are an array; expected one of all-pixels, "
            "per-pixel, per-image, none. Give pw.Examples a data frame for the others.",
        ),
        (
            lambda: pw.split(ARRAY, missing="refuse"),
            "missing is 'refuse' and the inputs are an array; expected 'median', for it is a setting of "
            "tables. Give pw.Examples a data frame, or leave it out.",
        ),
        (
            lambda: pw.split(ARRAY, rare=2),
            "rare is 2 and the inputs are an array; expected 1, for it is a setting of tables. Give "
            "pw.Examples a data frame, or leave it out.",
        ),
        (
            lambda: pw.split(EXAMPLES, missing="mean"),
            "missing is 'mean'; expected one of median, refuse. Did you mean 'median'?",
        ),
        (
            lambda: pw.split(EXAMPLES, rare=0),
            "rare is 0; expected a whole number of at least 1.",
        ),
        (
            lambda: houses(classes=True).split(scale_targets=True),
            "scale_targets is True and houses has classes; expected False. Leave class_names out where "
            "targets are numbers.",
        ),
        (
            lambda: pw.Split(EXAMPLES, None, pw.Standardizer.identity()),
            "the inputs of a part are a table; expected arrays, and the preparation that made them. pw.split "
            "and pw.Split.of make both.",
        ),
        (
            lambda: replace(pw.split(EXAMPLES), target_scale=TargetScale((0.0, 0.0), (1.0, 1.0))),
            "the target scale is of 2 targets; expected 1, as the examples have.",
        ),
        (
            lambda: replace(pw.split(EXAMPLES), preparation=pw.Preparation.fit(TABLE.select(["width"]))),
            "the preparation gives 1 features; expected 7, as the parts have.",
        ),
        (
            lambda: pw.Standardizer.fit("per-pixel", TABLE),
            "inputs are a table of 4 columns; expected an array (examples, features). "
            "pw.split(pw.Examples(table, targets)) makes one of it, by a preparation that its model keeps.",
        ),
        (
            lambda: pw.Standardizer("none", np.full(1, 2.0), np.zeros(1)),
            "scale is [2.0]; expected [1] of 'none'.",
        ),
        (
            lambda: pw.Standardizer("none", np.ones(1), np.ones(1)),
            "shift is [1.0]; expected [0] of 'none'.",
        ),
    ],
)
def test_what_can_not_be_is_refused(made: Callable[[], object], message: str) -> None:
    assert refused(made) == message


def test_how_parts_look() -> None:
    assert repr(pw.split(EXAMPLES, seed=0)) == (
        f"Split({ROWS * 4 // 5} training and {ROWS // 5} validation examples of 7 features, "
        "prepared from 4 columns)"
    )
    assert repr(pw.split(ARRAY, validation_fraction=0)) == (
        "Split(3 training examples of 3 features, all-pixels)"
    )
