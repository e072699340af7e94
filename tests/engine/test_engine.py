"""The compiled engine means what NumPy's means, and is held to itself bit by bit."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from plainweave.engine import compiled, engine_for, kernels
from plainweave.engine.compiled import CompiledEngine
from plainweave.engine.engine import NumPyEngine
from plainweave.network import ACTIVATIONS
from plainweave.randomness import epoch_order
from plainweave.verification import numerical_gradient

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
STANDARDIZATIONS = ["all-pixels", "per-pixel", "per-image"]
KINDS = ["bytes", "dense bytes", "float32", "float64", "int16", "sparse", "far from zero"]


def made(
    kind: str = "bytes", examples: int = 210, features: int = 70, standardize: str = "all-pixels"
) -> pw.Split:
    """Examples of 5 classes whose inputs depend on the class."""
    stream = np.random.default_rng(0)
    labels = stream.integers(0, 5, examples)
    raw = stream.integers(1, 256, (examples, features)) * (stream.random((examples, features)) < 0.5)
    raw[:, ::3] = np.minimum(raw[:, ::3] + 25 * labels[:, np.newaxis], 255)
    inputs: Any = {
        "bytes": lambda: raw.astype(np.uint8),
        "dense bytes": lambda: np.maximum(raw, 1).astype(np.uint8),
        "float32": lambda: (raw / 100).astype(np.float32),
        "float64": lambda: np.sin(raw),
        "int16": lambda: (raw - 90).astype(np.int16),
        "sparse": lambda: scipy.sparse.csr_array(raw.astype(np.float64)),  # type: ignore[no-untyped-call]
        "far from zero": lambda: (raw % 4 + 250).astype(np.uint8),
    }[kind]()
    return pw.split(pw.Examples(inputs, labels.astype(np.uint8)), standardize=standardize)


SGD = pw.SGD(0.1)


def assert_engines_agree(
    parts: pw.Split,
    *,
    hidden: tuple[int, ...] = (12, 9),
    activation: str = "tanh",
    batch_size: int = 32,
    seed: int | list[int] = 0,
    kernel: str | None = None,
    epochs: int = 2,
    **settings: Any,
) -> None:
    """Train by both and compare weights, velocities and scores to float32 rounding."""
    features = parts.training.inputs.shape[1]
    ended = []
    for engine in (NumPyEngine(parts), CompiledEngine(parts, kernel)):
        network = pw.Network(features, hidden, 5, activation=activation, seed=seed)
        optimizer = pw.SGD(**{"learning_rate": 0.05, "momentum": 0.9, **settings})
        velocity: dict[str, Any] = {}
        scores = []
        for epoch in range(1, epochs + 1):
            order = epoch_order(seed, epoch, len(parts.training))
            scores.append(engine.train_epoch(network, optimizer, velocity, order, batch_size))
            scores.append(engine.validate(network))
        ended.append((network, velocity, scores))
    (network, velocity, scores), (other, other_velocity, other_scores) = ended
    for name, value in network.parameters.items():
        np.testing.assert_allclose(other.parameters[name], value, rtol=2e-4, atol=2e-5, err_msg=name)
    assert velocity.keys() == other_velocity.keys()
    for name, value in velocity.items():
        np.testing.assert_allclose(other_velocity[name], value, rtol=1e-3, atol=5e-5, err_msg=name)
    for score, other_score in zip(scores, other_scores, strict=True):
        np.testing.assert_allclose(other_score.loss, score.loss, rtol=1e-4)
        np.testing.assert_array_equal(other_score.accuracy, score.accuracy)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky-relu:0.0"])
def test_every_activation_on_every_instruction_set(kernel: str, activation: str) -> None:
    assert_engines_agree(made(), activation=activation, kernel=kernel, weight_decay=1e-3)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize(
    "hidden", [(), (1,), (5,), (16,), (25, 33), (50,), (64, 100), (200,), (7, 6, 5, 4), (256, 9)]
)
def test_every_shape(kernel: str, hidden: tuple[int, ...]) -> None:
    assert_engines_agree(made(), hidden=hidden, kernel=kernel, learning_rate=0.01)


@pytest.mark.parametrize("kernel", kernels())
def test_large_layers_go_through_blas(kernel: str) -> None:
    for batch_size in (16, 64, 130):
        assert_engines_agree(
            made(), hidden=(140, 150, 20), kernel=kernel, batch_size=batch_size, learning_rate=0.01
        )


@pytest.mark.parametrize("batch_size", [1, 2, 15, 63, 64, 65, 128, 150, 168])
def test_every_batch_size(batch_size: int) -> None:
    assert_engines_agree(made(), batch_size=batch_size, learning_rate=0.01, epochs=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
def test_every_kind_of_data(kind: str, standardize: str) -> None:
    for features in (3, 64, 70, 131):
        assert_engines_agree(made(kind, features=features, standardize=standardize), learning_rate=0.02)


@pytest.mark.parametrize("size", [250, 1e4, 1e6, 1e9, 1e15])
@pytest.mark.parametrize("sparse", [False, True])
def test_images_of_one_brightness_among_others_of_many_zeros(size: float, sparse: bool) -> None:
    stream = np.random.default_rng(0)
    labels = stream.integers(0, 5, 210)
    raw = stream.random((210, 64)) * (stream.random((210, 64)) < 0.4) * size
    raw[np.arange(210), labels] = size
    raw[::10] = size
    inputs: Any = scipy.sparse.csr_array(raw) if sparse else raw
    before = inputs.copy()
    assert_engines_agree(pw.split(pw.Examples(inputs, labels), standardize="per-image"), learning_rate=0.02)
    assert (inputs != before).sum() == 0


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
def test_one_feature_far_from_0_among_others_of_many_zeros(sparse: bool, standardize: str) -> None:
    stream = np.random.default_rng(0)
    labels = stream.integers(0, 5, 210)
    raw = stream.random((210, 20)) * (stream.random((210, 20)) < 0.3)
    raw[:, 7] = 1.7e9 + 60 * labels
    raw[:, 3] = 1e9  # never varies
    inputs: Any = scipy.sparse.csr_matrix(raw) if sparse else raw
    parts = pw.split(pw.Examples(inputs, labels), standardize=standardize)
    assert_engines_agree(parts, learning_rate=0.02)
    assert CompiledEngine(parts)._training.folded  # zeros are still skipped


@pytest.mark.filterwarnings("ignore:Constructing a DIA matrix")
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"])
def test_every_sparse_form_is_the_same_to_both_engines(form: str) -> None:
    """Elements given twice are summed: in uint8, 200 and 200 would be 144."""
    stream = np.random.default_rng(0)
    row, column = stream.integers(0, 200, 900), stream.integers(0, 30, 900)
    twice = scipy.sparse.coo_array((np.full(900, 200, np.uint8), (row, column)), shape=(200, 30))
    inputs = twice if form == "coo" else twice.astype(np.int64).asformat(form)
    parts = pw.split(pw.Examples(inputs, stream.integers(0, 5, 200)))
    assert parts.training.inputs.max() >= 400
    assert_engines_agree(parts, learning_rate=0.02)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("dampening", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("weight_decay", [0.0, 1e-2])
@pytest.mark.parametrize("decay_biases", [False, True])
@pytest.mark.parametrize("batch_size", [20, 100])
def test_every_optimizer_setting(
    momentum: float, dampening: float, weight_decay: float, decay_biases: bool, batch_size: int
) -> None:
    assert_engines_agree(
        made(),
        momentum=momentum,
        dampening=dampening,
        weight_decay=weight_decay,
        decay_biases=decay_biases,
        batch_size=batch_size,
    )


def test_nesterov() -> None:
    assert_engines_agree(made(), momentum=0.8, nesterov=True, weight_decay=1e-3, learning_rate=0.02)


def test_stacks_and_rates_of_their_own() -> None:
    assert_engines_agree(made(), seed=[3, 1, 2])
    assert_engines_agree(
        made(), seed=[3, 1, 2], learning_rate=[0.01, 0.1, 0.05], weight_decay=[0.0, 1e-2, 1e-3]
    )


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_member_with_rates_of_its_own_ends_bitwise_as_alone(engine: str) -> None:
    parts, rates, decays = made(), [0.01, 0.1, 0.05], [0.0, 1e-2, 1e-3]
    stack = pw.fit(
        pw.Network(70, [9], 5, seed=[3, 1, 2]),
        parts,
        pw.SGD(rates, momentum=0.9, weight_decay=decays),
        epochs=3,
        seed=[3, 1, 2],
        engine=engine,
    )
    for model, seed in enumerate([3, 1, 2]):
        alone = pw.fit(
            pw.Network(70, [9], 5, seed=seed),
            parts,
            pw.SGD(rates[model], momentum=0.9, weight_decay=decays[model]),
            epochs=3,
            seed=seed,
            engine=engine,
        )
        member = stack.member(model)
        assert member.history.to_csv() == alone.history.to_csv()
        for name, value in alone.network.parameters.items():
            np.testing.assert_array_equal(member.network.parameters[name], value)


@pytest.mark.parametrize("kernel", kernels())
def test_the_same_epoch_twice_is_bitwise_the_same(kernel: str) -> None:
    def trained() -> np.ndarray[Any, Any]:
        network, parts = pw.Network(70, [50, 30], 5), made()
        engine = CompiledEngine(parts, kernel)
        engine.train_epoch(network, pw.SGD(0.1, momentum=0.9), {}, epoch_order(0, 1, len(parts.training)), 64)
        return np.concatenate([value.ravel() for value in network.parameters.values()])

    np.testing.assert_array_equal(trained(), trained())


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", ["bytes", "float32", "sparse"])
def test_its_own_gradients_agree_with_numerical_ones(kernel: str, activation: str, kind: str) -> None:
    """One step of rate 1 moves every parameter by its gradient."""
    parts = made(kind, features=9)
    batch = 20
    network = pw.Network(9, [6, 5], 5, activation=activation, seed=1)
    before = network.astype(np.float64)
    engine = CompiledEngine(parts, kernel)
    engine.train_epoch(network, pw.SGD(1.0), {}, np.arange(batch), batch)
    rows = np.arange(batch)
    x = parts.standardizer(parts.training.take(rows), np.float64)
    targets = np.eye(5)[parts.training.labels[rows]]

    def objective(perturbed: pw.Network) -> Any:
        return pw.SoftmaxCrossEntropy().value(perturbed.forward(x)[0], targets)

    for name, value in before.parameters.items():
        numeric = numerical_gradient(objective, before, name, 1e-5)
        analytic = value - network.parameters[name]
        error = np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric))
        assert error < 3e-6, name


def test_fit_takes_the_compiled_engine_where_it_can() -> None:
    parts = made()
    assert isinstance(engine_for(pw.Network(70, [5], 5), parts, SGD), CompiledEngine)
    assert isinstance(engine_for(pw.Network(70, [5], 5, dtype="float64"), parts, SGD), NumPyEngine)
    assert isinstance(engine_for(pw.Network(70, [5], 5), parts, SGD, "numpy"), NumPyEngine)


def test_an_activation_of_the_users_own_runs_on_numpy() -> None:
    class Doubled(pw.Tanh):
        name = "doubled"

    network = pw.Network(70, [5], 5, activation=Doubled())
    assert isinstance(engine_for(network, made(), SGD), NumPyEngine)
    with pytest.raises(pw.ConfigurationError) as error:
        engine_for(network, made(), SGD, "compiled")
    assert str(error.value) == ("engine is 'compiled', but it does not know Doubled. Give 'auto' or 'numpy'.")


def test_without_the_compiled_code_everything_runs_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_module", lambda: None)
    parts = made()
    assert isinstance(engine_for(pw.Network(70, [5], 5), parts, SGD), NumPyEngine)
    result = pw.fit(pw.Network(70, [5], 5), parts, pw.SGD(0.1), epochs=1)
    assert np.isfinite(result.history.validation_loss[0])
    with pytest.raises(pw.ConfigurationError, match="the compiled engine is not built"):
        engine_for(pw.Network(70, [5], 5), parts, SGD, "compiled")


def test_what_is_not_a_number_is_never_hidden() -> None:
    for activation in ACTIVATIONS:
        for layer in ("hidden_1", "output"):
            network = pw.Network(70, [5], 5, activation=activation)
            network.parameters[f"{layer}.weight"][...] = np.nan
            assert np.isnan(CompiledEngine(made()).validate(network).loss), (activation, layer)


def test_logits_of_ten_thousand_stay_finite() -> None:
    network = pw.Network(70, [5], 5)
    network.parameters["output.weight"][...] *= 1e5
    score, expected = (each(made()).validate(network) for each in (CompiledEngine, NumPyEngine))
    np.testing.assert_allclose(score.loss, expected.loss, rtol=1e-4)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel"])
def test_what_differs_by_little_far_from_0_is_learned(engine: str, standardize: str) -> None:
    signs = np.random.default_rng(0).normal(size=(2000, 2))
    labels = (signs[:, 0] * signs[:, 1] > 0).astype(int)
    seconds = 1.7e9 + 60 * signs  # since 1970, within some minutes
    numbers = np.stack([2**25 + labels, 2**25 - labels], axis=1)
    for inputs, accuracy in ((seconds, 98.5), (numbers, 100)):
        parts = pw.split(pw.Examples(inputs, labels), standardize=standardize)
        network = pw.Network(2, [16], 2, activation="relu")
        result = pw.fit(network, parts, pw.SGD(0.1, momentum=0.9), epochs=30, batch_size=32, engine=engine)
        assert max(result.history.validation_accuracy) >= accuracy
        model = pw.Model(result.network, parts.standardizer, ("minus", "plus"))
        kept = result.history.validation_accuracy[result.best_epoch - 1]
        assert model.evaluate(parts.validation).accuracy == pytest.approx(kept, abs=0.3)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_data_that_does_not_fit_the_network_is_refused(engine: str) -> None:
    with pytest.raises(pw.ShapeError, match="the training examples have 70 features; expected 71"):
        pw.fit(pw.Network(71, [5], 5), made(), pw.SGD(0.1), epochs=1, engine=engine)
    with pytest.raises(pw.DataError, match=r"training example \d+ has the label 4; expected 0 to 3"):
        pw.fit(pw.Network(70, [5], 4), made(), pw.SGD(0.1), epochs=1, engine=engine)
    with pytest.raises(pw.ConfigurationError, match="learning_rate is a list of 2"):
        pw.fit(pw.Network(70, [5], 5), made(), pw.SGD([0.1, 0.2]), epochs=1, engine=engine)


def test_scipy_is_not_imported_before_a_large_layer_needs_it() -> None:
    code = (
        "import numpy as np, sys, plainweave as pw\n"
        "parts = pw.split(pw.Examples(np.ones((20, 4), np.uint8), np.zeros(20, int)))\n"
        "pw.fit(pw.Network(4, [3], 2), parts, pw.SGD(0.1), epochs=1, batch_size=4)\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
