"""Factors of the learning rate and of the decay that only some parameters have."""

from collections.abc import Iterable, Mapping

from plainweave.checks import did_you_mean, number
from plainweave.errors import ConfigurationError, shown


def checked_factors(name: str, given: object) -> dict[str, float]:
    """Return factors by what they are for, as a dict of their own.

    Raises:
        ConfigurationError: they are no mapping of names to numbers of at least 0.
    """
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise ConfigurationError(f"{name} is {shown(given)}; expected numbers by name, as in {{'bias': 2}}.")
    return {key: number(f"{name}[{key!r}]", factor) for key, factor in given.items()}


def fits(key: str, parameter: str) -> bool:
    """Whether a factor's name is that of a parameter, "hidden_1.bias", its layer or its kind."""
    layer, _, kind = parameter.rpartition(".")
    return key in (parameter, layer, kind)


def factor_of(factors: Mapping[str, float], parameter: str) -> float:
    """Return the product of all factors that fit a parameter; 1 if none does."""
    product = 1.0
    for key, factor in factors.items():
        if fits(key, parameter):
            product *= factor
    return product


def check_fit(
    name: str, factors: Mapping[str, float], parameters: Iterable[str], which: str = "", advice: str = ""
) -> None:
    """Check that each factor has a parameter that it fits.

    Args:
        name: of the setting.
        factors: it.
        parameters: those that have such a factor.
        which: what a message adds to "parameter", where these are not all.
        advice: what a message says instead of what was meant.

    Raises:
        ConfigurationError: one has none.
    """
    parameters = list(parameters)
    for key in factors:
        if not any(fits(key, parameter) for parameter in parameters):
            known = dict.fromkeys(
                part for parameter in parameters for part in (*parameter.rpartition(".")[::2], parameter)
            )
            raise ConfigurationError(
                f"{name} has {key!r}, which fits no parameter{which}; the parameters{which} are "
                f"{', '.join(parameters)}."
                + (f" {advice}" if advice else did_you_mean(key, filter(None, known)))
            )
