"""Files from mirrors: checked before they are used, and drawn as a progress bar while they come."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

_TIMEOUT = 20  # seconds without an answer before the next mirror is tried


def download(urls: Sequence[str], sha256: str, target: Path) -> list[str]:
    """Make sure that a file of that checksum is at `target`, from the first address that gives it.

    A file that is there and matches is kept. What does not match is never left there.

    Returns:
        Nothing if the file is there, else a line for each address: what went wrong.
    """
    import logging

    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    problems: list[str] = []
    for url in urls:
        mirror = urlsplit(url).netloc
        with _Bar(f"{target.name} from {mirror}") as bar:
            fetcher = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=_TIMEOUT)
            try:
                pooch.retrieve(url, f"sha256:{sha256}", target.name, target.parent, downloader=fetcher)
            except requests.HTTPError as error:
                problems.append(f"{mirror}: {error}".partition(" for url")[0])
            except requests.RequestException as error:
                problems.append(f"{mirror}: {type(error).__name__}")
            except OSError as error:
                problems.append(f"{mirror}: {error.strerror or error}")
            except ValueError:  # how pooch says that the checksum differs
                problems.append(f"{mirror}: its SHA-256 is not the published one")
            else:
                return []
    return problems


class _Bar:
    """The progress bar that pooch drives: it sets `total`, and calls `update`, `reset` and `close`."""

    def __init__(self, description: str) -> None:
        console = Console(stderr=True)
        self._plain = None if console.is_terminal else console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(description, total=None)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def total(self) -> float | None:
        """Bytes to come, None if the mirror does not say."""
        return self._progress.tasks[0].total

    @total.setter
    def total(self, size: int) -> None:
        self._progress.update(self._task, total=size or None)
        self._progress.start()
        if self._plain:
            self._plain.print(f"Fetching {self._progress.tasks[0].description}", soft_wrap=True)

    def update(self, size: int) -> None:
        """Count bytes that have come."""
        self._progress.update(self._task, advance=size)

    def reset(self) -> None:
        """Begin again; pooch does when the file is there, and then counts it whole."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()
