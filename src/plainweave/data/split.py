"""Training and validation examples, parted at random."""

from dataclasses import dataclass, field

import numpy as np

from plainweave.arrays import IntArray, as_array
from plainweave.checks import instance, number, whole_number
from plainweave.data.dataset import Examples
from plainweave.data.standardizer import Standardizer
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.randomness import split_generator


@dataclass(frozen=True)
class Split:
    """Two parts of the training examples, and the standardizer fitted on the first.

    Attributes:
        training: the examples whose gradients are followed.
        validation: the examples that choose the best weights.
        standardizer: fitted on `training` alone.
        validation_rows: which rows of the data set's training examples the validation part holds, in
            increasing order; all others are the training part, in their order. Empty where the two parts
            were not split from one set of examples.

    Raises:
        ConfigurationError: a part is of another kind.
        ShapeError: the parts and the standardizer are not of as many features, or the rows not as many as
            the validation part has examples.
    """

    training: Examples
    validation: Examples
    standardizer: Standardizer
    validation_rows: IntArray = field(default_factory=lambda: np.arange(0))

    def __post_init__(self) -> None:
        for part in ("training", "validation"):
            instance(part, getattr(self, part), Examples, "pw.Examples(inputs, labels)")
        how = "pw.Standardizer.fit('all-pixels', training.inputs)"
        instance("standardizer", self.standardizer, Standardizer, how)
        features = self.training.inputs.shape[1]
        if self.validation.inputs.shape[1] != features:
            raise ShapeError(
                f"the validation part has {self.validation.inputs.shape[1]} features; expected {features}, "
                "as the training part has."
            )
        self.standardizer.check_features(features)
        rows = as_array("validation_rows", self.validation_rows)
        if rows.size and rows.shape != (len(self.validation),):
            raise ShapeError(
                f"validation_rows have shape {rows.shape}; expected ({len(self.validation)},), a row for "
                "each example of the validation part, or none."
            )
        object.__setattr__(self, "validation_rows", rows)


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
    instance("examples", examples, Examples, "dataset.train or pw.Examples(inputs, labels)")
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
        standardizer=Standardizer.fit(standardize, training),
        validation_rows=validation_rows,
    )
