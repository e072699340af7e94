"""Paths as people give them."""

import os
from pathlib import Path

from plainweave.errors import ConfigurationError, shown


def as_path(name: str, value: object) -> Path:
    """Return the path that a setting or an argument gives.

    Raises:
        ConfigurationError: it is neither text nor a pathlib.Path, is empty, or no path of any system.
    """
    text = os.fspath(value) if isinstance(value, (str, os.PathLike)) else value
    if isinstance(text, str) and text and "\0" not in text:
        return Path(text)
    raise ConfigurationError(f"{name} is {shown(value)}; expected a path, as text or a pathlib.Path.")
