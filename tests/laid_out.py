"""A page as a browser lays it out."""

from pathlib import Path

from playwright.sync_api import Browser, Page


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")


def unfolded(browser: Browser, path: Path, width: int) -> Page:
    """Open a page with everything unfolded, so many pixels wide."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    unfold(page)
    return page


def room_beside_tables(page: Page) -> list[int]:
    """How many pixels each table leaves of its place; less than 0 where it has to be scrolled."""
    room: list[int] = page.evaluate(
        "[...document.querySelectorAll('.wide')].map((box) => box.clientWidth - box.scrollWidth)"
    )
    return room
