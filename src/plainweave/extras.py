"""Extras: packages that only some of plainweave needs, and that `pip install plainweave` leaves out."""

from importlib.util import find_spec

from plainweave.errors import MissingExtraError

# extra -> (what needs it, the modules that it brings)
EXTRAS = {
    "page": ("The page", ("jinja2", "matplotlib")),
    "images": ("Reading a picture", ("PIL",)),
}


def need(extra: str) -> None:
    """Check that the packages of an extra are installed; call it before work that would be lost.

    Raises:
        MissingExtraError: one is not.
    """
    purpose, modules = EXTRAS[extra]
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise MissingExtraError(
            f"{purpose} needs {' and '.join(missing)}, which {are} not installed. "
            f'Run: pip install "plainweave[{extra}]"'
        )
