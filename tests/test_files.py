from pathlib import Path

import pytest

from plainweave.errors import RecordError
from plainweave.files import folder_written_whole, writable_folder, write_whole


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for text in ("first", "second"):
        write_whole(tmp_path / "deep" / "file", text)
        assert (tmp_path / "deep" / "file").read_text() == text
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_what_was_there_stays_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "file", "kept")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordError) as error:
        write_whole(tmp_path / "file", "lost")
    assert str(error.value) == (
        f"{tmp_path}/file can't be written: No space left on device. Choose another place with --out."
    )
    assert (tmp_path / "file").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with folder_written_whole(folder) as partial:
        (partial / "a").write_text("1")
        assert not folder.exists()
    with pytest.raises(RecordError, match="Is a directory"), folder_written_whole(folder) as partial:
        partial.write_text("fails")
    assert [path.name for path in folder.iterdir()] == ["a"]
    with folder_written_whole(folder) as partial:
        (partial / "c").write_text("3")
    assert [path.name for path in folder.iterdir()] == ["c"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_old_folder_comes_back_if_the_new_one_does_not_get_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    with folder_written_whole(folder) as partial:
        (partial / "a").write_text("1")
    original = Path.replace

    def fails_for_the_new_one(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return original(self, target)

    monkeypatch.setattr(Path, "replace", fails_for_the_new_one)
    with pytest.raises(RecordError, match="Input/output error"), folder_written_whole(folder):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (folder / "a").read_text() == "1"


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for attempt in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RecordError, match=r"can't be written: .*Choose another place with --out\."):
            writable_folder(attempt)
