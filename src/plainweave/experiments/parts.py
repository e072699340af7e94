"""Settings that name parts of a network or of its training: checked, and kept as the texts they are."""

from collections.abc import Callable, Mapping, Sequence

from plainweave.checks import several
from plainweave.data.class_weights import BALANCED
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.setting import as_numbers_by_name
from plainweave.named import Named
from plainweave.network import activations_of, dropout_rates
from plainweave.optimizers import factors


def checked_text(name: str, given: object, part: Callable[[object], object], example: str) -> str:
    """Check a text that names a part.

    Args:
        name: of the setting.
        given: its value.
        part: makes the part, or raises.
        example: of such a text.

    Raises:
        ConfigurationError: it names none, or is an object of one's own, which can't be written to a file.
    """
    if isinstance(given, Named) or callable(given):
        raise ConfigurationError(
            f"{name} is a {type(given).__name__} object; expected its name, as in {example}. To train with "
            "an object, use fit."
        )
    part(given)
    return str(given)


def checked_activations(hidden: Sequence[int], given: object) -> str | tuple[str, ...]:
    """Check the names of activations, one for all hidden layers or a list.

    Raises:
        ConfigurationError: one is unknown or no name, or there are not as many as hidden layers.
    """
    names = several(given)
    for name in [given] if names is None else names:
        if isinstance(name, Named):
            raise ConfigurationError(
                f"activation is a {type(name).__name__} object; expected its name, as in 'tanh' or "
                "'leaky-relu:0.2'. To train an activation of your own, use fit."
            )
    activations_of(hidden, given)  # type: ignore[arg-type]
    return str(given) if names is None else tuple(str(name) for name in names)


def checked_dropout(hidden: Sequence[int], given: object) -> float | tuple[float, ...]:
    """Check rates of dropout, one for all hidden layers or a list.

    Raises:
        ConfigurationError: one is out of its range, or there are not as many as hidden layers.
    """
    rates = dropout_rates(hidden, given)  # type: ignore[arg-type]
    if several(given) is None:
        return dropout_rates((1,), given)[0]  # type: ignore[arg-type]
    return rates


def checked_factors(name: str, given: object) -> dict[str, float]:
    """Check factors of some parameters, and put them in alphabetical order.

    Raises:
        ConfigurationError: they are no numbers of at least 0 by name.
    """
    return dict(sorted(factors.checked_factors(name, given).items()))


def checked_class_weight(given: object) -> str | dict[str, float] | None:
    """Check the weights of classes; which classes there are, the data decide.

    Raises:
        ConfigurationError: they are neither "balanced" nor numbers of at least 0 by class.
    """
    if given is None or (isinstance(given, str) and given == BALANCED):
        return None if given is None else BALANCED
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"class_weight is {shown(given)}; expected 'balanced', or a weight for each class, as in "
            "{'0': 1, '1': 2.5}."
        )
    return as_numbers_by_name("class_weight", given, "{'0': 1, '1': 2.5}")
