"""A whole study in one call: what is missing is trained, and the page is written."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from plainweave.evidence import (
    Claim,
    ClaimedComparison,
    Comparison,
    Judgement,
    Region,
    Statement,
    Verdict,
    judge_all,
    read_notes,
    read_summary,
)
from plainweave.evidence.measures import TEST_ACCURACY
from plainweave.page import SECTIONS, References, run_study, write_page
from plainweave.storage.files import read_bounded

ONE = pw.Experiment(id="one", hidden=(8,), epochs=2)
TWO = replace(ONE, id="two", hidden=(4,))
BETTER = Claim("One is better.", (ClaimedComparison("test accuracy", "one", "two", above=0),))


def test_a_study_is_trained_judged_and_shown(tmp_path: Path, digits: pw.Dataset) -> None:
    study = run_study([ONE, TWO], digits, tmp_path, seeds=2, claims=[BETTER], command="do it")
    assert [(record.experiment.id, record.seed) for record in study.records] == [
        ("one", 0), ("one", 1), ("two", 0), ("two", 1),
    ]  # fmt: skip
    assert [judgement.statement.text for judgement in study.judgements] == ["One is better."]
    assert study.summary == read_summary(tmp_path)
    assert study.page == tmp_path / "page.html"
    assert study.learned is not None
    assert study.command == read_notes(tmp_path).command == "do it"
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith("runs/")} == {
        ".lock", ".plainweave", "page.html", "page.md", "summary.json", "learned.json", "study.json",
        "predictions.json", "figures/one.png", "figures/one.svg", "figures/two.png", "figures/two.svg",
    }  # fmt: skip


def test_what_is_finished_is_kept_and_the_page_is_of_all_there_is(tmp_path: Path, digits: pw.Dataset) -> None:
    run_study([ONE, TWO], digits, tmp_path, only=["one"])
    record = tmp_path / "runs" / "one" / "seed-0" / "record.json"
    before = record.stat().st_mtime_ns
    study = run_study([ONE, TWO], "digits", tmp_path, only=["two"])
    assert record.stat().st_mtime_ns == before
    assert [row.id for row in study.summary.rows] == ["one", "two"]
    assert study.command is None
    assert "Train it all again" not in study.page.read_text()


def test_a_record_is_read_once(tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    run_study([ONE, TWO], digits, tmp_path)
    names: list[str] = []

    def counted(path: Path, at_most: int) -> bytes:
        names.append(path.name)
        return read_bounded(path, at_most)

    monkeypatch.setattr("plainweave.experiments.run_files.read_bounded", counted)
    run_study([ONE, TWO], digits, tmp_path)
    assert names.count("record.json") == 2


def test_the_page_is_written_again_as_it_was(tmp_path: Path, digits: pw.Dataset) -> None:
    page = run_study([ONE], digits, tmp_path, claims=[BETTER], command="do it").page
    before = page.read_bytes(), (tmp_path / "page.md").read_bytes()
    assert write_page(tmp_path) == page
    assert (page.read_bytes(), (tmp_path / "page.md").read_bytes()) == before


def test_older_claims_go(tmp_path: Path, digits: pw.Dataset) -> None:
    run_study([ONE], digits, tmp_path, claims=[BETTER])
    assert run_study([ONE], digits, tmp_path).judgements == []


def test_sections_references_and_judgements_of_another_room(tmp_path: Path, digits: pw.Dataset) -> None:
    statement = Statement(1, "One is good.", (Comparison(TEST_ACCURACY, Region(low=0), "one"),))
    asked: list[tuple[Path, str]] = []

    def judged(records: Sequence[pw.RunRecord]) -> list[Judgement]:
        return judge_all([statement], records)

    def before_page(out: Path, dataset: pw.Dataset) -> None:
        assert (out / "runs" / "one" / "seed-0" / "record.json").exists()
        asked.append((out, dataset.name))

    study = run_study(
        [ONE],
        digits,
        tmp_path,
        claims=[BETTER],
        sections=SECTIONS[:2],
        references=References("the book", {"one": 50.0}, {"one": "Fig. 7"}),
        judgements=judged,
        before_page=before_page,
    )
    assert asked == [(tmp_path, "digits")]
    assert [judgement.statement.text for judgement in study.judgements] == ["One is good.", "One is better."]
    assert study.judgements[1].verdict is Verdict.UNTESTED
    text = (tmp_path / "page.md").read_text()
    assert "beside the book" in text
    assert "## Settings" not in text
    assert (tmp_path / "figures" / "one.png").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"experiments": []}, "there is nothing to train; expected at least one experiment."),
        ({"experiments": ["one"]}, "an experiment is 'one'; expected an Experiment, as in "
            'pw.Experiment(id="a", hidden=(50,)).'),
        ({"experiments": [ONE, ONE]}, "two experiments have the id 'one'; expected one."),
        ({"only": ["tow"]}, "only is 'tow'; expected one of one."),
        ({"seeds": 0}, "seeds is 0; expected a whole number of at least 1."),
        ({"claims": ["One is better."]}, "a claim is 'One is better.'; expected a Claim, as in "
            'Claim("It is good.", (ClaimedComparison(...),)).'),
        ({"sections": [len]}, "a section is a builtin_function_or_method; expected a Section, as in "
            'Section("words", "In a few words", words).'),
    ],
)  # fmt: skip
def test_a_study_that_can_not_be_is_refused_and_leaves_nothing(
    given: dict[str, Any], message: str, tmp_path: Path, digits: pw.Dataset
) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        run_study(**{"experiments": [ONE], "data": digits, "out": tmp_path / "out", **given})
    assert str(error.value) == message
    assert not (tmp_path / "out").exists()
