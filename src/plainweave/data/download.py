"""Files from mirrors: checked before they are used, and drawn as a progress bar while they come.

A mirror may be anybody's, for only the checksum decides. So all that it sends, headers and redirects too,
passes a meter, and its time is bounded as a whole.
"""

import hashlib
import io
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from plainweave.bars import Bar
from plainweave.errors import RecordError
from plainweave.storage.files import write_whole

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_TIMEOUT = 20  # seconds without a byte before the next mirror is tried
_SLOWEST = 50_000  # bytes a second, on the whole, below which the next mirror is tried
_MOST_REDIRECTS = 5
_CHUNK = 1 << 14  # bytes
_AROUND = 1 << 18  # bytes that may come around a file: headers, and the sizes of its chunks


class _MirrorError(Exception):
    """What went wrong at a mirror."""


def download(urls: Sequence[str], sha256: str, size: int, target: Path) -> list[str]:
    """Put a file of that checksum at `target`, from the first address that gives it.

    Nothing is written but the checked file, whole. An address is given up after `_TIMEOUT` and the time
    that `size` bytes take at `_SLOWEST`, however it spends it.

    Args:
        urls: addresses of the file, tried in turn.
        sha256: of the file, in hexadecimal.
        size: of the file in bytes; no more are taken from a mirror.
        target: where it goes; a file that is there is replaced, a folder is not.

    Returns:
        Nothing if the file is there, else a line for each address: what went wrong.
    """
    if target.is_dir():
        return [f"{target} is a folder; expected a file or nothing there. Move it away"]
    problems: list[str] = []
    for url in urls:
        mirror = urlsplit(url).netloc
        with _Bar(f"{target.name} from {mirror}") as bar:
            try:
                content = _in_time(_TIMEOUT + size / _SLOWEST, partial(_get, url, size, bar))
            except _MirrorError as error:
                problems.append(f"{mirror}: {error}")
                continue
        if hashlib.sha256(content).hexdigest() == sha256:
            return _put(target, content)
        problems.append(f"{mirror}: its SHA-256 is not the known one ({len(content):,} bytes came)")
    return problems


def _in_time(seconds: float, get: Callable[[Event], bytes]) -> bytes:
    """Return what `get` returns, but give it up, and tell it to stop, when its time is over.

    No timeout of a socket bounds the whole: each byte that trickles in starts it anew.
    """
    stop, result = Event(), Future[bytes]()

    def work() -> None:
        try:
            result.set_result(get(stop))
        except BaseException as error:
            result.set_exception(error)

    Thread(target=work, daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        raise _MirrorError(f"not done after {seconds:.3g} seconds") from None
    finally:
        stop.set()


def _get(url: str, size: int, bar: "_Bar", stop: Event) -> bytes:
    """Return what lies at an address, of at most `size` bytes, as it is.

    Raises:
        _MirrorError: there is no answer, or another one, or `stop` is set.
    """
    content, failure = bytearray(), "no answer"
    try:
        metered = partial(_MeteredResponse, at_most=size + _AROUND, stop=stop)
        with _Session(metered) as session, _answer(session, url) as response:
            if not response.ok:
                raise _MirrorError(f"answers with status {response.status_code}")
            failure = "broke off"
            bar.begin(size)
            # Not unpacked, whatever encoding it tells: the checksum is that of the packed file.
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                content += chunk
                if len(content) > size:
                    raise _MirrorError(f"gives more than the file's {size:,} bytes")
                bar.update(len(chunk))
    except (OSError, ValueError, HTTPError) as error:  # all of requests' errors, and what slips through it
        raise _MirrorError(f"{failure} ({type(error).__name__})") from error
    return bytes(content)


def _answer(session: "_Session", url: str) -> requests.Response:
    """Return the answer that redirects lead to; nothing of their bodies is read.

    They may lead from https to http: what comes is checked all the same.
    """
    for _ in range(1 + _MOST_REDIRECTS):
        plain = {"Accept-Encoding": "identity"}
        response = session.get(url, headers=plain, stream=True, timeout=_TIMEOUT)
        if not response.is_redirect:
            return response
        response.close()
        url = urljoin(url, response.headers["Location"])
        if urlsplit(url).scheme not in ("http", "https"):
            raise _MirrorError("redirects to what is neither http nor https")
    raise _MirrorError(f"redirects more than {_MOST_REDIRECTS} times")


class _Session(requests.Session):
    """Reads answers as `respond` makes them, follows no redirect and gives nobody the user's passwords."""

    def __init__(self, respond: Callable[..., HTTPResponse]) -> None:
        super().__init__()
        self.auth = lambda request: request  # else that of ~/.netrc
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(respond))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nothing: requests would read the body of a redirect to its end, even if it follows none."""


class _Adapter(HTTPAdapter):
    """Has each connection, to a proxy too, make its answers with `respond`."""

    def __init__(self, respond: Callable[..., HTTPResponse]) -> None:
        self._respond = staticmethod(respond)
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,
        proxies: dict[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), {"response_class": self._respond})
        return pool


class _MeteredResponse(HTTPResponse):
    """An answer of which no more bytes are read than `at_most`, and none once `stop` is set."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
        *,
        at_most: int,
        stop: Event,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        # Below all parsing: sizes of chunks, trailers and lines are the mirror's, and its parsers trust some.
        self.fp = io.BufferedReader(_Meter(self.fp.detach(), at_most, stop))


class _Meter(io.RawIOBase):
    """What comes from a socket, counted."""

    def __init__(self, raw: io.RawIOBase, at_most: int, stop: Event) -> None:
        self._raw, self._at_most, self._stop = raw, at_most, stop
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._stop.is_set():
            raise _MirrorError("was given up")
        count = self._raw.readinto(buffer)
        self._count += count or 0
        if self._count > self._at_most:
            raise _MirrorError(f"sends more than {self._at_most:,} bytes, with all that is around the file")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _put(target: Path, content: bytes) -> list[str]:
    try:
        write_whole(target, content)
    except RecordError as error:
        cause = error.__cause__
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else error
        return [f"{target} can't be written: {reason}"]
    return []


class _Bar:
    """A progress bar on a terminal, one line elsewhere, on standard error."""

    def __init__(self, description: str) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            Bar(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._description = description
        self._task = self._progress.add_task(description, total=None)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, size: int) -> None:
        """Show that so many bytes begin to come."""
        self._progress.update(self._task, total=size)
        self._progress.start()
        if not self._console.is_terminal:
            self._console.print(f"Fetching {self._description}", soft_wrap=True)

    def update(self, size: int) -> None:
        """Count bytes that have come."""
        self._progress.update(self._task, advance=size)
