from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import plainweave as pw


def picture(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path, quality=100)  # of a JPEG; a PNG has none
    return path


@pytest.fixture
def shape_on_dark() -> np.ndarray:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:20, 10:14] = 200
    return pixels


def test_a_png_of_the_right_size_is_read_as_it_is(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    inputs = pw.read_image(picture(tmp_path / "a.png", shape_on_dark), (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)
    digits = pw.read_image(tmp_path / "a.png", (28, 28), full_scale=16.0)
    np.testing.assert_allclose(digits, inputs / 255 * 16, atol=1e-4)


def test_gray_of_16_bits_is_scaled(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    path = picture(tmp_path / "a.png", shape_on_dark.astype(np.uint16) * 257)
    with Image.open(path) as written:
        assert written.mode == "I;16"
    inputs = pw.read_image(path, (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)


def test_a_light_background_is_inverted(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    path = picture(tmp_path / "a.png", 255 - shape_on_dark)
    inputs = pw.read_image(path, (28, 28), background="light")
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)


def test_color_jpeg_and_transparency(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    color = np.repeat(shape_on_dark[..., np.newaxis], 3, axis=2)
    jpeg = pw.read_image(picture(tmp_path / "a.jpg", color), (28, 28))
    np.testing.assert_allclose(jpeg, shape_on_dark.reshape(1, -1), atol=20)
    # White where nothing is seen: on a dark background, the transparent part is dark.
    clear = np.full((28, 28, 4), 255, np.uint8)
    clear[..., 3] = (shape_on_dark > 0) * 255
    inputs = pw.read_image(picture(tmp_path / "b.png", clear), (28, 28))
    np.testing.assert_allclose(inputs, (shape_on_dark > 0).reshape(1, -1) * 255, atol=1e-4)


@pytest.mark.parametrize("background", ["dark", "light"])
def test_any_size_is_scaled_to_fit_and_filled_with_background(tmp_path: Path, background: str) -> None:
    shade = 255 if background == "light" else 0
    pixels = np.full((50, 200), 255 - shade, np.uint8)
    pixels[:, 100:] = shade
    inputs = pw.read_image(picture(tmp_path / "wide.png", pixels), (28, 28), background=background)
    fitted = inputs.reshape(28, 28)
    np.testing.assert_allclose(fitted[11:17, :13], 255, atol=1)
    np.testing.assert_allclose(fitted[11:17, 16:], 0, atol=1)
    np.testing.assert_allclose(fitted[:10], 0, atol=1)
    np.testing.assert_allclose(fitted[18:], 0, atol=1)


LOSSLESS: dict[str, dict[str, Any]] = {
    "png": {},
    "gif": {},
    "bmp": {},
    "webp": {"lossless": True},
}


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_kind_of_picture_is_read_alike(
    tmp_path: Path, shape_on_dark: np.ndarray, kind: str, mode: str
) -> None:
    Image.fromarray(shape_on_dark).convert(mode).save(tmp_path / f"a.{kind}", **LOSSLESS[kind])
    inputs = pw.read_image(tmp_path / f"a.{kind}", (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_of_several_frames_the_first_is_read(tmp_path: Path, shape_on_dark: np.ndarray, kind: str) -> None:
    frames = [Image.fromarray(pixels) for pixels in (shape_on_dark, shape_on_dark.T, 255 - shape_on_dark)]
    frames[0].save(
        tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:], **LOSSLESS[kind], loop=0, duration=50
    )
    with Image.open(tmp_path / f"a.{kind}") as written:
        assert written.n_frames == 3  # type: ignore[attr-defined]
    inputs = pw.read_image(tmp_path / f"a.{kind}", (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_camera_held_upright_turns_no_picture(tmp_path: Path, shape_on_dark: np.ndarray, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by a quarter, clockwise
    Image.fromarray(np.rot90(shape_on_dark)).save(tmp_path / f"a.{kind}", exif=exif, **LOSSLESS.get(kind, {}))
    inputs = pw.read_image(tmp_path / f"a.{kind}", (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=30)


# What the background is, told from the picture


def test_auto_tells_a_light_ground_from_a_dark_one(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    for pixels, background in ((shape_on_dark, "dark"), (255 - shape_on_dark, "light")):
        path = picture(tmp_path / f"{background}.png", pixels)
        told, said = (pw.read_image(path, (28, 28), background=each) for each in ("auto", background))
        assert told.tobytes() == said.tobytes()
    told, insisted = (pw.read_image(path, (28, 28), background=each) for each in ("auto", "dark"))
    assert not np.array_equal(told, insisted)


def test_auto_leaves_what_the_networks_were_trained_on_as_it_is(tmp_path: Path, digits: pw.Dataset) -> None:
    for row, example in enumerate(digits.test.inputs[:50]):
        pixels = (example.reshape(8, 8) * 15).astype(np.uint8)
        for each, background in ((pixels, "dark"), (255 - pixels, "light")):
            path = picture(tmp_path / f"{row}-{background}.png", each)
            told, said = (pw.read_image(path, (8, 8), background=way) for way in ("auto", background))
            assert told.tobytes() == said.tobytes()


@pytest.mark.parametrize("size", [(2, 2), (1, 3), (8, 8), (28, 28), (300, 200)])
@pytest.mark.parametrize("ground", [0, 40, 215, 255])
def test_things_may_touch_all_four_sides(tmp_path: Path, size: tuple[int, int], ground: int) -> None:
    height, width = size
    pixels = np.full(size, ground, np.uint8)
    pixels[height // 3 : height - height // 3, width // 4 : width - width // 4] = 255 - ground
    pixels[height // 2, :] = pixels[:, width // 2] = 255 - ground
    if min(size) > 2:
        path = picture(tmp_path / "a.png", pixels)
        told, said = (
            pw.read_image(path, (28, 28), background=way)
            for way in ("auto", "light" if ground > 127 else "dark")
        )
        assert told.tobytes() == said.tobytes()


@pytest.mark.parametrize(("thing", "background"), [(30, "light"), (220, "dark")])
@pytest.mark.parametrize("hidden", [0, 255])
def test_where_the_ground_is_transparent_the_thing_tells(
    tmp_path: Path, thing: int, background: str, hidden: int
) -> None:
    """A dark thing on nothing is seen on a light ground, whatever color lies under the transparency."""
    pixels = np.full((28, 28, 4), hidden, np.uint8)
    pixels[..., 3] = 0
    pixels[8:20, 8:20] = (thing, thing, thing, 255)
    path = picture(tmp_path / "a.png", pixels)
    told, said = (pw.read_image(path, (28, 28), background=each) for each in ("auto", background))
    assert told.tobytes() == said.tobytes()
    np.testing.assert_allclose(
        told.reshape(28, 28)[10:18, 10:18], thing if thing > 127 else 255 - thing, atol=1e-4
    )
    np.testing.assert_allclose(told.reshape(28, 28)[:6], 0, atol=1e-4)


def test_a_few_transparent_corners_do_not_make_the_ground_transparent(
    tmp_path: Path, shape_on_dark: np.ndarray
) -> None:
    """As rounded windows have it."""
    pixels = np.full((28, 28, 4), 255, np.uint8)
    pixels[..., :3] -= shape_on_dark[..., np.newaxis]
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        pixels[row, column, 3] = 0
    inputs = pw.read_image(picture(tmp_path / "a.png", pixels), (28, 28))
    np.testing.assert_allclose(inputs, shape_on_dark.reshape(1, -1), atol=1e-4)


# What is refused


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((1, 1), 255, np.uint8),
        np.zeros((40, 30), np.uint8),
        np.full((9, 9, 3), 200, np.uint8),
        np.dstack([np.arange(64).reshape(8, 8) % 251] * 3 + [np.zeros((8, 8))]).astype(np.uint8),  # not seen
    ],
)
def test_a_picture_of_nothing_is_refused(tmp_path: Path, pixels: np.ndarray) -> None:
    path = picture(tmp_path / "a.png", pixels)
    with pytest.raises(pw.DataError) as error:
        pw.read_image(path, (8, 8))
    assert str(error.value) == f"{path} shows nothing: all its pixels are alike. Take another picture."


def test_what_is_no_picture_is_refused(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    kinds = "PNG, JPEG, GIF, WebP, BMP or TIFF"
    path = tmp_path / "a.png"
    with pytest.raises(pw.DataError) as error:
        pw.read_image(path, (28, 28))
    assert str(error.value) == f"{path} is not there. Give the path of a picture: {kinds}."
    path.write_text("no picture")
    with pytest.raises(pw.DataError) as error:
        pw.read_image(path, (28, 28))
    assert str(error.value) == f"{path} is no picture of a known kind; expected {kinds}. Convert it to one."
    for kind in ("ppm", "ico"):
        picture(path.with_suffix(f".{kind}"), shape_on_dark).replace(path)
        with pytest.raises(pw.DataError, match="is no picture of a known kind"):
            pw.read_image(path, (28, 28))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path.write_bytes(picture(path, noise).read_bytes()[:1500])
    with pytest.raises(pw.DataError, match=r"a\.png can't be read as an image: .*\. Take another copy\.$"):
        pw.read_image(path, (28, 28))
    with pytest.raises(
        pw.ConfigurationError, match="background is 'blue'; expected one of auto, dark, light"
    ):
        pw.read_image(picture(path, shape_on_dark), (28, 28), background="blue")


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (28, "shape is 28; expected (rows, columns)."),
        (None, "shape is None; expected (rows, columns)."),
        ((28,), "shape is (28,); expected (rows, columns)."),
        ((1, 28, 28), "shape is (1, 28, 28); expected (rows, columns)."),
        ((0, 4), "shape[0] is 0; expected a whole number of at least 1."),
        ((4, -4), "shape[1] is -4; expected a whole number of at least 1."),
        ((4, 4.0), "shape[1] is 4.0; expected a whole number of at least 1."),
        ("ab", "shape[0] is 'a'; expected a whole number of at least 1."),
        ((10**5, 10**5), "shape is (100000, 100000); expected at most 50,000,000 pixels."),
    ],
)
def test_a_shape_that_is_none_is_refused(
    tmp_path: Path, shape_on_dark: np.ndarray, shape: Any, problem: str
) -> None:
    path = picture(tmp_path / "a.png", shape_on_dark)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.read_image(path, shape)
    assert str(error.value) == problem


def test_a_shape_may_be_of_numpys_numbers(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    path = picture(tmp_path / "a.png", shape_on_dark)
    expected = pw.read_image(path, (28, 28))
    for shape in (np.array([28, 28]), [np.int64(28), np.uint8(28)]):
        inputs = pw.read_image(path, shape, full_scale=np.float64(255))  # type: ignore[arg-type]
        assert inputs.dtype == np.float32
        assert inputs.tobytes() == expected.tobytes()


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), -1.0, 1e308, 10**400, "255", None])
def test_a_full_scale_that_no_network_has_is_refused(
    tmp_path: Path, shape_on_dark: np.ndarray, scale: Any
) -> None:
    path = picture(tmp_path / "a.png", shape_on_dark)
    expected = r"^full_scale is .*; expected a number of at least 0 and at most 1e\+15\.$"
    with pytest.raises(pw.ConfigurationError, match=expected):
        pw.read_image(path, (28, 28), full_scale=scale)
    assert np.isfinite(pw.read_image(path, (28, 28), full_scale=1e15)).all()


@pytest.mark.parametrize(
    ("where", "limit"),
    [
        ("plainweave.data.pictures.image_file.MOST_PIXELS", 783),
        ("PIL.Image.MAX_IMAGE_PIXELS", 500),  # Pillow warns above its limit
        ("PIL.Image.MAX_IMAGE_PIXELS", 300),  # and refuses above twice the limit
    ],
)
@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_picture_of_too_many_pixels_is_refused(
    tmp_path: Path,
    shape_on_dark: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    limit: int,
    kind: str,
) -> None:
    path = picture(tmp_path / f"a.{kind}", shape_on_dark)
    pw.read_image(path, (8, 8))
    monkeypatch.setattr(where, limit)
    with pytest.raises(pw.DataError, match="has too many pixels"):
        pw.read_image(path, (8, 8))
