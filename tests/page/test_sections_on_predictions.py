"""What the page tells of predictions: beside the truth, calibrated or not, and by which columns."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

import plainweave as pw
from markdown import unaligned
from page_tables import texts
from plainweave.evidence import Calibration, ConfidenceBin, PredictingRun, Predictions
from plainweave.page import Study, run_study, write_page
from plainweave.page.sections.calibration import calibration
from plainweave.page.sections.importance import importance
from plainweave.page.sections.learned import learned
from plainweave.page.sections.predicted import predicted
from plainweave.page.sections.results import results
from plainweave.page.words import significant

NUMBERS = pw.Experiment(id="numbers", hidden=(8,), epochs=5, loss="squared-error", optimizer="adam")
QUANTILES = replace(NUMBERS, id="quantiles", loss="quantile:0.1,0.9")
CLASSES = pw.Experiment(id="classes", hidden=(6,), epochs=3)


def of_numbers(examples: int = 300, outputs: int = 1) -> pw.Dataset:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(examples, 3)).astype(np.float32)
    y = (x @ stream.normal(size=(3, outputs))).squeeze()
    middle = examples // 2
    return pw.Dataset(
        "sums", pw.Examples(x[:middle], y[:middle]), pw.Examples(x[middle:], y[middle:]), target_name="total"
    )


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study([NUMBERS], of_numbers(), tmp_path_factory.mktemp("numbers"), seeds=2)


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory, digits: pw.Dataset) -> Study:
    return run_study([CLASSES], digits, tmp_path_factory.mktemp("classes"), seeds=3)


# Predicted and true


def test_predictions_stand_beside_the_truth_in_the_targets_units(numbers: Study) -> None:
    shown = predicted(numbers)
    assert shown is not None
    assert shown.why == (
        "“numbers”, of the lowest validation loss (mean over seeds): 2 seeds, 150 test examples."
    )
    assert (shown.points, shown.has_hexagons, shown.left_out) == ("300", False, 0)
    assert [output.name for output in shown.outputs] == ["total"]
    assert shown.errors.caption.endswith("means over seeds with half the width of their 95 % intervals.")
    (row,) = texts(shown.errors)
    mean, half = map(float, row[1].split(" ± "))
    values = [(record.test or {})["absolute error"] for record in numbers.records]
    assert mean == pytest.approx(np.mean(values), rel=1e-3)
    assert half == pytest.approx(12.706 * np.std(values, ddof=1) / np.sqrt(2), rel=0.05)
    text = unaligned((numbers.out / "page.md").read_text())
    assert f"| total | {row[1]} |" in text
    page = numbers.page.read_text()
    assert 'aria-label="Predicted against true total: the targets reach from ' in page
    assert "Each picture has 300 predictions: 150 test examples of sums, 2 seeds.</p>" in page


def test_many_predictions_are_counted_in_hexagons_and_stay_small(tmp_path: Path) -> None:
    study = run_study([replace(NUMBERS, epochs=1)], of_numbers(20_000), tmp_path, seeds=2)
    shown = predicted(study)
    assert shown is not None
    assert (shown.points, shown.has_hexagons) == ("10,000", True)
    page = study.page.read_text()
    assert "predictions: 5,000 of the 10,000 test examples of sums, 2 seeds. They" in page
    assert "They are counted in hexagons: the stronger the colour, the more.</p>" in page
    assert len(page) < 1_000_000
    assert (tmp_path / "predictions.json").stat().st_size < 200_000


def test_each_quantile_and_each_target_has_its_pictures(tmp_path: Path) -> None:
    study = run_study([QUANTILES], of_numbers(), tmp_path / "quantiles")
    shown = predicted(study)
    assert shown is not None
    assert [output.name for output in shown.outputs] == ["total quantile 0.1", "total quantile 0.9"]
    assert "<h3>total quantile 0.9</h3>" in study.page.read_text()
    below = [float(row[-1]) for row in texts(shown.errors)]
    assert below[0] < below[1]
    many = run_study([NUMBERS], of_numbers(outputs=6), tmp_path / "many")
    shown = predicted(many)
    assert shown is not None
    assert (len(shown.outputs), shown.left_out) == (4, 2)
    assert "2 more outputs are not drawn." in many.page.read_text()


def test_one_seed_has_errors_without_an_interval(tmp_path: Path) -> None:
    shown = predicted(run_study([NUMBERS], of_numbers(), tmp_path))
    assert shown is not None
    assert "±" not in "".join(texts(shown.errors)[0])


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3.14159, 4, "3.142"),
        (314.159, 2, "314"),
        (184.2, 2, "184"),
        (0.0512, 2, "0.051"),
        (0.0, 2, "0.0"),
        (2e12, 2, "2e+12"),
        (-2e-9, 4, "-2e-09"),
    ],
)
def test_numbers_have_the_digits_that_count(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


# Calibration


def test_calibration_is_told_with_counts_and_its_interval(classes: Study) -> None:
    shown = calibration(classes)
    assert shown is not None
    assert re.fullmatch(
        r"\d+\.\d\d points \(95 % interval over seeds \d+\.\d\d to \d+\.\d\d\)", shown.error
    ), shown.error
    rows = texts(shown.bins)
    assert sum(float(row[1]) for row in rows) == pytest.approx(360, abs=0.5)
    assert rows[-1][0] == "90 to 100 %"
    assert f"Expected calibration error: {shown.error}.\n" in (classes.out / "page.md").read_text()


def test_ranges_without_examples_are_left_out_and_one_seed_has_no_interval(classes: Study) -> None:
    nothing = ConfidenceBin(0, 0, 0.0)
    bins = (*[nothing] * 8, ConfidenceBin(4, 2, 0.85), ConfidenceBin(6, 6, 0.95))
    of_one = Predictions("classes", 0, (PredictingRun(0, ""),), None, Calibration((bins,)), None, None)
    shown = calibration(replace_predictions(classes, of_one))
    assert shown is not None
    assert texts(shown.bins) == [
        ["80 to 90 %", "4", "85.0", "50.0"],
        ["90 to 100 %", "6", "95.0", "100.0"],
    ]
    assert shown.error == "17.00 points"


# Columns


def test_columns_stand_in_the_order_of_what_they_are_worth(numbers: Study) -> None:
    shown = importance(numbers)
    assert shown is not None
    assert (shown.worse, shown.examples, shown.shuffles, shown.left_out) == ("fall of R²", "150", 5, 0)
    values = [float(row[1]) for row in texts(shown.columns)]
    assert values == sorted(values, reverse=True)
    assert shown.columns.rows[0][0].text in ("column 0", "column 1", "column 2")
    assert "Fall of R² on sums without each column." in numbers.page.read_text()


def test_pixels_are_no_columns(classes: Study) -> None:
    assert importance(classes) is None
    assert predicted(classes) is None


# The confusion matrix


def test_shares_of_rows_are_told_and_errors_are_seen(classes: Study) -> None:
    shown = learned(classes)
    assert shown is not None
    assert shown.rates
    for row in shown.confusion:
        assert sum(taken.count for taken in row.taken) == row.examples
        assert sum(float(taken.percent or 0) for taken in row.taken) == pytest.approx(100, abs=0.5)
    wrong = [taken for row in shown.confusion for taken in row.taken if not taken.is_right]
    assert max(float(taken.strength) for taken in wrong) == 1.0
    assert all(float(taken.strength) == 0 for taken in wrong if not taken.count)
    assert '<td class="wrong" style="--share: 1.000"' in classes.page.read_text()


# All of it


def test_the_page_is_drawn_again_as_it_was(numbers: Study, classes: Study) -> None:
    for study in (numbers, classes):
        before = study.page.read_bytes()
        assert write_page(study.out).read_bytes() == before
        assert len(before) < 2_000_000


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_of_numbers_is_sound(browser: Browser, numbers: Study, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(numbers.page.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert noise == []
    ids = re.findall(r'\bid="([^"]*)"', numbers.page.read_text())
    assert len(ids) == len(set(ids))


def replace_predictions(study: Study, predictions: Predictions) -> Study:
    return Study(out=study.out, records=study.records, summary=study.summary, predictions=predictions)


# Results


def test_accuracies_are_held_against_the_most_frequent_class(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(200, 3))
    for share, told in (
        (0.8, "Who always says much, the most frequent class, is right in 80.00 %."),
        (0.5, ""),
    ):
        labels = (np.arange(200) % 10 < 10 * share).astype(int)
        dataset = pw.Dataset("few", pw.Examples(x, labels), pw.Examples(x, labels), ("little", "much"))
        study = run_study([CLASSES], dataset, tmp_path / str(share))
        assert [group.guess for group in results(study).groups] == [told]
        assert not told or told in (tmp_path / str(share) / "page.md").read_text()
