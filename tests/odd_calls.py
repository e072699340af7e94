"""Calls of the compiled code, right ones and ones that are wrong in up to three ways.

tests/engine/test_engine_door.py makes a thousand, tests/fuzz/engine.py as many as one likes.
"""

import array
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import numpy as np

from plainweave.engine import compiled, kernels

Stream = np.random.Generator
Arguments = dict[str, Any]

NAMES = (
    *("kernel", "layers", "parameters", "velocity", "inputs", "labels", "order", "scale", "shift", "flags"),
    *("batch", "rates", "sgemm"),
)
ARRAYS = ("parameters", "velocity", "labels", "order", "scale", "shift")
SIZES = (1, 2, 3, 5, 16, 17, 63, 64, 65, 130)
NUMBERS = (
    *(-1, 0, 1, 2, 4, 5, 63, 64, 65, 255, 256, 257, -(2**63), 2**63 - 1, 2**63, 2**64, 10**400),
    *(2**bits + near for bits in (30, 31, 32, 62) for near in (-1, 0, 1)),
)
KINDS = (
    "?",
    "B",
    "b",
    "<i2",
    "<i4",
    ">i4",
    "<i8",
    ">i8",
    "<u4",
    "<u8",
    "<f2",
    "<f4",
    ">f4",
    "<f8",
    "<c8",
    "S4",
    "V4",
)


def run(call: Arguments) -> tuple[float, int]:
    """Hand a call to the compiled code."""
    result: tuple[float, int] = compiled._module().run(*call.values())  # type: ignore[union-attr]
    return result


def right_call(stream: Stream, large: bool = False) -> Arguments:
    """Return arguments that fit each other; `large` takes longer."""
    sizes = [int(stream.choice(SIZES)) for _ in range(stream.integers(2, 5))]
    if stream.random() < 0.2:
        sizes[1:] = [130, 130, sizes[-1]]  # BLAS
    rows, examples = (
        (3000, 3000) if large else (int(stream.choice([1, 2, 64, 150])), int(stream.integers(200)))
    )
    count = sum((inputs + 1) * units for inputs, units in pairwise(sizes))
    training, momentum = bool(stream.integers(2)), float(stream.choice([0.0, 0.9]))
    parameters = stream.normal(size=count).astype(np.float32)
    if stream.random() < 0.1:
        parameters[stream.integers(count)] = stream.choice([np.nan, np.inf, 1e38, 1e-40])
    return {
        "kernel": stream.choice(kernels()).item(),
        "layers": [(inputs, units, int(stream.integers(5)), 0.1) for inputs, units in pairwise(sizes)],
        "parameters": parameters,
        "velocity": np.zeros_like(parameters) if training and momentum else None,
        "inputs": _inputs(stream, rows, sizes[0]),
        "labels": stream.integers(0, sizes[-1], rows).astype(np.int32),
        "order": stream.integers(0, rows, examples),
        "scale": stream.normal(size=sizes[0]).astype(np.float32),
        "shift": stream.normal(size=sizes[0]).astype(np.float32),
        "flags": (training, *(bool(each) for each in stream.integers(2, size=4))),
        "batch": int(stream.choice([1, 7, 64, 100, 2**62])),
        "rates": (0.01, momentum, 1.0, 1e-3, 0.0),
        "sgemm": compiled._sgemm() if stream.random() < 0.7 else None,
    }


def _inputs(stream: Stream, rows: int, features: int) -> tuple[Any, ...]:
    dense = stream.integers(0, 256, (rows, features)) * (stream.random((rows, features)) < 0.4)
    kind = stream.integers(3)
    if kind < 2:
        return (dense.astype(np.uint8 if kind else np.float32),)
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(dense, axis=1))])
    return starts, dense.nonzero()[1].astype(np.int32), dense[dense.nonzero()].astype(np.float32)


def spoil(call: Arguments, stream: Stream) -> None:
    """Make a call wrong, perhaps, in one to three ways."""
    for _ in range(stream.integers(1, 4)):
        WAYS[stream.integers(len(WAYS))](call, stream)


def _spoil_an_array(call: Arguments, stream: Stream) -> None:
    name = str(stream.choice([*ARRAYS, "inputs", "inputs"]))
    change = ARRAY_WAYS[stream.integers(len(ARRAY_WAYS))]
    if name == "inputs" and isinstance(call["inputs"], tuple) and call["inputs"]:
        place = stream.integers(len(call["inputs"]))
        parts = list(call["inputs"])
        parts[place] = change(parts[place], stream)
        call["inputs"] = tuple(parts)
    else:
        call[name] = change(call[name], stream)


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


def _spoil_a_layer(call: Arguments, stream: Stream) -> None:
    layers = call["layers"]
    if not isinstance(layers, list) or not layers:
        return
    at = stream.integers(len(layers))
    if not isinstance(layers[at], tuple) or len(layers[at]) != 4:
        return
    layer = list(layers[at])
    match stream.integers(7):
        case 0:
            layer[stream.integers(4)] = NUMBERS[stream.integers(len(NUMBERS))]
        case 1:
            layer[stream.integers(4)] = odd_object(stream)
        case 2:
            layers[at] = layer  # no tuple
            return
        case 3:
            layer = layer[: stream.integers(4)]
        case 4:
            layers.insert(at, layers[at])
            return
        case 5:
            del layers[at]
            return
        case _:
            layer[1] = Clearing(layer[1], layers)
    layers[at] = tuple(layer)


def _break_the_chain(call: Arguments, stream: Stream) -> None:
    """Change the size of a layer, and the parameters with it."""
    layers = call["layers"]
    if not isinstance(layers, list) or not layers:
        return
    at = stream.integers(len(layers))
    sizes = [list(layer[:2]) for layer in layers if isinstance(layer, tuple) and len(layer) == 4]
    if len(sizes) < len(layers) or not all(
        type(size) is int and size < 999 for pair in sizes for size in pair
    ):
        return
    sizes[at][stream.integers(2)] = int(stream.choice(SIZES))
    layers[at] = (*sizes[at], *layers[at][2:])
    count = sum((inputs + 1) * units for inputs, units in sizes)
    for name in ("parameters", "velocity"):
        if isinstance(call[name], np.ndarray) and count > 0:
            call[name] = np.zeros(count, np.float32)


def _spoil_a_setting(call: Arguments, stream: Stream) -> None:
    name = str(stream.choice(["flags", "rates"]))
    values = list(call[name]) if isinstance(call[name], tuple) else []
    match stream.integers(3) if values else 3:
        case 0:
            values[stream.integers(len(values))] = odd_object(stream)
        case 1:
            values[stream.integers(len(values))] = float(stream.choice([np.nan, np.inf, -1.0, 1e300, 1e-300]))
        case _:
            values = values[: stream.integers(5)]
    call[name] = tuple(values)


def _spoil_the_batch(call: Arguments, stream: Stream) -> None:
    call["batch"] = NUMBERS[stream.integers(len(NUMBERS))]


def _spoil_the_capsule(call: Arguments, stream: Stream) -> None:
    from scipy.linalg import cython_blas

    others = list(cython_blas.__pyx_capi__.values())
    call["sgemm"] = others[stream.integers(len(others))]
    if "__pyx_t_5scipy_6linalg_11cython_blas_s" in repr(call["sgemm"]):
        call["sgemm"] = object()  # perhaps of sgemm's own signature; none but sgemm may be called as it


def _spoil_any(call: Arguments, stream: Stream) -> None:
    call[NAMES[stream.integers(len(NAMES))]] = odd_object(stream)


def _spoil_the_inputs(call: Arguments, stream: Stream) -> None:
    if isinstance(call["inputs"], tuple):
        call["inputs"] = (call["inputs"] * 3)[: stream.integers(5)]


def _share_a_buffer(call: Arguments, stream: Stream) -> None:
    one, other = stream.choice(ARRAYS, 2)
    call[one] = call[other]


def _forget_one(call: Arguments, stream: Stream) -> None:
    if stream.random() < 0.2:
        call.popitem()
        call["more"] = None


ARRAY_WAYS: list[Callable[[Any, Stream], Any]] = [
    *(_with_a_number, _with_a_number, _with_a_number, _of_other_length, _of_other_length),
    *(_of_other_kind, _laid_out_otherwise, _as_another_object),
]
WAYS: list[Callable[[Arguments, Stream], None]] = [
    *([_spoil_an_array] * 8),
    *(
        _spoil_a_layer,
        _break_the_chain,
        _break_the_chain,
        _spoil_a_setting,
        _spoil_the_batch,
        _spoil_the_capsule,
    ),
    *(_spoil_any, _spoil_the_inputs, _share_a_buffer, _forget_one),
]


def outcome(call: Arguments) -> str:
    """Make a call and return what came of it: "done" or the name of the error.

    Raises:
        AssertionError: the result or the error is not what it may be, or an error left traces.
    """
    kept = {name: value.copy() for name, value in _changing(call)}
    try:
        loss, right = run(call)
    except (TypeError, ValueError, MemoryError) as caught:
        error = caught
    else:
        assert isinstance(loss, float)
        assert 0 <= right <= memoryview(call["order"]).nbytes // 8
        return "done"
    assert str(error) or isinstance(error, MemoryError), "an error without a message"
    for name, value in _changing(call):
        assert value.tobytes() == kept[name].tobytes(), (
            f"{name} changed, although there was an error: {error}"
        )
    return type(error).__name__


def _changing(call: Arguments) -> Iterator[tuple[str, Any]]:
    for name in ("parameters", "velocity"):
        if isinstance(call.get(name), np.ndarray):
            yield name, call[name]


@contextmanager
def scribbling(call: Arguments, stream: Stream) -> Iterator[None]:
    """Let another thread write into the arrays of a call while it runs."""
    arrays = [
        each for each in (*call.values(), *call["inputs"]) if isinstance(each, np.ndarray) and each.size
    ]
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
