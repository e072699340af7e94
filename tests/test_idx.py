import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import plainweave as pw
from plainweave.data.idx import TYPES

SMALL = np.arange(6, dtype=np.uint8).reshape(2, 3)
SMALL_BYTES = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 3, 4, 5])


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(pw.DataError) as error:
        pw.read_idx(path)
    return str(error.value).removeprefix(f"{path} ")


@given(
    array=arrays.arrays(
        dtype=st.sampled_from([dtype.newbyteorder("=") for dtype in TYPES.values()]),
        shape=arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
    ),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("idx") / f"array{suffix}"
    pw.write_idx(path, array)
    again = pw.read_idx(path)
    assert again.dtype == array.dtype
    np.testing.assert_array_equal(again, array)


def test_the_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    pw.write_idx(tmp_path / "plain", SMALL)
    assert (tmp_path / "plain").read_bytes() == SMALL_BYTES


def test_the_same_array_gives_the_same_gzip_file(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        pw.write_idx(tmp_path / name, SMALL)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_wrong_magic_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "x", b"\x89PNG" + SMALL_BYTES) == (
        "starts with the bytes 89 50 4e 47; expected an IDX file, which starts with 00 00. "
        "Give the original file."
    )
    assert refused(tmp_path / "x", b"").startswith("starts with the bytes (none); expected")


@pytest.mark.parametrize("code", [0x00, 0x0A, 0xFF])
def test_an_unknown_type_is_refused(tmp_path: Path, code: int) -> None:
    message = refused(tmp_path / "x", bytes([0, 0, code, 2]) + SMALL_BYTES[4:])
    assert message.startswith(f"has the IDX type 0x{code:02x} and 2 dimensions; expected")


def test_no_dimension_is_refused(tmp_path: Path) -> None:
    assert "0 dimensions" in refused(tmp_path / "x", bytes([0, 0, 8, 0, 1]))


@pytest.mark.parametrize("shape", [(1,) * 65, (2**32 - 1, 2**32 - 1, 0)])
def test_dimensions_that_no_array_can_have_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    lengths = np.array(shape, ">u4").tobytes()
    message = refused(tmp_path / "x", bytes([0, 0, 8, len(shape)]) + lengths + bytes(math.prod(shape)))
    assert message == (
        f"has the dimensions {' x '.join(map(str, shape))}; expected no more and no longer ones than an "
        "array can have. Give the original file."
    )


def test_a_header_cut_short_is_refused(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "x", SMALL_BYTES[:7])
        == "ends within its header of 12 bytes. Fetch or copy it again."
    )


@pytest.mark.parametrize(("content", "count"), [(SMALL_BYTES[:-1], 5), (SMALL_BYTES + b"\0", 7)])
def test_another_length_is_refused(tmp_path: Path, content: bytes, count: int) -> None:
    assert refused(tmp_path / "x", content) == (
        f"holds {count} bytes of data; expected 6 for its dimensions 2 x 3. Fetch or copy it again."
    )


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(bytes([0, 0, 8, 1, 0, 0, 3, 232]) + bytes(range(250)) * 4)
    no_block, no_checksum = whole[:10] + b"\xff" + whole[11:], whole[:-8] + bytes(4) + whole[-4:]
    for damaged in (whole[:-9], whole[:15], b"no gzip", no_block, no_checksum):
        assert refused(tmp_path / "x.gz", damaged).startswith("is not a whole gzip file (")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.DataError, match=r"is not there\. Give the folder that holds it\.$"):
        pw.read_idx(tmp_path / "nothing")
    with pytest.raises(pw.DataError, match=r"can't be read: Is a directory\.$"):
        pw.read_idx(tmp_path)


@pytest.mark.parametrize("array", [np.zeros(3, np.int64), np.zeros((), np.uint8), np.zeros(2, bool)])
def test_what_the_format_has_no_type_for_is_not_written(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(pw.DataError, match="expected one of uint8, int8, int16, int32, float32, float64"):
        pw.write_idx(tmp_path / "x", array)
    assert list(tmp_path.iterdir()) == []
