"""Files from strangers, in short: any bytes, and valid files damaged. The long form is tests/fuzz/fuzz.py."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile import LONGEST, MEMORY, TARGETS, read, valid

SHORT = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = {"columns": settings(SHORT, max_examples=10)}  # for each a process is begun
# What makes numbers and nesting absurd, wherever it is put.
TOKENS = [
    *(b"\xff\xff\xff\xff", b"\x00", b"\xff", b"\n", b'"', b"[" * 1500, b'{"a":' * 1500, b"9" * 400, b"-1"),
    *(b"1e999", b"NaN", b"Infinity", b"null", b"true", b"[]", b"{}", b'"../../x"', b"\\ud800", b"\x1b[2J"),
    *(b"0x" + b"f" * 1500, b"99999999999999999999", b"0", b"1e308", b"\xef\xbb\xbf", "\u2028".encode()),
]


@pytest.fixture(autouse=True)
def few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that large ones cost no time.
    monkeypatch.setattr("plainweave.data.pictures.image_file.MOST_PIXELS", 10**6)


@pytest.fixture(scope="module")
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@st.composite
def damaged(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A valid file with bytes overwritten, put in, or cut out."""
    content = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        gone = draw(st.sampled_from([0, 1, 2, 4, 8, 30, len(content)]))
        piece = draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
        content = content[:start] + piece + content[start + gone :]
    return content[:LONGEST]


def check(name: str, folder: Path, data: bytes) -> None:
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    read(TARGETS[name], folder, data)
    assert tracemalloc.get_traced_memory()[1] - before < MEMORY


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.usefixtures("traced")
def test_any_bytes_are_read_or_refused(tmp_path: Path, name: str) -> None:
    @SHORT
    @given(st.binary(max_size=200))
    def run(data: bytes) -> None:
        check(name, tmp_path, data)

    run()


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.usefixtures("traced")
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    whole = valid(name, tmp_path)

    @FEW.get(name, SHORT)
    @given(damaged(whole))
    def run(data: bytes) -> None:
        check(name, tmp_path, data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzing_begins_from_is_valid(tmp_path: Path, name: str) -> None:
    made = [data for data in valid(name, tmp_path) if data not in found(name)]
    assert made
    for data in made:
        assert read(TARGETS[name], tmp_path, data) == ""


def found(name: str) -> list[bytes]:
    folder = Path(__file__).parents[1] / "fuzz" / "found" / name
    return [path.read_bytes() for path in sorted(folder.glob("*"))]


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.usefixtures("traced")
def test_what_was_found_once_is_refused(tmp_path: Path, name: str) -> None:
    for data in found(name):
        check(name, tmp_path, data)
