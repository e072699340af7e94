"""Standardized targets: both engines train on them and tell errors in the targets' own units."""

from dataclasses import replace

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import RawArray
from plainweave.data import TargetScale

STREAM = np.random.default_rng(0)
X = STREAM.normal(size=(200, 5))
ONE = 2000 + 300 * X[:, 0] + STREAM.normal(size=200)
TWO = np.stack([ONE, 1e-3 * X[:, 1] + 5], axis=-1)
ENGINES = ["compiled", "numpy"]
LOSSES = ["squared-error", "absolute-error", "huber:0.5", "quantile:0.5"]


def fitted(targets: RawArray, loss: str, engine: str, *, scaled: bool = True) -> pw.Fit:
    parts = pw.split(pw.Examples(X, targets), seed=0, scale_targets=scaled)
    network = pw.Network(5, [8], pw.Loss.named(loss).outputs_of(targets), dtype="float64")
    return pw.fit(network, parts, pw.Adam(0.01), epochs=3, loss=loss, engine=engine)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("targets", [ONE, TWO])
@pytest.mark.parametrize("engine", ENGINES)
def test_training_is_that_of_targets_standardized_beforehand(
    targets: RawArray, loss: str, engine: str
) -> None:
    rows = np.setdiff1d(np.arange(200), pw.split(pw.Examples(X, targets), seed=0).validation_rows)
    beforehand = TargetScale.fit(targets[rows])(targets)
    ours, theirs = fitted(targets, loss, engine), fitted(beforehand, loss, engine, scaled=False)
    for name, value in ours.network.parameters.items():
        np.testing.assert_array_equal(value, theirs.network.parameters[name])
    assert ours.history.training["loss"] == theirs.history.training["loss"]
    assert ours.history.validation["loss"] == theirs.history.validation["loss"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("targets", [ONE, TWO])
@pytest.mark.parametrize("engine", ENGINES)
def test_errors_are_in_units(targets: RawArray, loss: str, engine: str) -> None:
    parts = pw.split(pw.Examples(X, targets), seed=0, scale_targets=True)
    result = fitted(targets, loss, engine)
    scale, validation = parts.target_scale, parts.validation
    assert scale is not None
    assert validation is not None
    model = pw.Model(result.network, parts.standardizer, loss=result.loss, target_scale=scale)
    errors = np.abs(model.predict(validation.inputs) - validation.targets).mean()
    score, best = model.evaluate(validation), int(result.best_epoch) - 1
    history = {name: values[best] for name, values in result.history.validation.items()}
    for told in (score.metrics, history):
        if loss.startswith("quantile"):
            if targets is ONE:
                assert told["pinball loss"] == pytest.approx(errors / 2)
        else:
            assert told["absolute error"] == pytest.approx(errors)
            assert told["r2"] == pytest.approx(_r2(model.predict(validation.inputs), validation.targets))
    assert float(score.loss) == pytest.approx(float(history["loss"]))


def _r2(predictions: RawArray, targets: RawArray) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(targets, predictions))


@pytest.mark.parametrize("engine", ENGINES)
def test_losses_that_are_of_targets_as_they_are_leave_them_so(engine: str) -> None:
    labels, counts = np.arange(200) % 3, np.floor(np.exp(X[:, 0]))
    for targets, loss in ((labels, "softmax"), (counts, "poisson")):
        ours = fitted(targets, loss, engine)
        plain = fitted(targets, loss, engine, scaled=False)
        for name, value in ours.network.parameters.items():
            np.testing.assert_array_equal(value, plain.network.parameters[name])
        assert ours.history.to_csv() == plain.history.to_csv()


def test_a_stack_ends_as_its_members_alone() -> None:
    parts = pw.split(pw.Examples(X, ONE), seed=0, scale_targets=True)
    for engine in ENGINES:
        stack = pw.fit(
            pw.Network(5, [8], 1, seed=[0, 1]),
            parts,
            pw.SGD(0.01),
            epochs=2,
            loss="squared-error",
            engine=engine,
            seed=[0, 1],
        )
        for seed in (0, 1):
            alone = pw.fit(
                pw.Network(5, [8], 1, seed=seed),
                parts,
                pw.SGD(0.01),
                epochs=2,
                loss="squared-error",
                engine=engine,
                seed=seed,
            )
            assert stack.member(seed).history.to_csv() == alone.history.to_csv()


def test_the_best_weights_are_chosen_by_errors_in_units() -> None:
    parts = pw.split(pw.Examples(X, TWO), seed=0, scale_targets=True)
    assert parts.target_scale is not None
    result = pw.fit(
        pw.Network(5, [8], 2),
        parts,
        pw.SGD(0.1),
        epochs=5,
        loss="squared-error",
        choose_by="absolute error",
    )
    errors = result.history.validation["absolute error"]
    assert int(result.best_epoch) == 1 + int(np.argmin(errors))
    unscaled = replace(parts, target_scale=None)
    assert unscaled.target_scale is None
