"""Coverage-guided fuzzing of the readers of strangers' files, by hand: CI runs tests/whole/test_fuzz.py.

It needs atheris, which is no dependency of the project, and the project's own environment:

    pip install atheris
    python tests/fuzz/fuzz.py idx -runs=200000 -rss_limit_mb=1024 -timeout=10

The first argument is one of idx, weights, record, toml, image, table, columns, arrays; all others are
libFuzzer's (https://llvm.org/docs/LibFuzzer.html#options). It begins from valid files and from
tests/fuzz/found, and stops at the first input that raises another error than plainweave's own, says more than
a line, takes too long, or too much memory. That input is left as crash-*, timeout-* or oom-* in the working
folder: put it into tests/fuzz/found/TARGET, where tests/whole/test_fuzz.py and the next run here find it.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(
    include=["plainweave", "tomllib", "json", "gzip", "csv", "safetensors", "PIL"],
):
    import plainweave.data.pictures.image_file
    from hostile import LONGEST, TARGETS, read, valid

MOST_PIXELS = 10**6  # so that a picture which is allowed to be large costs no time


ODD: list[Any] = [
    *(None, True, [], {}, "", "../x", "\x1b[2J", "\ud800", "a" * 300, 0, 1, -1, 2, 0.5, 10**18, 10**40),
    *(float("nan"), float("inf"), -float("inf"), 1e308, 1e-320, 10**400, [[]], [0], {"id": "a"}),
]


def odd_json(value: Any, random: Random) -> Any:
    """Return a JSON value with one of its parts replaced, doubled or taken away."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.1:
        return random.choice([*ODD, 2 * value if isinstance(value, str | list) else 3])
    key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    twin = value.copy()
    if random.random() < 0.1:
        del twin[key]
    else:
        twin[key] = odd_json(value[key], random)
    return twin


def odd_text(text: bytes, random: Random) -> bytes:
    """Return a text of JSON with an odd part, or the text itself if it is no JSON."""
    try:
        return json.dumps(odd_json(json.loads(text), random)).encode()
    except (ValueError, RecursionError):
        return text


def odd_model(content: bytes, random: Random) -> bytes:
    """Return a model file with an odd part in its header, whose length is right, or in its description."""
    length = int.from_bytes(content[:8], "little")
    header = odd_text(content[8 : 8 + length], random)
    try:
        parsed = json.loads(content[8 : 8 + length])
        description = parsed["__metadata__"]["plainweave"]
        parsed["__metadata__"]["plainweave"] = odd_text(description.encode(), random).decode()
        header = random.choice([header, json.dumps(parsed).encode()])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def mutate(name: str, data: bytes, size: int, seed: int) -> bytes:
    """Change an input: half of those that hold JSON as JSON, all others byte by byte."""
    random, way, content = Random(seed), data[:1], data[1:]
    if name not in ("record", "weights") or random.random() < 0.5:
        return bytes(atheris.Mutate(data, size))
    if name == "weights" and way and way[0] % 2 == 0:
        return (way + odd_model(content, random))[:size]
    text, zero, rest = content.partition(b"\0")
    return (way + odd_text(text, random) + zero + rest)[:size]


def main() -> None:
    """Run libFuzzer on one target."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"{name or 'nothing'} is no target; expected one of {', '.join(TARGETS)}.")
    plainweave.data.pictures.image_file.MOST_PIXELS = MOST_PIXELS
    # libFuzzer leaves without a clean-up, so the next run makes it.
    folder = Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()) / f"plainweave-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    scratch, corpus = folder / "scratch", folder / "corpus"
    for each in (scratch, corpus):
        each.mkdir(parents=True)
    for number, data in enumerate(valid(name, scratch)):
        (corpus / f"valid-{number}").write_bytes(data)
    atheris.Setup(
        [sys.argv[0], f"-max_len={LONGEST}", *sys.argv[1:], str(corpus)],
        lambda data: read(TARGETS[name], scratch, data),
        custom_mutator=lambda data, size, seed: mutate(name, data, size, seed),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
