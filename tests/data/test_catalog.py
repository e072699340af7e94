"""Finding and fetching, against a server on this machine that serves small stand-ins."""

import gzip
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import cache_folder, catalog, fetch, locate
from plainweave.data.catalog import Published
from plainweave.storage.files import read_bounded

REAL = os.environ.get("PLAINWEAVE_DATA")  # before a fixture hides it


class Quiet(SimpleHTTPRequestHandler):
    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass

    def log_error(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address it is served at."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed_names() -> list[str]:
    return [f"{name}.gz" for name in catalog.FILES]


@pytest.fixture
def published(mirror: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small files under the names of Fashion-MNIST on the mirror, their checksums taken as published."""
    folder, address = mirror
    for prefix, count in (("train", 20), ("t10k", 10)):
        pw.write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", np.ones((count, 28, 28), np.uint8))
        labels = (np.arange(count) % 10).astype(np.uint8)
        pw.write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", labels)
    files = {}
    for name in catalog.FILES:
        packed = (folder / f"{name}.gz").read_bytes()
        plain = gzip.decompress(packed)
        files[name] = Published(sha256(packed), len(packed), sha256(plain), len(plain))
    monkeypatch.setattr(catalog, "FILES", files)
    monkeypatch.setattr(catalog, "MIRRORS", ("http://127.0.0.1:9/", address + "elsewhere/", address))
    return folder


def test_what_is_missing_is_fetched_from_the_mirrors_in_turn(published: Path) -> None:
    dataset = pw.load_dataset("fashion-mnist")
    assert (dataset.name, len(dataset.train), dataset.class_names[9]) == ("fashion-mnist", 20, "Ankle boot")
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(packed_names())


def test_what_the_cache_holds_is_not_fetched_again(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setattr(catalog, "MIRRORS", ("http://127.0.0.1:9/",))
    assert len(pw.load_dataset("fashion-mnist").train) == 20


def test_a_file_that_is_not_the_published_one_is_never_kept(published: Path) -> None:
    name = "train-images-idx3-ubyte.gz"
    (published / name).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(pw.DataUnavailableError) as error:
        pw.load_dataset("fashion-mnist")
    assert "its SHA-256 is not the known one" in str(error.value)
    assert "404" in str(error.value)
    assert not cache_folder().exists()


def test_without_folder_and_network_the_three_ways_are_named(published: Path) -> None:
    for file in published.iterdir():
        file.unlink()
    with pytest.raises(pw.DataUnavailableError) as error:
        pw.load_dataset("fashion-mnist")
    message = str(error.value)
    assert "\n" not in message
    for way in ("connect to the network", "data_dir", "PLAINWEAVE_DATA"):
        assert way in message


def test_a_folder_that_was_given_is_used(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(pw.load_dataset("fashion-mnist", published).train) == 20
    monkeypatch.setenv("PLAINWEAVE_DATA", str(published))
    assert len(pw.load_dataset("fashion-mnist").train) == 20
    assert not cache_folder().exists()


def test_an_empty_variable_gives_no_folder(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAINWEAVE_DATA", "")
    assert len(pw.load_dataset("fashion-mnist").train) == 20
    assert cache_folder().exists()


def test_a_given_folder_without_the_files_is_refused(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (empty, empty / "gone", published / "train-images-idx3-ubyte.gz"):
        with pytest.raises(pw.DataError) as error:
            pw.load_dataset("fashion-mnist", folder)
        assert str(error.value) == (
            f"{folder} (data_dir) has no train-images-idx3-ubyte.gz; expected the four files of "
            "Fashion-MNIST. Give the folder that holds them, or none to have them fetched."
        )
    monkeypatch.setenv("PLAINWEAVE_DATA", str(empty))
    with pytest.raises(pw.DataError, match="PLAINWEAVE_DATA"):
        pw.load_dataset("fashion-mnist")


def test_a_file_with_another_checksum_is_refused(published: Path) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    (published / name).write_bytes(gzip.compress(b"damaged"))
    with pytest.raises(pw.DataError) as error:
        pw.load_dataset("fashion-mnist", published)
    assert str(error.value).startswith(f"{published / name} (data_dir) has the SHA-256 ")
    assert "give no folder to have it fetched" in str(error.value)
    with pytest.raises(pw.DataError, match="has the SHA-256"):
        locate(published)


@pytest.mark.parametrize("damage", ["other bytes", "truncated", "one bit", "gone", "longer"])
def test_a_damaged_file_of_the_cache_is_fetched_again(published: Path, damage: str) -> None:
    fetch()
    name = "t10k-labels-idx1-ubyte.gz"
    whole, place = (published / name).read_bytes(), cache_folder() / name
    for get in (locate, lambda: pw.load_dataset("fashion-mnist")):
        bit = whole[:30] + bytes([whole[30] ^ 1]) + whole[31:]
        place.unlink()
        if damage != "gone":
            damaged = {
                "other bytes": b"damaged",
                "truncated": whole[:-1],
                "one bit": bit,
                "longer": whole + b"0",
            }
            place.write_bytes(damaged[damage])
        get()
        assert place.read_bytes() == whole
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(packed_names())


def test_processes_that_fetch_at_once_do_not_harm_each_other(published: Path) -> None:
    """Each begins only when all are there, with a cache that holds one damaged file."""
    code = (
        "import sys; from plainweave.data import catalog; import plainweave as pw\n"
        "import plainweave.data.download\n"
        f"catalog.FILES, catalog.MIRRORS = {{}}, {catalog.MIRRORS!r}\n"
        f"for name, values in { ({name: astuple(file) for name, file in catalog.FILES.items()})!r}.items():\n"
        "    catalog.FILES[name] = catalog.Published(*values)\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(pw.load_dataset('fashion-mnist').fingerprint)\n"
    )
    cache_folder().mkdir(parents=True)
    (cache_folder() / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=60) for process in processes]
    assert {out for out, _ in printed} == {pw.load_dataset("fashion-mnist", published).fingerprint + "\n"}, (
        printed
    )
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(packed_names())


# What was checked is what is loaded


def unpacked(folder: Path, to: Path) -> Path:
    """Put the four files there as `gunzip -k` leaves them."""
    to.mkdir(exist_ok=True)
    for file in folder.glob("*.gz"):
        (to / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    return to


def test_every_file_is_read_once(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(path: Path, at_most: int) -> bytes:
        read.append(path.name)
        return read_bounded(path, at_most)

    monkeypatch.setattr(catalog, "read_bounded", counted)
    pw.load_dataset("fashion-mnist", published)
    assert read == packed_names()


def test_files_that_change_after_they_were_checked_are_not_what_is_loaded(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process replaces each file in the moment after it was read."""
    before = pw.load_dataset("fashion-mnist", published).fingerprint

    def then_replaced(path: Path, at_most: int) -> bytes:
        content = read_bounded(path, at_most)
        path.write_bytes(b"other")
        return content

    monkeypatch.setattr(catalog, "read_bounded", then_replaced)
    assert pw.load_dataset("fashion-mnist", published).fingerprint == before


@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("packed_too", [False, True])
def test_a_folder_may_hold_the_files_unpacked_or_both(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed_too: bool, dot: bool
) -> None:
    """As torchvision leaves them, as Kaggle gives them, and as some unpackers name them."""
    before = pw.load_dataset("fashion-mnist", published).fingerprint
    raw = unpacked(published, published if packed_too else tmp_path / "raw")
    if dot:
        for file in list(raw.iterdir()):
            file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    monkeypatch.setattr(catalog, "MIRRORS", ())
    assert locate(raw).folder == raw
    assert pw.load_dataset("fashion-mnist", raw).fingerprint == before
    assert pw.load_dataset(raw).fingerprint == before
    monkeypatch.setenv("PLAINWEAVE_DATA", str(raw))
    assert locate().given_by == "PLAINWEAVE_DATA"
    assert pw.load_dataset("fashion-mnist").fingerprint == before


@pytest.mark.parametrize("damaged", ["train-labels-idx1-ubyte", "train-labels-idx1-ubyte.gz"])
@pytest.mark.parametrize("damage", [b"damaged", bytes(10**6), None])
def test_of_both_the_whole_one_is_checked_and_loaded(
    published: Path, damaged: str, damage: bytes | None
) -> None:
    before = pw.load_dataset("fashion-mnist", published).fingerprint
    raw = unpacked(published, published)
    (raw / damaged).unlink()
    if damage is not None:
        (raw / damaged).write_bytes(damage)
    locate(raw)
    assert pw.load_dataset("fashion-mnist", raw).fingerprint == before
    other = raw / damaged.replace(".gz", "") if damaged.endswith(".gz") else raw / f"{damaged}.gz"
    other.unlink()
    for call in (lambda: locate(raw), lambda: pw.load_dataset("fashion-mnist", raw)):
        with pytest.raises(pw.DataError, match="train-labels-idx1-ubyte"):
            call()


def test_an_unpacked_file_that_is_not_the_published_one_is_refused(published: Path, tmp_path: Path) -> None:
    raw = unpacked(published, tmp_path / "raw")
    file = raw / "t10k-images-idx3-ubyte"
    damaged = file.read_bytes()[:-1] + b"\7"
    file.write_bytes(damaged)
    expected = catalog.FILES[file.name].plain
    for call in (lambda: locate(raw), lambda: pw.load_dataset("fashion-mnist", raw)):
        with pytest.raises(pw.DataError) as error:
            call()
        assert str(error.value) == (
            f"{file} (data_dir) has the SHA-256 {sha256(damaged)[:12]}...; expected {expected[:12]}..., "
            "the published Fashion-MNIST. Take another copy, give no folder to have it fetched, or give your "
            "own data as a folder of its own."
        )


def test_what_the_cache_holds_unpacked_is_not_fetched(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_folder().parent.mkdir(parents=True)
    unpacked(published, cache_folder())
    monkeypatch.setattr(catalog, "MIRRORS", ())
    assert len(pw.load_dataset("fashion-mnist").train) == 20
    assert fetch().folder == cache_folder()


def test_a_link_to_nothing_is_a_file_that_is_not_there(published: Path) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    (published / name).unlink()
    (published / name).symlink_to(published / "gone")
    with pytest.raises(pw.DataError) as error:
        pw.load_dataset("fashion-mnist", published)
    assert str(error.value).startswith(f"{published} (data_dir) has no {name}; expected the four files")


def test_a_folder_in_a_files_place_in_the_cache_is_left_alone(published: Path) -> None:
    place = cache_folder() / "t10k-labels-idx1-ubyte.gz"
    place.mkdir(parents=True)
    (place / "mine").write_text("mine")
    with pytest.raises(pw.DataUnavailableError) as error:
        pw.load_dataset("fashion-mnist")
    assert f"({place} is a folder; expected a file or nothing there. Move it away)" in str(error.value)
    assert (place / "mine").read_text() == "mine"


def test_the_mirrors_with_https_come_first() -> None:
    schemes = [urlsplit(mirror).scheme for mirror in catalog.MIRRORS]
    assert schemes == sorted(schemes, reverse=True)
    assert schemes[0] == "https"


@pytest.mark.skipif(not REAL, reason="there is no Fashion-MNIST: set PLAINWEAVE_DATA to its folder")
def test_the_real_files_are_known_packed_and_unpacked(tmp_path: Path) -> None:
    raw = unpacked(Path(str(REAL)), tmp_path / "raw")
    packed, plain = (pw.load_dataset("fashion-mnist", folder) for folder in (REAL, raw))
    assert packed.fingerprint == plain.fingerprint == catalog._FASHION_FINGERPRINT
    assert pw.load_dataset(raw).name == "fashion-mnist"


def test_where_there_is_no_terminal_a_fetched_file_is_one_plain_line(
    published: Path, mirror: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    fetch()
    host = mirror[1].removeprefix("http://").rstrip("/")
    assert capsys.readouterr().err.splitlines() == [f"Fetching {name} from {host}" for name in packed_names()]
    fetch()
    assert capsys.readouterr().err == ""


def test_the_digits_are_always_there() -> None:
    digits = pw.load_dataset("digits")
    assert (len(digits.train), len(digits.test), digits.image_shape) == (1437, 360, (8, 8))
    assert digits.full_scale == digits.train.inputs.max() == 16
