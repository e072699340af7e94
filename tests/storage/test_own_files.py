"""What somebody else wrote into an output folder is never replaced or removed."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from plainweave.errors import RecordError
from plainweave.storage.own_files import check_own, own_names, remove_own, write_own
from refusals import in_the_way, refused


def test_a_large_file_of_the_users_is_told_apart_in_next_to_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "page").open("wb") as file:
        file.truncate(2**27)
    assert refused(lambda: check_own(tmp_path, ["page"])) == in_the_way(tmp_path / "page")


def test_what_was_written_may_be_written_again_and_removed(tmp_path: Path) -> None:
    for text in ("first", "second", "second"):
        check_own(tmp_path, ["page", "figures/a.svg"])
        write_own(tmp_path, {"page": text, "figures/a.svg": text})
        assert (tmp_path / "figures" / "a.svg").read_text() == text
    assert own_names(tmp_path) == ["figures/a.svg", "page"]
    remove_own(tmp_path, ["figures/a.svg", "never-there"])
    assert not (tmp_path / "figures" / "a.svg").exists()
    assert own_names(tmp_path) == ["page"]


def test_the_list_is_one_that_sha256sum_reads(tmp_path: Path) -> None:
    write_own(tmp_path, {"page": "text", "figures/a b.svg": b"\xff"})
    subprocess.run(["sha256sum", "--check", "--strict", ".plainweave"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("kind", ["before", "changed", "folder", "link", "dangling link", "link to the same"])
def test_what_is_somebodys_own_is_refused_and_kept(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "page", tmp_path / "mine"
    if kind == "changed":
        write_own(tmp_path, {"page": "text"})
    if kind == "folder":
        path.mkdir()
    elif kind == "link to the same":
        write_own(tmp_path, {"page": "text"})
        path.rename(other)
        path.symlink_to(other)
    elif "link" in kind:
        path.symlink_to(other)
        if kind == "link":
            other.write_text("mine")
    else:
        path.write_text("mine")
    before = path.read_text() if path.is_file() else None
    with pytest.raises(RecordError) as error:
        check_own(tmp_path, ["page"])
    assert str(error.value) == in_the_way(path)
    with pytest.raises(RecordError) as error:
        write_own(tmp_path, {"page": "text"})
    assert str(error.value) == in_the_way(path)
    remove_own(tmp_path, ["page"])
    assert path.is_symlink() or path.exists()
    assert (path.read_text() if path.is_file() else None) == before


def test_a_kill_between_list_and_file_leaves_both_as_plainweaves_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_own(tmp_path, {"page": "first"})
    with monkeypatch.context() as patch:
        original = Path.replace

        def killed(self: Path, target: Path) -> Path:
            if target.name == "page":
                raise KeyboardInterrupt
            return original(self, target)

        patch.setattr(Path, "replace", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                write_own(tmp_path, {"page": "second"})
    assert (tmp_path / "page").read_text() == "first"
    write_own(tmp_path, {"page": "second"})
    write_own(tmp_path, {"page": "third"})
    assert (tmp_path / "page").read_text() == "third"


def test_files_of_0_1_that_lie_beside_its_runs_are_taken_for_its_own_once(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "a" / "seed-0"
    run.mkdir(parents=True)
    (run / "record.json").write_text("{}")
    (tmp_path / "figures").mkdir()
    for name in ("report.md", "figures/a.svg", "figures/notes.txt", "notes.md"):
        (tmp_path / name).write_text("0.1")
    check_own(tmp_path, ["report.md", "figures/a.svg"])
    assert own_names(tmp_path) == ["figures/a.svg", "report.md"]
    (tmp_path / "report.html").write_text("mine, put there later")
    with pytest.raises(RecordError) as error:
        check_own(tmp_path, ["report.html"])
    assert str(error.value) == in_the_way(tmp_path / "report.html")


def test_without_runs_nothing_is_taken_for_plainweaves_own(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine")
    with pytest.raises(RecordError) as error:
        check_own(tmp_path, ["report.md"])
    assert str(error.value) == in_the_way(tmp_path / "report.md")


@pytest.mark.parametrize(
    "text",
    [b"\xff\n", b"nonsense\n", b"0" * 64 + b"  ../up\n", b"0" * 64 + b"  /etc/x\n", b"0" * 64 + b"  \x1b\n"],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".plainweave").write_bytes(text)
    with pytest.raises(RecordError) as error:
        check_own(tmp_path, ["page"])
    message = str(error.value)
    assert message.startswith(f"{tmp_path}/.plainweave is no list of what plainweave wrote (")
    assert message.endswith("). Move it, or choose another folder.")


def test_a_list_of_a_strangers_removes_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    digest = hashlib.sha256(b"mine").hexdigest()
    (out / ".plainweave").write_text(f"{digest}  ../mine\n")
    with pytest.raises(RecordError, match="is no list of what plainweave wrote"):
        remove_own(out, ["../mine"])
    assert (tmp_path / "mine").exists()
