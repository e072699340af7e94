"""The sections of a reproduction's page: those of every page, and those that only the report's has."""

from dataclasses import replace
from functools import partial

from plainweave.page import SECTIONS as GENERAL
from plainweave.page.section import Section
from plainweave.page.sections.gradients import gradients
from plainweave.paper.sections.conventions import CONVENTIONS
from plainweave.paper.sections.table_1 import TABLE_1
from plainweave.paper.table_1 import EPSILON

__all__ = ["SECTIONS"]


def _of_a_reproduction(section: Section) -> tuple[Section, ...]:
    """Return what stands in the place of a general section."""
    if section.id == "claims":
        return (replace(section, title="The report's claims"),)
    if section.id == "gradients":
        return (replace(section, content=partial(gradients, steps={"the report": EPSILON})), TABLE_1)
    if section.id == "learned":
        return (CONVENTIONS, section)
    return (section,)


SECTIONS = tuple(part for section in GENERAL for part in _of_a_reproduction(section))
