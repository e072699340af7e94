"""The code of the page on clusters, as far as a machine without SLURM and Kubernetes can run it."""

import getpass
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from dask_noise import IGNORED, workers
from plainweave.experiments import Store
from plainweave.jobs import Cluster

pytest.importorskip("distributed")

pytestmark = [*IGNORED, pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")]

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"
SBATCH = """#!/bin/sh
for last; do :; done
cp "$last" job.$$
setsid sh job.$$ > /dev/null 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
for job; do kill -- "-$job" 2> /dev/null; done
"""


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with workers(1) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('[[experiment]]\nid = "a"\nhidden = [4]\nepochs = 2\n')


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """Importing dask-jobqueue has Ctrl-C end the process; tests that come later are to hear of it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(block: str, names: dict[str, Any], **instead: str) -> None:
    """Run a block of the page, with some of its text replaced."""
    (code,) = re.findall(rf"```{block}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for old, new in {**instead, "seeds=20": "seeds=2", '"fashion-mnist"': '"digits"'}.items():
        code = code.replace(old, new)
    exec(code, {"__name__": "__main__", **names})


def runs() -> list[str]:
    return [f"{record.experiment.id} {record.seed}" for record in Store("runs").records()]


def test_an_executor_in_python(dask: Any) -> None:
    run("python", {}, **{"tcp://10.0.0.1:8786": dask.scheduler_address})
    assert runs() == ["wide 0", "wide 1", "deep 0", "deep 1"]


def test_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    """With commands in the place of SLURM's that start and end jobs on this machine."""
    pytest.importorskip("dask_jobqueue")
    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        command = Path(name)
        command.write_text(script)
        command.chmod(0o755)
    monkeypatch.setenv("PATH", str(Path.cwd()), prepend=":")
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    fewer = {"cores=16, processes=16": "cores=1, processes=1", "maximum_jobs=20": "maximum_jobs=1"}
    run("python slurm", {}, **fewer)
    assert runs() == ["a 0", "a 1"]


@pytest.fixture
def machine_by_ssh(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """This machine by SSH, with a server, keys and a port that are the test's own: how to connect to it."""
    server = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
    if server is None or shutil.which("ssh-keygen") is None:
        pytest.skip("there is no sshd, or no ssh-keygen")
    pytest.importorskip("asyncssh")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host",
        "AuthorizedKeysFile": tmp_path / "user.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
    }
    config = tmp_path / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    checked = subprocess.run([server, "-t", "-f", config], capture_output=True, text=True)
    if checked.returncode:
        pytest.skip(f"sshd can't be started here: {checked.stderr.strip()}")
    process = subprocess.Popen([server, "-D", "-f", config], stderr=subprocess.DEVNULL)
    key = str(tmp_path / "user")
    yield {"port": port, "known_hosts": None, "client_keys": [key], "username": getpass.getuser()}
    process.kill()
    process.wait()


def test_ssh(machine_by_ssh: dict[str, Any], tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={":".join(sys.path)} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    here = {
        '["10.0.0.1", "10.0.0.2", "10.0.0.3"]': '["127.0.0.1"] * 2',
        '{"client_keys": ["/home/me/.ssh/id_ed25519"]}': f"{machine_by_ssh}, remote_python={str(python)!r}",
        '{"nthreads": 8}': '{"nthreads": 1}, scheduler_options={"port": 0, "dashboard_address": ":0"}',
    }
    run("python ssh", {}, **here)
    assert runs() == ["a 0", "a 1"]


def test_kubernetes(dask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cluster of this machine in the place of one that Kubernetes would run."""

    class KubeCluster:
        def __init__(self, *, name: str, image: str, n_workers: int) -> None:
            self.scheduler_address = dask.scheduler_address

        def __enter__(self) -> "KubeCluster":
            return self

        def __exit__(self, *_: object) -> None: ...

        def adapt(self, *, minimum: int, maximum: int) -> None: ...

    operator = ModuleType("dask_kubernetes.operator")
    operator.__dict__["KubeCluster"] = KubeCluster
    monkeypatch.setitem(sys.modules, "dask_kubernetes", ModuleType("dask_kubernetes"))
    monkeypatch.setitem(sys.modules, "dask_kubernetes.operator", operator)
    experiments = pw.read_experiments("mine.toml")
    run("python kubernetes", {"pw": pw, "Cluster": Cluster, "experiments": experiments})
    assert runs() == ["a 0", "a 1"]


def test_a_search_of_estimators(dask: Any) -> None:
    from sklearn.model_selection import GridSearchCV

    inputs = np.random.default_rng(0).normal(size=(60, 3))
    search = GridSearchCV(pw.MLPClassifier((4,), max_iter=3), {"alpha": [0.1, 1.0]}, cv=2)
    given = {"search": search, "X": inputs, "y": inputs[:, 0] > 0}
    run("python estimators", given, **{"tcp://10.0.0.1:8786": dask.scheduler_address})
    assert set(search.best_params_) == {"alpha"}
