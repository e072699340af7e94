"""The regressor."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import check_array

from plainweave.arrays import FloatArray, RawArray, as_array, as_dense
from plainweave.checks import did_you_mean
from plainweave.errors import ConfigurationError, DataError, shown
from plainweave.estimators.base import MultilayerPerceptron, has_several_members
from plainweave.estimators.compat import checked_pair, errors_of
from plainweave.estimators.conversions import Convertible
from plainweave.losses import Loss, Poisson, Quantile, SigmoidCrossEntropy, SoftmaxCrossEntropy, SquaredError
from plainweave.network import Activation
from plainweave.optimizers import Optimizer, Schedule
from plainweave.optimizers.schedule import ScheduleFunction
from plainweave.training import Observer


class MLPRegressor(RegressorMixin, Convertible):  # type: ignore[misc]
    """A multi-layer perceptron that predicts numbers, with scikit-learn's parameters, results and more.

    Args:
        loss: "squared_error", "poisson", "huber", "absolute_error" or "quantile"; a setting may follow, as in
            "quantile:0.9" or "huber:1.5"; or a `Loss`.
        hidden_layer_sizes: units of each hidden layer.
        activation: of the hidden layers: "identity", "logistic", "tanh", "relu", the name of another of
            plainweave's or an `Activation`; a list has one for each layer.
        solver: "adam", "sgd" or "lbfgs".
        alpha: strength of the L2 penalty, alpha / 2 times the sum of the squared weights, over the sum of the
            weights of a batch's examples.
        batch_size: examples of a step; "auto" is 200, at most all. L-BFGS takes all.
        learning_rate: of sgd: "constant"; "invscaling", learning_rate_init / (examples seen + 1)^power_t;
            "adaptive", divided by 5 each time that training does no better.
        learning_rate_init: of sgd and adam.
        power_t: of "invscaling".
        max_iter: the largest number of epochs, or of L-BFGS's iterations.
        shuffle: whether each epoch has an order of its own.
        random_state: of the initial weights, the examples held out, the order of the examples and dropout.
        tol: what is no improvement of the training loss, or of what is held out; of L-BFGS the size of the
            largest component of the gradient at which it ends.
        verbose: whether each epoch prints a line; of members each prints one at its end.
        warm_start: whether `fit` goes on from the weights of the last.
        momentum: of sgd.
        nesterovs_momentum: whether it is Nesterov's.
        early_stopping: whether training ends when the score of the examples held out does no better; the best
            weights are kept.
        validation_fraction: the share of the examples that early stopping holds out.
        beta_1: of adam, the decay of the mean of the gradient.
        beta_2: of adam, the decay of the mean of its square.
        epsilon: of adam.
        n_iter_no_change: epochs without an improvement after which training ends.
        max_fun: of L-BFGS, the largest number of calls of the loss.
        dropout: the rate after each hidden layer; a list has one for each.
        optimizer: takes the steps in place of a solver, with settings of its own: solver, alpha,
            learning_rate, learning_rate_init, power_t, momentum, nesterovs_momentum, beta_1, beta_2 and
            epsilon then do nothing; a warning says so where one is not at its default.
        schedule: multiplies the learning rate: a `Schedule`, its text or a function of the epochs done.
        choose_by: "score" or "loss" of what is held out, which then chooses the weights that are kept and,
            with early stopping, ends training; None for scikit-learn's way.
        members: how many networks are trained, from seeds of their own, to predict together; None for one.
        n_jobs: threads to train on, each member on one, and to predict many examples on; -1 for a thread on
            each core. Results are the same on any number.
        precision: "full", or "mixed" for steps in bfloat16 with float32 sums: see `pw.fit`. For float32 data,
            and training by batches.
        observers: called at the end of every epoch, or iteration of L-BFGS, with a `pw.Epoch`; one that
            returns `pw.Stop` ends training. They see members together, as a stack, when all have ended an
            epoch.

    Attributes:
        coefs_: weights of each layer (inputs, outputs); of members (members, inputs, outputs).
        intercepts_: biases of each layer (outputs,); of members (members, outputs).
        n_features_in_: features of an example.
        feature_names_in_: their names, where X had names.
        n_iter_: epochs, or L-BFGS's iterations, of the last fit; of members the most.
        n_layers_: layers, the inputs included.
        n_outputs_: outputs of the network.
        out_activation_: what is made of them.
        t_: examples seen in training; of members the most.
        loss_: of the last epoch, with the penalty; of members the mean, as of `best_loss_` and
            `best_validation_score_`.
        loss_curve_: of every epoch; of members arrays (members,), in all that is of every epoch, which are
            not a number where a member has ended.
        best_loss_: the lowest; None with early stopping.
        validation_scores_: of what is held out, after every epoch; None where nothing is.
        best_validation_score_: that of the weights that are kept; None where they are the last.
        validation_loss_curve_: the loss of what is held out, without the penalty; None where nothing is.
        history_: plainweave's losses, without penalties, and metrics of every epoch.
        network_: the network; of members a stack.
        members_: an estimator for each member, whose weights are parts of `coefs_` and `intercepts_`; None of
            one network.
    """

    _parameter_constraints: ClassVar[dict[str, object]] = {
        **MultilayerPerceptron._parameter_constraints,
        "loss": "no_validation",  # _loss says more
    }

    loss: str | Loss

    def __init__(
        self,
        loss: str | Loss = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: float | Sequence[float] = 0.0,
        optimizer: Optimizer | None = None,
        schedule: str | Schedule | ScheduleFunction | None = None,
        choose_by: str | None = None,
        members: int | None = None,
        n_jobs: int | None = None,
        precision: str = "full",
        observers: Iterable[Observer] | None = None,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.optimizer = optimizer
        self.schedule = schedule
        self.choose_by = choose_by
        self.members = members
        self.n_jobs = n_jobs
        self.precision = precision
        self.observers = observers

    def _validate_input(
        self, X: object, y: object, *, incremental: bool, reset: bool
    ) -> tuple[RawArray, RawArray]:
        X, y = checked_pair(self, X, y, reset=reset, numeric=True)
        try:
            y = as_dense(as_array("y", y))
        except DataError as error:
            raise ValueError(error) from None
        output = _output_of(self._loss())
        if not reset and output != self.out_activation_:
            raise ValueError(
                f"loss is {self.loss!r}, which predicts by {output}, and training goes on from a network "
                f"that does by {self.out_activation_}; expected a loss of the same. Call fit with "
                "warm_start=False to begin anew."
            )
        if output == "exp" and np.min(y) < 0:
            raise ValueError(
                f"y has {np.min(y):g}; expected numbers of at least 0, for loss='poisson'. "
                "loss='squared_error' takes any number."
            )
        return X, y

    def _validate_held_out(self, X: object, y: object) -> tuple[RawArray, RawArray]:
        with errors_of("X_val, y_val"):
            return self._validate_input(X, y, incremental=True, reset=False)

    def _loss(self) -> Loss:
        """Return the loss.

        Raises:
            ValueError: it is none, there is none of that name, or it is one of classes.
        """
        text = self.loss.replace("_", "-") if isinstance(self.loss, str) else None
        if text is None and not isinstance(self.loss, Loss | type):
            raise ConfigurationError(
                f"loss is {shown(self.loss)}; expected a text or a Loss, as 'squared_error'. It is the first "
                "parameter: hidden layers are given by hidden_layer_sizes=."
            )
        if text is not None and (name := text.partition(":")[0]) not in Loss.registry:
            of_classes = (SoftmaxCrossEntropy, SigmoidCrossEntropy)
            names = [name for name, kind in Loss.registry.items() if not issubclass(kind, of_classes)]
            told = f"expected one of {', '.join(names)}.{did_you_mean(name, names)}"
            raise ConfigurationError(f"loss is {self.loss!r}; {told.replace('-', '_')}")
        loss = Loss.named(self.loss if text is None else text)
        if loss.classes_of(1):
            raise ValueError(
                f"loss is {self.loss!r}, which is one of classes; expected one of numbers, as "
                "'squared_error'. MLPClassifier tells classes apart."
            )
        return loss

    def _predicting_loss(self) -> Loss:
        loss = self._loss()
        if self.out_activation_ == _output_of(loss):
            return loss
        return Poisson() if self.out_activation_ == "exp" else SquaredError()

    def _count_outputs(self, y: RawArray) -> int:
        return self._loss().outputs_of(y)

    def _initialize(self, outputs: int, dtype: npt.DTypeLike) -> None:
        self.out_activation_ = _output_of(self._loss())
        super()._initialize(outputs, dtype)

    @property
    def _has_classes(self) -> bool:
        return False

    @property
    def _output_function(self) -> str:
        return "identity"  # the loss makes numbers of it

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Train for one epoch more; by L-BFGS, as scikit-learn does, for as many iterations as fit.

        Args:
            X: inputs (examples, features).
            y: numbers (examples,) or (examples, outputs).
            sample_weight: how much each example counts (examples,).

        Returns:
            The estimator.

        Raises:
            ValueError: as for `fit`.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: object) -> RawArray:
        """Return the numbers (examples,) or (examples, outputs) of inputs (examples, features).

        Of several quantiles they are (examples, levels), or (examples, outputs, levels). Members predict by
        their mean.
        """
        return self._mean_of_members(self._numbers(X))

    def score(self, X: object, y: object, sample_weight: FloatArray | None = None) -> float:
        """Return R2 of the predictions; of several quantiles, which have none, minus their mean pinball loss.

        Args:
            X: inputs (examples, features).
            y: numbers (examples,) or (examples, outputs).
            sample_weight: how much each example counts (examples,).
        """
        loss = self._loss()
        if not (isinstance(loss, Quantile) and len(loss.levels) > 1):
            return float(super().score(X, y, sample_weight))
        outputs = cast(FloatArray, self.predict(X)).reshape(-1, self.n_outputs_)
        targets = loss.encode(check_array(y, ensure_2d=False), self.n_outputs_, outputs.dtype)
        return -float(loss.value(outputs, targets, sample_weight))

    @has_several_members  # type: ignore[untyped-decorator]
    def predict_spread(self, X: object) -> FloatArray:
        """Return the standard deviations, of the sample, of the members' numbers, as many as `predict`."""
        return cast(FloatArray, self._numbers(X).std(axis=0, ddof=1))

    def _numbers(self, X: object) -> FloatArray:
        """Return the predictions; of members (members, ...)."""
        outputs = self._predictions(X)  # which asks first whether there are any
        return cast(FloatArray, self._predicting_loss().predict(outputs))


def _output_of(loss: Loss) -> str:
    """Return the name of what is made of the outputs, as scikit-learn has it."""
    return "exp" if isinstance(loss, Poisson) else "identity"
