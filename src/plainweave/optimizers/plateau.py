"""The schedule that follows the validation losses."""

from dataclasses import dataclass
from math import prod

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, put, whole_number
from plainweave.errors import ConfigurationError
from plainweave.optimizers.schedule import Schedule, checked_factor


@dataclass(frozen=True)
class OnPlateau(Schedule):
    """The factor once more for each `patience` epochs in a row whose validation loss was no better.

    A loss is better if it is below the best one by more than `min_delta`. It is the validation losses alone
    that decide, for each model of a stack its own; so a training that goes on needs nothing but its history.

    `torch`'s ReduceLROnPlateau(factor=factor, patience=patience - 1, threshold=min_delta,
    threshold_mode="abs"): there, patience is how many such epochs change nothing.

    Args:
        factor: above 0 and at most 1.
        patience: epochs, at least 1.
        min_delta: in units of the loss, at least 0.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "on-plateau"
    needs_validation = True
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        put(
            self,
            factor=checked_factor(self.factor),
            patience=whole_number("patience", self.patience, at_least=1),
            min_delta=number("min_delta", self.min_delta),
        )

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """1: without losses nothing has changed yet."""
        return np.ones(epochs.shape)

    def of_epoch(self, epoch: int, steps: int, losses: FloatArray) -> FloatArray:
        """Return the factors (steps,) or (models, steps), the same for all steps of the epoch.

        Raises:
            ConfigurationError: there are fewer losses than epochs before it.
        """
        if len(losses) < epoch - 1:
            raise ConfigurationError(
                f"the schedule {self} follows the validation loss, and there is none of epoch "
                f"{len(losses) + 1}. Validate on a part of the examples, or take another schedule."
            )
        factors = self.factor_after(losses[: epoch - 1])
        return np.repeat(factors[..., None], steps, axis=-1)

    def factor_after(self, losses: FloatArray) -> FloatArray:
        """Return the factor () or (models,) after validation losses (epochs,) or (epochs, models)."""
        models = losses.shape[1:]
        by_model = losses.reshape(len(losses), prod(models)).T.tolist()
        return np.reshape([self.factor ** self._times(model) for model in by_model], models)

    def _times(self, losses: list[float]) -> int:
        """Return how often patience ended."""
        best, waited, times = np.inf, 0, 0
        for loss in losses:
            if loss < best - self.min_delta:  # NaN is not
                best, waited = loss, 0
            elif waited + 1 == self.patience:
                waited, times = 0, times + 1
            else:
                waited += 1
        return times
