"""What goes between the caller and a cluster: all that is asked of Dask while orders are on their way."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from plainweave.data import Dataset
from plainweave.errors import PlainweaveError
from plainweave.jobs.cluster.on_worker import end, fulfil, stop
from plainweave.jobs.cluster.order import NoData, Order, Report

_LOOK = 5.0  # seconds between two looks at how many workers there are
_GONE = "the cluster's scheduler is gone. What is finished is kept: run it again once it is there."
_MOST_NEWS = 32  # that are taken together

# The number of an order with its future, when it has ended; or with what is told of an epoch.
News: TypeAlias = tuple[Any, ...]
# What became of an order; the error that it raised; None where it was cancelled, as with its scheduler.
Answer: TypeAlias = Report | NoData | Exception | None


def workers_of(client: Any) -> tuple[int, int]:
    """Return how many workers a cluster has now, and how many threads they have together."""
    threads = client.nthreads()
    return len(threads), sum(threads.values())


class Wire:
    """The connection of one study with a cluster.

    Args:
        client: of the cluster.
        topic: under which workers tell of epochs.
        dataset: the data, for workers that can't load them.
    """

    def __init__(self, client: Any, topic: str, dataset: Dataset) -> None:
        self._client, self._topic, self._dataset = client, topic, dataset
        self._copy: Any = None  # of the data, that was sent to the workers
        self._news: SimpleQueue[News] = SimpleQueue()
        self._sent = 0
        self._threads, self._looked = 0, float("-inf")
        self._listen()

    def _listen(self) -> None:
        with self._while_open():
            self._client.subscribe_topic(self._topic, lambda event: self._news.put(tuple(event[1])))

    @contextmanager
    def _while_open(self) -> Iterator[None]:
        """Tell in a line what Dask raises, of any kind, where the scheduler is given up meanwhile.

        Raises:
            PlainweaveError: it is.
        """
        try:
            yield
        except Exception as error:
            if self._client.status in ("closing", "closed"):
                raise PlainweaveError(_GONE) from error
            raise

    @property
    def is_there(self) -> bool:
        """Whether the scheduler is; one that was lost may come back.

        Raises:
            PlainweaveError: it did not.
        """
        if self._client.status == "closed":
            raise PlainweaveError(_GONE)
        return bool(self._client.status == "running")

    @property
    def threads(self) -> int:
        """How many the workers have together, as far as is known."""
        if self._client.status == "running" and time.monotonic() - self._looked > _LOOK:
            with suppress(OSError):  # the scheduler is gone, and is asked again once it is there
                self._threads = workers_of(self._client)[1]
            self._looked = time.monotonic()
        return self._threads

    def send(self, order: Order) -> Any:
        """Send an order, and return its future; when it has ended, there will be news of it.

        Raises:
            PlainweaveError: the scheduler is gone.
        """
        if self._copy is not None and self._copy.status != "finished":  # all that had it are gone
            self._copy = None
        self._sent += 1
        key = f"{self._topic}-{order.number}-{self._sent}"
        with self._while_open():
            future = self._client.submit(
                fulfil,
                order,
                self._copy,
                key=key,
                pure=False,
                priority=1 if order.states else 0,  # what is begun is ended first
            )
        future.add_done_callback(lambda ended: self._news.put((order.number, ended)))
        return future

    def send_data(self) -> None:
        """Send the data to one worker, if they are not there yet; the others get them from it."""
        if self._copy is None or self._copy.status != "finished":
            with suppress(TimeoutError, OSError, KeyError):  # it is gone: the next order will tell
                self._copy = self._client.scatter(self._dataset, hash=False)

    def news(self, seconds: float) -> list[News]:
        """Return what was heard since, some of it; wait so long for the first."""
        heard: list[News] = []
        with suppress(Empty):
            heard.append(self._news.get(timeout=seconds))
            while len(heard) < _MOST_NEWS:
                heard.append(self._news.get_nowait())
        return heard

    def fetch(self, futures: Sequence[Any]) -> list[Answer]:
        """Return what became of orders that have ended, in their order."""
        from distributed import CancelledError

        finished = [future for future in futures if future.status == "finished"]
        try:
            results = iter(self._client.gather(finished))
            return [next(results) if future in finished else _problem(future) for future in futures]
        except (Exception, CancelledError):  # one of them was lost on the way: one by one
            return [_answer(future) for future in futures]

    def begin_anew(self) -> None:
        """Rely on nothing after an order was cancelled.

        The scheduler was started anew, and does not know who listens; or all workers that had the data died
        after the order was sent.

        Raises:
            PlainweaveError: the scheduler is gone.
        """
        self._copy = None
        self._listen()

    def stop(self) -> None:
        """Have workers end what they do for the study at the next epoch."""
        self._tell(stop, self._topic)

    def end(self, number: int, reason: str) -> None:
        """Have a training end at its next epoch."""
        self._tell(end, self._topic, number, reason)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        """Have all workers call a function; one that hangs holds up nobody."""

        def tell() -> None:
            with suppress(Exception):
                self._client.run(function, *arguments, on_error="ignore")

        Thread(target=tell, daemon=True).start()


def _answer(future: Any) -> Answer:
    from distributed import CancelledError

    try:
        answer: Answer = future.result()
    except (Exception, CancelledError):
        return _problem(future)
    return answer


def _problem(future: Any) -> Answer:
    """Return the error of an order that ended in one, None if it was cancelled."""
    if future.status != "error":
        return None
    error: Exception = future.exception()
    return error
