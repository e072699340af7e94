"""Downloads from a server on this machine that misbehaves in every way a mirror can."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from plainweave.data import download as download_module
from plainweave.data.download import download

CONTENT = bytes(range(256)) * 8
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SHORT = 0.4  # seconds without a byte, and for the file's bytes, before a mirror is given up


class Mirror(BaseHTTPRequestHandler):
    """Each path is a way to go wrong, but /good."""

    sent = 0  # bytes of /endless, over all requests

    def do_GET(self) -> None:
        try:
            getattr(self, self.path.strip("/").replace("-", "_"))()
        except OSError:  # the other side has had enough
            self.close_connection = True

    def reply(self, content: bytes, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": len(content)} | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)

    def good(self) -> None:
        self.reply(CONTENT)

    def elsewhere(self) -> None:
        self.reply(b"", 302, Location="/good")

    def error(self) -> None:
        self.reply(b"<html>on fire</html>", 503)

    def page(self) -> None:
        self.reply(b"<html>Log in to this hotel's network</html>", Content_Type="text/html")

    def wrong_bytes(self) -> None:
        self.reply(CONTENT[::-1])

    def nothing(self) -> None:
        self.reply(b"")

    def cut_short(self) -> None:
        self.reply(CONTENT[:100], Content_Length=len(CONTENT))

    def ends_early(self) -> None:
        self.reply(CONTENT[:100], Content_Length=None)

    def endless(self) -> None:
        self.reply(CONTENT, Content_Length=None)
        while True:
            self.wfile.write(CONTENT)
            Mirror.sent += len(CONTENT)

    def compressed_bomb(self) -> None:
        import gzip

        self.reply(gzip.compress(bytes(10_000_000)), Content_Encoding="gzip")

    def round_and_round(self) -> None:
        self.reply(b"", 302, Location="/round-and-round")

    def other_page(self) -> None:
        self.reply(b"", 302, Location="/page")

    def own_files(self) -> None:
        self.reply(b"", 302, Location="file:///etc/hostname")

    def nowhere(self) -> None:
        self.reply(b"", 302, Location="http://[::1/")

    def silent(self) -> None:
        time.sleep(4 * SHORT)

    def stalls(self) -> None:
        self.reply(CONTENT[:100], Content_Length=len(CONTENT))
        time.sleep(4 * SHORT)

    def trickles(self) -> None:
        self.reply(b"", Content_Length=len(CONTENT))
        self.drip(CONTENT)

    def trickling_header(self) -> None:
        self.drip(b"HTTP/1.1 200 OK\r\nServer: " + bytes(1000))

    def drip(self, content: bytes) -> None:
        for byte in content[: int(4 * SHORT / 0.05)]:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def not_http(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def get(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    monkeypatch.setattr(download_module, "_TIMEOUT", SHORT)
    monkeypatch.setattr(download_module, "_SLOWEST", len(CONTENT) / SHORT)

    def get(*ways: str) -> list[str]:
        urls = [way if "//" in way else address + way for way in ways]
        problems = download(urls, SHA256, len(CONTENT), tmp_path / "cache" / "file")
        return [problem.partition(": ")[2] for problem in problems]

    return get


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("http://127.0.0.1:9/", "no answer (ConnectionError)"),
        ("error", "answers with status 503"),
        ("page", "its SHA-256 is not the published one (43 bytes came)"),
        ("wrong-bytes", "its SHA-256 is not the published one (2,048 bytes came)"),
        ("nothing", "its SHA-256 is not the published one (0 bytes came)"),
        ("cut-short", "broke off (ChunkedEncodingError)"),
        ("ends-early", "its SHA-256 is not the published one (100 bytes came)"),
        ("endless", "gives more than the file's 2,048 bytes"),
        ("compressed-bomb", "gives more than the file's 2,048 bytes"),
        ("round-and-round", "redirects more than 5 times"),
        ("other-page", "its SHA-256 is not the published one (43 bytes came)"),
        ("own-files", "no answer (InvalidSchema)"),
        ("nowhere", "no answer (ValueError)"),
        ("silent", "no answer (ReadTimeout)"),
        ("stalls", "broke off (ConnectionError)"),
        ("trickles", "not done after 0.8 seconds"),
        ("trickling-header", "not done after 0.8 seconds"),
        ("not-http", "no answer (ConnectionError)"),
    ],
)
def test_a_mirror_that_misbehaves_is_left_for_the_next(
    way: str, problem: str, get: Callable[..., list[str]], tmp_path: Path
) -> None:
    started = time.monotonic()
    assert get(way) == [problem]
    assert time.monotonic() - started < 3 * SHORT
    assert not (tmp_path / "cache").exists()  # not even for a moment
    assert get(way, "good") == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["file"]
    assert (tmp_path / "cache" / "file").read_bytes() == CONTENT


def test_no_more_is_taken_than_the_file_is_long(get: Callable[..., list[str]]) -> None:
    Mirror.sent = 0
    get("endless")
    time.sleep(0.1)
    sent = Mirror.sent
    time.sleep(0.1)
    assert Mirror.sent == sent < 20_000_000  # what the sockets' buffers hold


def test_a_redirection_to_the_file_is_followed(get: Callable[..., list[str]]) -> None:
    assert get("elsewhere") == []


def test_every_mirror_is_named_with_what_happened(get: Callable[..., list[str]]) -> None:
    assert get("page", "error", "round-and-round") == [
        "its SHA-256 is not the published one (43 bytes came)",
        "answers with status 503",
        "redirects more than 5 times",
    ]


@pytest.mark.parametrize("there", ["truncated", "other", "directory", "link to nothing"])
def test_what_is_in_the_files_place_is_replaced(
    there: str, get: Callable[..., list[str]], tmp_path: Path
) -> None:
    target = tmp_path / "cache" / "file"
    target.parent.mkdir()
    if there == "directory":
        (target / "deep").mkdir(parents=True)
    elif there == "link to nothing":
        target.symlink_to(tmp_path / "missing")
    else:
        target.write_bytes(CONTENT[:-1] if there == "truncated" else CONTENT[::-1])
    assert get("good") == []
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_cache_that_cannot_be_written_is_named(get: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    target = tmp_path / "cache" / "file"
    problems = download(["http://127.0.0.1:9/"], SHA256, len(CONTENT), target)
    assert problems == ["127.0.0.1:9: no answer (ConnectionError)"]
    assert get("good", "page") == ["File exists"]
