"""Every part that the compiled engine knows means what it means in NumPy, in both precisions."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from engines import CLASSES, Training, assert_engines_agree, assert_same_numbers, made
from loss_cases import LOSSES, given_targets
from plainweave.engine import Work, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.known import obstacle
from plainweave.losses import Loss
from plainweave.named import Named
from plainweave.network import ACTIVATIONS, Activation
from plainweave.randomness import Draw, mask_key

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
EVERY_KERNEL = pytest.mark.parametrize("kernel", kernels())
BOTH_PRECISIONS = pytest.mark.parametrize("dtype", ["float32", "float64"])
RULES: dict[str, pw.Optimizer] = {
    "sgd": pw.SGD(0.05),
    "momentum": pw.SGD(0.05, momentum=0.9, dampening=0.3, weight_decay=1e-2),
    "nesterov": pw.SGD(0.02, momentum=0.9, nesterov=True, l1=1e-3),
    "adam": pw.Adam(0.01, weight_decay=1e-2),
    "adamw": pw.AdamW(0.01, weight_decay=1e-2, l1=1e-3, decay_biases=True),
    "clipped": pw.SGD(0.05, momentum=0.9, clip_norm=0.1),
    "clipped adam": pw.Adam(0.01, clip_norm=0.5, eps=1e-3),
    "factors": pw.AdamW(
        0.01,
        weight_decay=1e-2,
        rate_factors={"bias": 0.5, "hidden_1": 2.0, "output.bias": 3.0},
        decay_factors={"output": 0.1},
    ),
}
WEIGHTS = np.random.default_rng(2).choice([0.0, 0.5, 1.0, 3.0], 210)


def of_loss(loss: pw.Loss, weights: Any = None, soft: bool = False) -> pw.Split:
    """Examples with targets that a loss can take, for 3 outputs a target number or 5 classes."""
    stream = np.random.default_rng(1)
    if soft:
        return made(targets=stream.dirichlet(np.ones(CLASSES), 210), weights=weights)
    return made(targets=given_targets(loss, 210, outputs_of(loss), stream), weights=weights)


def outputs_of(loss: pw.Loss) -> int:
    return CLASSES if isinstance(loss, pw.SoftmaxCrossEntropy) else 6


def _ours(registry: dict[str, type[Named]]) -> list[type[Named]]:
    return [part for part in registry.values() if part.__module__.startswith("plainweave.")]


def test_the_engine_knows_all_parts_of_the_package() -> None:
    parts = made()
    for activation in _ours(Activation.registry):
        network = pw.Network(70, [5], CLASSES, activation=activation.name)
        assert obstacle(Work(network, pw.SoftmaxCrossEntropy(), RULES["sgd"], parts, 64)) is None
    for rule in RULES.values():
        work = Work(pw.Network(70, [5], CLASSES), pw.SoftmaxCrossEntropy(), rule, parts, 64)
        assert obstacle(work) is None
    assert {type(loss) for loss in LOSSES.values()} >= set(_ours(Loss.registry))
    for loss in LOSSES.values():
        network = pw.Network(70, [5], outputs_of(loss))
        assert obstacle(Work(network, loss, RULES["sgd"], of_loss(loss), 64)) is None


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(kernel: str, dtype: str, activation: str) -> None:
    assert_engines_agree(made(), kernel=kernel, dtype=dtype, activation=activation, epochs=1)


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(kernel: str, dtype: str, name: str, weighted: bool) -> None:
    loss = LOSSES[name]
    parts = of_loss(loss, WEIGHTS if weighted else None)
    assert_engines_agree(
        parts, pw.SGD(0.02), kernel=kernel, dtype=dtype, loss=loss, outputs=outputs_of(loss), epochs=1
    )


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("weighted", [False, True])
def test_soft_targets(kernel: str, dtype: str, weighted: bool) -> None:
    loss = pw.SoftmaxCrossEntropy(label_smoothing=0.1)
    parts = of_loss(loss, WEIGHTS if weighted else None, soft=True)
    assert_engines_agree(parts, kernel=kernel, dtype=dtype, loss=loss)


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("kind", ["bytes", "dense bytes", "float32", "sparse"])
def test_every_rule_on_every_kind_of_inputs(kernel: str, dtype: str, name: str, kind: str) -> None:
    assert_engines_agree(made(kind), RULES[name], kernel=kernel, dtype=dtype, epochs=1)


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "settings", [{"dropout": 0.3}, {"scale": True}, {"scale": True, "dropout": [0.5, 0.1]}]
)
def test_every_rule_with_dropout_and_scale(
    kernel: str, dtype: str, name: str, settings: dict[str, Any]
) -> None:
    assert_engines_agree(made(), RULES[name], kernel=kernel, dtype=dtype, epochs=1, **settings)


@BOTH_PRECISIONS
@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image"])
@pytest.mark.parametrize("kind", ["bytes", "dense bytes", "float64", "sparse", "far from zero"])
def test_scale_on_every_standardization(dtype: str, standardize: str, kind: str) -> None:
    for batch_size in (20, 100):
        parts = made(kind, standardize=standardize)
        assert_engines_agree(parts, pw.SGD(0.01), dtype=dtype, scale=True, batch_size=batch_size)


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("activation", ["gelu", "softplus"])
def test_layers_of_every_size_with_dropout(kernel: str, dtype: str, activation: str) -> None:
    for hidden in ((1,), (64,), (65, 130), (256, 9), (140, 150, 20)):
        for batch_size in (1, 60, 130):
            assert_engines_agree(
                made(examples=160),
                pw.SGD(0.01),
                kernel=kernel,
                dtype=dtype,
                hidden=hidden,
                activation=activation,
                dropout=0.2,
                batch_size=batch_size,
                epochs=1,
            )


@pytest.mark.parametrize("name", RULES)
def test_a_member_of_a_stack_ends_bitwise_as_alone(name: str) -> None:
    settings: dict[str, Any] = {"dropout": 0.2, "scale": True, "activation": "silu"}
    stack = Training(made(), RULES[name], seed=[3, 1, 2], **settings)
    for model, seed in enumerate([3, 1, 2]):
        alone = Training(made(), RULES[name], seed=seed, **settings)
        for number, value in alone.numbers.items():
            assert value.tobytes() == stack.numbers[number][model].tobytes(), number


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("name", RULES)
def test_what_memory_held_before_changes_no_bit(kernel: str, dtype: str, name: str) -> None:
    cases: list[dict[str, Any]] = [
        {"dropout": 0.3, "activation": "gelu"},
        {"scale": True},
        {"hidden": (130, 150)},
    ]
    for settings in cases:
        for batch_size in (30, 100):
            trainings = [
                Training(
                    made(features=13),
                    RULES[name],
                    kernel=kernel,
                    filling=filling,
                    batch_size=batch_size,
                    **{"dtype": dtype, **settings},
                )
                for filling in (0, 0, 255)
            ]
            assert_same_numbers(trainings[0], trainings[1])
            assert_same_numbers(trainings[0], trainings[2])
            gradients = [
                np.concatenate(
                    [each.ravel() for each in training.program.gradients(np.arange(70), 1)[1].values()]
                )
                for training in trainings
                if isinstance(training.program, CompiledProgram)
            ]
            assert len({each.tobytes() for each in gradients}) == 1


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("rate", [1e-9, 0.25, 0.9])
def test_masks_are_those_of_numpy_bit_for_bit(kernel: str, dtype: str, rate: float) -> None:
    """A unit that is dropped for all examples but one has a gradient by its bias only of that one."""
    units, parts = 150, made(examples=160)
    network = pw.Network(70, [units], CLASSES, dropout=rate, dtype=dtype, activation="identity", seed=5)
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, 1, 7)
    program = CompiledProgram(work, kernel)
    for row in range(20):
        gradients = program.gradients(np.array([row]), epoch=3)[1]["hidden_1.bias"]
        words = Draw(np.array(mask_key(7, 3), np.uint64), np.array([row]), 2).words(units)
        np.testing.assert_array_equal(gradients != 0, words >= np.uint32(round(rate * 2**32)))


@EVERY_KERNEL
@BOTH_PRECISIONS
@pytest.mark.parametrize("kind", ["bytes", "float32", "sparse"])
def test_gradients_are_those_of_numpy(kernel: str, dtype: str, kind: str) -> None:
    parts, rows = made(kind), np.arange(90)
    network = pw.Network(70, [12, 9], CLASSES, activation="elu", dropout=0.3, scale=True, dtype=dtype)
    loss = pw.SoftmaxCrossEntropy()
    program = CompiledProgram(Work(network, loss, pw.SGD(0.1), parts, 16, 7), kernel)
    x = parts.standardizer(parts.training.take(rows), network.dtype)
    targets = loss.encode(parts.training.targets, CLASSES, dtype)[rows]
    draws = {None: None, 2: Draw(np.array(mask_key(7, 2), np.uint64), rows)}
    for epoch, draw in draws.items():
        value, gradients = program.gradients(rows, epoch)
        outputs, caches = network.forward(x, draw)
        expected, dy = loss.value_and_gradient(outputs, targets)
        np.testing.assert_allclose(value, expected, rtol=1e-12 if dtype == "float64" else 1e-5)
        for name, of_numpy in network.backward(dy, caches).items():
            error = np.linalg.norm(gradients[name] - of_numpy) / np.linalg.norm(of_numpy)
            assert error < (1e-12 if dtype == "float64" else 1e-5), name


@EVERY_KERNEL
@BOTH_PRECISIONS
def test_batches_of_weight_0_step_with_a_gradient_of_0(kernel: str, dtype: str) -> None:
    parts = made(weights=(np.arange(210) % 7 == 0) * 2.0)
    assert_engines_agree(parts, RULES["momentum"], kernel=kernel, dtype=dtype, batch_size=2)


@EVERY_KERNEL
def test_a_weighted_gradient_is_as_large_as_it_is(kernel: str) -> None:
    """A derivative near the largest number has room for its weight, which the mean divides by."""
    batch = pw.Examples(np.zeros((4, 1)), np.zeros(4), np.full(4, 3.0))
    network = pw.Network(1, [], 1)
    network.linear[0].bias[...] = 88.71
    program = CompiledProgram(Work(network, pw.Poisson(), pw.SGD(0.1), pw.Split.of(batch), 4), kernel)
    _, gradients = program.gradients(np.arange(4))
    np.testing.assert_allclose(gradients["output.bias"], np.exp(np.float64(np.float32(88.71))), rtol=1e-5)
