"""What plainweave raises: every message says what was given, what was expected and what to do."""

import re

# Characters that end a line, move a terminal's cursor, turn the order of what follows, or can't be written
# as UTF-8. Those that join letters, or hint at their direction, stay: some scripts need them.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
NO_MEMORY = "the network and the data do not fit in memory. Use a smaller network or less data."
_LONGEST = 2000  # characters of a message


def harmless(text: str) -> str:
    """Return a text that may come from a stranger as a line that a terminal can show."""
    return CONTROLS.sub(" ", text)


def shown(value: object) -> str:
    """Return a value as a message shows it: its repr, or its type where that can't be had."""
    try:
        return repr(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits, or lists in lists
        return f"a {type(value).__name__} too long to show"


class PlainweaveError(Exception):
    """The root of every error plainweave raises on purpose. Its message is one line, for people.

    What it quotes may come from a stranger's file: control characters become spaces, and of a message too
    long to be read the middle is left out.
    """

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
        return harmless(text)


class ConfigurationError(PlainweaveError, ValueError):
    """A setting has a value that cannot be used."""


class ShapeError(PlainweaveError, ValueError):
    """An array's shape does not fit where it was given."""


class DataError(PlainweaveError):
    """A data file, image or data set is not what it should be."""


class DataUnavailableError(DataError):
    """A named data set is neither on this machine nor to be had from its mirrors."""


class RecordError(PlainweaveError):
    """A run's folder, model file or output folder cannot be read or written."""


class MissingExtraError(PlainweaveError, ImportError):
    """A package is not installed that only this needs."""
