"""Downloads from a server on this machine that misbehaves in every way a mirror can."""

import gzip
import hashlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from plainweave.data import download as download_module
from plainweave.data.download import download
from refusals import in_memory_of

CONTENT = bytes(range(256)) * 8
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BOMB = gzip.compress(bytes(10_000_000))
MUCH = "sends more than 264,192 bytes, with all that is around the file"
# Newer Pythons count the promises themselves.
PROMISES = "no answer (ConnectionError)" if hasattr(http.client, "_MAXINTERIMRESPONSES") else MUCH
SHORT = 1.0  # seconds without a byte, and for the file's bytes, before a mirror is given up


class Mirror(BaseHTTPRequestHandler):
    """Each path is a way to go wrong, but /good."""

    sent = 0  # bytes of all that is endless, over all requests
    asked: ClassVar[list[Message]] = []  # the headers of all requests

    def do_GET(self) -> None:
        Mirror.asked.append(self.headers)
        try:
            getattr(self, self.path.strip("/").replace("-", "_"))()
        except OSError:  # the other side has had enough
            self.close_connection = True

    def flood(self, piece: bytes = bytes(1 << 16)) -> None:
        while True:
            self.wfile.write(piece)
            Mirror.sent += len(piece)

    def chunked(self, *pieces: bytes) -> None:
        """Begin an answer in chunks, which come as they are given."""
        self.protocol_version = "HTTP/1.1"
        self.reply(b"", Transfer_Encoding="chunked", Content_Length=None)
        self.wfile.write(b"".join(pieces))

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
        self.flood()

    def endless_redirect(self) -> None:
        self.reply(b"", 302, Location="/good", Content_Length=None)
        self.flood()

    def endless_error(self) -> None:
        self.reply(b"", 404, Content_Length=None)
        self.flood()

    def bomb_redirect(self) -> None:
        self.reply(BOMB, 302, Location="/good", Content_Encoding="gzip")

    def negative_chunk(self) -> None:
        self.chunked(b"-1\r\n")
        self.flood()

    def negative_chunk_redirect(self) -> None:
        self.reply(b"", 302, Location="/good", Transfer_Encoding="chunked", Content_Length=None)
        self.wfile.write(b"-1\r\n")
        self.flood()

    def huge_chunk(self) -> None:
        self.chunked(b"7fffffffffffffff\r\n")
        self.flood()

    def endless_size_of_a_chunk(self) -> None:
        self.chunked()
        self.flood(b"0" * (1 << 16))

    def endless_chunk_extension(self) -> None:
        self.chunked(b"1;")
        self.flood(b"a" * (1 << 16))

    def endless_trailer(self) -> None:
        self.chunked(b"800\r\n", CONTENT, b"\r\n0\r\n")
        self.flood(b"X-Me: me\r\n" * 1000)

    def tiny_chunks(self) -> None:
        self.chunked()
        self.flood(b"1\r\n\0\r\n" * 1000)

    def good_chunks(self) -> None:
        self.chunked(b"400\r\n", CONTENT[:1024], b"\r\n400;a=b\r\n", CONTENT[1024:], b"\r\n0\r\n\r\n")

    def endless_header(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Me: ")
        self.flood(b"a" * (1 << 16))

    def endless_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.flood(b"X-Me: me\r\n" * 1000)

    def endless_promises(self) -> None:
        self.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    def endless_status(self) -> None:
        self.flood(b"a" * (1 << 16))

    def long_number(self) -> None:
        self.reply(CONTENT, Content_Length="9" * 10_000)

    def negative_length(self) -> None:
        self.reply(b"", Content_Length=-1)
        self.flood()

    def huge_length(self) -> None:
        self.reply(b"", Content_Length=10**15)
        self.flood()

    def says_gzip(self) -> None:
        """The file itself may be gzip, and a server that says so means no other bytes."""
        self.reply(CONTENT, Content_Encoding="gzip")

    def ftp(self) -> None:
        self.reply(b"", 302, Location="ftp://127.0.0.1/file")

    def script(self) -> None:
        self.reply(b"", 302, Location="javascript:alert(1)\x1b[2J")

    def to_no_place(self) -> None:
        self.reply(b"", 302)

    def compressed_bomb(self) -> None:
        self.reply(BOMB, Content_Encoding="gzip")

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
        ("endless-error", "answers with status 404"),
        ("negative-chunk", MUCH),
        ("huge-chunk", "gives more than the file's 2,048 bytes"),
        ("endless-size-of-a-chunk", "broke off (ProtocolError)"),
        ("endless-chunk-extension", "broke off (ProtocolError)"),
        ("endless-trailer", MUCH),
        ("tiny-chunks", "gives more than the file's 2,048 bytes"),
        ("endless-header", "no answer (ConnectionError)"),
        ("endless-headers", "no answer (ConnectionError)"),
        ("endless-promises", PROMISES),
        ("endless-status", "no answer (ConnectionError)"),
        ("negative-length", "gives more than the file's 2,048 bytes"),
        ("huge-length", "gives more than the file's 2,048 bytes"),
        ("ftp", "redirects to what is neither http nor https"),
        ("script", "redirects to what is neither http nor https"),
        ("to-no-place", "its SHA-256 is not the known one (0 bytes came)"),
        ("http://127.0.0.1:9/", "no answer (ConnectionError)"),
        ("error", "answers with status 503"),
        ("page", "its SHA-256 is not the known one (43 bytes came)"),
        ("wrong-bytes", "its SHA-256 is not the known one (2,048 bytes came)"),
        ("nothing", "its SHA-256 is not the known one (0 bytes came)"),
        ("cut-short", "broke off (ProtocolError)"),
        ("ends-early", "its SHA-256 is not the known one (100 bytes came)"),
        ("endless", "gives more than the file's 2,048 bytes"),
        ("compressed-bomb", "gives more than the file's 2,048 bytes"),
        ("round-and-round", "redirects more than 5 times"),
        ("other-page", "its SHA-256 is not the known one (43 bytes came)"),
        ("own-files", "redirects to what is neither http nor https"),
        ("nowhere", "no answer (ValueError)"),
        ("silent", "no answer (ReadTimeout)"),
        ("stalls", "broke off (ReadTimeoutError)"),
        ("trickles", "not done after 2 seconds"),
        ("trickling-header", "not done after 2 seconds"),
        ("not-http", "no answer (ConnectionError)"),
    ],
)
def test_a_mirror_that_misbehaves_is_left_for_the_next(
    way: str, problem: str, get: Callable[..., list[str]], tmp_path: Path
) -> None:
    started = time.monotonic()
    with in_memory_of(4 * 2**20):  # the server's too
        assert get(way) == [problem]
    assert time.monotonic() - started < 3 * SHORT
    assert not (tmp_path / "cache").exists()  # not even for a moment
    assert get(way, "good") == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["file"]
    assert (tmp_path / "cache" / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "way",
    ["endless", "endless-redirect", "endless-error", "negative-chunk", "endless-trailer", "endless-promises"],
)
def test_no_more_is_taken_than_a_bound(way: str, get: Callable[..., list[str]]) -> None:
    """Then the connection is closed: the mirror can send no more."""
    Mirror.sent = 0
    with in_memory_of(4 * 2**20):
        get(way)
    time.sleep(0.1)
    sent = Mirror.sent
    time.sleep(0.1)
    assert Mirror.sent == sent < 20_000_000  # what the sockets' buffers hold


@pytest.mark.parametrize("way", ["trickles", "trickling-header"])
def test_a_mirror_that_was_given_up_is_read_no_more(way: str, get: Callable[..., list[str]]) -> None:
    before = set(threading.enumerate())
    assert get(way) == ["not done after 2 seconds"]
    readers = [
        thread for thread in set(threading.enumerate()) - before if "process_request" not in thread.name
    ]
    for thread in readers:
        thread.join(SHORT)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "way",
    [
        "elsewhere",
        "endless-redirect",
        "bomb-redirect",
        "negative-chunk-redirect",
        "good-chunks",
        "says-gzip",
        "long-number",
    ],
)
def test_a_file_is_taken_however_it_comes(way: str, get: Callable[..., list[str]], tmp_path: Path) -> None:
    """Nothing of a redirect's body is read, and nothing is unpacked."""
    with in_memory_of(4 * 2**20):
        assert get(way) == []
    assert (tmp_path / "cache" / "file").read_bytes() == CONTENT


def test_five_redirects_are_followed(get: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for most, problems in ((1, []), (0, ["redirects more than 0 times"])):
        monkeypatch.setattr(download_module, "_MOST_REDIRECTS", most)
        assert get("elsewhere") == problems


def test_a_mirror_is_given_no_password(
    get: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Mirror.asked.clear()
    assert get("elsewhere") == []
    assert [headers["Authorization"] for headers in Mirror.asked] == [None, None]
    assert {headers["Accept-Encoding"] for headers in Mirror.asked} == {"identity"}


def test_a_proxy_is_asked_and_metered_like_a_mirror(
    get: Callable[..., list[str]], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of this test takes the place of a proxy: it is asked for, and gives, the whole address."""
    monkeypatch.setenv("http_proxy", address)
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(Mirror, "do_GET", Mirror.endless_promises)
    monkeypatch.setattr(Mirror, "do_CONNECT", Mirror.endless_promises, raising=False)
    assert get("http://example.invalid/good") == [PROMISES]
    Mirror.sent = 0
    assert len(get("https://example.invalid/good")) == 1
    assert Mirror.sent < 20_000_000


def test_every_mirror_is_named_with_what_happened(get: Callable[..., list[str]]) -> None:
    assert get("page", "error", "round-and-round") == [
        "its SHA-256 is not the known one (43 bytes came)",
        "answers with status 503",
        "redirects more than 5 times",
    ]


@pytest.mark.parametrize("there", ["truncated", "other", "link to nothing"])
def test_what_is_in_the_files_place_is_replaced(
    there: str, get: Callable[..., list[str]], tmp_path: Path
) -> None:
    target = tmp_path / "cache" / "file"
    target.parent.mkdir()
    if there == "link to nothing":
        target.symlink_to(tmp_path / "missing")
    else:
        target.write_bytes(CONTENT[:-1] if there == "truncated" else CONTENT[::-1])
    assert get("good") == []
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_folder_in_the_files_place_is_left_alone_and_nothing_fetched(
    get: Callable[..., list[str]], tmp_path: Path
) -> None:
    target = tmp_path / "cache" / "file"
    (target / "mine").mkdir(parents=True)
    Mirror.asked.clear()
    assert download(["http://127.0.0.1:9/"], SHA256, len(CONTENT), target) == [
        f"{target} is a folder; expected a file or nothing there. Move it away"
    ]
    assert (target / "mine").is_dir()
    assert Mirror.asked == []


def test_a_cache_that_cannot_be_written_is_named(get: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    target = tmp_path / "cache" / "file"
    problems = download(["http://127.0.0.1:9/"], SHA256, len(CONTENT), target)
    assert problems == ["127.0.0.1:9: no answer (ConnectionError)"]
    assert get("good", "page") == ["File exists"]
