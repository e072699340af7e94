"""The section on gradients: the check of all of them, and of its step."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from plainweave.evidence import GradientEvidence
from plainweave.page import pictures
from plainweave.page.study import Study
from plainweave.page.table import Cell, Column, Table, passed, table
from plainweave.page.words import setting


@dataclass(frozen=True)
class Gradients:
    """What the templates fill in.

    Attributes:
        networks: what came of each network, in a row.
        checks: of every tensor of each network.
        step_sizes: a picture of the error of central differences by their step; None if there is no error.
        epsilon: the step of the checks.
    """

    networks: Table
    checks: Table
    step_sizes: Markup | None
    epsilon: str


def gradients(study: Study, steps: Mapping[str, float] = MappingProxyType({})) -> Gradients | None:
    """Tell the check of gradients; None if the folder holds none.

    Args:
        study: what is told.
        steps: those of other checks, by what they are called; the picture shows them too.
    """
    if study.gradients is None:
        return None
    first = study.gradients.whole_network[0]
    marked = {"plainweave": first.epsilon, **steps}
    step_sizes = pictures.step_sizes(study.gradients.step_sizes, marked)
    evidence, dataset = study.gradients, study.dataset.name
    return Gradients(_networks(evidence, dataset), _checks(evidence), step_sizes, setting(first.epsilon))


def _networks(evidence: GradientEvidence, dataset: str) -> Table:
    first = evidence.whole_network[0]
    columns = [
        Column("Activation"),
        *(Column(title, number=True) for title in ("Gradients checked", "Largest relative error")),
        Column("Passed?"),
    ]
    rows: list[list[str | Cell]] = [
        [
            check.activation,
            f"{sum(tensor.checked for tensor in check.tensors):,}",
            _error(max(tensor.relative_error for tensor in check.tensors)),
            passed(check.passed),
        ]
        for check in evidence.whole_network
    ]
    kinks = sum(tensor.kinks for check in evidence.whole_network for tensor in check.tensors)
    return table(
        columns,
        rows,
        caption=f"Every gradient of the default network on {dataset}, in float64 with a step of "
        f"{setting(first.epsilon)}: relative error by norm of each tensor; at most {_error(first.tolerance)} "
        f"passes. Where a step crosses a kink it is left out ({kinks:,} of them).",
    )


def _checks(evidence: GradientEvidence) -> Table:
    columns = [
        *(Column("Activation"), Column("Tensor")),
        *(Column(title, number=True) for title in ("Checked", "Kinks", "Relative error")),
        Column("Passed?"),
    ]
    rows: list[list[str | Cell]] = [
        [
            check.activation,
            tensor.name,
            f"{tensor.checked:,}",
            str(tensor.kinks),
            _error(tensor.relative_error),
            passed(tensor.passed),
        ]
        for check in evidence.whole_network
        for tensor in check.tensors
    ]
    return table(columns, rows)


def _error(value: float) -> str:
    return f"{value:.1e}"
