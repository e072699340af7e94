"""Experiments that are trained together: what they must have in common, and what each has of its own."""

from collections.abc import Sequence

from plainweave.data import Dataset
from plainweave.errors import ConfigurationError
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.rules import BATCH, made
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.optimizers import Optimizer


def check_alike(experiments: Sequence[Experiment]) -> None:
    """Check that experiments can be trained as one stack.

    Raises:
        ConfigurationError: they differ in more than a stack's members may.
    """
    first = experiments[0]
    for experiment in experiments:
        if difference := experiment.of_a_stack.difference(first.of_a_stack):
            name, given, expected = difference
            raise ConfigurationError(
                f"{experiment.id} has {name} {given} and {first.id} {expected}; expected one for all of a "
                "stack. Run them one by one."
            )


def optimizer_of(experiments: Sequence[Experiment], outputs: int) -> Optimizer:
    """Build the optimizer of a stack of experiments whose networks have so many outputs.

    The gradient of a loss averaged over classes too, with its L2 penalty, is g / classes + lambda * w.
    A step of learning rate r along it is one of r / classes along g + classes * lambda * w. L1 likewise.
    """
    divisors = [1 if experiment.loss_mean == BATCH else outputs for experiment in experiments]
    pairs = list(zip(experiments, divisors, strict=True))
    rates = {
        "learning_rate": [experiment.learning_rate / n for experiment, n in pairs],
        "weight_decay": [experiment.weight_decay * n for experiment, n in pairs],
        "l1": [experiment.l1 * n for experiment, n in pairs],
    }
    return made(vars(experiments[0]), rates)


def outputs_of(loss: Loss, dataset: Dataset) -> int:
    """Return how many outputs a network needs for a data set.

    Raises:
        ConfigurationError: the targets are classes, and the loss has none.
        DataError, ShapeError: the targets are none that the loss can take.
    """
    if dataset.is_classification and isinstance(loss, SoftmaxCrossEntropy):
        return dataset.outputs  # a class may have no example
    outputs = loss.outputs_of(dataset.train.targets)
    if dataset.is_classification:
        classes = loss.classes_of(outputs)
        if not classes:
            raise ConfigurationError(
                f"the loss {loss} predicts numbers, and {dataset.name} has classes; expected a loss of "
                "classes, as softmax. Choose another loss, or another target."
            )
        if classes != dataset.outputs:
            raise ConfigurationError(
                f"the loss {loss} tells {classes} classes apart, and {dataset.name} has {dataset.outputs}; "
                "expected a loss of as many, as softmax."
            )
    return outputs
