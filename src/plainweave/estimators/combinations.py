"""Which parameters of an estimator go together."""

import warnings
from inspect import signature

import numpy as np

from plainweave.errors import ConfigurationError
from plainweave.estimators.perceptron import Perceptron
from plainweave.optimizers import Schedule

_REPLACED = (  # by an optimizer
    *("solver", "alpha", "learning_rate", "learning_rate_init", "power_t", "momentum", "nesterovs_momentum"),
    *("beta_1", "beta_2", "epsilon"),
)


def check_extras(estimator: Perceptron, *, has_validation: bool) -> None:
    """Check that training can do what is asked beyond scikit-learn's.

    Raises:
        ConfigurationError: something needs examples held out, or batches, and there are none.
    """
    for name in ("learning_rate", "weight_decay", "l1"):
        if estimator.optimizer is not None and np.ndim(getattr(estimator.optimizer, name)):
            raise ConfigurationError(
                f"optimizer is {estimator.optimizer!r}, whose {name} is a list; expected one number, which "
                "serves all members."
            )
    needs = [] if estimator.choose_by is None else [f"choose_by is {estimator.choose_by!r}"]
    schedule = estimator.schedule
    if schedule is None and estimator.optimizer is not None:
        schedule = estimator.optimizer.schedule
    if schedule is not None and Schedule.of(schedule).needs_validation:
        needs.append(f"schedule is {schedule!r}")
    if needs and not has_validation:
        way = "early_stopping=True, or X_val and y_val" if estimator._is_stochastic else "X_val and y_val"
        raise ConfigurationError(f"{needs[0]}, and no examples are held out; expected {way} in fit.")
    if not estimator._is_stochastic and estimator.precision != "full":
        raise ConfigurationError(
            f"precision is {estimator.precision!r}, and solver='lbfgs' has none but 'full'; expected "
            "solver='adam' or 'sgd'."
        )
    if not estimator._is_stochastic and (any(estimator._dropout_rates()) or estimator.schedule is not None):
        name = "dropout" if estimator.schedule is None else "schedule"
        raise ConfigurationError(
            f"{name} is {getattr(estimator, name)!r}, and solver='lbfgs' has none; expected solver='adam' or "
            "'sgd'."
        )


def warn_of_unused(estimator: Perceptron) -> None:
    """Warn of what an optimizer takes the place of, where it is not at its default: it does nothing."""
    if estimator.optimizer is None:
        return
    parameters = signature(type(estimator)).parameters
    defaults = {name: parameters[name].default for name in _REPLACED if name in parameters}
    changed = {name: default for name, default in defaults.items() if getattr(estimator, name) != default}
    if changed:
        given = " and ".join(f"{name} is {getattr(estimator, name)!r}" for name in changed)
        expected = ", ".join(f"{name}={default!r}" for name, default in changed.items())
        warnings.warn(
            f"{given}, which does nothing beside optimizer={type(estimator.optimizer).__name__}(...); "
            f"expected the default, {expected}. An optimizer has settings of its own, as learning_rate "
            "and weight_decay.",
            stacklevel=1,
        )
