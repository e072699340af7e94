"""Panels of curves in the page, as SVG of its own: one for each network, and one with all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from plainweave.arrays import FloatArray
from plainweave.page.axis import Axis
from plainweave.page.curves import Beyond, Curve, beyond_the_axis

_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 4, 9, 15  # margins, in units of the picture
_COLORS = 8  # in the style sheet
_SMOOTHED = 30  # epochs, for each of which running means reach one more to both sides
_DASHES = ("none", "6 2.5", "2 2", "9 2 2 2")  # of lines that share a colour


@dataclass(frozen=True)
class Readout:
    """What the page's script needs to read values out of a panel.

    Attributes:
        left, right: ends of the plot, as shares of the picture's width.
        first, last: the epochs at these ends.
        series: the values of each curve, one for each epoch; None where one is not finite.
    """

    left: float
    right: float
    first: float
    last: float
    series: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Panel:
    """A panel in the page."""

    svg: Markup
    readout: Readout


@dataclass(frozen=True)
class Frame:
    """Size and axes of a panel: epochs across, a score upwards."""

    width: int
    height: int
    x: Axis
    y: Axis

    @staticmethod
    def small(epochs: int, limits: tuple[float, float]) -> "Frame":
        """Return that of one of many panels, from epoch 0 to `epochs`."""
        return Frame(190, 125, Axis(0, epochs, 3, whole=True), Axis(*limits, 4))

    @staticmethod
    def large(epochs: int, limits: tuple[float, float]) -> "Frame":
        """Return that of a panel with all networks, from epoch 0 to `epochs`."""
        return Frame(440, 260, Axis(0, epochs, 7, whole=True), Axis(*limits, 6))

    @property
    def across(self) -> int:
        """The width of the plot."""
        return self.width - _LEFT - _RIGHT

    @property
    def up(self) -> int:
        """The height of the plot."""
        return self.height - _TOP - _BOTTOM

    def point(self, epoch: float, value: float) -> str:
        """Return where a value is drawn, within the plot; one beyond the axes outside of it."""
        x = (epoch - self.x.low) / (self.x.high - self.x.low) * self.across
        y = (self.y.high - value) / (self.y.high - self.y.low) * self.up
        return f"{x:.1f} {max(min(y, 9999), -9999):.1f}"


def small_panel(
    frame: Frame, curves: Sequence[Curve], best: Sequence[tuple[int, float]], context: str, text: str
) -> Panel:
    """Draw the curves of one network.

    Args:
        frame: of the panel.
        curves: to draw; bands lie behind all lines.
        best: epoch and value of each seed's kept weights.
        context: id of what is drawn behind it, see `context_of`.
        text: what is to be seen.
    """
    parts = [Markup('<use href="#{}"/>').format(context)]
    for curve in curves:
        if curve.low is not None and curve.high is not None:
            band = Markup('<path class="band {}" d="{}"/>')
            parts.append(band.format(curve.part, _band(frame, curve.low, curve.high)))
    parts += [
        Markup('<path class="{}" d="{}"/>').format(curve.part, _path(frame, curve.mean)) for curve in curves
    ]
    for epoch, value in best:
        x, y = frame.point(epoch, value).split()
        parts.append(Markup('<circle class="best" cx="{}" cy="{}" r="2.2"/>').format(x, y))
    marks = beyond_the_axis(curves, (frame.y.low, frame.y.high))
    series = {curve.part: _rounded(curve.mean) for curve in curves}
    return _panel(frame, parts, marks, series, text)


def context_of(id_: str, frame: Frame, curves: Sequence[Curve]) -> Markup:
    """Return lines in gray that small panels have behind theirs, to be used by their id."""
    lines = Markup().join(Markup('<path d="{}"/>').format(_path(frame, curve.mean)) for curve in curves)
    whole = (
        '<svg width="0" height="0" aria-hidden="true"><defs><g id="{}" class="context">{}</g></defs></svg>'
    )
    return Markup(whole).format(id_, lines)


def overlay(frame: Frame, networks: Mapping[str, tuple[int, Curve]], width: int, text: str) -> Panel:
    """Draw one curve of each network: as it is, and also its running mean.

    Args:
        frame: of the panel.
        networks: the place in the legend and the curve, by name.
        width: epochs that a running mean is over; 1 for none.
        text: what is to be seen.
    """
    line = Markup('<path class="line line-{}{}" style="{}" d="{}"/>')
    parts = []
    for place, curve in networks.values():
        lines = (
            {"": curve.mean} if width == 1 else {" raw": curve.mean, " smooth": _smooth(curve.mean, width)}
        )
        parts += [
            line.format(place, kind, style_of(place), _path(frame, values)) for kind, values in lines.items()
        ]
    marks = beyond_the_axis([curve for _, curve in networks.values()], (frame.y.low, frame.y.high))
    series = {name: _rounded(curve.mean) for name, (_, curve) in networks.items()}
    return _panel(frame, parts, marks, series, text)


def smoothing(curves: Sequence[Curve]) -> int:
    """Return over how many epochs running means of curves are drawn; 1 where they are too short for that."""
    return max(len(curve.mean) for curve in curves) // _SMOOTHED * 2 + 1


def style_of(place: int) -> str:
    """Return the colour and dashes of the network at a place in the legend."""
    dashes = _DASHES[place // _COLORS % len(_DASHES)]
    return f"stroke: var(--color-{place % _COLORS}); stroke-dasharray: {dashes}"


def _panel(
    frame: Frame,
    parts: Sequence[Markup],
    marks: Sequence[Beyond],
    series: Mapping[str, Sequence[float | None]],
    text: str,
) -> Panel:
    size = {"width": frame.across, "height": frame.up}
    plot = Markup(
        '<svg x="{}" y="{}" width="{width}" height="{height}" class="plot" aria-hidden="true">{}</svg>'
    ).format(_LEFT, _TOP, Markup().join(parts), **size)
    svg = Markup('<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
        frame.width, frame.height, text, _axes(frame), plot, _marks(frame, marks)
    )
    left, right = _LEFT / frame.width, (frame.width - _RIGHT) / frame.width
    return Panel(svg, Readout(round(left, 4), round(right, 4), frame.x.low, frame.x.high, series))


def _axes(frame: Frame) -> Markup:
    """Draw grid lines with their numbers, and the word for what goes across."""
    parts = []
    bottom = frame.height - _BOTTOM
    for tick in frame.y.ticks:
        y = round(_TOP + (1 - frame.y.share(tick)) * frame.up, 1)
        parts.append(Markup('<path class="grid" d="M{} {}h{}"/>').format(_LEFT, y, frame.across))
        label = Markup('<text x="{}" y="{}" text-anchor="end">{}</text>')
        parts.append(label.format(_LEFT - 4, y + 3, frame.y.text(tick)))
    for tick in frame.x.ticks:
        x = round(_LEFT + frame.x.share(tick) * frame.across, 1)
        text = "epoch" if tick == 0 else frame.x.text(tick)
        label = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')
        parts.append(label.format(x, bottom + 12, "start" if tick == 0 else "middle", text))
    parts.append(Markup('<path class="base" d="M{} {}h{}"/>').format(_LEFT, bottom, frame.across))
    return Markup().join(parts)


def _marks(frame: Frame, marks: Sequence[Beyond]) -> Markup:
    """Say at the ends of the axis which values lie beyond it."""
    texts = []
    for mark in marks:
        x = round(_LEFT + frame.x.share(mark.epoch) * frame.across + 2, 1)
        y, arrow = (_TOP + 7, "▲") if mark.above else (frame.height - _BOTTOM - 3, "▼")
        is_late = frame.x.share(mark.epoch) > 0.7
        anchor = "end" if is_late else "start"
        text = Markup('<text class="beyond" x="{}" y="{}" text-anchor="{}">{} {}</text>')
        texts.append(text.format(x, y, anchor, arrow, f"{mark.value:.4g}"))
    return Markup().join(texts)


def _path(frame: Frame, values: FloatArray) -> str:
    """Return a line through finite values, parted where one is not."""
    steps, letter = [], "M"
    for epoch, value in enumerate(values, 1):
        if not np.isfinite(value):
            letter = "M"
            continue
        steps.append(letter + frame.point(epoch, value))
        letter = "L"
    return "".join(steps)


def _smooth(values: FloatArray, width: int) -> FloatArray:
    """Return means (epochs,) of finite values over `width` epochs, of fewer at the beginning.

    There are none over the last epochs: a mean that reached back farther than forward would lag behind.
    """
    means = np.full(len(values), np.nan)
    for epoch in range(len(values)):
        reach = min(width // 2, epoch)
        if np.isfinite(values[epoch]) and epoch + reach < len(values):
            around = values[epoch - reach : epoch + reach + 1]
            means[epoch] = around[np.isfinite(around)].mean()
    return means


def _band(frame: Frame, low: FloatArray, high: FloatArray) -> str:
    """Return the area between finite values."""
    finite = [epoch for epoch in range(len(low)) if np.isfinite(low[epoch]) and np.isfinite(high[epoch])]
    there = [frame.point(epoch + 1, low[epoch]) for epoch in finite]
    back = [frame.point(epoch + 1, high[epoch]) for epoch in reversed(finite)]
    return f"M{'L'.join([*there, *back])}Z" if finite else ""


def _rounded(values: FloatArray) -> list[float | None]:
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values]
