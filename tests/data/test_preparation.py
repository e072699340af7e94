"""A preparation: columns found by their names, the same bytes wherever it is, and refusals in words."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainweave.data import NUMBERS, Preparation, Table
from plainweave.data.memory import memory
from plainweave.errors import ConfigurationError, DataError
from plainweave.storage.forms import from_json, to_json

NAN = np.nan
ROWS = 60


def table(seed: int = 0) -> dict[str, Any]:
    """Return columns of all kinds (rows,), with holes."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(size=ROWS))
    size[::7] = NAN
    return {
        "size": size,
        "count": draw.integers(0, 9, ROWS),
        "kind": [None if number == 3 else "abcdef"[number] for number in draw.integers(0, 6, ROWS)],
        "is new": draw.random(ROWS) < 0.3,
        "constant": np.ones(ROWS),
    }


def refusal(preparation: Callable[[object], object], given_later: object) -> str:
    with pytest.raises(DataError) as error:
        preparation(given_later)
    return str(error.value)


def test_features_stand_in_the_order_of_columns() -> None:
    preparation = Preparation.fit(table())
    names = (
        "size",
        "size is missing",
        "count",
        "kind=a",
        "kind=b",
        "kind=c",
        "kind=e",
        "kind=f",
        "is new=True",
    )
    assert preparation.feature_names == names
    assert preparation.features == 9
    assert [preparation.origin(feature) for feature in range(9)] == [0, 0, 1, 2, 2, 2, 2, 2, 3]
    features = preparation(table())
    assert features.shape == (ROWS, 9)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    assert preparation(table(), "float64").astype(np.float32).tobytes() == features.tobytes()
    with pytest.raises(ConfigurationError):
        preparation(table(), np.int32)


def test_what_columns_were_and_became_in_words() -> None:
    columns = {
        "carat": [0.2, 0.8, 5.01, None],
        "cut": ["Fair", "Good", "Ideal", "Premium"],
        "new": [True, False, True, True],
    }
    assert Preparation.fit(columns).describe() == [
        ("carat", "numbers 0.2 to 5.01, 1 missing", "standard: (x - 2.003) / 2.14; 1 where missing"),
        ("cut", "categories Fair, Good, ... (4)", "one-hot: 4 features"),
        ("new", "categories False, True (2)", "-1 for False, 1 for True"),
    ]
    ways = {numbers: Preparation.fit(columns, numbers=numbers).describe()[0][2] for numbers in NUMBERS}
    assert ways == {
        "none": "as it is; 1 where missing",
        "standard": "standard: (x - 2.003) / 2.14; 1 where missing",
        "robust": "robust: u / sqrt(1 + (u/3)^2), u = (x - 0.8) / 2.405; 1 where missing",
        "normal": "normal: by 3 quantiles; 1 where missing",
    }


@pytest.mark.parametrize("numbers", NUMBERS)
def test_the_order_of_columns_and_further_ones_make_no_difference(numbers: str) -> None:
    preparation, later = Preparation.fit(table(), numbers=numbers), table(1)
    features = preparation(later).tobytes()
    others = {"when": np.array(["2020-01-01"] * ROWS, "M8[ns]"), "where": [[1, 2]] * ROWS}
    given_later = dict(reversed(list({**later, **others}.items())))
    assert preparation(given_later).tobytes() == features
    del given_later["constant"]  # which has no feature
    assert preparation(given_later).tobytes() == features
    frame = polars.DataFrame({name: list(values) for name, values in given_later.items() if name != "when"})
    assert preparation(frame).tobytes() == features
    assert preparation(frame.lazy()).tobytes() == features
    assert preparation(Table.of(later)).tobytes() == features


@pytest.mark.parametrize("numbers", NUMBERS)
def test_rows_are_prepared_alone_as_among_others(numbers: str) -> None:
    preparation, later = Preparation.fit(table(), numbers=numbers), Table.of(table(1))
    order = np.random.default_rng(0).permutation(ROWS)
    features = preparation(later)
    assert preparation(later[order]).tobytes() == features[order].tobytes()
    rows = [preparation(later[row : row + 1]) for row in range(ROWS)]
    assert np.concatenate(rows).tobytes() == features.tobytes()
    assert preparation(later[:0]).shape == (0, 9)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_what_was_saved_gives_the_same_bytes_in_another_process(numbers: str, tmp_path: Path) -> None:
    preparation = Preparation.fit(table(), numbers=numbers, rare=12)
    read = from_json(Preparation, to_json(preparation))
    assert read == preparation
    (tmp_path / "preparation.json").write_text(to_json(preparation))
    (tmp_path / "table.json").write_text(
        json.dumps({name: list(map(_plain, x)) for name, x in table(1).items()})
    )
    code = (
        "import json; from pathlib import Path; from plainweave.data import Preparation;"
        "from plainweave.storage.forms import from_json;"
        "read = from_json(Preparation, Path('preparation.json').read_text());"
        "Path('features').write_bytes(read(json.loads(Path('table.json').read_text()), 'float64').tobytes())"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "features").read_bytes() == preparation(table(1), "float64").tobytes()


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@given(st.lists(st.floats(-1e15, 1e15), min_size=3, unique=True), st.sampled_from(NUMBERS))
def test_numbers_are_saved_exactly(numbers: list[float], way: str) -> None:
    try:
        preparation = Preparation.fit({"x": numbers}, numbers=way)
    except DataError:
        return  # they hardly differ
    assert from_json(Preparation, to_json(preparation)) == preparation


def test_text_of_all_scripts_is_saved_as_it_is() -> None:
    preparation = Preparation.fit({"größe": ["ü", "щ", "漢", "a'b\"c", "👍"]})
    assert from_json(Preparation, to_json(preparation)) == preparation


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"columns": []},
            "no column of the table varies; expected one that does, as rows that are alike teach nothing",
        ),
        ({"missing": "mean"}, "missing is 'mean'; expected 'median' or 'refuse'"),
        ({"code": "import os"}, "it is {'columns': [{'name': 'x', 'way': 'standard'"),
    ],
)
def test_damaged_files_are_refused(change: dict[str, Any], message: str) -> None:
    form = {**json.loads(to_json(Preparation.fit({"x": [1.0, 2]}))), **change}
    with pytest.raises(ValueError, match=r"^" + re.escape(message)):
        from_json(Preparation, json.dumps(form))


def test_damaged_columns_are_refused() -> None:
    form = json.loads(to_json(Preparation.fit({"x": [1.0, 2], "y": [1.0, 3]})))
    form["columns"][0]["spread"] = 0
    with pytest.raises(ValueError, match="the spread 0; expected numbers of at most"):
        from_json(Preparation, json.dumps(form))
    form["columns"][0] = form["columns"][1]
    with pytest.raises(ValueError, match="two columns have the name 'y'"):
        from_json(Preparation, json.dumps(form))


def test_columns_that_are_not_there_are_named() -> None:
    preparation = Preparation.fit({"size": [1.0, 2], "kind": ["a", "b"], "count": [1, 2]})
    assert refusal(preparation, {"size": [1.0], "Kind": ["a"], "count": [1]}) == (
        "the table lacks the column 'kind'; expected 'size', 'kind', 'count', as in training. "
        "Of 'kind': Did you mean 'Kind'?"
    )
    assert refusal(preparation, {"sizes": [1.0], "kind": ["a"], "n": [1]}) == (
        "the table lacks the columns 'size', 'count'; expected 'size', 'kind', 'count', as in training. "
        "Of 'size': Did you mean 'sizes'?"
    )
    assert "the table lacks the columns 'size', 'kind', 'count'" in refusal(preparation, {})
    assert refusal(preparation, np.ones((1, 3))).startswith(
        "a table is given as ndarray; expected a data frame"
    )


def test_text_for_numbers_and_numbers_for_text() -> None:
    preparation = Preparation.fit({"size": [1.5, 2], "kind": ["b", "a"]})
    assert refusal(preparation, {"size": [None, "1,5"], "kind": ["a", "a"]}) == (
        "column 'size': row 1 has the text '1,5'; expected numbers, as 1.5 to 2 in training. Make numbers "
        "of its text."
    )
    assert refusal(preparation, {"size": [1.0], "kind": [1.5]}) == (
        "column 'kind': row 0 has the number 1.5; expected text, as 'a' or 'b' in training."
    )
    assert refusal(preparation, {"size": [True], "kind": ["a"]}) == (
        "column 'size': row 0 has the text 'True'; expected numbers, as 1.5 to 2 in training. Make numbers "
        "of its text."
    )
    empty = {"size": polars.Series([None], dtype=polars.String), "kind": [NAN]}
    assert preparation(empty).tolist() == [[0, 0]]
    assert preparation(polars.DataFrame(empty)).tolist() == [[0, 0]]
    empty = {"size": polars.Series([None], dtype=polars.Categorical), "kind": [None]}
    assert preparation(polars.DataFrame(empty)).tolist() == [[0, 0]]


def test_numbers_as_text_and_as_numbers_are_one() -> None:
    preparation = Preparation.fit({"code": ["1", "2", "x"]})
    assert preparation({"code": [2, 1, 3]}).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    padded = Preparation.fit({"code": ["01", "02", "03"]})  # a reader that made numbers of it has lost them
    assert "expected text, as '01' or '02' in training" in refusal(padded, {"code": [1, 2, 3]})


def test_columns_of_other_lengths_and_large_numbers_are_refused() -> None:
    preparation = Preparation.fit({"size": [1.5, 2], "kind": ["b", "a"]})
    with pytest.raises(ValueError, match="column 'kind' has 1 rows, and 'size' has 2"):
        preparation({"size": [1.0, 2.0], "kind": ["a"]})
    assert refusal(preparation, {"size": [1e16], "kind": ["a"]}) == (
        "column 'size': row 0 has 1e+16; expected at most 1e+15 in size. Leave the column out, "
        "take it as categories, or multiply it by a constant."
    )


def test_the_example_of_the_page_is_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    _, rest = page.split("```python\n", 1)
    code, rest = rest.split("```\n\n```text\n", 1)
    exec(code, {})
    assert capsys.readouterr().out == rest.split("```", 1)[0]


def test_features_that_no_memory_holds_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = {"a": ["u", "v", "w"] * 100, "b": [f"{row}" for row in range(300)], "c": range(300)}
    preparation = Preparation.fit(table)
    monkeypatch.setattr("plainweave.data.tables.preparation.memory", lambda: 2 * 300 * 304 * 4)
    assert preparation(table).shape == (300, 304)
    with pytest.raises(DataError) as error:
        preparation(table, np.float64)
    assert str(error.value) == (
        "304 features of 300 rows take 0.0 GiB; expected at most half of the memory, 0.0 GiB. Most features "
        "are 300 of 'b' and 3 of 'a': leave such columns out, put rare categories together by rare, or give "
        "fewer rows."
    )
    assert 2**20 < memory() <= sys.maxsize


def test_tiny_numbers_raise_nothing_whatever_numpy_is_set_to() -> None:
    with np.errstate(all="raise"):
        for numbers in NUMBERS:
            table = {"b": [1.0, 1e-300, 2.0], "c": [0.0, 1e-40, None]}
            assert np.isfinite(Preparation.fit({"b": table["b"]}, numbers=numbers)(table)).all()
            with pytest.raises(
                DataError, match="its numbers differ by no more than 1e-40; expected 0, or at"
            ):
                Preparation.fit(table, numbers=numbers)
