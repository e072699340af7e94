"""Models that meet data of other classes, and model files that are not what they should be."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as serialize

import plainweave as pw
from plainweave.arrays import Cache, FloatArray
from plainweave.data import STANDARDIZATIONS
from plainweave.network import ACTIVATIONS, Activation, Linear
from refusals import complaint, rewrite


@pytest.fixture
def path(tmp_path: Path, digits: pw.Dataset) -> Path:
    network = pw.Network(64, [5], 10)
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    pw.save(tmp_path / "model", pw.Model.of(network, standardizer, digits))
    return tmp_path / "model"


@pytest.mark.parametrize("length", [0, 7, 100, 2000])
def test_a_file_cut_short_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert complaint(path).startswith(" is no whole safetensors file (")


def test_another_kind_of_file_is_refused(path: Path) -> None:
    path.write_text("no model at all, but long enough to have a header")
    assert complaint(path).startswith(" is no whole safetensors file (")
    path.write_bytes(serialize({"a": np.zeros(3)}))
    assert complaint(path).startswith(" is not of plainweave's model format 2 (its format: None).")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "x") == " is not there. Give a model file or a run's folder."


def test_arrays_of_another_shape_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors.update({"output.weight": np.zeros((5, 9), np.float32)}))
    assert complaint(path) == (
        ": output.weight has shape (5, 9); expected (5, 10) by the file's own description. "
        "Train again, or take another copy."
    )


def test_missing_and_surplus_arrays_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors.pop("hidden_1.bias"))
    assert ": hidden_1.bias has shape nothing; expected (1, 5)" in complaint(path)
    rewrite(path, lambda _, tensors: tensors.update({"hidden_1.bias": np.zeros((1, 5), np.float32)}))
    rewrite(path, lambda _, tensors: tensors.update({"extra": np.zeros(1, np.float32)}))
    assert ": extra has shape (1,); expected nothing" in complaint(path)


def test_numbers_that_are_not_finite_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors["output.bias"].__setitem__((0, 0), np.nan))
    assert complaint(path) == (
        ": output.bias holds numbers that are not finite float32s. Train again, or take another copy."
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden", [0]),
        ("hidden", "x"),
        ("activations", ["tanhh"]),
        ("class_names", 3),
        ("standardize", "other"),
        ("image_shape", [3, 3]),
        ("image_shape", "ab"),
        ("image_shape", [64]),
        ("image_shape", [-8, -8]),
        ("full_scale", "bright"),
        ("full_scale", 1e308),
        ("full_scale", -1.0),
        ("inputs", None),
        ("version", 3),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(path: Path, key: str, value: object) -> None:
    rewrite(path, lambda metadata, _: metadata.update({key: value}))
    assert complaint(path).endswith(
        "Give a file that plainweave saved." if key == "version" else "Train again, or take another copy."
    )


def test_a_file_of_0_1_is_read(path: Path) -> None:
    model = pw.load(path)

    def as_0_1_wrote_it(metadata: dict[str, Any], _: object) -> None:
        assert metadata.pop("version") == 2
        metadata["format"] = 1

    rewrite(path, as_0_1_wrote_it)
    assert model.class_names == pw.load(path).class_names
    rewrite(path, lambda metadata, _: metadata.update(format=7))
    assert complaint(path) == (
        " is not of plainweave's model format 2 (its format: 7). Give a file that plainweave saved."
    )


def test_examples_of_more_classes_than_the_network_has_are_refused(digits: pw.Dataset) -> None:
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    model = pw.Model(pw.Network(64, [5], 3), standardizer, ("a", "b", "c"))
    rows = np.flatnonzero(digits.test.labels < 4)
    first = np.flatnonzero(digits.test.labels[rows] == 3)[0]
    with pytest.raises(pw.DataError) as error:
        model.evaluate(digits.test[rows])
    assert str(error.value) == (
        f"example {first} has the label 3; expected 0 to 2, the network's classes. "
        "Give data of the classes it was trained on."
    )


STANDARDIZER = pw.Standardizer("all-pixels", np.ones(1), np.zeros(1))


def model_of(network: pw.Network, **more: Any) -> pw.Model:
    names = tuple(f"class {label}" for label in range(getattr(network, "classes", 0)))
    return pw.Model(**{"network": network, "standardizer": STANDARDIZER, "class_names": names, **more})


@pytest.mark.parametrize(
    ("given_parts", "message"),
    [
        (
            {"network": pw.Network(4, [5], 3, seed=[0, 1])},
            "network is a stack of 2; expected one network. Take one by member().",
        ),
        (
            {"network": "tanh"},
            "network is 'tanh'; expected a Network, as in the network that pw.fit returns.",
        ),
        (
            {"standardizer": None},
            "standardizer is a NoneType; expected a Standardizer, as in the standardizer of "
            "pw.split(examples).",
        ),
        (
            {"standardizer": pw.Standardizer("per-pixel", np.ones(5), np.ones(5))},
            "the standardizer was fitted to 5 features; expected 4. Fit one by "
            "pw.Standardizer.fit('per-pixel', inputs).",
        ),
        (
            {"class_names": ("a", "b")},
            "Model: there are 2 class names; expected 3, one for each output of the network.",
        ),
        ({"class_names": ("a", "b", None)}, "Model: a name is None; expected a line of text. Rename it."),
        ({"class_names": ("a", "b\n", "c")}, "Model: a name is 'b\\n'; expected a line of text. Rename it."),
        (
            {"image_shape": (3, 3)},
            "Model: image_shape is (3, 3); expected (rows, columns) of 4 pixels, the features of an "
            "example, or None.",
        ),
        (
            {"full_scale": 1e308},
            "Model: full_scale is 1e+308; expected a number of at least 0 and at most 1e+15.",
        ),
    ],
)
def test_a_model_is_checked_when_it_is_made(given_parts: dict[str, Any], message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        model_of(**{"network": pw.Network(4, [5], 3), **given_parts})
    assert str(error.value) == message


def test_a_model_of_something_else_than_a_dataset_is_refused(digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Model.of(pw.Network(64, [5], 10), STANDARDIZER, digits.train)  # type: ignore[arg-type]
    assert str(error.value) == "dataset is Examples; expected a Dataset, as in pw.load_dataset('digits')."


def test_names_and_sizes_of_numpy_are_saved_and_loaded(tmp_path: Path) -> None:
    network = pw.Network(4, [5], 3)
    model = model_of(
        network,
        class_names=np.array(["x", "y", "z"]),
        image_shape=np.array([2, 2]),
        full_scale=np.float32(16),
    )
    pw.save(tmp_path / "model", model)
    for each in (model, pw.load(tmp_path / "model")):
        assert (each.class_names, each.image_shape, each.full_scale) == (("x", "y", "z"), (2, 2), 16.0)


class Doubled(pw.Tanh):
    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        y, cache = super().forward(x)
        return 2 * y, cache


class Swish(Activation):
    """As a user writes it, without a name."""

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        return x / (1 + np.exp(-x)), x

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        sigmoid = 1 / (1 + np.exp(-cache))
        dx: FloatArray = dy * (sigmoid + cache * sigmoid * (1 - sigmoid))
        return dx


class OwnNetwork(pw.Network):
    pass


class OwnLinear(Linear):
    pass


class OwnStandardizer(pw.Standardizer):
    pass


def with_layer(layer: type[Linear]) -> pw.Network:
    network = pw.Network(4, [5], 3)
    network.layers[0] = layer(network.layers[0].weight, network.layers[0].bias)
    return network


@pytest.mark.parametrize(
    ("model", "name", "known"),
    [
        (
            model_of(pw.Network(4, [5], 3, activation=Swish())),
            "Swish",
            "Tanh or Sigmoid or ReLU or LeakyReLU or ",
        ),
        (
            model_of(pw.Network(4, [5], 3, activation=Doubled())),
            "Doubled",
            "Tanh or Sigmoid or ReLU or LeakyReLU or ",
        ),
        (model_of(OwnNetwork(4, [5], 3)), "OwnNetwork", "Network"),
        (model_of(with_layer(OwnLinear)), "OwnLinear", "Linear"),
        (
            model_of(
                pw.Network(4, [5], 3), standardizer=OwnStandardizer("per-image", np.ones(0), np.ones(0))
            ),
            "OwnStandardizer",
            "Standardizer",
        ),
    ],
)
def test_what_is_code_of_ones_own_is_trained_and_not_saved(
    model: pw.Model, name: str, known: str, tmp_path: Path
) -> None:
    parts = pw.split(pw.Examples(np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3))
    assert np.isfinite(pw.fit(model.network, parts, pw.SGD(0.1), epochs=1).history.validation_loss).all()
    known += "Identity" if known.endswith(" ") else ""
    with pytest.raises(pw.RecordError) as error:
        pw.save(tmp_path / "model", model)
    assert str(error.value) == (
        f"the model can't be saved: {name} is a class of your own, and a model file holds no code; expected "
        f"{known}. Save network.parameters, and make the network again in your code."
    )
    assert not (tmp_path / "model").exists()


def test_what_changed_after_the_model_was_made_is_seen_when_it_is_saved(tmp_path: Path) -> None:
    def refused(change: Callable[[pw.Network], object], dtype: str = "float32") -> str:
        model = model_of(pw.Network(4, [5], 3, activation="leaky-relu", dtype=dtype))
        change(model.network)
        with pytest.raises(pw.PlainweaveError) as error:
            pw.save(tmp_path / "model", model)
        assert not (tmp_path / "model").exists()
        return str(error.value)

    diverged = "Where training diverged, train again at a lower learning rate."
    for value in (np.nan, np.inf):
        assert refused(lambda network: network.layers[0].weight.__setitem__((0, 0), value)) == (  # noqa: B023
            f"the model can't be saved: hidden_1.weight holds numbers that are not finite float32s. "
            f"{diverged}"
        )
    assert refused(lambda network: setattr(network.activations[0], "slope", 5.0)) == (
        "the model can't be saved: the slope of leaky-relu is 5.0; expected a number of at least 0 and "
        "below 1. "
        f"{diverged}"
    )
    assert refused(lambda network: network.layers.pop()) == (
        "the network has 1 layers and 1 activations; expected 2 and 1 for its sizes, 4-5-3."
    )
    assert refused(lambda network: setattr(network, "classes", 2)) == (
        "output.weight has shape (5, 3); expected (5, 2), by the network's sizes."
    )


def test_a_model_with_a_header_too_large_to_be_read_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(pw.RecordError) as error:
        pw.save(tmp_path / "model", model_of(pw.Network(1, [1] * 9000, 1)))
    assert re.fullmatch(
        r"the model can't be saved: its file has 1,\d{3},\d{3} bytes, 1,\d{3},\d{3} of them a header "
        r"that names 9,001 layers and 1 classes; expected at most 4,294,967,296 and 1,048,576. Train a "
        r"smaller network.",
        str(error.value),
    )


def test_something_else_than_a_model_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.save(tmp_path / "model", pw.Network(4, [5], 3))  # type: ignore[arg-type]
    assert str(error.value) == (
        "model is a Network; expected a Model, as in pw.Model.of(network, parts.standardizer, dataset)."
    )


def test_a_model_is_saved_anywhere_and_loaded_from_a_run_too(tmp_path: Path) -> None:
    model = model_of(pw.Network(4, [5], 3))
    for path in (tmp_path / "new" / "folder" / "m", str(tmp_path / "m.bin"), os.fsencode(tmp_path / "ä")):
        pw.save(path, model)  # type: ignore[arg-type]
        assert pw.load(path).class_names == model.class_names  # type: ignore[arg-type]
    with pytest.raises(pw.RecordError, match="can't be written: Is a directory"):
        pw.save(tmp_path, model)
    assert complaint(tmp_path) == " holds no weights.safetensors. Give a model file or a run's folder."
    pw.save(tmp_path / "weights.safetensors", model)
    assert pw.load(tmp_path).class_names == model.class_names


layouts: st.SearchStrategy[Callable[[FloatArray], FloatArray]] = st.sampled_from(
    [
        lambda value: value,
        np.asfortranarray,
        lambda value: np.repeat(value, 2, axis=-1)[..., ::2],
        lambda value: value[::-1, ::-1].copy()[::-1, ::-1],
        lambda value: value.astype(value.dtype.newbyteorder()),
        lambda value: value.astype(np.float64),
    ]
)
names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=5)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_what_is_saved_is_loaded_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seed: int
) -> None:
    draw, stream = data.draw, np.random.default_rng(seed)
    inputs, classes = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    hidden = draw(st.lists(st.integers(1, 20), max_size=3))
    activations = st.sampled_from([*ACTIVATIONS, "leaky-relu:0.30000000000000004"])
    network = pw.Network(
        inputs,
        hidden,
        classes,
        activation=[draw(activations) for _ in hidden],
        dtype=draw(st.sampled_from(["float32", "float64"])),
    )
    network = network.with_parameters(
        {name: draw(layouts)(stream.normal(size=value.shape)) for name, value in network.parameters.items()}
    )
    raw = stream.normal(size=(30, inputs)) * 10.0 ** draw(st.integers(-9, 9))
    standardizer = pw.Standardizer.fit(draw(st.sampled_from(STANDARDIZATIONS)), raw)
    if draw(st.booleans()) and standardizer.kind == "per-pixel":
        standardizer = pw.Standardizer("per-pixel", standardizer.scale[::-1], standardizer.shift[::-1])
    model = pw.Model(
        network,
        standardizer,
        draw(st.lists(names, min_size=classes, max_size=classes)),  # type: ignore[arg-type]
        draw(st.sampled_from([None, (1, inputs), np.array([inputs, 1])])),
        draw(st.floats(0, 1e15) | st.integers(0, 10**15)),
    )
    path = tmp_path_factory.mktemp("models") / "model"
    pw.save(path, model)
    again = pw.load(path)
    for name, value in model.network.parameters.items():
        found = again.network.parameters[name]
        assert (found.dtype, found.tobytes()) == (value.dtype, value.tobytes())
    for kept, found in (
        (model.standardizer.scale, again.standardizer.scale),
        (model.standardizer.shift, again.standardizer.shift),
        (model.probabilities(raw), again.probabilities(raw)),
    ):
        assert (found.dtype, found.tobytes()) == (kept.dtype, kept.tobytes())
    for name in ("class_names", "image_shape", "full_scale"):
        assert getattr(again, name) == getattr(model, name)
    assert list(map(str, again.network.activations)) == list(map(str, model.network.activations))


def test_a_network_trained_from_weights_in_another_order_is_saved_as_it_is(
    tmp_path: Path, digits: pw.Dataset, parts: pw.Split
) -> None:
    network = pw.Network(64, [20], 10)
    other_way = np.ascontiguousarray(network.layers[0].weight.T)  # (outputs, inputs), as PyTorch keeps it
    network = network.with_parameters({"hidden_1.weight": other_way.T})
    trained = pw.fit(network, parts, pw.SGD(0.1), epochs=5).network
    model = pw.Model.of(trained, parts.standardizer, digits)
    pw.save(tmp_path / "model", model)
    accuracy = model.evaluate(digits.test).accuracy
    assert accuracy > 80
    assert pw.load(tmp_path / "model").evaluate(digits.test).accuracy == accuracy
