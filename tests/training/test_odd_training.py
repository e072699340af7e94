"""Odd but valid data is trained on; never a NaN or a warning."""

import numpy as np
import pytest

import plainweave as pw
from odd_data import ODD
from plainweave.data import STANDARDIZATIONS


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


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("loss", ["absolute-error", "huber"])
def test_an_infinite_metric_is_a_divergence_even_where_the_loss_is_finite(loss: str, engine: str) -> None:
    x = np.random.default_rng(0).normal(size=(60, 5))
    parts = pw.split(pw.Examples(x, x[:, 0] * 1e-12), scale_targets=False)
    network = pw.Network(5, [4], 1, dtype="float64")
    with np.errstate(all="ignore"):
        result = pw.fit(network, parts, pw.SGD(1e145), epochs=5, loss=loss, engine=engine)
    assert np.isfinite(result.history.training_loss).all()
    assert result.diverged == 1
    assert np.isfinite(pw.Model.of(result, parts).evaluate(parts.training).loss)
