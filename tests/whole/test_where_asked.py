"""Files that a user names are written where the name leads: through a link, and into a pipe or a device."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from command_line import call

Write = Callable[[Path, pw.Model, pw.Split], object]


def keep_history(path: Path, _: pw.Model, parts: pw.Split) -> None:
    network = pw.Network(64, [4], 10)
    pw.fit(network, parts, pw.SGD(0.1), epochs=1, observers=pw.CSVFile(path))


def import_form(path: Path, model: pw.Model, _: pw.Split) -> None:
    form = path.with_name("form.npz")
    pw.interop.export(form, model, "npz")
    call("import", form, "--out", path)


DOORS: dict[str, Write] = {
    "save": lambda path, model, _: pw.save(path, model),
    "export": lambda path, model, _: pw.interop.export(path, model, "npz"),
    "import": import_form,
    "write_idx": lambda path, *_: pw.write_idx(path, np.arange(3, dtype=np.uint8)),
    "write_table": lambda path, *_: pw.write_table(path, {"a": [1, 2]}),
    "CSVFile": keep_history,
}


@pytest.fixture(params=DOORS)
def write(request: pytest.FixtureRequest, parts: pw.Split) -> Callable[[Path], object]:
    model = pw.Model.of(pw.Network(64, [4], 10), parts, loss="softmax")
    door = DOORS[request.param]
    return lambda path: door(path, model, parts)


def test_a_pipe_is_written_into_and_stays(write: Callable[[Path], object], tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join(10)
    assert len(read) == 1
    assert read[0]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_a_link_stays_and_its_file_is_replaced(write: Callable[[Path], object], tmp_path: Path) -> None:
    file, link = tmp_path / "file.safetensors", tmp_path / "link.safetensors"
    file.write_bytes(b"old")
    link.symlink_to(file)
    write(link)
    assert link.is_symlink()
    assert file.read_bytes() != b"old"


def test_a_folder_is_refused(write: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(pw.RecordError, match="is a folder; expected a file to write to"):
        write(tmp_path)


@pytest.mark.parametrize("write", sorted(DOORS.keys() - {"import"}), indirect=True)  # of commands others tell
def test_a_name_that_no_system_takes_is_refused(write: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError, match=r"expected a path, as text or a pathlib\.Path\."):
        write(tmp_path / "a\0b")
