"""Where every random number comes from: streams of their own, each a function of a seed.

The streams are independent children of one `numpy.random.SeedSequence`, so the split, the initial
weights, the order of an epoch and its dropout masks can each be made again without the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator, SeedSequence, default_rng

from plainweave.arrays import IntArray

Words = npt.NDArray[np.uint64] | np.uint64  # of 32 bits, with room for products

_SPLIT, _WEIGHTS, _ORDER, _MASKS, _TEST, _SHUFFLES = range(6)
_LOW = np.uint64(2**32 - 1)
_HALF = np.uint64(32)  # bits
_LANES = 16  # counters side by side; with 4 words each they serve _LANES * 4 units
_AT_ONCE = 2**15  # counters; they and what becomes of them stay in the processor's cache


def split_generator(seed: int) -> Generator:
    """Return the stream that parts training from validation examples."""
    return default_rng(SeedSequence(seed, spawn_key=(_SPLIT,)))


def test_generator(seed: int) -> Generator:
    """Return the stream that parts test examples from all others."""
    return default_rng(SeedSequence(seed, spawn_key=(_TEST,)))


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


def epoch_orders(seed: int, epochs: range, examples: int) -> IntArray:
    """Return the orders (epochs, examples) of `epoch_order`: of few examples in a third of its time."""
    generator = default_rng(0)
    orders = np.empty((len(epochs), examples), np.int64)
    for order, state in zip(orders, _order_states(seed, np.array(epochs, np.uint32)), strict=True):
        generator.bit_generator.state = state
        order[:] = generator.permutation(examples)
    return orders


def _order_states(seed: int, epochs: npt.NDArray[np.uint32]) -> Iterator[dict[str, object]]:
    """Return the states of PCG64 that NumPy seeds for the orders of epochs.

    `SeedSequence` mixes the words of the seed, at least 4, and of the spawn key one after the other into a
    pool of 4. The last is the epoch's; what comes before it is the same for all. The pool is then hashed to
    8 words.
    """
    shared = SeedSequence(seed, spawn_key=(_ORDER,))
    words = max(4, -(-seed.bit_length() // 32)) + 1
    constant = (
        0x43B0D7E5 * pow(0x931E8875, 4 * words, 2**32) % 2**32
    )  # of the hash, after 4 times for each word
    pool = []
    for before in shared.pool[:, np.newaxis]:
        hashed, constant = _hashed(epochs, constant, 0x931E8875)
        mixed = before * np.uint32(0xCA01F9DD) - hashed * np.uint32(0x4973F715)
        pool.append(mixed ^ mixed >> np.uint32(16))
    constant, state = 0x8B51F9DD, []
    for word in range(8):
        hashed, constant = _hashed(pool[word % 4], constant, 0x58F38DED)
        state.append(hashed.astype(np.uint64))
    halves = [state[at] | state[at + 1] << _HALF for at in range(0, 8, 2)]
    for high, low, stream_high, stream_low in zip(*(half.tolist() for half in halves), strict=True):
        increment = (stream_high << 65 | stream_low << 1 | 1) % 2**128
        started = ((high << 64 | low) + increment) * 0x2360ED051FC65DA44385DF649FCCF645 + increment
        yield {
            "bit_generator": "PCG64",
            "state": {"state": started % 2**128, "inc": increment},
            "has_uint32": 0,
            "uinteger": 0,
        }


def _hashed(words: npt.NDArray[np.uint32], constant: int, factor: int) -> tuple[npt.NDArray[np.uint32], int]:
    """Return the hash of words, and the constant of the next."""
    following = constant * factor % 2**32
    words = (words ^ np.uint32(constant)) * np.uint32(following)
    return words ^ words >> np.uint32(16), following


def order_of_runs(stream: Generator, examples: int, run: int) -> IntArray:
    """Return a random order of examples (examples,) in which runs of so many neighbours stay as they are."""
    starts = stream.permutation(-(-examples // run)) * run
    order = (starts[:, np.newaxis] + np.arange(run)).ravel()
    return order[order < examples]


def windowed_order(
    seed: int | Sequence[int], epoch: int, examples: int, *, window: int, run: int
) -> IntArray:
    """Return an order like `epoch_order`, in which examples that lie near each other are near each other.

    The examples are cut into runs of neighbours. The runs are brought into a random order, and the examples
    of as many as make a window are shuffled with each other. Of no more than one window it is `epoch_order`.

    Args:
        seed: one, or a list with one for each model.
        epoch: from 1.
        examples: how many there are.
        window: how many are shuffled with each other.
        run: how many neighbours stay together.
    """
    if examples <= window:
        return epoch_order(seed, epoch, examples)
    if np.ndim(seed):
        orders = [windowed_order(one, epoch, examples, window=window, run=run) for one in seed]  # type: ignore[union-attr]
        return np.stack(orders)
    stream = default_rng(SeedSequence(int(seed), spawn_key=(_ORDER, epoch)))  # type: ignore[arg-type]
    order = order_of_runs(stream, examples, run)
    for start in range(0, examples, window):
        stream.shuffle(order[start : start + window])
    return order


def mask_key(seed: int, epoch: int) -> int:
    """Return the key, of 64 bits, of all dropout masks of an epoch, a function of (seed, epoch)."""
    return int(SeedSequence(int(seed), spawn_key=(_MASKS, epoch)).generate_state(1, np.uint64)[0])


def shuffles_generator(seed: int, column: int) -> Generator:
    """Return the stream that shuffles a column of the test examples, to see what a network makes of it."""
    return default_rng(SeedSequence(seed, spawn_key=(_SHUFFLES, column)))


@dataclass(frozen=True)
class Draw:
    """What the dropout masks of a batch are functions of.

    Attributes:
        keys: `mask_key` of each model (models,), or one () for all.
        rows: which example of the training part each one is, (batch,) or (models, batch).
        layer: the number, in `network.layers`, of the layer that the masks are for.
    """

    keys: Words
    rows: IntArray
    layer: int = 0

    @classmethod
    def of(cls, seed: int | Sequence[int], epoch: int, rows: IntArray) -> "Draw":
        """Return that of a batch of an epoch, for one seed or a list with one for each model."""
        keys = [mask_key(one, epoch) for one in seed] if np.ndim(seed) else mask_key(seed, epoch)  # type: ignore[union-attr, arg-type]
        return cls(np.array(keys, np.uint64), rows)

    def at(self, layer: int) -> "Draw":
        """Return the same for the layer of that number."""
        return Draw(self.keys, self.rows, layer)

    def words(self, units: int) -> npt.NDArray[np.uint32]:
        """Return a random number of 32 bits for each unit of each example, (..., batch, units)."""
        return mask_words(self.keys, self.layer, self.rows, units)


def mask_words(keys: Words, layer: int, rows: IntArray, units: int) -> npt.NDArray[np.uint32]:
    """Return the random numbers of 32 bits, (..., batch, units), that decide which units are dropped.

    They are words of Philox4x32-10. Its key is a model's; its counter is (16 * (unit // 64) + unit % 16, row,
    layer, 0), of which the word of number (unit // 16) % 4 is taken. So a mask depends on nothing but the
    seed, the epoch, the layer, the example and the unit: not on batches, blocks or threads.

    Args:
        keys: of each model (...), or one for all ().
        layer: its number in `network.layers`.
        rows: which example each is, (..., batch).
        units: of the layer.
    """
    of_models = np.asarray(keys, np.uint64)[..., np.newaxis]
    of_examples, numbers = np.broadcast_arrays(of_models, np.asarray(rows).astype(np.uint64) & _LOW)
    blocks = -(-units // (4 * _LANES))
    lanes = np.arange(blocks * _LANES, dtype=np.uint64)
    words = np.empty((numbers.size, blocks, 4, _LANES), np.uint32)
    flat_keys, flat_rows = of_examples.reshape(-1, 1), numbers.reshape(-1, 1)
    step = max(1, _AT_ONCE // max(1, lanes.size))
    for start in range(0, len(words), step):
        part = slice(start, start + step)
        key = flat_keys[part]
        counter = (lanes, flat_rows[part], np.uint64(layer), np.uint64(0))
        for number, word in enumerate(philox(counter, (key & _LOW, key >> _HALF))):
            words[part, :, number] = word.reshape(-1, blocks, _LANES)
    return words.reshape(*numbers.shape, blocks * 4 * _LANES)[..., :units]


def philox(
    counter: tuple[Words, Words, Words, Words], key: tuple[Words, Words], rounds: int = 10
) -> tuple[Words, Words, Words, Words]:
    """Return the four words that Philox4x32 makes of counters and keys, which NumPy broadcasts.

    It is the generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
    (2011), and of their library Random123. Every word is below 2^32.
    """
    c0, c1, c2, c3 = counter
    low, high = key
    for _ in range(rounds):
        first, second = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1 = (second >> _HALF) ^ c1 ^ low, second & _LOW
        c2, c3 = (first >> _HALF) ^ c3 ^ high, first & _LOW
        low, high = (low + np.uint64(0x9E3779B9)) & _LOW, (high + np.uint64(0xBB67AE85)) & _LOW
    return c0, c1, c2, c3
