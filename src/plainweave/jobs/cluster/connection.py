"""The cluster that an address names: one that is there, or worker processes of this machine."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from plainweave.checks import whole_number
from plainweave.errors import ConfigurationError, PlainweaveError
from plainweave.extras import need
from plainweave.jobs.pool import check_processes

LOCAL = "local:"
PATIENCE = 60.0  # seconds in which a scheduler that was lost may come back


def check_address(address: str) -> None:
    """Check that an address is one.

    Raises:
        ConfigurationError: it is not.
    """
    if isinstance(address, str) and address.startswith(LOCAL):
        count = address.removeprefix(LOCAL)
        whole_number("the number of local workers", int(count) if count.isdecimal() else count, at_least=1)
        return
    scheme, _, place = str(address).rpartition("://")
    host, _, port = place.rpartition(":")
    is_of_dashboard = scheme.lower() in ("http", "https")
    if not (isinstance(address, str) and host and port.isdecimal()) or is_of_dashboard:
        raise _no_address(address)


def _no_address(address: object) -> ConfigurationError:
    return ConfigurationError(
        f"the cluster is {address!r}; expected the address of a scheduler, as in tcp://10.0.0.1:8786, or "
        "local:4 for four workers of this machine."
    )


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster, or start one, for as long as the block lasts.

    Raises:
        ConfigurationError: Dask can't use the address.
        MissingExtraError: Dask is not installed.
        NoProcessesError: this process can't start workers.
        PlainweaveError: the cluster can't be reached.
    """
    need("dask")
    import distributed

    with ExitStack() as stack:
        scheduler: object = address
        if address.startswith(LOCAL):
            check_processes()
            scheduler = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=int(address.removeprefix(LOCAL)),
                    threads_per_worker=1,
                    dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                )
            )
        try:
            if scheduler is address:
                _check_answers(address)
            client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
        except OSError as error:
            raise PlainweaveError(
                f"the cluster at {address} can't be reached. Start its scheduler, as with dask scheduler, "
                "and give the address that it tells."
            ) from error
        except (ValueError, TypeError, AssertionError) as error:  # a scheme that Dask lacks, or a part of it
            raise _no_address(address) from error
        yield stack.enter_context(client)


def _check_answers(address: str) -> None:
    """Check that something of Dask's answers.

    A client that fails must not come to be: it leaves a thread, and its destructor may wait for two minutes.

    Raises:
        OSError: nothing answers, or nothing of Dask's.
        ValueError, TypeError, AssertionError: Dask can't use the address.
    """
    from distributed import Security
    from distributed.comm import connect
    from distributed.utils import LoopRunner

    async def ask() -> None:
        try:
            connecting = connect(address, PATIENCE, **Security().get_connection_args("client"))
            comm = await asyncio.wait_for(connecting, PATIENCE)  # what listens may be dumb
            await comm.close()
        except (ValueError, TypeError, AssertionError):
            raise
        except Exception as error:  # as from a banner, whose first bytes pass for a length
            raise OSError(f"{address} has no scheduler") from error

    LoopRunner().run_sync(ask)
