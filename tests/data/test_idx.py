import gzip
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import plainweave as pw
from plainweave.data.idx import TYPES

SMALL = np.arange(6, dtype=np.uint8).reshape(2, 3)
SMALL_BYTES = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 3, 4, 5])


def content_refused(path: Path, content: bytes) -> str:
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
    assert content_refused(tmp_path / "x", b"\x89PNG" + SMALL_BYTES) == (
        "starts with the bytes 89 50 4e 47; expected an IDX file, which starts with 00 00. "
        "Give the original file."
    )
    assert content_refused(tmp_path / "x", b"").startswith("starts with the bytes (none); expected")


@pytest.mark.parametrize("code", [0x00, 0x0A, 0xFF])
def test_an_unknown_type_is_refused(tmp_path: Path, code: int) -> None:
    message = content_refused(tmp_path / "x", bytes([0, 0, code, 2]) + SMALL_BYTES[4:])
    assert message.startswith(f"has the IDX type 0x{code:02x} and 2 dimensions; expected")


def test_no_dimension_is_refused(tmp_path: Path) -> None:
    assert "0 dimensions" in content_refused(tmp_path / "x", bytes([0, 0, 8, 0, 1]))


@pytest.mark.parametrize("shape", [(1,) * 65, (2**32 - 1, 2**32 - 1, 0)])
def test_dimensions_that_no_array_can_have_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    lengths = np.array(shape, ">u4").tobytes()
    message = content_refused(
        tmp_path / "x", bytes([0, 0, 8, len(shape)]) + lengths + bytes(math.prod(shape))
    )
    assert message == (
        f"has the dimensions {' x '.join(map(str, shape))}; expected no more and no longer ones than an "
        "array can have. Give the original file."
    )


def test_a_header_cut_short_is_refused(tmp_path: Path) -> None:
    assert (
        content_refused(tmp_path / "x", SMALL_BYTES[:7])
        == "ends within its header of 12 bytes. Fetch or copy it again."
    )


@pytest.mark.parametrize(("content", "count"), [(SMALL_BYTES[:-1], 5), (SMALL_BYTES + b"\0", 7)])
def test_another_length_is_refused(tmp_path: Path, content: bytes, count: int) -> None:
    assert content_refused(tmp_path / "x", content) == (
        f"holds {count} bytes of data; expected 6 for its dimensions 2 x 3. Fetch or copy it again."
    )


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(bytes([0, 0, 8, 1, 0, 0, 3, 232]) + bytes(range(250)) * 4)
    no_block, no_checksum = whole[:10] + b"\xff" + whole[11:], whole[:-8] + bytes(4) + whole[-4:]
    for damaged in (whole[:-9], whole[:15], b"no gzip", no_block, no_checksum):
        assert content_refused(tmp_path / "x.gz", damaged).startswith("is not a whole gzip file (")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.DataError, match=r"is not there\. Give the folder that holds it\.$"):
        pw.read_idx(tmp_path / "nothing")
    with pytest.raises(
        pw.DataError, match=r"can't be read: Is a directory\. Give a file that can be read\.$"
    ):
        pw.read_idx(tmp_path)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.array([0, 255]), "uint8"),
        (np.array([-1, 127]), "int8"),
        (np.array([-1, 128]), "int16"),
        (np.array([0, 256]), "int16"),
        (np.array([-(2**31), 2**31 - 1]), "int32"),
        (np.array([0, 65535], np.uint16), "int32"),
        (np.array([0, 2**31 - 1], np.uint32), "int32"),
        (np.array([3], np.uint64), "uint8"),
        (np.array([[True, False]]), "uint8"),
        (np.array([1, 2], np.dtype(">i8")), "uint8"),
        (np.array([], np.int64), "uint8"),
        (np.array([0.1, 65504, np.inf], np.float16), "float32"),
        (np.array([7], np.int32), "int32"),  # a type that IDX has is kept
        (np.array([7], np.dtype(">f4")), "float32"),
        ([1, 2, 300], "int16"),
        ([[1.5, 2]], "float64"),
        (range(4), "uint8"),
        (np.ma.masked_array([1, 2], mask=False), "uint8"),
        (np.asfortranarray([[1, 2], [3, 400]]), "int16"),
        (np.arange(10)[::-3], "uint8"),
        (scipy.sparse.csr_array(np.eye(3)), "float64"),
    ],
    ids=str,
)
def test_what_a_type_of_the_format_holds_is_written_in_it(tmp_path: Path, given: Any, dtype: str) -> None:
    pw.write_idx(tmp_path / "x", given)
    again = pw.read_idx(tmp_path / "x")
    assert again.dtype == dtype
    expected = given.toarray() if hasattr(given, "toarray") else np.asarray(given)
    np.testing.assert_array_equal(again, expected)


SIDES = "was given; expected at least 1 dimension, of at most 4294967295 elements each."
TYPES_OF_IDX = "uint8, int8, int16, int32, float32, float64"
KINDS = f"was given; expected what one of the types {TYPES_OF_IDX} holds. Convert it to one."


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([0, 2**31]), f"an array of int64 from 0 to 2147483648 {KINDS}"),
        (np.array([0, 2**64 - 1], np.uint64), f"an array of uint64 from 0 to {2**64 - 1} {KINDS}"),
        (np.array([1j]), f"an array of complex128 {KINDS}"),
        (np.array(["cat"]), f"an array of <U3 {KINDS}"),
        ([10**30], f"an array of object {KINDS}"),
        (np.array([1], "M8[s]"), f"an array of datetime64[s] {KINDS}"),
        (np.zeros(2, np.longdouble), f"an array of {np.dtype(np.longdouble)} {KINDS}"),
        (np.zeros((), np.uint8), f"an array of shape () {SIDES}"),
        (None, f"an array of shape () {SIDES}"),
        (np.zeros((2**32, 0), np.uint8), f"an array of shape (4294967296, 0) {SIDES}"),
        (
            np.broadcast_to(np.uint8(0), (2**16, 2**16)),
            "an array of 4,294,967,296 elements was given; expected a file of at most 4,294,967,296 bytes. "
            "Write several.",
        ),
        (
            np.ma.masked_array([1, 2], mask=[False, True]),
            "a masked array was given. Fill in what is masked, with filled().",
        ),
    ],
    ids=str,
)
def test_what_no_type_of_the_format_holds_is_not_written(
    tmp_path: Path, array: np.ndarray, message: str
) -> None:
    with pytest.raises(pw.DataError) as error:
        pw.write_idx(tmp_path / "x", array)
    assert str(error.value) == f"{tmp_path}/x: {message}"
    assert list(tmp_path.iterdir()) == []


def test_what_makes_no_array_is_refused_in_one_line(tmp_path: Path) -> None:
    class Foreign:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            raise RuntimeError("it needs its gradient")

    with pytest.raises(
        pw.DataError,
        match=r"x: no array can be made of a list \(.*inhomogeneous.*\); expected numbers",
    ):
        pw.write_idx(tmp_path / "x", [[1], [1, 2]])
    with pytest.raises(
        pw.DataError,
        match=r"of a Foreign \(it needs its gradient\); expected numbers, as many in each row\.$",
    ):
        pw.write_idx(tmp_path / "x", Foreign())


@given(array=arrays.arrays(dtype=st.sampled_from(["i8", "u8", "u2", "u4", "b1", "f2"]), shape=3))
def test_nothing_is_changed_by_narrowing(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("idx") / "x"
    try:
        pw.write_idx(path, array)
    except pw.DataError:
        assert array.min() < -(2**31) or array.max() >= 2**31
    else:
        np.testing.assert_array_equal(pw.read_idx(path), array)
