"""Files of bytes from strangers, of every kind: refused in a line, and for next to no memory."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import plainweave as pw
from refusals import refused

READERS: dict[str, Callable[[Path], object]] = {
    "idx": pw.read_idx,
    "weights": pw.load,
    "toml": pw.read_experiments,
    "image": lambda path: pw.read_image(path, (8, 8)),
}


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x"
    os.mkfifo(path)
    assert "it is no plain file" in refused(lambda: READERS[name](path))
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "it is no plain file" in refused(lambda: READERS[name](path))
    path.unlink()
    path.symlink_to(path)
    assert "symbolic link" in refused(lambda: READERS[name](path))
    path.unlink()
    path.mkdir()
    reason = "holds no weights.safetensors" if name == "weights" else "Is a directory"
    assert reason in refused(lambda: READERS[name](path))


@pytest.mark.parametrize("name", READERS)
def test_a_file_larger_than_any_of_its_kind_is_not_read(tmp_path: Path, name: str) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(2**40)
    assert "it has 1,099,511,627,776 bytes; expected at most " in refused(
        lambda: READERS[name](tmp_path / "x")
    )
