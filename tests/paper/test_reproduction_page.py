"""The page of a reproduction, drawn from records that nobody made."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import plainweave as pw
from laid_out import room_beside_tables, unfolded
from made_up import ACCURATE, made_up, runs
from markdown import unaligned
from plainweave.evidence import StudyNotes, gradient_evidence, write_gradients, write_notes
from plainweave.experiments import RunRecord, run_folder, write_run
from plainweave.paper import (
    Table1,
    TableRow,
    audit_experiments,
    read_table_1,
    report_references,
    write_reproduction,
    write_table_1,
)
from plainweave.paper.reproduction import is_reproduction

TABLE = Table1("fashion-mnist", 0.01, 0.0001, (TableRow("Output layer bias [0]", 0.25, 0.25001, True),))


@pytest.fixture(scope="module")
def model(digits: pw.Dataset) -> pw.Model:
    return pw.run_experiment(pw.Experiment(id="x", hidden=(4,), epochs=1), digits, 0)[1]


@pytest.fixture(scope="module")
def reproduction(tmp_path_factory: pytest.TempPathFactory, model: pw.Model) -> Path:
    out = tmp_path_factory.mktemp("made-up")
    write(out, runs(ACCURATE, seeds=3), model)
    accuracies = report_references().accuracies
    audit = [
        made_up(experiment, 0, accuracies.get(experiment.id.split(".", 3)[3], 80.0))
        for experiment in audit_experiments()
    ]
    write(out / "audit", audit, model)
    write_table_1(out, TABLE)
    write_notes(out, StudyNotes("plainweave reproduce --full --seeds 3"))
    write_reproduction(out)
    return out


def write(out: Path, records: Sequence[RunRecord], model: pw.Model) -> None:
    for record in records:
        write_run(run_folder(out, record.experiment.id, record.seed), record, model)


def section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}">')[1].split("</section>")[0]


def test_the_page_tells_each_claim_with_its_verdict(reproduction: Path) -> None:
    claims = json.loads((reproduction / "summary.json").read_text())["claims"]
    assert [claim["number"] for claim in claims] == list(range(1, 11))
    page = section((reproduction / "page.html").read_text(), "claims")
    assert page.startswith("\n<h2>The report&#39;s claims</h2>")
    headings = [part.split("</li>")[0] for part in page.split("<li value=")[1:]]
    text = (reproduction / "page.md").read_text()
    for claim in claims:
        heading = next(words for words in headings if words.startswith(f'"{claim["number"]}">'))
        assert claim["statement"] in heading
        assert f">{claim['verdict']}</span>" in heading
        assert f"### {claim['number']}. {claim['statement']} **{claim['verdict']}**" in text


def test_the_sections_of_the_report_stand_among_those_of_every_page(reproduction: Path) -> None:
    page = (reproduction / "page.html").read_text()
    assert re.findall(r'<section id="(.*?)">', page) == [
        *("results", "curves", "claims", "conventions", "table-1", "settings"),
    ]
    table = section(page, "table-1")
    assert "with a step of 0.01" in table
    assert "Output layer bias [0]" in table
    assert "| Output layer bias \\[0\\] | 0.25000000 | 0.25001000 | yes |" in unaligned(
        (reproduction / "page.md").read_text()
    )


def test_the_page_cites_the_report_and_puts_its_numbers_beside_ours(reproduction: Path) -> None:
    page = (reproduction / "page.html").read_text()
    assert "Fully-connected Multi-layer Neural Networks for Fashion MNIST Classification" in page
    text = unaligned((reproduction / "page.md").read_text())
    for name, accuracy in report_references().accuracies.items():
        (row,) = (line for line in text.splitlines() if re.match(rf"\| {name} \| [\d.]+ ±", line))
        assert f" {accuracy:.2f} |" in row
        assert f"| {name} | {report_references().figures[name]} |" in text


def test_the_page_ranks_the_conventions(reproduction: Path) -> None:
    page = section((reproduction / "page.html").read_text(), "conventions")
    assert "The most likely conventions: classic momentum, inputs normalized over all pixels together" in page
    assert page.count("<tr>") == 1 + 12
    assert "One seed can't tell how sure that is." in page
    assert "## The conventions" in (reproduction / "page.md").read_text()


def test_the_page_without_an_audit_says_how_to_make_one(tmp_path: Path, model: pw.Model) -> None:
    write(tmp_path, [record for record in runs(ACCURATE, seeds=1) if record.experiment.id == "tanh"], model)
    page = write_reproduction(tmp_path).read_text()
    assert "<code>plainweave audit --out FOLDER</code>" in section(page, "conventions")
    assert "one seed, which has no interval" in page
    assert not is_reproduction(tmp_path), "it has no Table 1"


def test_a_reproduction_of_0_1_is_known_by_the_table_in_its_gradients(
    reproduction: Path, tmp_path: Path, model: pw.Model, digits: pw.Dataset
) -> None:
    write(tmp_path, [record for record in runs(ACCURATE, seeds=1) if record.experiment.id == "tanh"], model)
    write_gradients(tmp_path, gradient_evidence(digits))
    assert not is_reproduction(tmp_path), "its gradients are those of any study"
    path = tmp_path / "gradients.json"
    table = json.loads((reproduction / "table-1.json").read_text())
    content = json.loads(path.read_text()) | {"dataset": table["dataset"]}
    del content["version"], table["version"], table["dataset"]
    path.write_text(json.dumps(content | {"table_1": table}))
    assert is_reproduction(tmp_path)
    assert read_table_1(tmp_path) == TABLE
    page = write_reproduction(tmp_path).read_text()
    assert "Output layer bias [0]" in section(page, "table-1")
    assert "1 of 1 gradients agree within 0.0001." in section(page, "claims")
    path.write_text(json.dumps(content | {"table_1": {"epsilon": 0.01}}))
    with pytest.raises(pw.RecordError) as error:
        is_reproduction(tmp_path)
    assert str(error.value).startswith(f"{path} can't be read (it is ")


def test_the_page_says_how_to_make_it_again(reproduction: Path) -> None:
    assert "<code>plainweave reproduce --full --seeds 3</code>" in (reproduction / "page.html").read_text()


def test_the_page_says_which_networks_are_missing(tmp_path: Path, model: pw.Model) -> None:
    write(tmp_path, [record for record in runs(ACCURATE, seeds=1) if record.experiment.id == "tanh"], model)
    claims = section(write_reproduction(tmp_path).read_text(), "claims")
    assert (
        "Only runs with exactly the report&#39;s settings count. There are no runs of sigmoid, 25x50, 100x50."
    ) in claims
    assert (
        "It needs networks that plainweave reproduce --full trains. "
        "There are no runs of relu, relu-rate-0.5, leaky-relu, leaky-relu-rate-0.5."
    ) in claims


def test_on_other_data_nothing_is_compared_and_the_page_says_so(
    tmp_path: Path, model: pw.Model, digits: pw.Dataset
) -> None:
    record, of_digits = pw.run_experiment(pw.Experiment(id="tanh", hidden=(4,), epochs=1), digits, 0)
    write_run(run_folder(tmp_path, "tanh", 0), record, of_digits)
    write_table_1(tmp_path, TABLE)
    page = write_reproduction(tmp_path).read_text()
    said = "Its data is Fashion-MNIST; these runs are on digits, and nothing here is compared with it."
    assert said in page
    assert said in (tmp_path / "page.md").read_text()
    for absent in ('id="claims"', 'id="conventions"', 'id="table-1"', "84.30"):
        assert absent not in page
    assert json.loads((tmp_path / "summary.json").read_text())["claims"] == []


def test_the_accuracies_stand_beside_the_reports_the_best_first(reproduction: Path) -> None:
    rows = json.loads((reproduction / "summary.json").read_text())["rows"]
    means = {row["id"]: row["test"]["accuracy"]["mean"] for row in rows if row["test"]}
    page = section((reproduction / "page.html").read_text(), "results")
    labels = re.findall(r'<span class="label">(.*?)</span>', page)
    ranked = sorted(report_references().accuracies, key=lambda name: -means[name])
    assert labels == ranked
    numbers = r'class="label">sigmoid</span>.*?{:.2f} ± [\d.]+</span>.*?87.03</span>'
    assert re.search(numbers.format(means["sigmoid"]), page)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_table_is_wider_than_a_phone_or_a_desk(browser: Browser, reproduction: Path, width: int) -> None:
    room = room_beside_tables(unfolded(browser, reproduction / "page.html", width))
    assert len(room) >= 10
    assert min(room) >= 0


def test_on_a_phone_each_cell_of_a_wide_table_says_its_column(browser: Browser, reproduction: Path) -> None:
    table = unfolded(browser, reproduction / "page.html", 390).locator(".cards").first
    titles = table.locator("thead th").all_text_contents()
    said = table.locator("tbody tr").first.locator("th, td")
    labels = said.evaluate_all("(cells) => cells.map((cell) => getComputedStyle(cell, '::before').content)")
    assert len(titles) >= 6
    assert labels == [f'"{title}"' for title in titles]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_a_phone_and_a_desk_quietly(
    browser: Browser, reproduction: Path, width: int, scheme: str
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto((reproduction / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("nav a").all_inner_texts() == page.locator("h2").all_inner_texts()
    assert noise == []
    page.close()
