"""How tests ask for an error, and change a model file so that there is one."""

import json
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load as parse
from safetensors.numpy import save

import plainweave as pw


@contextmanager
def in_memory_of(most: int) -> Iterator[None]:
    """Fail if more bytes are taken, at any moment, than that."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def refused(call: Callable[[], object]) -> str:
    """Return the line that a call is refused with, for next to no memory."""
    with pytest.raises(pw.PlainweaveError) as error, in_memory_of(2**22):
        call()
    message = str(error.value)
    assert len(message.splitlines()) == 1
    return message


def refusal(call: Callable[[], object]) -> str:
    """Return what a call is refused with."""
    with pytest.raises(pw.PlainweaveError) as error:
        call()
    return str(error.value)


def in_the_way(path: Path) -> str:
    """What is said of a file that is not plainweave's, where its own is to be."""
    return (
        f"{path} is in the way: plainweave did not write it, or it was changed since. "
        "Move it, or choose another folder."
    )


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Change what a model file says and its arrays."""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    metadata = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["plainweave"])
    tensors = parse(content)
    change(metadata, tensors)
    path.write_bytes(save(tensors, {"plainweave": json.dumps(metadata)}))


def complaint(path: Path) -> str:
    """Return what is said of a model file, without its path."""
    with pytest.raises(pw.RecordError) as error:
        pw.load(path)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(str(path))
