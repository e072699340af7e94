"""What a cluster refuses before it needs Dask, and what it says without."""

import sys
from pathlib import Path

import pytest

import plainweave as pw
from command_line import call
from plainweave.jobs import Cluster


@pytest.mark.parametrize("address", ["somewhere", "tcp://", "tcp://host", "host:", "", "http://a:1", 3])
def test_no_address(address: object) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Cluster(address)  # type: ignore[arg-type]
    assert str(error.value) == (
        f"the cluster is {address!r}; expected the address of a scheduler, as in tcp://10.0.0.1:8786, or "
        "local:4 for four workers of this machine."
    )


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "tls://[::1]:8786", "host:8786", "local:1"])
def test_addresses(address: str) -> None:
    assert Cluster(address).address == address


@pytest.mark.parametrize(("address", "shown"), [("local:0", "0"), ("local:", "''"), ("local:many", "'many'")])
def test_no_number_of_local_workers(address: str, shown: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Cluster(address)
    assert str(error.value) == (
        f"the number of local workers is {shown}; expected a whole number of at least 1."
    )


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text('[[experiment]]\nid = "a"\nhidden = [4]\nepochs = 1\n')
    return path


@pytest.mark.parametrize("command", ["run", "reproduce", "audit"])
def test_without_dask_the_command_says_what_to_install(
    command: str, toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    given = [toml] if command == "run" else []
    with pytest.raises(pw.PlainweaveError) as error:
        call(command, *given, "--cluster", "local:2", "--out", tmp_path / "out")
    assert str(error.value) == (
        'A cluster needs distributed, which is not installed. Run: pip install "plainweave[dask]"'
    )
    assert not (tmp_path / "out").exists()


def test_processes_and_a_cluster_are_two_answers(toml: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("run", toml, "--cluster", "local:2", "--jobs", 2)
    assert str(error.value) == (
        "--jobs is given beside --cluster; expected one of them: the cluster's workers say how many train at "
        "once."
    )
