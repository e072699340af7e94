"""What both estimators are: their parameters, what fitting leaves, and the network between."""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, Options, StrOptions

from plainweave.arrays import FloatArray
from plainweave.engine import PRECISIONS
from plainweave.errors import ConfigurationError
from plainweave.estimators.callbacks import CallbackSupport
from plainweave.estimators.rules import SolverState
from plainweave.losses import Loss
from plainweave.network import Activation, Dropout, Identity, Layer, Linear, Network, Sigmoid
from plainweave.optimizers import Optimizer, Schedule
from plainweave.optimizers.schedule import ScheduleFunction
from plainweave.training import History, Observer

STOCHASTIC = ("sgd", "adam")
_NAMES = {"logistic": "sigmoid"}  # of scikit-learn's activations, where ours is another


class Perceptron(CallbackSupport, BaseEstimator):  # type: ignore[misc]
    """Parameters and fitted attributes of a multi-layer perceptron, as scikit-learn has them, and more."""

    _parameter_constraints: ClassVar[dict[str, object]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str, Activation, "array-like"],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "optimizer": [Optimizer, None],
        "schedule": [str, Schedule, callable, None],
        "choose_by": [StrOptions({"loss", "score"}), None],
        "members": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": [
            *(Interval(Integral, 1, None, closed="left"), Interval(Integral, None, -1, closed="right"), None),
        ],
        "precision": [StrOptions(set(PRECISIONS))],
        "observers": ["array-like", None],
    }

    # parameters
    hidden_layer_sizes: int | Sequence[int]
    activation: str | Activation | Sequence[str | Activation]
    solver: str
    alpha: float
    batch_size: int | str
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: int | np.random.RandomState | None
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    dropout: float | Sequence[float]
    optimizer: Optimizer | None
    schedule: str | Schedule | ScheduleFunction | None
    choose_by: str | None
    members: int | None
    n_jobs: int | None
    precision: str
    observers: Iterable[Observer] | None

    # what fitting leaves
    coefs_: list[FloatArray]
    intercepts_: list[FloatArray]
    n_features_in_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    n_iter_: int
    t_: int
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    validation_loss_curve_: list[float] | None
    history_: History
    members_: "list[Perceptron] | None"
    _random_state: np.random.RandomState
    _optimizer: SolverState
    _no_improvement_count: int
    _best_watched: float
    _best_coefs: list[FloatArray]
    _best_intercepts: list[FloatArray]

    @property
    def _is_stochastic(self) -> bool:
        """Whether training goes by batches."""
        return self.optimizer is not None or self.solver in STOCHASTIC

    @property
    def _has_one_class(self) -> bool:
        """Whether there is but one class: it is predicted whatever the outputs."""
        return False

    @property
    def _keeps_best(self) -> bool:
        """Whether the weights that did best on the held out part are kept."""
        return self.early_stopping or self.choose_by is not None

    @property
    def network_(self) -> Network:
        """The network, made of `coefs_` and `intercepts_`; it shares those that are arrays to be trained.

        Raises:
            AttributeError: the estimator is not fitted.
        """
        if not hasattr(self, "coefs_"):
            raise AttributeError(f"this {type(self).__name__} has no network_: it is not fitted. Call fit.")
        return self._network()

    def _loss(self) -> Loss:
        """Return the loss that is made small, once the outputs are known."""
        raise NotImplementedError

    def _predicting_loss(self) -> Loss:
        """Return the loss that makes predictions of the outputs; `loss` may be set to another after a fit."""
        return self._loss()

    def _hidden(self) -> list[int]:
        """Return the units of each hidden layer.

        Raises:
            ValueError: one has none.
        """
        sizes = self.hidden_layer_sizes
        hidden = list(sizes) if isinstance(sizes, Iterable) else [sizes]
        if np.any(np.array(hidden) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
        return hidden

    @property
    def _hidden_layers(self) -> int:
        """How many hidden layers there are; once fitted, `hidden_layer_sizes` may be set to others."""
        return len(self.coefs_) - 1 if hasattr(self, "coefs_") else len(self._hidden())

    def _activations(self, layers: int | None = None) -> list[Activation]:
        """Return the activation of each hidden layer.

        Args:
            layers: how many hidden layers there will be; None for those that there are.

        Raises:
            ConfigurationError: a name is unknown, or there are not as many as hidden layers.
        """
        layers = self._hidden_layers if layers is None else layers
        given = self.activation
        each = [given] * layers if isinstance(given, str | Activation) else list(given)
        if len(each) != layers:
            raise ConfigurationError(
                f"activation is a list of {len(each)}; expected one for each of the {layers} hidden layers."
            )
        return [Activation.named(_NAMES.get(one, one) if isinstance(one, str) else one) for one in each]

    def _dropout_rates(self) -> list[float]:
        """Return the rate after each hidden layer.

        Raises:
            ConfigurationError: there are not as many as hidden layers.
        """
        layers = self._hidden_layers
        given = self.dropout
        rates = list(given) if isinstance(given, Iterable) else [given] * layers
        if len(rates) != layers:
            raise ConfigurationError(
                f"dropout is a list of {len(rates)}; expected one for each of the {layers} hidden layers."
            )
        return rates

    def _initialize(self, outputs: int, dtype: npt.DTypeLike) -> None:
        """Set what a first fit begins with; weights are drawn as by scikit-learn (Glorot and Bengio 2010)."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_outputs_ = outputs
        hidden = self._hidden()
        activations = self._activations(len(hidden))
        units = [self.n_features_in_, *hidden, outputs]
        self.n_layers_ = len(units)
        factors = [2.0 if isinstance(activation, Sigmoid) else 6.0 for activation in activations]
        factors.append(factors[-1] if factors else self._factor_without_hidden())
        coefs: list[FloatArray] = []
        intercepts: list[FloatArray] = []
        for inputs, outputs, factor in zip(units[:-1], units[1:], factors, strict=True):
            bound = np.sqrt(factor / (inputs + outputs))
            coefs.append(self._random_state.uniform(-bound, bound, (inputs, outputs)).astype(dtype))
            intercepts.append(self._random_state.uniform(-bound, bound, outputs).astype(dtype))
        self.coefs_, self.intercepts_ = coefs, intercepts
        self._keep_weights()
        self.history_ = History()
        self.members_ = None
        self._no_improvement_count = 0
        self._best_watched = -np.inf
        if self._is_stochastic:
            self.loss_curve_ = []
            self.validation_scores_ = self.validation_loss_curve_ = None
            self.best_validation_score_ = -np.inf if self._keeps_best else None
            self.best_loss_ = None if self.early_stopping else np.inf

    def _begin_curves(self, *, has_validation: bool) -> None:
        """Make place for what an epoch leaves, where none was made or the parts are others than before."""
        self.history_ = getattr(self, "history_", History())
        if has_validation and getattr(self, "validation_scores_", None) is None:
            self.validation_scores_, self.validation_loss_curve_ = [], []
        if self._is_stochastic and not hasattr(self, "loss_curve_"):  # the training before was by L-BFGS
            self.loss_curve_, self.best_loss_ = [], None
            for name in ("validation_scores_", "validation_loss_curve_", "best_validation_score_"):
                setattr(self, name, getattr(self, name, None))
        if self._is_stochastic and self.best_loss_ is None and not self.early_stopping:
            self.best_loss_ = np.inf
        if has_validation and self._keeps_best and getattr(self, "best_validation_score_", None) is None:
            self.best_validation_score_ = -np.inf
        if len(self.history_) and bool(self.history_.validation) != has_validation:
            self.history_ = History()

    def _factor_without_hidden(self) -> float:
        return 2.0 if self.activation == "logistic" else 6.0

    def _keep_weights(self) -> None:
        """Keep copies of the weights as the best so far."""
        self._best_coefs = [coef.copy() for coef in self.coefs_]
        self._best_intercepts = [intercept.copy() for intercept in self.intercepts_]

    def _take_network(self, dtype: npt.DTypeLike | None = None) -> Network:
        """Return the network to be trained, and let the weights be its arrays."""
        network = self._network(dtype)
        self._hold(network)
        return network

    def _hold(self, network: Network) -> None:
        """Let the weights be a network's arrays."""
        self.coefs_ = [layer.weight for layer in network.linear]
        self.intercepts_ = [layer.bias[..., 0, :] for layer in network.linear]

    def _network(self, dtype: npt.DTypeLike | None = None) -> Network:
        """Return the network of the weights, which it shares where they are arrays of that precision.

        Args:
            dtype: float32 or float64; that of the first weights where it is not given.
        """
        coefs = [np.asarray(coef, dtype or np.result_type(*self.coefs_)) for coef in self.coefs_]
        layers: list[Layer] = []
        activations, rates = self._activations(), self._dropout_rates()
        for position, (coef, intercept) in enumerate(zip(coefs, self.intercepts_, strict=True)):
            bias = np.asarray(intercept, coef.dtype)
            layers.append(Linear(coef, bias[..., np.newaxis, :]))
            if position < len(activations):
                if not isinstance(activations[position], Identity):
                    layers.append(activations[position])
                if rates[position]:
                    layers.append(Dropout(rates[position]))
        return Network.of(layers)
