"""The sections of the page, in its order; each file has one, and the folder of templates two for each."""

from plainweave.page.section import Section
from plainweave.page.sections.calibration import calibration
from plainweave.page.sections.claims import claims
from plainweave.page.sections.curves import curves
from plainweave.page.sections.gradients import gradients
from plainweave.page.sections.importance import importance
from plainweave.page.sections.learned import learned
from plainweave.page.sections.predicted import predicted
from plainweave.page.sections.results import results
from plainweave.page.sections.settings import settings
from plainweave.page.sections.try_it import try_it
from plainweave.page.sections.tuning import tuning

__all__ = ["SECTIONS"]

SECTIONS = (
    Section("tuning", "What tuning gained", tuning),
    Section("results", "Results", results),
    Section("try-it", "Try it", try_it),
    Section("curves", "Curves", curves),
    Section("claims", "Claims", claims),
    Section("learned", "What the best network learned", learned),
    Section("predicted", "Predicted and true", predicted),
    Section("calibration", "Calibration: is it as often right as it says?", calibration),
    Section("importance", "What each column is worth", importance),
    Section("gradients", "Gradients", gradients),
    Section("settings", "Settings and versions", settings),
)
