"""Evidence: what records say, with intervals, about statements."""

from plainweave.evidence.claims_file import (
    CLAIMS_FILE,
    find_claims,
    read_claims,
    statements_from,
    write_claims,
)
from plainweave.evidence.gradients import checked_examples, gradient_evidence
from plainweave.evidence.learned import best_run, what_was_learned
from plainweave.evidence.measures import MEASURES, Measure
from plainweave.evidence.power import seeds_needed
from plainweave.evidence.statements import (
    Comparison,
    Finding,
    Judgement,
    Statement,
    judge,
    judge_all,
    runs_by_id,
)
from plainweave.evidence.statistics import (
    CONFIDENCE,
    Estimate,
    Region,
    Verdict,
    estimate,
    estimate_difference,
    paired_differences,
)
from plainweave.evidence.summary import Difference, difference, judgement_summary, summarize

__all__ = [
    "CLAIMS_FILE",
    "CONFIDENCE",
    "MEASURES",
    "Comparison",
    "Difference",
    "Estimate",
    "Finding",
    "Judgement",
    "Measure",
    "Region",
    "Statement",
    "Verdict",
    "best_run",
    "checked_examples",
    "difference",
    "estimate",
    "estimate_difference",
    "find_claims",
    "gradient_evidence",
    "judge",
    "judge_all",
    "judgement_summary",
    "paired_differences",
    "read_claims",
    "runs_by_id",
    "seeds_needed",
    "statements_from",
    "summarize",
    "what_was_learned",
    "write_claims",
]
