"""study.json: what made a folder, and what its user claims."""

import json
from pathlib import Path
from typing import Any

import pytest

from plainweave.errors import RecordError
from plainweave.evidence import StudyNotes, claims_from, read_claims, read_notes, write_notes
from plainweave.experiments import Experiment, read_experiments

COMPARISON = {"measure": "test accuracy", "first": "wide", "above": 0}


def refusal(folder: Path, content: object) -> str:
    """Return what a study.json of that content is refused with."""
    (folder / "study.json").write_text(json.dumps(content))
    with pytest.raises(RecordError) as error:
        read_notes(folder)
    return str(error.value)


def test_a_folder_without_notes_has_no_command_and_no_claims(tmp_path: Path) -> None:
    assert read_notes(tmp_path) == StudyNotes(None, ())


def test_notes_are_replaced(tmp_path: Path) -> None:
    claims = claims_from([{"statement": "x", **COMPARISON}], [Experiment(id="wide")])
    write_notes(tmp_path, StudyNotes("plainweave run a.toml", claims))
    write_notes(tmp_path, StudyNotes("plainweave run b.toml"))
    assert read_notes(tmp_path) == StudyNotes("plainweave run b.toml", ())


@pytest.mark.parametrize("command", ["plainweave run a\nb", "\x1b[2J", "a" * 70_000])
def test_a_command_that_is_no_line_to_copy_is_not_kept(command: str) -> None:
    assert StudyNotes(command).command is None


def test_the_claims_of_the_largest_file_can_be_read_again(tmp_path: Path) -> None:
    part = '{measure="climb",first="a",above=0},\n'
    text = '[[experiment]]\nid="a"\n[[claim]]\nstatement="x"\ncomparison=[\n'
    path = tmp_path / "mine.toml"
    path.write_text(text + part * ((2**18 - len(text) - 1) // len(part)) + "]")
    claims = read_claims(path, read_experiments(path))
    write_notes(tmp_path, StudyNotes(None, claims))
    assert read_notes(tmp_path).claims == claims


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b'"x"',
        b"[" * 100_000,
        b'{"statement": "x"}',
        b"\xff",
        b'{"version": 3}',
        b" " * 2**23,
    ],
)
def test_a_damaged_file_is_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.json").write_bytes(content)
    with pytest.raises(
        RecordError, match=r"can't be read \(.*\)\. Remove it, or run the same command again"
    ) as error:
        read_notes(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": "../x"}, "first is '../x'; expected the id of an experiment"),
        ({"first": ""}, "first is ''; expected the id of an experiment"),
        ({"first": "a|b"}, "first is 'a|b'; expected the id of an experiment"),
        ({"first": 1}, "claims[0].comparison[0].first is 1; expected a line of text"),
        ({"first": "a\nb"}, "claims[0].comparison[0].first is 'a\\nb'; expected a line of text"),
        ({"second": "wide"}, "first and second are both 'wide'; expected two networks"),
        (
            {"below": 1},
            "the region is given by above and below; expected one of above, below, between, within",
        ),
        ({"above": 1e200}, "above is 1e+200; expected a number of at most 1e+100 in size"),
    ],
)
def test_a_claim_that_is_none_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    claim = {"statement": "x", "comparison": [COMPARISON | change]}
    content = {"version": 2, "command": None, "claims": [claim]}
    assert refusal(tmp_path, content) == (
        f"{tmp_path}/study.json can't be read ({message}). Remove it, or run the same command again."
    )


def test_an_unknown_measure_is_refused(tmp_path: Path) -> None:
    claim = {"statement": "x", "comparison": [COMPARISON | {"measure": "luck"}]}
    assert "measure is 'luck'; expected one of test accuracy, " in refusal(
        tmp_path, {"version": 2, "command": None, "claims": [claim]}
    )
