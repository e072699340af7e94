"""Calls of the compiled code that are wrong in up to three ways.

tests/engine/test_engine_door.py makes a thousand, tests/fuzz/engine.py as many as one likes.
"""

import array
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import numpy as np

from right_calls import METHODS, PROGRAM, SIZES, Arguments, Stream, run

Path = tuple[Any, ...]  # from a call to something in it: a name, then places in tuples and lists

CHANGING = ("parameters", "slots", "sums", "gradients", "out")  # but the trace, which is set step by step
NUMBERS = (
    *(-1, 0, 1, 2, 4, 5, 63, 64, 65, 255, 256, 257, -(2**63), 2**63 - 1, 2**63, 2**64, 10**400),
    *(2**bits + near for bits in (30, 31, 32, 62) for near in (-1, 0, 1)),
)
KINDS = (
    *("?", "B", "b", "<i2", "<i4", ">i4", "<i8", ">i8", "<u4", "<u8", "<f2", "<f4", ">f4", "<f8", "<c8"),
    *("S4", "V4"),
)


def spoil(call: Arguments, stream: Stream) -> None:
    """Make a call wrong, perhaps, in one to three ways."""
    for _ in range(stream.integers(1, 4)):
        WAYS[stream.integers(len(WAYS))](call, stream)


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the way to everything in a call, and what is there."""
    if not path:
        for name in sorted({*PROGRAM, *METHODS[value["method"]]} & value.keys()):
            yield from places(value[name], (name,))
        return
    yield path, value
    if isinstance(value, tuple | list):
        for place, each in enumerate(value):
            yield from places(each, (*path, place))


def put(call: Arguments, path: Path, new: Any) -> None:
    """Put something into a call."""

    def replaced(value: Any, rest: Path) -> Any:
        if not rest:
            return new
        items = list(value)
        items[rest[0]] = replaced(items[rest[0]], rest[1:])
        return type(value)(items)

    call[path[0]] = replaced(call.get(path[0]), path[1:])


def _one_of(call: Arguments, stream: Stream, kind: type | tuple[type, ...]) -> tuple[Path, Any] | None:
    found = [(path, value) for path, value in places(call) if isinstance(value, kind)]
    return found[stream.integers(len(found))] if found else None


def _spoil_an_array(call: Arguments, stream: Stream) -> None:
    if found := _one_of(call, stream, np.ndarray):
        path, value = found
        put(call, path, ARRAY_WAYS[stream.integers(len(ARRAY_WAYS))](value, stream))


def _spoil_a_number(call: Arguments, stream: Stream) -> None:
    if found := _one_of(call, stream, (int, float)):
        path, value = found
        odd = (np.nan, np.inf, -np.inf, -1.0, 1e300, 1e-300, 1.0)
        of_floats = isinstance(value, float) and stream.random() < 0.7
        put(call, path, float(stream.choice(odd)) if of_floats else NUMBERS[stream.integers(len(NUMBERS))])


def _spoil_any(call: Arguments, stream: Stream) -> None:
    if found := _one_of(call, stream, object):
        put(call, found[0], odd_object(stream))


def _spoil_a_tuple(call: Arguments, stream: Stream) -> None:
    """Make a tuple or list shorter, longer, or another sequence."""
    if found := _one_of(call, stream, (tuple, list)):
        path, value = found
        if path == ("network", 1) and isinstance(value, list) and value and stream.random() < 0.3:
            return _let_a_number_clear(value, stream)
        match stream.integers(4):
            case 0:
                put(call, path, list(value) if isinstance(value, tuple) else tuple(value))
            case 1:
                put(call, path, MadeAnew(value))
            case _:
                put(call, path, type(value)((*value, *value)[: stream.integers(2 * len(value) + 1)]))
    return None


def _let_a_number_clear(layers: list[Any], stream: Stream) -> None:
    at = int(stream.integers(len(layers)))
    if isinstance(layers[at], tuple) and len(layers[at]) > 1:
        layers[at] = (layers[at][0], Clearing(layers[at][1], layers), *layers[at][2:])


def _break_the_chain(call: Arguments, stream: Stream) -> None:
    """Change the size of a layer, and all that is as long as the parameters with it."""
    try:
        has_scale, layers = call["network"]
        sizes = [list(layer[:2]) for layer in layers]
        sizes[stream.integers(len(sizes))][stream.integers(2)] = int(stream.choice(SIZES))
        small = all(
            type(size) is int and 0 < size < 999 for inputs, units in sizes for size in (inputs, units)
        )
    except (TypeError, ValueError, IndexError, KeyError):
        return
    if small:
        call["network"] = (
            has_scale,
            [(*pair, *layer[2:]) for pair, layer in zip(sizes, layers, strict=True)],
        )
        count = sum((inputs + 1) * units for inputs, units in sizes)
        for name in ("parameters", "gradients"):
            if isinstance(call.get(name), np.ndarray):
                call[name] = np.zeros(count, call[name].dtype)


def _share_a_buffer(call: Arguments, stream: Stream) -> None:
    one, other = _one_of(call, stream, np.ndarray), _one_of(call, stream, np.ndarray)
    if one and other:
        put(call, one[0], other[1])


def _forget_one(call: Arguments, stream: Stream) -> None:
    if stream.random() < 0.2:
        call.pop(str(stream.choice([*PROGRAM, *METHODS[call["method"]]])), None)


class MadeAnew:
    """A sequence that keeps none of its items: each is made as it is asked for."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> Any:
        value = self.values[place]
        return value.copy() if isinstance(value, list | np.ndarray) else value


# ---- of arrays ----


def _with_a_number(value: Any, stream: Stream) -> Any:
    """An array whose whole numbers are somewhere out of range."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu" or not value.size:
        return value
    value = value.copy()
    bounds = np.iinfo(value.dtype)
    value.flat[stream.integers(value.size)] = min(
        max(int(stream.choice(NUMBERS[:-1])), bounds.min), bounds.max
    )
    return value


def _of_other_length(value: Any, stream: Stream) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    flat = value.ravel()
    length = stream.choice([0, 1, flat.size // 2, max(flat.size - 1, 0), flat.size + 1, 2 * flat.size])
    return np.resize(flat, length)


def _of_other_kind(value: Any, stream: Stream) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    kind = np.dtype(str(stream.choice(KINDS)))
    if stream.random() < 0.5:
        return np.zeros(value.shape, kind)
    return np.frombuffer(bytearray(value.nbytes // kind.itemsize * kind.itemsize), kind)


def _laid_out_otherwise(value: Any, stream: Stream) -> Any:
    if not isinstance(value, np.ndarray) or not value.size or value.dtype.hasobject:
        return value
    match stream.integers(6):
        case 0:
            return np.repeat(value, 2, axis=-1)[..., ::2]
        case 1:
            return np.asfortranarray(value)[::-1]
        case 2:
            return np.broadcast_to(value.flat[0], value.shape)
        case 3:
            value = value.copy()
            value.flags.writeable = False
            return value
        case 4:
            memory = np.zeros(value.nbytes + 1, np.uint8)[1:]
            return memory.view(value.dtype).reshape(value.shape)
        case _:
            return value.T


def _as_another_object(value: Any, stream: Stream) -> Any:
    if stream.random() < 0.5 or not isinstance(value, np.ndarray) or value.dtype.char not in array.typecodes:
        return odd_object(stream)
    match stream.integers(5):
        case 0:
            return value.tolist()
        case 1:
            return value.data
        case 2:
            return bytearray(value.tobytes())
        case 3:
            return array.array(value.dtype.char, value.ravel().tolist())
        case _:
            return (ctypes.c_float * value.size)()


def odd_object(stream: Stream) -> Any:
    released = memoryview(b"1234")
    released.release()
    odd: list[Any] = [
        *(
            None,
            True,
            0,
            -1,
            1.5,
            10**400,
            float("nan"),
            "",
            "x\0",
            "\ud800",
            b"",
            b"1234",
            [],
            (),
            {},
            object(),
        ),
        *(range(3), memoryview(b"")[::2], released, np.float32(1), np.empty(0, np.float32), Unruly()),
        *(np.array([None]), np.zeros(3, "M8[s]"), np.zeros(3, [("a", "f4")]), np.zeros((2, 0), np.int32)),
    ]
    return odd[stream.integers(len(odd))]


class Unruly:
    """Is neither true nor false, and no number."""

    def __bool__(self) -> bool:
        raise ValueError("neither true nor false")

    def __float__(self) -> float:
        raise ValueError("no number")

    def __index__(self) -> int:
        raise TypeError("no whole number")


class Clearing:
    """A whole number that empties a list when it is asked for its value."""

    def __init__(self, value: int, victim: list[Any]) -> None:
        self.value, self.victim = value, victim

    def __index__(self) -> int:
        self.victim.clear()
        return self.value


ARRAY_WAYS: list[Callable[[Any, Stream], Any]] = [
    *(_with_a_number, _with_a_number, _with_a_number, _of_other_length, _of_other_length),
    *(_of_other_kind, _laid_out_otherwise, _as_another_object),
]
WAYS: list[Callable[[Arguments, Stream], None]] = [
    *([_spoil_an_array] * 8),
    *(_spoil_a_number, _spoil_a_number, _spoil_a_number, _break_the_chain, _break_the_chain),
    *(
        _spoil_any,
        _spoil_any,
        _spoil_a_tuple,
        _spoil_a_tuple,
        _share_a_buffer,
        _forget_one,
    ),
]


def outcome(call: Arguments) -> str:
    """Make a call and return what came of it: "done" or the name of the error.

    Raises:
        AssertionError: an error has no message, or left traces.
    """
    kept = {name: call[name].copy() for name in CHANGING if isinstance(call.get(name), np.ndarray)}
    try:
        run(call)
    except (TypeError, ValueError, MemoryError) as caught:
        error = caught
    else:
        return "done"
    assert str(error) or isinstance(error, MemoryError), "an error without a message"
    for name, value in kept.items():
        assert call[name].tobytes() == value.tobytes(), (
            f"{name} changed, although there was an error: {error}"
        )
    return type(error).__name__


@contextmanager
def scribbling(call: Arguments, stream: Stream) -> Iterator[None]:
    """Let another thread write into the arrays of a call while it runs."""
    arrays = [each for _, each in places(call) if isinstance(each, np.ndarray) and each.size]
    seed, end = int(stream.integers(2**32)), Event()

    def scribble() -> None:
        mine = np.random.default_rng(seed)
        originals = [each.copy() for each in arrays]
        while not end.is_set():
            at = mine.integers(len(arrays))
            each, original = arrays[at].reshape(-1), originals[at].reshape(-1)
            places = mine.integers(each.size, size=10)
            if each.dtype.kind == "f":
                each[places] = np.nan
            else:
                bounds = np.iinfo(each.dtype)
                each[places] = mine.choice([bounds.min, bounds.max, 0, 10**6 % bounds.max], 10).astype(
                    each.dtype
                )
            if mine.random() < 0.99:
                each[places] = original[places]

    thread = Thread(target=scribble)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
