"""What a program tells of single steps, and of examples by their gradient: by both engines alike."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from engines import BOTH, made
from loss_cases import LOSSES, given_targets
from plainweave.engine import Program, Work, kernels, program_for
from plainweave.randomness import epoch_order

BATCH = 32
compiled_only = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
OPTIMIZERS = [
    pw.SGD(0.02),
    pw.SGD(0.02, momentum=0.9, weight_decay=1e-2, decay_biases=True),
    pw.Adam(0.01, weight_decay=1e-2, l1=1e-3, decay_factors={"output": 0.5}),
    pw.SGD(0.02, l1=1e-2, clip_norm=0.1, rate_factors={"bias": 2}),
    pw.AdamW(0.01, weight_decay=1e-2),
]


def traced(
    parts: pw.Split,
    optimizer: pw.Optimizer,
    engine: str,
    *,
    loss: pw.Loss | None = None,
    outputs: int = 5,
    seed: int | list[int] = 0,
    largest: float = np.inf,
    **settings: Any,
) -> tuple[np.ndarray, list[Any], pw.Network]:
    """Return the trace of one epoch, the scores of the epoch and of the validation part, and the network."""
    settings = {"hidden": (12, 9), "dtype": "float64", **settings}
    features = parts.training.inputs.shape[1]
    network = pw.Network(features, settings.pop("hidden"), outputs, seed=seed, **settings)
    work = Work(network, loss or pw.SoftmaxCrossEntropy(), optimizer, parts, BATCH, seed, largest)
    program = program_for(work, engine)
    trace = np.full((*network.stack, work.steps, 2), np.nan)
    table = optimizer.steps(0, work.steps, np.ones(work.steps))
    slots = optimizer.slots_of(network.parameters)
    score = program.epoch(1, epoch_order(seed, 1, len(parts.training)), table, slots, None, trace)
    return trace, [score, program.validate()], network


def by_hand(program: Program, work: Work, order: Any, table: Any) -> np.ndarray:
    """A trace of steps taken one by one, with the penalties written out."""
    slots, rows = work.optimizer.slots_of(work.network.parameters), []
    factors = work.optimizer.factors(list(work.network.parameters))
    for step in range(work.steps):
        batch = order[step * BATCH : (step + 1) * BATCH]
        loss, _ = program.gradients(batch, 1)
        penalty = 0.0
        for p, (_, decay, l1, *_rest) in zip(work.network.parameters.values(), factors, strict=True):
            penalty += table[step, 1] * decay / 2 * float((p.astype(float) ** 2).sum())
            penalty += table[step, 2] * l1 * float(np.abs(p.astype(float)).sum())
        rows.append((loss, penalty))
        program.epoch(1, batch, table[step : step + 1], slots)
    return np.array(rows)


@BOTH
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"scale": True}])
def test_a_trace_is_of_steps_taken_one_by_one(
    engine: str, optimizer: pw.Optimizer, settings: dict[str, Any]
) -> None:
    parts = made()
    network = pw.Network(70, (12, 9), 5, dtype="float64", **settings)
    work = Work(network, pw.SoftmaxCrossEntropy(), optimizer, parts, BATCH)
    table = optimizer.steps(0, work.steps, np.linspace(1, 2, work.steps))
    table[:, 1] *= np.linspace(1, 3, work.steps)
    order = epoch_order(0, 1, len(parts.training))
    alone = by_hand(program_for(work, engine), work, order, table)
    again = Work(pw.Network(70, (12, 9), 5, dtype="float64", **settings), work.loss, optimizer, parts, BATCH)
    trace, slots = np.full((work.steps, 2), np.nan), optimizer.slots_of(again.network.parameters)
    program_for(again, engine).epoch(1, order, table, slots, trace=trace)
    np.testing.assert_allclose(trace, alone, rtol=1e-10, atol=1e-14)
    assert (trace[:, 1] > 0).all() == bool(table[:, 1].any() or table[:, 2].any())


@compiled_only
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("kind", ["bytes", "float64", "sparse"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_engines_write_the_same_trace(optimizer: pw.Optimizer, kind: str, dtype: str) -> None:
    weights = np.random.default_rng(1).random(210) * (np.arange(210) % 5 != 0)
    parts = made(kind, weights=weights)
    for seed in (0, [3, 1, 2]):
        ours, theirs = (traced(parts, optimizer, e, seed=seed, dtype=dtype)[0] for e in ("compiled", "numpy"))
        np.testing.assert_allclose(ours, theirs, rtol=1e-10 if dtype == "float64" else 2e-4)


@BOTH
def test_a_trace_changes_nothing_and_a_member_has_its_own(engine: str) -> None:
    parts, optimizer = made(), pw.Adam(0.01, weight_decay=1e-2)
    seeds = [3, 1, 2]
    trace, _, network = traced(parts, optimizer, engine, seed=list(seeds))
    for model, seed in enumerate(seeds):
        alone, _, single = traced(parts, optimizer, engine, seed=seed)
        np.testing.assert_array_equal(trace[model], alone)
        without = pw.Network(70, (12, 9), 5, seed=seed, dtype="float64")
        work = Work(without, pw.SoftmaxCrossEntropy(), optimizer, parts, BATCH, seed)
        table = optimizer.steps(0, work.steps, np.ones(work.steps))
        order = epoch_order(seed, 1, len(parts.training))
        program_for(work, engine).epoch(1, order, table, optimizer.slots_of(without.parameters))
        for name, value in without.parameters.items():
            assert value.tobytes() == single.parameters[name].tobytes()
            assert value.tobytes() == network.parameters[name][model].tobytes()


@BOTH
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_not_finite_is_traced_as_such(engine: str, odd: float) -> None:
    parts = made()
    network = pw.Network(70, (9,), 5)
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1, weight_decay=0.1), parts, BATCH)
    network.parameters["output.weight"][0] = odd
    trace, table = np.zeros((work.steps, 2)), work.optimizer.steps(0, work.steps, np.ones(work.steps))
    with np.errstate(all="ignore"):
        program_for(work, engine).epoch(1, np.arange(len(parts.training)), table, {}, trace=trace)
    assert not np.isfinite(trace).any()


@BOTH
@pytest.mark.parametrize(
    ("trace", "message"),
    [
        (np.zeros((2, 3)), "the trace is float64 of shape (2, 3); expected float64 of shape (6, 2)."),
        (
            np.zeros((6, 2), np.float32),
            "the trace is float32 of shape (6, 2); expected float64 of shape (6, 2).",
        ),
    ],
)
def test_a_trace_that_does_not_fit_is_refused(engine: str, trace: np.ndarray, message: str) -> None:
    parts = made()
    network, optimizer = pw.Network(70, (9,), 5), pw.SGD(0.1)
    work = Work(network, pw.SoftmaxCrossEntropy(), optimizer, parts, BATCH)
    before = network.parameters["output.weight"].copy()
    table = optimizer.steps(0, work.steps, np.ones(work.steps))
    with pytest.raises(pw.ShapeError) as error:
        program_for(work, engine).epoch(1, np.arange(len(parts.training)), table, {}, trace=trace)
    assert str(error.value) == message
    np.testing.assert_array_equal(network.parameters["output.weight"], before)


@compiled_only
@pytest.mark.parametrize("largest", [0.3, 1.5])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_largest_loss_is_told_alike_and_trains_alike(loss: pw.Loss, largest: float) -> None:
    targets = given_targets(loss, 210, 6, np.random.default_rng(0))
    parts, optimizer = made(targets=targets), pw.SGD(0.01, momentum=0.9)
    given: dict[str, Any] = {"loss": loss, "outputs": 6}
    ours, scores, network = traced(parts, optimizer, "compiled", largest=largest, **given)
    theirs, others, other = traced(parts, optimizer, "numpy", largest=largest, **given)
    free, _, unbounded = traced(parts, optimizer, "compiled", **given)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    assert (ours[:, 0] <= largest * (1 + 1e-12)).all()
    assert (ours[:, 0] <= free[:, 0] + 1e-12).all()
    for one, two in zip(scores, others, strict=True):
        np.testing.assert_allclose(one.loss, two.loss, rtol=1e-10)
    for name, value in unbounded.parameters.items():
        np.testing.assert_array_equal(network.parameters[name], value)
        np.testing.assert_allclose(other.parameters[name], value, rtol=1e-8, atol=1e-12)


@BOTH
def test_the_largest_loss_is_of_an_examples_softmax_and_of_each_other_output(engine: str) -> None:
    targets = np.array([[0.0, 3.0], [1.0, 0.5]])
    parts = pw.Split.of(pw.Examples(np.zeros((2, 1)), targets))
    loss = Work(pw.Network(1, (), 2), pw.SquaredError(), pw.SGD(0.1), parts, 2, largest_loss=0.8)
    assert program_for(loss, engine).gradients(np.arange(2))[0] == pytest.approx((0 + 0.8 + 0.8 + 0.25) / 4)
    labels = pw.Split.of(pw.Examples(np.zeros((2, 1)), np.array([0, 1])))
    network = pw.Network(1, (), 2)
    network.parameters["output.bias"][...] = [[2.0, 0.0]]
    softmax = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), labels, 2, largest_loss=0.5)
    expected = (np.log1p(np.exp(-2.0)) + 0.5) / 2
    assert program_for(softmax, engine).gradients(np.arange(2))[0] == pytest.approx(expected)


@compiled_only
@pytest.mark.parametrize("kind", ["bytes", "float64", "sparse"])
@pytest.mark.parametrize("hidden", [(), (9,), (12, 9), (140, 150)])
def test_gradients_of_all_examples_are_alike(kind: str, hidden: tuple[int, ...]) -> None:
    weights = np.random.default_rng(1).random(210)
    parts = made(kind, weights=weights)
    for epoch in (None, 4):
        found = []
        for engine in ("compiled", "numpy"):
            network = pw.Network(70, hidden, 5, dropout=0.2, dtype="float64")
            work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, BATCH, 7)
            found.append(program_for(work, engine).gradients(np.arange(len(parts.training)), epoch))
        (loss, gradients), (expected, others) = found
        assert loss == pytest.approx(expected, rel=1e-12)
        assert list(gradients) == list(others)
        for name, value in others.items():
            np.testing.assert_allclose(gradients[name], value, rtol=0, atol=1e-10 * np.abs(value).max())


@BOTH
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_of_many_examples_are_the_mean_of_those_of_parts(engine: str, weighted: bool) -> None:
    weights = np.random.default_rng(1).random(9000) * (np.arange(9000) > 4200) if weighted else None
    stream = np.random.default_rng(2)
    parts = pw.Split.of(pw.Examples(stream.normal(size=(9000, 5)), stream.integers(0, 5, 9000), weights))
    network = pw.Network(5, (4,), 5, dtype="float64")
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, BATCH)
    program = program_for(work, engine)
    loss, gradients = program.gradients(np.arange(9000))
    size = 1000
    shares = np.ones(9) / 9 if weights is None else weights.reshape(9, size).sum(axis=1) / weights.sum()
    found = [program.gradients(np.arange(size * part, size * part + size)) for part in range(9)]
    assert loss == pytest.approx(sum(share * one for share, (one, _) in zip(shares, found, strict=True)))
    for name, value in gradients.items():
        expected = sum(share * each[name] for share, (_, each) in zip(shares, found, strict=True))
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-10 * np.abs(value).max())


@BOTH
def test_gradients_are_of_one_network_and_of_rows_that_there_are(engine: str) -> None:
    parts = made()
    stack = Work(pw.Network(70, (9,), 5, seed=[1, 2]), pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, BATCH)
    with pytest.raises(pw.ConfigurationError) as error:
        program_for(stack, engine).gradients(np.arange(3))
    assert str(error.value) == "network is a stack of 2; expected one network. Take one by member()."
    single = Work(pw.Network(70, (9,), 5), pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts, BATCH)
    count = len(parts.training)
    with pytest.raises(pw.ConfigurationError) as error:
        program_for(single, engine).gradients(np.array([0, count]))
    assert str(error.value) == f"order holds the row {count}; expected 0 to {count - 1}."
