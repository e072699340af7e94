"""Filling in templates: those of the page, and those that other packages have for sections of their own."""

from functools import lru_cache

import jinja2
from markupsafe import Markup

from plainweave.display import counted
from plainweave.page import words
from plainweave.page.markdown import markdown
from plainweave.storage.forms import to_json

_PACKAGE = "plainweave.page"


def fill_in(package: str, template: str, **values: object) -> Markup:
    """Fill in a template of a package; those of the page can be imported and included there.

    Args:
        package: whose folder `templates` holds it.
        template: its name; what is filled in is escaped where it ends with "html.j2".
        values: by name.
    """
    return Markup(_environment(package).get_template(template).render(values))


@lru_cache
def _environment(package: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name) for name in (package, _PACKAGE)]),
        autoescape=jinja2.select_autoescape(("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"counted": counted, "plain": words.plain}
    environment.filters |= {"markdown": markdown, "json": _json}
    return environment


def _json(form: object) -> Markup:
    """Return a form as JSON that means nothing in HTML."""
    text = to_json(form, indent=None).strip()
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
