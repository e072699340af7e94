"""The section on curves: losses and metrics over the epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.page.curves import Panel, page_panel
from plainweave.page.figures import CurveFigure, Part, arrange
from plainweave.page.study import Study

_MOST_EPOCHS = 5000  # of all experiments whose curves are in the page; more would make it too large


@dataclass(frozen=True)
class NetworkCurves:
    """The panels of one network, with a caption."""

    panels: tuple[Panel, ...]
    caption: str


@dataclass(frozen=True)
class FigureCurves:
    """The networks of one figure, with its title."""

    title: str
    networks: tuple[NetworkCurves, ...]


@dataclass(frozen=True)
class Curves:
    """What the templates fill in.

    Attributes:
        drawn: with panels.
        validated: whether there are curves of validation.
        left_out: how many networks are in files alone.
        files: all figures, as they stand in files.
    """

    drawn: tuple[FigureCurves, ...]
    validated: bool
    left_out: int
    files: tuple[CurveFigure, ...]


def curves(study: Study) -> Curves | None:
    """Draw the curves of all networks that were tested; None if there are none."""
    if not study.tested:
        return None
    files = arrange(study.tested, study.references)
    drawn = []
    left = _MOST_EPOCHS
    for figure in files:
        networks = []
        for part in figure.parts:
            left -= max(record.epochs for record in part.records)
            if left < 0:
                break
            networks.append(_network(part, figure))
        if networks:
            drawn.append(FigureCurves(figure.title, tuple(networks)))
    return Curves(
        drawn=tuple(drawn),
        validated=any(record.history.validation for record in study.tested),
        left_out=_parts(files) - sum(len(figure.networks) for figure in drawn),
        files=tuple(files),
    )


def _network(part: Part, figure: CurveFigure) -> NetworkCurves:
    panels = (
        page_panel(part.records, name, figure.scale, f"{part.network}: {part.seen([name])} over the epochs")
        for name in part.names
    )
    return NetworkCurves(tuple(panels), f"{part.letter}{part.experiment.id}: {part.network}; {part.result}.")


def _parts(figures: Sequence[CurveFigure]) -> int:
    return sum(len(figure.parts) for figure in figures)
