"""The section on what the best network learned: its first layer, its confusions, its mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.evidence import Learned, Mistake
from plainweave.page import pictures
from plainweave.page.chosen import why_this_run
from plainweave.page.pictures import FirstLayer
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table

_MOST_CONFUSED = 100  # classes; a larger table can't be read
_SHORT = 40  # characters of all names of classes that have room beside each other
_MOST_RATES = 20  # classes whose shares are written into it
_FEW = 10  # mistakes that are seen at once


@dataclass(frozen=True)
class Taken:
    """The examples of one class that were taken for one class.

    Attributes:
        count: how many.
        percent: of the class's examples; the empty text for none.
        strength: of the colour, from 0 to 1: of right ones their share, of errors theirs among the most
            frequent error's.
        is_right: whether both are the same class.
    """

    count: int
    percent: str
    strength: str
    is_right: bool


@dataclass(frozen=True)
class Confused:
    """The examples of one class: how many there are, and how many were taken for each."""

    name: str
    examples: int
    taken: tuple[Taken, ...]


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
        units: of the first layer.
        class_names: of the data.
        confusion: a row for each class; none if there are too many.
        shares: the same in percent of the rows, if there is room for them.
        rates: whether the table has room for shares beside counts.
        is_short: whether the classes are few, with short names, which then stand upright.
        is_in_colour: whether the data are pictures in colour, which can't be tried in the page.
        too_many: how many classes are the most for which there is a table; 0 if there is one.
        in_file: whether learned.json has the table.
        mistakes: the most confident first, a few of them.
        more_mistakes: the others.
    """

    experiment: str
    seed: int
    why: str
    first_layer: FirstLayer | None
    units: int
    class_names: tuple[str, ...]
    confusion: tuple[Confused, ...]
    shares: Table | None
    rates: bool
    is_short: bool
    is_in_colour: bool
    too_many: int
    in_file: bool
    mistakes: tuple[ShownMistake, ...]
    more_mistakes: tuple[ShownMistake, ...]


def learned(study: Study) -> WhatWasLearned | None:
    """Tell what the best network learned; None if that was not looked at."""
    best, model = study.learned, study.model
    if best is None or model is None:
        return None
    is_shown = best.confusion is not None and len(best.class_names) <= _MOST_CONFUSED
    confusion = _confusion(best.class_names, best.confusion or ()) if is_shown else ()
    rates = len(best.class_names) <= _MOST_RATES
    shape, weight = model.image_shape, model.network.linear[0].weight
    mistakes = tuple(_mistake(mistake, best) for mistake in best.mistakes)
    return WhatWasLearned(
        experiment=best.experiment,
        seed=best.seed,
        why=why_this_run(study, best.experiment, best.seed),
        first_layer=None if shape is None else pictures.first_layer(weight, shape),
        units=weight.shape[1],
        class_names=best.class_names,
        confusion=confusion,
        shares=_shares(study.dataset.name, best.class_names, confusion) if confusion and rates else None,
        rates=rates,
        is_short=sum(map(len, best.class_names)) <= _SHORT,
        is_in_colour=model.channels == 3,
        too_many=0 if is_shown else _MOST_CONFUSED,
        in_file=best.confusion is not None,
        mistakes=mistakes[:_FEW],
        more_mistakes=mistakes[_FEW:],
    )


def _confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> tuple[Confused, ...]:
    if not counts:
        return ()
    table = np.array(counts, np.float64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    errors = np.where(np.eye(len(shares), dtype=bool), 0, shares)
    strengths = np.where(np.eye(len(shares), dtype=bool), shares, errors / (errors.max() or 1))
    return tuple(
        Confused(
            name,
            sum(counts[row]),
            tuple(
                Taken(
                    counts[row][column],
                    f"{100 * shares[row, column]:.1f}" if counts[row][column] else "",
                    f"{strengths[row, column]:.3f}",
                    row == column,
                )
                for column in range(len(names))
            ),
        )
        for row, name in enumerate(names)
    )


def _shares(dataset: str, names: Sequence[str], confusion: Sequence[Confused]) -> Table:
    return table(
        [Column(""), *(Column(name, number=True) for name in (*names, "all"))],
        [
            [row.name, *(taken.percent or "·" for taken in row.taken), f"{row.examples:,}"]
            for row in confusion
        ],
        caption=f"Test examples of {dataset} by true class (rows) and predicted class (columns), in percent "
        "of the row:",
    )


def _mistake(mistake: Mistake, best: Learned) -> ShownMistake:
    return ShownMistake(
        mistake.index,
        best.class_names[mistake.true],
        best.class_names[mistake.predicted],
        f"{100 * mistake.probability:.1f}",
        _picture(mistake.picture, best),
    )


def _picture(picture: str, best: Learned) -> str | None:
    if best.image_shape is None:
        return None
    (raw,) = best.images(picture)
    bright = np.clip(255 * raw.astype(np.float64) / (best.full_scale or 1), 0, 255)
    return pictures.data_address(np.rint(bright))
