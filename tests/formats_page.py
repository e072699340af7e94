"""The page on other forms, part by part."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"


def code_of(heading: str, language: str = "python") -> str:
    """The code under a heading, all blocks together."""
    text = PAGE.read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL))
