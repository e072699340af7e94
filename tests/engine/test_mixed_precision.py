"""Steps of mixed precision: what they mean, by a reference that rounds, and the same bytes every time."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import plainweave as pw
from plainweave.engine import Work, engine_name, program_for, units
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.program import Program

pytestmark = pytest.mark.skipif(not units(), reason="nothing here multiplies bfloat16")
THREADS = (1, 2, 3, 4, 7)
EACH_UNIT = pytest.mark.parametrize("unit", units())
Array = npt.NDArray[Any]


def rounded(x: Array) -> Array:
    """The nearest bfloat16 numbers, ties to even, as float64."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32).astype(np.float64)


def made(
    features: int = 140, examples: int = 401, *, zeros: float = 0.5, standardize: str = "all-pixels"
) -> pw.Split:
    stream = np.random.default_rng(3)
    x = stream.integers(1, 256, (examples, features)) * (stream.random((examples, features)) >= zeros)
    labels = stream.integers(0, 6, examples)
    inputs = x.astype(np.uint8) if standardize != "none" else (x / 255).astype(np.float32)
    return pw.split(pw.Examples(inputs, labels), standardize=standardize)


def work_on(parts: pw.Split, precision: str = "mixed", batch_size: int = 64, **settings: Any) -> Work:
    features = parts.training.inputs.shape[1]
    given = {"hidden": [60, 70], "outputs": 6, "seed": 1} | settings
    network = pw.Network(features, **given)  # type: ignore[arg-type]
    return Work(
        *(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1, momentum=0.9), parts, batch_size),
        precision=precision,
    )


def gradients(program: Program, rows: int) -> tuple[float, dict[str, Array]]:
    return program.gradients(np.arange(rows))


def distance(one: dict[str, Array], other: dict[str, Array]) -> float:
    """The largest relative difference of two gradients, by tensor."""
    return max(float(np.linalg.norm(one[name] - of) / np.linalg.norm(of)) for name, of in other.items())


def by_reference(work: Work, rows: int) -> dict[str, Array]:
    """The gradient of a network of tanh, with operands rounded where a layer has 4,096 weights or more."""
    split = work.split
    u = np.asarray(split.training.inputs[:rows], np.float64)
    scale, shift = (
        np.float64(np.float32(one[0])) for one in (split.standardizer.scale, split.standardizer.shift)
    )
    folded, x = bool(np.mean(u == 0) > 0.25), u * scale - shift
    layers, given, below = work.network.linear, [x], list[Array]()
    for number, layer in enumerate(layers):
        a, w = given[-1], layer.weight.astype(np.float64)
        if w.size >= 4096:
            a, w = rounded(u) * scale - shift if folded and not number else rounded(a), rounded(w)
        z = a @ w + layer.bias
        below.append(a)
        given.append(np.tanh(z) if layer is not layers[-1] else z)
    power = np.exp(given[-1] - given[-1].max(axis=1, keepdims=True))
    d = power / power.sum(axis=1, keepdims=True)
    d[np.arange(rows), split.training.targets[:rows]] -= 1
    d /= rows
    found: dict[str, Array] = {}
    names = list(work.network.parameters)
    for number in reversed(range(len(layers))):
        w, is_mixed = layers[number].weight.astype(np.float64), layers[number].weight.size >= 4096
        found[names[2 * number + 1]] = d.sum(axis=0, keepdims=True)
        factor = scale if folded and not number else 1.0
        used = rounded(d * factor) / factor if is_mixed else d
        found[names[2 * number]] = below[number].T @ used
        if number:
            d = (used @ (rounded(w) if is_mixed else w).T) * (1 - given[number] ** 2)
    return found


@EACH_UNIT
@pytest.mark.parametrize("standardize", ["all-pixels", "none"])
@pytest.mark.parametrize("zeros", [0.5, 0])
@pytest.mark.parametrize(("hidden", "rows"), [([60, 70], 64), ([33, 131], 97), ([129], 300), ([300, 17], 33)])
def test_operands_are_rounded_and_nothing_else(
    unit: str, standardize: str, zeros: float, hidden: list[int], rows: int
) -> None:
    work = work_on(made(zeros=zeros, standardize=standardize), hidden=hidden, batch_size=rows)
    found = gradients(CompiledProgram(work, unit=unit), rows)[1]
    full = gradients(program_for(work_on(work.split, "full", hidden=hidden, batch_size=rows)), rows)[1]
    reference = by_reference(work, rows)
    assert distance(found, reference) < 2e-4
    assert 5e-4 < distance(found, full) < 0.05


def test_small_layers_are_of_full_precision() -> None:
    parts = made(20)
    mixed, full = (
        gradients(program_for(work_on(parts, precision, hidden=[40, 30])), 64)
        for precision in ("mixed", "full")
    )
    assert mixed[0] == full[0]
    assert all(mixed[1][name].tobytes() == of.tobytes() for name, of in full[1].items())


def test_the_validation_part_is_scored_in_full_precision() -> None:
    parts = made()
    scores = [program_for(work_on(parts, precision)).validate() for precision in ("mixed", "full")]
    assert scores[0] == scores[1]


def left_by(
    parts: pw.Split, threads: int = 1, rule: pw.Optimizer | None = None, **settings: Any
) -> list[bytes]:
    """All that a training leaves, in bytes."""
    network = pw.Network(
        parts.training.inputs.shape[1],
        **({"hidden": [70, 130], "outputs": 6, "seed": 1} | settings.pop("network", {})),
    )
    given: dict[str, Any] = {"epochs": 2, "batch_size": 100, "precision": "mixed"} | settings
    fit = pw.fit(network, parts, rule or pw.SGD(0.02, momentum=0.9), threads=threads, **given)
    columns = [*fit.history.training.values(), *fit.history.validation.values()]
    return [np.asarray(array).tobytes() for array in (*network.parameters.values(), *columns)]


@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image", "none"])
@pytest.mark.parametrize("zeros", [0.5, 0])
@pytest.mark.parametrize("batch_size", [16, 63, 257, 320])
def test_any_number_of_threads_ends_with_the_same_bytes(
    standardize: str, zeros: float, batch_size: int
) -> None:
    parts = made(zeros=zeros, standardize=standardize)
    alone, *others = (left_by(parts, threads, batch_size=batch_size) for threads in (*THREADS, 1))
    assert all(other == alone for other in others)
    assert alone != left_by(parts, batch_size=batch_size, precision="full")


@pytest.mark.parametrize("rule", [pw.AdamW(0.01, l1=1e-4), pw.SGD(0.1, momentum=0.9, clip_norm=0.01)])
@pytest.mark.parametrize(
    "network", [{"dropout": 0.3}, {"scale": True}, {"activation": "relu"}, {"hidden": ()}]
)
def test_and_with_every_kind_of_step(rule: pw.Optimizer, network: dict[str, Any]) -> None:
    parts = made(700)
    alone, *others = (left_by(parts, threads, rule, network=network) for threads in (1, 3))
    assert all(other == alone for other in others)


@EACH_UNIT
def test_memory_that_was_used_before_changes_nothing(unit: str) -> None:
    work = work_on(made(), hidden=[129, 33], batch_size=97)
    one, other = (gradients(CompiledProgram(work, filling=filling, unit=unit), 97) for filling in (0, 255))
    assert one[0] == other[0]
    assert all(one[1][name].tobytes() == of.tobytes() for name, of in other[1].items())


def test_a_member_of_a_stack_ends_as_it_would_alone() -> None:
    parts = made()
    stack = pw.Network(140, [70, 130], 6, seed=[1, 2])
    alone = pw.Network(140, [70, 130], 6, seed=2)
    for network, seed in ((stack, [4, 5]), (alone, 5)):
        pw.fit(network, parts, pw.SGD(0.02), epochs=2, seed=seed, precision="mixed")
    for name, value in alone.parameters.items():
        assert stack.parameters[name][1].tobytes() == value.tobytes()


def test_it_learns_as_well() -> None:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(2000, 64))
    split = pw.split(pw.Examples(x, (x[:, :8].sum(axis=1) > 0).astype(int)), seed=0)
    accuracies = [
        pw.fit(
            pw.Network(64, [128, 128], 2, seed=0), split, pw.Adam(0.003), epochs=10, precision=precision
        ).history.validation["accuracy"][-1]
        for precision in ("full", "mixed")
    ]
    assert min(accuracies) > 90
    assert abs(accuracies[0] - accuracies[1]) < 3


def test_what_multiplies_is_named() -> None:
    assert engine_name(work_on(made())).endswith(f", {units()[0]})")
    assert units()[0] not in engine_name(work_on(made(), "full"))
