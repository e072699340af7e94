"""Model files and checkpoints from strangers: refused in a line, and for next to no memory."""

import os
import struct
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.training import checkpoint_epoch, remove_damaged_checkpoint
from refusals import complaint, in_memory_of, refused, rewrite


@pytest.fixture
def model(tmp_path: Path, digits: pw.Dataset) -> Path:
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    pw.save(tmp_path / "model", pw.Model.of(pw.Network(64, [5], 10), standardizer, digits))
    return tmp_path / "model"


@pytest.mark.parametrize("read", [remove_damaged_checkpoint, partial(checkpoint_epoch, identity={})])
def test_a_pipe_in_the_place_of_a_checkpoint_is_not_waited_for(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    os.mkfifo(tmp_path / "run.checkpoint")
    assert "checkpoint" in refused(lambda: read(tmp_path / "run.checkpoint"))


@pytest.mark.parametrize("hidden", [[2**30], [2**62], [10**30], [1] * 80_000])
def test_hidden_layers_of_terabytes_are_refused_before_they_are_made(model: Path, hidden: list[int]) -> None:
    sizes = [64, *hidden, 10]
    shapes: dict[str, Any] = {}
    for number, (inputs, units) in enumerate(pairwise(sizes), start=1):
        name = f"hidden_{number}" if number <= len(hidden) else "output"
        shapes |= {f"{name}.weight": [inputs, units], f"{name}.bias": [1, units]}
    layers = [*(["linear", "tanh"] * len(hidden)), "linear"]
    rewrite(model, lambda metadata, _: metadata.update(layers=layers, parameters=shapes))
    with in_memory_of(2**24):
        complaint(model)


@pytest.mark.parametrize("hidden", [[2**30], [2**62], [10**30], [1] * 20_000])
def test_hidden_layers_of_terabytes_of_older_files_are_refused_too(model: Path, hidden: list[int]) -> None:
    def older(metadata: dict[str, Any], _: object) -> None:
        for name in ("layers", "parameters", "loss"):
            del metadata[name]
        metadata.update(version=2, inputs=64, hidden=hidden, activations=["tanh"] * len(hidden))

    rewrite(model, older)
    with in_memory_of(2**24):
        complaint(model)


def test_a_header_is_not_believed_beyond_its_file(model: Path) -> None:
    content = model.read_bytes()
    for length in (2**63, len(content), 2**32):
        model.write_bytes(struct.pack("<Q", length) + content[8:])
        with in_memory_of(2**22):
            assert complaint(model).startswith(
                f" is no whole safetensors file (its header has {length} bytes;"
            )
    with model.open("wb") as file:
        file.write(struct.pack("<Q", 2**27))
        file.truncate(2**28)
    assert "its header has 134217728 bytes; expected at most 4194304" in complaint(model)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("name", ["scale", "shift"])
def test_a_standardizer_that_is_not_finite_is_refused(model: Path, name: str, value: float) -> None:
    rewrite(model, lambda _, tensors: tensors.update({f"standardizer.{name}": np.array([value])}))
    assert complaint(model).startswith(f": standardizer.{name} holds numbers that are not finite float32s.")


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_scale_that_divides_by_nothing_real_is_refused(model: Path, value: float) -> None:
    rewrite(model, lambda _, tensors: tensors.update({"standardizer.scale": np.array([value])}))
    assert complaint(model).startswith(": standardizer.scale holds numbers that are not above 0.")


def test_numbers_of_another_type_are_refused(model: Path) -> None:
    rewrite(model, lambda _, tensors: tensors.update({"output.bias": np.zeros((1, 10), np.int8)}))
    assert ": output.bias is of type I8; expected numbers of float32." in complaint(model)


@pytest.mark.parametrize(
    ("key", "value"),
    [("layers", [True]), ("class_names", ["\x1b[2J"]), ("class_names", [1]), ("full_scale", 10**400)]
)  # fmt: skip
def test_a_description_of_other_types_is_refused(model: Path, key: str, value: object) -> None:
    rewrite(model, lambda metadata, _: metadata.update({key: value}))
    assert f" is no plainweave model ({key}" in complaint(model)
