"""A comparison as a small bar: the region that a statement names, and the interval that the runs give."""

import math

from markupsafe import Markup

from plainweave.evidence import Finding

_WIDTH, _HEIGHT, _MARGIN = 180, 16, 6


def interval_bar(finding: Finding) -> Markup:
    """Return an SVG of the region, the interval and the mean, on a scale of their own.

    Nothing if there is no finite effect.
    """
    effect, region = finding.effect, finding.comparison.region
    if effect is None or not math.isfinite(effect.mean):
        return Markup()
    low, high = (effect.mean if end is None else end for end in (effect.low, effect.high))
    finite_ends = [end for end in (region.low, region.high) if math.isfinite(end)]
    least, most = min(low, *finite_ends), max(high, *finite_ends)
    room = 0.15 * (most - least) or 1.0
    least, most = least - room, most + room

    def place(value: float) -> float:
        share = (min(max(value, least), most) - least) / (most - least)
        return round(_MARGIN + share * (_WIDTH - 2 * _MARGIN), 1)

    left, right = place(region.low), place(region.high)
    middle = _HEIGHT / 2
    return Markup(  # of numbers alone
        f'<svg class="bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">'
        f'<rect class="region" x="{left}" y="1" width="{right - left:.1f}" height="{_HEIGHT - 2}"/>'
        f'<line x1="{place(low)}" x2="{place(high)}" y1="{middle}" y2="{middle}"/>'
        f'<circle cx="{place(effect.mean)}" cy="{middle}" r="3"/></svg>'
    )
