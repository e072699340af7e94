"""The classifier."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from plainweave.arrays import FloatArray, RawArray
from plainweave.estimators.base import MultilayerPerceptron, can_fit_partially, has_several_members
from plainweave.estimators.class_weights import ClassWeight, by_class
from plainweave.estimators.compat import checked_pair, errors_of
from plainweave.estimators.conversions import Convertible
from plainweave.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from plainweave.network import Activation
from plainweave.optimizers import Optimizer, Schedule
from plainweave.optimizers.schedule import ScheduleFunction
from plainweave.training import Observer


class MLPClassifier(ClassifierMixin, Convertible):  # type: ignore[misc]
    """A multi-layer perceptron that tells classes apart, with scikit-learn's parameters, results and more.

    It makes small the cross-entropy: of a softmax, or of a sigmoid for two classes and for several labels.

    Args:
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
        class_weight: "balanced", or a mapping from classes to weights, or a list of them for several labels;
            it multiplies sample_weight.
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
        classes_: the labels, in order; of several labels the list of their classes.
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
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
    }

    loss = "log_loss"  # scikit-learn's has it as an attribute
    classes_: RawArray
    _label_binarizer: LabelBinarizer

    def __init__(
        self,
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
        class_weight: ClassWeight = None,
        optimizer: Optimizer | None = None,
        schedule: str | Schedule | ScheduleFunction | None = None,
        choose_by: str | None = None,
        members: int | None = None,
        n_jobs: int | None = None,
        precision: str = "full",
        observers: Iterable[Observer] | None = None,
    ) -> None:
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
        self.class_weight = class_weight
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
        X, y = checked_pair(self, X, y, reset=reset, numeric=False)
        # As scikit-learn does it: a warm start has the classes of before, partial_fit some of them.
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = binarizer = LabelBinarizer().fit(y)
            self.classes_ = classes = binarizer.classes_
            if y.ndim == 1 and len(classes) > 1:  # as `transform` does, which checks y twice more
                return X, y[:, np.newaxis] == (classes if len(classes) > 2 else classes[1:])
        else:
            known = self._known_labels(y)
            if known is not None:
                return X, known
            classes = unique_labels(y)
            if self.warm_start:
                if set(classes) != set(self.classes_):
                    raise ValueError(
                        "warm_start can only be used where `y` has the same classes as in the previous call "
                        f"to fit. Previously got {self.classes_}, `y` has {classes}"
                    )
            elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. "
                    f"`self.classes_` has {self.classes_}. 'y' has {classes}."
                )
        return X, self._label_binarizer.transform(y).astype(bool)

    def _known_labels(self, y: RawArray) -> RawArray | None:
        """Return labels as they are trained on, quicker; None where that has to be looked at more closely."""
        classes = self._label_binarizer.classes_
        is_plain = y.ndim == 1 and y.dtype == classes.dtype and y.dtype.kind in "biuSU"
        if not is_plain or len(classes) < 2 or self._label_binarizer.y_type_.startswith("multilabel"):
            return None
        which: RawArray = y[:, np.newaxis] == classes
        if not which.any(axis=1).all() or (self.warm_start and not which.any(axis=0).all()):
            return None
        return which if len(classes) > 2 else which[:, 1:]

    def _validate_held_out(self, X: object, y: object) -> tuple[RawArray, RawArray]:
        with errors_of("X_val, y_val"):
            X, y = checked_pair(self, X, y, reset=False, numeric=False)
        unknown = np.setdiff1d(unique_labels(y), self.classes_)
        if len(unknown):
            raise ValueError(
                f"`y_val` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y_val' "
                f"has {unknown}."
            )
        return X, self._label_binarizer.transform(y).astype(bool)

    def _weights(self, weights: FloatArray | None, y: RawArray) -> FloatArray | None:
        several = self._label_binarizer.y_type_ != "multiclass"
        return by_class(self.class_weight, weights, y, self.classes_, are_labels=several)

    def _loss(self) -> Loss:
        return SoftmaxCrossEntropy() if self.out_activation_ == "softmax" else SigmoidCrossEntropy()

    def _initialize(self, outputs: int, dtype: npt.DTypeLike) -> None:
        is_softmax = self._label_binarizer.y_type_ == "multiclass"
        self.out_activation_ = "softmax" if is_softmax else "logistic"
        super()._initialize(outputs, dtype)

    @property
    def _has_classes(self) -> bool:
        return True

    @property
    def _has_one_class(self) -> bool:
        return self._label_binarizer.y_type_ == "binary" and len(self.classes_) == 1

    @property
    def _output_function(self) -> str:
        return self.out_activation_

    @can_fit_partially  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: object, y: object, sample_weight: object = None, classes: object = None) -> Self:
        """Train for one epoch more.

        Args:
            X: inputs (examples, features).
            y: labels (examples,) or (examples, labels).
            sample_weight: how much each example counts (examples,).
            classes: all that any call will have; needed by the first.

        Returns:
            The estimator.

        Raises:
            ValueError: as for `fit`, or the classes are not those of before.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight is 'balanced', and partial_fit sees a part of the examples; expected a "
                "mapping. sklearn.utils.compute_class_weight makes one of all labels."
            )
        if _check_partial_fit_first_call(self, classes):
            labels = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(labels)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: object) -> RawArray:
        """Return the labels (examples,), or (examples, labels) of 0 and 1, of inputs (examples, features).

        Members predict by the mean of their probabilities.
        """
        probabilities = self._mean_of_members(self._predictions(X))
        return _labels(self._label_binarizer, probabilities)

    def predict_proba(self, X: object) -> FloatArray:
        """Return the probabilities (examples, classes), in the order of `classes_`; of members their mean."""
        probabilities = self._mean_of_members(self._predictions(X))
        if self.n_outputs_ == 1:
            return np.hstack([1 - probabilities, probabilities])
        return probabilities

    @has_several_members  # type: ignore[untyped-decorator]
    def predict_spread(self, X: object) -> FloatArray:
        """Return the standard deviations (examples, classes) of the members' probabilities, of the sample."""
        spread = self._predictions(X).std(axis=0, ddof=1)
        return np.hstack([spread, spread]) if self.n_outputs_ == 1 else spread

    def predict_log_proba(self, X: object) -> FloatArray:
        """Return the logarithms of `predict_proba`, natural, (examples, classes); -infinity where it is 0."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> dict[str, bool]:
        return {"multilabel": True}


def _labels(binarizer: LabelBinarizer, probabilities: FloatArray) -> RawArray:
    """Return `binarizer.inverse_transform` of probabilities (examples, outputs), quicker."""
    classes = binarizer.classes_
    if binarizer.y_type_ == "multiclass":
        positions = probabilities.argmax(axis=1)
    elif binarizer.y_type_ == "binary" and len(classes) == 2:
        positions = (probabilities[:, 0] > 0.5).astype(np.intp)
    else:
        of_one = probabilities[:, 0] if probabilities.shape[1] == 1 else probabilities
        return cast(RawArray, binarizer.inverse_transform(of_one))
    return cast(RawArray, classes.take(positions, mode="clip"))
