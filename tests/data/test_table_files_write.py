"""CSV files that are written: read back the same, and no formula for a spreadsheet."""

from pathlib import Path

import numpy as np
import pytest

from plainweave.data import read_table, write_table
from refusals import refused


def test_numbers_are_as_they_are_and_formulas_are_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    columns: dict[str, object] = {
        "=name": np.array([0.1, np.nan, -1e-9], np.float32),
        "text": ["=cmd|' /C calc'!A0", 'a, "b"\n', "-1+1"],
        "whole": [1, None, -3],
        "yes": np.array([True, False, True]),
        "more": ["+1.50", "@x", " =1"],
        "plain": ["é", "\tx", "\uff1d1+1"],
    }
    write_table(path, columns)
    assert path.read_text(encoding="utf-8") == (
        "'=name,text,whole,yes,more,plain\n"
        "0.1,'=cmd|' /C calc'!A0,1,True,+1.50,é\n"
        ',"a, ""b""\n",,False,\'@x,\'\tx\n'
        "-1e-09,'-1+1,-3,True,' =1,'\uff1d1+1\n"
    )


def test_floats_are_read_back_the_same(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    numbers = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100).clip(-300, 14)
    write_table(tmp_path / "x.csv", {"a": numbers, "b": numbers.astype(np.float32)})
    table = read_table(tmp_path / "x.csv")
    np.testing.assert_array_equal(table.column("a").values, numbers)
    np.testing.assert_array_equal(table.column("b").values.astype(np.float32), numbers.astype(np.float32))


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert (
        refused(lambda: write_table(path, {}))
        == f"{path}: there are no columns to write; expected at least 1."
    )
    assert refused(lambda: write_table(path, {"a": [1], "b": [1, 2]})) == (
        f"{path}: the columns have different numbers of rows ('a' 1, 'b' 2); expected the same."
    )
    assert refused(lambda: write_table(path, {"a": "text"})) == (
        "column 'a' is a str; expected a list, an array or a Series."
    )
    assert refused(lambda: write_table(path, {"a": np.ones((2, 2))})) == (
        "column 'a' has shape (2, 2); expected (rows,)."
    )
