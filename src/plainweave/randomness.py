"""Where every random number comes from: streams of their own, each a function of a seed.

The streams are independent children of one `numpy.random.SeedSequence`, so the split, the initial
weights and the order of an epoch can each be made again without the others.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from plainweave.arrays import IntArray

_SPLIT, _WEIGHTS, _ORDER = range(3)


def split_generator(seed: int) -> Generator:
    """Return the stream that parts training from validation examples."""
    return default_rng(SeedSequence(seed, spawn_key=(_SPLIT,)))


def weights_generator(seed: int) -> Generator:
    """Return the stream that draws a network's initial weights."""
    return default_rng(SeedSequence(seed, spawn_key=(_WEIGHTS,)))


def epoch_order(seed: int | Sequence[int], epoch: int, examples: int) -> IntArray:
    """Return the order in which an epoch visits the training examples, a function of (seed, epoch).

    One seed gives a permutation (examples,); a list of seeds gives one for each model (models, examples).
    """
    if np.ndim(seed):
        return np.stack([epoch_order(one, epoch, examples) for one in seed])  # type: ignore[union-attr]
    stream = default_rng(SeedSequence(int(seed), spawn_key=(_ORDER, epoch)))  # type: ignore[arg-type]
    return stream.permutation(examples)
