"""The version of this package."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("plainweave")
except PackageNotFoundError:  # the source tree is on the path but was not installed
    __version__ = "unknown"
