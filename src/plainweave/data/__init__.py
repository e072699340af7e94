"""Data sets: read, found, fetched, checked, parted and standardized."""

import lazy_loader

# The names stand in __init__.pyi; each is imported when it is first used, so that a training on arrays does
# not wait for what reads files.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# Called as their files are, which would take their places as soon as they were imported.
from plainweave.data.class_weights import class_weights  # noqa: E402, F401
from plainweave.data.split import split  # noqa: E402, F401
