"""The site has every public name, and no code that nothing runs."""

import re
from pathlib import Path

import plainweave as pw

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))

# Pages whose Python the tests run; that of all others, in code cells, is run when the site is built.
RUN_BY_TESTS = {
    "big-data.md",
    "cluster.md",
    "evidence.md",
    "formats.md",
    "model-file.md",
    "pictures.md",
    "scikit-learn.md",
    "tables.md",
    "trackers.md",
    "training.md",
    "tuning.md",
}


def test_the_reference_has_every_public_name() -> None:
    described = re.findall(r"^\.\. auto\w+:: (\w+)$", REFERENCE, re.MULTILINE)
    assert sorted(described) == sorted({*pw.__all__, *pw.interop.__all__} - {"__version__", "interop"})


def test_all_code_of_the_pages_is_run_by_somebody() -> None:
    pages = {str(page.relative_to(DOCS)): page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md")}
    plain = {name for name, text in pages.items() if re.search("^```python", text, re.MULTILINE)}
    cells = {name for name, text in pages.items() if re.search("^```{code-cell}", text, re.MULTILINE)}
    executed = {name for name, text in pages.items() if text.startswith("---\nfile_format: mystnb\n")}
    assert plain == RUN_BY_TESTS
    assert cells == executed
