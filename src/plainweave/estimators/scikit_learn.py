"""scikit-learn's own estimators: their state taken over, and given back."""

import copy
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from sklearn import neural_network
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, BaseOptimizer, SGDOptimizer

from plainweave.arrays import FloatArray
from plainweave.estimators.objective import Objective
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.rules import ScikitAdam, ScikitSGD, SolverState
from plainweave.losses import Loss
from plainweave.network import Activation
from plainweave.training import History

_Estimator = TypeVar("_Estimator", bound=Perceptron)

# What both have, but for the parameters and where the solver stands.
_FITTED = (
    *("coefs_", "intercepts_", "n_features_in_", "feature_names_in_", "n_layers_", "n_outputs_", "n_iter_"),
    *("classes_", "_label_binarizer", "out_activation_", "t_", "loss_", "loss_curve_", "best_loss_"),
    *("validation_scores_", "best_validation_score_", "_best_coefs", "_best_intercepts"),
    *("_no_improvement_count", "_random_state"),
)
_ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
_LOSSES = {"squared-error": "squared_error", "poisson": "poisson"}


def taken(kind: type[_Estimator], fitted: BaseEstimator) -> _Estimator:
    """Return an estimator of ours with all that one of scikit-learn's has.

    Raises:
        TypeError: it is another estimator.
    """
    theirs = _theirs(kind)
    if not isinstance(fitted, theirs):
        raise _other_estimator(theirs, fitted)
    parameters = kind._get_param_names()
    held = _copied(fitted, [*parameters, *_FITTED])
    estimator = kind(**{name: held[name] for name in parameters if name in held})
    estimator.__dict__.update({name: held[name] for name in _FITTED if name in held})
    if "coefs_" in held:
        _complete(estimator)
    if hasattr(fitted, "_optimizer"):
        estimator._optimizer = _state(fitted._optimizer, estimator)
    return estimator


def _complete(estimator: Perceptron) -> None:
    """Add what only ours have; of epochs of scikit-learn's no validation loss is known."""
    has = vars(estimator)
    scores, best = has.get("validation_scores_"), has.get("best_validation_score_")
    estimator.__dict__.update(
        history_=History(),
        members_=None,
        validation_loss_curve_=None if scores is None else [np.nan] * len(scores),
        _best_watched=-np.inf if best is None else best,
        _no_improvement_count=has.get("_no_improvement_count", 0),
    )


def given(estimator: Perceptron) -> BaseEstimator:
    """Return an estimator of scikit-learn's with all that it can hold of one of ours.

    Raises:
        ValueError: it can't hold something by which predictions or steps would be others.
    """
    theirs = _theirs(type(estimator))
    _check_can_be_held(estimator)
    parameters = theirs._get_param_names()
    held = _copied(estimator, [*parameters, *_FITTED])
    activations = estimator._activations()
    if activations:
        held["activation"] = _ACTIVATIONS[activations[0].name]
    if "loss" in held:
        held["loss"] = _LOSSES[estimator._loss().name]
    twin = theirs(**{name: held[name] for name in parameters})
    twin.__dict__.update({name: held[name] for name in _FITTED if name in held})
    solver = _optimizer(estimator._optimizer, estimator) if hasattr(estimator, "_optimizer") else None
    if solver is not None:
        twin._optimizer = solver
    return twin


def _copied(estimator: BaseEstimator, names: Iterable[str]) -> dict[str, Any]:
    """Return copies of those attributes that there are.

    Copied together, what was one object stays one: with early stopping the weights are the best ones.
    """
    return copy.deepcopy({name: vars(estimator)[name] for name in names if name in vars(estimator)})


def _theirs(kind: type[Perceptron]) -> type[BaseEstimator]:
    of_classes = issubclass(kind, ClassifierMixin)
    theirs: type[BaseEstimator] = neural_network.MLPClassifier if of_classes else neural_network.MLPRegressor
    return theirs


def _other_estimator(theirs: type[BaseEstimator], fitted: object) -> TypeError:
    kind = fitted if isinstance(fitted, type) else type(fitted)
    advice = ""
    if isinstance(fitted, type):
        advice = " Give an object of it."
    elif hasattr(fitted, "best_estimator_"):
        advice = " Give its best_estimator_."
    elif hasattr(fitted, "steps"):
        advice = " Give the step that is one, as in pipeline[-1]."
    elif isinstance(fitted, neural_network.MLPClassifier | neural_network.MLPRegressor):
        advice = f" {kind.__name__}.from_sklearn takes it."
    return TypeError(
        f"fitted is {'the class' if isinstance(fitted, type) else 'of the class'} {kind.__module__}."
        f"{kind.__qualname__}; expected scikit-learn's {theirs.__name__}.{advice}"
    )


def _check_can_be_held(estimator: Perceptron) -> None:
    """Check that scikit-learn's can predict, and take steps, as this one does.

    Raises:
        ValueError: it can't.
    """
    if estimator.members is not None:
        raise _refused("members", estimator.members, "None", "Convert one of its members_.")
    if estimator.optimizer is not None:
        raise _refused("optimizer", estimator.optimizer, "None, for it has solvers")
    names = {_text(activation) for activation in estimator._activations()}
    if len(names) > 1 or not names <= _ACTIVATIONS.keys():
        expected = f"one of {', '.join(_ACTIVATIONS.values())}, for all layers"
        raise _refused("activation", estimator.activation, expected)
    if isinstance(estimator, ClassifierMixin):
        return
    loss, given_loss = _text(estimator._loss()), vars(estimator)["loss"]
    if loss not in _LOSSES:
        raise _refused("loss", given_loss, "squared_error or poisson")
    if loss == "poisson" and "loss" not in neural_network.MLPRegressor._get_param_names():
        raise _refused("loss", given_loss, "squared_error, before scikit-learn 1.7")


def _text(part: Activation | Loss) -> str:
    return str(part) if part.can_be_named() else ""


def _refused(
    name: str, value: object, expected: str, advice: str = "Keep this one, or save its to_model()."
) -> ValueError:
    return ValueError(
        f"{name} is {value!r}, which scikit-learn's estimator has not; expected {expected}. {advice}"
    )


def _slope(estimator: Perceptron) -> float:
    """Return scikit-learn's gradient over ours."""
    outputs = estimator.n_outputs_
    return Objective.of_scikit_learn(estimator._loss(), np.empty((0, outputs)), outputs, np.float64).slope


def _state(optimizer: BaseOptimizer, estimator: Perceptron) -> SolverState:
    """Return where a solver of scikit-learn's stands.

    Its velocity holds the rates of its steps, ours gradients alone: w = -rate * slope * v.
    """
    slope, parameters = _slope(estimator), estimator.network_.parameters
    names = _slots_by_layer(parameters)

    def slot(arrays: list[FloatArray], factor: float) -> dict[str, FloatArray]:
        named = dict(zip(names, arrays, strict=True))
        # Of numbers in float32, scikit-learn's are float64, for targets are.
        return {
            name: (factor * named[name]).astype(value.dtype).reshape(value.shape)
            for name, value in parameters.items()
        }

    first_rate, epochs = float(optimizer.learning_rate_init), len(estimator.loss_curve_)
    if isinstance(optimizer, SGDOptimizer):
        momentum, nesterov = float(optimizer.momentum), bool(optimizer.nesterov)
        sgd = ScikitSGD(1.0, momentum=momentum, nesterov=nesterov, slope=slope)
        rate, power = float(optimizer.learning_rate), float(optimizer.power_t)
        slots = {"velocity": slot(optimizer.velocities, -1 / (rate * slope))} if momentum else {}
        return SolverState(sgd, rate, optimizer.lr_schedule, first_rate, power, slots, epochs=epochs)
    betas = (float(optimizer.beta_1), float(optimizer.beta_2))
    adam = ScikitAdam(1.0, betas=betas, eps=float(optimizer.epsilon), slope=slope)
    slots = {"mean": slot(optimizer.ms, 1 / slope), "square": slot(optimizer.vs, 1 / slope**2)}
    return SolverState(
        adam, first_rate, initial_rate=first_rate, slots=slots, steps=optimizer.t, epochs=epochs
    )


def _optimizer(state: SolverState, estimator: Perceptron) -> BaseOptimizer | None:
    """Return the solver of scikit-learn's that stands where ours does; None where it has no such rule."""
    rule, weights = state.rule, [*estimator.coefs_, *estimator.intercepts_]
    names = _slots_by_layer(estimator.network_.parameters)

    def arrays(slot: str, factor: float) -> list[FloatArray]:
        named = zip(names, weights, strict=True)
        return [factor * state.slots[slot][name].reshape(weight.shape) for name, weight in named]

    if isinstance(rule, ScikitSGD):
        settings = (state.mode, rule.momentum, rule.nesterov, state.power)
        sgd = SGDOptimizer(weights, state.initial_rate, *settings)
        sgd.learning_rate = state.learning_rate
        if rule.momentum:
            sgd.velocities = arrays("velocity", -state.learning_rate * rule.slope)
        return sgd
    if isinstance(rule, ScikitAdam):
        adam = AdamOptimizer(weights, state.initial_rate, *rule.betas, rule.eps)
        adam.t, adam.ms, adam.vs = state.steps, arrays("mean", rule.slope), arrays("square", rule.slope**2)
        return adam
    return None


def _slots_by_layer(names: Iterable[str]) -> list[str]:
    """Return the names of the parameters in scikit-learn's order: all weights, then all biases."""
    return sorted(names, key=lambda name: name.endswith("bias"))
