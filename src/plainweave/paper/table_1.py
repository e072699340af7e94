"""Table 1 of the report: seven gradients of the default network, checked as it was done there.

`table-1.json` of an output folder is one `Table1`. In 0.1 it was a part of `gradients.json`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Dataset
from plainweave.doing import doing
from plainweave.evidence import GRADIENTS_FILE, checked_examples
from plainweave.evidence.output import read_output, write_output
from plainweave.losses import SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.storage.forms import Json, Range

TABLE_1_FILE = "table-1.json"
EPSILON = 1e-2
TOLERANCE = EPSILON**2
_LARGEST_FILE, _LARGEST_GRADIENTS = 2**20, 2**23  # bytes

# The report's words, the parameter and the element in it, in the order of the report.
_ROWS = (
    ("Output layer bias [0]", "output.bias", (0, 0)),
    ("Hidden layer 2 bias [0]", "hidden_2.bias", (0, 0)),
    ("Hidden layer 1 bias [0]", "hidden_1.bias", (0, 0)),
    ("Hidden layer 2 weight [0,0]", "hidden_2.weight", (0, 0)),
    ("Hidden layer 2 weight [1,1]", "hidden_2.weight", (1, 1)),
    ("Hidden layer 1 weight [0,0]", "hidden_1.weight", (0, 0)),
    ("Hidden layer 1 weight [1,1]", "hidden_1.weight", (1, 1)),
)


@dataclass(frozen=True)
class TableRow:
    """One gradient, its numerical approximation, and whether they agree within epsilon squared."""

    description: str
    analytic: float
    numeric: float
    agrees: bool


@dataclass(frozen=True)
class Table1:
    """Table 1 on some data.

    Attributes:
        dataset: the name of the data.
        epsilon: step of the central differences.
        tolerance: by which gradient and approximation may differ.
        rows: in the order of the report.
    """

    VERSION: ClassVar[int] = 2
    dataset: str
    epsilon: Annotated[float, Range(1e-100, 1e100)]
    tolerance: Annotated[float, Range(0, 1e100)]
    rows: tuple[TableRow, ...]

    @property
    def agreeing(self) -> int:
        """How many rows agree."""
        return sum(row.agrees for row in self.rows)


@doing("checking the gradients of Table 1")
def check_table_1(dataset: Dataset, *, seed: int = 0) -> Table1:
    """Check the seven gradients with epsilon 1e-2, new random weights for each, on one example of each class.

    The default network has two hidden layers of 50 tanh units; it is checked in float64. With a single
    input there is no weight [1,1] of the first layer, and that row is left out. A row may disagree for its
    long step alone.

    Args:
        dataset: where the examples come from; it is standardized as a whole.
        seed: of the first row's weights; each row takes the next.

    Raises:
        DataError: a class has no training example.
    """
    x, labels = checked_examples(dataset)
    targets = np.eye(len(labels))[labels]
    rows = (
        _row(words, name, index, x, targets, seed + number)
        for number, (words, name, index) in enumerate(_ROWS)
        if name != "hidden_1.weight" or index[0] < x.shape[-1]
    )
    return Table1(dataset.name, EPSILON, TOLERANCE, tuple(rows))


def read_table_1(out: Path) -> Table1 | None:
    """Read table-1.json of an output folder, or the table that 0.1 wrote; None if there is neither.

    Raises:
        RecordError: it can't be read, or is not what `write_table_1` writes.
    """
    table = read_output(out / TABLE_1_FILE, Table1, _LARGEST_FILE)
    return table or read_output(out / GRADIENTS_FILE, Table1, _LARGEST_GRADIENTS, _table_of_0_1)


def write_table_1(out: Path, table: Table1) -> None:
    """Write table-1.json of an output folder.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / TABLE_1_FILE, table)


def _table_of_0_1(gradients: Json) -> Json:
    """Return the table in a gradients.json of 0.1; None in another, which has none."""
    if not isinstance(gradients, dict) or not isinstance(table := gradients.get("table_1"), dict):
        return None
    return {"version": Table1.VERSION, "dataset": gradients.get("dataset"), **table}


def _row(
    words: str, name: str, index: tuple[int, int], x: FloatArray, targets: FloatArray, seed: int
) -> TableRow:
    network = Network(x.shape[-1], [50, 50], targets.shape[-1], seed=seed, dtype="float64")
    loss = SoftmaxCrossEntropy()
    logits, caches = network.forward(x)
    analytic = network.backward(loss.value_and_gradient(logits, targets)[1], caches)[name][index]

    def loss_at(step: float) -> FloatArray:
        moved = network.parameters[name].copy()
        moved[index] += step
        return loss.value(network.with_parameters({name: moved}).forward(x)[0], targets)

    numeric = (loss_at(EPSILON) - loss_at(-EPSILON)) / (2 * EPSILON)
    return TableRow(words, float(analytic), float(numeric), bool(abs(analytic - numeric) <= TOLERANCE))
