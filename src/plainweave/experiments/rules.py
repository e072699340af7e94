"""The optimizers that settings can name: what each of them has by default, and what it is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plainweave.errors import ConfigurationError, shown
from plainweave.optimizers import SGD, Adam, AdamW, Optimizer

BATCH = "batch"
LOSS_MEANS = (BATCH, "batch-and-classes")

_COMMON = (
    *("learning_rate", "weight_decay", "l1", "decay_biases", "schedule", "clip_norm"),
    *("rate_factors", "decay_factors"),
)
_Default = float | bool


@dataclass(frozen=True)
class Rule:
    """An optimizer, as settings know it.

    Attributes:
        common: what it has by default of the settings that every optimizer has.
        own: the settings that it has beside these, with their defaults.
    """

    common: Mapping[str, _Default]
    own: Mapping[str, _Default]


_ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
RULES = {
    "sgd": Rule(
        {"learning_rate": 0.1, "weight_decay": 0.0}, {"momentum": 0.9, "dampening": 0.0, "nesterov": False}
    ),
    "adam": Rule({"learning_rate": 0.001, "weight_decay": 0.0}, _ADAM),
    "adamw": Rule({"learning_rate": 0.001, "weight_decay": 0.01}, _ADAM),
}


def completed(optimizer: str, given: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of an optimizer, with its own defaults in the places of None.

    Args:
        optimizer: its name.
        given: the settings of all optimizers; those that are not its own are None, and stay so.

    Raises:
        ConfigurationError: one that is not its own is given.
    """
    rule = RULES[optimizer]
    for name, value in given.items():
        if value is not None and name not in rule.common and name not in rule.own:
            theirs = " and ".join(other for other in RULES if name in RULES[other].own)
            raise ConfigurationError(
                f"{name} is {shown(value)} with optimizer {optimizer}; expected none, for it is a setting of "
                f"{theirs}. Leave it out."
            )
    defaults = {**rule.common, **rule.own}
    return {name: defaults.get(name) if value is None else value for name, value in given.items()}


def optimizer_settings() -> list[str]:
    """Return the names of all settings whose default depends on the optimizer."""
    return list(dict.fromkeys(name for rule in RULES.values() for name in (*rule.common, *rule.own)))


def made(settings: Mapping[str, object], rates: Mapping[str, object]) -> Optimizer:
    """Return the optimizer of an experiment's settings.

    Args:
        settings: of the experiment, by name.
        rates: stand in the place of some: those that each model of a stack has of its own.

    Raises:
        ConfigurationError: they do not go together.
    """
    values = {**settings, **rates}
    name = str(values["optimizer"])
    if name == "sgd":
        own = {setting: values[setting] for setting in RULES[name].own}
    else:
        own = {"betas": (values["beta1"], values["beta2"]), "eps": values["epsilon"]}
    kinds: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
    return kinds[name](**{setting: values[setting] for setting in _COMMON}, **own)


def check_precision(settings: Mapping[str, object]) -> None:
    """Check that the precision of products goes with that of the network.

    Args:
        settings: of the experiment, by name.

    Raises:
        ConfigurationError: it does not.
    """
    if settings["precision"] == "mixed" and settings["dtype"] != "float32":
        raise ConfigurationError(
            f"precision is 'mixed' with dtype {settings['dtype']}; expected float32, or 'full' precision."
        )


def check_loss_mean(settings: Mapping[str, object], is_of_classes: bool) -> None:
    """Check that what the gradient is averaged over goes with the other settings.

    Args:
        settings: of the experiment, by name.
        is_of_classes: whether the loss is softmax cross-entropy.

    Raises:
        ConfigurationError: it does not.
    """
    fits = {
        "loss": is_of_classes,
        "optimizer": settings["optimizer"] == "sgd",
        "clip_norm": settings["clip_norm"] is None,
    }
    for name in fits:
        if settings["loss_mean"] != BATCH and not fits[name]:
            raise ConfigurationError(
                f"loss_mean is {settings['loss_mean']!r} with {name} {settings[name]}; expected 'batch': "
                "the other is for the softmax loss and sgd, without clip_norm."
            )
