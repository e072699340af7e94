"""Rows of a table, prepared and predicted in a real browser as in Python."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from scipy.special import ndtri

import plainweave as pw
from markdown import unaligned
from plainweave.arrays import FloatArray
from plainweave.data.tables.column import Column
from plainweave.data.tables.number_column import NumberColumn
from plainweave.data.tables.table import Table
from plainweave.evidence import read_predictions, write_predictions
from plainweave.experiments import run_folder
from plainweave.page import Study, run_study, write_page
from plainweave.page.sections.settings import settings
from plainweave.training import Model
from refusals import refused

NET = pw.Experiment(id="net", hidden=(6,), epochs=3, optimizer="adam", learning_rate=0.01, rare=10)
NUMBERS = replace(NET, loss="squared-error")
ROWS = 200


def table() -> Table:
    """Numbers with and without holes, few and many levels, rare ones, some of which the test alone has."""
    stream = np.random.default_rng(0)
    holes = np.where(stream.random(ROWS) < 0.2, np.nan, stream.normal(50, 9, ROWS))
    often_one = np.round(np.exp(stream.normal(0, 0.5, ROWS)))
    levels = ("<b>", "a", "b", "c", "new")
    many = stream.choice([-1, 0, 1, 2, 3], ROWS, p=[0.1, 0.02, 0.4, 0.4, 0.08])
    many[150:156] = 4
    return Table((
        Column("holes", holes),
        Column("often one", often_one),
        Column("same", np.ones(ROWS)),
        Column("many", many, levels),
        Column("two", stream.choice([0, 1], ROWS), ("no", "yes")),
    ))  # fmt: skip


def dataset(targets: FloatArray, class_names: Sequence[str] = (), name: str = "") -> pw.Dataset:
    inputs = table()
    parts = [pw.Examples(inputs[rows], targets[rows]) for rows in (slice(150), slice(150, ROWS))]
    return pw.Dataset("rows", parts[0], parts[1], tuple(class_names), target_name=name)


def classes() -> pw.Dataset:
    return dataset(np.arange(ROWS) % 3.0, ("low", "</script>", "high"))


def prices(targets: int = 1) -> pw.Dataset:
    holes = np.asarray(table().column("holes").values, np.float64)
    values = 1000 + 100 * np.nan_to_num(holes, nan=50.0)
    return dataset(values if targets == 1 else np.stack([values, values / 1000], axis=1), name="price")


def model_of(study: Study) -> Model:
    found = read_predictions(study.out)
    assert found is not None
    return pw.load(run_folder(study.out, found.experiment, found.best) / "weights.safetensors")


def shown(study: Study, data: pw.Dataset) -> pw.Examples:
    """The test examples that the page begins with."""
    found = read_predictions(study.out)
    assert found is not None
    assert found.samples is not None
    assert found.samples.examples[:20] == tuple(range(20))
    return data.test[np.array(found.samples.examples)]


def opened(browser: Browser, study: Study) -> tuple[Page, list[str]]:
    page = browser.new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(study.page.as_uri())
    return page, noise


def said(page: Page) -> FloatArray:
    """Take every test example in turn, and return what the network says."""
    values = page.evaluate(
        """() => [...document.getElementById("sample").options].map((option) => {
            const sample = document.getElementById("sample");
            sample.value = option.value;
            sample.dispatchEvent(new Event("change", { bubbles: true }));
            return JSON.parse(document.getElementById("result").dataset.outputs);
        })"""
    )
    return np.array(values)


def filled_in(page: Page, row: Mapping[str, str]) -> FloatArray:
    for name, value in row.items():
        field = page.locator("#fields").get_by_label(name)
        if field.evaluate("(field) => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    return np.array(page.evaluate("JSON.parse(document.getElementById('result').dataset.outputs)"))


@pytest.mark.parametrize("standardize", ["none", "standard", "robust", "normal"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_page_says_the_probabilities_that_python_says(
    browser: Browser, tmp_path: Path, standardize: str, dtype: str
) -> None:
    data = classes()
    study = run_study([replace(NET, standardize=standardize, dtype=dtype)], data, tmp_path)
    expected = model_of(study).probabilities(shown(study, data).inputs)
    page, noise = opened(browser, study)
    found = said(page)
    np.testing.assert_allclose(found, expected, atol=1e-5 if dtype == "float32" else 1e-12)
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    assert noise == []
    labels = page.locator("#sample optgroup").evaluate_all("(groups) => groups.map((group) => group.label)")
    assert labels == ["the first ones", "its most confident mistakes"]
    assert (expected[20:].argmax(axis=-1) != shown(study, data).labels[20:]).all()


@pytest.mark.parametrize("loss", ["squared-error", "huber", "poisson", "quantile:0.1,0.9"])
@pytest.mark.parametrize("targets", [1, 2])
def test_the_page_says_numbers_in_units(browser: Browser, tmp_path: Path, loss: str, targets: int) -> None:
    data = prices(targets)
    study = run_study([replace(NUMBERS, loss=loss, learning_rate=0.001)], data, tmp_path)
    expected = cast(FloatArray, model_of(study).predict(shown(study, data).inputs))
    page, noise = opened(browser, study)
    np.testing.assert_allclose(said(page), expected.reshape(30, -1), rtol=1e-5)
    assert noise == []


def test_what_one_fills_in_is_seen_as_python_sees_it(browser: Browser, tmp_path: Path) -> None:
    study = run_study([NET], classes(), tmp_path)
    page, noise = opened(browser, study)
    text = {"holes": "", "often one": "2", "many": "(missing, or another)", "two": "yes"}
    row = {"holes": [None], "often one": [2.0], "many": [None], "two": ["yes"]}
    expected = model_of(study).probabilities(Table.of(row))[0]
    np.testing.assert_allclose(filled_in(page, text), expected, atol=1e-5)
    assert page.inner_text("#said").startswith("Your example. The network says: ")
    outside = filled_in(page, {**text, "holes": "500"})
    np.testing.assert_allclose(
        outside, model_of(study).probabilities(Table.of({**row, "holes": [500.0]}))[0], atol=1e-5
    )
    field = page.locator("#fields").get_by_label("holes")
    assert field.get_attribute("class") == "outside"
    field.press("Enter")
    assert field.input_value() == "500"
    assert noise == []


def test_a_form_tells_ranges_medians_and_levels(browser: Browser, tmp_path: Path) -> None:
    study = run_study([NET], classes(), tmp_path)
    page, _ = opened(browser, study)
    preparation = model_of(study).preparation
    assert preparation is not None
    holes = preparation.columns[0]
    assert isinstance(holes, NumberColumn)
    hints = page.locator("#fields small").all_inner_texts()
    assert hints[0] == f"{holes.low:.6g} to {holes.high:.6g}, median {holes.median:.6g}"
    options = page.locator("#fields").get_by_label("many").locator("option").all_inner_texts()
    assert options == ["<b>", "a", "b", "c", "(missing, or another)"]
    assert "Columns that did not vary in training are left out: same." in page.inner_text("#try-it")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_became_of_each_column_is_told(tmp_path: Path) -> None:
    study = run_study([NET], classes(), tmp_path)
    columns = settings(study).columns
    assert columns is not None
    assert columns.caption == (
        "Columns of rows, as they were prepared for net, seed 0, by what its training part tells."
    )
    told = {row[0].text: (row[1].text, row[2].text) for row in columns.rows}
    assert told["same"] == ("numbers 1 to 1", "left out, as constant")
    assert told["two"] == ("categories no, yes (2)", "-1 for no, 1 for yes")
    text = unaligned((tmp_path / "page.md").read_text())
    assert "| same | numbers 1 to 1 | left out, as constant |\n" in text


def test_the_scripts_normal_quantile_is_right(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, run_study([NET], classes(), tmp_path))
    p = np.concatenate([np.linspace(0.001, 0.999, 500), [1e-7, 1e-5, 1e-12, 1 - 1e-7, 0.075, 0.925]])
    np.testing.assert_allclose(
        page.evaluate("(ps) => ps.map(normalQuantile)", p.tolist()), ndtri(p), rtol=1e-12, atol=1e-15
    )


def test_too_many_columns_or_levels_are_no_form(tmp_path: Path) -> None:
    stream = np.random.default_rng(0)
    wide = Table(tuple(Column(f"c{n}", stream.normal(size=40)) for n in range(101)))
    levels = tuple(sorted(f"level {n}" for n in range(300)))
    long = Table((Column("x", np.arange(900) % 300, levels),))
    for place, inputs in enumerate((wide, long)):
        examples = pw.Examples(inputs, np.arange(len(inputs)) % 2)
        data = pw.Dataset("much", examples, examples, ("no", "yes"))
        study = run_study([replace(NET, epochs=1, rare=1)], data, tmp_path / str(place))
        assert 'id="try-it"' not in study.page.read_text()
        assert 'id="calibration"' in study.page.read_text()


def test_samples_and_weights_of_other_columns_are_not_shown_together(tmp_path: Path) -> None:
    study = run_study([NET], classes(), tmp_path)
    found = read_predictions(tmp_path)
    assert found is not None
    assert found.samples is not None
    other = replace(found.samples, names=("x", *found.samples.names[1:]))
    write_predictions(tmp_path, replace(found, samples=other))
    weights = run_folder(tmp_path, "net", 0) / "weights.safetensors"
    assert refused(lambda: write_page(study.out)) == (
        f"{tmp_path}/predictions.json and {weights} are of other columns. Remove both."
    )


def test_the_page_of_a_table_is_drawn_again_without_the_data(tmp_path: Path) -> None:
    study = run_study([NUMBERS, replace(NUMBERS, id="flat", hidden=())], prices(), tmp_path, seeds=2)
    before = study.page.read_bytes()
    assert len(before) < 2_000_000
    assert write_page(tmp_path).read_bytes() == before
