"""The compiled engine built once more, from sources with something changed, beside the true one."""

import shutil
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

from plainweave.engine import kernels

Edits: TypeAlias = Mapping[
    str, Sequence[tuple[str, str]]
]  # by file: text that stands there once, and what it becomes

SOURCES = Path(__file__).parents[1] / "src" / "plainweave" / "engine" / "c"
COMPILERS = [name for name in ("cc", "gcc", "clang") if shutil.which(name)]
can_be_built = pytest.mark.skipif(
    not (kernels() and COMPILERS and SOURCES.is_dir()),
    reason="there is no engine, no C compiler or no source",
)


def edited(name: str, edits: Edits) -> str:
    """The text of a source as it is edited."""
    text = (SOURCES / name).read_text(encoding="utf-8")
    for before, after in edits.get(name, ()):
        assert not before or text.count(before) == 1, f"{name} has {text.count(before)} of {before!r}"
        text = text.replace(before, after) if before else text + after
    return text


def lines_changed(edits: Edits) -> int:
    """How many lines that are not blank are new or changed."""
    return sum(
        line[0] == "+" and not line.startswith("+++") and bool(line[1:].strip())
        for name in edits
        for line in unified_diff(edited(name, {}).splitlines(), edited(name, edits).splitlines())
    )


def built(folder: Path, edits: Edits, compiler: str = "") -> ModuleType:
    """Build the engine in a folder, by the first compiler that there is or another."""
    for source in SOURCES.iterdir():
        (folder / source.name).write_text(edited(source.name, edits), encoding="utf-8")
    library, headers = folder / "_compiled.abi3.so", sysconfig.get_path("include")
    options = [
        "-O1",
        "-ffp-contract=off",
        "-shared",
        "-fPIC",
        "-pthread",
        "-DPy_LIMITED_API=0x030B0000",
        f"-I{headers}",
    ]
    subprocess.run(
        [compiler or COMPILERS[0], *options, folder / "python.c", "-lm", "-o", library], check=True
    )
    spec = spec_from_file_location("plainweave.engine._compiled", library)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
