"""Tables: what becomes a column, of numbers or of categories, and what is refused in words."""

import datetime
import enum
import hashlib
import time
from decimal import Decimal
from typing import Any

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainweave.arrays import FloatArray
from plainweave.data import Column, Dataset, Examples, Table, is_table
from plainweave.errors import DataError, MissingExtraError, ShapeError
from refusals import refusal

NAN = np.nan
KINDS = "expected numbers, text, or true and false."
DATES = f"holds dates; {KINDS} Make numbers of them, as of days since a date, or leave the column out."
VALUE = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.dates() | st.binary()
)


def of(values: object, **settings: Any) -> tuple[list[float], tuple[str, ...] | None]:
    column = Table.of({"x": values}, **settings).column("x")
    return column.values.tolist(), column.levels


def digest(table: Table) -> str:
    taken_in = hashlib.sha256()
    table.update(taken_in)
    return taken_in.hexdigest()


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ([1, 2.5, 3], ([1, 2.5, 3], None)),
        (np.array([1, 2], np.uint8), ([1, 2], None)),
        (np.array([1, 2], np.float16), ([1, 2], None)),
        (np.array([1.5, 2.5], ">f4"), ([1.5, 2.5], None)),
        ([Decimal("1.5"), np.int8(2), np.float32(0.5)], ([1.5, 2, 0.5], None)),
        (range(3), ([0, 1, 2], None)),
        ((), ([], None)),
        (["b", "a", "b"], ([1, 0, 1], ("a", "b"))),
        (["b", None, NAN], ([0, -1, -1], ("b",))),
        (["", " "], ([0, 1], ("", " "))),
        (np.array(["b", "a"]), ([1, 0], ("a", "b"))),
        (np.array(["b", None], object), ([0, -1], ("b",))),
        ([True, False, None], ([1, 0, -1], ("False", "True"))),
        (np.array([True, False]), ([1, 0], ("False", "True"))),
        (["a\nb", "a b", "a\tb"], ([0, 0, 0], ("a b",))),
        (["ü", "z", "Z"], ([2, 1, 0], ("Z", "z", "ü"))),
        (polars.Series(["b", "a"]), ([1, 0], ("a", "b"))),
    ],
)
def test_what_columns_become(values: object, column: tuple[list[float], tuple[str, ...] | None]) -> None:
    assert of(values) == column


def test_missing_numbers_are_not_a_number() -> None:
    values, levels = of([1, None, NAN, np.float32(NAN), Decimal("NaN"), Decimal("sNaN")])
    assert levels is None
    assert np.isnan(values).tolist() == [False] + [True] * 5
    column = Table.of({"x": [None, None]}).column("x")
    assert not column.is_category
    assert column.missing.all()


def test_numbers_become_categories_where_that_is_asked_for() -> None:
    assert of([10.0, 9, NAN, 1.5], categories=["x"]) == ([1, 2, -1, 0], ("1.5", "10", "9"))
    assert of([1, "1", "one", True, None], categories=["x"]) == ([0, 0, 2, 1, -1], ("1", "True", "one"))
    table = Table.of({"x": [3.0, 1], "y": [1, 2]})
    assert Table.of(table, categories=["x"]).column("x").levels == ("1", "3")
    assert Table.of(table).columns == table.columns
    assert refusal(lambda: Table.of(table, categories=["z"])) == (
        "there is no column 'z'; expected one of 'x', 'y'."
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([datetime.date(2020, 1, 1)], DATES),
        (np.array(["2020-01-01"], "M8[ns]"), DATES),
        (
            [None, datetime.timedelta(1)],
            f"holds times; {KINDS} Divide them by a unit of time, or leave the column out.",
        ),
        ([b"x"], f"holds bytes; {KINDS} Decode them to text, or leave the column out."),
        ([[1]], f"holds lists; {KINDS} Make a column of each of its parts, or leave it out."),
        ([1j], f"holds complex numbers; {KINDS} Make a column of the real and one of the imaginary part."),
        ([object()], f"holds values of class object; {KINDS} Make numbers or text of it, or leave it out."),
        (
            [1, "x"],
            "holds values of several kinds (int, str); expected numbers, or text, or true and false. Make "
            "them of one kind, or name the column in `categories`.",
        ),
        ("abc", "is given as str; expected a list, an array or a Series."),
        (3, "is given as int; expected a list, an array or a Series."),
        ([[1], [2, 3]], f"holds lists; {KINDS} Make a column of each of its parts, or leave it out."),
        (np.ones((2, 1)), "has shape (2, 1); expected (rows,)."),
    ],
)
def test_what_is_no_column(values: object, message: str) -> None:
    assert refusal(lambda: Table.of({"x": values})) == f"column 'x' {message}"


@pytest.mark.parametrize("categories", ["x", None, 3])
def test_categories_are_names(categories: Any) -> None:
    assert refusal(lambda: Table.of({"x": [1]}, categories=categories)) == (
        f"categories is {categories!r}; expected a list of names of columns, as in ['postcode']."
    )


@pytest.mark.parametrize("number", [np.inf, -np.inf, 10**400])
def test_infinite_numbers_are_refused(number: float) -> None:
    sign = "-" if number < 0 else ""
    assert refusal(lambda: Table.of({"x": [1, number]})) == (
        f"column 'x': row 1 has {sign}inf; expected finite numbers, and nothing where one is missing."
    )


def test_large_numbers_are_refused() -> None:
    assert of([1e15, -1e15])[0] == [1e15, -1e15]
    assert refusal(lambda: Table.of({"x": [1, -1.1e15]})) == (
        "column 'x': row 1 has -1.1e+15; expected at most 1e+15 in size. Leave the column out, "
        "take it as categories, or multiply it by a constant."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "the table has no columns; expected at least one."),
        (polars.DataFrame(), "the table has no columns; expected at least one."),
        (
            {1: [1]},
            "a column's name is 1; expected text. frame.columns = frame.columns.astype(str) makes all names "
            "text.",
        ),
        ({"a\n": [1]}, "a column's name is 'a\\n'; expected text without control characters. Rename it."),
        (
            polars.DataFrame({"a\x1b": [1]}),
            "a column's name is 'a\\x1b'; expected text without control characters. Rename it.",
        ),
        (
            {"a": [1], "b": [1, 2]},
            "column 'b' has 2 rows, and 'a' has 1; expected as many in each.",
        ),
        (
            np.ones((2, 2)),
            "a table is given as ndarray; expected a data frame, or a dictionary of names to columns, as in "
            '{"size": [1.5, 2.0], "colour": ["red", "blue"]}.',
        ),
    ],
)
def test_what_is_no_table(given: object, message: str) -> None:
    assert refusal(lambda: Table.of(given)) == message


def test_names_stand_once() -> None:
    column = Column("a", np.ones(1))
    assert refusal(lambda: Table((column, column))) == (
        "two columns have the name 'a'; expected names that differ. Rename one."
    )


def test_columns_are_checked() -> None:
    assert refusal(lambda: Column("a", np.ones((1, 1)))) == "column 'a' has shape (1, 1); expected (rows,)."
    assert refusal(lambda: Column("a", np.array([2]), ("u", "v"))) == (
        "column 'a' has the categories 2 to 2; expected -1 to 1, the numbers of its levels."
    )
    assert "the categories 0 to 4294967296;" in refusal(lambda: Column("a", np.array([2**32, 0]), ("u",)))
    assert refusal(lambda: Column("a", np.array([0]), ("u\n",))) == (
        "column 'a' has the level 'u\\n'; expected a line of text."
    )
    assert refusal(lambda: Column("a", np.array([0]), ("v", "u"))) == (
        "column 'a': its levels are not sorted, or one stands twice. Sort them."
    )


def test_rows_and_columns_of_a_table() -> None:
    table = Table.of({"x": [1.0, 2, 3], "kind": ["a", "b", None]})
    assert (len(table), table.shape, table.ndim, table.names) == (3, (3, 2), 2, ("x", "kind"))
    assert repr(table) == "Table(3 rows, columns x, kind)"
    assert repr(table.columns) == "(Column('x', 3 rows, numbers), Column('kind', 3 rows, 2 levels))"
    rows = table[np.array([2, 0])]
    assert rows.column("x").values.tolist() == [3, 1]
    assert rows.column("kind").values.tolist() == [-1, 0]
    assert rows.column("kind").missing.tolist() == [True, False]
    assert table[1:].column("kind").levels == ("a", "b")
    assert table.select(["kind", "x"]).names == ("kind", "x")
    assert table.without("x").names == ("kind",)
    assert refusal(lambda: table.column("kinds")) == (
        "there is no column 'kinds'; expected one of 'x', 'kind'. Did you mean 'kind'?"
    )
    assert refusal(lambda: table.without("x", "kind")) == "the table has no columns; expected at least one."
    with pytest.raises(ShapeError):
        Table((Column("a", np.ones(1)), Column("b", np.ones(2))))


def test_a_table_does_not_change() -> None:
    given = np.array([1.0, 2])
    table = Table.of({"x": given, "y": given})
    with pytest.raises(ValueError, match="read-only"):
        table.column("x").values[0] = 3
    given[0] = 3  # what is the user's stays so
    assert table.column("x").values.tolist() == [1, 2]


def test_a_fingerprint_is_of_what_the_rows_hold() -> None:
    table = Table.of({"x": [1.0, NAN], "kind": ["a", "b"]})
    assert digest(table) == digest(Table.of(polars.DataFrame({"x": [1, None], "kind": ["a", "b"]})))
    assert digest(table[:1]) == digest(Table.of({"x": [1.0], "kind": ["a"]}))
    others = [
        {"x": [1.0, NAN], "kind": ["a", "c"]},
        {"x": [1.0, NAN], "kind": ["b", "a"]},
        {"x": [1.0, 0.0], "kind": ["a", "b"]},
        {"z": [1.0, NAN], "kind": ["a", "b"]},
        {"kind": ["a", "b"], "x": [1.0, NAN]},
        {"x": [1.0, NAN], "kind": [0.0, 1.0]},
    ]
    assert len({digest(Table.of(other)) for other in others} | {digest(table)}) == len(others) + 1


def test_frames_of_polars() -> None:
    frame = polars.DataFrame(
        {
            "whole": [1, None, 3],
            "number": [NAN, None, 2.5],
            "text": ["b", None, "a"],
            "truth": [True, None, False],
            "category": polars.Series(["v", "u", None], dtype=polars.Categorical),
            "member": polars.Series(["v", "u", None], dtype=polars.Enum(["w", "v", "u"])),
            "decimal": [Decimal("1.5"), None, Decimal(3)],
            "nothing": [None, None, None],
        }
    )
    by_hand = {name: frame[name].to_list() for name in frame.columns}
    for given_as in (frame, frame.lazy(), by_hand, dict(zip(frame.columns, frame, strict=True))):
        table = Table.of(given_as)
        assert digest(table) == digest(Table.of(frame))
        levels = [column.levels for column in table.columns]
        assert levels == [None, None, ("a", "b"), ("False", "True"), ("u", "v"), ("u", "v"), None, None]
    for values in ([datetime.date(2020, 1, 1)], [[1]], [b"x"], [{"a": 1}]):
        assert KINDS in refusal(lambda: Table.of(polars.DataFrame({"x": values})))  # noqa: B023
    frame = polars.DataFrame({"x": [10**20]}, schema={"x": polars.Int128})
    assert "row 0 has 1e+20" in refusal(lambda: Table.of(frame))


def test_what_is_a_table() -> None:
    assert is_table(polars.DataFrame({"x": [1]}))
    assert is_table(polars.LazyFrame({"x": [1]}))
    assert is_table(Table.of({"x": [1]}))
    for no_table in (
        np.ones((2, 2)),
        [[1]],
        None,
        polars.Series([1]),
        {"x": [1]},
        "x",
        Table,
        polars.DataFrame,
    ):
        assert not is_table(no_table)


def test_without_the_extra_frames_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = polars.DataFrame({"x": [1]})
    monkeypatch.setattr(
        "plainweave.extras.find_spec", lambda module: None if module == "narwhals" else module
    )
    with pytest.raises(MissingExtraError) as error:
        Table.of(frame)
    assert str(error.value) == (
        'Reading a table needs narwhals, which is not installed. Run: pip install "plainweave[tables]"'
    )
    assert of([1.0]) == ([1], None)


@settings(max_examples=200)
@given(st.lists(VALUE, max_size=5), st.booleans())
def test_any_values_are_a_column_or_refused(values: list[object], as_category: bool) -> None:
    try:
        table = Table.of({"x": values}, categories=["x"] if as_category else [])
    except DataError:
        return
    assert len(table) == len(values)
    assert digest(Table(table.columns)) == digest(table)


def test_a_table_of_many_columns_takes_no_longer_for_each_of_them() -> None:
    wide = Table.of({f"gene {number}": [0.5, 1.5] for number in range(20_000)})
    started = time.process_time()
    dataset = Dataset("genes", Examples(wide, [0, 1]), Examples(wide, [1, 0]), ("a", "b"))
    assert wide.without("gene 7").select(wide.names[20:]).shape == (2, 19_980)
    assert dataset.features == 20_000
    assert time.process_time() - started < 5, "each column is looked for among all others"


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_text_of_a_number_is_as_short_as_its_precision_allows(kind: type) -> None:
    numbers: FloatArray = np.array([0.1, 2.0, np.nan, 2.5, 0.1], kind)
    expected = ([0.0, 1.0, -1.0, 2.0, 0.0], ("0.1", "2", "2.5"))
    assert of(numbers, categories=["x"]) == expected
    if kind is not np.float16:
        assert of(polars.Series(numbers), categories=["x"]) == expected
        table = Table.of(polars.DataFrame({"x": numbers}), categories=["x"])
        assert (table.column("x").values.tolist(), table.column("x").levels) == expected
    assert of(numbers)[0][0] == kind(0.1)


def test_text_of_a_frame_is_text_of_a_list() -> None:
    texts = ["b", None, "", "a\tb", "a b", "b", "ü"]
    for values in (texts, ["", ""]):
        digests = []
        for columns in ({"x": values}, polars.DataFrame({"x": values}, {"x": polars.String})):
            digests.append(hashlib.sha256())
            Table.of(columns).update(digests[-1])
        assert digests[0].hexdigest() == digests[1].hexdigest()
    assert of(texts) == ([2.0, -1.0, 0.0, 1.0, 1.0, 2.0, 3.0], ("", "a b", "b", "ü"))


def test_a_table_goes_back_into_a_frame() -> None:
    content = {"x": [1.5, None, -2.0], "kind": ["b", None, "a"]}
    frame = polars.DataFrame(Table.of(content).to_dict())
    assert frame.to_dict(as_series=False) == content


def test_whole_numbers_of_any_size_are_codes() -> None:
    large = [9007199254740993, 9007199254740992, 9007199254740993]
    expected = ([1.0, 0.0, 1.0], ("9007199254740992", "9007199254740993"))
    for values in (large, np.array(large), polars.Series(large)):
        assert of(values, categories=["x"]) == expected
    table = Table.of(polars.DataFrame({"x": [*large, None]}), categories=["x"])
    assert (table.column("x").values.tolist(), table.column("x").levels) == ([*expected[0], -1], expected[1])


class Kind(str, enum.Enum):  # noqa: UP042 - of which str(...) is another
    A = "x"
    B = "y"


def test_the_text_of_an_enumeration_is_its_own() -> None:
    assert of([Kind.A, Kind.B, "x"]) == ([0.0, 1.0, 0.0], ("x", "y"))
