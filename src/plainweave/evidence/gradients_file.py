"""gradients.json: the form of what a check of gradients found, with its reader and writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from plainweave.display import counted
from plainweave.evidence.output import read_output, write_output
from plainweave.storage.forms import Json, Range
from plainweave.verification import TensorCheck

GRADIENTS_FILE = "gradients.json"
_LARGEST_FILE = 2**23  # bytes
_SMALLEST, _LARGEST = 1e-100, 1e100  # what a logarithmic axis is asked to show

Step = Annotated[float, Range(_SMALLEST, _LARGEST)]
Error = Annotated[float, Range(0, _LARGEST)]


@dataclass(frozen=True)
class NetworkCheck:
    """The check of every gradient of one network.

    Attributes:
        activation: of its hidden layers.
        passed: whether every tensor did.
        epsilon: the step on either side.
        tolerance: the largest relative error of a tensor that passes.
        tensors: one check for each.
    """

    activation: str
    passed: bool
    epsilon: Step
    tolerance: float
    tensors: tuple[TensorCheck, ...]


@dataclass(frozen=True)
class StepSizes:
    """The relative errors, by norm, of central differences: one for each step.

    Attributes:
        steps: on either side of a parameter.
        float64, float32: errors in that precision.

    Raises:
        ValueError: there are none, or not as many errors as steps.
    """

    steps: tuple[Step, ...]
    float64: tuple[Error, ...]
    float32: tuple[Error, ...]

    def __post_init__(self) -> None:
        if {len(self.float64), len(self.float32)} != {len(self.steps)} or not self.steps:
            raise ValueError(
                "step_sizes has lists of several lengths, or none; expected as many errors as steps"
            )


@dataclass(frozen=True, repr=False)
class GradientEvidence:
    """What gradients.json holds: a file of 0.1 is one of these and a table, which is left out.

    Attributes:
        dataset: where the examples come from.
        classes: how many the networks tell apart.
        passed: whether the checks of whole networks did.
        whole_network: a check for each activation.
        step_sizes: how the error of the check depends on its step.
        loss: what the gradients are of, as a text.
        engine: whose gradients were checked.

    Raises:
        ValueError: there is no check.
    """

    VERSION: ClassVar[int] = 2
    dataset: str
    classes: int
    passed: bool
    whole_network: tuple[NetworkCheck, ...]
    step_sizes: StepSizes
    loss: str = "softmax:0.0"
    engine: str = "numpy"

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        return f"GradientEvidence({self.dataset!r}, {verdict}, {counted(len(self.whole_network), 'network')})"

    def __post_init__(self) -> None:
        if not self.whole_network:
            raise ValueError("whole_network is empty; expected a check for each activation")

    @staticmethod
    def from_version_1(content: Mapping[str, Json]) -> dict[str, Json]:
        """Return the content of a file of 0.1 without its table."""
        return {name: value for name, value in content.items() if name != "table_1"}


def read_gradients(out: Path) -> GradientEvidence | None:
    """Read gradients.json of an output folder; None if there is none.

    Raises:
        RecordError: it can't be read, or is not what `write_gradients` writes.
    """
    return read_output(out / GRADIENTS_FILE, GradientEvidence, _LARGEST_FILE)


def write_gradients(out: Path, evidence: GradientEvidence) -> None:
    """Write gradients.json of an output folder.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / GRADIENTS_FILE, evidence)
