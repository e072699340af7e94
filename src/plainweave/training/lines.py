"""An observer that writes a line for each epoch."""

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.errors import harmless
from plainweave.losses import metric
from plainweave.training.observers import Epoch


class Lines:
    """Writes a line at the end of each epoch: the scores of both parts.

    Args:
        stream: where to; standard output if not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def __call__(self, epoch: Epoch) -> None:
        """Write the line of an epoch."""
        print(line_of(epoch), file=self._stream or sys.stdout, flush=True)


def line_of(epoch: Epoch) -> str:
    """Return "epoch 3/20: training loss 0.51, accuracy 84.21 %; validation ...; best epoch 2"."""
    parts = {"training": epoch.history.training, "validation": epoch.history.validation}
    texts = [f"{part} {scores_of(columns)}" for part, columns in parts.items() if columns]
    if epoch.history.validation and not np.ndim(epoch.best_epoch):
        texts.append(f"best epoch {epoch.best_epoch}")
    return f"epoch {epoch.number}/{epoch.epochs}: {'; '.join(texts)}"


def scores_of(columns: Mapping[str, Sequence[FloatArray]]) -> str:
    """Return the last values of a part of a history, as "loss 0.4981, accuracy 85.02 %"."""
    texts = []
    for name, values in columns.items():
        kind = metric(name)
        ends = sorted(
            {kind.written(float(end)) for end in (np.min(values[-1]), np.max(values[-1]))}, key=float
        )
        texts.append(harmless(f"{name} {' to '.join(ends)} {kind.unit}".rstrip()))
    return ", ".join(texts)
