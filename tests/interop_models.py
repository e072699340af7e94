"""Models of every kind that other forms are to say, and what they predict, as columns beside each other."""

from dataclasses import replace
from typing import Any

import numpy as np

import plainweave as pw
from loss_cases import LOSSES
from plainweave.arrays import FloatArray
from plainweave.data import Preparation, TargetScale
from tables import table

INPUTS, OUTPUTS, EXAMPLES = 7, 3, 50
CLASSES = ("cat", "dog", "emu")


def inputs(seed: int = 0) -> FloatArray:
    """Raw inputs (examples, features) of float32, each feature with a mean and a spread of its own."""
    stream = np.random.default_rng(seed)
    spread = np.arange(1, INPUTS + 1)
    return (spread + spread * stream.normal(size=(EXAMPLES, INPUTS))).astype(np.float32)


def network(
    activation: str = "tanh", outputs: int = OUTPUTS, inputs: int = INPUTS, **more: Any
) -> pw.Network:
    """A network none of whose parameters is what it begins with."""
    made = pw.Network(inputs, [8, 6], outputs, activation=activation, seed=1, **more)
    stream = np.random.default_rng(2)
    names = [name for name in made.parameters if not name.endswith("weight")]
    return made.with_parameters({name: stream.normal(size=made.parameters[name].shape) for name in names})


def of_arrays(standardize: str = "per-pixel", loss: str = "softmax", **more: Any) -> pw.Model:
    """A model of arrays; of numbers with a scale of the targets, where the loss has one."""
    kind = LOSSES[str(pw.Loss.named(loss))]
    made = network(**more)
    names = CLASSES if isinstance(kind, pw.SoftmaxCrossEntropy) else ()
    model = pw.Model(made, pw.Standardizer.fit(standardize, inputs()), names, loss=kind)
    if not kind.scales_targets:
        return model
    width = kind.width(made.outputs)
    scale = TargetScale(tuple(range(100, 100 + width)), tuple(range(2, 2 + width)))
    return replace(model, target_scale=scale)


def of_tables(
    numbers: str = "standard", *, columns: tuple[str, ...] = (), missing: str = "median"
) -> pw.Model:
    """A model of tables with holes; of some columns alone, or of all."""
    given = table()
    given = given.select(columns) if columns else given
    preparation = Preparation.fit(given, numbers=numbers, missing=missing)
    made = network(inputs=preparation.features, outputs=2)
    return pw.Model(
        made,
        pw.Standardizer.identity(),
        ("low", "high"),
        preparation=preparation,
        target_name="price",
    )


def told(model: pw.Model, given: object) -> FloatArray:
    """Probabilities or numbers (examples, columns) that a model predicts."""
    if model.loss.metrics and model.loss.metrics[0] == "accuracy":
        return model.probabilities(given)
    return np.asarray(model.predict(given), np.float64).reshape(
        EXAMPLES if model.preparation is None else -1, model.network.outputs
    )
