"""Finding and fetching, against a server on this machine that serves small stand-ins."""

import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import cache_folder, catalog, fetch, locate


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


@pytest.fixture
def published(mirror: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small files under the names of Fashion-MNIST on the mirror, their checksums taken as published."""
    folder, address = mirror
    for prefix, count in (("train", 20), ("t10k", 10)):
        pw.write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", np.ones((count, 28, 28), np.uint8))
        labels = (np.arange(count) % 10).astype(np.uint8)
        pw.write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", labels)
    checksums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in catalog.CHECKSUMS}
    monkeypatch.setattr(catalog, "CHECKSUMS", checksums)
    monkeypatch.setattr(catalog, "MIRRORS", ("http://127.0.0.1:9/", address + "elsewhere/", address))
    return folder


def test_what_is_missing_is_fetched_from_the_mirrors_in_turn(published: Path) -> None:
    dataset = pw.load_dataset("fashion-mnist")
    assert (dataset.name, len(dataset.train), dataset.class_names[9]) == ("fashion-mnist", 20, "Ankle boot")
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(catalog.CHECKSUMS)


def test_what_the_cache_holds_is_not_fetched_again(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setattr(catalog, "MIRRORS", ("http://127.0.0.1:9/",))
    assert len(pw.load_dataset("fashion-mnist").train) == 20


def test_a_file_that_is_not_the_published_one_is_never_kept(published: Path) -> None:
    name = "train-images-idx3-ubyte.gz"
    (published / name).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(pw.DataUnavailableError) as error:
        pw.load_dataset("fashion-mnist")
    assert "its SHA-256 is not the published one" in str(error.value)
    assert "404" in str(error.value)
    assert not cache_folder().exists()


def test_without_folder_and_network_the_three_ways_are_named(published: Path) -> None:
    for file in published.iterdir():
        file.unlink()
    with pytest.raises(pw.DataUnavailableError) as error:
        pw.load_dataset("fashion-mnist")
    message = str(error.value)
    assert "\n" not in message
    for way in ("connect to the network", "--data-dir", "PLAINWEAVE_DATA"):
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
    with pytest.raises(pw.DataError) as error:
        pw.load_dataset("fashion-mnist", empty)
    assert str(error.value) == (
        f"{empty} (--data-dir) has no train-images-idx3-ubyte.gz; expected the four files of Fashion-MNIST. "
        "Give the folder that holds them, or none to have them fetched."
    )
    monkeypatch.setenv("PLAINWEAVE_DATA", str(empty))
    with pytest.raises(pw.DataError, match="PLAINWEAVE_DATA"):
        pw.load_dataset("fashion-mnist")


def test_a_file_with_another_checksum_is_refused(published: Path) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    (published / name).write_bytes(gzip.compress(b"damaged"))
    with pytest.raises(pw.DataError) as error:
        pw.load_dataset("fashion-mnist", published)
    assert str(error.value).startswith(f"{published / name} (--data-dir) has the SHA-256 ")
    assert "give no folder to have it fetched" in str(error.value)
    with pytest.raises(pw.DataError, match="has the SHA-256"):
        locate(published)


@pytest.mark.parametrize("damage", ["other bytes", "truncated", "one bit", "gone", "directory"])
def test_a_damaged_file_of_the_cache_is_fetched_again(published: Path, damage: str) -> None:
    fetch()
    name = "t10k-labels-idx1-ubyte.gz"
    whole, place = (published / name).read_bytes(), cache_folder() / name
    for get in (locate, lambda: pw.load_dataset("fashion-mnist")):
        if damage in ("gone", "directory"):
            place.unlink()
        if damage == "directory":
            (place / "deep").mkdir(parents=True)
        elif damage != "gone":
            bit = whole[:30] + bytes([whole[30] ^ 1]) + whole[31:]
            place.write_bytes({"other bytes": b"damaged", "truncated": whole[:-1], "one bit": bit}[damage])
        get()
        assert place.read_bytes() == whole
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(catalog.CHECKSUMS)


def test_processes_that_fetch_at_once_do_not_harm_each_other(published: Path) -> None:
    """Each begins only when all are there, with a cache that holds one damaged file."""
    code = (
        "import sys; from plainweave.data import catalog; import plainweave as pw\n"
        "import plainweave.data.download\n"
        f"catalog.CHECKSUMS, catalog.MIRRORS = {catalog.CHECKSUMS!r}, {catalog.MIRRORS!r}\n"
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
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(catalog.CHECKSUMS)


def test_every_file_is_checked_once(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def digest(path: Path) -> str:
        checked.append(path.name)
        return catalog.CHECKSUMS[path.name]

    monkeypatch.setattr(catalog, "_sha256", digest)
    pw.load_dataset("fashion-mnist", published)
    assert checked == list(catalog.CHECKSUMS)


def test_where_there_is_no_terminal_a_fetched_file_is_one_plain_line(
    published: Path, mirror: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    fetch()
    host = mirror[1].removeprefix("http://").rstrip("/")
    assert capsys.readouterr().err.splitlines() == [
        f"Fetching {name} from {host}" for name in catalog.CHECKSUMS
    ]
    fetch()
    assert capsys.readouterr().err == ""


def test_the_digits_are_always_there() -> None:
    digits = pw.load_dataset("digits")
    assert (len(digits.train), len(digits.test), digits.image_shape) == (1437, 360, (8, 8))
    assert digits.full_scale == digits.train.inputs.max() == 16
