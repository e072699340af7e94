"""What does not fit is refused by the engine, in words; nothing reachable from Python leaves its bounds."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from odd_calls import Arguments, Clearing, outcome, right_call, run, scribbling, spoil
from plainweave.engine import compiled, kernels
from plainweave.engine.compiled import CompiledEngine
from plainweave.engine.engine import NumPyEngine

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
ENGINES = pytest.mark.parametrize("engine", [NumPyEngine, CompiledEngine])
FLOATS = np.ones(6, np.float32)


def call(**changed: Any) -> Arguments:
    """Six examples of 4 features and 3 classes, trained by a network of 2 units for one epoch."""
    right: Arguments = {
        "kernel": kernels()[0],
        "layers": [(4, 2, 1, 0.0), (2, 3, 0, 0.0)],
        "parameters": np.ones(19, np.float32),
        "velocity": np.zeros(19, np.float32),
        "inputs": (np.ones((6, 4), np.float32),),
        "labels": np.array([0, 1, 2, 0, 1, 2], np.int32),
        "order": np.arange(6),
        "scale": np.ones(4, np.float32),
        "shift": np.zeros(4, np.float32),
        "flags": (True, False, False, False, False),
        "batch": 2,
        "rates": (0.1, 0.9, 1.0, 0.0, 0.0),
        "sgemm": None,
    }
    return {**right, **changed}


def sparse(**changed: Any) -> tuple[Any, ...]:
    right = {
        "starts": np.arange(0, 14, 2),
        "columns": np.array([0, 3] * 6, np.int32),
        "values": np.ones(12, np.float32),
    }
    return tuple({**right, **changed}.values())


def altered(array: Any, place: int, value: int) -> Any:
    array = array.copy()
    array[place] = value
    return array


def misaligned(count: int) -> Any:
    return np.zeros(4 * count + 1, np.uint8)[1:].view(np.float32)


def read_only(count: int) -> Any:
    array = np.zeros(count, np.float32)
    array.flags.writeable = False
    return array


LABELS, ORDER = np.array([0, 1, 2, 0, 1, 2], np.int32), np.arange(6)
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"kernel": "mmx"}, ValueError, "no kernels mmx on this processor"),
    ({"layers": []}, ValueError, "the number of layers is 0; expected 1 to 2147483647."),
    (
        {"layers": [[4, 3, 0, 0.0]]},
        TypeError,
        "layer 0 is [4, 3, 0, 0.0]; expected (inputs, units, activation, slope).",
    ),
    ({"layers": [(4, 3)]}, TypeError, "a layer is (inputs, units, activation, slope)"),
    ({"layers": [(0, 3, 0, 0.0)]}, ValueError, "a layer's inputs is 0; expected 1 to 1073741824."),
    (
        {"layers": [(4, 2**31, 0, 0.0)]},
        ValueError,
        "a layer's units is 2147483648; expected 1 to 1073741824.",
    ),
    (
        {"layers": [(4, 2**63, 0, 0.0)]},
        ValueError,
        "a number is too large; expected one that fits in 64 bits.",
    ),
    ({"layers": [(4, 3, 5, 0.0)]}, ValueError, "a layer's activation is 5; expected 0 to 4."),
    ({"layers": [(4, 3, -1, 0.0)]}, ValueError, "a layer's activation is -1; expected 0 to 4."),
    (
        {"layers": [(4, 2, 1, 0.0), (3, 3, 0, 0.0)]},
        ValueError,
        "layer 1 has 3 inputs; expected 2, the units of the one before.",
    ),
    (
        {"layers": [(2**30, 2**30, 0, 0.0)] * 9},
        ValueError,
        "parameters holds 19 numbers; expected 9223372036854775807: the weights and biases of all layers.",
    ),
    (
        {"parameters": np.ones(18, np.float32)},
        ValueError,
        "parameters holds 18 numbers; expected 19: the weights and biases of all layers.",
    ),
    (
        {"parameters": np.ones(19)},
        TypeError,
        "parameters has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"parameters": np.ones(19, np.float32).astype(">f4")},
        TypeError,
        "parameters has the format >f of 4 bytes; expected float32 in this machine's byte order.",
    ),
    ({"parameters": None}, TypeError, "parameters is <class 'NoneType'>; expected an array."),
    ({"parameters": [1.0] * 19}, TypeError, "parameters is <class 'list'>; expected an array."),
    (
        {"parameters": read_only(19)},
        ValueError,
        "parameters is read-only; expected an array that can be written to.",
    ),
    (
        {"parameters": np.ones(38, np.float32)[::2]},
        ValueError,
        "parameters is not contiguous; expected an array in C order.",
    ),
    (
        {"velocity": np.zeros(20, np.float32)},
        ValueError,
        "velocity holds 20 numbers; expected 19: the weights and biases of all layers.",
    ),
    ({"velocity": None}, TypeError, "velocity is None; expected an array, for momentum is not 0."),
    (
        {"flags": (False,) * 5},
        TypeError,
        "velocity is an array; expected None, for this is no training.",
    ),
    (
        {"velocity": read_only(19)},
        ValueError,
        "velocity is read-only; expected an array that can be written to.",
    ),
    ({"inputs": ()}, ValueError, "inputs are 0 arrays; expected 1, or the 3 of sparse rows."),
    ({"inputs": (FLOATS,) * 2}, ValueError, "inputs are 2 arrays; expected 1, or the 3 of sparse rows."),
    ({"inputs": (FLOATS,)}, ValueError, "inputs holds 6 numbers; expected 24: the features of every label."),
    (
        {"inputs": (np.ones((6, 4)),)},
        TypeError,
        "inputs has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"inputs": (np.ones((6, 4), bool),)},
        TypeError,
        "inputs has the format ? of 1 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"inputs": sparse(starts=np.arange(6))},
        ValueError,
        "starts holds 6 numbers; expected 7: one a label, and the end.",
    ),
    (
        {"inputs": sparse(values=np.ones(11, np.float32))},
        ValueError,
        "values holds 11 numbers; expected 12: one for each of the columns.",
    ),
    (
        {"inputs": sparse(columns=np.zeros(12, np.int64))},
        TypeError,
        "columns has the format l of 8 bytes; expected int32 in this machine's byte order.",
    ),
    (
        {"inputs": sparse(starts=altered(np.arange(0, 14, 2), 6, 13))},
        ValueError,
        "the end of a sparse row is 13; expected 0 to 12.",
    ),
    (
        {"inputs": sparse(starts=altered(np.arange(0, 14, 2), 6, 2**63 - 1))},
        ValueError,
        "the end of a sparse row is 9223372036854775807; expected 0 to 12.",
    ),
    (
        {"inputs": sparse(starts=altered(np.arange(0, 14, 2), 0, -1))},
        ValueError,
        "the start of a sparse row is -1; expected 0 to 2.",
    ),
    (
        {"inputs": sparse(starts=altered(np.arange(0, 14, 2), 0, 3))},
        ValueError,
        "the start of a sparse row is 3; expected 0 to 2.",
    ),
    (
        {"inputs": sparse(columns=altered(np.array([0, 3] * 6, np.int32), 0, 4))},
        ValueError,
        "a column of a sparse row is 4; expected 0 to 3.",
    ),
    (
        {"inputs": sparse(columns=altered(np.array([0, 3] * 6, np.int32), 11, -1))},
        ValueError,
        "a column of a sparse row is -1; expected 0 to 3.",
    ),
    (
        {"labels": LABELS.astype(np.int64)},
        TypeError,
        "labels has the format l of 8 bytes; expected int32 in this machine's byte order.",
    ),
    (
        {"labels": LABELS[:5]},
        ValueError,
        "inputs holds 24 numbers; expected 20: the features of every label.",
    ),
    ({"labels": altered(LABELS, 5, 3)}, ValueError, "a label is 3; expected 0 to 2."),
    ({"labels": altered(LABELS, 5, -1)}, ValueError, "a label is -1; expected 0 to 2."),
    ({"labels": altered(LABELS, 5, -(2**31))}, ValueError, "a label is -2147483648; expected 0 to 2."),
    ({"order": altered(ORDER, 5, 6)}, ValueError, "a row in order is 6; expected 0 to 5."),
    ({"order": altered(ORDER, 0, -1)}, ValueError, "a row in order is -1; expected 0 to 5."),
    (
        {"order": altered(ORDER, 5, 2**62)},
        ValueError,
        "a row in order is 4611686018427387904; expected 0 to 5.",
    ),
    (
        {"order": ORDER.astype(np.int32)},
        TypeError,
        "order has the format i of 4 bytes; expected int64 in this machine's byte order.",
    ),
    (
        {"order": ORDER.astype(np.uint64)},
        TypeError,
        "order has the format L of 8 bytes; expected int64 in this machine's byte order.",
    ),
    ({"scale": FLOATS}, ValueError, "scale holds 6 numbers; expected 4: one for each feature."),
    ({"shift": FLOATS[:0]}, ValueError, "shift holds 0 numbers; expected 4: one for each feature."),
    ({"shift": misaligned(4)}, ValueError, "shift is not aligned; expected an address divisible by 4."),
    ({"batch": 0}, ValueError, "batch is 0; expected 1 to 1073741824."),
    ({"batch": -(2**63)}, ValueError, "batch is -9223372036854775808; expected 1 to 1073741824."),
    ({"batch": 2**63}, ValueError, "a number is too large; expected one that fits in 64 bits."),
]


@pytest.mark.parametrize(("changed", "kind", "message"), WRONG, ids=[message for _, _, message in WRONG])
def test_a_wrong_call_is_refused_and_leaves_no_trace(
    changed: dict[str, Any], kind: type[Exception], message: str
) -> None:
    wrong = call(**changed)
    before = [np.array(wrong[name]) for name in ("parameters", "velocity")]
    with pytest.raises(kind) as error:
        run(wrong)
    assert str(error.value) == message
    assert type(error.value) is kind
    for name, value in zip(("parameters", "velocity"), before, strict=True):
        np.testing.assert_array_equal(wrong[name], value)


@pytest.mark.parametrize("batch", [6, 7, 2**31, 2**62, 2**63 - 1])
def test_a_batch_beyond_the_examples_is_all_of_them(batch: int) -> None:
    one, other = call(batch=6), call(batch=batch)
    assert run(one) == run(other)
    np.testing.assert_array_equal(one["parameters"], other["parameters"])


def test_no_examples_are_no_work() -> None:
    for changed in (
        {"order": ORDER[:0]},
        {"order": ORDER[:0], "labels": LABELS[:0], "inputs": (np.ones((0, 4), np.float32),)},
    ):
        nothing = call(**changed)
        assert run(nothing) == (0.0, 0)
        np.testing.assert_array_equal(nothing["parameters"], 1)


def test_only_the_capsule_of_sgemm_is_called() -> None:
    from scipy.linalg import cython_blas

    for capsule in (cython_blas.__pyx_capi__["dgemm"], object(), 1):
        with pytest.raises(
            ValueError, match=r"sgemm is .*; expected None or the capsule of scipy\.linalg\.cython_blas\."
        ):
            run(call(sgemm=capsule))
    assert compiled._sgemm() is cython_blas.__pyx_capi__["sgemm"]


def test_a_number_that_changes_the_list_it_stands_in_is_read_all_the_same() -> None:
    layers: list[Any] = [(4, 2, 1, 0.0), (2, 3, 0, 0.0)]
    layers[0] = (4, Clearing(2, layers), 1, 0.0)
    assert run(call(layers=layers)) == run(call())


def test_sparse_rows_may_overlap_and_hold_a_column_twice() -> None:
    twice = sparse(
        starts=np.array([0, 2, 2, 2, 2, 2, 2]), columns=np.array([1, 1], np.int32), values=FLOATS[:2]
    )
    dense = np.zeros((6, 4), np.float32)
    dense[0, 1] = 2
    assert run(call(inputs=twice)) == run(call(inputs=(dense,)))


def test_too_much_memory_is_a_memory_error() -> None:
    code = (
        "import resource; from odd_calls import run; from test_engine_door import call; import numpy as np\n"
        "from plainweave.engine import compiled\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**32,) * 2)\n"
        "layers = [(1, 2**14, 1, 0.0), (2**14, 1, 0, 0.0)]\n"
        "wide = call(layers=layers, parameters=np.zeros(49153, 'f4'), velocity=np.zeros(49153, 'f4'),\n"
        "            inputs=(np.zeros(6, 'f4'),), labels=np.zeros(6, 'i4'), order=np.zeros(10**6, 'i8'),\n"
        "            scale=np.ones(1, 'f4'), shift=np.ones(1, 'f4'), batch=10**6, sgemm=compiled._sgemm())\n"
        "try: run(wide)\n"
        "except MemoryError: print('no memory')"
    )
    if not Path("/proc/self/statm").exists():
        pytest.skip("the system does not say how much memory a process has")
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("no memory\n", "")


@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_calls_that_are_wrong_in_up_to_three_ways(seed: int) -> None:
    with np.errstate(all="ignore"):
        for number in range(100):
            stream = np.random.default_rng([seed, number])
            wrong = right_call(stream)
            spoil(wrong, stream)
            outcome(wrong)


def test_arrays_that_change_meanwhile_can_at_worst_give_wrong_numbers() -> None:
    refused: list[str] = []
    for number in range(20):
        stream = np.random.default_rng(number)
        changing = right_call(stream, large=True)
        with scribbling(changing, stream):
            try:
                run(changing)
            except ValueError as error:
                refused.append(str(error))
    assert refused
    assert all("; expected 0 to " in each for each in refused)


# ---- what the engines check themselves, before any step ----


def parts(labels: Any = None) -> pw.Split:
    stream = np.random.default_rng(0)
    return pw.split(
        pw.Examples(stream.random((50, 4)), stream.integers(0, 3, 50) if labels is None else labels)
    )


def changed(name: str, value: Any) -> pw.Network:
    """A network one of whose arrays was replaced behind its back."""
    network = pw.Network(4, [2], 3)
    layer, kind = name.split(".")
    vars(network.layers[network.layer_names.index(layer)])[kind] = value
    return network


@ENGINES
@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            lambda: changed("hidden_1.weight", np.ones((2, 4), np.float32)),
            "hidden_1.bias has shape (1, 2); expected (1, 4), for its weight.",
        ),
        (
            lambda: changed("hidden_1.weight", np.ones((4, 2))),
            "hidden_1.weight is of float64; expected float32, as all parameters. "
            "network.with_parameters makes it so.",
        ),
        (
            lambda: changed("hidden_1.bias", np.ones(2, np.float32)),
            "hidden_1.bias has shape (2,); expected an array of 2 axes, or of 3 in a stack, as the class "
            "Linear names it as a parameter.",
        ),
        (
            lambda: changed("hidden_1.bias", np.ones((7, 1, 2), np.float32)),
            "hidden_1.bias has shape (7, 1, 2); expected (1, 2), of as many models as output.bias.",
        ),
        (
            lambda: changed("output.bias", np.ones((7, 1, 3), np.float32)),
            "hidden_1.weight has shape (4, 2); expected (7, 4, 2), of as many models as output.bias.",
        ),
        (
            lambda: changed("hidden_1.weight", [[1.0] * 2] * 4),
            "hidden_1.weight is a list; expected an array of 2 axes, or of 3 in a stack, as the class Linear "
            "names it as a parameter.",
        ),
        (
            lambda: pw.Network(640, [2], 3),
            "the validation examples have 4 features; expected 640, the network's inputs.",
        ),
        (
            lambda: pw.Network(4, [2], 2),
            "validation example 0 has the label 2; expected 0 to 1, the network's classes. "
            "np.unique(labels, return_inverse=True)[1] makes such labels.",
        ),
    ],
)
def test_a_network_whose_arrays_do_not_go_together_is_refused(
    engine: Callable[[pw.Split], Any], network: Callable[[], pw.Network], message: str
) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        engine(parts()).validate(network())
    assert str(error.value) == message


@ENGINES
def test_layers_that_do_not_fit_are_refused(engine: Callable[[pw.Split], Any]) -> None:
    network = pw.Network(4, [2], 3)
    network.layers.append(network.layers[-1])
    with pytest.raises(pw.ShapeError) as error:
        engine(parts()).validate(network)
    assert str(error.value) == ("output takes 2 features; expected 3, what the layers before it give.")


@ENGINES
@pytest.mark.parametrize("label", [3, 2**32])
def test_a_label_that_is_no_class_is_refused(engine: Callable[[pw.Split], Any], label: int) -> None:
    labels = np.zeros(50, np.int64)
    labels[:] = label
    with pytest.raises(pw.DataError, match=f"training example 0 has the label {label}; expected 0 to 2"):
        engine(parts(labels)).train_epoch(pw.Network(4, [2], 3), pw.SGD(0.1), {}, np.arange(10), 5)


@ENGINES
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"order": np.array([0, 40])}, "order holds the row 40; expected 0 to 39."),
        ({"order": np.array([-1, 0])}, "order holds the row -1; expected 0 to 39."),
        (
            {"order": np.array([], np.int64)},
            "order is int64 of shape (0,); expected whole numbers of shape (examples,).",
        ),
        (
            {"order": np.zeros((3, 5), np.int64)},
            "order is int64 of shape (3, 5); expected whole numbers of shape (examples,).",
        ),
        (
            {"order": np.zeros(5)},
            "order is float64 of shape (5,); expected whole numbers of shape (examples,).",
        ),
        ({"batch_size": 0}, "batch_size is 0; expected a whole number of at least 1."),
        ({"running": np.ones(2, bool)}, "running has shape (2,); expected ()."),
        (
            {"velocity": pw.Network(4, [3], 3).parameters},
            "the velocity of hidden_1.weight is float32 of shape (4, 3); expected float32 of shape (4, 2). "
            "It belongs to another network: begin with an empty one.",
        ),
        (
            {"velocity": pw.Network(4, [], 3).parameters},
            "the velocity is of output.weight, output.bias; expected hidden_1.weight, hidden_1.bias, "
            "output.weight, output.bias. It belongs to another network: begin with an empty one.",
        ),
        (
            {"velocity": pw.Network(4, [2], 3, dtype="float64").parameters},
            "the velocity of hidden_1.weight is float64 of shape (4, 2); expected float32 of shape (4, 2). "
            "It belongs to another network: begin with an empty one.",
        ),
    ],
)
def test_what_does_not_fit_the_training_is_refused(
    engine: Callable[[pw.Split], Any], given: dict[str, Any], message: str
) -> None:
    right = {"velocity": {}, "order": np.arange(10), "batch_size": 5, "running": None}
    with pytest.raises(pw.PlainweaveError) as error:
        engine(parts()).train_epoch(pw.Network(4, [2], 3), pw.SGD(0.1, momentum=0.9), **{**right, **given})
    assert str(error.value) == message


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_fit_looks_at_the_networks_own_arrays(engine: str) -> None:
    with pytest.raises(pw.ShapeError, match=r"hidden_1\.bias has shape"):
        pw.fit(
            changed("hidden_1.weight", np.ones((2, 4), np.float32)),
            parts(),
            pw.SGD(0.1),
            epochs=1,
            engine=engine,
        )
