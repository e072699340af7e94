"""Coverage-guided fuzzing of the five readers of strangers' files, by hand: CI runs tests/test_fuzz.py.

It needs atheris, which is no dependency of the project, and the project's own environment:

    pip install atheris
    python tests/fuzz/fuzz.py idx -runs=200000 -rss_limit_mb=1024 -timeout=10

The first argument is one of idx, weights, record, toml, image; all others are libFuzzer's
(https://llvm.org/docs/LibFuzzer.html#options). It begins from valid files and from tests/fuzz/found, and
stops at the first input that raises another error than plainweave's own, says more than a line, takes too
long, or too much memory. That input is left as crash-*, timeout-* or oom-* in the working folder: put it into
tests/fuzz/found/TARGET, where tests/test_fuzz.py and the next run here find it.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(
    include=["plainweave", "tomllib", "json", "gzip", "csv", "safetensors", "PIL"],
):
    import plainweave.data.image
    from hostile import LONGEST, TARGETS, read, valid

MOST_PIXELS = 10**6  # so that a picture which is allowed to be large costs no time


def main() -> None:
    """Run libFuzzer on one target."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"{name or 'nothing'} is no target; expected one of {', '.join(TARGETS)}.")
    plainweave.data.image.MOST_PIXELS = MOST_PIXELS
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=memory) as scratch,
        tempfile.TemporaryDirectory(dir=memory) as corpus,
    ):
        for number, data in enumerate(valid(name, Path(scratch))):
            (Path(corpus) / f"valid-{number}").write_bytes(data)
        arguments = [sys.argv[0], f"-max_len={LONGEST}", *sys.argv[1:], corpus]
        atheris.Setup(arguments, lambda data: read(TARGETS[name], Path(scratch), data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
