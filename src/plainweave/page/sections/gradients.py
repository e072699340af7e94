"""The section on gradients: the check of all of them, and of its step."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from plainweave.evidence import GradientEvidence
from plainweave.page import pictures
from plainweave.page.study import Study
from plainweave.page.table import Cell, Column, Table, passed, table


@dataclass(frozen=True)
class Gradients:
    """What the templates fill in.

    Attributes:
        checks: of every tensor of each network.
        step_sizes: a picture of the error of central differences by their step; None if there is no error.
        epsilon: the step of the checks.
    """

    checks: Table
    step_sizes: Markup | None
    epsilon: float


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
    return Gradients(_checks(study.gradients, study.dataset.name), step_sizes, first.epsilon)


def _checks(evidence: GradientEvidence, dataset: str) -> Table:
    first = evidence.whole_network[0]
    columns = [
        *(Column("Activation"), Column("Tensor")),
        *(Column(title, number=True) for title in ("Checked", "Kinks", "Relative error")),
        Column("Passed?"),
    ]
    rows: list[list[str | Cell]] = [
        [
            check.activation,
            tensor.name,
            str(tensor.checked),
            str(tensor.kinks),
            f"{tensor.relative_error:.1e}",
            passed(tensor.passed),
        ]
        for check in evidence.whole_network
        for tensor in check.tensors
    ]
    return table(
        columns,
        rows,
        caption=f"Every gradient of the default network on {dataset}, in float64 with a step of "
        f"{first.epsilon}: relative error by norm of each tensor; at most {first.tolerance} passes. Where a "
        "step crosses a kink of ReLU it is left out and counted.",
    )
