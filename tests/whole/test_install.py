"""The wheel says what it holds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from plainweave.cli.info import info
from plainweave.engine import kernels

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("compiler", [{}, {"CC": "/nothing/here/cc"}], ids=["as here", "no compiler"])
def test_a_wheel_without_the_engine_does_not_pass_for_one_with_it(
    tmp_path: Path, compiler: dict[str, str]
) -> None:
    # A cache would hand a wheel so tagged to machines that could have built the engine.
    source = tmp_path / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.so", "*.egg-info"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source))
    environment = {**os.environ, **compiler}
    subprocess.run([sys.executable, *build], check=True, capture_output=True, env=environment, timeout=300)
    [wheel] = tmp_path.glob("*.whl")
    with_engine = bool(kernels() and not compiler)
    assert ("cp311-abi3-" if with_engine else "py3-none-any") in wheel.name
    with ZipFile(wheel) as file:
        said = next(file.read(name).decode() for name in file.namelist() if name.endswith("/WHEEL"))
        assert f"Root-Is-Purelib: {str(not with_engine).lower()}\n" in said
        assert any(name.endswith((".so", ".pyd")) for name in file.namelist()) is with_engine


@pytest.mark.parametrize(
    ("system", "advice"),
    [
        (
            "posix",
            "The compiled engine was not built, and training runs on NumPy. Install a C compiler and "
            "Python's headers (gcc and python3-dev), then, in a clone of plainweave's repository: pip "
            "install .\n",
        ),
        (
            "nt",
            "There is no compiled engine for Windows, and training runs on NumPy. Under WSL there is one.\n",
        ),
    ],
)
@pytest.mark.parametrize("built", [True, False])
def test_info_says_what_to_do_where_there_is_no_engine(
    built: bool,
    system: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("plainweave.cli.info.kernels", lambda: ["sse2"] if built else [])
    monkeypatch.setattr("plainweave.cli.info.os", SimpleNamespace(name=system))
    info()
    assert capsys.readouterr().out.endswith(advice) is not built
