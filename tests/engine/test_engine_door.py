"""What does not fit is refused by the engine, in words; nothing reachable from Python leaves its bounds."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from odd_calls import Clearing, outcome, scribbling, spoil
from plainweave.engine import kernels
from refused_calls import FLOATS, LABELS, LAYERS, ORDER, REFUSED, call, of_inputs, part, sparse
from right_calls import METHODS, made, right_call, run

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)


@pytest.mark.parametrize(
    ("changed", "kind", "message"), REFUSED, ids=[f"{at} {row[2]}" for at, row in enumerate(REFUSED)]
)
def test_a_wrong_call_is_refused_and_leaves_no_trace(
    changed: dict[str, Any], kind: type[Exception], message: str
) -> None:
    wrong = call(**changed)
    names = ("parameters", "slots", "sums", "gradients")
    before = [np.array(wrong[name]) for name in names]
    with pytest.raises(kind) as error:
        run(wrong)
    assert str(error.value) == message
    assert type(error.value) is kind
    for name, value in zip(names, before, strict=True):
        np.testing.assert_array_equal(wrong[name], value)


@pytest.mark.parametrize("batch", [6, 7, 2**31, 2**62, 2**63 - 1])
def test_a_batch_beyond_the_examples_is_all_of_them(batch: int) -> None:
    table = call()["table"][:1]
    one, other = (call(batch=each, table=table, trace=None) for each in (6, batch))
    run(one)
    run(other)
    for name in ("parameters", "slots", "sums"):
        np.testing.assert_array_equal(one[name], other[name])


def test_no_examples_are_no_work() -> None:
    none = part(inputs=(np.ones((0, 4), np.float32),), targets=LABELS[:0])
    for changed in ({}, {"training": none}):
        nothing = call(order=ORDER[:0], table=np.zeros((0, 7)), trace=None, **changed)
        run(nothing)
        np.testing.assert_array_equal(nothing["sums"], 0)
        np.testing.assert_array_equal(nothing["parameters"], 1)


def test_sums_are_added_to() -> None:
    scored = call(method="score")
    run(scored)
    once = scored["sums"].copy()
    assert once[1] == 6
    run(scored)
    np.testing.assert_array_equal(scored["sums"], 2 * once)


def test_a_number_that_changes_the_list_it_stands_in_is_read_all_the_same() -> None:
    given = list(LAYERS)
    given[0] = (4, Clearing(2, given), *LAYERS[0][2:])
    one, other = call(network=(False, given)), call()
    run(one)
    run(other)
    np.testing.assert_array_equal(one["parameters"], other["parameters"])


def test_sparse_rows_may_overlap_and_hold_a_column_twice() -> None:
    twice = sparse(
        starts=np.array([0, 2, 2, 2, 2, 2, 2]), columns=np.array([1, 1], np.int32), values=FLOATS[:2]
    )
    dense = np.zeros((6, 4), np.float32)
    dense[0, 1] = 2
    one, other = call(**twice), call(**of_inputs(dense))
    run(one)
    run(other)
    np.testing.assert_array_equal(one["parameters"], other["parameters"])


def test_a_program_holds_its_arrays() -> None:
    kept = bytearray(np.ones((6, 4), np.float32).tobytes())
    program = made(call(**of_inputs(memoryview(kept).cast("f"))))
    with pytest.raises(BufferError):
        kept.clear()
    del program
    kept.clear()


def test_a_program_is_for_one_thread_at_a_time() -> None:
    examples = 3000
    features = np.ones((examples, 400), np.float32)
    long = call(
        network=(False, [(400, 500, 1, 0.0, 0.0, 0), (500, 3, 0, 0.0, 0.0, 0)]),
        training=part(
            inputs=(features,), targets=np.zeros(examples, np.int32), scale=features[0], shift=0 * features[0]
        ),
        validation=None,
        method="gradients",
        parameters=np.zeros(400 * 500 + 500 + 500 * 3 + 3, np.float32),
        gradients=np.zeros(400 * 500 + 500 + 500 * 3 + 3, np.float32),
        order=np.zeros(20_000, np.int64),
    )
    program, began = made(long), Event()
    arguments = [long[name] for name in ("parameters", "order", "mask_key", "sums", "gradients")]

    def work() -> None:
        began.set()
        program.gradients(*arguments)

    thread = Thread(target=work)
    thread.start()
    began.wait()
    messages = set()
    while thread.is_alive():
        try:
            program.gradients(arguments[0], ORDER, *arguments[2:])
        except ValueError as error:
            messages.add(str(error))
    thread.join()
    assert messages == {"the program is at work in another thread; make one for each thread."}
    program.gradients(arguments[0], ORDER, *arguments[2:])


def test_a_program_is_made_by_the_engine_alone() -> None:
    with pytest.raises(TypeError, match=r"cannot create 'plainweave\.engine\._compiled\.Program' instances"):
        type(made(call()))()


def test_too_much_memory_is_a_memory_error() -> None:
    code = (
        "import resource; import numpy as np\n"
        "from right_calls import run; from refused_calls import call, part\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**32,) * 2)\n"
        "layers = [(1, 2**24, 1, 0.0, 0.0, 0), (2**24, 1, 0, 0.0, 0.0, 0)]\n"
        "ones = np.ones(10**6, 'f4')\n"
        "wide = part(inputs=(ones,), targets=np.zeros(10**6, 'i4'), scale=ones[:1], shift=ones[:1])\n"
        "try: run(call(network=(False, layers), loss=(0, 0.0, np.zeros(0), 1, np.inf), training=wide,\n"
        "              validation=None, batch=10**6))\n"
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


def test_an_epoch_goes_on_only_from_one_that_said_so() -> None:
    given = call()
    program, arguments = made(given), [given[name] for name in METHODS["epoch"] if name in given]
    before = np.array(given["parameters"])
    program.epoch(*arguments, False, True)
    np.testing.assert_array_equal(given["parameters"], before)  # the others are in the program
    program.epoch(*arguments, True, False)
    assert (given["parameters"] != before).any()
    with pytest.raises(ValueError, match="the call before was no epoch that is gone on with"):
        program.epoch(*arguments, True, False)
    program.epoch(*arguments, False, True)
    program.score(given["parameters"], ORDER, np.zeros(10))
    with pytest.raises(ValueError, match="the call before was no epoch that is gone on with"):
        program.epoch(*arguments, True, False)
