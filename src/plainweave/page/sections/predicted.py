"""The section on predicted numbers: beside the true ones, and how far they lie from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainweave.evidence import OutputErrors, PredictedNumbers, estimate
from plainweave.page import agreement
from plainweave.page.chosen import why_this_experiment
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import significant


@dataclass(frozen=True)
class PredictedOutput:
    """The pictures of one output."""

    name: str
    against_true: Markup
    errors: Markup
    histogram: Markup


@dataclass(frozen=True)
class PredictedAndTrue:
    """What the templates fill in.

    Attributes:
        why: which network it is, of how many seeds and examples.
        points: how many predictions each picture has: of all seeds together.
        has_hexagons: whether they are too many to be drawn one by one.
        rows: of how many test examples.
        seeds: of how many.
        outputs: those that are drawn.
        left_out: how many more there are.
        errors: of each output, in the targets' units.
    """

    why: str
    points: str
    has_hexagons: bool
    rows: int
    seeds: int
    outputs: tuple[PredictedOutput, ...]
    left_out: int
    errors: Table


def predicted(study: Study) -> PredictedAndTrue | None:
    """Set predictions beside the truth; None where there are no numbers."""
    numbers = study.predictions.numbers if study.predictions else None
    if numbers is None:
        return None
    points = numbers.seeds * numbers.rows
    return PredictedAndTrue(
        why=why_this_experiment(study),
        points=f"{points:,}",
        has_hexagons=points > agreement.MOST_POINTS,
        rows=numbers.rows,
        seeds=numbers.seeds,
        outputs=tuple(_drawn(numbers, at) for at in range(len(numbers.outputs))),
        left_out=numbers.all_outputs - len(numbers.outputs),
        errors=_errors(numbers.outputs, study.dataset.name),
    )


def _drawn(numbers: PredictedNumbers, at: int) -> PredictedOutput:
    """Draw the pictures of one output."""
    true, found = numbers.true_numbers[:, at], numbers.predicted_numbers[..., at]
    output = numbers.outputs[at]
    errors = found - true
    absolute = _with_interval(output.absolute)
    return PredictedOutput(
        output.name,
        agreement.predicted_against_true(
            f"against-true-{at}",
            true,
            found,
            f"Predicted against true {output.name}: the targets reach from {true.min():.4g} to "
            f"{true.max():.4g}, the predictions from {found.min():.4g} to {found.max():.4g}.",
        ),
        agreement.errors_against_predicted(
            f"errors-{at}",
            found,
            errors,
            f"Errors against predictions of {output.name}: mean absolute error {absolute}.",
        ),
        agreement.histogram_of_errors(
            f"histogram-{at}",
            errors,
            f"Histogram of the errors of {output.name}, from {errors.min():.4g} to {errors.max():.4g}.",
        ),
    )


def _errors(outputs: Sequence[OutputErrors], dataset: str) -> Table:
    columns = [
        Column("Output"),
        *(
            Column(heading, number=True)
            for heading in (
                "Mean absolute error",
                "Nine in ten within",
                "Root mean squared error",
                "That of always saying the training mean",
                "Mean error",
                "Targets at or below the prediction (%)",
            )
        ),
    ]
    rows = [
        [
            output.name,
            _with_interval(output.absolute),
            _with_interval(output.nine_in_ten),
            _with_interval(output.root_mean_square),
            significant(output.spread, 4),
            _with_interval(output.bias, "+"),
            _with_interval([100 * share for share in output.at_or_below]),
        ]
        for output in outputs
    ]
    return table(
        columns,
        rows,
        caption=f"Errors, predicted less true, on the test examples of {dataset}, in the targets' own units: "
        "means over seeds with half the width of their 95 % intervals.",
    )


def _with_interval(values: Sequence[float], sign: str = "") -> str:
    """Return a mean over seeds with half the width of its interval, "3.142 ± 0.051"."""
    found = estimate(values)
    mean = significant(found.mean, 4, sign)
    return mean if found.high is None else f"{mean} ± {significant(found.high - found.mean, 2)}"
