"""A gradient of the compiled engine that is wrong by one percent, in whichever part, is caught."""

from types import ModuleType

import numpy as np
import pytest

import plainweave as pw
from engine_build import built, can_be_built
from faulty_engine import ACTIVATION, CHOSEN, FAULTS, LAYERS, LOSS
from loss_cases import LOSSES, given_targets
from plainweave.engine import compiled
from plainweave.engine.known import _LOSSES
from plainweave.network.prediction import COMPILED

pytestmark = can_be_built
BELOW = ["hidden_1.weight", "hidden_1.bias", "hidden_2.weight", "hidden_2.bias"]
ALL = [*BELOW, "output.weight", "output.bias"]
OF_LAYERS = {
    "first weights": ["hidden_1.weight"],
    "weights": ["hidden_2.weight", "output.weight"],
    "biases": [name for name in ALL if name.endswith("bias")],
    "dx": BELOW,
    "dropout": BELOW,
    "factor": ["scale.factor"],
    "weights under a scale": ["hidden_1.weight"],
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return built(tmp_path_factory.mktemp("engine"), FAULTS)


@pytest.fixture(autouse=True)
def _faulty(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "extension", lambda: module)


def failed(activation: str = "tanh", loss: pw.Loss | None = None, *, scale: bool = False) -> list[str]:
    """The tensors that do not pass."""
    stream, loss = np.random.default_rng(2), loss or pw.SoftmaxCrossEntropy()
    network = pw.Network(7, [6, 5], 6, activation=activation, dropout=0.3, scale=scale, seed=2)
    x, targets = stream.normal(size=(9, 7)), given_targets(loss, 9, 6, stream)
    x[x < -0.5] = 0  # so many that the first layer leaves zeros out; without, it is as the others are
    report = pw.check_gradients(network, x, targets, loss=loss, engine="compiled")
    return [tensor.name for tensor in report.tensors if not tensor.passed]


def test_without_a_fault_all_is_right() -> None:
    assert failed() == failed(scale=True) == []


@pytest.mark.parametrize("kind", COMPILED, ids=lambda kind: kind.name)
def test_in_an_activation(kind: type[pw.Tanh], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOSEN, str(ACTIVATION + COMPILED.index(kind)))
    assert failed(kind.name) == BELOW
    assert failed("tanh" if kind.name != "tanh" else "relu") == []


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_in_a_loss(loss: pw.Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOSEN, str(LOSS + _LOSSES.index(type(loss))))
    assert failed(loss=loss) == ALL
    monkeypatch.setenv(CHOSEN, str(LOSS + len(_LOSSES)))
    assert failed(loss=loss) == []


@pytest.mark.parametrize("fault", LAYERS)
def test_in_a_layer(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOSEN, str(LAYERS.index(fault)))
    assert failed(scale="scale" in fault or fault == "factor") == OF_LAYERS[fault]
