"""`plainweave export` and `plainweave import`: what needs no extra; the rest says what to install."""

from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from command_line import call, refused, succeeds
from interop_models import of_tables
from plainweave.errors import MissingExtraError
from tables import table


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "run"
    call("train", "--data", "digits", "--hidden", "9", "--epochs", 1, "--out", folder)
    return folder


def test_arrays_come_back_with_the_same_bytes(run: Path, tmp_path: Path) -> None:
    assert succeeds("export", run, "--to", "npz", cwd=tmp_path) == "The file: run.npz.\n"
    assert succeeds("import", "run.npz", cwd=tmp_path) == (
        "The model: model.safetensors, Network(64-9-10, tanh, 685 parameters). Use it: plainweave evaluate "
        "model.safetensors\n"
    )
    written, again = run / "weights.safetensors", tmp_path / "model.safetensors"
    assert written.read_bytes() == again.read_bytes()
    assert succeeds("evaluate", again, "--data", "digits") == succeeds("evaluate", run)


def test_a_state_dict_comes_back(run: Path, tmp_path: Path) -> None:
    succeeds("export", run / "weights.safetensors", "--to", "torch", "--out", tmp_path / "net.safetensors")
    succeeds("import", tmp_path / "net.safetensors", "--out", tmp_path / "again", cwd=tmp_path)
    x = pw.load_dataset("digits").test.inputs
    again, model = pw.load(tmp_path / "again"), pw.load(run)
    np.testing.assert_allclose(again.probabilities(x), model.probabilities(x), atol=1e-6)
    assert (again.class_names, again.image_shape) == (model.class_names, model.image_shape)


def test_what_a_state_dict_does_not_tell_is_told(run: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    arrays = pw.interop.to_state_dict(pw.load(run))
    save_file(
        {name: np.ascontiguousarray(value) for name, value in arrays.items()}, tmp_path / "a.safetensors"
    )
    options = [
        "--activation",
        "tanh",
        "--loss",
        "softmax",
        "--full-scale",
        16,
        "--classes",
        "a,b,c,d,e,f,g,h,i,j",
    ]
    succeeds("import", tmp_path / "a.safetensors", *options, "--image-shape", "8x8", cwd=tmp_path)
    model = pw.load(tmp_path / "model.safetensors")
    assert (model.class_names[9], model.image_shape, model.full_scale) == ("j", (8, 8), 16)


def test_a_model_of_tables_says_what_its_file_takes(tmp_path: Path) -> None:
    pw.save(tmp_path / "model", of_tables())
    assert call("export", tmp_path / "model", "--to", "torch", "--out", tmp_path / "net.safetensors") == 0
    call("export", tmp_path / "model", "--to", "npz", "--out", tmp_path / "net.npz")
    call("import", tmp_path / "net.npz", "--out", tmp_path / "again")
    again = pw.load(tmp_path / "again")
    np.testing.assert_array_equal(again.probabilities(table()), of_tables().probabilities(table()))


def test_the_note_on_features_of_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pw.save(tmp_path / "model", of_tables())
    call("export", tmp_path / "model", "--to", "torch", "--out", tmp_path / "net.safetensors")
    printed = capsys.readouterr()
    assert " ".join(printed.err.split()) == (
        f"plainweave: {tmp_path / 'net.safetensors'} takes the 7 features that "
        f"pw.load({str(tmp_path / 'model')!r})"
        ".prepared(table) makes of a table; --to onnx makes them itself."
    )


def test_files_that_are_there_are_left(run: Path, tmp_path: Path) -> None:
    (tmp_path / "run.npz").write_text("mine")
    (tmp_path / "model.safetensors").write_text("mine")
    taken = "is there already; expected a new file. Name one by --out, or remove that one."
    assert refused("export", run, "--to", "npz", cwd=tmp_path) == f"run.npz {taken}"
    assert refused("import", "run.npz", cwd=tmp_path) == f"model.safetensors {taken}"
    line = refused("import", "run.npz", "--out", "run.npz", cwd=tmp_path)
    assert line == "--out run.npz is the file that is read; expected another."
    assert (tmp_path / "run.npz").read_text() == "mine"


def test_bad_input_is_one_line(run: Path, tmp_path: Path) -> None:
    for arguments, line in (
        (("export", run, "--to", "tflite"), "--to is 'tflite'; expected one of onnx, torch, sklearn, npz."),
        (
            ("import", "net.pt"),
            "net.pt ends in '.pt'; expected .onnx, .safetensors, .skops, .npz. It may run",
        ),
        (
            ("import", "net.npz", "--image-shape", "28"),
            "--image-shape is '28'; expected rows and columns, as in 28x28.",
        ),
        (("import", "net.npz"), "net.npz is not there. Give the .npz file itself."),
    ):
        assert refused(*arguments, cwd=tmp_path).startswith(line)


@pytest.mark.parametrize(
    ("form", "ending", "line"),
    [
        ("onnx", ".onnx", 'ONNX needs onnx, which is not installed. Run: pip install "plainweave[onnx]"'),
        (
            "sklearn",
            ".skops",
            'A file of skops needs skops, which is not installed. Run: pip install "plainweave[skops]"',
        ),
    ],
)
def test_a_missing_extra_is_one_line(
    run: Path, tmp_path: Path, form: str, ending: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, form if form == "onnx" else "skops", None)
    for arguments in (("export", run, "--to", form, "--out", tmp_path / "x"), ("import", f"x{ending}")):
        with pytest.raises(MissingExtraError) as error:
            call(*arguments)
        assert str(error.value) == line
    assert not (tmp_path / "x").exists()


def test_a_file_of_another_form_is_not_replaced(run: Path, tmp_path: Path) -> None:
    table, form = tmp_path / "rows.csv", tmp_path / "net.npz"
    table.write_text("mine")
    for _ in range(2):  # an earlier export is replaced
        succeeds("export", run, "--to", "npz", "--out", form)
    for command in (("export", run, "--to", "npz"), ("import", form)):
        said = refused(*command, "--out", table)
        assert said.startswith(f"--out {table} is there already, and does not end in ")
    assert table.read_text() == "mine"
