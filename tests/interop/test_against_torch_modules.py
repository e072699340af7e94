"""Modules of PyTorch predict as the models that they are made of, and come back bit for bit."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from formats_page import code_of
from interop_models import INPUTS, inputs, network, of_arrays, of_tables, told
from loss_cases import LOSSES
from network_cases import ACTIVATIONS
from plainweave.data import STANDARDIZATIONS
from tables import table

torch: Any = pytest.importorskip("torch")
nn = torch.nn


def outputs_of(module: Any, given: Any) -> Any:
    with torch.no_grad():
        return module(torch.from_numpy(given)).numpy()


def bits(module: Any) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky-relu:0.3", "elu:0.5"])
def test_a_module_gives_what_the_network_gives(activation: str) -> None:
    made = network(activation, dropout=[0.2, 0])
    module = pw.interop.to_torch(made)
    assert not module.training
    x = inputs()
    np.testing.assert_allclose(outputs_of(module, x), made(x), rtol=1e-5, atol=1e-5)
    back = pw.interop.from_torch(module)
    assert list(map(str, back.layers)) == list(map(str, made.layers))
    for name, value in back.parameters.items():
        assert value.tobytes() == made.parameters[name].tobytes()
    assert bits(pw.interop.to_torch(back)) == bits(module)


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
def test_probabilities_are_the_models(standardize: str) -> None:
    model = of_arrays(standardize, scale=True)
    logits = torch.from_numpy(outputs_of(pw.interop.to_torch(model), inputs()))
    assert np.abs(logits.softmax(1).numpy() - told(model, inputs())).max() < 1e-6


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if LOSSES[loss].scales_targets])
def test_numbers_are_in_the_units_of_the_targets(loss: str) -> None:
    model = of_arrays("all-pixels", loss)
    numbers = LOSSES[loss].predict(outputs_of(pw.interop.to_torch(model), inputs()))
    np.testing.assert_allclose(numbers, model.predict(inputs()), rtol=2e-6)


def test_a_module_takes_the_features_of_a_table() -> None:
    model = of_tables("normal")
    logits = torch.from_numpy(outputs_of(pw.interop.to_torch(model), model.prepared(table())))
    np.testing.assert_allclose(logits.softmax(1), model.probabilities(table()), atol=1e-6)


def test_an_image_of_one_brightness_is_nothing() -> None:
    model = of_arrays("per-image")
    flat = np.full((1, INPUTS), 200, np.float32)
    logits = torch.from_numpy(outputs_of(pw.interop.to_torch(model), flat))
    np.testing.assert_allclose(logits.softmax(1), model.probabilities(flat), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_pytorch_trained_comes_back_bit_for_bit(dtype: str) -> None:
    torch.manual_seed(0)
    shared = nn.Tanh()
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(INPUTS, 5), shared, nn.Sequential(nn.Linear(5, 5), shared), nn.Linear(5, 2)
    ).to(getattr(torch, dtype))
    made = pw.interop.from_torch(module)
    assert str(made) == "Network(7-5-5-2, tanh, 82 parameters)"
    assert made.dtype == dtype
    again = pw.interop.to_torch(made)
    assert list(bits(again).values()) == list(bits(module).values())
    x = torch.from_numpy(inputs().astype(dtype))
    assert torch.equal(again(x), module(x))


def test_a_layer_without_a_bias_gets_one_of_zeros() -> None:
    module = nn.Linear(INPUTS, 2, bias=False)
    made = pw.interop.from_torch(module)
    assert made.parameters["output.bias"].tolist() == [[0, 0]]
    np.testing.assert_allclose(made(inputs()), outputs_of(module, inputs()), rtol=1e-5, atol=1e-6)


def test_a_state_dict_is_the_modules_own(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    model = of_arrays("per-image")
    pw.interop.export(tmp_path / "net.safetensors", model, "torch")
    loaded = load_file(tmp_path / "net.safetensors")
    assert list(loaded) == ["1.bias", "1.weight", "3.bias", "3.weight", "5.bias", "5.weight"]
    module = pw.interop.to_torch(model)
    module.load_state_dict(loaded)
    assert bits(module) == {name: loaded[name].numpy().tobytes() for name in module.state_dict()}
    assert pw.interop.to_state_dict(model).keys() == module.state_dict().keys()


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "elu:0.5"])
@pytest.mark.parametrize("standardize", ["none", "per-image"])
def test_a_file_says_which_module_it_is_of(tmp_path: Path, activation: str, standardize: str) -> None:
    import safetensors

    model = of_arrays(standardize, activation=activation, dropout=0.1)
    pw.interop.export(tmp_path / "net.safetensors", model, "torch")
    with safetensors.safe_open(tmp_path / "net.safetensors", "pt") as file:
        line = file.metadata()["module"]
    module = eval(line, {"nn": nn}).eval()
    module.load_state_dict(pw.interop.to_torch(model).state_dict())
    np.testing.assert_array_equal(
        outputs_of(module, inputs()), outputs_of(pw.interop.to_torch(model), inputs())
    )


def test_a_state_dict_of_others_is_read_with_its_activation(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    module = nn.Sequential(nn.Linear(INPUTS, 5), nn.ReLU(), nn.Linear(5, 2)).eval()
    save_file(module.state_dict(), tmp_path / "net.safetensors")
    model = pw.interop.read(tmp_path / "net.safetensors", activation="relu", loss="squared-error")
    np.testing.assert_allclose(model.predict(inputs()), outputs_of(module, inputs()), rtol=1e-5, atol=1e-5)


class OfOnesOwn(nn.Module):  # type: ignore[misc,name-defined]
    """Its forward could do anything."""


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (
            lambda: nn.Sequential(nn.Linear(2, 2), OfOnesOwn()),
            "module 1 is of the class OfOnesOwn, which could do anything; expected modules of torch.nn. Put "
            "its layers into an nn.Sequential, in their order.",
        ),
        (
            lambda: nn.Sequential(nn.Linear(2, 2), nn.Softplus(beta=2)),
            "module 1 is Softplus(beta=2, threshold=20.0); expected one of Linear, Tanh, Sigmoid, ReLU, "
            "LeakyReLU, ELU, SELU, GELU, SiLU, Mish, Softplus, Identity, Dropout, and Flatten, as torch "
            "makes them.",
        ),
        (
            lambda: nn.Sequential(nn.Linear(2, 2), nn.Softmax(1)),
            "module 1 is Softmax(dim=1); expected one of Linear, Tanh, Sigmoid, ReLU, LeakyReLU, ELU, SELU, "
            "GELU, SiLU, Mish, Softplus, Identity, Dropout, and Flatten, as torch makes them. Leave it out: "
            "the loss softmax makes probabilities of the outputs.",
        ),
        (
            lambda: nn.Sequential(nn.Linear(2, 2).to(torch.bfloat16)),
            "module 0 has weights of torch.bfloat16; expected float32 or float64. Call module.float() first.",
        ),
    ],
)
def test_what_is_no_layer_of_ours_is_refused(module: Any, line: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.from_torch(module())
    assert str(error.value) == line


def test_every_class_of_the_page_is_one_of_pytorchs() -> None:
    from plainweave.interop.modules import KNOWN

    for name in KNOWN:
        assert re.fullmatch(r"\w+", name)
        assert hasattr(nn, name)


def test_the_page_on_pytorch_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(f"{code_of()}\n{code_of('PyTorch')}", {})
    printed = capsys.readouterr().out
    assert printed.startswith("True Sequential(")
    assert printed.rstrip().endswith("True")


def test_an_image_that_varies_by_rounding_alone_is_as_good_as_blank() -> None:
    nothing = np.zeros(0, np.float32)
    standardizer = pw.Standardizer("per-image", nothing, nothing)
    model = pw.Model(pw.Network(64, [], 1), standardizer, loss=pw.SquaredError())
    image = np.full((1, 64), 10, np.float32)
    image[0, :3] = np.nextafter(np.float32(10), np.float32(99))
    np.testing.assert_allclose(
        outputs_of(pw.interop.to_torch(model), image), model.predict(image)[:, np.newaxis], atol=1
    )
