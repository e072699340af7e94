import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from plainweave.errors import RecordError
from plainweave.storage.files import (
    check_place,
    clear_partials,
    is_there,
    locked_folder,
    read_bounded,
    writable_folder,
    write_together,
    write_whole,
)


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for text in ("first", "second"):
        write_whole(tmp_path / "deep" / "file", text)
        assert (tmp_path / "deep" / "file").read_text() == text
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_a_file_may_be_read_by_whom_the_user_lets_and_the_mask_is_never_lifted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o027)
    try:
        # Were it lifted for a moment, files that other threads make then would be everybody's.
        monkeypatch.setattr("os.umask", lambda _: pytest.fail("the mask is changed"))
        write_whole(tmp_path / "file", "text")
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    finally:
        monkeypatch.undo()
        os.umask(before)


def test_what_was_there_stays_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "file", "kept")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordError) as error:
        write_whole(tmp_path / "file", "lost")
    assert str(error.value) == (
        f"{tmp_path}/file can't be written: No space left on device. Choose another place."
    )
    assert (tmp_path / "file").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for attempt in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RecordError, match=r"can't be written: .*Choose another place\."):
            writable_folder(attempt)


@pytest.mark.parametrize("moment", ["replace", "unlink"])
def test_two_that_begin_in_a_folder_at_once_may_remove_each_others_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    original, remove = getattr(Path, moment), Path.unlink

    def removed_before(path: Path, *arguments: object) -> object:
        remove(path)
        return original(path, *arguments)

    monkeypatch.setattr(Path, moment, removed_before)
    assert writable_folder(tmp_path) == tmp_path
    assert not list(tmp_path.iterdir())


def test_files_of_a_folder_appear_once_all_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_together(tmp_path, {"a": "1", "b": "1"})
    written = []

    def full_at_the_second(_: int) -> None:
        written.append(1)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_at_the_second)
        with pytest.raises(RecordError, match=f"{tmp_path}/b can't be written: No space left on device"):
            write_together(tmp_path, {"a": "2", "b": "2"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1", "b": "1"}


def test_what_has_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(RecordError) as error:
        write_together(tmp_path, {"a": "1", "b": "1"}, anew=True)
    assert str(error.value) == (
        f"{tmp_path}/b has appeared meanwhile, and plainweave did not write it. "
        "Move it, and run the same command again."
    )
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"b": "mine"}


def test_what_a_kill_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    stay = [".b.0123abc_.partial", ".a.0123abc_", ".a.0123ABC_.partial", "a.01234567.partial", "a", ".a"]
    for name in (*stay, ".a.0123abc_.partial"):
        (tmp_path / name).write_text("")
    clear_partials(tmp_path, ["a", "c"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)
    clear_partials(tmp_path / "not there", ["a"])


@pytest.mark.parametrize("length", [1, 100, 218, 255])
def test_a_name_of_any_length_the_disk_takes_can_be_written(tmp_path: Path, length: int) -> None:
    write_whole(tmp_path / ("n" * length), "text")
    assert [len(path.name) for path in tmp_path.iterdir()] == [length]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_a_disk_that_flushes_no_folders_and_knows_no_modes_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    original = os.fsync

    def of_files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        original(handle)

    def no_modes(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.fsync", of_files_only)
    monkeypatch.setattr(Path, "chmod", no_modes)
    with locked_folder(tmp_path):
        write_whole(tmp_path / "deep" / "file", "text")
    assert (tmp_path / "deep" / "file").read_text() == "text"


def test_other_errors_of_a_folder_are_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(RecordError, match="can't be written: Input/output error"):
        writable_folder(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_disk_that_knows_no_locks_has_a_file_for_one(tmp_path: Path, code: int) -> None:
    """In processes of their own, whose `flock` is one that the disk does not know."""
    text = f"""
import fcntl, sys, warnings
warnings.simplefilter("error")
def flock(*_):
    raise OSError({code}, "not known")
fcntl.flock = flock
from pathlib import Path
from plainweave.storage.files import locked_folder
def held():
    with locked_folder(Path(sys.argv[1])), locked_folder(Path(sys.argv[1])):
        pass
"""
    command = [sys.executable, "-c"]
    hold = "with locked_folder(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    first = subprocess.Popen(
        [*command, f"{text}\nheld()\n{hold}", tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout
    assert first.stdout.readline() == "held\n"
    second = subprocess.run(
        [*command, f"{text}\nheld()", tmp_path], capture_output=True, text=True, check=False
    )
    assert f"{tmp_path} is in use by another plainweave. Wait for it to end, " in second.stderr
    first.kill()
    first.communicate()
    third = subprocess.run(
        [*command, f"{text}\nheld()", tmp_path], capture_output=True, text=True, check=False
    )
    assert third.returncode == 0, third.stderr


@pytest.mark.parametrize("kind", ["link", "hard link", "file"])
def test_a_lock_never_touches_a_file_of_the_users(tmp_path: Path, kind: str) -> None:
    mine, lock = tmp_path / "mine", tmp_path / "out" / ".lock"
    mine.write_text("mine")
    lock.parent.mkdir()
    if kind == "link":
        lock.symlink_to(mine)
    elif kind == "hard link":
        lock.hardlink_to(mine)
    else:
        lock.write_text("mine")
    with pytest.raises(RecordError) as error, locked_folder(tmp_path / "out"):
        pass
    assert str(error.value) == (
        f"{lock} is in the way: plainweave did not write it. Move it, or choose another folder."
    )
    assert mine.read_text() == lock.read_text() == "mine"


def test_a_folder_is_locked_by_whatever_name_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out")
    code = (
        "import sys; from plainweave.storage.files import *\n"
        "with locked_folder(Path(sys.argv[1])): print('held')"
    )
    with locked_folder(tmp_path / "out"), locked_folder(tmp_path / "link"):
        for name in ("out", "link", "out/../out"):
            done = subprocess.run(
                [sys.executable, "-c", code, tmp_path / name], capture_output=True, text=True, check=False
            )
            assert "is in use by another plainweave" in done.stderr
    again = subprocess.check_output([sys.executable, "-c", code, tmp_path / "out"])
    assert again == b"held\n"


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "pipe or a device"])
def test_what_lies_in_the_way_of_results_is_found_before_the_work(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "run" / "b"
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe or a device":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / ("nothing" if kind == "dangling link" else "run"))
    with pytest.raises(RecordError) as error:
        check_place(tmp_path / "run", ["a", "b"])
    assert str(error.value) == (
        f"{path} is a {kind.removeprefix('dangling ')}; expected a file that plainweave wrote, or none. "
        "Move it, or choose another folder."
    )


def test_a_place_whose_paths_would_be_too_long_is_found_before_the_work(tmp_path: Path) -> None:
    room = 4095 - len(str(tmp_path))
    folder = tmp_path.joinpath(*["n" * 200] * ((room - 20) // 201))
    check_place(folder.parent, ["weights"])
    long = folder / ("n" * (4090 - len(str(folder)) - 1))
    assert len(str(long)) == 4090
    with pytest.raises(RecordError, match=r"can't be written: File name too long"):
        check_place(long, ["weights"])
    with pytest.raises(RecordError, match=r"can't be written: File name too long"):
        check_place(tmp_path, ["n" * 250])


def test_what_may_not_be_looked_at_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    assert is_there(tmp_path)
    monkeypatch.setattr(Path, "exists", refuse)
    assert not is_there(tmp_path)


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    assert read_bounded(tmp_path / "x", 4) == b"1234"
    with pytest.raises(OSError, match="it has 4 bytes; expected at most 3"):
        read_bounded(tmp_path / "x", 3)
