"""The section in which the best network predicts, in the page itself: pictures, or rows of a table."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from plainweave.data.tables.category_column import CategoryColumn
from plainweave.data.tables.number_column import NumberColumn
from plainweave.evidence import SampleRows, Samples, output_names
from plainweave.losses import (
    AbsoluteError,
    Huber,
    Loss,
    Poisson,
    Quantile,
    SoftmaxCrossEntropy,
    SquaredError,
)
from plainweave.page.network import page_network
from plainweave.page.study import Study
from plainweave.storage.forms import Json
from plainweave.training import Model

_MOST_COLUMNS, _MOST_LEVELS = 100, 200  # which a form can have
_KINDS: dict[type[Loss], Literal["classes", "numbers", "exponentials"]] = {
    SoftmaxCrossEntropy: "classes",
    **dict.fromkeys((SquaredError, AbsoluteError, Huber, Quantile), "numbers"),
    Poisson: "exponentials",
}


@dataclass(frozen=True)
class TryPictures:
    """What the page's script is given: a network, test examples, and how the pixels of these are stored."""

    kind: ClassVar[str] = "pictures"
    network: Json
    class_names: tuple[str, ...]
    image_shape: tuple[int, int]
    full_scale: float
    samples: Samples
    pixels: str


@dataclass(frozen=True)
class Output:
    """What outputs z mean: classes by softmax, or numbers z or exp(z), times spread and plus center.

    Of quantiles as many numbers as there are `ranks` belong together, and have these among themselves.
    """

    kind: Literal["classes", "numbers", "exponentials"]
    names: tuple[str, ...]
    center: tuple[float, ...]
    spread: tuple[float, ...]
    ranks: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class TryColumns:
    """What the page's script is given: a network, columns with their preparation, and test examples.

    Attributes:
        network: as `page_network` has it.
        columns: those that have features.
        output: what the network's outputs mean.
        samples: values of these columns.
        left_out: names of the columns without features.
    """

    kind: ClassVar[str] = "columns"
    network: Json
    columns: tuple[NumberColumn | CategoryColumn, ...]
    output: Output
    samples: SampleRows
    left_out: tuple[str, ...]


def try_it(study: Study) -> TryPictures | TryColumns | None:
    """Hand the best network to the page; None if it takes neither gray pictures nor columns."""
    return _pictures(study) or _columns(study)


def _pictures(study: Study) -> TryPictures | None:
    learned, model = study.learned, study.model
    if learned is None or model is None or model.image_shape is None:
        return None
    network = page_network(model)
    is_gray = math.prod(model.image_shape) == model.network.inputs
    if network is None or not is_gray or type(model.loss) is not SoftmaxCrossEntropy:
        return None
    return TryPictures(
        network, model.class_names, model.image_shape, model.full_scale, learned.samples, learned.pixels
    )


def _columns(study: Study) -> TryColumns | None:
    samples = study.predictions.samples if study.predictions else None
    model = study.predictor
    if samples is None or model is None or model.preparation is None:
        return None
    network, output = page_network(model), _output(model)
    used = [column for column in model.preparation.columns if column.feature_names]
    levels = max((len(column.levels) for column in used if isinstance(column, CategoryColumn)), default=0)
    if network is None or output is None or len(used) > _MOST_COLUMNS or levels > _MOST_LEVELS:
        return None
    places = [samples.names.index(column.name) for column in used]
    names = {column.name for column in used}
    return TryColumns(
        network,
        tuple(used),
        output,
        replace(
            samples,
            names=tuple(samples.names[place] for place in places),
            rows=tuple(tuple(row[place] for place in places) for row in samples.rows),
        ),
        tuple(column.name for column in model.preparation.columns if column.name not in names),
    )


def _output(model: Model) -> Output | None:
    kind = _KINDS.get(type(model.loss))
    if kind is None:
        return None
    outputs = model.network.outputs
    if kind == "classes":
        return Output(kind, model.class_names, (), ())
    names, scale = output_names(model.loss, outputs, model.target_name), model.target_scale
    center, spread = ((0.0,), (1.0,)) if scale is None else (scale.center, scale.spread)
    center, spread = (tuple(np.repeat(part, outputs // len(part)).tolist()) for part in (center, spread))
    levels = model.loss.levels if isinstance(model.loss, Quantile) else (0.5,)
    ranks = tuple(sorted(levels).index(level) for level in levels)
    return Output(kind, names, center, spread, ranks)
