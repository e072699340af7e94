"""Models of ONNX predict in ONNX Runtime as the models that they are made of, from the user's own columns."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from formats_page import code_of
from interop_models import CLASSES, INPUTS, inputs, network, of_arrays, of_tables, told
from loss_cases import LOSSES
from network_cases import ACTIVATIONS
from plainweave.data import STANDARDIZATIONS, Column, Preparation
from plainweave.data.tables.preparation import NUMBERS
from tables import table
from training_forms import same_model

onnx: Any = pytest.importorskip("onnx")
runtime: Any = pytest.importorskip("onnxruntime")

REAL = os.environ.get("PLAINWEAVE_DATA")  # before a fixture hides it


def run(model: pw.Model, feed: dict[str, Any]) -> dict[str, Any]:
    """What ONNX Runtime gives, by the names of the outputs."""
    made = pw.interop.to_onnx(model)
    onnx.checker.check_model(made, full_check=True)
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    assert {each.name for each in session.get_inputs()} == feed.keys()
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def columns_of(given: pw.Table) -> dict[str, Any]:
    """The columns as ONNX takes them, NaN and a text that is no level where one is missing."""
    return {
        column.name: np.array([["" if value is None else value] for value in column.to_list()], object)
        if column.is_category
        else column.values[:, np.newaxis]
        for column in given.columns
    }


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_of_raw_arrays(standardize: str, dtype: str) -> None:
    model = of_arrays(standardize, scale=True, dropout=0.2, dtype=dtype)
    found = run(model, {"X": inputs()})
    assert list(found) == ["label", "probabilities"]
    assert found["probabilities"].dtype == np.float32
    assert np.abs(found["probabilities"] - model.probabilities(inputs())).max() < 1e-6
    assert found["label"].tolist() == [CLASSES[place] for place in model.predict(inputs())]


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky-relu:0.3", "elu:0.5"])
def test_every_activation(activation: str) -> None:
    model = of_arrays(activation=activation)
    found = run(model, {"X": 3 * inputs()})["probabilities"]
    assert np.abs(found - model.probabilities(3 * inputs())).max() < 2e-6


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_loss(loss: str, dtype: str) -> None:
    model = of_arrays(loss=loss, dtype=dtype)
    found = run(model, {"X": inputs()})
    expected = told(model, inputs())
    values = found["variable"] if "variable" in found else found["probabilities"]
    np.testing.assert_allclose(values, expected, rtol=2e-5, atol=1e-6)
    if loss == "sigmoid":
        assert (found["label"] == model.predict(inputs())).all()


@pytest.mark.parametrize("names", [(), ("no", "yes")])
def test_a_sigmoid_tells_two_classes(names: tuple[str, ...]) -> None:
    model = pw.Model(network(outputs=1), of_arrays().standardizer, names, loss=pw.SigmoidCrossEntropy())
    found = run(model, {"X": inputs()})
    np.testing.assert_allclose(found["probabilities"], model.probabilities(inputs()), atol=1e-6)
    expected = model.predict(inputs()).tolist()
    assert found["label"].tolist() == ([names[place] for place in expected] if names else expected)


def test_quantiles_that_cross_are_sorted() -> None:
    model = pw.Model(network(outputs=6), of_arrays().standardizer, loss=pw.Quantile((0.9, 0.1, 0.5)))
    found = run(model, {"X": inputs()})["variable"]
    np.testing.assert_allclose(found, model.predict(inputs()).reshape(-1, 6), rtol=1e-5, atol=1e-6)
    crossed = model.network(model.standardizer(inputs())).reshape(-1, 2, 3)
    assert (crossed[..., 1] > crossed[..., 2]).any()


def test_where_means_are_far_from_0_inputs_are_float64() -> None:
    far = inputs().astype(np.float64) + 1e9
    model = pw.Model(network(), pw.Standardizer.fit("per-pixel", far))
    assert np.abs(run(model, {"X": far})["probabilities"] - model.probabilities(far)).max() < 1e-6


def test_images_of_one_brightness() -> None:
    model = of_arrays("per-image")
    flat = np.full((1, INPUTS), 200, np.float32)
    np.testing.assert_allclose(run(model, {"X": flat})["probabilities"], model.probabilities(flat), atol=1e-6)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_every_preparation_of_tables_with_holes(numbers: str) -> None:
    model = of_tables(numbers)
    for seed in (0, 1):  # what it was fitted to, and numbers beyond
        given = table(seed)
        found = run(model, columns_of(given))
        assert np.abs(found["probabilities"] - model.probabilities(given)).max() < 1e-6
        assert found["label"].tolist() == [model.class_names[place] for place in model.predict(given)]


@pytest.mark.parametrize("numbers", NUMBERS)
def test_a_table_of_numbers_alone_is_one_input(numbers: str) -> None:
    given = pw.Table((*table().select(["width", "height"]).columns, Column("same", np.ones(len(table())))))
    preparation = Preparation.fit(given, numbers=numbers)
    model = pw.Model(
        network(inputs=preparation.features), pw.Standardizer.identity(), preparation=preparation
    )
    x = np.stack([column.values for column in given.columns], axis=1)
    assert np.abs(run(model, {"X": x})["probabilities"] - model.probabilities(given)).max() < 1e-6
    (columns,) = (each.value for each in pw.interop.to_onnx(model).metadata_props if each.key == "columns")
    assert json.loads(columns) == ["width", "height", "same"]


def test_normal_numbers_are_exact_at_and_between_landmarks() -> None:
    stream = np.random.default_rng(0)
    columns = {
        "rounded": stream.normal(size=600).round(1),  # several landmarks are one number
        "skewed": stream.exponential(size=600) ** 4,
        "few": np.where(stream.random(600) < 0.99, np.nan, stream.normal(size=600)),
    }
    preparation = Preparation.fit(columns, numbers="normal")
    features = preparation.features
    identity = pw.Network.of([pw.Linear(np.eye(features), np.zeros((1, features)))])
    model = pw.Model(identity, pw.Standardizer.identity(), loss=pw.Poisson(), preparation=preparation)
    probes = {
        name: np.concatenate([values, values + 1e-3, [np.nan, -1e9, 1e9]]) for name, values in columns.items()
    }
    found = run(model, {"X": np.stack(list(probes.values()), axis=1)})["variable"]
    np.testing.assert_allclose(np.log(found), preparation(probes), rtol=1e-6, atol=1e-6)


def test_other_texts_for_a_level_and_unknown_ones() -> None:
    columns = {
        "code": ["1", "2", "3", "x"],
        "flag": ["True", "False", "True", "True"],
        "rare": ["a", "a", "b", "c"],
        "one": ["a", None, "a", "a"],
    }
    preparation = Preparation.fit(columns, rare=1)
    together = Preparation.fit({"rare": ["a"] * 5 + ["b"] * 5 + ["c", "d"]}, rare=2)
    preparation = replace(
        preparation, columns=(*preparation.columns[:2], *together.columns, preparation.columns[3])
    )
    model = pw.Model(
        network(inputs=preparation.features), pw.Standardizer.identity(), preparation=preparation
    )
    probes = {
        "code": ["1.0", "2", "007", "y", ""],
        "flag": ["TRUE", "false", "tRuE", "maybe", ""],
        "rare": ["c", "d", "a", "e", ""],
        "one": ["a", "b", "a", "", "a"],
    }
    feed = {name: np.array(values, object)[:, np.newaxis] for name, values in probes.items()}
    np.testing.assert_allclose(run(model, feed)["probabilities"], model.probabilities(probes), atol=1e-6)


def test_a_missing_number_that_is_refused_gives_nan() -> None:
    for numbers in NUMBERS:
        model = of_tables(numbers, columns=("width",), missing="refuse")
        with np.errstate(invalid="ignore"):
            found = run(model, {"X": np.array([[np.nan], [1.0]])})["probabilities"]
        assert np.isnan(found[0]).all()
        assert np.isfinite(found[1]).all()


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("loss", ["softmax", "quantile:0.1,0.5,0.9"])
def test_an_array_model_comes_back_bit_for_bit(tmp_path: Path, standardize: str, loss: str) -> None:
    model = of_arrays(standardize, loss, scale=True, dropout=0.1)
    pw.interop.export(tmp_path / "model.onnx", model, "onnx")
    assert same_model(pw.interop.read(tmp_path / "model.onnx"), model)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_a_table_model_comes_back_bit_for_bit(numbers: str) -> None:
    model = of_tables(numbers)
    assert same_model(pw.interop.from_onnx(pw.interop.to_onnx(model)), model)


def test_opset_and_version_are_low_and_stated() -> None:
    made = pw.interop.to_onnx(of_tables())
    assert {each.domain: each.version for each in made.opset_import} == {"": 11, "ai.onnx.ml": 2}
    assert (made.ir_version, made.producer_name) == (6, "plainweave")
    made = pw.interop.to_onnx(of_arrays())
    assert {each.domain: each.version for each in made.opset_import} == {"": 11}
    assert made.doc_string == (
        "A fully-connected network trained by plainweave. It gives label, the most probable class, and "
        "probabilities, of each class in order."
    )


def test_outputs_get_other_names_where_columns_have_theirs() -> None:
    preparation = Preparation.fit({"label": [1.0, 2.0], "kind": ["a", "b"]})
    model = pw.Model(network(inputs=2), pw.Standardizer.identity(), preparation=preparation)
    feed = {"label": np.array([[1.5]]), "kind": np.array([["a"]], object)}
    assert list(run(model, feed)) == ["label1", "probabilities"]


class Snake(pw.Activation):
    """One of one's own."""

    def value(self, x: Any) -> Any:
        return x

    def derivative(self, x: Any, y: Any) -> Any:
        return np.ones_like(x)


class Doubled(pw.SquaredError):
    """One of one's own."""


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (
            lambda: pw.Network.of([*network().layers, Snake()]),
            "the network has a layer of the class Snake, which is your own; expected layers of plainweave, "
            "for ONNX holds no code. Keep the model in plainweave's own file.",
        ),
        (
            lambda: pw.Model(network(), pw.Standardizer.identity(), loss=Doubled()),
            "the model has a loss of the class Doubled, which is your own; expected one of plainweave's, for "
            "no other form holds code. Save it by pw.save.",
        ),
        (
            lambda: pw.Model(
                network(inputs=2),
                pw.Standardizer.identity(),
                preparation=Preparation.fit({"": [1.0, 2.0], "kind": ["a", "b"]}),
            ),
            "a column is called ''; expected a name that an input of ONNX can have, and no other value of "
            "the graph has. Rename it, and train again.",
        ),
        (
            lambda: pw.Model(
                network(inputs=2),
                pw.Standardizer.identity(),
                preparation=Preparation.fit({"output.bias": [1.0, 2.0], "kind": ["a", "b"]}),
            ),
            "a column is called 'output.bias', as weights of the network are; expected another name. Rename "
            "it, and train again.",
        ),
    ],
)
def test_what_onnx_can_not_say_is_refused(model: Any, line: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.interop.to_onnx(model())
    assert str(error.value) == line


@pytest.mark.skipif(REAL is None, reason="PLAINWEAVE_DATA names no folder")
def test_real_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAINWEAVE_DATA", str(REAL))
    dataset = pw.load_dataset("fashion-mnist")
    parts = dataset.split(seed=0)
    result = pw.fit(pw.Network(dataset.features, [50, 50], 10), parts, pw.SGD(0.1, momentum=0.9), epochs=1)
    model = pw.Model.of(result, parts, dataset)
    x = dataset.test.inputs.astype(np.float32)
    found = run(model, {"X": x})
    exact = replace(model, network=model.network.astype("float64")).probabilities(x)
    ours, theirs = (np.abs(one - exact) for one in (model.probabilities(x), found["probabilities"]))
    assert max(ours.max(), theirs.max()) < 2e-5  # what float32 makes of sums over 784 pixels
    assert max(ours.mean(), theirs.mean()) < 2e-7
    assert (found["label"] == np.array(dataset.class_names)[model.predict(x)]).mean() > 0.999


def test_the_page_on_onnx_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(f"{code_of()}\n{code_of('ONNX')}", {})
    printed = capsys.readouterr().out
    assert printed.split()[0] == "True"
    assert "False" not in printed


def test_an_array_of_an_unknown_type_is_refused(tmp_path: Path) -> None:
    made, file = pw.interop.to_onnx(of_arrays("all-pixels")), tmp_path / "model.onnx"
    made.graph.initializer[0].data_type = 99
    file.write_bytes(made.SerializeToString())
    with pytest.raises(pw.RecordError, match="can't be read"):
        pw.interop.read(file)
    del made.metadata_props[:]  # as of another program
    file.write_bytes(made.SerializeToString())
    with pytest.raises(pw.RecordError):
        pw.interop.read(file)
