"""Figures of losses and metrics over the epochs: which experiments stand in which, and their files."""

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plainweave.display import counted, listed
from plainweave.evidence import Interval, estimate
from plainweave.evidence.measures import of_test, score_names
from plainweave.experiments import Experiment, RunRecord, by_experiment
from plainweave.page import words
from plainweave.page.curves import Scale, draw_panel, names_of, scale_of
from plainweave.page.study import References
from plainweave.page.style import drawing

FIGURES_FOLDER = "figures"
_FIGURE = re.compile(r"(?:Fig\.|Figure)\s*(\d+)([a-z]?)")
_AND = "+"  # between ids in a file's name; no id has one
_LONGEST = 120  # characters of a file's name


@dataclass(frozen=True)
class Part:
    """A row of a figure: the panels of one experiment.

    Attributes:
        letter: "(a) " in a figure of several parts, or nothing.
        records: of the experiment, one from each seed.
    """

    letter: str
    records: Sequence[RunRecord]

    @property
    def experiment(self) -> Experiment:
        """Which it is."""
        return self.records[0].experiment

    @property
    def names(self) -> tuple[str, ...]:
        """What there are panels of: "loss", and the names of metrics."""
        return names_of(self.experiment)

    @property
    def network(self) -> str:
        """Which network it is, in a few words."""
        return words.network(self.experiment)

    @property
    def score(self) -> str:
        """The test score, mean over seeds with half its 95 % interval, and what went wrong, if it did."""
        measure = of_test(score_names(self.experiment)[0]).among([self.experiment])
        found = Interval.of(estimate(list(map(measure.of, self.records)), may_agree=measure.counts))
        runs = counted(len(self.records), "run")
        half = words.half_width(found, measure)
        notes = [" ".join(filter(None, (words.number(measure, found.mean), half, measure.unit)))]
        for what, count in (
            ("diverged", sum(record.diverged is not None for record in self.records)),
            ("stopped", sum(record.stopped is not None for record in self.records)),
        ):
            notes += [f"{count} of {runs} {what}"] if count else []
        return ", ".join(notes)

    @property
    def result(self) -> str:
        """What came of the runs, in words, and how many there are."""
        name, seeds = score_names(self.experiment)[0], counted(len(self.records), "seed")
        return f"test {words.score(name)} {self.score} ({seeds})"

    def seen(self, names: Iterable[str]) -> str:
        """Return what curves show, in words: "training and validation loss"."""
        parts = "training and validation" if self.records[0].history.validation else "training"
        return ", and ".join(f"{parts} {words.score(name)}" for name in names)


@dataclass(frozen=True)
class CurveFigure:
    """One figure.

    Attributes:
        name: of its files, "25x50+50x25".
        elsewhere: where it is shown elsewhere, "Figure 6 of the book"; the empty text where it is not.
        parts: one for each of its experiments.
        scale: of its axes.
    """

    name: str
    elsewhere: str
    parts: tuple[Part, ...]
    scale: Scale

    @property
    def title(self) -> str:
        """What it is called, for people: "25x50, 50x25 (Figure 6 of the book)"."""
        return self._titled([part.experiment.id for part in self.parts])

    @property
    def short_title(self) -> str:
        """The same, long names without their middle."""
        return self._titled([words.shortened(part.experiment.id) for part in self.parts])

    def _titled(self, names: Sequence[str]) -> str:
        return f"{listed(names)} ({self.elsewhere})" if self.elsewhere else listed(names)

    @property
    def caption(self) -> str:
        """What is to be seen, for those who cannot see it."""
        results = "; ".join(f"{part.network}: {part.result}" for part in self.parts)
        seen = self.parts[0].seen(self.parts[0].names)
        return f"{seen[:1].upper()}{seen[1:]}, over the epochs. {results}."


def arrange(records: Sequence[RunRecord], references: References | None = None) -> list[CurveFigure]:
    """Put experiments of one figure number of the references together; any other has a figure of its own.

    The figures with a number share one scale, so that they can be compared, and so do all others.

    Args:
        records: of runs that were tested.
        references: with the numbers of figures, or None.
    """
    elsewhere = references.figures if references else {}
    groups = {group[0].experiment.id: group for group in by_experiment(records)}
    scales = {
        shown: scale_of(
            [record for record in records if (record.experiment.id in elsewhere) is shown], records
        )
        for shown in ((False, True) if records else ())
    }
    return [
        CurveFigure(
            _name(ids),
            _where(ids[0], references),
            tuple(Part(_letter(elsewhere.get(id_, "")), groups[id_]) for id_ in ids),
            scales[ids[0] in elsewhere],
        )
        for ids in _together(groups, references)
    ]


def figure_files(experiments: Iterable[Experiment], references: References | None = None) -> list[str]:
    """Return the files that experiments will be drawn into, "figures/tanh.png" and the like."""
    tested = [experiment.id for experiment in experiments if experiment.test]
    names = map(_name, _together(tested, references))
    return [f"{FIGURES_FOLDER}/{name}.{kind}" for name in names for kind in ("png", "svg")]


def draw(figure: CurveFigure) -> dict[str, bytes]:
    """Draw a figure, and return its files by name, "figures/tanh.png" and the same as SVG."""
    rows, columns = len(figure.parts), max(len(part.names) for part in figure.parts)
    with drawing(), warnings.catch_warnings():
        sheet = Figure(figsize=(4.2 * columns, 0.9 + 2.4 * rows), layout="constrained")
        axes = sheet.subplots(rows, columns, squeeze=False)
        for part, row in zip(figure.parts, axes, strict=True):
            for panel, name in zip_longest(row, part.names):
                if name is None:
                    panel.set_axis_off()
                else:
                    draw_panel(panel, part.records, name, figure.scale)
            _set_titles(row, part)
        sheet.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        sheet.suptitle(_sheet_title(figure), fontsize=10, parse_math=False)
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        files = {"png": io.BytesIO(), "svg": io.BytesIO()}
        sheet.savefig(files["png"], format="png", dpi=150)
        sheet.savefig(files["svg"], format="svg", metadata={"Date": None})
    return {f"{FIGURES_FOLDER}/{figure.name}.{kind}": file.getvalue() for kind, file in files.items()}


def _sheet_title(figure: CurveFigure) -> str:
    """Return what a figure is called, on which data and over how many seeds."""
    # A folder may be called by what is no formula, or in a script that the font draws as boxes.
    dataset = words.shortened(figure.parts[0].records[0].dataset.name)
    seeds = max(len(part.records) for part in figure.parts)
    mean = f", means of {seeds} seeds (± half a 95 % interval)" if seeds > 1 else ", one seed"
    return f"{figure.short_title}\ntraining and validation on {dataset}{mean}"


def _set_titles(row: Sequence[Axes], part: Part) -> None:
    """Write above a row of panels which network it is and what came of it, and above each what it shows."""
    row[0].set_title(f"{part.letter}{part.network}: {part.result}\n", wrap=False)
    for panel, name in zip(row, part.names, strict=False):
        panel.annotate(words.title(words.score(name)), (0, 1.02), xycoords="axes fraction", fontsize=9)


def _together(ids: Iterable[str], references: References | None) -> list[list[str]]:
    """Return which experiments stand in one figure: those of one number of the references, others alone."""
    groups: dict[str, list[str]] = {}
    for id_ in ids:
        number = _number(id_, references)
        groups.setdefault(f"{_AND}{number}" if number else id_, []).append(id_)
    return list(groups.values())


def _name(ids: Sequence[str]) -> str:
    name = _AND.join(ids)
    return name if len(name) <= _LONGEST or len(ids) == 1 else f"{ids[0]}{_AND}{len(ids) - 1}-more"


def _where(id_: str, references: References | None) -> str:
    number = _number(id_, references)
    return f"Figure {number} of {references.name}" if number and references else ""


def _number(id_: str, references: References | None) -> str:
    """Return the number of the figure that shows an experiment elsewhere; the empty text where none does."""
    match = _FIGURE.match(references.figures.get(id_, "")) if references else None
    return match[1] if match else ""


def _letter(figure: str) -> str:
    match = _FIGURE.match(figure)
    return f"({match[2]}) " if match and match[2] else ""
