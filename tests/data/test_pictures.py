"""Folders of pictures as data sets."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import call, succeeds
from plainweave.data import Pictures
from plainweave.data.pictures.files import in_order
from refusals import refused

STREAM = np.random.default_rng(0)


def put(folder: Path, pixels: np.ndarray, kind: str = "png") -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.with_suffix(f".{kind}")
    Image.fromarray(pixels).save(path)
    return path


def noise(*shape: int) -> np.ndarray:
    return STREAM.integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three classes, of ten pictures each, in gray."""
    for name in ("class 10", "class 2", "class 1"):
        for number in range(10):
            put(tmp_path / "mine" / name / str(number), noise(6, 5))
    return tmp_path / "mine"


def test_a_folder_for_each_class_is_a_data_set(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / "class 1" / "Thumbs.db").write_bytes(b"x")
    (folder / "class 1" / ".DS_Store").write_bytes(b"x")
    dataset = pw.load_dataset(folder)
    assert (dataset.name, dataset.class_names) == ("mine", ("class 1", "class 2", "class 10"))
    assert (dataset.image_shape, dataset.channels) == ((6, 5), 1)
    assert dataset.train.inputs.dtype == np.uint8
    assert np.bincount(dataset.train.labels).tolist() == [8, 8, 8]
    assert np.bincount(dataset.test.labels).tolist() == [2, 2, 2]
    every = {row.tobytes() for row in (*dataset.train.inputs, *dataset.test.inputs)}
    assert every == {np.asarray(Image.open(path)).tobytes() for path in folder.glob("class*/*.png")}
    assert pw.load_dataset(folder).fingerprint == dataset.fingerprint
    assert Pictures(folder, seed=1).load().fingerprint != dataset.fingerprint
    assert Pictures(folder, test=0.5).load().test.inputs.shape == (15, 30)


def test_parts_may_have_folders_of_their_own(tmp_path: Path) -> None:
    for part, size in {"Train": 4, "test": 2, "val": 1}.items():
        for name in ("a", "b"):
            for number in range(size):
                put(tmp_path / part / name / str(number), noise(3, 3))
    dataset = pw.load_dataset(tmp_path)
    assert dataset.validation is not None
    sizes = [len(part) for part in (dataset.train, dataset.test, dataset.validation)]
    assert sizes == [8, 4, 2]
    put(tmp_path / "test" / "c" / "0", noise(3, 3))
    assert refused(lambda: pw.load_dataset(tmp_path)) == (
        f"{tmp_path}: the test part has c, and the training part has not; expected its classes."
    )


def test_names_are_in_the_order_of_people() -> None:
    names = ["10", "2", "b", "a10", "a9", "B2", "01", "1", "²"]
    assert in_order(names) == ["01", "1", "2", "10", "a9", "a10", "b", "B2", "²"]


@pytest.mark.parametrize("kind", ["png", "gif", "bmp", "tiff"])
def test_colour_is_found_or_said(tmp_path: Path, kind: str) -> None:
    for name in "ab":
        for number in range(5):
            gray = np.repeat(noise(4, 6, 1), 3, axis=2)
            put(tmp_path / name / str(number), gray, kind)
    in_gray = pw.load_dataset(tmp_path)
    assert (in_gray.channels, in_gray.features) == (1, 24)
    assert pw.load_pictures(tmp_path, colour=True).features == 72
    np.testing.assert_array_equal(
        pw.load_pictures(tmp_path, colour=True).train.inputs[:, ::3], in_gray.train.inputs
    )
    colour = np.zeros((4, 6, 3), np.uint8)
    colour[..., 0] = 200
    put(tmp_path / "a" / "0", colour, kind)
    dataset = pw.load_pictures(tmp_path, test=0.1)
    assert (dataset.image_shape, dataset.channels, dataset.features) == ((4, 6), 3, 72)
    assert pw.load_pictures(tmp_path, colour=False).features == 24


def test_sizes_that_differ_become_their_median(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in "ab":
        for number, size in enumerate([(100, 200), (100, 200), (50, 100), (30, 60)]):
            put(tmp_path / name / str(number), noise(*size))
    put(tmp_path / "a" / "4", noise(100, 200))
    assert pw.load_dataset(tmp_path).image_shape == (32, 64)
    line = (
        f"{tmp_path}: pictures of 30 x 60 to 100 x 200 pixels are made 32 x 64; size=(rows, columns) makes "
        "them others."
    )
    assert caplog.messages == [line]
    assert pw.load_pictures(tmp_path, size=(10, 20), colour=False).image_shape == (10, 20)
    assert caplog.messages == [line]
    caplog.clear()
    for name in "ab":
        for path in (tmp_path / name).iterdir():
            path.unlink()
        for number in range(2):
            put(tmp_path / name / str(number), noise(7, 142))
    assert pw.load_pictures(tmp_path, test=0.5).image_shape == (3, 64)
    assert caplog.messages == [
        f"{tmp_path}: pictures of 7 x 142 pixels are made 3 x 64; size=(rows, columns) makes them others."
    ]


def test_a_light_ground_is_not_inverted_and_fills_the_frame(tmp_path: Path) -> None:
    for name, ground in (("dark", 0), ("light", 255)):
        for number in range(2):
            pixels = np.full((20, 10), ground, np.uint8)
            pixels[8:12, 4:6] = 255 - ground
            put(tmp_path / name / str(number), pixels)
    dataset = pw.load_pictures(tmp_path, size=(20, 20), test=0.5)
    dark, light = dataset.train.inputs.reshape(2, 20, 20)
    assert (dark[:, :4] == 0).all()
    assert (light[:, :4] == 255).all()
    assert light[10, 10] == 0


def test_what_is_no_picture_is_named(folder: Path) -> None:
    layout = (
        "expected a folder for each class with its pictures, or folders train and test (and validation) with "
        "such class folders"
    )
    (folder / "class 2" / "notes.txt").write_text("x")
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}: class 2/notes.txt is no picture of a class; {layout}. Move what is none elsewhere."
    )
    (folder / "class 2" / "notes.txt").unlink()
    for number in range(7):
        (folder / "class 2" / f"{number}.png").write_text("no picture")
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}: 7 of 30 pictures can't be read: class 2/0.png, class 2/1.png, class 2/2.png, class "
        "2/3.png, class 2/4.png and 2 more. Remove them, or take other copies. The first: "
        f"{folder}/class 2/0.png is no picture of a known kind; expected PNG, JPEG, GIF, WebP, BMP or TIFF. "
        "Convert it to one."
    )


def test_folders_without_classes_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "a" / "0", noise(3, 3))
    assert refused(lambda: pw.load_dataset(tmp_path)) == (
        f"{tmp_path} holds pictures of 1 class; expected at least 2. It is to hold a folder for each class "
        "with its pictures, or folders train and test (and validation) with such class folders."
    )
    (tmp_path / "b").mkdir()
    assert refused(lambda: pw.load_dataset(tmp_path)).startswith(
        f"{tmp_path}: b holds no pictures; expected "
    )


def tiff(path: Path, tile: int) -> None:
    """Write a TIFF of one pixel in a tile of so many pixels on each side, packed by deflate."""
    tags = [(256, 1), (257, 1), (258, 8), (259, 8), (262, 1), (277, 1), (322, tile), (323, tile), (324, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in [*tags, (325, 4)])
    path.write_bytes(
        b"II*\0" + struct.pack("<I", 16) + b"\0" * 8 + struct.pack("<H", 10) + entries + b"\0" * 4
    )


def test_a_tiff_whose_tile_would_unpack_to_much_is_refused(tmp_path: Path) -> None:
    tiff(tmp_path / "a.tif", 30_000)
    assert refused(lambda: pw.read_image(tmp_path / "a.tif", (8, 8))) == (
        f"{tmp_path}/a.tif has 1 x 1 pixels in a tile of 900,000,000; expected a tile of a fit size. Save it "
        "anew, as PNG."
    )


def test_floating_point_and_32_bits_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a", np.eye(8, dtype=np.float32), "tiff")
    assert refused(lambda: pw.read_image(path, (8, 8))) == (
        f"{path} holds pixels of floating point; expected 8 or 16 bits. Scale and save it as PNG."
    )
    path = put(tmp_path / "b", np.eye(8, dtype=np.int32) * 70_000, "tiff")
    assert refused(lambda: pw.read_image(path, (8, 8))) == (
        f"{path} holds pixels of 32 bits; expected 8 or 16 bits. Scale and save it as PNG."
    )


@pytest.fixture
def coloured(tmp_path: Path) -> Path:
    """Red and green pictures, in a folder for each."""
    for channel, name in enumerate(("red", "green")):
        for number in range(20):
            pixels = noise(6, 5, 3) // 3
            pixels[..., channel] += 120
            put(tmp_path / "colours" / name / str(number), pixels)
    return tmp_path / "colours"


def test_pictures_in_colour_go_all_the_way(
    coloured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "of 6x5x3 uint8" in succeeds("data", "show", "--data", coloured)
    toml = tmp_path / "mine.toml"
    toml.write_text('[[experiment]]\nid = "a"\nhidden = [4]\nepochs = 5\n')
    out = tmp_path / "out"
    succeeds("run", toml, "--data", coloured, "--out", out, "--seeds", "1", "--jobs", "1")
    assert succeeds("page", out)
    run = out / "runs" / "a" / "seed-0"
    model = pw.load(run)
    assert (model.image_shape, model.channels) == ((6, 5), 3)
    assert "100.00" in succeeds("evaluate", run, "--data", coloured)
    capsys.readouterr()
    put(tmp_path / "new" / "10", np.full((12, 10, 3), (40, 200, 40), np.uint8) + noise(12, 10, 3) // 9)
    put(tmp_path / "new" / "9", np.full((6, 5, 3), (200, 40, 40), np.uint8) + noise(6, 5, 3) // 9)
    (tmp_path / "new" / "11.png").write_text("no picture")
    assert call("predict", str(run), str(tmp_path / "new")) == 2
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        f"{tmp_path}/new/9.png: red",
        f"{tmp_path}/new/10.png: green",
    ]
    assert printed.err.splitlines()[-1] == "plainweave: 1 of 3 files can't be predicted."


def test_a_light_ground_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = pw.Network(64, [3], 2)
    shift = {"dark": 0.1 * 255, "light": 0.9 * 255}
    pixels = np.full((8, 8), 255, np.uint8)
    pixels[2:6, 3:5] = 0
    path = put(tmp_path / "a", pixels)
    said = {}
    for ground, mean in shift.items():
        standardizer = pw.Standardizer("all-pixels", np.ones(1), np.full(1, mean))
        pw.save(tmp_path / ground, pw.Model(network, standardizer, ("a", "b"), (8, 8)))
        assert not call("predict", str(tmp_path / ground), str(path))
        said[ground] = capsys.readouterr().err
    assert said == {
        "dark": f"plainweave: {path} has a light ground, made dark as in training. --background keep leaves "
        "it.\n",
        "light": "",
    }


def test_a_small_thing_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pw.save(
        tmp_path / "run", pw.Model(pw.Network(784, [3], 2), pw.Standardizer.identity(), ("a", "b"), (28, 28))
    )
    pixels = np.zeros((90, 90), np.uint8)
    pixels[30:60, 35:50] = 255
    paths = [str(put(tmp_path / "a", pixels)), str(put(tmp_path / "b", pixels[25:65, 25:65]))]
    said = " a thing that fills less than half of the frame. Where things filled more in training, --trim 1 "
    for given, which in ((paths[:1], f"{paths[0]} has"), (paths, "1 of 2 pictures have"), (paths[1:], "")):
        assert not call("predict", str(tmp_path / "run"), *given)
        assert capsys.readouterr().err == (f"plainweave: {which}{said}cuts to it.\n" if which else "")
    assert not call("predict", str(tmp_path / "run"), paths[0], "--trim", "1")
    assert not capsys.readouterr().err


@pytest.mark.parametrize("ground", [0, 60, 200, 255])
def test_trimmed_things_are_fitted_as_in_mnist(tmp_path: Path, ground: int) -> None:
    thing = 255 if ground < 128 else 0
    pixels = np.full((200, 300), ground, np.uint8)
    pixels[20:100, 30:70] = thing
    inputs = pw.read_image(put(tmp_path / "a", pixels), (28, 28), trim=20 / 28).reshape(28, 28)
    seen = np.argwhere(inputs > 127)
    np.testing.assert_allclose(np.ptp(seen, axis=0) + 1, [20, 10], atol=1)
    np.testing.assert_allclose(seen.mean(axis=0), 13.5, atol=0.75)
    np.testing.assert_allclose((inputs.min(), inputs.max()), (0, 255), atol=1)


def test_a_thing_as_dark_as_light_beside_its_ground_is_trimmed(tmp_path: Path) -> None:
    pixels = np.full((60, 60), 128, np.uint8)
    pixels[20:30, 20:40], pixels[30:40, 20:40] = 64, 192
    inputs = pw.read_image(put(tmp_path / "a", pixels), (28, 28), trim=0.5).reshape(28, 28)
    assert {round(float(inputs[row, 14])) for row in (0, 10, 17)} == {0, 255}


def test_trimmed_things_keep_their_colours(tmp_path: Path) -> None:
    pixels = np.full((60, 60, 3), (250, 240, 230), np.uint8)
    pixels[10:20, 10:20] = (200, 10, 10)
    inputs = pw.read_image(put(tmp_path / "a", pixels), (28, 28), trim=0.5, colour=True).reshape(28, 28, 3)
    np.testing.assert_allclose(inputs[14, 14], (200, 10, 10), atol=1)
    np.testing.assert_allclose(inputs[0, 0], (250, 240, 230), atol=1)


def test_a_trimmed_thing_may_fill_the_frame(tmp_path: Path) -> None:
    pixels = np.zeros((90, 50), np.uint8)
    pixels[11:51, 20:30] = 255
    path = put(tmp_path / "a", pixels)
    seen = np.argwhere(pw.read_image(path, (8, 8), trim=1).reshape(8, 8) > 127)
    assert np.ptp(seen, axis=0).tolist() == [7, 1]
    for trim in (0, 1.5, True):
        with pytest.raises(pw.ConfigurationError, match=f"^trim is {trim}; expected a number above 0"):
            pw.read_image(path, (8, 8), trim=trim)
