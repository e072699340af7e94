"""Odd but valid data: it works, or one line says why not. Never a NaN, a warning or a traceback."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse

import plainweave as pw
from plainweave.arrays import IntArray, RawArray
from plainweave.data import STANDARDIZATIONS
from plainweave.data.dataset import Examples
from plainweave.evidence import gradient_evidence, gradients, what_was_learned
from plainweave.experiments import run_folder, write_run
from plainweave.experiments.run import run_stack
from plainweave.page import write_gradients, write_learned, write_report
from plainweave.paper import paper_gradients

STREAM = np.random.default_rng(0)


def pixels(examples: int, features: int = 4) -> RawArray:
    return STREAM.integers(0, 256, (examples, features), dtype=np.uint8)


def floats(scale: float, dtype: npt.DTypeLike = np.float32, offset: float = 0) -> RawArray:
    return (STREAM.normal(size=(25, 4)) * scale + offset).astype(dtype)


def whole(dtype: npt.DTypeLike) -> RawArray:
    limits = np.iinfo(np.dtype(dtype).name)
    return STREAM.integers(limits.min, limits.max, (25, 4), dtype, endpoint=True)


def turns(examples: int, classes: int = 2) -> IntArray:
    return (np.arange(examples) % classes).astype(np.uint16)


def data(inputs: RawArray, labels: list[int] | None = None, classes: int = 2, tests: int = 5) -> pw.Dataset:
    """The last examples are those to test on."""
    numbers = turns(inputs.shape[0], classes) if labels is None else np.asarray(labels, np.uint16)
    rows = np.arange(inputs.shape[0])
    side = math.isqrt(inputs.shape[1])
    shape = (side, side) if side**2 == inputs.shape[1] else None
    examples, names = Examples(inputs, numbers), tuple(f"class {label}" for label in range(classes))
    return pw.Dataset("odd", examples[rows[:-tests]], examples[rows[-tests:]], names, shape)


ODD = {
    "one example of a class": data(pixels(25), [0] * 19 + [1] + [0] * 5),
    "three examples to train and validate on": data(pixels(4), [0, 1, 0, 1], tests=1),
    "one example to test on": data(pixels(25), tests=1),
    "one class": data(pixels(25), classes=1),
    "all labels equal": data(pixels(25), [1] * 25, 3),
    "a class missing from training": data(pixels(25), [0, 2] * 10 + [0, 1, 2, 1, 1], 3),
    "1,000 classes": data(pixels(1005), classes=1000),
    "one feature": data(pixels(25, 1), classes=3),
    "two features, no image": data(pixels(25, 2)),
    "all pixels zero": data(np.zeros((25, 4), np.uint8)),
    "all numbers zero": data(np.zeros((25, 4), np.float32)),
    "constant in training only": data(np.concatenate([np.full((20, 4), 0.1), floats(1e3)[:5]])),
    "sparse, all zero": data(scipy.sparse.csr_array((25, 4), dtype=np.float32)),
    "sparse, nearly all zero": data(scipy.sparse.csr_array(np.eye(25, 4, dtype=np.uint8))),
    "yes and no": data(pixels(25) > 127),
    "8 bits, signed": data(whole(np.int8)),
    "16 bits": data(whole(np.int16)),
    "32 bits": data(whole(np.int32)),
    "half precision": data(floats(1, np.float16)),
    "huge": data(floats(1e14, np.float64)),
    "tiny": data(floats(1e-14)),
    "huge and tiny": data(floats(1, np.float64) * [1e14, 1e-14, 1, 0]),
    "far from 0": data(floats(1e-3, np.float64, offset=1e9)),
    "trained on tiny, tested on huge": data(np.concatenate([floats(1e-14)[:20], floats(1e14)[:5]])),
}


@pytest.fixture(params=list(ODD))
def odd(request: pytest.FixtureRequest) -> pw.Dataset:
    return ODD[request.param]


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
def test_both_engines_train_alike_and_every_number_is_one(odd: pw.Dataset, standardize: str) -> None:
    parts = pw.split(odd.train, standardize=standardize)
    losses = []
    for engine in ("compiled", "numpy"):
        for seed in (0, [1, 0]):
            network = pw.Network(odd.features, [5], len(odd.class_names), seed=seed)
            result = pw.fit(
                network,
                parts,
                pw.SGD(learning_rate=0.1, momentum=0.9),
                epochs=3,
                batch_size=min(3, len(parts.training)),  # leaves a last batch of one
                engine=engine,
            )
            assert not result.diverged.any()
            one = result.member(1) if network.stack else result
            losses.append([*one.history.training_loss, *one.history.validation_loss])
            model = pw.Model.of(one.network, parts.standardizer, odd)
            score = model.evaluate(odd.test)
            assert np.isfinite([score.loss, score.accuracy]).all()
            assert np.isfinite(model.probabilities(odd.test.inputs)).all()
            assert model.predict(odd.test.inputs).max() < len(odd.class_names)
    assert np.isfinite(losses).all()
    np.testing.assert_array_equal(losses[0], losses[1])
    np.testing.assert_array_equal(losses[2], losses[3])
    np.testing.assert_allclose(losses[0], losses[2], rtol=2e-2)


@pytest.mark.parametrize(
    "name",
    [
        "one example of a class",
        "one class",
        "all labels equal",
        "a class missing from training",
        "one feature",
        "all numbers zero",
        "constant in training only",
        "sparse, nearly all zero",
        "huge and tiny",
    ],
)
def test_the_gradients_are_right_on_any_data(name: str) -> None:
    odd = ODD[name]
    if len(np.unique(odd.train.labels)) < len(odd.class_names):
        with pytest.raises(pw.DataError, match=r"class \d \(class \d\) has no training example"):
            gradient_evidence(odd)
        return
    evidence = gradient_evidence(odd)
    assert evidence["passed"], [t for c in evidence["whole_network"] for t in c["tensors"] if not t["passed"]]
    json.dumps(evidence, allow_nan=False)


def test_of_many_classes_the_first_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "_MOST_CLASSES", 3)
    evidence = gradient_evidence(ODD["1,000 classes"])
    assert (evidence["classes"], evidence["passed"]) == (3, True)


@pytest.mark.parametrize(
    "name",
    [
        "three examples to train and validate on",
        "one class",
        "1,000 classes",
        "one feature",
    ],
)
def test_the_page_is_written_on_any_data(name: str, tmp_path: Path) -> None:
    odd = ODD[name]
    tested = pw.Experiment(id="a", hidden=(3,), epochs=2, batch_size=2)
    records = []
    for experiment in (tested, replace(tested, id="b", activation="relu", test=False)):
        record, model = pw.run_experiment(experiment, odd, 0)
        write_run(run_folder(tmp_path, experiment.id, 0), record, model)
        records.append(record)
    if len(odd.class_names) < 10:
        write_gradients(tmp_path, paper_gradients(odd))
    learned = what_was_learned(tmp_path, records, odd)
    assert learned is not None
    if len(odd.class_names) <= 500:  # of more, the table would fill the page
        assert np.sum(learned["confusion"]) == len(odd.test)
    write_learned(tmp_path, learned)
    page = write_report(tmp_path)
    assert page.stat().st_size < 4_000_000
    for path in (path for path in tmp_path.rglob("*") if path.suffix in (".json", ".csv")):
        assert "nan" not in path.read_text().lower(), path


def refusals() -> Iterator[tuple[RawArray, RawArray, str]]:
    usual = floats(1)
    advice = "Multiply all inputs by a constant."
    yield (
        np.full((20, 4), 1e-30),
        usual,
        f"odd: the largest training input is 1e-30 in size; expected 0, or 1e-15 to 1e+15. {advice}",
    )
    outlier = usual.copy()
    outlier[2, 3] = -1e30
    where = "inputs: example 2 has -1e+30 as its feature 3"
    yield outlier, usual, f"{where}; expected at most 1e+15 in size. {advice}"
    yield usual, outlier, f"{where}; expected at most 1e+15 in size. {advice}"
    yield scipy.sparse.coo_matrix(outlier), usual, f"{where}; expected at most 1e+15 in size. {advice}"
    ids = np.zeros((20, 4), np.uint64)
    ids[1] = 2**62
    where = "inputs: example 1 has 4.61169e+18 as its feature 0"
    yield ids, usual, f"{where}; expected at most 1e+15 in size. {advice}"


@pytest.mark.parametrize(("train", "test", "message"), list(refusals()))
def test_inputs_that_float32_cannot_stand_are_refused(train: RawArray, test: RawArray, message: str) -> None:
    labels = turns(train.shape[0]), turns(test.shape[0])
    with pytest.raises(pw.DataError) as error:
        pw.Dataset("odd", Examples(train, labels[0]), Examples(test, labels[1]), ("a", "b"))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("examples", "fraction", "parts"), [(1, 0.5, None), (2, 0.2, None), (2, 0.5, (1, 1))]
)
def test_a_split_of_next_to_nothing(examples: int, fraction: float, parts: tuple[int, int] | None) -> None:
    of_all = data(pixels(examples + 1), tests=1).train
    if parts is None:
        with pytest.raises(pw.ConfigurationError, match="expected at least 1 example for validation and 1"):
            pw.split(of_all, validation_fraction=fraction)
    else:
        made = pw.split(of_all, validation_fraction=fraction)
        assert (len(made.training), len(made.validation)) == parts


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    experiment = pw.Experiment(id="a", hidden=(3,), epochs=1)  # batches of 64, of 16 training examples
    [(record, _)] = run_stack([experiment], ODD["one class"], 0, positions=[0])
    assert np.isfinite(record.history.training_loss[0])


@pytest.mark.parametrize("command", ["train", "reproduce"])
def test_the_command_line_on_black_images_of_one_pixel_and_one_class(command: str, tmp_path: Path) -> None:
    for prefix in ("train", "t10k"):
        pw.write_idx(tmp_path / f"{prefix}-images-idx3-ubyte", np.zeros((81, 1, 1), np.uint8))
        pw.write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte", np.zeros(81, np.uint8))
    main = "from plainweave.cli import main; main()"
    options = ["--data", str(tmp_path), "--epochs", "1", "--out", str(tmp_path / "out")]
    more = ["--only", "relu", "--jobs", "1"] if command == "reproduce" else []
    done = subprocess.run(
        [sys.executable, "-c", main, command, *options, *more],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
