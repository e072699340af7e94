"""Standard output and error as they are found: closed, full, or in a character set of their own.

What is printed never ends a command. What can't be written is remembered, and said at the end.
"""

import codecs
import errno
import io
import os
import select
import shlex
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from plainweave.errors import CONTROLS, harmless

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# What stands for a character that the terminal's set does not have; for any other stands a question mark.
_NEAREST = {"±": "+-", "–": "-", "−": "-", "×": "x", "…": "..."}
_ERRORS = "plainweave"
_USUAL, _NARROWEST = 80, 20  # columns of a terminal


class Stream(io.RawIOBase):
    """A stream whose writing never fails.

    Attributes:
        problem: why something could not be written, or None.
        before_writing: is called before what is printed is written.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.problem: OSError | None = None
        self.before_writing: Callable[[], None] | None = None

    def writable(self) -> bool:
        """Whether it is for writing: it is."""
        return True

    def fileno(self) -> int:
        """Return the file's number."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._raw.isatty()

    def write(self, data: "ReadableBuffer") -> int:
        """Write bytes, and return how many went, or seemed to."""
        if self.before_writing:
            self.before_writing()
        return self.put(data)

    def put(self, data: "ReadableBuffer") -> int:
        """Write bytes with nothing before them, and return how many went, or seemed to."""
        while self.problem is None:
            try:
                written = self._raw.write(data)
                if written is not None:
                    return written
                select.select((), (self.fileno(),), ())  # another program had it answer "not now"
            except OSError as error:
                self.problem = error
        return memoryview(data).nbytes


def replace_streams() -> tuple[Stream | None, Stream | None]:
    """Put streams that never fail in place of standard output and error.

    Returns:
        Both; None in place of one where a program has put a stream of its own there.
    """
    codecs.register_error(_ERRORS, _nearest)
    _fill_closed()
    output, sys.stdout = _replaced(sys.stdout, 1)
    errors, sys.stderr = _replaced(sys.stderr, 2)
    return output, errors


def shell_word(path: str | Path) -> str:
    r"""Return a path as a word of a shell line to copy.

    Characters that would do something to the terminal, or that it does not have, stand as bytes, $'\303\257'.
    """
    text = os.fspath(path)
    if text.startswith("-"):
        text = f"./{text}"  # a word that is no option
    if not CONTROLS.search(text):
        try:
            text.encode(sys.stdout.encoding or "ascii")
            return shlex.quote(text)
        except UnicodeEncodeError:
            pass
    return "$'" + "".join(map(_escaped, os.fsencode(text))) + "'"


def say(line: str) -> None:
    """Print a line on standard output, in harmless form."""
    print(harmless(line))


def say_text(line: str) -> None:
    """Print a line with nothing in it to copy as `say` does: on a terminal it is broken at blanks."""
    print(_broken(harmless(line), sys.stdout))


def say_file(what: str, path: str | Path) -> None:
    """Print where a file lies, "The page: runs/page.html"; a terminal can open it by a click."""
    shown = harmless(os.fspath(path))
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        shown = f"\x1b]8;;{Path(path).absolute().as_uri()}\x1b\\{shown}\x1b]8;;\x1b\\"
    print(f"{what}: {shown}")


def note(line: str) -> None:
    """Print a line about the command on standard error, in harmless form; on a terminal broken at blanks."""
    print(_broken(f"plainweave: {harmless(line)}", sys.stderr), file=sys.stderr)


def terminal_width() -> int:
    """Return how many columns the terminal has, be it on standard error, output or input; 80 without one.

    Fewer than 20 are told as 20: no help can be laid out in them. The standard library asks for that of
    standard output as Python began with, which is replaced here.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return max(int(given), _NARROWEST)
    for number in (2, 1, 0):
        with suppress(OSError):
            if columns := os.get_terminal_size(number).columns:
                return max(columns, _NARROWEST)
    return _USUAL


def _broken(line: str, stream: TextIO) -> str:
    if not stream.isatty():
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line,
        terminal_width(),
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _escaped(byte: int) -> str:
    character = chr(byte)
    plain = character.isascii() and character.isprintable() and character not in "'\\"
    return character if plain else f"\\{byte:03o}"


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_NEAREST.get(character, "?") for character in missing), error.end


def _fill_closed() -> None:
    """Take the places of closed streams, or the first files that are opened would get what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            os.open(os.devnull, os.O_RDONLY)  # the lowest free number is this one; writing fails, as it did


def _replaced(stream: TextIO | None, number: int) -> tuple[Stream | None, TextIO]:
    """Return a stream that never fails and the text stream on it, or None and the stream as it is."""
    if stream is None:
        stream = open(number, "w", closefd=False)  # noqa: SIM115
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(
        stream.buffer, io.BufferedWriter | io.FileIO
    ):
        return None, stream
    encoding, line_buffering, write_through = stream.encoding, stream.line_buffering, stream.write_through
    buffer = stream.detach()
    if isinstance(buffer, io.BufferedWriter):
        raw = Stream(buffer.detach())
        buffer = io.BufferedWriter(raw)
    else:  # as `python -u` has it
        buffer = raw = Stream(buffer)
    text = io.TextIOWrapper(
        buffer, encoding, _ERRORS, line_buffering=line_buffering, write_through=write_through
    )
    return raw, text
