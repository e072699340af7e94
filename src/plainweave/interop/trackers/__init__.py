"""Trackers: TensorBoard, MLflow, Weights & Biases, each by its own package, imported where it is used.

`named` finds one by its text, as "tensorboard:DIR"; `pyfunc` is what MLflow loads our model files with.
"""

from plainweave.interop.trackers.ml_flow import MLflow
from plainweave.interop.trackers.named import tracker_named
from plainweave.interop.trackers.tensor_board import TensorBoard
from plainweave.interop.trackers.weights_and_biases import WandB

__all__ = ["MLflow", "TensorBoard", "WandB", "tracker_named"]
