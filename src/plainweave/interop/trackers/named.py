"""Trackers by a text, as the command line has them."""

from plainweave.errors import ConfigurationError, shown
from plainweave.interop.trackers.ml_flow import MLflow
from plainweave.interop.trackers.tensor_board import TensorBoard
from plainweave.interop.trackers.weights_and_biases import WandB
from plainweave.training.tracker import Tracker

_KINDS: dict[str, type[TensorBoard] | type[MLflow] | type[WandB]] = {
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
    "wandb": WandB,
}


def tracker_named(text: str) -> Tracker:
    """Return the tracker of a text: "tensorboard:DIR", "mlflow:DIR_OR_URI" or "wandb:DIR".

    Raises:
        ConfigurationError: it is none.
        MissingExtraError: its package is not installed.
    """
    kind, _, place = text.partition(":")
    if kind not in _KINDS or not place:
        raise ConfigurationError(
            f"a tracker is {shown(text)}; expected tensorboard:DIR, mlflow:DIR_OR_URI or wandb:DIR."
        )
    return _KINDS[kind](place)
