"""State dicts are written and read without PyTorch."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import plainweave as pw
from interop_models import CLASSES, INPUTS, inputs, network, of_arrays, of_tables, told
from network_cases import ACTIVATIONS
from training_forms import same_model


def test_weights_lie_as_in_pytorch() -> None:
    made = network()
    arrays = pw.interop.to_state_dict(made)
    assert {name: value.shape for name, value in arrays.items()} == {
        **{"0.weight": (8, INPUTS), "0.bias": (8,), "2.weight": (6, 8), "2.bias": (6,)},
        **{"4.weight": (3, 6), "4.bias": (3,)},
    }
    np.testing.assert_array_equal(arrays["2.weight"], made.parameters["hidden_2.weight"].T)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("standardize", ["none", "per-image"])
def test_a_plain_model_comes_back_bit_for_bit(tmp_path: Path, activation: str, standardize: str) -> None:
    model = of_arrays(standardize, activation=activation, dropout=0.1)
    pw.interop.export(tmp_path / "net.safetensors", model, "torch")
    assert same_model(pw.interop.read(tmp_path / "net.safetensors"), model)


def test_a_model_of_tables_comes_back_as_one_of_features(tmp_path: Path) -> None:
    model = of_tables()
    pw.interop.export(tmp_path / "net.safetensors", model, "torch")
    again = pw.interop.read(tmp_path / "net.safetensors")
    assert (again.class_names, again.target_name, again.preparation) == (("low", "high"), "price", None)


def test_the_line_that_makes_the_module_stands_in_the_file(tmp_path: Path) -> None:
    made = network("leaky-relu:0.2", dropout=[0.5, 0])
    pw.interop.export(tmp_path / "net.safetensors", made, "torch")
    content = (tmp_path / "net.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    assert metadata["format"] == "pt"
    assert metadata["module"] == (
        "nn.Sequential(nn.Linear(in_features=7, out_features=8), nn.LeakyReLU(negative_slope=0.2), "
        "nn.Dropout(p=0.5), nn.Linear(in_features=8, out_features=6), nn.LeakyReLU(negative_slope=0.2), "
        "nn.Linear(in_features=6, out_features=3))"
    )


@pytest.mark.parametrize("names", [["0", "2", "10"], ["fc1", "fc2", "out"], ["net.0", "net.2", "net.10"]])
def test_names_are_put_in_order(names: list[str]) -> None:
    made = network("relu")
    arrays: dict[str, Any] = {}
    for name, layer in reversed(list(zip(names, made.linear, strict=True))):
        arrays |= {f"{name}.bias": layer.bias[0], f"{name}.weight": layer.weight.T}
    again = pw.interop.from_state_dict(arrays, "relu")
    np.testing.assert_array_equal(again(inputs()), made(inputs()))


def test_what_a_file_does_not_tell_is_given(tmp_path: Path) -> None:
    made = network("relu")
    save_file(
        {name: np.ascontiguousarray(value) for name, value in pw.interop.to_state_dict(made).items()},
        tmp_path / "net.safetensors",
    )
    model = pw.interop.read(
        tmp_path / "net.safetensors",
        activation=["relu", "relu"],
        loss="softmax",
        class_names=CLASSES,
        image_shape=(1, INPUTS),
        full_scale=1,
    )
    assert (model.class_names, model.image_shape, model.full_scale) == (CLASSES, (1, INPUTS), 1)
    np.testing.assert_array_equal(told(model, inputs()), pw.softmax(made(inputs())))
    for without, line in (
        (
            {"loss": "softmax"},
            "there are 3 linear layers, and nothing says what lies between them; expected an activation, as "
            "in "
            "relu, or one for each but the last, as in relu,tanh.",
        ),
        ({"activation": "relu"}, "nothing says what the 3 outputs of the network mean; expected a loss, one"),
    ):
        with pytest.raises(pw.ConfigurationError) as error:
            pw.interop.read(tmp_path / "net.safetensors", **without)  # type: ignore[arg-type]
        assert str(error.value).startswith(line)


@pytest.mark.parametrize(
    ("arrays", "error", "line"),
    [
        (
            {},
            pw.ConfigurationError,
            "the arrays are none; expected weights and biases of linear layers alone",
        ),
        (
            {"0.weight": np.ones((2, 3)), "1.running_mean": np.ones(2)},
            pw.ConfigurationError,
            "the arrays are 0.weight, 1.running_mean; expected weights and biases of linear layers alone",
        ),
        (
            {"0.weight": np.ones((2, 3, 3)), "0.bias": np.ones(2)},
            pw.ShapeError,
            "0.weight has shape (2, 3, 3), and 0.bias (2,); expected (outputs, inputs) and (outputs,).",
        ),
        (
            {"0.weight": np.ones((2, 3)), "1.weight": np.ones((2, 3))},
            pw.ShapeError,
            "output takes 3 features; expected 2, what the layers before it give.",
        ),
    ],
)
def test_other_arrays_are_refused(arrays: Any, error: type[Exception], line: str) -> None:
    with pytest.raises(error) as raised:
        pw.interop.from_state_dict(arrays, "relu")
    assert str(raised.value).startswith(line)


def test_layers_that_pytorch_has_not_are_refused() -> None:
    made = pw.Network.of([*network().layers, pw.Scale(np.ones((1, 3), np.float32))])
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.to_state_dict(made.astype("float64"))
    assert str(error.value) == (
        "the network has the layers Linear, tanh, Linear, tanh, Linear, Scale; expected those that PyTorch "
        "has: linear ones, activations of this library, and dropout. It has no scale in this place: keep the "
        "model in plainweave's own file."
    )


def test_files_that_are_no_state_dict_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    cases: list[tuple[Any, str]] = [
        (None, "is not there. Give a file of a state_dict."),
        (
            b"",
            "is no whole safetensors file (its header has 0 bytes; expected at most 0). Take another copy.",
        ),
        ({"0.weight": np.ones((2, 2), np.float16)}, "has numbers of type F16; expected F32 or F64. Save"),
    ]
    for content, line in cases:
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content:
            save_file(content, path)
        with pytest.raises(pw.RecordError) as error:
            pw.interop.read(path, loss="softmax")
        assert str(error.value).startswith(f"{path} {line}")
    pw.save(path, of_arrays())
    with pytest.raises(pw.RecordError) as error:
        pw.interop.read(path)
    assert str(error.value) == f"{path} is a model file of plainweave's already. Use it as it is."
    pw.interop.export(path, of_arrays(), "torch")
    with pytest.raises(pw.ConfigurationError) as refused:
        pw.interop.read(path, activation="relu")
    assert str(refused.value) == f"activation is relu; expected none, for {path} tells its own."
    arrays = load_file(path)
    assert len(arrays) == 6


def test_arrays_that_are_not_those_of_the_description_are_refused(tmp_path: Path) -> None:
    from plainweave.interop.state_dict import sequential_model
    from plainweave.training.model_file import parts_of
    from plainweave.training.plain import plain

    model = plain(of_arrays())
    arrays = pw.interop.to_state_dict(model)
    for change, line in (
        (
            {"0.weight": np.ones((8, 6), np.float32)},
            "f: hidden_1.weight has shape (6, 8); expected (7, 8) by",
        ),
        ({"0.bias": np.full(8, np.nan, np.float32)}, "f: hidden_1.bias holds numbers that are not finite"),
    ):
        with pytest.raises(pw.RecordError) as error:
            sequential_model(Path("f"), parts_of(model)[0], {**arrays, **change})
        assert str(error.value).startswith(line)
    del arrays["4.weight"], arrays["4.bias"]
    with pytest.raises(pw.RecordError) as error:
        sequential_model(Path("f"), parts_of(model)[0], arrays)
    assert str(error.value).startswith(
        "f: output.weight has shape nothing; expected (6, 3) by the file's own"
    )


def test_a_network_shares_no_array_with_a_state_dict() -> None:
    arrays = pw.interop.to_state_dict(network())
    made = pw.interop.from_state_dict(arrays, "tanh")
    assert not any(
        np.shares_memory(mine, yours) for mine in made.parameters.values() for yours in arrays.values()
    )
