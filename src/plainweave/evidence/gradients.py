"""The check of every gradient of the default network, and of the check itself."""

from collections.abc import Callable
from functools import partial

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.data import Dataset, Preparation, Standardizer
from plainweave.evidence.gradients_file import GradientEvidence, NetworkCheck, StepSizes
from plainweave.jobs import call_all
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.verification import check_gradients, numerical_gradient

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky-relu")
STEPS = tuple(10.0**-exponent for exponent in range(1, 12))
PRECISIONS = ("float64", "float32")
_NEARLY_0 = 1e-3  # of a standardized input
_MOST_CLASSES = 100  # the time grows with their square: 100 take minutes
_SOFTMAX = SoftmaxCrossEntropy()


def gradient_evidence(
    dataset: Dataset, *, loss: Loss = _SOFTMAX, engine: str = "numpy", seed: int = 0, jobs: int = 1
) -> GradientEvidence:
    """Check gradients of the default network on one training example of each class, of the first 100.

    Args:
        dataset: where the examples come from; it is standardized as a whole, or prepared.
        loss: what the gradients are of; one that takes numbers is given 1 for the class and 0 for others.
        engine: whose gradients are checked, "numpy", "compiled" or "auto"; how the error depends on the
            step is always found in NumPy.
        seed: of the random weights.
        jobs: processes, each with one thread; 1 checks in this process.

    Raises:
        ConfigurationError: the engine can't be had, or does not know the loss.
        DataError: the data have no classes, or a class has no training example.
        PlainweaveError: processes were killed again and again.
    """
    x, labels = checked_examples(dataset)
    targets = labels if isinstance(loss, SoftmaxCrossEntropy) else np.eye(len(labels))[labels]
    calls: list[Callable[[], tuple[float, ...] | NetworkCheck]] = [
        *(partial(_errors, precision, loss, x, targets, seed) for precision in PRECISIONS),
        *(partial(_check, activation, engine, loss, x, targets, seed) for activation in ACTIVATIONS),
    ]
    results = call_all(calls, jobs, "checking gradients")
    checks = tuple(result for result in results if isinstance(result, NetworkCheck))
    return GradientEvidence(
        dataset=dataset.name,
        classes=len(labels),
        loss=str(loss),
        engine=engine,
        passed=all(check.passed for check in checks),
        whole_network=checks,
        step_sizes=StepSizes(STEPS, *(result for result in results if isinstance(result, tuple))),
    )


def checked_examples(dataset: Dataset) -> tuple[FloatArray, IntArray]:
    """Return one training example of each class, of the first 100: inputs (classes, features) and labels.

    Raises:
        DataError: a class has no training example.
    """
    examples = dataset.one_per_class()
    examples = examples[np.arange(min(len(examples), _MOST_CLASSES))]
    if dataset.train.table is not None:
        return Preparation.fit(dataset.train.table)(examples.inputs, np.float64), examples.labels
    standardizer = Standardizer.fit("all-pixels", dataset.train.inputs)
    return standardizer(examples.inputs, np.float64), examples.labels


def _check(
    activation: str, engine: str, loss: Loss, x: FloatArray, targets: RawArray, seed: int
) -> NetworkCheck:
    network = Network(x.shape[1], [50, 50], loss.outputs_of(targets), activation=activation, seed=seed)
    if np.abs(x).max(axis=1).min() < _NEARLY_0:
        # Without biases an example of zeros alone lies on the kink of every unit, and nothing is compared.
        stream = np.random.default_rng(seed)
        biases = {name: value for name, value in network.parameters.items() if name.endswith("bias")}
        network = network.with_parameters(
            {name: stream.normal(0, 0.1, value.shape) for name, value in biases.items()}
        )
    check = check_gradients(network, x, targets, loss=loss, engine=engine)
    return NetworkCheck(activation, check.passed, check.epsilon, check.tolerance, check.tensors)


def _errors(precision: str, loss: Loss, x: FloatArray, targets: RawArray, seed: int) -> tuple[float, ...]:
    """Return the relative error by norm of each of `STEPS`, over the default network's upper two layers.

    The first layer is left out: it has most of the weights, and errs like the others.
    """
    network = Network(x.shape[1], [50, 50], loss.outputs_of(targets), seed=seed, dtype=precision)
    x, encoded = x.astype(precision), loss.encode(targets, network.outputs, precision)
    outputs, caches = network.forward(x)
    gradients = network.backward(loss.value_and_gradient(outputs, encoded)[1], caches)
    names = [name for name in gradients if not name.startswith("hidden_1")]
    analytic = np.concatenate([gradients[name].ravel() for name in names])

    def objective(perturbed: Network) -> FloatArray:
        return loss.value(perturbed.forward(x)[0], encoded)

    errors = []
    for step in STEPS:
        numeric = np.concatenate(
            [numerical_gradient(objective, network, name, step).ravel() for name in names]
        )
        scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
        errors.append(float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0)
    return tuple(errors)
