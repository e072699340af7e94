"""What goes between the caller and a cluster whose scheduler was given up in between, without Dask."""

from collections.abc import Callable

import pytest

import plainweave as pw
from plainweave.jobs.cluster.order import Common, Order
from plainweave.jobs.cluster.wire import Wire

GONE = "the cluster's scheduler is gone. What is finished is kept: run it again once it is there."


class Client:
    """Stands for Dask's, which raises errors of its own once it is closed."""

    def __init__(self) -> None:
        self.status = "running"

    def subscribe_topic(self, topic: str, handler: Callable[[object], None]) -> None:
        self._work()

    def submit(self, *_: object, **__: object) -> None:
        self._work()

    def _work(self) -> None:
        if self.status != "running":
            raise RuntimeError("Client is closed. Can't send subscribe-topic message.")


@pytest.mark.parametrize("status", ["closing", "closed"])
def test_a_client_that_has_closed_meanwhile_is_told_of_in_a_line(digits: pw.Dataset, status: str) -> None:
    client = Client()
    wire = Wire(client, "topic", digits)
    client.status = status
    common = Common("topic", None, [], 1, {}, [], leg=1.0, pause=1.0, keeps=True)  # type: ignore[arg-type]
    calls: list[Callable[[], object]] = [wire.begin_anew, lambda: wire.send(Order(common, 0, ()))]
    for call in calls:
        with pytest.raises(pw.PlainweaveError) as error:
            call()
        assert str(error.value) == GONE
