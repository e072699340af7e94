"""Tables of steps."""

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.optimizers import Optimizer
from plainweave.optimizers.optimizer import RATE, SHRINK

_ROWS = 512  # of a table that is made at once


class Tables:
    """A rule's tables, one for each epoch.

    They are made for many epochs at once: a table of few steps takes as long to make as to train by.

    Args:
        rule: takes the steps.
        steps: of an epoch.
    """

    def __init__(self, rule: Optimizer, steps: int) -> None:
        self._rule, self._steps = rule, steps
        self._first = 0
        self._rows: FloatArray = np.empty((0, rule.columns))

    def __call__(self, first_step: int, factors: FloatArray) -> FloatArray:
        """Return the table of an epoch (steps, columns), see `Optimizer.steps`.

        Args:
            first_step: how many steps were taken before.
            factors: of the learning rate of each step (steps,).
        """
        start = first_step - self._first
        if not 0 <= start <= len(self._rows) - self._steps:
            count = max(1, _ROWS // self._steps) * self._steps
            self._first, self._rows, start = (
                first_step,
                self._rule.steps(first_step, count, np.ones(count)),
                0,
            )
        table = self._rows[start : start + self._steps].copy()
        table[:, RATE] *= factors
        table[:, SHRINK] *= factors
        return table
