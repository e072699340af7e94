"""Frames of pandas and PyArrow: the same table, and the same features, as of lists."""

import hashlib
from typing import Any

import numpy as np
import polars
import pytest

from plainweave import Examples, Model, Network, SquaredError, split
from plainweave.data import Preparation, Table, is_table, load_table
from plainweave.errors import DataError

pandas = pytest.importorskip("pandas")

COLUMNS: dict[str, list[Any]] = {
    "number": [1.5, None, -2.5, 8.25],
    "whole": [1, 2, 3, 7],
    "text": ["b", None, "a", "ü"],
    "truth": [True, False, False, True],
    "holes": [None, True, False, True],
}
DTYPES = {
    "plain": {},
    "nullable": {
        "number": "Float64",
        "whole": "Int8",
        "text": "string",
        "truth": "boolean",
        "holes": "boolean",
    },
    "narrow": {"number": "float32", "whole": "uint16", "text": "category"},
    "objects": dict.fromkeys(COLUMNS, "object"),
}


def digest(given: object) -> str:
    taken_in = hashlib.sha256()
    Table.of(given).update(taken_in)
    return taken_in.hexdigest()


@pytest.mark.parametrize("dtypes", DTYPES)
def test_frames_of_pandas(dtypes: str) -> None:
    frame = pandas.DataFrame(COLUMNS).astype(DTYPES[dtypes])
    assert is_table(frame)
    assert digest(frame) == digest(COLUMNS) == digest(polars.DataFrame(COLUMNS))
    assert digest({name: frame[name] for name in frame}) == digest(COLUMNS)
    assert digest(frame.set_index("whole", drop=False)) == digest(COLUMNS)
    preparation = Preparation.fit(frame)
    assert preparation == Preparation.fit(COLUMNS)
    assert preparation(frame[::-1]).tobytes() == preparation(COLUMNS)[::-1].tobytes()


def test_a_frame_that_changes_leaves_the_table_as_it_was() -> None:
    frame = pandas.DataFrame({"x": [1.0, 2.0]})
    table = Table.of(frame)
    frame.loc[0, "x"] = 9.0
    assert table.column("x").values.tolist() == [1, 2]


def test_examples_of_frames() -> None:
    content = {"a": [1.0, None, 3.0], "b": ["x", "y", None]}
    examples = Examples(pandas.DataFrame(content), [0, 1, 0])
    assert examples.table is not None
    assert examples.table.names == ("a", "b")
    without_names = Examples(pandas.DataFrame(np.eye(3)), [0, 1, 0])
    assert without_names.table is None
    np.testing.assert_array_equal(without_names.inputs, np.eye(3))


def test_a_model_finds_the_columns_of_a_frame_by_their_names() -> None:
    frame = pandas.DataFrame(COLUMNS)
    parts = split(Examples(frame, [1.5, 2, 0, 4]), validation_fraction=0)
    assert parts.preparation is not None
    network = Network(parts.preparation.features, [3], 1, seed=0)
    model = Model(
        network,
        parts.standardizer,
        loss=SquaredError(),
        preparation=parts.preparation,
        target_scale=parts.target_scale,
    )
    shuffled = frame.sample(frac=1, random_state=0)[[*reversed(COLUMNS)]].assign(further="x")
    np.testing.assert_allclose(model.predict(shuffled), model.predict(COLUMNS)[shuffled.index])


def test_frames_of_pyarrow() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    frame = pyarrow.table(COLUMNS)
    assert is_table(frame)
    assert digest(frame) == digest(COLUMNS)
    assert digest({name: frame[name] for name in COLUMNS}) == digest(COLUMNS)
    of_arrow = pandas.DataFrame({"x": pandas.Series([1.5, None], dtype="double[pyarrow]")})
    assert digest(of_arrow) == digest({"x": [1.5, None]})
    with pytest.raises(DataError) as error:
        Table.of(pyarrow.Table.from_arrays([[1], [2]], names=["a", "a"]))
    assert str(error.value) == "two columns have the name 'a'; expected names that differ. Rename one."


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pandas.to_datetime(["2020-01-01"]), "dates"),
        (pandas.to_timedelta(["1h"]), "times"),
        ([b"x"], "bytes"),
        ([[1]], "lists"),
        ([1 + 2j], "complex numbers"),
        (pandas.interval_range(0, 1), "values of class Interval"),
        (pandas.period_range("2020", periods=1), "values of class Period"),
    ],
)
def test_columns_that_are_no_numbers(values: object, what: str) -> None:
    for given in (pandas.DataFrame({"x": values}), {"x": pandas.Series(values)}):
        with pytest.raises(DataError) as error:
            Table.of(given)
        assert str(error.value).startswith(
            f"column 'x' holds {what}; expected numbers, text, or true and false."
        )


def test_categories_of_pandas() -> None:
    numbers = pandas.DataFrame({"x": pandas.Categorical([10, 9, None, 1.5], categories=[10, 9, 1.5, 7])})
    assert Table.of(numbers).column("x").levels == ("1.5", "10", "9")
    missing = pandas.DataFrame({"x": [pandas.NA, pandas.NaT, None, np.nan]})
    assert Table.of(missing).column("x").missing.all()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            [0, 1],
            "a column's name is 0; expected text. frame.columns = frame.columns.astype(str) makes all names "
            "text.",
        ),
        (["a", "a"], "two columns have the name 'a'; expected names that differ. Rename one."),
        (["a", "b\r"], "a column's name is 'b\\r'; expected text without control characters. Rename it."),
    ],
)
def test_names_of_pandas(names: list[Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        Table.of(pandas.DataFrame([[1, 2]], columns=names))
    assert str(error.value) == message


def test_a_frame_of_pandas_is_loaded_as_that_of_polars() -> None:
    content = {"a": [1.0, None, 3.0, 4] * 5, "b": ["x", "y", None, "x"] * 5, "y": ["u", "v"] * 10}
    prints = [
        load_table(frame, target="y").fingerprint
        for frame in (
            pandas.DataFrame(content),
            pandas.DataFrame(content).astype({"a": "Float32", "b": "category", "y": "string"}),
            polars.DataFrame(content),
        )
    ]
    assert len(set(prints)) == 1
    codes = pandas.DataFrame(content).assign(c=pandas.Categorical([1, 2] * 10))
    assert load_table(codes, target="y").train.inputs.column("c").levels == ("1", "2")  # type: ignore[attr-defined]
    mixed = pandas.DataFrame({"a": [1, "x"] * 10, "y": ["u", "v"] * 10})
    with pytest.raises(DataError) as error:
        load_table(mixed, target="y")
    assert str(error.value).startswith("column 'a' holds values of several kinds (")
    days = pandas.DataFrame(content).assign(day=pandas.date_range("2020", periods=20))
    assert len(load_table(days, target="y", by="time:day").test) == 4
