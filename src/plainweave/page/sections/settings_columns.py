"""The columns of a table of results that say how each network was trained."""

from collections.abc import Sequence

from plainweave.evidence import Row
from plainweave.page.table import Column
from plainweave.page.words import activation, sizes, span, stops


def setting_columns(rows: Sequence[Row]) -> list[Column]:
    """Return the columns of a table with these rows; a loss or optimizer of all of them has none."""
    decay = "Weight decay" if any(row.optimizer == "adamw" for row in rows) else "L2"
    return [
        *([Column("Loss")] if _has_losses(rows) else []),
        *(Column("Hidden units"), Column("Activation")),
        *([Column("Optimizer")] if _has_optimizers(rows) else []),
        *(Column(heading, number=True) for heading in ("Learning rate", decay, "Epochs", "Best epoch")),
        *([Column("Stopped")] if _has_stops(rows) else []),
    ]


def setting_cells(row: Row, rows: Sequence[Row]) -> list[str]:
    """Return the cells of a row in the columns of all rows."""
    return [
        *([row.loss] if _has_losses(rows) else []),
        *(sizes(row.hidden), activation(row.activation)),
        *([row.optimizer] if _has_optimizers(rows) else []),
        *(str(setting) for setting in (row.learning_rate, row.weight_decay, row.epochs)),
        span(row.best_epoch),
        *([stops(row.stopped)] if _has_stops(rows) else []),
    ]


def _has_losses(rows: Sequence[Row]) -> bool:
    return len({row.loss for row in rows}) > 1


def _has_optimizers(rows: Sequence[Row]) -> bool:
    return len({row.optimizer for row in rows}) > 1


def _has_stops(rows: Sequence[Row]) -> bool:
    return any(reason is not None for row in rows for reason in row.stopped)
