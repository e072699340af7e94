"""The documentation site. `make docs` builds it; every warning is an error."""

import inspect
import os
import sys
from functools import partialmethod
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from sphinx.application import Sphinx

import plainweave

project = "plainweave"
author = "The plainweave developers"
project_copyright = author
version = release = plainweave.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_heading_anchors = 4  # as GitHub makes them

# Code cells are run in a folder of their own, one page after another; all other code is run by the tests.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # seconds: a cell starts a cluster, and machines are busy at times
nb_merge_streams = True  # which breaks a line wherever a piece of output ends, if pieces there are
NotebookClient.__init__ = partialmethod(NotebookClient.__init__, coalesce_streams=True)
# For commands in code cells: those of this environment, plain text, one thread, and the files of the pages.
os.environ |= {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "TTY_COMPATIBLE": "0",
    "OMP_NUM_THREADS": "1",
    "PLAINWEAVE_PAGES": str(Path(__file__).parent),
}

default_role = "literal"  # `x` in a docstring is code
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say in words what is meant, with shapes
add_module_names = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False

html_theme = "furo"
html_title = "plainweave"
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]

linkcheck_anchors = False


def keep_lines_of_properties(app: Sphinx) -> None:
    """Leave what a property's line says: napoleon takes the words before a colon for a type."""
    lines_of: dict[str, list[str]] = {}

    def keep(_: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
        lines_of[name] = [*lines]

    def restore(_: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
        if what == "property" and len(lines_of[name]) <= 2:
            lines[:] = lines_of[name]

    app.connect("autodoc-process-docstring", keep, priority=400)
    app.connect("autodoc-process-docstring", restore, priority=600)


class Long:
    """A default that fills lines: those of a study's sections have all their functions and titles."""

    def __repr__(self) -> str:
        return "..."


def shorten_defaults(
    _: Sphinx, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Write a function's long defaults as three dots."""
    if what != "function":
        return signature, returns
    called = inspect.signature(thing)
    shown = [
        argument.replace(
            annotation=argument.empty,
            default=Long() if len(repr(argument.default)) > 60 else argument.default,
        )
        for argument in called.parameters.values()
    ]
    return str(called.replace(parameters=shown, return_annotation=called.empty)), returns


def level_captions(_: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the captions of the navigation the level that a heading needs for screen readers."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Sphinx) -> None:
    """Mend what the extensions and the theme leave."""
    keep_lines_of_properties(app)
    app.connect("autodoc-process-signature", shorten_defaults)
    app.connect("html-page-context", level_captions, priority=900)
