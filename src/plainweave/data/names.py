"""Names that a user gives: of data sets, targets, classes and columns."""

import numpy as np

from plainweave.checks import several
from plainweave.errors import CONTROLS, ConfigurationError, DataError, shown


def as_class_names(whose: str, given: object) -> tuple[str, ...]:
    """Return the names of classes as text; numbers are names too.

    Raises:
        DataError: they are no list of names, or one is no line of text.
    """
    names = several(given)
    if names is None:
        raise DataError(
            f"{whose}: class_names is {shown(given)}; expected a list with a name for each class, as in "
            "('cat', 'dog')."
        )
    return tuple(as_name(whose, name) for name in names)


def as_name(whose: str, given: object) -> str:
    """Return a name as text; numbers are names too.

    Raises:
        DataError: it is no line of text.
    """
    given = given.item() if isinstance(given, np.generic) else given
    if isinstance(given, str | bool | int | float) and not CONTROLS.search(str(given)):
        return str(given)
    raise DataError(f"{whose}: a name is {shown(given)}; expected a line of text. Rename it.")


def as_column_names(setting: str, given: object) -> tuple[str, ...]:
    """Return the names of columns that a setting lists.

    Raises:
        ConfigurationError: they are no list of names.
    """
    names = several(given)
    if names is None or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(
            f"{setting} is {shown(given)}; expected the names of columns, as in ['id', 'date']."
        )
    return tuple(map(str, names))
