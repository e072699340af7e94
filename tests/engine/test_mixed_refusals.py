"""Where mixed precision can't be had, that is said; it is never replaced by another."""

import re
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import kernels, mixed, units
from plainweave.extension import extension

STREAM = np.random.default_rng(0)
SPLIT = pw.split(pw.Examples(STREAM.normal(size=(80, 70)), STREAM.integers(0, 3, 80)), seed=0)


class MyTanh(pw.Tanh):
    """One of the user's own."""


def message_of(*, dtype: str = "float32", activation: Any = "tanh", **settings: Any) -> str:
    network = pw.Network(70, [64], 3, dtype=dtype, activation=activation)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(network, SPLIT, pw.SGD(0.1), epochs=1, **({"precision": "mixed"} | settings))
    return str(error.value)


def test_a_precision_that_there_is_not() -> None:
    assert message_of(precision="half") == "precision is 'half'; expected one of full, mixed."


def test_the_numpy_engine_has_none() -> None:
    assert message_of(engine="numpy") == (
        "precision is 'mixed', but engine is 'numpy'; expected 'auto' or 'compiled'. "
        "Or give precision='full'."
    )


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
def test_a_part_that_the_compiled_engine_does_not_know() -> None:
    assert message_of(activation=MyTanh()) == (
        "precision is 'mixed', but it does not know MyTanh; expected work for the compiled engine. "
        "Or give precision='full'."
    )


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
def test_float64() -> None:
    assert message_of(dtype="float64") == (
        "precision is 'mixed', but the network is of float64; expected one of float32. "
        "Or give precision='full'."
    )


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
def test_a_processor_that_has_not_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed, "units", list)
    assert message_of() == (
        "precision is 'mixed', but this processor has none of what multiplies bfloat16, AMX or AVX512-BF16. "
        "Or give precision='full'."
    )


def test_an_experiment_in_float64() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Experiment(id="a", dtype="float64", precision="mixed")
    assert (
        str(error.value) == "precision is 'mixed' with dtype float64; expected float32, or 'full' precision."
    )


def test_training_that_is_not_by_batches() -> None:
    x, y = STREAM.normal(size=(80, 70)).astype(np.float32), STREAM.integers(0, 3, 80)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.MLPClassifier(solver="lbfgs", precision="mixed").fit(x, y)
    assert str(error.value) == (
        "precision is 'mixed', and solver='lbfgs' has none but 'full'; expected solver='adam' or 'sgd'."
    )


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
@pytest.mark.parametrize(
    ("unit", "precision", "expected"),
    [
        ("abacus", "float32", "unit is abacus; expected one of units()."),
        *[
            (unit, "float64", f"unit is {unit} for float64; expected None, for units are for float32.")
            for unit in units()
        ],
    ],
)
def test_the_compiled_code_refuses_what_it_has_not(unit: str, precision: str, expected: str) -> None:
    module, ones = extension(), np.ones(2, precision)
    part = ((np.ones(6, precision),), np.zeros(3, np.int32), None, ones, ones, False, False, False)
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        module.program(  # type: ignore[union-attr]
            *(kernels()[0], precision, (False, [(2, 2, 0, 0.0, 0.0, 0)]), (0, 0.0, np.zeros(0), 1, np.inf)),
            *((0, 0), 3, part, None, 1, 0, unit),
        )
