"""A rule is known by its code, whatever the table of an optimizer that states it."""

from dataclasses import dataclass

import pytest

import plainweave as pw
from engines import assert_engines_agree, made
from plainweave.arrays import FloatArray
from plainweave.engine import Work, kernels, program_for
from plainweave.engine.known import obstacle
from plainweave.engine.reference import NumPyProgram

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)


@dataclass(frozen=True, repr=False)
class Uncorrected(pw.Adam):
    """Adam whose means are taken as they are."""

    code = pw.Adam.code

    def table(self, first_step: int, steps: int) -> FloatArray:
        table = super().table(first_step, steps)
        table[:, 0], table[:, 8] = self.learning_rate, self.eps
        return table


@dataclass(frozen=True, repr=False)
class Later(pw.Adam):
    """A subclass that states no code."""


@dataclass(frozen=True, repr=False)
class Wider(pw.SGD):
    """A table with one column more."""

    code = pw.SGD.code
    columns = pw.SGD.columns + 1


@dataclass(frozen=True, repr=False)
class Forgetful(pw.Adam):
    """Adam that keeps one array."""

    code = pw.Adam.code

    @property
    def slots(self) -> tuple[str, ...]:
        return ("mean",)


@dataclass(frozen=True, repr=False)
class Unheard(pw.SGD):
    """A code that there is not."""

    code = 77


def work(optimizer: pw.Optimizer) -> Work:
    return Work(pw.Network(70, [5], 5), pw.SoftmaxCrossEntropy(), optimizer, made(), 64)


def test_a_table_of_ones_own_is_trained_alike() -> None:
    assert obstacle(work(Uncorrected())) is None
    for dtype in ("float32", "float64"):
        assert_engines_agree(made(), Uncorrected(1e-3, weight_decay=1e-3), dtype=dtype)


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (Later(), "it does not know Later"),
        (Wider(0.1), "it knows no rule of code 0, 8 columns and 0 slots, as Wider has them"),
        (Forgetful(), "it knows no rule of code 1, 9 columns and 1 slots, as Forgetful has them"),
        (Unheard(0.1), "it knows no rule of code 77, 7 columns and 0 slots, as Unheard has them"),
    ],
)
def test_what_is_no_rule_of_its_code_runs_on_numpy(optimizer: pw.Optimizer, reason: str) -> None:
    assert obstacle(work(optimizer)) == reason
    assert isinstance(program_for(work(optimizer)), NumPyProgram)
