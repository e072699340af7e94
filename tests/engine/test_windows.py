"""Training on inputs that lie in a file gives what training on the same array in memory gives."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from engines import BOTH
from plainweave.data.stored import is_stored
from plainweave.engine import Program, Work, kernels, program_for
from plainweave.engine.windows import Windows
from plainweave.errors import ConfigurationError, DataError
from plainweave.randomness import epoch_order, windowed_order
from stored_files import _small_limits, mapped  # noqa: F401

pytestmark = pytest.mark.usefixtures("_small_limits")
STREAM = np.random.default_rng(1)
COUNT, FEATURES = 3000, 6
INPUTS = {
    "float32": STREAM.normal(size=(COUNT, FEATURES)).astype(np.float32),
    "float64": STREAM.normal(1, 2, (COUNT, FEATURES)),
    "float16": STREAM.normal(size=(COUNT, FEATURES)).astype(np.float16),
    "far": STREAM.normal(1000, 1, (COUNT, FEATURES)).astype(np.float32),
    "some far": STREAM.normal([0, 5000, 0, 0, 0, 7000], 1, (COUNT, FEATURES)),
    "bytes": STREAM.integers(0, 256, (COUNT, FEATURES), dtype=np.uint8),
    "zeros": STREAM.integers(0, 2, (COUNT, FEATURES), dtype=np.uint8) * np.uint8(9),
    "far bytes": STREAM.integers(100, 104, (COUNT, FEATURES), dtype=np.uint8),
}
LABELS = STREAM.integers(0, 3, COUNT)


def _split(inputs: Any, standardize: str, weights: Any = None) -> pw.Split:
    examples = pw.Examples(inputs, LABELS, weights)
    return pw.Split.of(examples[:2500], examples[2500:], standardize=standardize)


def _program(parts: pw.Split, engine: str, dtype: str = "float32", seed: Any = 0) -> tuple[Work, Program]:
    network = pw.Network(FEATURES, [8], 3, dropout=0.1, dtype=dtype, seed=seed)
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1, momentum=0.9), parts, 32, seed)
    return work, program_for(work, engine)


def _trained(parts: pw.Split, engine: str, dtype: str = "float32", seed: Any = 0) -> list[Any]:
    """Train for two epochs in an order that jumps, and return all that comes of it."""
    work, program = _program(parts, engine, dtype, seed)
    slots, result = work.optimizer.slots_of(work.network.parameters), []
    for number in (1, 2):
        order = epoch_order(seed, number, len(parts.training))
        table = work.optimizer.steps(0, work.steps, np.ones(work.steps))
        result.append(program.epoch(number, order, table, slots).loss)
        result.append(program.validate()["loss"])  # type: ignore[index]
    return [*result, *work.network.parameters.values()]


@BOTH
@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image"])
@pytest.mark.parametrize("kind", INPUTS)
def test_a_file_trains_as_an_array(tmp_path: Path, kind: str, standardize: str, engine: str) -> None:
    array = INPUTS[kind]
    from_file, in_memory = (_split(x, standardize) for x in (mapped(tmp_path, array), array))
    assert is_stored(from_file.training.inputs)
    for value, expected in zip(_trained(from_file, engine), _trained(in_memory, engine), strict=True):
        np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-6)


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_stack_with_weights_and_of_either_precision(
    tmp_path: Path, kind: str, dtype: str, engine: str
) -> None:
    weights = STREAM.random(COUNT)
    parts = [_split(x, "per-pixel", weights) for x in (mapped(tmp_path, INPUTS[kind]), INPUTS[kind])]
    one, other = (_trained(part, engine, dtype, seed=[3, 4]) for part in parts)
    for value, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ["float32", "float64", "zeros"])
@pytest.mark.skipif(not kernels(), reason="there is no compiled engine")
def test_training_of_the_compiled_engine_is_the_same_to_the_bit(tmp_path: Path, kind: str) -> None:
    from_file, in_memory = (
        _trained(_split(x, "all-pixels"), "compiled") for x in (mapped(tmp_path, INPUTS[kind]), INPUTS[kind])
    )
    for place in (0, 2, *range(4, len(in_memory))):  # validation is scored in another order
        np.testing.assert_array_equal(from_file[place], in_memory[place])


@BOTH
def test_gradients_and_epochs_are_those_of_an_array(tmp_path: Path, engine: str) -> None:
    results: list[Any] = []
    for given in (mapped(tmp_path, INPUTS["float32"]), INPUTS["float32"]):
        parts = _split(given, "all-pixels")
        network = pw.Network(FEATURES, [8], 3, seed=0)
        work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, 32)
        program = program_for(work, engine)
        loss, gradients = program.gradients(np.arange(0, 2500, 7))
        orders = np.array([epoch_order(0, number, 2500) for number in (1, 2)])
        table = work.optimizer.steps(0, 2 * work.steps, np.ones(2 * work.steps))
        trace = np.zeros((2 * work.steps, 2))
        slots = work.optimizer.slots_of(network.parameters)
        training, validation = program.epochs(1, orders, table, slots, trace)
        assert validation is not None
        results.append([loss, *gradients.values(), trace, training.loss, validation.loss])
    for value, expected in zip(*results, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-7)


@BOTH
def test_fit_evaluate_and_predict_of_a_file(tmp_path: Path, engine: str) -> None:
    inputs = STREAM.normal(size=(COUNT, FEATURES)).astype(np.float32)
    labels = (inputs[:, 0] > inputs[:, 1]).astype(int)
    order = np.argsort(labels, kind="stable")  # by classes, as many a file is
    results = []
    for given in (mapped(tmp_path, inputs[order]), inputs[order]):
        examples = pw.Examples(given, labels[order])
        parts = pw.split(examples, seed=0)
        network = pw.Network(FEATURES, [16], 2, seed=0)
        fit = pw.fit(network, parts, pw.SGD(0.1, momentum=0.9), epochs=12, engine=engine)
        model = pw.Model(fit.network, parts.standardizer)
        np.testing.assert_array_equal(model.predict(given), model.predict(inputs[order]))
        results.append(float(model.evaluate(examples).accuracy))
    assert min(results) > 97
    assert abs(results[0] - results[1]) < 1.5


@pytest.mark.parametrize(
    ("examples", "window", "run"), [(1000, 100, 10), (1003, 96, 7), (50, 7, 60), (11, 4, 1)]
)
def test_an_order_visits_all_and_mixes_within_windows(examples: int, window: int, run: int) -> None:
    order = windowed_order(5, 2, examples, window=window, run=run)
    np.testing.assert_array_equal(np.sort(order), np.arange(examples))
    np.testing.assert_array_equal(order, windowed_order(5, 2, examples, window=window, run=run))
    assert not np.array_equal(order, windowed_order(5, 3, examples, window=window, run=run))
    for start in range(0, examples, window):
        runs = len(np.unique(order[start : start + window] // run))
        assert runs <= window / run + 3
    several = windowed_order([5, 6], 2, examples, window=window, run=run)
    np.testing.assert_array_equal(several[0], order)


def test_an_order_of_one_window_is_that_of_an_array() -> None:
    np.testing.assert_array_equal(windowed_order(1, 1, 90, window=90, run=3), epoch_order(1, 1, 90))


def test_rows_may_come_again_and_again(tmp_path: Path) -> None:
    inputs: Any = pw.Examples(mapped(tmp_path, INPUTS["float32"]), LABELS).inputs
    windows = Windows(inputs, 100, np.float32, None)
    memory: Any
    memory, places = windows.arrays
    order = STREAM.integers(0, 150, 1000)
    seen = 0
    for part in windows.over(order, 10):
        np.testing.assert_array_equal(memory[places[order[part]]], np.asarray(INPUTS["float32"])[order[part]])
        seen += part.stop - part.start
    assert seen == 1000


def test_a_batch_beyond_a_window_is_refused_where_it_can_t_be_held(tmp_path: Path) -> None:
    inputs: Any = pw.Examples(mapped(tmp_path, INPUTS["float32"]), LABELS).inputs
    with pytest.raises(ConfigurationError) as error:
        next(Windows(inputs, 100, np.float32, None).over(np.arange(200), 150))
    assert str(error.value) == "150 examples of a file are asked for at once; expected at most 100."


def test_work_that_ends_early_lets_go_of_the_memory_and_of_the_thread(tmp_path: Path) -> None:
    inputs: Any = pw.Examples(mapped(tmp_path, INPUTS["float32"]), LABELS).inputs
    windows, kept = Windows(inputs, 100, np.float32, None), []
    for _ in range(2):
        try:
            for _ in windows.over(np.arange(1000), 10):
                raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            kept.append(error)  # with its traceback, as an interactive Python keeps the last one
        assert not [thread for thread in threading.enumerate() if "plainweave-reader" in thread.name]
    assert len(kept) == 2


@BOTH
@pytest.mark.parametrize("batch_size", [COUNT, 2**40])
def test_a_batch_beyond_the_examples_is_all_of_them(tmp_path: Path, engine: str, batch_size: int) -> None:
    losses = []
    for given in (mapped(tmp_path, INPUTS["float32"]), INPUTS["float32"]):
        network = pw.Network(FEATURES, [4], 3, seed=0)
        result = pw.fit(
            *(network, _split(given, "all-pixels"), pw.SGD(0.1)),
            epochs=2,
            batch_size=batch_size,
            engine=engine,
        )
        losses.append(result.history.training["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


@BOTH
def test_a_file_that_goes_while_training_ends_it_in_words(tmp_path: Path, engine: str) -> None:
    parts = pw.split(pw.Examples(mapped(tmp_path, INPUTS["float32"]), LABELS))

    def lose(epoch: Any) -> None:
        (tmp_path / "inputs.npy").rename(tmp_path / "away.npy")

    with pytest.raises(DataError) as error:
        pw.fit(pw.Network(FEATURES, [4], 3), parts, pw.SGD(0.1), epochs=2, engine=engine, observers=[lose])
    assert str(error.value) == (
        f"{tmp_path / 'inputs.npy'} can't be read: No such file or directory. Leave it as it is until "
        "training ends."
    )
