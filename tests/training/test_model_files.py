"""Models that meet data of other classes, and model files that are not what they should be."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
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
from plainweave.network import ACTIVATIONS, Linear
from plainweave.randomness import Draw
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
    assert complaint(path).startswith(" is not of plainweave's model format 4 (its format: None).")


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
        ("layers", ["linear", "tanh"]),
        ("layers", ["linear", "tanh", "linear", "linear"]),
        ("layers", ["linear", "leaky-relu:2", "linear"]),
        ("layers", "linear"),
        ("layers", []),
        ("layers", [1]),
        ("parameters", {}),
        ("parameters", {"output.bias": [1, 10]}),
        ("parameters", {"output.bias": [10]}),
        ("loss", "softmax:2"),
        ("loss", "squared-error"),
        ("loss", None),
        ("class_names", 3),
        ("standardize", "other"),
        ("image_shape", [3, 3]),
        ("image_shape", "ab"),
        ("image_shape", [64]),
        ("image_shape", [-8, -8]),
        ("full_scale", "bright"),
        ("full_scale", 1e308),
        ("full_scale", -1.0),
        ("inputs", 64),
        ("version", 5),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(path: Path, key: str, value: object) -> None:
    rewrite(path, lambda metadata, _: metadata.update({key: value}))
    assert complaint(path).endswith(
        "Give a file that plainweave saved." if key == "version" else "Train again, or take another copy."
    )


def as_version_2_wrote_it(metadata: dict[str, Any], _: object) -> None:
    """Change what a file says to what it said before layers and losses had names."""
    layers = metadata.pop("layers")
    weights = [shape for name, shape in metadata.pop("parameters").items() if name.endswith("weight")]
    assert metadata.pop("loss") == "softmax:0.0"
    for name in ("preparation", "target_scale", "target_name"):
        del metadata[name]
    metadata["version"] = 2
    metadata["inputs"] = weights[0][0]
    metadata["hidden"] = [units for _, units in weights[:-1]]
    metadata["activations"] = [text for text in layers if text != "linear"]


def as_0_1_wrote_it(metadata: dict[str, Any], tensors: object) -> None:
    as_version_2_wrote_it(metadata, tensors)
    del metadata["version"]
    metadata["format"] = 1


@pytest.mark.parametrize("older", [as_version_2_wrote_it, as_0_1_wrote_it])
def test_files_of_older_versions_are_read(
    tmp_path: Path, digits: pw.Dataset, older: Callable[[dict[str, Any], object], None]
) -> None:
    path = tmp_path / "model"
    standardizer = pw.Standardizer.fit("per-pixel", digits.train.inputs)
    network = pw.Network(64, [5, 4], 10, activation=["relu", "leaky-relu:0.3"])
    model = pw.Model.of(network, standardizer, digits)
    pw.save(path, model)
    rewrite(path, older)
    again = pw.load(path)
    assert list(map(str, again.network.layers)) == list(map(str, network.layers))
    assert (again.class_names, again.image_shape, again.loss) == (
        *(model.class_names, model.image_shape, pw.SoftmaxCrossEntropy()),
    )
    inputs = digits.test.inputs
    np.testing.assert_array_equal(again.probabilities(inputs), model.probabilities(inputs))


@pytest.mark.parametrize(
    ("key", "value"),
    [("hidden", [0]), ("hidden", "x"), ("activations", ["tanhh"]), ("inputs", None), ("inputs", 0)],
)
def test_an_older_description_that_makes_no_sense_is_refused(path: Path, key: str, value: object) -> None:
    rewrite(path, as_version_2_wrote_it)
    rewrite(path, lambda metadata, _: metadata.update({key: value}))
    assert complaint(path).endswith("Train again, or take another copy.")


def test_a_file_of_another_format_is_refused(path: Path) -> None:
    rewrite(path, as_0_1_wrote_it)
    rewrite(path, lambda metadata, _: metadata.update(format=7))
    assert complaint(path) == (
        " is not of plainweave's model format 4 (its format: 7). Give a file that plainweave saved."
    )


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [("layers", ["linear", "snake:2", "linear"], "layer 'snake'"), ("loss", "hinge", "loss 'hinge'")],
)
def test_a_part_that_is_not_defined_here_is_named(path: Path, key: str, value: object, what: str) -> None:
    rewrite(path, lambda metadata, _: metadata.update({key: value}))
    assert complaint(path) == (
        f": the {what} is not defined here. Import the script that defines it, and load the file again."
    )


def test_parameters_that_are_not_those_of_the_layers_are_refused(path: Path) -> None:
    rewrite(path, lambda metadata, _: metadata["layers"].append("scale"))
    assert complaint(path) == (
        " is no plainweave model (there are 4 parameters; expected those of the layers, ['hidden_1.weight', "
        "'hidden_1.bias', 'output.weight', 'output.bias', 'scale.factor'], in order). Train again, or take "
        "another copy."
    )


def test_layers_that_do_not_fit_each_other_are_refused(path: Path) -> None:
    def change(metadata: dict[str, Any], tensors: dict[str, Any]) -> None:
        metadata["parameters"]["output.weight"] = [6, 10]
        tensors["output.weight"] = np.zeros((6, 10), np.float32)

    rewrite(path, change)
    assert complaint(path) == (
        " is no plainweave model (output takes 6 features; expected 5, what the layers before it give). "
        "Train again, or take another copy."
    )


def test_examples_of_more_classes_than_the_network_has_are_refused(digits: pw.Dataset) -> None:
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    model = pw.Model(pw.Network(64, [5], 3), standardizer, ("a", "b", "c"))
    rows = np.flatnonzero(digits.test.labels < 4)
    first = np.flatnonzero(digits.test.labels[rows] == 3)[0]
    with pytest.raises(pw.DataError) as error:
        model.evaluate(digits.test[rows])
    assert str(error.value) == (
        f"example {first} has the label 3; expected 0 to 2, for 3 outputs. "
        "Network(..., outputs=4) has enough."
    )


STANDARDIZER = pw.Standardizer.identity()


def model_of(network: pw.Network, **more: Any) -> pw.Model:
    names = tuple(f"class {label}" for label in range(getattr(network, "outputs", 0)))
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
            "Model: there are 2 class names; expected 3, one for each class of a network of 3 outputs by the "
            "loss softmax:0.0.",
        ),
        (
            {"loss": pw.SigmoidCrossEntropy(), "network": pw.Network(4, [5], 1), "class_names": ["a"]},
            "Model: there are 1 class names; expected 2, one for each class of a network of 1 outputs by the "
            "loss sigmoid.",
        ),
        (
            {"loss": pw.SquaredError()},
            "Model: there are 3 class names; expected none, for the loss squared-error has no classes.",
        ),
        (
            {"loss": "softmax"},
            "loss is 'softmax'; expected a Loss, as in pw.SoftmaxCrossEntropy().",
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
    def value(self, x: FloatArray) -> FloatArray:
        return 2 * super().value(x)


class Swish(pw.Activation):
    """As a user writes it, without a name."""

    def value(self, x: FloatArray) -> FloatArray:
        y: FloatArray = x / (1 + np.exp(-x))
        return y

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        sigmoid = 1 / (1 + np.exp(-x))
        dydx: FloatArray = sigmoid + x * sigmoid * (1 - sigmoid)
        return dydx


class OwnNetwork(pw.Network):
    pass


class OwnLinear(Linear):
    pass


class OwnStandardizer(pw.Standardizer):
    pass


def with_layer(layer: type[Linear]) -> pw.Network:
    network = pw.Network(4, [5], 3)
    network.layers[0] = layer(network.linear[0].weight, network.linear[0].bias)
    return network


class OwnLoss(pw.SquaredError):
    pass


def not_saved(model: pw.Model, tmp_path: Path) -> str:
    with pytest.raises(pw.RecordError) as error:
        pw.save(tmp_path / "model", model)
    assert not (tmp_path / "model").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("model", "name", "known"),
    [
        (model_of(OwnNetwork(4, [5], 3)), "OwnNetwork", "Network"),
        (
            model_of(
                pw.Network(4, [5], 3), standardizer=OwnStandardizer("per-image", np.ones(0), np.ones(0))
            ),
            "OwnStandardizer",
            "Standardizer",
        ),
    ],
)
def test_what_is_code_of_ones_own_is_not_saved(
    model: pw.Model, name: str, known: str, tmp_path: Path
) -> None:
    assert not_saved(model, tmp_path) == (
        f"the model can't be saved: {name} is a class of your own, and a model file holds no code; expected "
        f"{known}. Save network.parameters, and make the network again in your code."
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (model_of(pw.Network(4, [5], 3, activation=Swish())), "Swish"),
        (model_of(pw.Network(4, [5], 3, activation=Doubled())), "Doubled"),
        (model_of(with_layer(OwnLinear)), "OwnLinear"),
        (model_of(pw.Network(4, [5], 3), loss=OwnLoss(), class_names=()), "OwnLoss"),
    ],
)
def test_a_part_without_a_name_is_trained_and_not_saved(model: pw.Model, name: str, tmp_path: Path) -> None:
    parts = pw.split(pw.Examples(np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3))
    assert np.isfinite(pw.fit(model.network, parts, pw.SGD(0.1), epochs=1).history.validation_loss).all()
    assert not_saved(model, tmp_path) == (
        f"the model can't be saved: {name} has no name that a file could hold in its place; expected a part "
        f'that a text makes again. Give the class a `name` of its own, as in name = "{name.lower()}", and '
        f"make its settings the fields of a frozen dataclass."
    )


@dataclass(frozen=True)
class Shrink(pw.Activation):
    """One of one's own with a name, as a file holds it."""

    by: float = 0.5
    name = "shrink-of-tests"

    def value(self, x: FloatArray) -> FloatArray:
        return self.by * x

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return np.full_like(x, self.by)


@dataclass(frozen=True)
class Offset(pw.Layer):
    """A layer of one's own with a parameter and a setting."""

    offset: FloatArray
    times: int = 2
    name = "offset-of-tests"
    names = ("offset",)

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        return x + self.times * self.offset, None

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy, {"offset": self.times * dy.sum(axis=-2, keepdims=True)}


@dataclass(frozen=True)
class Quartic(pw.SquaredError):
    scale: float = 3.0
    name = "quartic-of-tests"


def test_parts_of_ones_own_with_names_are_saved_and_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = pw.Network(4, [5], 3, activation=Shrink(0.25), dropout=0.5, scale=True)
    network.layers.insert(2, Offset(np.full((1, 5), 1.5, np.float32), 3))
    model = model_of(network, class_names=(), loss=Quartic(2.0))
    pw.save(tmp_path / "model", model)
    again = pw.load(tmp_path / "model")
    assert list(map(str, again.network.layers)) == [
        *("scale", "linear", "offset-of-tests:3", "shrink-of-tests:0.25", "dropout:0.5", "linear"),
    ]
    assert (again.loss, again.class_names) == (Quartic(2.0), ())
    x = np.random.default_rng(0).normal(size=(9, 4))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    without = {name: kind for name, kind in pw.Layer.registry.items() if kind is not Offset}
    monkeypatch.setattr(pw.Layer, "registry", without)
    assert complaint(tmp_path / "model") == (
        ": the layer 'offset-of-tests' is not defined here. Import the script that defines it, and load the "
        "file again."
    )


def test_a_layer_by_the_name_of_an_activation_is_not_saved(tmp_path: Path) -> None:
    class Relu(pw.Linear):
        name = "relu"

    try:
        assert "Relu has no name that a file could hold" in not_saved(model_of(with_layer(Relu)), tmp_path)
    finally:
        del pw.Layer.registry["relu"]


@pytest.mark.parametrize(
    ("loss", "outputs", "classes"),
    [
        (pw.SoftmaxCrossEntropy(0.1), 3, 3),
        (pw.SigmoidCrossEntropy(), 1, 2),
        (pw.SigmoidCrossEntropy(), 3, 3),
        (pw.SquaredError(), 2, 0),
        (pw.Poisson(), 1, 0),
        (pw.Quantile((0.1, 0.9)), 2, 0),
    ],
)
def test_a_model_says_what_its_loss_takes_outputs_for(
    tmp_path: Path, loss: pw.Loss, outputs: int, classes: int
) -> None:
    network = pw.Network(4, [5], outputs, seed=1)
    model = model_of(network, loss=loss, class_names=list("abc")[:classes])
    pw.save(tmp_path / "model", model)
    x = np.random.default_rng(0).normal(size=(9, 4))
    for found in (model, pw.load(tmp_path / "model")):
        assert found.loss == loss
        np.testing.assert_array_equal(found.predict(x), loss.predict(network(x.astype(np.float32))))
        if classes:
            assert found.probabilities(x).shape == (9, classes)
            continue
        with pytest.raises(pw.ConfigurationError, match="has no probabilities"):
            found.probabilities(x)


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
        assert refused(lambda network: network.linear[0].weight.__setitem__((0, 0), value)) == (  # noqa: B023
            f"the model can't be saved: hidden_1.weight holds numbers that are not finite float32s. "
            f"{diverged}"
        )
    assert refused(lambda network: network.layers.clear()) == (
        "the network has 0 layers and none is linear; expected at least 1, which says how many inputs and "
        "outputs there are."
    )


def test_a_model_with_a_header_too_large_to_be_read_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(pw.RecordError) as error:
        pw.save(tmp_path / "model", model_of(pw.Network(1, [1] * 18_000, 1)))
    assert re.fullmatch(
        r"the model can't be saved: its file has 4,\d{3},\d{3} bytes, 4,\d{3},\d{3} of them a header "
        r"that names 36,001 layers and 1 classes; expected at most 4,294,967,296 and 4,194,304. Train a "
        r"smaller network.",
        str(error.value),
    )


def test_something_else_than_a_model_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.save(tmp_path / "model", pw.Network(4, [5], 3))  # type: ignore[arg-type]
    assert str(error.value) == (
        "model is a Network; expected a Model, as in pw.Model.of(network, parts, dataset)."
    )


def test_a_model_is_saved_anywhere_and_loaded_from_a_run_too(tmp_path: Path) -> None:
    model = model_of(pw.Network(4, [5], 3))
    for path in (tmp_path / "new" / "folder" / "m", str(tmp_path / "m.bin"), os.fsencode(tmp_path / "ä")):
        pw.save(path, model)  # type: ignore[arg-type]
        assert pw.load(path).class_names == model.class_names  # type: ignore[arg-type]
    with pytest.raises(pw.RecordError, match="is a folder; expected a file to write to"):
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
        dropout=draw(st.sampled_from([0.0, 0.3])),
        scale=draw(st.booleans()),
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
    assert list(map(str, again.network.layers)) == list(map(str, model.network.layers))


def test_a_network_trained_from_weights_in_another_order_is_saved_as_it_is(
    tmp_path: Path, digits: pw.Dataset, parts: pw.Split
) -> None:
    network = pw.Network(64, [20], 10)
    other_way = np.ascontiguousarray(network.linear[0].weight.T)  # (outputs, inputs), as PyTorch keeps it
    network = network.with_parameters({"hidden_1.weight": other_way.T})
    trained = pw.fit(network, parts, pw.SGD(0.1), epochs=5).network
    model = pw.Model.of(trained, parts.standardizer, digits)
    pw.save(tmp_path / "model", model)
    accuracy = model.evaluate(digits.test).accuracy
    assert accuracy > 80
    assert pw.load(tmp_path / "model").evaluate(digits.test).accuracy == accuracy
