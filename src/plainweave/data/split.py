"""Training and validation examples, parted at random."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import IntArray
from plainweave.checks import number, whole_number
from plainweave.data.dataset import Examples
from plainweave.data.standardizer import Standardizer
from plainweave.errors import ConfigurationError
from plainweave.randomness import split_generator


@dataclass(frozen=True)
class Split:
    """Two parts of the training examples, and the standardizer fitted on the first.

    Attributes:
        training: the examples whose gradients are followed.
        validation: the examples that choose the best weights.
        standardizer: fitted on `training` alone.
        validation_rows: which rows of the data set's training examples the validation part holds, in
            increasing order; all others are the training part, in their order.
    """

    training: Examples
    validation: Examples
    standardizer: Standardizer
    validation_rows: IntArray


def split(
    examples: Examples,
    *,
    validation_fraction: float = 0.2,
    seed: int = 0,
    standardize: str = "all-pixels",
) -> Split:
    """Part examples at random, a function of the seed.

    Args:
        examples: the training examples of a data set.
        validation_fraction: the share of validation examples, above 0 and below 1.
        seed: of the random choice.
        standardize: "all-pixels", "per-pixel" or "per-image".

    Raises:
        ConfigurationError: a setting is out of its range, or would leave a part empty.
    """
    fraction = number("validation_fraction", validation_fraction, above=0, below=1)
    count = round(fraction * len(examples))
    if not 0 < count < len(examples):
        raise ConfigurationError(
            f"validation_fraction is {fraction:g} of {len(examples)} examples; "
            "expected at least 1 example for validation and 1 for training."
        )
    shuffled = split_generator(whole_number("seed", seed, at_least=0)).permutation(len(examples))
    chosen = np.zeros(len(examples), dtype=bool)
    chosen[shuffled[:count]] = True
    training = examples[np.flatnonzero(~chosen)]
    validation_rows = np.flatnonzero(chosen)
    return Split(
        training=training,
        validation=examples[validation_rows],
        standardizer=Standardizer.fit(standardize, training.inputs),
        validation_rows=validation_rows,
    )
