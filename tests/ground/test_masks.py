"""Dropout's random numbers: the published generator, and functions of nothing but what they should be of."""

import time
from itertools import combinations

import numpy as np
import pytest

from plainweave.randomness import Draw, mask_key, mask_words, philox


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # the known answers for philox4x32 of 10 rounds that Random123 comes with
        (
            (0x00000000, 0x00000000, 0x00000000, 0x00000000),
            (0x00000000, 0x00000000),
            (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
        ),
        (
            (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
            (0xFFFFFFFF, 0xFFFFFFFF),
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    c0, c1, c2, c3 = map(np.uint64, counter)
    low, high = map(np.uint64, key)
    assert tuple(map(int, philox((c0, c1, c2, c3), (low, high)))) == expected


def test_the_word_of_a_unit_is_that_of_its_counter() -> None:
    key = mask_key(3, 7)
    words = mask_words(np.uint64(key), 4, np.array([9, 2**32 + 5]), 130)
    assert (words.shape, str(words.dtype)) == ((2, 130), "uint32")
    for example, row in enumerate((9, 5)):
        for unit in (0, 1, 15, 16, 17, 63, 64, 100, 129):
            counter = (
                np.uint64(16 * (unit // 64) + unit % 16),
                np.uint64(row),
                np.uint64(4),
                np.uint64(0),
            )
            found = philox(counter, (np.uint64(key % 2**32), np.uint64(key >> 32)))
            assert words[example, unit] == found[unit // 16 % 4]


def test_a_key_is_a_function_of_seed_and_epoch() -> None:
    assert mask_key(0, 1) == mask_key(0, 1) == 13862406978120918789
    assert len({mask_key(seed, epoch) for seed in range(30) for epoch in range(30)}) == 900


def test_blocks_batches_and_stacks_do_not_matter() -> None:
    keys = np.array([mask_key(seed, 1) for seed in (5, 6)], np.uint64)
    rows = np.random.default_rng(0).permutation(700)
    whole = mask_words(keys[0], 2, rows, 100)
    np.testing.assert_array_equal(whole[300:310], mask_words(keys[0], 2, rows[300:310], 100))
    np.testing.assert_array_equal(whole[:, :70], mask_words(keys[0], 2, rows, 70))
    own_rows = np.stack([rows, rows[::-1]])
    for stack in (mask_words(keys, 2, own_rows, 100), mask_words(keys, 2, rows, 100)):
        assert stack.shape == (2, 700, 100)
        np.testing.assert_array_equal(stack[0], whole)
    np.testing.assert_array_equal(
        mask_words(keys, 2, own_rows, 100)[1], mask_words(keys[1], 2, rows[::-1], 100)
    )
    assert mask_words(keys, 2, rows[:0], 100).shape == (2, 0, 100)


def test_a_draw_is_of_one_seed_or_one_for_each_model() -> None:
    rows = np.arange(5)
    one, several = Draw.of(4, 2, rows), Draw.of([4, 9], 2, rows)
    assert (one.keys.shape, several.keys.shape) == ((), (2,))
    np.testing.assert_array_equal(several.at(3).words(8)[0], one.at(3).words(8))
    assert not np.array_equal(one.at(3).words(8), one.at(2).words(8))


def test_words_are_uniform_and_none_is_like_its_neighbour() -> None:
    rows, units = np.arange(4000), 100

    def words(seed: int = 0, epoch: int = 1, layer: int = 1) -> np.ndarray:
        given = mask_words(np.uint64(mask_key(seed, epoch)), layer, rows, units)
        return given.astype(np.float64) / 2**32 - 0.5

    first = words()
    count = first.size
    for rate in (0.01, 0.1, 0.5, 0.9):
        kept = (first >= rate - 0.5).mean()
        assert abs(kept - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / count)
    others = [first, words(seed=1), words(epoch=2), words(layer=3), words(layer=5)]
    pairs = [(a.ravel(), b.ravel()) for a, b in combinations(others, 2)]
    pairs += [(first[:, :-shift].ravel(), first[:, shift:].ravel()) for shift in (1, 16, 64)]
    pairs += [(first[:-shift].ravel(), first[shift:].ravel()) for shift in (1, 64)]
    for a, b in pairs:
        correlation = 12 * (a * b).mean()  # of uniform numbers from -1/2 to 1/2, whose variance is 1/12
        assert abs(correlation) < 5 / np.sqrt(a.size)


def test_masks_of_an_epoch_are_made_in_well_under_a_second() -> None:
    start = time.perf_counter()
    mask_words(np.uint64(mask_key(0, 1)), 2, np.arange(48_000), 100)
    assert time.perf_counter() - start < 2  # 0.12 seconds where nothing else runs
