"""Files from mirrors: checked before they are used, and drawn as a progress bar while they come."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from plainweave.errors import RecordError
from plainweave.files import write_whole

_TIMEOUT = 20  # seconds without a byte before the next mirror is tried
_SLOWEST = 50_000  # bytes a second, on the whole, below which the next mirror is tried
_MOST_REDIRECTS = 5
_CHUNK = 1 << 14  # bytes


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
        target: where it goes; what is there is replaced.

    Returns:
        Nothing if the file is there, else a line for each address: what went wrong.
    """
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
        problems.append(f"{mirror}: its SHA-256 is not the published one ({len(content):,} bytes came)")
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
    """Return what lies at an address, of at most `size` bytes, as it is; less once `stop` is set."""
    import requests

    content, failure = bytearray(), "no answer"
    try:
        with requests.Session() as session:
            session.max_redirects = _MOST_REDIRECTS
            plain = {"Accept-Encoding": "identity"}
            with session.get(url, headers=plain, stream=True, timeout=_TIMEOUT) as response:
                if not response.ok:
                    raise _MirrorError(f"answers with status {response.status_code}")
                failure = "broke off"
                bar.begin(size)
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > size:
                        raise _MirrorError(f"gives more than the file's {size:,} bytes")
                    if stop.is_set():
                        break
                    bar.update(len(chunk))
    except requests.TooManyRedirects as error:
        raise _MirrorError(f"redirects more than {_MOST_REDIRECTS} times") from error
    except (OSError, ValueError) as error:  # all of requests' errors, and what slips through it
        raise _MirrorError(f"{failure} ({type(error).__name__})") from error
    return bytes(content)


def _put(target: Path, content: bytes) -> list[str]:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target, ignore_errors=True)
    try:
        write_whole(target, content)
    except RecordError as error:
        return [str(error).removesuffix(" Choose another place with --out.").rstrip(".")]
    return []


class _Bar:
    """A progress bar on a terminal, one line elsewhere, on standard error."""

    def __init__(self, description: str) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
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
