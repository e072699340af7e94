"""Evidence: what records say, with intervals, about statements."""

from plainweave.evidence.best import Best, best_run, best_runs
from plainweave.evidence.calibration import BINS, Calibration, ConfidenceBin
from plainweave.evidence.claims import Claim, ClaimedComparison, claims_from, read_claims, statements_of
from plainweave.evidence.differences import Difference, all_differences, difference
from plainweave.evidence.gradients import checked_examples, gradient_evidence
from plainweave.evidence.gradients_file import (
    GRADIENTS_FILE,
    GradientEvidence,
    NetworkCheck,
    StepSizes,
    read_gradients,
    write_gradients,
)
from plainweave.evidence.importance import ColumnImportance, Importance
from plainweave.evidence.learned import what_was_learned
from plainweave.evidence.learned_file import (
    LEARNED_FILE,
    Learned,
    Mistake,
    Samples,
    read_learned,
    write_learned,
)
from plainweave.evidence.measures import Measure, measures, of_test, of_validation
from plainweave.evidence.notes import STUDY_FILE, StudyNotes, read_notes, write_notes
from plainweave.evidence.numbers import OutputErrors, PredictedNumbers, output_names
from plainweave.evidence.power import seeds_needed
from plainweave.evidence.predictions import what_was_predicted
from plainweave.evidence.predictions_file import (
    PREDICTIONS_FILE,
    PredictingRun,
    Predictions,
    read_predictions,
    write_predictions,
)
from plainweave.evidence.row import Interval, OverSeeds, Row, by_kind
from plainweave.evidence.sample_rows import SampleRows
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
from plainweave.evidence.summary import (
    SUMMARY_FILE,
    FindingSummary,
    JudgementSummary,
    Pair,
    Summary,
    judgement_summary,
    read_summary,
    summarize,
)
from plainweave.evidence.tuning_file import (
    TUNING_FILE,
    Searched,
    Trial,
    Tuning,
    read_tuning,
    write_tuning,
)

__all__ = [
    "BINS",
    "CONFIDENCE",
    "GRADIENTS_FILE",
    "LEARNED_FILE",
    "PREDICTIONS_FILE",
    "STUDY_FILE",
    "SUMMARY_FILE",
    "TUNING_FILE",
    "Best",
    "Calibration",
    "Claim",
    "ClaimedComparison",
    "ColumnImportance",
    "Comparison",
    "ConfidenceBin",
    "Difference",
    "Estimate",
    "Finding",
    "FindingSummary",
    "GradientEvidence",
    "Importance",
    "Interval",
    "Judgement",
    "JudgementSummary",
    "Learned",
    "Measure",
    "Mistake",
    "NetworkCheck",
    "OutputErrors",
    "OverSeeds",
    "Pair",
    "PredictedNumbers",
    "PredictingRun",
    "Predictions",
    "Region",
    "Row",
    "SampleRows",
    "Samples",
    "Searched",
    "Statement",
    "StepSizes",
    "StudyNotes",
    "Summary",
    "Trial",
    "Tuning",
    "Verdict",
    "all_differences",
    "best_run",
    "best_runs",
    "by_kind",
    "checked_examples",
    "claims_from",
    "difference",
    "estimate",
    "estimate_difference",
    "gradient_evidence",
    "judge",
    "judge_all",
    "judgement_summary",
    "measures",
    "of_test",
    "of_validation",
    "output_names",
    "paired_differences",
    "read_claims",
    "read_gradients",
    "read_learned",
    "read_notes",
    "read_predictions",
    "read_summary",
    "read_tuning",
    "runs_by_id",
    "seeds_needed",
    "statements_of",
    "summarize",
    "what_was_learned",
    "what_was_predicted",
    "write_gradients",
    "write_learned",
    "write_notes",
    "write_predictions",
    "write_tuning",
]
