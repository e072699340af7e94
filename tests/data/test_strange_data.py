"""IDX files, folders and pictures from strangers: refused in a line, and for next to no memory."""

import gzip
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import idx
from refusals import refused


def test_an_idx_header_is_not_believed_beyond_its_file(tmp_path: Path) -> None:
    promise = bytes([0, 0, 14, 2]) + np.array([2**20, 2**10], ">u4").tobytes()
    (tmp_path / "x").write_bytes(promise)
    assert "holds 0 bytes of data; expected 8589934592" in refused(lambda: pw.read_idx(tmp_path / "x"))
    (tmp_path / "x.gz").write_bytes(gzip.compress(promise))
    assert "promises 8589934592 bytes of data; expected at most" in refused(
        lambda: pw.read_idx(tmp_path / "x.gz")
    )


def test_a_gzip_bomb_is_unpacked_no_further_than_its_header_promises(tmp_path: Path) -> None:
    header = bytes([0, 0, 8, 1, 0, 0, 0, 9])
    (tmp_path / "x.gz").write_bytes(gzip.compress(header + bytes(2**28), 9))
    message = refused(lambda: pw.read_idx(tmp_path / "x.gz"))
    assert "holds more than 9 bytes of data; expected 9 for its dimensions 9" in message


def test_what_gzip_unpacks_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pw.write_idx(tmp_path / "x.gz", np.zeros(10_000, np.uint8))
    monkeypatch.setattr(idx, "LARGEST", 9_999)
    assert "promises 10000 bytes of data; expected at most 9991" in refused(
        lambda: pw.read_idx(tmp_path / "x.gz")
    )


def test_the_best_that_gzip_can_do_is_read(tmp_path: Path) -> None:
    pw.write_idx(tmp_path / "x.gz", np.zeros((3000, 1000), np.uint8))
    assert pw.read_idx(tmp_path / "x.gz").shape == (3000, 1000)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (b"coat\xff\n", "can't be read: 'utf-8' codec can't decode byte 0xff"),
        (b"\x1b[2Jcoat\nb\nc", "a name is '\\x1b[2Jcoat'; expected a line of text"),
        (bytes(2**20 + 1), "it has 1,048,577 bytes; expected at most 1,048,576"),
        ("a\u2028b\nc\nd".encode(), "a name is 'a\\u2028b'; expected a line of text"),
    ],
)
def test_names_of_classes_are_lines_of_text(idx_folder: Path, names: bytes, message: str) -> None:
    (idx_folder / "classes.txt").write_bytes(names)
    assert message in refused(lambda: pw.load_dataset(idx_folder))


NO_PLAIN_FILE: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "link to a pipe": lambda path: path.symlink_to(_pipe(path.with_name("pipe"))),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path),
    "folder": Path.mkdir,
}


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


REASONS = {
    "folder": "Is a directory",
    "link to itself": "Too many levels of symbolic links",
}


@pytest.mark.parametrize("what", NO_PLAIN_FILE)
def test_classes_that_are_no_plain_file_are_refused_and_not_waited_for(idx_folder: Path, what: str) -> None:
    NO_PLAIN_FILE[what](idx_folder / "classes.txt")
    assert refused(lambda: pw.load_dataset(idx_folder)) == (
        f"{idx_folder}/classes.txt can't be read: {REASONS.get(what, 'it is no plain file')}. "
        "Write one class name a line, or remove it."
    )


def test_classes_that_a_link_leads_nowhere_for_are_not_passed_over(idx_folder: Path) -> None:
    (idx_folder / "classes.txt").symlink_to(idx_folder / "gone")
    assert refused(lambda: pw.load_dataset(idx_folder)) == (
        f"{idx_folder}/classes.txt is a link that leads nowhere. Write it, or remove it."
    )


@pytest.mark.parametrize("what", NO_PLAIN_FILE)
def test_a_folder_with_something_else_in_a_files_place_is_refused(idx_folder: Path, what: str) -> None:
    file = idx_folder / "train-labels-idx1-ubyte"
    file.unlink()
    NO_PLAIN_FILE[what](file)
    assert refused(lambda: pw.load_dataset(idx_folder)) == (
        f"{file} can't be read: {REASONS.get(what, 'it is no plain file')}. Give a file that can be read."
    )


@pytest.mark.parametrize("what", NO_PLAIN_FILE)
def test_the_named_data_set_is_not_waited_for_either(tmp_path: Path, what: str) -> None:
    (tmp_path / "raw").mkdir()
    file = tmp_path / "raw" / "train-images-idx3-ubyte.gz"
    NO_PLAIN_FILE[what](file)
    assert refused(lambda: pw.load_dataset("fashion-mnist", tmp_path / "raw")) == (
        f"{file} (data_dir) can't be read: {REASONS.get(what, 'it is no plain file')}. Take another copy."
    )


def test_a_folder_whose_name_moves_the_cursor_is_refused_in_harmless_words(idx_folder: Path) -> None:
    odd = idx_folder.rename(idx_folder.with_name("\x1b[2Jmine"))
    message = refused(lambda: pw.load_dataset(odd))
    assert "\x1b" not in message
    assert message.endswith("a name is '\\x1b[2Jmine'; expected a line of text. Rename it.")


@pytest.mark.parametrize("path", [None, 3, b"data", "", "a\0b", ["a"], object])
def test_what_is_no_path_is_refused(path: object) -> None:
    calls: list[tuple[str, Callable[[], object]]] = [
        ("data", lambda: pw.load_dataset(path)),  # type: ignore[arg-type]
        ("path", lambda: pw.read_idx(path)),  # type: ignore[arg-type]
        ("path", lambda: pw.write_idx(path, [1])),  # type: ignore[arg-type]
        ("path", lambda: pw.read_image(path, (8, 8))),  # type: ignore[arg-type]
    ]
    if path is not None:
        calls.append(("data_dir", lambda: pw.load_dataset("fashion-mnist", path)))  # type: ignore[arg-type]
    for name, call in calls:
        with pytest.raises(pw.ConfigurationError) as error:
            call()
        assert str(error.value) == f"{name} is {path!r}; expected a path, as text or a pathlib.Path.".replace(
            "\0", " "
        )


def test_a_path_too_long_for_the_system_is_refused() -> None:
    assert "expected fashion-mnist or digits, or a folder" in refused(lambda: pw.load_dataset("a" * 5000))
    assert "File name too long" in refused(lambda: pw.read_idx("a" * 5000))
    assert "File name too long" in refused(lambda: pw.read_image("a" * 5000, (8, 8)))
    assert "File name too long" in refused(lambda: pw.load_dataset("fashion-mnist", "a" * 5000))


def test_a_folder_of_no_float_images_is_refused(idx_folder: Path) -> None:
    for name, array in (
        ("images-idx3-ubyte.gz", np.zeros((0, 4, 3), np.float32)),
        ("labels-idx1-ubyte", np.zeros(0, np.uint8)),
    ):
        pw.write_idx(idx_folder / f"train-{name}", array)
    assert "there are no training examples" in refused(lambda: pw.load_dataset(idx_folder))


def png(width: int, height: int, data: bytes) -> bytes:
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", data),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (7072, 7072), (1, 50_000_001)])
def test_a_picture_is_not_unpacked_if_it_has_too_many_pixels(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "x.png").write_bytes(png(*size, zlib.compress(bytes(2**20))))
    assert "has too many pixels to be read safely" in refused(
        lambda: pw.read_image(tmp_path / "x.png", (8, 8))
    )


@pytest.mark.parametrize("size", [(1, 100), (100, 1)])
def test_a_picture_too_thin_to_be_scaled_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    gray = bytes(height * (width + 1) - 1) + b"\xff"
    (tmp_path / "x.png").write_bytes(png(width, height, zlib.compress(gray)))
    assert refused(lambda: pw.read_image(tmp_path / "x.png", (8, 8))).endswith(
        f"is {width} x {height} pixels; expected sides nearer to those of the network's images, 8 x 8. "
        "Crop it."
    )
    assert pw.read_image(tmp_path / "x.png", (100, 100)).shape == (1, 10_000)
