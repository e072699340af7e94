"""CSV files: what they do not say about themselves is found out, or said aloud."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Table, read_table

pytest.importorskip("polars")
MISSING = ["", "NA", "N/A", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "<null>", "?", "-"]


def table(tmp_path: Path, content: str | bytes, **said: object) -> Table:
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, **said)  # type: ignore[arg-type]


def values(given: Table) -> dict[str, list[object]]:
    """Return each column's numbers, None where one is missing, or texts, "" where one is missing."""
    return {
        column.name: [
            None if np.isnan(value) else value if column.levels is None else (*column.levels, "")[int(value)]
            for value in column.values.tolist()
        ]
        for column in given.columns
    }


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1.5,x\n2.25,y\n",
        "a;b\n1.5;x\n2.25;y",
        "a\tb\r\n1.5\tx\r\n2.25\ty\r\n",
        "a|b\r1.5|x\r2.25|y\r",
        "\ufeffa,b\n1.5,x\n2.25,y\n",
        "sep=;\na;b\n1.5;x\n2.25;y\n",
        '"a","b"\n"1.5","x"\n"2.25","y"\n',
        " a , b \n 1.5 , x \n\n 2.25, y\n\n",
        "a;b\n1,5;x\n2,25;y\n",
        'a,b\n"1,5",x\n"2,25",y\n',
        ",a,b\n0,1.5,x\n1,2.25,y\n",
        "a,b,\n1.5,x,\n2.25,y,\n",
    ],
)
def test_one_table_in_many_forms(tmp_path: Path, content: str) -> None:
    for encoding in ("utf-8", "utf-16", "utf-32"):
        given = content.encode(encoding)
        for written in (given, gzip.compress(given)):
            assert values(table(tmp_path, written)) == {"a": [1.5, 2.25], "b": ["x", "y"]}


def test_an_old_encoding_is_said_aloud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    given = "a,b\n1,é\n2,ü\n".encode("cp1252")
    assert values(table(tmp_path, given))["b"] == ["é", "ü"]
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'} is not UTF-8: it is read as cp1252. Say encoding where it is another."
    ]
    assert values(table(tmp_path, given, encoding="cp1250"))["b"] == ["é", "ü"]
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    "marker", ["", "NA", "N/A", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "<null>", "?"]
)
def test_missing_values_have_many_names(tmp_path: Path, marker: str) -> None:
    given = table(tmp_path, f"a,b,c\n1,x,{marker}\n{marker},{marker},{marker}\n")
    assert values(given) == {"a": [1.0, None], "b": ["x", ""], "c": [None, None]}
    assert not given.column("c").is_category


def test_a_dash_is_missing_among_numbers_and_else_a_text(tmp_path: Path) -> None:
    content = "a;b;c;d\n1,5;+;x;-\n-;-;-;-\n"
    expected = {"a": [1.5, None], "b": ["+", "-"], "c": ["x", "-"], "d": [None, None]}
    assert values(table(tmp_path, content)) == expected
    assert values(table(tmp_path, content, categories=["b", "d"])) == {**expected, "d": ["-", "-"]}
    codes = values(table(tmp_path, "a\n01\n-\n", categories=["a"]))
    assert codes == {"a": ["01", ""]}
    tests = "a,b\n" + "1,+\n2,-\n" * 5
    table(tmp_path, tests)
    assert pw.load_table(tmp_path / "x.csv", target="b").class_names == ("+", "-")


@pytest.mark.parametrize("marker", ["None", "n/a", "na", ".", "--", "#DIV/0!"])
def test_words_for_nothing_are_missing_among_numbers(
    tmp_path: Path, marker: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = values(table(tmp_path, f"a,b\n1.5,x\n{marker},{marker}\n"))
    assert given == {"a": [1.5, None], "b": ["x", marker]}
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a;b\n1.234;1,5\n2.345;2,5\n",
            "'b' has numbers with a comma, as '1,5', and is taken for categories. The decimal mark is '.': "
            "say another, or take marks between thousands out.",
        ),
        (
            "a;b\n1,234,567;0,5\n1,234,568;1,5\n",
            "'b' has numbers with a comma, as '0,5', and is taken for categories. The decimal mark is '.': "
            "say another, or take marks between thousands out.",
        ),
        (
            "a;b\n1,5;0,5\n2,5;inf\n3;0,7\n",
            "'b' has a value that is no number, 'inf', and is taken for categories. Mend it, or leave it "
            "empty for a missing number.",
        ),
    ],
)
def test_decimal_marks_that_contradict_each_other_are_said_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str, message: str
) -> None:
    table(tmp_path, content)
    assert caplog.messages == [f"{tmp_path / 'x.csv'}: {message}"]


def test_numbers_that_begin_with_0_may_be_codes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = "zip,hour,x,y\n01234,7,0.5,0\n 123,07,0,00\n"
    assert values(table(tmp_path, content))["zip"] == [1234, 123]
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'}: {name!r} has {code!r} and is taken for numbers. Name it in categories where "
        "they are codes, whose first 0 tells."
        for name, code in {"zip": "01234", "hour": "07", "y": "00"}.items()
    ]
    caplog.clear()
    assert values(table(tmp_path, content, categories=["zip", "hour", "y"]))["zip"] == ["01234", "123"]
    assert caplog.messages == []


def test_one_odd_value_among_numbers_is_said_aloud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = "a;b;c\n0,5;x;u\n1,5 ct;1;2,5\n2,5;y;0\n;y;u\n"
    assert values(table(tmp_path, content, decimal=","))["a"] == ["0,5", "1,5 ct", "2,5", ""]
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'}: 'a' has a value that is no number, '1,5 ct', and is taken for categories. "
        "Mend it, or leave it empty for a missing number."
    ]
    caplog.clear()
    table(tmp_path, "a,b\n" + "1,2.5\n" * 5 + "nil,x\nnil,y\n")
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'}: 'a' has 2 values that are no numbers, as 'nil', and is taken for "
        "categories. Mend them, or leave them empty for missing numbers.",
        f"{tmp_path / 'x.csv'}: 'b' has 2 values that are no numbers, as 'x', and is taken for categories. "
        "Mend them, or leave them empty for missing numbers.",
    ]


def test_a_column_that_counts_the_rows_is_left_out_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert values(table(tmp_path, ",a,\n7,x,\n3,y,\n")) == {"a": ["x", "y"]}
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'}: column 1, which has no name, numbers the rows, and is left out."
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1,234;0\n", [1.234]),  # nothing but a decimal comma goes with ";"
        ("a\tb\n1,234\t0\n", ["1,234"]),
        ("a\tb\n0,234\t0\n", [0.234]),
        ("a\tb\n-1,2345e-3\t0\n", [-1.2345e-3]),
        ("a\tb\n1,2\t0.5\n", ["1,2"]),
        ("a;b\n1,234,567;0\n", ["1,234,567"]),
        ("a;b\n1.234,5;0\n", ["1.234,5"]),
        ('a,b\n"1,234",0\n', ["1,234"]),
        ("a,b\n+.5,0\n", [0.5]),
        ("a,b\n1_000,0\n", ["1_000"]),
        ("a,b\n0x10,0\n", ["0x10"]),
    ],
)
def test_commas_in_numbers(tmp_path: Path, content: str, expected: list[object]) -> None:
    assert values(table(tmp_path, content))["a"] == expected


def test_what_is_said_is_not_found_out(tmp_path: Path) -> None:
    assert values(table(tmp_path, "a\tb\n1,234\t0,5\n", decimal=",")) == {"a": [1.234], "b": [0.5]}
    assert values(table(tmp_path, "a;b\n1,5;2\n", decimal=".")) == {"a": ["1,5"], "b": [2.0]}
    assert values(table(tmp_path, "a:b\n1:2\n", delimiter=":")) == {"a": [1.0], "b": [2.0]}
    assert values(table(tmp_path, "2019,2020\n1,2\n", header=True)) == {"2019": [1.0], "2020": [2.0]}
    assert values(table(tmp_path, "x,y\nz,y\n", header=False)) == {
        "column 1": ["x", "z"],
        "column 2": ["y", "y"],
    }
    assert values(table(tmp_path, "zip,b\n01234,2\n", categories=["zip"])) == {"zip": ["01234"], "b": [2.0]}


def test_a_worker_process_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("multiprocessing.parent_process", lambda: "the one that said it")
    assert len(table(tmp_path, "1,x\n2,y\n")) == 2
    assert caplog.messages == []


def test_a_first_line_of_numbers_is_a_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert values(table(tmp_path, "1,x\n2,y\n")) == {"column 1": [1.0, 2.0], "column 2": ["x", "y"]}
    assert caplog.messages == [
        f"{tmp_path / 'x.csv'} has numbers in its first line, which is taken for a row: its columns are "
        "called column 1 to column 2. Say header=True where the line names them."
    ]


def test_quotes_hold_delimiters_lines_and_quotes(tmp_path: Path) -> None:
    given = 'a,b\n"x, ""y""\nz",1\n5" pipe,2\n'
    assert values(table(tmp_path, given)) == {"a": ['x, "y" z', '5" pipe'], "b": [1.0, 2.0]}


def test_a_long_file_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainweave.data.table_files.csv_file._AT_ONCE", 6)
    numbers = [float(number) for number in range(200)]
    content = "a,b\n" + "".join(f"{number},t{number:.0f}\n" for number in numbers)
    assert values(table(tmp_path, content)) == {"a": numbers, "b": [f"t{number:.0f}" for number in numbers]}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"delimiter": ",,"}, "delimiter is ',,'; expected one character, as in ',', ';' or '\\t'."),
        ({"delimiter": '"'}, "delimiter is '\"'; expected one character, as in ',', ';' or '\\t'."),
        ({"decimal": "'"}, 'decimal is "\'"; expected one of ., ,.'),
        (
            {"delimiter": ",", "decimal": ","},
            "delimiter and decimal are both ','; expected two different ones.",
        ),
        ({"header": 1}, "header is 1; expected true or false."),
        (
            {"encoding": "utf-9"},
            "encoding is 'utf-9'; expected the name of one, as in 'utf-8', 'cp1252' or 'utf-16'.",
        ),
        (
            {"encoding": "base64"},
            "encoding is 'base64'; expected the name of one, as in 'utf-8', 'cp1252' or 'utf-16'.",
        ),
    ],
)
def test_settings_out_of_their_range(tmp_path: Path, said: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        table(tmp_path, "a,b\n1,2\n", **said)
    assert str(error.value) == message
