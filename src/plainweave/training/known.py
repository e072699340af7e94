"""What a model takes from training: the loss, and what was fitted on the training part."""

from plainweave.data import Dataset, Preparation, Split, Standardizer, TargetScale
from plainweave.errors import ConfigurationError
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.training.result import Fit


def fitted_of(
    parts: Split | Standardizer, dataset: Dataset | None, loss: Loss
) -> tuple[Preparation | None, TargetScale | None]:
    """Return how inputs are made of tables, and by which scale targets were trained on.

    Raises:
        ConfigurationError: a standardizer alone is given, and the inputs are a table.
    """
    if isinstance(parts, Split):
        scale = parts.target_scale if loss.scales_targets else None
        if parts.preparation is not None and scale is None and loss.scales_targets:
            scale = TargetScale.identity(parts.training.outputs)
        return parts.preparation, scale
    if dataset is not None and dataset.train.table is not None:
        raise ConfigurationError(
            f"Model: the inputs of {dataset.name} are a table, and its preparation is missing; expected "
            "the split that the network was trained on, as in pw.Model.of(network, parts, dataset)."
        )
    return None, None


def loss_of(network: Network | Fit, dataset: Dataset | None, given: Loss | str | None) -> Loss:
    """Return the loss by which a network was trained.

    Raises:
        ConfigurationError: it is not known, or there is none of that name.
    """
    if given is not None:
        return Loss.named(given)
    if isinstance(network, Fit):
        return network.loss
    if dataset is not None and dataset.class_names:
        return SoftmaxCrossEntropy()
    reason = "there is no data set" if dataset is None else f"{dataset.name} has no classes"
    raise ConfigurationError(
        f"Model: {reason}; expected the loss by which the network was trained. Give loss=result.loss, of "
        "what pw.fit returned, or result itself in place of the network."
    )
