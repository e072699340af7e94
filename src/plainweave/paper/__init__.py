"""The reproduction of a report: its experiments and published numbers, Table 1, its claims, the audit.

*Fully-connected Multi-layer Neural Networks for Fashion MNIST Classification* (Chaudhary and Zeng, UC San
Diego, 2021) is one user of the library among others: nothing below this room knows it.
"""

from plainweave.paper.audit import (
    ALL_CONVENTIONS,
    Conventions,
    Reading,
    audit_experiments,
    read_audit,
)
from plainweave.paper.claims import CLAIMS, judge_claims, judge_gradients
from plainweave.paper.experiments import (
    high_rate_experiments,
    paper_experiments,
    selection_experiments,
)
from plainweave.paper.gradients import paper_gradients
from plainweave.paper.published import Published, published
from plainweave.paper.table_1 import TableRow, table_1

__all__ = [
    "ALL_CONVENTIONS",
    "CLAIMS",
    "Conventions",
    "Published",
    "Reading",
    "TableRow",
    "audit_experiments",
    "high_rate_experiments",
    "judge_claims",
    "judge_gradients",
    "paper_experiments",
    "paper_gradients",
    "published",
    "read_audit",
    "selection_experiments",
    "table_1",
]
