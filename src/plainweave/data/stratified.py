"""Validation examples by class: each class gives its share."""

import numpy as np

from plainweave.arrays import IntArray


def by_shares(labels: IntArray, count: int, shuffled: IntArray) -> IntArray:
    """Return the rows with those of the validation part in front.

    Args:
        labels: of the examples (examples,), shuffled.
        count: of validation examples.
        shuffled: the rows of the examples (examples,), in the same order.
    """
    _, first, classes, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    by_class = np.argsort(classes, kind="stable")
    rank = np.empty_like(by_class)  # of an example among those of its class
    rank[by_class] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_chosen = rank < _shares(sizes, count, first)[classes]
    return np.concatenate([shuffled[is_chosen], shuffled[~is_chosen]])


def _shares(sizes: IntArray, count: int, lot: IntArray) -> IntArray:
    """Return how many of `count` validation examples each class (classes,) has, by its size.

    Each has its exact share, count * size / examples, rounded down or up. Up are rounded first those that
    would have none, then those of the largest remainders, of equals the first by lot. A class whose every
    example would go is rounded up last, so that, where it can be, a class of two has one in each part.
    """
    shares, remainders = np.divmod(sizes * count, sizes.sum())
    would_have_none = (shares == 0) & (sizes > 1)
    would_go = shares + 1 == sizes  # and leave none to train on
    order = np.lexsort((lot, -remainders, ~would_have_none, would_go, remainders == 0))
    shares[order[: count - shares.sum()]] += 1  # fewer than have a remainder
    return shares
