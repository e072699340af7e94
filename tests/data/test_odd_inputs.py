"""Odd inputs: taken, or one line says why not."""

from collections.abc import Iterator

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from odd_data import data, floats, pixels, turns
from plainweave.arrays import RawArray
from plainweave.data import Examples


def refusals() -> Iterator[tuple[RawArray, RawArray, str]]:
    usual = floats(1)
    advice = "Multiply all inputs by a constant."
    yield (
        np.full((20, 4), 1e-30),
        usual,
        f"odd: the largest training input is 1e-30 in size; expected 0, or 1e-15 to 1e+15. {advice}",
    )
    outlier = usual.copy()
    outlier[2, 3] = -1e30
    where = "inputs: example 2 has -1e+30 as its feature 3"
    yield outlier, usual, f"{where}; expected at most 1e+15 in size. {advice}"
    yield usual, outlier, f"{where}; expected at most 1e+15 in size. {advice}"
    yield scipy.sparse.coo_matrix(outlier), usual, f"{where}; expected at most 1e+15 in size. {advice}"
    ids = np.zeros((20, 4), np.uint64)
    ids[1] = 2**62
    where = "inputs: example 1 has 4.61169e+18 as its feature 0"
    yield ids, usual, f"{where}; expected at most 1e+15 in size. {advice}"


@pytest.mark.parametrize(("train", "test", "message"), list(refusals()))
def test_inputs_that_float32_cannot_stand_are_refused(train: RawArray, test: RawArray, message: str) -> None:
    labels = turns(train.shape[0]), turns(test.shape[0])
    with pytest.raises(pw.DataError) as error:
        pw.Dataset("odd", Examples(train, labels[0]), Examples(test, labels[1]), ("a", "b"))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("examples", "fraction", "parts"), [(1, 0.5, None), (2, 0.2, None), (2, 0.5, (1, 1))]
)
def test_a_split_of_next_to_nothing(examples: int, fraction: float, parts: tuple[int, int] | None) -> None:
    of_all = data(pixels(examples + 1), tests=1).train
    if parts is None:
        with pytest.raises(pw.ConfigurationError, match="expected at least 1 example for validation and 1"):
            pw.split(of_all, validation_fraction=fraction)
    else:
        made = pw.split(of_all, validation_fraction=fraction)
        assert (len(made.training), len(made.validation_rows)) == parts
