"""The page on other forms, part by part."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "formats.md"


def code_of(heading: str = "", language: str = "python", page: Path = PAGE) -> str:
    """The code under a heading, all blocks together; by default that before the first."""
    before, *parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {part.partition("\n")[0]: part for part in parts} | {"": before}
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", found[heading], re.DOTALL))
