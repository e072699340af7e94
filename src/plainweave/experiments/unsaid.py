"""Settings that nobody said: their defaults, until the data tell what they need."""

from plainweave.data import Dataset

OF_ARRAYS, OF_TABLES = "all-pixels", "standard"  # how inputs are standardized
OF_CLASSES, OF_NUMBERS = "softmax", "squared-error"  # the loss; the other is that of a number of a table
_RATE = 0.01  # of sgd for numbers of tables; else it is 0.1
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


def as_data_need(
    settings: dict[str, str | float], dataset: Dataset, optimizer: str
) -> dict[str, str | float]:
    """Return settings of `OPEN` that nobody said as they are said for a data set.

    Args:
        settings: by name, some of `OPEN`, with their defaults.
        dataset: to train on.
        optimizer: its name.
    """
    plain = {name: str(value) if isinstance(value, str) else float(value) for name, value in settings.items()}
    needed: dict[str, str | float] = {}
    if dataset.train.table is not None:
        needed["standardize"] = OF_TABLES
        if not dataset.is_classification:
            needed |= {"loss": OF_NUMBERS} if dataset.outputs == 1 else {}
            needed |= {"learning_rate": _RATE} if optimizer == "sgd" else {}
    return {name: needed.get(name, value) for name, value in plain.items()}
