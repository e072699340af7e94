"""plainweave's models: made of estimators, and estimators made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import instance
from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError, shown
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.scalers import standardizer_of
from plainweave.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from plainweave.network import Activation, Dropout, Identity, Layer, Linear, Network, Scale, Sigmoid
from plainweave.network.layers import kinds
from plainweave.training import Model
from plainweave.training.plain import plain

_Estimator = TypeVar("_Estimator", bound=Perceptron)
_Layer = TypeVar("_Layer", bound=Layer)
_INSTEAD = "model.predict takes raw inputs, too."


def model_of(
    estimator: Perceptron,
    standardizer: Standardizer | BaseEstimator | None,
    image_shape: tuple[int, int] | None,
    full_scale: float,
) -> Model:
    """Return a model of a fitted estimator's network.

    Raises:
        ConfigurationError: there are several; or as of `standardizer_of`.
        NotFittedError, ShapeError: as of `standardizer_of`.
    """
    if estimator.members is not None:
        raise ConfigurationError(
            f"members is {estimator.members}, and a model has one network; expected None. Make one of each "
            "of its members_."
        )
    network = estimator.network_
    classes: RawArray = getattr(estimator, "classes_", np.arange(0))
    are_numbers = classes.dtype.kind in "iuf" and np.array_equal(classes, np.arange(len(classes)))
    return Model(
        network.astype(network.dtype),
        standardizer_of(standardizer, estimator.n_features_in_),
        () if are_numbers else tuple(map(str, classes)),
        image_shape,
        full_scale,
        estimator._predicting_loss(),
    )


def estimator_of(kind: type[_Estimator], model: Model, classes: Sequence[object] | None = None) -> _Estimator:
    """Return an estimator that predicts as a model does.

    Raises:
        ConfigurationError: there is none, or the classes are not as many as the model's, all different.
    """
    instance("model", model, Model, "pw.load('model.safetensors')")
    _check_parts(kind, model)
    layout = _Layout.of(model.network)
    coefs, intercepts = _weights(model)
    parameters = layout.parameters()
    if issubclass(kind, ClassifierMixin):
        estimator = kind(**parameters)
        order = _take_classes(estimator, model, classes)
        coefs[-1], intercepts[-1] = _outputs_in(order, model.loss, coefs[-1], intercepts[-1])
    else:
        if classes is not None:
            raise _no_classes(classes, f"{kind.__name__} predicts numbers")
        estimator = kind(loss=_text(model.loss), **parameters)
    estimator.n_features_in_ = coefs[0].shape[0]
    estimator._random_state = check_random_state(0)  # of weights whose places these take
    estimator._initialize(coefs[-1].shape[1], coefs[0].dtype)
    estimator.coefs_, estimator.intercepts_ = coefs, intercepts
    estimator._keep_weights()
    return estimator


def _check_parts(kind: type[Perceptron], model: Model) -> None:
    """Check that an estimator has such a loss, and that the rest is what it seems.

    Raises:
        ConfigurationError: it has not, a part is of a class of the user's own, or the model prepares tables
            or scales its targets.
    """
    for part, known in ((model.network, Network), (model.standardizer, Standardizer)):
        if type(part) is not known:
            raise ConfigurationError(
                f"the model has a {type(part).__name__}, which is a class of your own; expected a "
                f"{known.__name__}. {_INSTEAD}"
            )
    for fitted, what in ((model.preparation, "prepares tables"), (model.target_scale, "scales its targets")):
        if fitted is not None:
            raise ConfigurationError(
                f"the model {what}, which no weights can do; expected one of arrays and of targets as they "
                f"are. {_INSTEAD}"
            )
    of_classes = isinstance(model.loss, SoftmaxCrossEntropy | SigmoidCrossEntropy)
    if issubclass(kind, ClassifierMixin) != of_classes:
        expected = "softmax or sigmoid" if not of_classes else "one of numbers, as squared-error"
        other = "MLPClassifier" if of_classes else "MLPRegressor"
        raise ConfigurationError(
            f"the model's loss is {model.loss}; expected {expected}, for {kind.__name__}. {other}.from_model "
            "takes it."
        )


@dataclass(frozen=True)
class _Layout:
    """A network as estimators have it: linear layers, all but the last with an activation and dropout."""

    linear: list[Linear]
    activations: list[Activation]
    rates: list[float]

    @classmethod
    def of(cls, network: Network) -> "_Layout":
        """Return how a network's layers lie.

        Raises:
            ConfigurationError: an estimator can't have them so.
        """
        rest = list(network.layers)
        _next(rest, Scale)
        linear, activations, rates = list[Linear](), list[Activation](), list[float]()
        while (layer := _next(rest, Linear)) is not None:
            linear.append(layer)
            activations.append(_next(rest, Activation) or Identity())  # type: ignore[type-abstract]
            dropout = _next(rest, Dropout)
            rates.append(0.0 if dropout is None else dropout.rate)
        if rest or not isinstance(network.layers[-1], Linear):
            raise ConfigurationError(
                f"the model's network has the layers {', '.join(kinds(network.layers))}; expected linear "
                f"ones, all but the last with an activation, and dropout or none, after it. {_INSTEAD}"
            )
        return cls(linear, activations[:-1], rates[:-1])

    def parameters(self) -> dict[str, object]:
        """Return the parameters of an estimator that say the same."""
        texts = [_text(activation) for activation in self.activations]
        found: dict[str, object] = {
            "hidden_layer_sizes": tuple(layer.weight.shape[1] for layer in self.linear[:-1])
        }
        if texts:
            found["activation"] = texts[0] if all(text == texts[0] for text in texts) else texts
        if any(self.rates):
            found["dropout"] = self.rates[0] if len(set(self.rates)) == 1 else self.rates
        return found


def _weights(model: Model) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return weights (inputs, outputs) and biases (outputs,) that take raw inputs.

    Raises:
        ConfigurationError: the inputs are standardized by each example's own numbers.
    """
    if model.standardizer.kind == "per-image":
        raise ConfigurationError(
            "the model standardizes each example by its own mean and deviation (per-image), which no "
            f"weights can do; expected all-pixels or per-pixel. {_INSTEAD}"
        )
    linear = plain(model).network.linear
    return [layer.weight for layer in linear], [layer.bias[0] for layer in linear]


def _next(rest: list[Layer], kind: type[_Layer]) -> _Layer | None:
    """Take the next layer off the rest if it is of that kind; one of one's own is only an activation."""
    if rest and isinstance(layer := rest[0], kind) and (isinstance(layer, Activation) or type(layer) is kind):
        del rest[0]
        return layer
    return None


def _text(part: Activation | Loss) -> object:
    """Return the text of a part as scikit-learn writes it, or a part that no text makes again."""
    if isinstance(part, Sigmoid):
        return "logistic"
    if not part.can_be_named():
        return part
    return str(part).replace("-", "_") if isinstance(part, Loss) else str(part)


def _take_classes(estimator: Perceptron, model: Model, classes: Sequence[object] | None) -> IntArray:
    """Set an estimator's classes, which are sorted; return which of the model's each is.

    Raises:
        ConfigurationError: there are not as many as the model's, all different.
    """
    outputs = model.network.outputs
    if isinstance(model.loss, SigmoidCrossEntropy) and outputs > 1:
        if classes is not None:
            raise _no_classes(classes, f"the model tells {outputs} labels at once, each yes or no")
        binarizer = LabelBinarizer().fit(np.eye(2, outputs, dtype=int))
        order = np.arange(outputs)
    else:
        labels = _labels(model, classes)
        binarizer, order = LabelBinarizer().fit(labels), np.argsort(labels)
    estimator.__dict__.update(_label_binarizer=binarizer, classes_=binarizer.classes_)
    return order


def _no_classes(classes: Sequence[object], reason: str) -> ConfigurationError:
    return ConfigurationError(f"classes are {shown(classes)}; expected None, for {reason}.")


def _labels(model: Model, classes: Sequence[object] | None) -> RawArray:
    """Return the labels of a model's classes, in its order."""
    count = model.loss.classes_of(model.network.outputs)
    if count < 2:
        raise ConfigurationError(f"the model has 1 class; expected at least 2. {_INSTEAD}")
    labels = np.asarray(classes if classes is not None else model.class_names or range(count))
    if labels.shape != (count,) or len(set(labels.tolist())) != count:
        raise ConfigurationError(
            f"classes are {shown(labels.tolist())}; expected {count} different ones, those of the model in "
            "its order."
        )
    return labels


def _outputs_in(
    order: IntArray, loss: Loss, coef: FloatArray, intercept: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the weights and biases of the outputs, in the order of an estimator's classes.

    A sigmoid is of the second class, and of a softmax of two it is of the difference.
    """
    if coef.shape[1] == 1:
        sign = 1 if order[1] == 1 else -1
        return sign * coef, sign * intercept
    coef, intercept = coef[:, order].copy(), intercept[order].copy()
    if isinstance(loss, SoftmaxCrossEntropy) and len(order) == 2:
        return coef[:, 1:] - coef[:, :1], intercept[1:] - intercept[:1]
    return coef, intercept
