"""The compiled engine means what NumPy's means, and is held to itself bit by bit."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from engines import KINDS, STANDARDIZATIONS, assert_engines_agree, made
from plainweave.engine import Program, Score, compiled, kernels, known, program_for
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.inputs import Inputs
from plainweave.engine.program import Work
from plainweave.engine.reference import NumPyProgram
from plainweave.network import ACTIVATIONS

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)


def sgd(learning_rate: Any = 0.05, momentum: float = 0.9, **settings: Any) -> pw.SGD:
    return pw.SGD(learning_rate, momentum=momentum, **settings)


def score_of(program: Program) -> Score:
    score = program.validate()
    assert score is not None
    return score


def work(network: pw.Network, parts: pw.Split | None = None, batch_size: int = 64) -> Work:
    return Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), parts or made(), batch_size)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky-relu:0.0"])
def test_every_activation_on_every_instruction_set(kernel: str, activation: str) -> None:
    assert_engines_agree(made(), sgd(weight_decay=1e-3), activation=activation, kernel=kernel)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize(
    "hidden", [(), (1,), (5,), (16,), (25, 33), (50,), (64, 100), (200,), (7, 6, 5, 4), (256, 9)]
)
def test_every_shape(kernel: str, hidden: tuple[int, ...]) -> None:
    assert_engines_agree(made(), sgd(0.01), hidden=hidden, kernel=kernel)


@pytest.mark.parametrize("kernel", kernels())
def test_wide_layers(kernel: str) -> None:
    for batch_size in (16, 64, 130, 300):
        assert_engines_agree(made(), sgd(0.01), hidden=(140, 150, 20), kernel=kernel, batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, 2, 15, 63, 64, 65, 128, 150, 168])
def test_every_batch_size(batch_size: int) -> None:
    assert_engines_agree(made(), sgd(0.01), batch_size=batch_size, epochs=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
def test_every_kind_of_data(kind: str, standardize: str) -> None:
    for features in (3, 64, 70, 131):
        assert_engines_agree(made(kind, features=features, standardize=standardize), sgd(0.02))


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
    assert_engines_agree(pw.split(pw.Examples(inputs, labels), standardize="per-image"), sgd(0.02))
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
    assert_engines_agree(parts, sgd(0.02))
    assert Inputs(parts.training, parts.standardizer, np.dtype(np.float32)).folded  # zeros are still skipped


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
    assert_engines_agree(parts, sgd(0.02))


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("dampening", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("weight_decay", [0.0, 1e-2])
@pytest.mark.parametrize("decay_biases", [False, True])
@pytest.mark.parametrize("batch_size", [20, 100])
def test_every_optimizer_setting(
    momentum: float, dampening: float, weight_decay: float, decay_biases: bool, batch_size: int
) -> None:
    optimizer = sgd(
        momentum=momentum, dampening=dampening, weight_decay=weight_decay, decay_biases=decay_biases
    )
    assert_engines_agree(made(), optimizer, batch_size=batch_size)


def test_nesterov() -> None:
    assert_engines_agree(made(), sgd(0.02, 0.8, nesterov=True, weight_decay=1e-3))


def test_stacks_and_rates_of_their_own() -> None:
    assert_engines_agree(made(), seed=[3, 1, 2])
    assert_engines_agree(made(), sgd([0.01, 0.1, 0.05], weight_decay=[0.0, 1e-2, 1e-3]), seed=[3, 1, 2])


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


def test_fit_takes_the_compiled_engine_where_it_can() -> None:
    for dtype in ("float32", "float64"):
        assert isinstance(program_for(work(pw.Network(70, [5], 5, dtype=dtype))), CompiledProgram)
    assert isinstance(program_for(work(pw.Network(70, [5], 5)), "numpy"), NumPyProgram)


def test_an_activation_of_the_users_own_runs_on_numpy() -> None:
    class Doubled(pw.Tanh):
        name = "doubled"

    network = pw.Network(70, [5], 5, activation=Doubled())
    assert isinstance(program_for(work(network)), NumPyProgram)
    with pytest.raises(pw.ConfigurationError) as error:
        program_for(work(network), "compiled")
    assert str(error.value) == ("engine is 'compiled', but it does not know Doubled. Give 'auto' or 'numpy'.")


def test_without_the_compiled_code_everything_runs_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (known, compiled):
        monkeypatch.setattr(module, "kernels", lambda: [])
    parts = made()
    assert isinstance(program_for(work(pw.Network(70, [5], 5))), NumPyProgram)
    result = pw.fit(pw.Network(70, [5], 5), parts, pw.SGD(0.1), epochs=1)
    assert np.isfinite(result.history.validation["loss"][0])
    with pytest.raises(pw.ConfigurationError, match="the compiled engine is not built"):
        program_for(work(pw.Network(70, [5], 5)), "compiled")


def test_what_is_not_a_number_is_never_hidden() -> None:
    for activation in ACTIVATIONS:
        for layer in ("hidden_1", "output"):
            network = pw.Network(70, [5], 5, activation=activation)
            network.parameters[f"{layer}.weight"][...] = np.nan
            assert np.isnan(score_of(CompiledProgram(work(network))).loss), (activation, layer)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize(("dtype", "bits"), [("float32", np.int32), ("float64", np.int64)])
def test_nor_what_is_none_by_the_largest_bits(kernel: str, dtype: str, bits: type[np.signedinteger]) -> None:
    """To add to them as to a whole number overflows, which a sanitizer sees."""
    for activation in ACTIVATIONS:
        network = pw.Network(70, [5], 5, activation=activation, dtype=dtype)
        network.parameters["hidden_1.weight"].view(bits)[...] = np.iinfo(bits).max
        assert np.isnan(score_of(CompiledProgram(work(network), kernel)).loss), activation


def test_logits_of_ten_thousand_stay_finite() -> None:
    network = pw.Network(70, [5], 5)
    network.parameters["output.weight"][...] *= 1e5
    score, expected = (score_of(each(work(network))) for each in (CompiledProgram, NumPyProgram))
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
        assert max(result.history.validation["accuracy"]) >= accuracy
        model = pw.Model(result.network, parts.standardizer, ("minus", "plus"))
        kept = result.history.validation["accuracy"][result.best_epoch - 1]
        assert parts.validation is not None
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
