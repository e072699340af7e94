"""A section of the page: one function that takes the study, and two templates.

    def words(study: Study) -> Words | None:      # None: there is nothing to say, and no section
        return Words(...) if study.tested else None

    Section("words", "In a few words", words, templates="my_package")

`my_package/templates/words.html.j2` and `words.md.j2` are filled in with the function's dataclass, by the
name of `content`, and with the `study`. The frame puts the title above each.
`macros.html.j2` and `macros.md.j2` have what they share: `{% import "macros.html.j2" as macros %}`, then
`{{ macros.table(content.accuracies) }}`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from plainweave.page.study import Study


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        id: of the HTML element, and the name of the templates.
        title: its heading, and what the navigation calls it.
        content: what the templates fill in, a dataclass; None if the section is not to be there.
        templates: the package whose folder `templates` holds ID.html.j2 and ID.md.j2.
    """

    id: str
    title: str
    content: Callable[[Study], object | None]
    templates: str = "plainweave.page"
