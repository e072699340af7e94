"""How pictures look: one palette for files and page, in which the page's theme may set its own colours."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, Literal

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

INK, SOFT, TRAINING, VALIDATION, OURS, THEIRS = (
    "#1d1d1f",
    "#c4c6cc",
    "#2f6fb3",
    "#c4551d",
    "#2f6fb4",
    "#8a3ffc",
)
# The page replaces these colours, each distinct, by what its theme says.
_THEME = {
    INK: "currentColor",
    SOFT: "var(--line)",
    TRAINING: "var(--training)",
    VALIDATION: "var(--validation)",
    OURS: "var(--ours)",
    THEIRS: "var(--theirs)",
}
RC: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": SOFT,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "plainweave",  # the same records give the same file
}


@contextmanager
def drawing(svg_fonttype: Literal["path", "none"] = "path") -> Iterator[None]:
    """Draw in plainweave's style alone, whatever the user's matplotlibrc or notebook has set.

    No figure here is one of pyplot's, so the user's backend does not matter and is left alone.

    Args:
        svg_fonttype: whether letters of an SVG are drawn, or left to who shows it.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**RC, "svg.fonttype": svg_fonttype})
        yield


def inline_svg(figure: Figure, name: str, text: str) -> Markup:
    """Return a figure as SVG to stand in a page: in its colours and letters, with a text alternative.

    Args:
        figure: made under `drawing`.
        name: prefixes all ids, which must differ in a page.
        text: what is to be seen.
    """
    buffer = io.StringIO()
    with drawing(svg_fonttype="none"):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', rf'<svg \1 role="img" aria-label="{escape(text)}">', svg
    )
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = svg.replace("xlink:href", "href")
    for color, themed in _THEME.items():
        svg = svg.replace(color, themed)
    return Markup(svg)  # matplotlib escapes what it writes
