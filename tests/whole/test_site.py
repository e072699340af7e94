"""The site has every public name, and no code that nothing runs; examples in docstrings run."""

import doctest
import re
from importlib import import_module
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


def test_the_links_of_the_readme_lead_somewhere() -> None:
    readme = DOCS.parent / "README.md"
    links = re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", readme.read_text(encoding="utf-8"))
    assert links
    for name, anchor in links:
        text = (readme.parent / name).read_text(encoding="utf-8")
        headings = re.findall("^#+ (.+)$", text, re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, (name, anchor)


def test_the_examples_of_docstrings_run() -> None:
    package = Path(pw.__file__).parent
    files = [file for file in package.rglob("*.py") if ">>> " in file.read_text(encoding="utf-8")]
    assert files
    for file in files:
        name = ".".join((package.name, *file.relative_to(package).with_suffix("").parts))
        failed, tried = doctest.testmod(import_module(name.removesuffix(".__init__")))
        assert tried
        assert not failed, name
