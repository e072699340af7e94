"""A user's own parts: trained as what they are, on NumPy, or refused; never ignored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import Cache, FloatArray
from plainweave.losses import METRICS, Metric
from plainweave.randomness import Draw
from plainweave.training import TrainingState
from plainweave.training.checkpoint_file import read_checkpoint, write_checkpoint
from trainings import assert_same

FEATURES, OUTPUTS = 6, 3


class Lion(pw.Optimizer):
    """The rule of Chen et al. (2023), algorithm 2, with betas of 0.9 and 0.99."""

    @property
    def slots(self) -> tuple[str, ...]:
        return ("momentum",)

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        (momentum,) = slots
        parameter -= row[pw.optimizers.RATE] * np.sign(0.9 * momentum + 0.1 * gradient)
        momentum *= 0.99
        momentum += 0.01 * gradient


class Halved(pw.Network):
    """A network that sees half of its inputs' size."""

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, list[Cache]]:
        return super().forward(x / 2, draw)


class Tripled(pw.Linear):
    """A linear layer of another meaning."""

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        y, cache = super().forward(x)
        return 3 * y, cache

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return super().backward(3 * dy, cache)

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        return super().gradients(3 * dy, cache)


@dataclass(frozen=True)
class Doubled(pw.Tanh):
    """An activation with a name: tanh(2 x)."""

    name = "doubled"

    def value(self, x: FloatArray) -> FloatArray:
        return super().value(2 * x)

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return 2 * super().derivative(x, y)


class Offset(pw.Layer):
    """A layer with a parameter and a name: y = x + offset."""

    name = "offset"
    names = ("offset",)

    def __init__(self, offset: FloatArray) -> None:
        vars(self).update(offset=offset)

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        return x + self.parameters["offset"], None

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy, {"offset": dy.sum(axis=-2, keepdims=True)}


@dataclass(frozen=True)
class Jitter(pw.Layer):
    """A layer of chance with a setting and a name: in training y = x (1 + strength u), u from -1/2 to 1/2."""

    name = "jitter"
    strength: float = 0.5

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        if draw is None:
            return x, 1.0
        share = draw.words(x.shape[-1]) / 2**32 - 0.5
        factor = (1 + self.strength * share).astype(x.dtype)
        return x * factor, factor

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy * cache, {}


@dataclass(frozen=True)
class Quartic(pw.Loss):
    """A loss with a setting, a name and a metric: the mean over the outputs of scale (z - t)^4."""

    name = "quartic"
    scale: float = 0.1

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("mean_size",)

    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        residuals = outputs - targets
        gradients = 4 * self.scale * residuals**3 / outputs.shape[-1]
        return self.scale * (residuals**4).mean(axis=-1), gradients

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        sizes = np.abs(outputs - targets).mean(axis=-1, dtype=np.float64)
        return {"sizes": (sizes if weights is None else weights * sizes).sum(axis=-1)}

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return {"mean_size": sums["sizes"] / sums["weight"]}


@dataclass(frozen=True)
class Wave(pw.Schedule):
    """A schedule with a setting and a name."""

    name = "wave"
    length: float = 3.0

    def __call__(self, epochs: FloatArray) -> FloatArray:
        factors: FloatArray = 1 + 0.5 * np.sin(2 * np.pi * epochs / self.length)
        return factors


class Shifted(pw.Standardizer):
    """A standardizer of another meaning."""

    def __call__(self, raw: Any, dtype: Any = np.float32) -> FloatArray:
        return super().__call__(raw, dtype) + 1


class Case(NamedTuple):
    """A training with one part of one's own."""

    network: Callable[[int], pw.Network]
    optimizer: pw.Optimizer = pw.SGD(0.1)
    loss: pw.Loss = pw.SoftmaxCrossEntropy()
    standardizer: type[pw.Standardizer] = pw.Standardizer


def plain(seed: int) -> pw.Network:
    return pw.Network(FEATURES, [5], OUTPUTS, seed=seed)


def with_a_layer(seed: int, layer: Callable[[pw.Linear], list[pw.Layer]]) -> pw.Network:
    """A network with other layers in the place of the first linear one."""
    first, *others = plain(seed).layers
    assert isinstance(first, pw.Linear)
    return pw.Network.of([*layer(first), *others])


CASES = {
    "Lion": Case(plain, Lion(0.01)),
    "Halved": Case(lambda seed: Halved(FEATURES, [5], OUTPUTS, seed=seed)),
    "Tripled": Case(lambda seed: with_a_layer(seed, lambda first: [Tripled(first.weight, first.bias)])),
    "Doubled": Case(lambda seed: pw.Network(FEATURES, [5], OUTPUTS, activation="doubled", seed=seed)),
    "Offset": Case(
        lambda seed: with_a_layer(seed, lambda first: [Offset(np.ones((1, FEATURES), np.float32)), first])
    ),
    "Jitter": Case(lambda seed: with_a_layer(seed, lambda first: [Jitter(), first])),
    "Quartic": Case(plain, loss=Quartic(0.05)),
    "Wave": Case(plain, pw.SGD(0.1, momentum=0.9, schedule="wave:2.0")),
    "Shifted": Case(plain, standardizer=Shifted),
}


def example_parts(case: Case) -> pw.Split:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(60, FEATURES))
    labels = np.digitize(x @ np.arange(FEATURES), [-3, 3])
    targets = np.eye(OUTPUTS)[labels] if not isinstance(case.loss, pw.SoftmaxCrossEntropy) else labels
    parts = pw.split(pw.Examples(x, targets))
    fitted = parts.standardizer
    return replace(parts, standardizer=case.standardizer(fitted.kind, fitted.scale, fitted.shift))


def trained(case: Case, seed: int = 0, *, network: pw.Network | None = None, **settings: Any) -> pw.Fit:
    settings = {"epochs": 4, "batch_size": 10, "loss": case.loss, "seed": seed, **settings}
    return pw.fit(network or case.network(seed), example_parts(case), case.optimizer, **settings)


@pytest.mark.parametrize("name", CASES)
def test_it_is_trained_as_what_it_is(name: str) -> None:
    case = CASES[name]
    by_default, on_numpy = trained(case), trained(case, engine="numpy")
    if name != "Wave":  # its factors reach either engine in the table of steps
        assert_same(by_default, on_numpy)
    losses = by_default.history.training_loss
    assert losses[-1] < losses[0]
    without = trained(Case(plain, loss=pw.SquaredError() if name == "Quartic" else case.loss))
    last, other = (fit.network.parameters["output.weight"] for fit in (by_default, without))
    assert np.abs(last - other).max() > 1e-3


@pytest.mark.parametrize("name", [name for name in CASES if name != "Wave"])
def test_the_compiled_engine_says_that_it_does_not_know_it(name: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        trained(CASES[name], engine="compiled")
    assert str(error.value) == f"engine is 'compiled', but it does not know {name}. Give 'auto' or 'numpy'."


@pytest.mark.parametrize("name", CASES)
def test_a_stack_with_it_equals_its_members(name: str) -> None:
    case, seeds = CASES[name], [3, 1]
    stack = pw.Network.stacked([case.network(seed) for seed in seeds])
    results = trained(case, network=stack, seed=seeds)  # type: ignore[arg-type]
    for model, seed in enumerate(seeds):
        assert_same(results.member(model), trained(case, seed))


@pytest.mark.parametrize("name", CASES)
def test_it_resumes_from_every_epoch_and_goes_on(name: str, tmp_path: Path) -> None:
    case, states = CASES[name], list[TrainingState]()
    whole = trained(case, checkpoint=lambda state: states.append(state.copy()))
    for state in states:
        write_checkpoint(tmp_path / "x", state, {}, 0)
        read, _ = read_checkpoint(tmp_path / "x", {}, case.network(0))
        assert_same(trained(case, start=read), whole)
    assert_same(trained(case, start=trained(case, epochs=2).state), whole)


@pytest.mark.parametrize("name", CASES)
def test_it_passes_the_gradient_check(name: str) -> None:
    case = CASES[name]
    parts = example_parts(case)
    x, targets = parts.standardizer(parts.training.inputs[:8], np.float64), parts.training.targets[:8]
    assert pw.check_gradients(case.network(0), x, targets, loss=case.loss).passed


@pytest.mark.parametrize("name", ["Doubled", "Offset", "Jitter", "Quartic"])
def test_what_has_a_name_is_saved_and_loaded(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    result, standardizer = trained(case), example_parts(case).standardizer
    pw.save(tmp_path / "model", pw.Model(result.network, standardizer, loss=case.loss))
    again = pw.load(tmp_path / "model")
    assert str(again.loss) == str(case.loss)
    assert [str(layer) for layer in again.network.layers] == [str(layer) for layer in result.network.layers]
    x = np.random.default_rng(1).normal(size=(9, FEATURES))
    np.testing.assert_array_equal(again.network(x), result.network(x))


def test_a_schedule_and_a_loss_with_a_name_are_made_again_by_their_texts() -> None:
    assert pw.SGD(0.1, schedule="wave:2.0").schedule == Wave(2.0)
    assert_same(trained(CASES["Quartic"], loss="quartic:0.05"), trained(CASES["Quartic"]))


@pytest.mark.parametrize("higher_is_better", [False, True])
def test_its_metric_chooses_and_stands_in_the_history(
    higher_is_better: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, "mean_size", Metric("mean_size", higher_is_better=higher_is_better))
    result = trained(CASES["Quartic"], choose_by="mean_size")
    sizes = np.array(result.history.values("validation", "mean_size"))
    assert int(result.best_epoch) == (sizes.argmax() if higher_is_better else sizes.argmin()) + 1
    assert "validation_mean_size" in result.history.to_csv().splitlines()[0]


def test_a_metric_chooses_only_if_it_is_known_which_way_is_better() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        trained(CASES["Quartic"], choose_by="mean_size")
    assert str(error.value) == (
        "choose_by is 'mean_size', and nothing says whether more of it is better; expected a metric in "
        "plainweave.losses.METRICS. Put Metric('mean_size', higher_is_better=...) there, by that name."
    )


@pytest.mark.parametrize("wrong", [False, True])
def test_the_gradient_check_walks_a_network_by_its_own_forward(wrong: bool) -> None:
    class Wrong(Halved):
        def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, list[Cache]]:
            logits, caches = super().forward(x, draw)
            return 2 * logits, caches  # backward does not know

    kind: type[pw.Network] = Wrong if wrong else Halved
    network = kind(7, [6], 4, activation="relu")
    x, labels = np.random.default_rng(1).normal(size=(9, 7)), np.arange(9) % 4
    assert pw.check_gradients(network, x, labels).passed is not wrong


def test_kinks_of_an_activation_of_ones_own_are_left_out() -> None:
    class Steep(pw.ReLU):
        name = "steep"

        def value(self, x: FloatArray) -> FloatArray:
            return 3 * super().value(x)

        def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
            return 3 * super().derivative(x, y)

    network = pw.Network(7, [6], 4, activation=Steep(), dtype="float64")
    x = np.random.default_rng(1).normal(size=(9, 7))
    bias = np.zeros((1, 6))
    bias[0, 2] = 1e-7 - (x[0] @ network.parameters["hidden_1.weight"])[2]
    report = pw.check_gradients(network.with_parameters({"hidden_1.bias": bias}), x, np.arange(9) % 4)
    assert report.passed
    assert {tensor.name: tensor.kinks for tensor in report.tensors}["hidden_1.bias"] == 1


def test_a_part_whose_class_was_defined_anew_is_not_saved_by_its_name(tmp_path: Path) -> None:
    def defined() -> type[pw.Activation]:
        @dataclass(frozen=True)
        class Twice(pw.Activation):
            name = "twice"

            def value(self, x: FloatArray) -> FloatArray:
                return 2 * x

            def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
                return np.full_like(x, 2)

        return Twice

    network = pw.Network(2, [3], 2, activation=defined()())
    standardizer = pw.Standardizer.identity()
    pw.save(tmp_path / "model", pw.Model(network, standardizer, ("a", "b")))
    again = defined()
    with pytest.raises(pw.RecordError) as error:
        pw.save(tmp_path / "model", pw.Model(network, standardizer, ("a", "b")))
    assert str(error.value) == (
        "the model can't be saved: the class Twice was defined anew since the model's activation was made, "
        "and a file holds the name alone; expected one of the new class. Put Twice(...) in its place."
    )
    network.layers[1] = again()
    pw.save(tmp_path / "model", pw.Model(network, standardizer, ("a", "b")))
