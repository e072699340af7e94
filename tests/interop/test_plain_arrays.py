"""A model as plain arrays, and as an .npz file, and back, bit for bit."""

from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from interop_models import INPUTS, network, of_arrays, of_tables
from loss_cases import LOSSES
from plainweave.data import STANDARDIZATIONS
from plainweave.data.tables.preparation import NUMBERS
from training_forms import same_model


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_models_of_arrays_come_back(tmp_path: Path, loss: str, standardize: str, dtype: str) -> None:
    model = of_arrays(standardize, loss, scale=True, dropout=0.1, dtype=dtype)
    pw.interop.export(tmp_path / "model.npz", model, "npz")
    assert same_model(pw.interop.read(tmp_path / "model.npz"), model)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_models_of_tables_come_back(numbers: str) -> None:
    model = of_tables(numbers)
    assert same_model(pw.interop.from_arrays(pw.interop.to_arrays(model)), model)


def test_the_names_are_those_of_the_page() -> None:
    arrays = pw.interop.to_arrays(network(scale=True))
    assert {name: array.shape for name, array in arrays.items()} == {
        "scale.factor": (1, INPUTS),
        **{"hidden_1.weight": (INPUTS, 8), "hidden_1.bias": (1, 8), "hidden_2.weight": (8, 6)},
        **{"hidden_2.bias": (1, 6), "output.weight": (6, 3), "output.bias": (1, 3)},
        **{"standardizer.scale": (1,), "standardizer.shift": (1,), "plainweave": ()},
    }


def test_files_of_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(pw.RecordError) as error:
        pw.interop.read(tmp_path / "other.npz")
    assert str(error.value) == (
        f"{tmp_path / 'other.npz'} is not of plainweave's model format 4 (its format: None). Give a file "
        "that "
        "plainweave saved."
    )
    with pytest.raises(pw.RecordError, match=r"is not there\. Give the \.npz file itself\."):
        pw.interop.read(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("ending", "advice"),
    [
        (".h5", " With Keras write model.export('model.onnx', format='onnx')."),
        (
            ".pkl",
            " It may run code when it is read: with PyTorch write safetensors.torch.save_file("
            "module.state_dict(), 'model.safetensors'), with scikit-learn skops.io.dump(model, "
            "'model.skops').",
        ),
        (".txt", ""),
    ],
)
def test_other_endings_are_refused(ending: str, advice: str) -> None:
    with pytest.raises(pw.RecordError) as error:
        pw.interop.read(f"model{ending}")
    assert str(error.value) == (
        f"model{ending} ends in {ending!r}; expected .onnx, .safetensors, .skops, .npz.{advice}"
    )


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.to_arrays("model.safetensors")  # type: ignore[arg-type]
    assert str(error.value) == (
        "model is 'model.safetensors'; expected a Model, as in pw.load('model.safetensors')."
    )
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.to_arrays(pw.Network(2, [], 2, seed=[0, 1]))
    assert str(error.value) == ("network is a stack of 2; expected one network. Take one by member().")
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.export("x", network(), "tflite")
    assert str(error.value) == "form is 'tflite'; expected one of onnx, torch, sklearn, npz."
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.read("model.npz", activation="relu")
    assert str(error.value) == "activation is relu; expected none, for model.npz tells its own."


def test_a_model_shares_no_array_with_what_it_is_made_of() -> None:
    arrays = pw.interop.to_arrays(network(scale=True))
    made = pw.interop.from_arrays(arrays).network.parameters
    assert not any(np.shares_memory(mine, yours) for mine in made.values() for yours in arrays.values())
