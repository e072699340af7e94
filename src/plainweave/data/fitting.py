"""What is fitted to the training part: a standardizer of arrays, or a preparation of tables."""

from plainweave.checks import choice, whole_number
from plainweave.data.examples import Examples
from plainweave.data.standardizer import STANDARDIZATIONS, Standardizer
from plainweave.data.tables.preparation import MISSING, NUMBERS, Preparation
from plainweave.errors import ConfigurationError, shown


def fitted(
    training: Examples, standardize: str | None, missing: str, rare: int
) -> tuple[Standardizer, Preparation | None]:
    """Return how inputs are standardized, and where they are a table, how arrays are made of it.

    Args:
        training: the training part.
        standardize: as `Split.of` has it, as the next two.
        missing: of tables.
        rare: of tables.

    Raises:
        ConfigurationError: a setting is out of its range, or is one of tables where there is an array, or one
            of arrays where there is a table.
        DataError: it can't be fitted to these inputs.
    """
    choice("missing", missing, MISSING)
    rare = whole_number("rare", rare, at_least=1)
    if training.table is not None:
        how = _one_of("table", standardize, "standard")
        preparation = Preparation.fit(training.table, numbers=how, missing=missing, rare=rare)
        return Standardizer.identity(), preparation
    for name, value, default in (("missing", missing, "median"), ("rare", rare, 1)):
        if value != default:
            raise ConfigurationError(
                f"{name} is {shown(value)} and the inputs are an array; expected {shown(default)}, for it is "
                "a setting of tables. Give pw.Examples a data frame, or leave it out."
            )
    return Standardizer.fit(_one_of("array", standardize, "all-pixels"), training), None


_HOW = {"array": STANDARDIZATIONS, "table": NUMBERS}
_INSTEAD = {"array": "an array, as frame.to_numpy() makes,", "table": "a data frame"}


def _one_of(inputs: str, given: str | None, default: str) -> str:
    """Return how such inputs are standardized; a word for the others has its own message."""
    other = "array" if inputs == "table" else "table"
    if isinstance(given, str) and given in _HOW[other] and given not in _HOW[inputs]:
        raise ConfigurationError(
            f"standardize is {shown(given)}, for {other}s, and the inputs are {_a(inputs)}; expected one of "
            f"{', '.join(_HOW[inputs])}. Give pw.Examples {_INSTEAD[other]} for the others."
        )
    return choice("standardize", default if given is None else given, _HOW[inputs])


def _a(noun: str) -> str:
    return f"an {noun}" if noun == "array" else f"a {noun}"
