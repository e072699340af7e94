"""Any number of threads ends with the same bytes: weights, what is kept beside them, and histories."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from engines import STANDARDIZATIONS
from loss_cases import LOSSES, given_targets
from plainweave.engine import compiled, kernels
from plainweave.network.prediction import COMPILED

pytestmark = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
THREADS = (1, 2, 3, 4, 7)
MANY = 391  # features: folded ones go through the first layer in two parts
RULES = {"sgd": pw.SGD(0.02, momentum=0.9, weight_decay=1e-3), "adam": pw.AdamW(0.01, l1=1e-4)}


def made(
    kind: str = "bytes", standardize: str = "all-pixels", loss: pw.Loss | None = None, features: int = 131
) -> pw.Split:
    """An uneven number of examples, with an uneven number of features."""
    stream = np.random.default_rng(3)
    x: Any = stream.random((401, features)) * (stream.random((401, features)) < 0.5)
    if kind == "bytes":
        x = (255 * x).astype(np.uint8)
    elif kind == "sparse":
        x = scipy.sparse.csr_array(x)
    elif kind == "reals":
        x += 0.5
    targets = given_targets(loss or pw.SoftmaxCrossEntropy(), 401, 6, stream)
    weights = stream.random(401) if loss else None
    return pw.split(pw.Examples(x, targets, weights), standardize=standardize)


def left_by(threads: int, parts: pw.Split, rule: pw.Optimizer, **settings: Any) -> list[bytes]:
    """All that a training leaves, in bytes."""
    features = parts.training.inputs.shape[1]
    network = pw.Network(
        features, **({"hidden": [50, 20], "outputs": 6, "seed": 1} | settings.pop("network", {}))
    )
    fit = pw.fit(network, parts, rule, **({"epochs": 2} | settings), engine="compiled", threads=threads)
    assert fit.state is not None
    histories = fit.history.training, fit.history.validation
    arrays = [
        *network.parameters.values(),
        *(kept for slot in fit.state.slots.values() for kept in slot.values()),
        *(np.asarray(column) for history in histories for column in history.values()),
    ]
    return [array.tobytes() for array in arrays]


def assert_same(parts: pw.Split, rule: pw.Optimizer = RULES["sgd"], **settings: Any) -> None:
    alone, *others = (left_by(threads, parts, rule, **settings) for threads in THREADS)
    assert all(other == alone for other in others)


@pytest.mark.parametrize("kind", ["bytes", "with zeros", "reals", "sparse"])
@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("features", [131, MANY])
def test_every_kind_of_inputs(kind: str, standardize: str, features: int) -> None:
    assert_same(made(kind, standardize, features=features))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 16, 18, 33, 50, 66, 80, 150])
def test_every_width_over_parts_of_the_features(units: int, dtype: str) -> None:
    assert_same(made(features=MANY), batch_size=150, network={"hidden": [units], "dtype": dtype})


@pytest.mark.parametrize("features", [255, 256, 257, 320, 352])
def test_every_cut_of_the_features(features: int) -> None:
    assert_same(made(features=features), batch_size=64)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 16, 63, 64, 100, 257, 401])
def test_every_batch_size(batch_size: int, dtype: str) -> None:
    assert_same(made(), batch_size=batch_size, network={"dtype": dtype})


@pytest.mark.parametrize("batch_size", [128, 256])
@pytest.mark.parametrize("kind", ["bytes", "with zeros"])
def test_whole_blocks_are_read_by_parts_of_the_features(kind: str, batch_size: int) -> None:
    assert_same(made(kind, features=MANY), batch_size=batch_size)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden", [(), (1,), (5, 3), (64, 100), (300, 7), (140, 150, 20)])
def test_every_shape(hidden: tuple[int, ...], dtype: str) -> None:
    assert_same(made("reals"), batch_size=150, network={"hidden": hidden, "dtype": dtype})


@pytest.mark.parametrize("activation", [kind.name for kind in COMPILED])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_activation_and_rule(activation: str, rule: pw.Optimizer) -> None:
    assert_same(made(), rule, network={"activation": activation, "dropout": 0.3, "scale": True})


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("scale", [False, True])
def test_parts_of_the_features_with_every_rule(scale: bool, rule: pw.Optimizer) -> None:
    assert_same(made(features=MANY), rule, network={"dropout": 0.3, "scale": scale})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"activation": "gelu"}, {"activation": "relu"}])
@pytest.mark.parametrize("kind", ["bytes", "reals"])
def test_wide_layers_are_parted_by_units(kind: str, settings: dict[str, Any], dtype: str) -> None:
    wide = {"hidden": [300, 7, 260, 140], "dtype": dtype, **settings}
    assert_same(made(kind), batch_size=100, network=wide)


@pytest.mark.parametrize("network", [{}, {"scale": True}, {"hidden": [50], "seed": [1, 2]}])
def test_an_epoch_by_many_calls(network: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    parts, rule = made(features=MANY), RULES["adam"]
    seeds = {"seed": network["seed"]} if "seed" in network else {}
    whole = left_by(1, parts, rule, network=network, **seeds)
    monkeypatch.setattr(compiled, "_WORK", 1)
    for threads in THREADS:
        assert left_by(threads, parts, rule, network=network, **seeds) == whole


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_every_loss(loss: pw.Loss) -> None:
    assert_same(made(loss=loss), loss=loss, batch_size=100)


@pytest.mark.parametrize("features", [131, MANY])
def test_clipping(features: int) -> None:
    assert_same(made(features=features), pw.SGD(0.1, momentum=0.9, clip_norm=0.01))


def test_the_models_of_a_stack() -> None:
    parts, rule = made(), RULES["adam"]
    assert_same(parts, rule, network={"seed": [1, 2, 3], "dropout": 0.2}, seed=[4, 5, 6])


def test_many_trainings_at_once_each_with_a_team() -> None:
    parts, rule = made(), RULES["sgd"]
    alone = left_by(1, parts, rule)
    with ThreadPoolExecutor(16) as pool:
        for left in pool.map(lambda threads: left_by(threads, parts, rule), [1, 2, 3, 4, 7] * 40):
            assert left == alone


@pytest.mark.parametrize(
    ("threads", "what"),
    [
        (0, "0; expected a whole number of at least 1."),
        (257, "257; expected at most 256."),
        ("2", "'2'; expected a whole number of at least 1."),
    ],
)
def test_a_number_of_threads_is_checked(threads: Any, what: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        left_by(threads, made(), RULES["sgd"])
    assert str(error.value) == f"threads is {what}"
