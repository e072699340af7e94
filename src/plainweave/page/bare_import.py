"""Importing matplotlib where the user's settings would keep it from being imported."""

import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory

_SETTINGS = ("MPLBACKEND", "MATPLOTLIBRC")


def import_matplotlib() -> None:
    """Import matplotlib, as the user has set it up if that can be done, and else as it comes.

    A notebook names its own backend in MPLBACKEND for all processes that it starts, and in another
    environment than its own there is no such backend: `import matplotlib` fails. So it does on a
    matplotlibrc that can't be read. plainweave uses neither.
    """
    try:
        import_module("matplotlib")
    except (OSError, ValueError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
            del sys.modules[name]  # what was imported holds on to the half of matplotlib that was not
        with _no_settings():
            import_module("matplotlib")


@contextmanager
def _no_settings() -> Iterator[None]:
    """Hide what matplotlib would read: the environment, and a matplotlibrc in the working folder."""
    hidden = {name: os.environ.pop(name) for name in _SETTINGS if name in os.environ}
    os.environ["MATPLOTLIBRC"] = os.devnull  # comes before the user's own folder
    try:
        with TemporaryDirectory() as empty, chdir(empty):
            yield
    finally:
        del os.environ["MATPLOTLIBRC"]
        os.environ.update(hidden)
