"""Metrics by name, held to scikit-learn's."""

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

import plainweave as pw
from loss_cases import LOSSES, case
from plainweave.losses import METRICS, Metric, metric

EXAMPLES = 40
WEIGHTS: list[Any] = [None, np.random.default_rng(0).integers(0, 4, EXAMPLES) / 4]
weighted = pytest.mark.parametrize("weights", WEIGHTS, ids=["no weights", "weights"])


def scores(loss: pw.Loss, z: Any, t: Any, weights: Any, batch: int = 16) -> dict[str, Any]:
    """The metrics as an engine takes them: batch by batch, totals of all targets at once."""
    sums: dict[str, Any] = {"weight": np.float64(len(t) if weights is None else weights.sum())}
    for start in range(0, len(t), batch):
        rows = slice(start, start + batch)
        for name, value in loss.tally(z[rows], t[rows], None if weights is None else weights[rows]).items():
            sums[name] = sums.get(name, 0) + value
    return loss.scores(sums | loss.totals(t, weights))


@weighted
def test_accuracy_and_log_loss(weights: Any) -> None:
    z, t = case(pw.SoftmaxCrossEntropy(), (EXAMPLES, 4), seed=0)
    labels = t.argmax(axis=1)
    expected = 100 * sklearn_metrics.accuracy_score(labels, z.argmax(axis=1), sample_weight=weights)
    found = scores(pw.SoftmaxCrossEntropy(), z, t, weights)
    assert found.keys() == {"accuracy"}
    np.testing.assert_allclose(found["accuracy"], expected, rtol=1e-12)
    found = scores(pw.SoftmaxCrossEntropy(0.2), z, t, weights)
    log_loss = sklearn_metrics.log_loss(labels, pw.softmax(z), sample_weight=weights)
    np.testing.assert_allclose([found["accuracy"], found["log loss"]], [expected, log_loss], rtol=1e-12)
    np.testing.assert_allclose(pw.SoftmaxCrossEntropy().value(z, t, weights), log_loss, rtol=1e-12)


@weighted
def test_accuracy_of_yes_and_no(weights: Any) -> None:
    loss = pw.SigmoidCrossEntropy()
    z, t = case(loss, (EXAMPLES, 1), seed=1)
    expected = sklearn_metrics.accuracy_score(t[:, 0], loss.predict(z), sample_weight=weights)
    np.testing.assert_allclose(scores(loss, z, t, weights)["accuracy"], 100 * expected, rtol=1e-12)
    log_loss = sklearn_metrics.log_loss(t[:, 0], loss.probabilities(z), sample_weight=weights)
    np.testing.assert_allclose(loss.value(z, t, weights), log_loss, rtol=1e-12)
    z, t = case(loss, (EXAMPLES, 3), seed=2)
    one_by_one = [
        sklearn_metrics.accuracy_score(t[:, output], z[:, output] > 0, sample_weight=weights)
        for output in range(3)
    ]
    expected = 100 * np.mean(one_by_one)
    np.testing.assert_allclose(scores(loss, z, t, weights)["accuracy"], expected, rtol=1e-12)


REGRESSIONS = [pw.SquaredError(), pw.AbsoluteError(), pw.Huber(0.5), pw.Poisson()]


@weighted
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("loss", REGRESSIONS, ids=str)
def test_r2_and_absolute_error(loss: pw.Loss, outputs: int, weights: Any) -> None:
    z, t = case(loss, (EXAMPLES, outputs), seed=3)
    predicted = loss.predict(z).reshape(EXAMPLES, outputs)
    found = scores(loss, z, t, weights)
    assert tuple(found) == loss.metrics == ("r2", "absolute error")
    r2 = sklearn_metrics.r2_score(t, predicted, sample_weight=weights)
    absolute = sklearn_metrics.mean_absolute_error(t, predicted, sample_weight=weights)
    np.testing.assert_allclose([found["r2"], found["absolute error"]], [r2, absolute], rtol=1e-12)


@weighted
def test_pinball_loss(weights: Any) -> None:
    loss = pw.Quantile((0.1, 0.5, 0.9))
    z, t = case(loss, (EXAMPLES, 6), seed=4)
    expected = np.mean(
        [
            sklearn_metrics.mean_pinball_loss(
                t, z.reshape(EXAMPLES, 2, 3)[..., number], sample_weight=weights, alpha=level
            )
            for number, level in enumerate(loss.levels)
        ]
    )
    np.testing.assert_allclose(scores(loss, z, t, weights)["pinball loss"], expected, rtol=1e-12)
    np.testing.assert_allclose(loss.value(z, t, weights), expected, rtol=1e-12)


@pytest.mark.parametrize(("z", "r2"), [([3, 3], 1), ([3, 4], 0)])
def test_r2_of_equal_targets(z: list[float], r2: float) -> None:
    found = scores(pw.SquaredError(), np.array([z]).T, np.array([[3.0], [3]]), None)
    assert found["r2"] == r2 == sklearn_metrics.r2_score([3, 3], z)


@pytest.mark.parametrize("target", [0.1, 1e9 + 0.1, 7.0])
@pytest.mark.parametrize("weights", [None, np.array([0, 0.3, 0.1, 0.7, 0.1, 0.1, 0.1])])
def test_equal_targets_have_no_deviation_at_all(target: float, weights: Any) -> None:
    targets = np.full((7, 2), target)
    if weights is not None:
        targets[0] = -5  # which does not count
    np.testing.assert_array_equal(pw.SquaredError().totals(targets, weights)["deviations"], [0, 0])


def test_r2_of_targets_far_from_0_is_exact() -> None:
    stream = np.random.default_rng(0)
    t = 1e8 + stream.normal(size=(100, 1))
    z = t + 0.1 * stream.normal(size=(100, 1))
    found = scores(pw.SquaredError(), z, t, None)["r2"]
    np.testing.assert_allclose(found, sklearn_metrics.r2_score(t, z), rtol=1e-12)
    far = scores(pw.SquaredError(), z.astype(np.float32), t.astype(np.float32), None)["r2"]
    assert np.isfinite(far)


def test_models_of_a_stack_have_scores_of_their_own() -> None:
    for loss in LOSSES.values():
        z, t = case(loss, (3, EXAMPLES, 6), seed=5)
        weight = np.array(EXAMPLES, np.float64)
        found = loss.scores({**loss.tally(z, t), **loss.totals(t), "weight": weight})
        assert tuple(found) == loss.metrics
        for model in range(3):
            alone = loss.scores({**loss.tally(z[model], t), **loss.totals(t), "weight": weight})
            for name, value in alone.items():
                assert value.shape == ()
                assert found[name].shape == (3,)
                np.testing.assert_array_equal(found[name][model], value)


def test_of_no_weight_there_is_no_score() -> None:
    for loss in LOSSES.values():
        z, t = case(loss, (2, 6), seed=6)
        for value in scores(loss, z, t, np.zeros(2)).values():
            assert np.isnan(value)


def test_every_metric_of_a_loss_has_words() -> None:
    assert {name for loss in LOSSES.values() for name in loss.metrics} == set(METRICS)
    for each in METRICS.values():
        assert each.meaning


def test_a_metric_is_written() -> None:
    accuracy = metric("accuracy")
    assert (accuracy.label, accuracy.written(97.314)) == ("accuracy (%)", "97.31")
    absolute = metric("absolute error")
    assert (absolute.label, absolute.written(12345.678)) == ("absolute error", "1.235e+04")
    assert metric("log loss").label == "log loss (nats)"
    assert metric("of one's own") == Metric("of one's own")
    assert {each.name for each in METRICS.values() if each.higher_is_better} == {"accuracy", "r2"}
