"""Parts of the user, one of each kind, taken through all that the library does with a part of its own."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import plainweave as pw
import plug_in
from code_lines import code_lines
from engine_build import built, can_be_built, lines_changed
from plainweave import losses, network, optimizers
from plainweave.engine import compiled, kernels, known
from plainweave.network import Activation
from plainweave.optimizers import Optimizer
from plainweave.training import TrainingState
from plainweave.training.checkpoint_file import read_checkpoint, write_checkpoint
from plug_in import Lion, LogCosh, Shift, Softsign, Zigzag
from plug_in_c import BY_PART, TOGETHER

KINDS = ("Lion", "LogCosh", "Softsign", "Shift", "Zigzag")
CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
every_kind = pytest.mark.parametrize("kind", KINDS)
compiled_only = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built")


class Training:
    """A training in which one part is the user's."""

    def __init__(self, kind: str, parts: pw.Split) -> None:
        self.kind = kind
        self.loss: pw.Loss = LogCosh() if kind == "LogCosh" else pw.SoftmaxCrossEntropy()
        self.split = numbers(parts) if kind == "LogCosh" else parts
        self.optimizer: Optimizer = pw.SGD(0.1, momentum=0.5)
        if kind == "Lion":
            self.optimizer = Lion(0.003)
        elif kind == "Zigzag":
            self.optimizer = pw.SGD(0.1, schedule=Zigzag(0.25))

    def network(self, seed: int | list[int], dtype: str = "float32") -> pw.Network:
        activation = Softsign(2.0) if self.kind == "Softsign" else "tanh"
        made = pw.Network(64, [8], 10, activation=activation, seed=seed, dtype=dtype)
        if self.kind == "Shift":
            made.layers.insert(2, Shift(np.full((*made.stack, 1, 8), 0.5, np.float32)))
        return made

    def fit(
        self,
        seed: int | list[int] = 1,
        engine: str = "numpy",
        start: TrainingState | None = None,
        dtype: str = "float32",
    ) -> pw.Fit:
        return pw.fit(
            self.network(seed, dtype),
            self.split,
            self.optimizer,
            epochs=4,
            loss=self.loss,
            seed=seed,
            engine=engine,
            start=start,
            checkpoint=self.keep,
        )

    def keep(self, state: TrainingState) -> None:
        if state.epoch == 2:
            self.halfway = state.copy()


def numbers(parts: pw.Split) -> pw.Split:
    """The same examples, with ten numbers as targets."""
    assert parts.validation
    given = (parts.training, parts.validation)
    return pw.Split.of(*(pw.Examples(part.inputs, np.eye(10)[part.labels]) for part in given))


def same(one: pw.Network, other: pw.Network) -> bool:
    """Whether two networks have the same parameters, to the bit."""
    given, expected = one.parameters, other.parameters
    return given.keys() == expected.keys() and all(
        given[name].tobytes() == expected[name].tobytes() for name in given
    )


@pytest.fixture
def training(kind: str, parts: pw.Split) -> Training:
    return Training(kind, parts)


@every_kind
def test_it_trains(training: Training) -> None:
    result, again = training.fit(), training.fit()
    values = result.history.values("validation", "loss")
    assert values[-1] < 0.8 * values[0]
    assert same(result.network, again.network)
    assert not same(training.network(1), result.network)


@every_kind
def test_each_of_a_stack_ends_as_if_alone(training: Training) -> None:
    stack = training.fit([1, 2])
    for model, seed in enumerate((1, 2)):
        alone = training.fit(seed)
        assert same(stack.member(model).network, alone.network)
        assert stack.member(model).history.to_csv() == alone.history.to_csv()


@every_kind
def test_a_resumed_training_ends_with_the_same_bytes(training: Training, tmp_path: Path) -> None:
    whole = training.fit()
    write_checkpoint(tmp_path / "half", training.halfway, {}, 0.0)
    state, _ = read_checkpoint(tmp_path / "half", {}, training.network(1))
    assert state.epoch == 2
    resumed = training.fit(start=state)
    assert same(resumed.network, whole.network)
    assert resumed.history.to_csv() == whole.history.to_csv()


@every_kind
def test_its_gradients_are_checked(training: Training) -> None:
    ten = training.split.training[np.arange(10)]
    x = training.split.standardizer(ten.inputs, np.float64)
    for engine in ("numpy", "auto"):
        report = pw.check_gradients(
            training.network(1), x, ten.targets, loss=training.loss, engine=engine, seed=5
        )
        assert report.passed, str(report)


@every_kind
def test_a_model_file_holds_it_by_its_name(training: Training, tmp_path: Path) -> None:
    result = training.fit()
    path = tmp_path / "model.safetensors"
    pw.save(path, pw.Model(result.network, training.split.standardizer, loss=training.loss))
    loaded = pw.load(path)
    assert same(loaded.network, result.network)
    assert [str(layer) for layer in loaded.network.layers] == [str(layer) for layer in result.network.layers]
    assert loaded.loss == training.loss
    x = training.split.training.inputs[:5]
    outputs = result.network(training.split.standardizer(x))
    np.testing.assert_array_equal(loaded.predict(x), training.loss.predict(outputs))


def test_texts_name_them() -> None:
    assert pw.Loss.named("log-cosh") == LogCosh()
    assert Activation.named("softsign:2") == Softsign(2.0)
    assert str(Zigzag()) == "zigzag:0.5"
    assert pw.SGD(0.1, schedule="zigzag:0.25") == pw.SGD(0.1, schedule=Zigzag(0.25))
    assert repr(Lion(0.01, schedule="zigzag")) == "Lion(learning_rate=0.01, schedule='zigzag:0.5')"


@compiled_only
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Zigzag"])
def test_the_compiled_engine_says_which_part_it_does_not_know(training: Training) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        training.fit(engine="compiled")
    assert str(error.value) == (
        f"engine is 'compiled', but it does not know {training.kind}. Give 'auto' or 'numpy'."
    )
    assert same(training.fit(engine="auto").network, training.fit().network)


@compiled_only
def test_the_compiled_engine_takes_any_schedule(parts: pw.Split) -> None:
    """It knows schedules as numbers of the table of steps alone."""
    training = Training("Zigzag", parts)
    check_that_engines_agree(training)


def check_that_engines_agree(training: Training) -> None:
    """In float64, where they differ by rounding alone."""
    one, other = (training.fit(engine=engine, dtype="float64").network for engine in ("compiled", "numpy"))
    for name, value in other.parameters.items():
        np.testing.assert_allclose(one.parameters[name], value, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def with_cases(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The compiled engine with a case for each of these parts."""
    return built(tmp_path_factory.mktemp("engine"), TOGETHER)


@can_be_built
@pytest.mark.parametrize("kind", BY_PART)
def test_with_a_case_in_c_the_compiled_engine_knows_it(
    training: Training, with_cases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (compiled, known):
        monkeypatch.setattr(module, "extension", lambda: with_cases)
    for family, part in (("COMPILED", Softsign), ("_LOSSES", LogCosh)):
        monkeypatch.setattr(known, family, (*getattr(known, family), part))
    monkeypatch.setattr(Lion, "code", 2)
    check_that_engines_agree(training)
    ten = training.split.training[np.arange(10)]
    x = training.split.standardizer(ten.inputs, np.float64)
    report = pw.check_gradients(
        training.network(1), x, ten.targets, loss=training.loss, engine="compiled", seed=5
    )
    assert report.passed, str(report)


def test_what_a_part_costs() -> None:
    """CONTRIBUTING.md says how many lines of Python and of C these are."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    section = text.partition("## Adding a part\n")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("|")]
    python, c = (
        {name: int(count) for row in rows for name, count in re.findall(r"`(\w+)` (\d+)", row[column])}
        for column in (2, 3)
    )
    rooms = (plug_in, losses, network, optimizers)
    parts = {name: next(getattr(room, name) for room in rooms if hasattr(room, name)) for name in python}
    assert {name: code_lines(part) for name, part in parts.items()} == python
    assert python.keys() >= set(KINDS)
    assert {name: lines_changed(edits) for name, edits in BY_PART.items()} == c
