"""Settings that nobody said: their defaults, until the data tell what they need."""

OF_ARRAYS, OF_TABLES = "all-pixels", "standard"  # how inputs are standardized
OF_COLUMNS = "per-pixel"  # that of arrays whose features are no pixels, but columns with a target
OF_CLASSES, OF_NUMBERS = "softmax", "squared-error"  # the loss; the other is that of a number of a table
OPEN = ("standardize", "loss", "learning_rate")  # settings that are as the data need them where nobody said


class Unsaid:
    """A mark of a value that nobody said: a default in whose place certain data have another."""


class _Text(Unsaid, str):
    """A text that nobody said, equal to the same text."""


class _Number(Unsaid, float):
    """A number that nobody said, equal to the same number."""


def unsaid(value: str | float) -> str | float:
    """Return a value that is equal, and marked as `Unsaid`."""
    return _Text(value) if isinstance(value, str) else _Number(value)


def said(value: str | float) -> str | float:
    """Return a value that is equal, without that mark."""
    return str(value) if isinstance(value, str) else float(value)


def possible_losses(loss: str) -> tuple[str, ...]:
    """Return the losses that an experiment may come to have, the likeliest first."""
    return (loss, OF_NUMBERS) if isinstance(loss, Unsaid) else (loss,)
