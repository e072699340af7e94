"""`predict` on pictures: lines, CSV, JSON and the most probable classes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import call
from plainweave.cli.rows import Cell, as_csv, as_json
from plainweave.experiments import write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 12), dtype=np.uint8)
    examples = pw.Examples(pixels, np.arange(60) % 3)
    dataset = pw.Dataset("mine", examples, examples, ("coat", "bag", "shoe"), (4, 3))
    experiment = pw.Experiment(id="a", hidden=(3,), epochs=1, batch_size=8)
    write_run(tmp_path / "run", *pw.run_experiment(experiment, dataset, 0))
    return tmp_path / "run"


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("one.png", "two.png")]
    for turns, path in enumerate(paths):
        Image.fromarray(np.rot90(np.eye(9, dtype=np.uint8) * 255, turns)).save(path)
    return paths


def test_several_pictures_have_a_line_each(
    run: Path, pictures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call("predict", run, *pictures, "--top", 2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == list(map(str, pictures))
    assert all(line.count(" %") == 2 for line in lines)


def test_one_picture_has_a_table_of_as_many_classes_as_are_asked_for(
    run: Path, pictures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for options, rows in (((), 4), (("--top", 2), 3), (("--top", 9), 4)):
        call("predict", run, pictures[0], *options)
        printed = capsys.readouterr().out
        assert sum("\t" in line for line in printed.splitlines()) == rows


def test_csv_and_json_say_the_same(
    run: Path, pictures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call("predict", run, *pictures, "--csv")
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    call("predict", run, *pictures, "--json")
    objects = json.loads(capsys.readouterr().out)
    assert [[str(cell) for cell in row.values()] for row in objects] == [list(row.values()) for row in rows]
    assert list(rows[0]) == ["picture", "predicted", "predicted_probability"]


def test_csv_or_json_is_asked_for(run: Path, pictures: list[Path]) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("predict", run, *pictures, "--csv", "--json")
    assert str(error.value) == "--csv and --json are both given; expected one of the two."


def test_nothing_is_an_empty_list() -> None:
    assert "".join(as_csv([])) == ""
    assert json.loads("".join(as_json([]))) == []


def test_what_is_said_in_between_stands_between_lines() -> None:
    """A message on the terminal about a file comes where that file's row would be."""
    pieces = list(as_json([{"a": 1}, {"a": 2}]))
    assert all(piece.endswith("\n") for piece in pieces)
    assert "".join(pieces) == '[\n  {"a": 1},\n  {"a": 2}\n]\n'


def test_cells_are_written_as_they_are_read() -> None:
    row: dict[str, Cell] = {"=a": "=1+1", "b": 2.0, "c": None, "d": float("nan"), "e": "two\nlines"}
    assert list(as_csv([row])) == ["'=a,b,c,d,e\n", '\'=1+1,2,,,"two\nlines"\n']
    assert json.loads("".join(as_json([row]))) == [
        {"=a": "=1+1", "b": 2, "c": None, "d": None, "e": "two\nlines"}
    ]
