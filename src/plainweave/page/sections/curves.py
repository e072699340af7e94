"""The section on curves: losses and metrics over the epochs, of all networks together and of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainweave.evidence.measures import kind_of_score, of_validation
from plainweave.page import words
from plainweave.page.curves import Scale, best_of_seeds, curves_of, limits_of_means
from plainweave.page.figures import CurveFigure, Part, arrange
from plainweave.page.panels import Frame, Panel, context_of, overlay, small_panel, smoothing, style_of
from plainweave.page.study import Study

_MOST_EPOCHS = 5000  # of all experiments whose curves are in the page; more would make it too large


@dataclass(frozen=True)
class NetworkPanel:
    """The panel of one network: its name, its test score, which it is."""

    name: str
    result: str
    network: str
    panel: Panel


@dataclass(frozen=True)
class ScoreCurves:
    """One score of all networks that have it.

    Attributes:
        title: "Mean cross-entropy (nats)".
        overlay: with one curve of each network; None where there is one network.
        context: what all panels have behind their curves.
        networks: a panel each.
    """

    title: str
    overlay: Panel | None
    context: Markup
    networks: tuple[NetworkPanel, ...]


@dataclass(frozen=True)
class CurveGroup:
    """Networks whose curves share their axes.

    Attributes:
        title: which they are; the empty text where there are no others.
        names: of the networks, with the style of each in the overlay.
        smoothing: over how many epochs the running means in the overlay are; 1 where there are none.
        scores: of the networks.
    """

    title: str
    names: tuple[tuple[str, str], ...]
    smoothing: int
    scores: tuple[ScoreCurves, ...]


@dataclass(frozen=True)
class Curves:
    """What the templates fill in.

    Attributes:
        groups: of networks that are drawn in the page.
        validated: whether there are curves of validation.
        left_out: how many networks are in files alone.
        files: all figures, as they stand in files.
    """

    groups: tuple[CurveGroup, ...]
    validated: bool
    left_out: int
    files: tuple[CurveFigure, ...]


def curves(study: Study) -> Curves | None:
    """Draw the curves of all networks that were tested; None if there are none."""
    if not study.tested:
        return None
    files = arrange(study.tested, study.references)
    scales: dict[int, tuple[Scale, list[Part]]] = {}
    left, left_out = _MOST_EPOCHS, 0
    for figure in files:
        for part in figure.parts:
            left -= max(record.epochs for record in part.records)
            if left < 0:
                left_out += 1
            else:
                scales.setdefault(id(figure.scale), (figure.scale, []))[1].append(part)
    titles = _titles(study, len(scales))
    groups = [
        _group(title, f"curves-{place}", scale, parts)
        for place, (title, (scale, parts)) in enumerate(zip(titles, scales.values(), strict=True))
    ]
    validated = any(record.history.validation for record in study.tested)
    return Curves(tuple(groups), validated, left_out, tuple(files))


def _titles(study: Study, groups: int) -> list[str]:
    if groups < 2 or study.references is None:
        return [""] * groups
    return [f"Those of {study.references.name}", "Others"]


def _group(title: str, id_: str, scale: Scale, parts: Sequence[Part]) -> CurveGroup:
    kinds: dict[tuple[str, str], tuple[str, list[Part]]] = {}
    for part in parts:
        for name in part.names:
            kind = kind_of_score(name, part.experiment.loss)
            kinds.setdefault(kind, (name, []))[1].append(part)
    places = {part.experiment.id: place for place, part in enumerate(parts)}
    width = smoothing([curve for part in parts for curve in curves_of(part.records, "loss")])
    scores = [
        _score(f"{id_}-{place}", name, scale, of_kind, places, width)
        for place, (name, of_kind) in enumerate(kinds.values())
    ]
    names = tuple((name, style_of(place)) for name, place in places.items())
    return CurveGroup(title, names, width, tuple(scores))


def _score(
    id_: str, name: str, scale: Scale, parts: Sequence[Part], places: dict[str, int], width: int
) -> ScoreCurves:
    experiment = parts[0].experiment
    limits = scale.limits[kind_of_score(name, experiment.loss)]
    small = Frame.small(scale.epochs, limits)
    last = {
        part.experiment.id: curves_of(part.records, name)[-1] for part in parts
    }  # validation, if there is one
    label = words.axis(experiment, name)
    title = label[:1].upper() + label[1:]
    everything = f"{title} over the epochs: {', '.join(map(words.shortened, last))}."
    placed = {id_: (places[id_], curve) for id_, curve in last.items()}
    higher = of_validation(name).higher_is_better
    large = Frame.large(scale.epochs, limits_of_means(list(last.values()), higher_is_better=higher))
    return ScoreCurves(
        title,
        overlay(large, placed, width, everything) if len(parts) > 1 else None,
        context_of(id_, small, list(last.values()) if len(parts) > 1 else []),
        tuple(_network(part, name, small, id_) for part in parts),
    )


def _network(part: Part, name: str, frame: Frame, context: str) -> NetworkPanel:
    text = f"{part.network}: {part.seen([name])} over the epochs"
    panel = small_panel(
        frame, curves_of(part.records, name), best_of_seeds(part.records, name), context, text
    )
    return NetworkPanel(part.experiment.id, part.score, part.network, panel)
