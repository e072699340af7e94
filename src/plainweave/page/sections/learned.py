"""The section on what the best network learned: its first layer, its confusions, its mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.evidence import Learned, Mistake, best_run
from plainweave.page import pictures
from plainweave.page.study import Study

_MOST_CONFUSED = 100  # classes; a larger table can't be read


@dataclass(frozen=True)
class Confused:
    """The examples of one class: how many were taken for each, with its share of them all."""

    name: str
    counts: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ShownMistake:
    """A test example taken for another class: their names, how sure the network was in percent, and it."""

    index: int
    true: str
    predicted: str
    sure: str
    picture: str | None


@dataclass(frozen=True)
class WhatWasLearned:
    """What the templates fill in.

    Attributes:
        experiment, seed: which run it is.
        why: why it is that one.
        first_layer: a picture of the first layer's weights, or None.
        class_names: of the data.
        confusion: a row for each class; none if there are too many.
        too_many: how many classes are the most for which there is a table; 0 if there is one.
        in_file: whether learned.json has the table.
        mistakes: the most confident first.
    """

    experiment: str
    seed: int
    why: str
    first_layer: str | None
    class_names: tuple[str, ...]
    confusion: tuple[Confused, ...]
    too_many: int
    in_file: bool
    mistakes: tuple[ShownMistake, ...]


def learned(study: Study) -> WhatWasLearned | None:
    """Tell what the best network learned; None if that was not looked at."""
    best, model = study.learned, study.model
    if best is None or model is None:
        return None
    is_shown = best.confusion is not None and len(best.class_names) <= _MOST_CONFUSED
    shape = model.image_shape
    return WhatWasLearned(
        experiment=best.experiment,
        seed=best.seed,
        why=_why(best, study),
        first_layer=None if shape is None else pictures.first_layer(model.network.linear[0].weight, shape),
        class_names=best.class_names,
        confusion=_confusion(best.class_names, best.confusion or ()) if is_shown else (),
        too_many=0 if is_shown else _MOST_CONFUSED,
        in_file=best.confusion is not None,
        mistakes=tuple(_mistake(mistake, best) for mistake in best.mistakes),
    )


def _why(learned: Learned, study: Study) -> str:
    """Say why it is that run; where the folder has others now, only which it is."""
    best = best_run(study.records)
    if best is None or (best.record.experiment.id, best.record.seed) != (learned.experiment, learned.seed):
        return f"This is {learned.experiment}, its run of seed {learned.seed}."
    if best.by is None:
        return f"{learned.experiment} is the only network; this is its run of seed {learned.seed}, the first."
    end = "highest" if best.by.higher_is_better else "lowest"
    return (
        f"{learned.experiment} has the {end} validation {best.by.score}, mean over seeds; this is its run of "
        f"seed {learned.seed}, the {end} of them."
    )


def _confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> tuple[Confused, ...]:
    return tuple(
        Confused(name, tuple((count, f"{count / max(sum(row), 1):.3f}") for count in row))
        for name, row in zip(names, counts, strict=True)
    )


def _mistake(mistake: Mistake, best: Learned) -> ShownMistake:
    return ShownMistake(
        mistake.index,
        best.class_names[mistake.true],
        best.class_names[mistake.predicted],
        f"{100 * mistake.probability:.2f}",
        _picture(mistake.picture, best),
    )


def _picture(picture: str, best: Learned) -> str | None:
    if best.image_shape is None:
        return None
    (raw,) = best.images(picture)
    bright = np.clip(255 * raw.astype(np.float64) / (best.full_scale or 1), 0, 255)
    return pictures.data_address(np.rint(bright))
