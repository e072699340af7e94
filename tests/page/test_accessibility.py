"""The page and the documentation's site, as axe-core judges whether people with other senses can use them."""

import os
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import plainweave as pw
from laid_out import room_beside_tables, unfold, unfolded
from plainweave.evidence.claims import Claim, ClaimedComparison
from plainweave.page import run_study

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
SITE = Path(__file__).parents[2] / "build" / "site"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def page_of_all(tmp_path_factory: pytest.TempPathFactory, digits: pw.Dataset) -> Path:
    """A page with a matrix of pairs, claims and all sections on pictures."""
    networks = [pw.Experiment(id=f"network-{units}", hidden=(units,), epochs=35) for units in range(2, 9)]
    claim = Claim(
        "More is better.", (ClaimedComparison("test accuracy", "network-8", "network-2", above=0.0),)
    )
    return run_study(networks, digits, tmp_path_factory.mktemp("all"), seeds=2, claims=[claim]).page


def faults(browser: Browser, path: Path, scheme: str, width: int) -> list[tuple[str, str, str]]:
    """What axe-core finds on a page with everything unfolded: the rule, how bad it is, where."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(path.as_uri())
    unfold(page)
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((found) => found.violations)")
    context.close()
    return [(fault["id"], fault["impact"], fault["nodes"][0]["html"]) for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wrong_with_the_page(browser: Browser, page_of_all: Path, scheme: str, width: int) -> None:
    assert faults(browser, page_of_all, scheme, width) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_no_table_is_wider_than_a_phone_or_a_desk(browser: Browser, page_of_all: Path, width: int) -> None:
    room = room_beside_tables(unfolded(browser, page_of_all, width))
    assert len(room) >= 6
    assert min(room) >= 0


@pytest.mark.skipif("PLAINWEAVE_TEST_SITE" not in os.environ, reason="the site may be built just now")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "tutorials/digits", "api/training"])
def test_nothing_serious_is_wrong_with_the_site(browser: Browser, name: str, scheme: str) -> None:
    found = faults(browser, SITE / f"{name}.html", scheme, 1280)
    assert [fault for fault in found if fault[1] in SERIOUS] == []
