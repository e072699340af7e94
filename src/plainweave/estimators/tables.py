"""Tables of steps."""

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.optimizers import Optimizer
from plainweave.optimizers.optimizer import RATE, SHRINK

_ROWS = 512  # of a table that is made at once


class Tables:
    """A rule's tables.

    They are made for many steps at once: a table of few takes as long to make as to train by.
    """

    def __init__(self, rule: Optimizer) -> None:
        self._rule, self._first = rule, 0
        self._rows: FloatArray = np.empty((0, rule.columns))

    def __call__(self, first_step: int, factors: FloatArray) -> FloatArray:
        """Return the table of some steps (steps, columns), see `Optimizer.steps`.

        Args:
            first_step: how many steps were taken before.
            factors: of the learning rate of each step (steps,).
        """
        start, steps = first_step - self._first, len(factors)
        if not 0 <= start <= len(self._rows) - steps:
            count = max(1, _ROWS // steps) * steps
            self._rows = self._rule.steps(first_step, count, np.ones(count))
            self._first, start = first_step, 0
        table = self._rows[start : start + steps].copy()
        table[:, RATE] *= factors
        table[:, SHRINK] *= factors
        return table
