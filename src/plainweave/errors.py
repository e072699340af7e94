"""What plainweave raises: every message says what was given, what was expected and what to do."""


class PlainweaveError(Exception):
    """The root of every error plainweave raises on purpose. Its message is one line, for people."""


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
