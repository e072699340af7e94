"""Strips: a row for each thing that is compared, all on one axis, with its name before and its number behind.

What is drawn stands at shares of a strip's width, so that it fits a desk and a phone, and no letter grows or
shrinks with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from plainweave.page.axis import Axis

_HEIGHT, _MIDDLE = 22, 11  # of a strip, in pixels
_CAP = 4  # half the height of an interval's ends


@dataclass(frozen=True)
class Strip:
    """What one row shows; `None` and empty texts are left out.

    Attributes:
        label: which it is.
        note: more about it, smaller.
        numbers: behind the strip, in columns.
        mean: a filled dot; None where there is no finite one.
        interval: a line with ends around the mean.
        around: a broad pale band around the mean, as what the test examples' number leaves open.
        values: short strokes, one for each seed.
        beside: a ring, and a thin line from there to the mean: a number given elsewhere.
        region: a shaded range, as where a statement has the mean.
        kind: class of the row: a verdict.
        verdict: in words, behind the numbers.
    """

    label: str
    mean: float | None
    note: str = ""
    numbers: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None
    around: float | None = None
    values: tuple[float, ...] = ()
    beside: float | None = None
    region: tuple[float, float] | None = None
    kind: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Strips:
    """A picture of strips.

    Attributes:
        title: what it shows, with its unit.
        axis: of all strips.
        headings: of the columns of numbers.
        strips: the rows.
        zero: whether a line stands at 0.
    """

    title: str
    axis: Axis
    strips: tuple[Strip, ...]
    headings: tuple[str, ...] = ()
    zero: bool = False

    @property
    def scale(self) -> Markup:
        """The axis itself, below the strips."""
        texts = (
            Markup('<text x="{}" y="14">{}</text>').format(_at(self.axis, tick), self.axis.text(tick))
            for tick in self.axis.ticks
        )
        return Markup('<svg class="scale" height="18" aria-hidden="true">{}</svg>').format(_joined(texts))

    def drawing(self, strip: Strip) -> Markup:
        """Return what is drawn of a strip, as SVG."""
        parts = [*_ground(self.axis, strip, zero=self.zero), *_marks(self.axis, strip)]
        return Markup('<svg height="{}" aria-hidden="true">{}</svg>').format(_HEIGHT, _joined(parts))


def _ground(axis: Axis, strip: Strip, *, zero: bool) -> list[Markup]:
    parts = []
    if strip.region is not None:
        parts.append(_box("region", axis, *strip.region, height=_HEIGHT))
    parts += [_upright("tick", axis, tick, _MIDDLE) for tick in axis.ticks]
    if zero and axis.holds(0):
        parts.append(_upright("zero", axis, 0, _MIDDLE))
    if strip.around is not None and strip.mean is not None:
        parts.append(_box("around", axis, strip.mean - strip.around, strip.mean + strip.around, height=10))
    return parts


def _marks(axis: Axis, strip: Strip) -> list[Markup]:
    mean, parts = strip.mean, []
    if strip.beside is not None and mean is not None:
        parts.append(_along("between", axis, strip.beside, mean))
    parts += [_upright("seed", axis, value, 5) for value in strip.values if axis.holds(value)]
    if strip.interval is not None:
        parts.append(_along("interval", axis, *strip.interval))
        parts += [_upright("interval", axis, end, _CAP) for end in strip.interval if axis.holds(end)]
    if strip.beside is not None:
        parts.append(_dot("beside", axis, strip.beside))
    if mean is None:
        return parts
    if axis.holds(mean):
        return [*parts, _dot("mean", axis, mean)]
    place, anchor, arrow = ("0%", "start", "◀") if mean < axis.low else ("100%", "end", "▶")
    beyond = Markup('<text class="beyond" x="{}" y="15" text-anchor="{}">{}</text>')
    return [*parts, beyond.format(place, anchor, arrow)]


def _at(axis: Axis, value: float) -> str:
    return f"{100 * axis.share(value):.2f}%"


def _along(kind: str, axis: Axis, first: float, last: float) -> Markup:
    line = f'<line class="{kind}" x1="{{}}" x2="{{}}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>'
    return Markup(line).format(_at(axis, first), _at(axis, last))


def _upright(kind: str, axis: Axis, value: float, reach: int) -> Markup:
    line = f'<line class="{kind}" x1="{{0}}" x2="{{0}}" y1="{_MIDDLE - reach}" y2="{_MIDDLE + reach}"/>'
    return Markup(line).format(_at(axis, value))


def _box(kind: str, axis: Axis, low: float, high: float, height: int) -> Markup:
    width = f"{100 * (axis.share(high) - axis.share(low)):.2f}%"
    box = f'<rect class="{kind}" x="{{}}" width="{{}}" y="{_MIDDLE - height // 2}" height="{height}"/>'
    return Markup(box).format(_at(axis, low), width)


def _dot(kind: str, axis: Axis, value: float) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="4"/>').format(kind, _at(axis, value), _MIDDLE)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)
