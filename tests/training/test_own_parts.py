"""A user's own parts: trained as what they are, on NumPy, or refused; never ignored."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import Cache, FloatArray
from plainweave.network import Linear
from plainweave.randomness import Draw
from plainweave.training import TrainingState


class Adam(pw.SGD):
    """The rule of Kingma and Ba (2015), algorithm 1, which keeps its arrays in what the training hands it."""

    def step(
        self,
        parameters: Mapping[str, FloatArray],
        gradients: Mapping[str, FloatArray],
        velocity: MutableMapping[str, FloatArray],
    ) -> None:
        count = velocity["count"] = velocity.get("count", np.zeros(1)) + 1
        for name, parameter in parameters.items():
            mean = velocity.setdefault(f"{name}.mean", np.zeros_like(parameter))
            square = velocity.setdefault(f"{name}.square", np.zeros_like(parameter))
            mean += 0.1 * (gradients[name] - mean)
            square += 0.001 * (gradients[name] ** 2 - square)
            corrected = np.sqrt(square / (1 - 0.999**count)) + 1e-8
            parameter -= self.learning_rate * mean / (1 - 0.9**count) / corrected


class Halved(pw.Network):
    """A network that sees half of its inputs' size."""

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, list[Cache]]:
        return super().forward(x / 2, draw)


class Tripled(Linear):
    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        y, cache = super().forward(x)
        return 3 * y, cache

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        return super().gradients(3 * dy, cache)


class Doubled(pw.Tanh):
    name = "doubled"

    def value(self, x: FloatArray) -> FloatArray:
        return super().value(2 * x)

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return 2 * super().derivative(x, y)


class Shifted(pw.Standardizer):
    def __call__(self, raw: Any, dtype: Any = np.float32) -> FloatArray:
        return super().__call__(raw, dtype) + 1


def trained(network: pw.Network, parts: pw.Split, optimizer: pw.SGD, engine: str = "auto") -> list[float]:
    result = pw.fit(network, parts, optimizer, epochs=2, engine=engine)
    return [float(loss) for loss in result.history.validation_loss]


def kinds(parts: pw.Split) -> dict[str, tuple[pw.Network, pw.Split, pw.SGD]]:
    own_layer = pw.Network(64, [8], 10)
    own_layer.layers[0] = Tripled(own_layer.linear[0].weight, own_layer.linear[0].bias)
    standardizer = Shifted(parts.standardizer.kind, parts.standardizer.scale, parts.standardizer.shift)
    plain, sgd = pw.Network(64, [8], 10), pw.SGD(0.1)
    return {
        "Adam": (plain, parts, Adam(0.01)),
        "Halved": (Halved(64, [8], 10), parts, sgd),
        "Tripled": (own_layer, parts, sgd),
        "Doubled": (pw.Network(64, [8], 10, activation=Doubled()), parts, sgd),
        "Shifted": (plain, replace(parts, standardizer=standardizer), sgd),
    }


NAMES = ("Adam", "Halved", "Tripled", "Doubled", "Shifted")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_trained_as_what_it_is(parts: pw.Split, name: str) -> None:
    by_default, on_numpy = (trained(*kinds(parts)[name], engine) for engine in ("auto", "numpy"))
    plain = trained(pw.Network(64, [8], 10), parts, pw.SGD(0.1))
    assert by_default == on_numpy
    assert abs(by_default[-1] - plain[-1]) > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_engine_says_that_it_does_not_know_it(parts: pw.Split, name: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        trained(*kinds(parts)[name], "compiled")
    assert str(error.value) == (f"engine is 'compiled', but it does not know {name}. Give 'auto' or 'numpy'.")


def test_an_optimizer_of_ones_own_keeps_its_state_in_the_training(parts: pw.Split) -> None:
    optimizer, states = Adam(0.01), list[TrainingState]()
    whole = pw.fit(
        pw.Network(64, [8], 10), parts, optimizer, epochs=4, checkpoint=lambda s: states.append(s.copy())
    )
    again = pw.fit(pw.Network(64, [8], 10), parts, optimizer, epochs=4, start=states[1])
    assert again.history.to_csv() == whole.history.to_csv()
    assert trained(pw.Network(64, [8], 10), parts, optimizer) == trained(
        pw.Network(64, [8], 10), parts, optimizer
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


def test_activations_of_ones_own_in_a_list(parts: pw.Split) -> None:
    activations: Sequence[Any] = [Doubled(), "relu"]
    mixed = pw.Network(64, [8, 6], 10, activation=activations)
    assert np.isfinite(trained(mixed, parts, pw.SGD(0.1))).all()
