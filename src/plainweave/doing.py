"""What long work is at: said where it is done, and shown by whoever runs it, as the command line does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOADING = "loading the data"

_steps: list[Callable[[], str]] = []


@contextmanager
def doing(what: str | Callable[[], str]) -> Iterator[None]:
    """Say what is done while the `with` block lasts, or the function that this decorates.

    Args:
        what: as in "drawing the page"; or a function that says how far it has come.
    """
    step = what if callable(what) else lambda: what
    _steps.append(step)
    try:
        yield
    finally:
        _steps.remove(step)


def step_at_work() -> Callable[[], str] | None:
    """Return what says the innermost step that is done at this moment; None where nothing was said."""
    return next(reversed(_steps), None)
