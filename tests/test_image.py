from pathlib import Path

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
    path = picture(tmp_path / "wide.png", np.full((50, 200), 255 - shade, np.uint8))
    inputs = pw.read_image(path, (28, 28), background=background).reshape(28, 28)
    np.testing.assert_allclose(inputs[11:17], 255, atol=1)
    np.testing.assert_allclose(inputs[:10], 0, atol=1)
    np.testing.assert_allclose(inputs[18:], 0, atol=1)


def test_what_is_no_picture_is_refused(tmp_path: Path, shape_on_dark: np.ndarray) -> None:
    path = tmp_path / "a.png"
    path.write_text("no picture")
    with pytest.raises(pw.DataError, match=r"a\.png is no PNG or JPEG\. Convert it to one\.$"):
        pw.read_image(path, (28, 28))
    with pytest.raises(pw.DataError, match=r"is not there\."):
        pw.read_image(tmp_path / "b.png", (28, 28))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path.write_bytes(picture(path, noise).read_bytes()[:1500])
    with pytest.raises(pw.DataError, match=r"a\.png can't be read as an image: .*\. Take another copy\.$"):
        pw.read_image(path, (28, 28))
    with pytest.raises(pw.ConfigurationError, match="background is 'blue'; expected one of dark, light"):
        pw.read_image(picture(path, shape_on_dark), (28, 28), background="blue")
    picture(tmp_path / "a.gif", shape_on_dark)
    with pytest.raises(pw.DataError, match="is no PNG or JPEG"):
        pw.read_image(tmp_path / "a.gif", (28, 28))


@pytest.mark.parametrize(
    ("where", "limit"),
    [
        ("plainweave.data.image.MOST_PIXELS", 783),
        ("PIL.Image.MAX_IMAGE_PIXELS", 500),  # Pillow warns above its limit
        ("PIL.Image.MAX_IMAGE_PIXELS", 300),  # and refuses above twice the limit
    ],
)
def test_a_picture_of_too_many_pixels_is_refused(
    tmp_path: Path, shape_on_dark: np.ndarray, monkeypatch: pytest.MonkeyPatch, where: str, limit: int
) -> None:
    path = picture(tmp_path / "a.png", shape_on_dark)
    pw.read_image(path, (28, 28))
    monkeypatch.setattr(where, limit)
    with pytest.raises(pw.DataError, match="has too many pixels"):
        pw.read_image(path, (28, 28))
