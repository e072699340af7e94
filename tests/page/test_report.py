"""The page of a reproduction, drawn from records that nobody made."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import plainweave as pw
from made_up import ACCURATE, made_up, runs
from plainweave.experiments import RunRecord, run_folder, write_run
from plainweave.page import write_report
from plainweave.paper import audit_experiments, paper_experiments


@pytest.fixture(scope="module")
def model(digits: pw.Dataset) -> pw.Model:
    return pw.run_experiment(pw.Experiment(id="x", hidden=(4,), epochs=1), digits, 0)[1]


@pytest.fixture(scope="module")
def reproduction(tmp_path_factory: pytest.TempPathFactory, model: pw.Model) -> Path:
    out = tmp_path_factory.mktemp("made-up")
    write(out, runs(ACCURATE, seeds=3), model)
    write(
        out / "audit", [made_up(each, 0, each.report_accuracy or 80.0) for each in audit_experiments()], model
    )
    write_report(out)
    return out


def write(out: Path, records: Sequence[RunRecord], model: pw.Model) -> None:
    for record in records:
        write_run(run_folder(out, record.experiment.id, record.seed), record, model)


def test_the_page_tells_each_claim_with_its_verdict(reproduction: Path) -> None:
    claims = json.loads((reproduction / "summary.json").read_text())["claims"]
    assert [each["number"] for each in claims] == list(range(1, 11))
    page = (reproduction / "report.html").read_text()
    headings = [part.split("</h3>")[0] for part in page.split('id="claims"')[1].split("<h3>")[1:]]
    text = (reproduction / "report.md").read_text()
    for each in claims:
        heading = next(words for words in headings if words.startswith(f"{each['number']}. "))
        assert each["statement"] in heading
        assert f">{each['verdict']}</span>" in heading
        assert f"| {each['number']} | {each['statement']} | **{each['verdict']}** |" in text


def test_the_page_ranks_the_conventions(reproduction: Path) -> None:
    page = (reproduction / "report.html").read_text().split('id="conventions"')[1]
    assert "The most likely conventions: classic momentum, inputs normalized over all pixels together" in page
    assert page.count("<tr>") >= 12
    assert "One seed can't tell how sure that is." in page
    assert "## The conventions" in (reproduction / "report.md").read_text()


def test_the_page_without_an_audit_says_how_to_make_one(tmp_path: Path, model: pw.Model) -> None:
    write(tmp_path, runs(ACCURATE, seeds=1), model)
    page = write_report(tmp_path).read_text()
    assert "<code>plainweave audit --out FOLDER</code>" in page
    assert "One seed: no error bars" in page


def test_the_page_says_how_to_make_it_again(reproduction: Path, tmp_path: Path, model: pw.Model) -> None:
    assert "plainweave reproduce --full --seeds 3" in (reproduction / "report.html").read_text()
    thirteen = [each for each in runs(ACCURATE, seeds=2) if each.experiment in paper_experiments()]
    write(tmp_path, thirteen, model)
    page = write_report(tmp_path).read_text()
    assert "plainweave reproduce --seeds 2" in page
    assert "There are no runs of relu-rate-0.5, leaky-relu-rate-0.5" in page


def test_the_picture_of_accuracies_says_them_in_words(reproduction: Path) -> None:
    row = json.loads((reproduction / "summary.json").read_text())["rows"][2]
    of_seeds = row["test_accuracy"]
    words = f"sigmoid: {of_seeds['mean']:.2f} ({of_seeds['low']:.2f} to {of_seeds['high']:.2f}), report 87.03"
    assert words in (reproduction / "report.html").read_text()
