"""One epoch of training, and the scoring of a network."""

from plainweave.engine.checks import check_slots
from plainweave.engine.engine import ENGINES, engine_name, program_for
from plainweave.engine.mixed import PRECISIONS
from plainweave.engine.program import Program, Until, Work
from plainweave.engine.reference import evaluate
from plainweave.engine.score import Score
from plainweave.extension import kernels, units

__all__ = [
    "ENGINES",
    "PRECISIONS",
    "Program",
    "Score",
    "Until",
    "Work",
    "check_slots",
    "engine_name",
    "evaluate",
    "kernels",
    "program_for",
    "units",
]
