"""Evidence: what records say, with intervals, about statements."""

from plainweave.evidence.audit import (
    ALL_CONVENTIONS,
    Conventions,
    Reading,
    audit_experiments,
    read_audit,
)
from plainweave.evidence.claims import CLAIMS, Claim, Comparison
from plainweave.evidence.judgement import Finding, Judgement, judge, judge_all
from plainweave.evidence.learned import best_run, what_was_learned
from plainweave.evidence.statistics import Estimate, Region, Verdict, estimate, paired_differences
from plainweave.evidence.summary import Difference, claim_summary, difference, summarize

__all__ = [
    "ALL_CONVENTIONS",
    "CLAIMS",
    "Claim",
    "Comparison",
    "Conventions",
    "Difference",
    "Estimate",
    "Finding",
    "Judgement",
    "Reading",
    "Region",
    "Verdict",
    "audit_experiments",
    "best_run",
    "claim_summary",
    "difference",
    "estimate",
    "judge",
    "judge_all",
    "paired_differences",
    "read_audit",
    "summarize",
    "what_was_learned",
]
