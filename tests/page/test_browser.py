"""The page as people use it, in a real browser."""

import math
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

import plainweave as pw
from laid_out import unfold
from plainweave.evidence import read_learned, read_summary
from plainweave.experiments import Store, run_folder
from plainweave.page import run_study

FASHION_MNIST = os.environ.get("PLAINWEAVE_DATA")  # before a fixture hides it


@pytest.fixture(scope="module")
def digits_page(tmp_path_factory: pytest.TempPathFactory, digits: pw.Dataset) -> Path:
    wide = pw.Experiment(id="wide", hidden=(16, 8), activation=("leaky-relu:0.2", "sigmoid"), epochs=30)
    chosen = replace(wide, id="chosen", test=False, epochs=2)
    flat = pw.Experiment(id="flat", hidden=(), epochs=1, standardize="per-image")
    return run_study([wide, flat, chosen], digits, tmp_path_factory.mktemp("digits"), seeds=2).page


@pytest.fixture(scope="module")
def fashion_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if FASHION_MNIST is None:
        pytest.skip("there is no Fashion-MNIST: set PLAINWEAVE_DATA to its folder")
    dataset = pw.load_dataset("fashion-mnist", FASHION_MNIST)
    small = pw.Experiment(id="small", hidden=(20,), epochs=2, standardize="per-pixel")
    return run_study([small], dataset, tmp_path_factory.mktemp("fashion")).page


def best_weights(out: Path) -> Path:
    learned = read_learned(out)
    assert learned is not None
    return run_folder(out, learned.experiment, learned.seed) / "weights.safetensors"


def opened(browser: Browser, path: Path, **settings: object) -> tuple[Page, list[str]]:
    """Open a page from disk; what it says on the console and asks for goes into the list."""
    page = browser.new_page(**settings)  # type: ignore[arg-type]
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: noise.append(request.url))
    page.goto(path.as_uri())
    assert noise.pop(0) == path.as_uri()
    return page, noise


def test_the_page_opens_from_disk_quietly_and_asks_for_nothing(browser: Browser, digits_page: Path) -> None:
    page, noise = opened(browser, digits_page)
    for panel in page.query_selector_all(".panel"):
        panel.hover()
    page.wait_for_timeout(200)
    assert noise == []
    assert page.title() == "plainweave: 6 runs on digits"
    assert digits_page.stat().st_size < 500_000


@pytest.mark.parametrize("which", ["digits", "fashion"])
def test_try_it_says_what_python_says(
    browser: Browser, which: str, digits: pw.Dataset, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(f"{which}_page")
    dataset = digits if which == "digits" else pw.load_dataset("fashion-mnist", FASHION_MNIST)
    weights = best_weights(path.parent)
    probabilities = pw.load(weights).probabilities(dataset.test.inputs[:200])
    page, noise = opened(browser, path)
    said = page.evaluate(
        """() => [...document.querySelectorAll("#samples button")].map((button) => {
            button.click();
            const { predicted, probability } = document.getElementById("result").dataset;
            return [Number(predicted), Number(probability)];
        })"""
    )
    assert [label for label, _ in said] == probabilities.argmax(axis=-1).tolist()
    np.testing.assert_allclose(
        [probability for _, probability in said], probabilities.max(axis=-1), rtol=1e-4
    )
    assert noise == []


ACTIVATIONS = ("elu:0.7", "selu", "gelu", "gelu-tanh", "silu", "mish", "softplus", "identity", "tanh", "relu")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_script_knows_every_activation(
    browser: Browser, digits: pw.Dataset, tmp_path: Path, dtype: str
) -> None:
    all_of_them = pw.Experiment(
        id="all",
        hidden=(12,) * len(ACTIVATIONS),
        activation=ACTIVATIONS,
        scale=True,
        dropout=0.1,
        loss="softmax:0.1",
        optimizer="adam",
        epochs=2,
        dtype=dtype,
    )
    path = run_study([all_of_them], digits, tmp_path).page
    expected = pw.load(best_weights(tmp_path)).probabilities(digits.test.inputs[:200])
    page, noise = opened(browser, path)
    said = page.evaluate(
        """() => [...document.querySelectorAll("#samples button")].map((button) => {
            button.click();
            return Number(document.getElementById("result").dataset.probability);
        })"""
    )
    tolerance = 1e-12 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(said, expected.max(axis=-1), rtol=tolerance)
    assert noise == []


def test_the_scripts_error_function_is_right(browser: Browser, digits_page: Path) -> None:
    x = np.concatenate([np.linspace(-7, 7, 401), [2.999999, 3.0, 3.000001, 1e-9, 40.0]])
    page, _ = opened(browser, digits_page)
    said = page.evaluate("(xs) => xs.map(erf)", x.tolist())
    np.testing.assert_allclose(said, [math.erf(value) for value in x], rtol=1e-13, atol=1e-300)


def test_a_network_that_the_script_does_not_know_is_not_to_be_tried(
    digits: pw.Dataset, tmp_path: Path
) -> None:
    labels = (digits.train.labels > 4).astype(float), (digits.test.labels > 4).astype(float)
    two = replace(
        digits,
        train=pw.Examples(digits.train.inputs, labels[0]),
        test=pw.Examples(digits.test.inputs, labels[1]),
        class_names=("low", "high"),
    )
    study = run_study([pw.Experiment(id="yes", hidden=(4,), epochs=1, loss="sigmoid")], two, tmp_path)
    assert study.learned is not None
    page = study.page.read_text()
    assert 'id="learned"' in page
    assert 'id="try-it"' not in page


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (40, 40), (91, 30), (5, 60), (300, 211)])
def test_a_picture_of_ones_own_is_seen_as_predict_sees_it(
    browser: Browser, digits_page: Path, tmp_path: Path, size: tuple[int, int], light: bool
) -> None:
    stream = np.random.default_rng(size[0])
    coarse = Image.fromarray(stream.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    picture = tmp_path / "picture.png"
    coarse.resize(size, Image.Resampling.BICUBIC).save(picture)
    raw = pw.read_image(picture, (8, 8), full_scale=16, background="light" if light else "dark")
    expected = pw.load(best_weights(digits_page.parent)).probabilities(raw)[0]
    page, noise = opened(browser, digits_page)
    page.set_input_files("#file", picture)
    page.wait_for_function("document.getElementById('said').textContent.startsWith('Your picture')")
    told = pw.read_image(picture, (8, 8), full_scale=16)  # which finds the ground by itself
    is_light = page.is_checked("#light")
    assert is_light == bool(
        np.array_equal(told, pw.read_image(picture, (8, 8), full_scale=16, background="light"))
    )
    if is_light is not light:
        page.evaluate("document.getElementById('said').textContent = ''")
        page.set_checked("#light", light)
        page.wait_for_function("document.getElementById('said').textContent.startsWith('Your picture')")
    said = page.evaluate(
        "[...document.querySelectorAll('#probabilities i')].map((bar) => parseFloat(bar.style.width))"
    )
    np.testing.assert_allclose(said, 100 * expected, atol=1.0)
    assert int(page.get_attribute("#result", "data-predicted") or -1) == expected.argmax()
    assert noise == []


def test_what_is_no_picture_is_said(browser: Browser, digits_page: Path, tmp_path: Path) -> None:
    path = tmp_path / "words.png"
    path.write_text("no picture")
    page, _ = opened(browser, digits_page)
    page.set_input_files("#file", path)
    page.wait_for_function("document.getElementById('said').textContent.includes('words.png')")
    assert page.inner_text("#said") == (
        "words.png can't be read as a picture here, or is too large. Try a smaller PNG or JPEG."
    )
    assert not page.is_visible("#result")  # that of the picture before


def test_the_newest_picture_wins(browser: Browser, digits_page: Path, tmp_path: Path) -> None:
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    stream = np.random.default_rng(0)
    Image.fromarray(stream.integers(0, 256, (1500, 1500), dtype=np.uint8)).save(large)
    Image.fromarray(stream.integers(0, 256, (8, 8), dtype=np.uint8)).save(small)
    page, noise = opened(browser, digits_page)
    page.set_input_files("#file", small)
    page.wait_for_function("document.getElementById('said').textContent.startsWith('Your picture')")
    wanted = page.get_attribute("#result", "data-probability")
    page.evaluate("""() => {  // the first decoding takes longer than the second
        const real = window.createImageBitmap;
        let calls = 0;
        window.createImageBitmap = async (file, options) => {
            if (calls++ === 0) await new Promise((done) => { window.late = done; });
            return real(file, options);
        };
    }""")
    page.set_input_files("#file", large)
    page.set_input_files("#file", small)
    page.wait_for_function(f"document.getElementById('result').dataset.probability === '{wanted}'")
    page.evaluate("async () => { window.late(); await new Promise((done) => setTimeout(done, 300)); }")
    assert page.get_attribute("#result", "data-probability") == wanted
    assert noise == []


def test_curves_are_read_out_by_pointer_and_by_keys(browser: Browser, digits_page: Path) -> None:
    page, _ = opened(browser, digits_page)
    records = [record for record in Store(digits_page.parent).records() if record.experiment.id == "wide"]
    panel = page.locator(".multiples .panel").first
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    words = panel.locator("output").inner_text()
    found = re.fullmatch(r"epoch (\d+) · training ([\d.]+) · validation ([\d.]+)", words)
    assert found, words
    epoch = int(found[1])
    assert 10 < epoch < 25
    for part, value in (("training", found[2]), ("validation", found[3])):
        mean = np.mean([getattr(record.history, f"{part}_loss")[epoch - 1] for record in records])
        assert float(value) == pytest.approx(mean, abs=1e-4)
    panel.focus()
    page.keyboard.press("ArrowRight")
    assert panel.locator("output").inner_text().startswith(f"epoch {epoch + 1} ·")
    page.mouse.move(0, 0)
    page.emulate_media(media="print")
    assert not panel.locator("output").is_visible()
    assert not page.locator("#try-it").is_visible()


def test_networks_are_picked_and_hidden(browser: Browser, digits_page: Path) -> None:
    page, noise = opened(browser, digits_page)
    lines = page.locator(".overlays .panel").first.locator(".line.smooth")
    assert lines.evaluate_all("(all) => all.map((line) => getComputedStyle(line).display)") == ["inline"] * 2
    page.uncheck(".overlays input[value=flat]")
    assert lines.evaluate_all("(all) => all.map((line) => getComputedStyle(line).display)") == [
        "inline",
        "none",
    ]
    panel = page.locator(".overlays .panel").first
    panel.focus()
    page.keyboard.press("ArrowLeft")
    assert re.fullmatch(r"epoch 29 · wide [\d.]+", panel.locator("output").inner_text())
    page.mouse.move(0, 0)
    raw = page.locator(".overlays .panel").first.locator(".line.raw").first
    assert raw.evaluate("(line) => getComputedStyle(line).opacity") == "0.13"
    page.uncheck(".smoothing input")
    assert raw.evaluate("(line) => getComputedStyle(line).opacity") == "1"
    assert not lines.first.is_visible()
    page.click("button:text-is('none')")
    assert page.locator(".overlays input:checked").count() == 0
    page.click("button:text-is('all')")
    assert page.locator(".overlays input:checked").count() == 2
    assert noise == []


def test_captions_stay_where_tables_scroll_and_the_keyboard_reaches_them(
    browser: Browser, digits_page: Path
) -> None:
    page, _ = opened(browser, digits_page, viewport={"width": 320, "height": 800})
    unfold(page)
    page.wait_for_function("document.querySelector('details .wide[tabindex]') !== null")
    for box in page.query_selector_all(".wide"):
        scrolls = box.evaluate("(box) => box.scrollWidth > box.clientWidth")
        assert (box.get_attribute("tabindex") == "0") == scrolls
    assert page.evaluate("document.querySelectorAll('.wide caption, .wide figcaption').length") == 0
    assert page.evaluate("document.querySelectorAll('th:not([scope])').length") == 0
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("document.querySelector('.wide[tabindex]') === null")


def test_a_few_mistakes_are_seen_and_the_others_unfold(browser: Browser, digits_page: Path) -> None:
    page, _ = opened(browser, digits_page)
    shown = page.locator("#learned .gallery li:visible")
    assert shown.count() == 10
    page.click("#learned summary")
    assert shown.count() == 24


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_a_phone_and_a_desk_by_day_and_by_night(
    browser: Browser, digits_page: Path, scheme: str, width: int
) -> None:
    page, _ = opened(browser, digits_page, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = page.evaluate(
        "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))"
    )
    darkness = [sum(map(int, re.findall(r"\d+", color))) for color in (ink, paper)]
    assert (darkness[0] < darkness[1]) == (scheme == "light")


def test_without_a_script_the_page_tells_all_but_try_it(browser: Browser, digits_page: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(digits_page.as_uri())
    assert page.locator(".panel svg").first.is_visible()
    assert not page.locator("#try-it").is_visible()


def test_every_picture_has_words_and_every_id_is_one(digits_page: Path) -> None:
    text = digits_page.read_text()
    for tag in re.findall(r"<(?:img|svg)\b[^>]*>", text):
        assert re.search(r'alt="[^"]|aria-label="[^"]|aria-hidden="true"', tag), tag[:200]
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def test_any_two_experiments_are_compared(digits_page: Path) -> None:
    summary = read_summary(digits_page.parent)
    (pair,) = summary.comparisons
    assert (pair.first, pair.second, pair.n, pair.confidence) == ("wide", "flat", 2, 0.95)
    means = {row.id: row.test["accuracy"].mean or 0.0 for row in summary.rows if row.test}
    assert pair.mean == pytest.approx(means["wide"] - means["flat"])
    assert f"{pair.mean:+.2f}" in digits_page.read_text()
