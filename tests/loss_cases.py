"""Every loss with its settings, and targets it can take."""

from typing import Any

import numpy as np

import plainweave as pw

Numbers = np.ndarray[Any, np.dtype[np.floating]]

LOSSES: dict[str, pw.Loss] = {
    str(loss): loss
    for loss in (
        pw.SoftmaxCrossEntropy(),
        pw.SoftmaxCrossEntropy(label_smoothing=0.1),
        pw.SigmoidCrossEntropy(),
        pw.SquaredError(),
        pw.AbsoluteError(),
        pw.Huber(),
        pw.Huber(0.3),
        pw.Quantile(),
        pw.Quantile((0.1, 0.5, 0.9)),
        pw.Poisson(),
    )
}


def given_targets(loss: pw.Loss, examples: int, outputs: int, stream: np.random.Generator) -> Any:
    """Targets as people have them, for so many outputs."""
    if isinstance(loss, pw.SoftmaxCrossEntropy):
        return stream.integers(0, outputs, examples)
    shape = (examples, loss.width(outputs))
    if isinstance(loss, pw.SigmoidCrossEntropy):
        return stream.integers(0, 2, shape)
    return stream.poisson(2.0, shape) if isinstance(loss, pw.Poisson) else stream.normal(size=shape)


def case(loss: pw.Loss, shape: tuple[int, ...], seed: int, dtype: str = "float64") -> tuple[Numbers, Numbers]:
    """Outputs of that shape (..., batch, outputs), and targets (batch, width) of all models."""
    stream = np.random.default_rng(seed)
    outputs: Numbers = stream.normal(size=shape).astype(dtype)
    return outputs, loss.encode(given_targets(loss, shape[-2], shape[-1], stream), shape[-1], dtype)
