"""Examples chosen at random: of all, of each class its share, or in runs of neighbours in a file."""

from typing import cast

import numpy as np
from numpy.random import Generator

from plainweave.arrays import BoolArray, IntArray
from plainweave.data.examples import Examples
from plainweave.data.stored import is_stored
from plainweave.data.stratified import by_shares
from plainweave.errors import ConfigurationError, DataError, ShapeError, shown
from plainweave.randomness import order_of_runs


def validation_count(fraction: float, examples: int) -> int:
    """Return how many of so many examples are for validation.

    Raises:
        ConfigurationError: there is a fraction, and one of the two parts would be empty.
    """
    count = round(fraction * examples)
    if fraction and not 0 < count < examples:
        raise ConfigurationError(
            f"validation_fraction is {fraction:g} of {examples} examples; "
            "expected at least 1 example for validation and 1 for training."
        )
    return count


def set_apart(
    examples: Examples, share: float, stream: Generator, *, stratify: bool
) -> tuple[Examples, Examples] | None:
    """Return the examples that are left, and a share of all; None where one of the two would be none.

    Raises:
        ConfigurationError: the targets are no classes, and stratify is set.
    """
    count = round(share * len(examples))
    if not 0 < count < len(examples):
        return None
    is_apart = random_part(examples, count, stream, stratify)
    return examples[np.flatnonzero(~is_apart)], examples[np.flatnonzero(is_apart)]


def random_part(examples: Examples, count: int, stream: Generator, stratify: bool) -> BoolArray:
    """Return which examples (examples,) are of a part of so many, chosen by a random stream; see `split`.

    Raises:
        ConfigurationError: the targets are no classes, and stratify is set.
    """
    inputs = cast(object, examples.inputs)
    shuffled: IntArray
    if is_stored(inputs) and not stratify:
        shuffled = order_of_runs(stream, len(examples), inputs.run)
    else:
        shuffled = stream.permutation(len(examples))
    if stratify:
        shuffled = by_shares(labels_for("stratify", stratify, examples)[shuffled], count, shuffled)
    chosen = np.zeros(len(examples), dtype=bool)
    chosen[shuffled[:count]] = True
    return chosen


def labels_for(setting: str, value: object, examples: Examples) -> IntArray:
    """Return the labels that a setting needs.

    Raises:
        ConfigurationError: the targets are no classes.
    """
    try:
        return examples.labels
    except (DataError, ShapeError) as error:
        raise ConfigurationError(
            f"{setting} is {shown(value)} and the targets are no classes ({str(error).partition(';')[0]}); "
            f"expected labels for it. Leave {setting} out where targets are numbers."
        ) from error
