"""gradients.json, learned.json and summary.json: written, read again, and refused in a line."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.evidence import (
    GradientEvidence,
    NetworkCheck,
    StepSizes,
    read_gradients,
    read_learned,
    read_summary,
    summarize,
    what_was_learned,
    write_gradients,
    write_learned,
)
from plainweave.experiments import Store, run_folder, write_run
from plainweave.storage.forms import to_json
from plainweave.verification import TensorCheck
from refusals import refused

TENSOR = TensorCheck("output.weight", 10, 1, 1e-9, 1e-10, 1e-9, (0, 1), 0.5, 0.5, True)
EVIDENCE = GradientEvidence(
    dataset="digits",
    classes=10,
    passed=True,
    whole_network=(NetworkCheck("tanh", True, 1e-5, 1e-7, (TENSOR,)),),
    step_sizes=StepSizes((0.1, 0.01), (1e-3, 1e-5), (1e-3, 1e-4)),
)
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def out(tmp_path: Path, digits: pw.Dataset) -> Path:
    """An output folder with one run of two epochs, and what it learned."""
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=2)
    write_run(run_folder(tmp_path, "a", 0), *pw.run_experiment(experiment, digits, 0))
    write_learned(tmp_path, what_was_learned(tmp_path, Store(tmp_path).records(), digits))
    return tmp_path


def change(path: Path, do: Change) -> None:
    content = json.loads(path.read_text())
    do(content)
    path.write_text(json.dumps(content))


def refusal(path: Path, problem: str) -> str:
    return f"{path} can't be read ({problem}). Remove it, or run the same command again."


# gradients.json


def test_gradients_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert read_gradients(tmp_path) is None
    write_gradients(tmp_path, EVIDENCE)
    assert read_gradients(tmp_path) == EVIDENCE


def test_gradients_of_0_1_are_read_without_their_table(tmp_path: Path) -> None:
    write_gradients(tmp_path, EVIDENCE)
    change(tmp_path / "gradients.json", lambda content: content.pop("version"))
    change(tmp_path / "gradients.json", lambda content: content.update(table_1={"rows": []}))
    assert read_gradients(tmp_path) == EVIDENCE


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        (lambda content: content.update(version=3), "it is of version 3; expected 2"),
        (
            lambda content: content.update(whole_network=[]),
            "whole_network is empty; expected a check for each activation",
        ),
        (
            lambda content: content["step_sizes"].update(float32=[1e-3]),
            "step_sizes has lists of several lengths, or none; expected as many errors as steps",
        ),
        (
            lambda content: content.update(step_sizes={"steps": [], "float64": [], "float32": []}),
            "step_sizes has lists of several lengths, or none; expected as many errors as steps",
        ),
        (
            lambda content: content["step_sizes"].update(steps=[0.1, 0]),
            "step_sizes.steps[1] is 0; expected a number from 1e-100 to 1e+100",
        ),
        (
            lambda content: content["step_sizes"].update(float64=[-1, 0]),
            "step_sizes.float64[0] is -1; expected a number from 0 to 1e+100",
        ),
        (
            lambda content: content["whole_network"][0].update(epsilon=1e200),
            "whole_network[0].epsilon is 1e+200; expected a number from 1e-100 to 1e+100",
        ),
        (
            lambda content: content["whole_network"][0]["tensors"][0].update(passed=1),
            "whole_network[0].tensors[0].passed is 1; expected true or false",
        ),
    ],
)
def test_gradients_that_make_no_sense_are_refused(tmp_path: Path, do: Change, problem: str) -> None:
    write_gradients(tmp_path, EVIDENCE)
    path = tmp_path / "gradients.json"
    change(path, do)
    assert refused(lambda: read_gradients(tmp_path)) == refusal(path, problem)


# learned.json


def test_what_was_learned_is_read_as_it_was_written(out: Path, digits: pw.Dataset) -> None:
    learned = what_was_learned(out, Store(out).records(), digits)
    assert learned is not None
    assert read_learned(out) == learned
    assert sum(map(sum, learned.confusion or ())) == len(digits.test)
    np.testing.assert_array_equal(
        learned.images(learned.samples.pictures).reshape(-1, 64),
        digits.test.inputs[: len(learned.samples.labels)],
    )
    change(out / "learned.json", lambda content: content.pop("version"))  # as 0.1 wrote it
    assert read_learned(out) == learned


def test_what_was_learned_counts_while_its_weights_lie_there(out: Path) -> None:
    weights = run_folder(out, "a", 0) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    assert read_learned(out) is None
    weights.unlink()
    assert read_learned(out) is None


def test_an_older_file_is_taken_away_where_there_is_no_run_to_show(out: Path, digits: pw.Dataset) -> None:
    write_learned(out, what_was_learned(out, [], digits))
    assert not (out / "learned.json").exists()
    (out / "learned.json").write_text("null")  # as 0.1 wrote it
    assert read_learned(out) is None


def test_examples_that_are_no_images_have_no_pictures(tmp_path: Path, digits: pw.Dataset) -> None:
    table = replace(digits, image_shape=None)
    write_run(run_folder(tmp_path, "a", 0), *pw.run_experiment(pw.Experiment(id="a", epochs=1), table, 0))
    learned = what_was_learned(tmp_path, Store(tmp_path).records(), table)
    assert learned is not None
    assert (learned.mistakes, learned.samples.labels) == ((), ())
    assert learned.images(learned.samples.pictures).shape == (0, 0, 0)


@pytest.mark.parametrize("experiment", ["../../etc", "/etc", "a/../..", ""])
def test_learned_json_does_not_lead_out_of_its_folder(out: Path, experiment: str) -> None:
    path = out / "learned.json"
    change(path, lambda content: content.update(experiment=experiment))
    problem = f"experiment is '{experiment}'; expected an experiment's id"
    assert refused(lambda: read_learned(out)) == refusal(path, problem)


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        (
            lambda content: content.update(image_shape=[0, 4]),
            "image_shape is [0, 4]; expected rows and columns",
        ),
        (lambda content: content.update(image_shape=[64]), "image_shape is [64]; expected a list of 2"),
        (
            lambda content: content.update(full_scale=1e308),
            "full_scale is 1e+308; expected a number from 0 to 1e+100",
        ),
        (
            lambda content: content.update(full_scale=-1),
            "full_scale is -1; expected a number from 0 to 1e+100",
        ),
        (lambda content: content.update(pixels="int8"), "pixels is 'int8'; expected 'uint8' or 'float32'"),
        (
            lambda content: content.update(samples={"labels": [10], "pictures": ""}),
            "an example is of class 10; expected 0 to 9",
        ),
        (
            lambda content: content.update(samples={"labels": [1], "pictures": "AAAA"}),
            "pictures have 3 bytes; expected {bytes}",
        ),
        (
            lambda content: content.update(confusion=[[1]]),
            "confusion has other rows than 10 of 10 counts, one for each class",
        ),
        (
            lambda content: content["mistakes"][0].update(predicted=10),
            "an example is of class 10; expected 0 to 9",
        ),
        (
            lambda content: content["mistakes"][0].update(probability=1e300),
            "mistakes[0].probability is 1e+300; expected a number from 0 to 1.001",
        ),
    ],
)
def test_what_was_learned_and_makes_no_sense_is_refused(out: Path, do: Change, problem: str) -> None:
    path = out / "learned.json"
    size = len(base64.b64decode(json.loads(path.read_text())["mistakes"][0]["picture"]))
    change(path, do)
    assert refused(lambda: read_learned(out)) == refusal(path, problem.replace("{bytes}", str(size)))


def test_a_pixel_is_finite(out: Path) -> None:
    path = out / "learned.json"
    infinite = base64.b64encode(np.full(64, np.inf, "<f4").tobytes()).decode()
    change(path, lambda content: content.update(pixels="float32", mistakes=[]))
    change(path, lambda content: content.update(samples={"labels": [0], "pictures": infinite}))
    assert refused(lambda: read_learned(out)) == refusal(path, "a picture has a pixel that is not finite")


@pytest.mark.parametrize(
    ("name", "read"), [("gradients.json", read_gradients), ("learned.json", read_learned)]
)
@pytest.mark.parametrize("text", ["[" * 100_000, "{}", "3", "[]", '{"dataset": "digits"}', "\xff"])
def test_other_json_is_refused(tmp_path: Path, name: str, read: Callable[[Path], object], text: str) -> None:
    (tmp_path / name).write_text(text, encoding="latin-1")
    message = refused(lambda: read(tmp_path))
    assert message.startswith(f"{tmp_path / name} can't be read (")
    assert message.endswith("). Remove it, or run the same command again.")


# summary.json


def test_a_summary_is_read_as_it_was_written(out: Path) -> None:
    summary = summarize(Store(out).records())
    (out / "summary.json").write_text(to_json(summary))
    assert read_summary(out) == summary


def test_a_summary_that_is_not_there_or_of_0_1_is_refused(out: Path) -> None:
    assert refused(lambda: read_summary(out)) == (
        f"{out} holds no summary.json. Give a folder that plainweave run wrote."
    )
    path = out / "summary.json"
    path.write_text('{"dataset": "digits", "rows": [], "comparisons": [], "claims": []}')
    assert refused(lambda: read_summary(out)) == refusal(path, "it is of version 1; expected 3")
