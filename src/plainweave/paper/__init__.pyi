from .audit import (
    ALL_CONVENTIONS,
    Conventions,
    Reading,
    audit_experiments,
    read_audit,
)
from .claims import CLAIMS, judge_claims, judge_gradients
from .experiments import (
    high_rate_experiments,
    paper_experiments,
    selection_experiments,
)
from .references import report_references
from .reproduction import reproduce, run_audit, write_reproduction
from .table_1 import (
    Table1,
    TableRow,
    check_table_1,
    read_table_1,
    write_table_1,
)

__all__ = [
    "ALL_CONVENTIONS",
    "CLAIMS",
    "Conventions",
    "Reading",
    "Table1",
    "TableRow",
    "audit_experiments",
    "check_table_1",
    "high_rate_experiments",
    "judge_claims",
    "judge_gradients",
    "paper_experiments",
    "read_audit",
    "read_table_1",
    "report_references",
    "reproduce",
    "run_audit",
    "selection_experiments",
    "write_reproduction",
    "write_table_1",
]
