"""Adam and AdamW: the definition, worked by hand, and their settings."""

from math import sqrt

import numpy as np
import pytest

import plainweave as pw
from plainweave.optimizers import DECAY, RATE, SHRINK, Adam, AdamW, Optimizer
from walking import table_of, walk


def number_after(optimizer: Optimizer, start: float, *gradients: float, name: str = "w") -> float:
    parameters = {name: np.full((1, 1), start, dtype=np.float64)}
    walk(
        optimizer,
        parameters,
        [{name: np.full((1, 1), g, dtype=np.float64)} for g in gradients],
        of_an_epoch=1,
    )
    return float(parameters[name][0, 0])


def test_two_steps_of_adam_worked_by_hand() -> None:
    # t = 1: m = 0.2, v = 0.04; corrected 2 and 4; p = 1 - 0.1 * 2 / (2 + 0.5) = 0.92
    adam = Adam(0.1, betas=(0.9, 0.99), eps=0.5)
    assert number_after(adam, 1, 2) == pytest.approx(0.92, rel=1e-14)
    # t = 2: m = 0.9 * 0.2 - 0.1 = 0.08, v = 0.99 * 0.04 + 0.01 = 0.0496; corrected by 0.19 and 0.0199
    expected = 0.92 - 0.1 * (0.08 / 0.19) / (sqrt(0.0496 / 0.0199) + 0.5)
    assert number_after(adam, 1, 2, -1) == pytest.approx(expected, rel=1e-14)


def test_a_step_of_adam_with_decay_and_one_of_adamw_worked_by_hand() -> None:
    # Through the gradient: g = 1 + 0.5 * 2 = 2. Its size is lost in the first step but for eps.
    assert number_after(Adam(0.1, eps=0.5, weight_decay=0.5), 2, 1) == pytest.approx(2 - 0.1 * 2 / 2.5)
    # Apart from it: p = 2 - 0.1 * 0.5 * 2 = 1.9, then Adam's step with g = 1.
    assert number_after(AdamW(0.1, eps=0.5, weight_decay=0.5), 2, 1) == pytest.approx(1.9 - 0.1 / 1.5)


def test_biases_are_not_shrunk_unless_asked() -> None:
    assert number_after(AdamW(0.1, weight_decay=0.5), 2, 0, name="output.bias") == 2
    asked = AdamW(0.1, weight_decay=0.5, decay_biases=True)
    assert number_after(asked, 2, 0, name="output.bias") == pytest.approx(1.9)


def test_the_schedule_is_for_what_adamw_shrinks_too_but_not_for_adams_decay() -> None:
    halved = table_of(AdamW(0.1, weight_decay=0.5, schedule=lambda _: 0.5), 5)
    np.testing.assert_allclose(halved[:, SHRINK], 0.5 * 0.1 * 0.5)
    assert not halved[:, DECAY].any()
    halved = table_of(Adam(0.1, weight_decay=0.5, schedule=lambda _: 0.5), 5)
    np.testing.assert_allclose(halved[:, DECAY], 0.5)
    assert not halved[:, SHRINK].any()
    np.testing.assert_allclose(halved[:, RATE], table_of(Adam(0.1), 5)[:, RATE] / 2)


def test_adamw_shrinks_each_model_by_its_own_rate_and_decay() -> None:
    table = table_of(AdamW([0.1, 0.2], weight_decay=[0.5, 0.25]), 5)
    np.testing.assert_allclose(table[:, 0, SHRINK], [0.05, 0.05])
    table = table_of(AdamW(0.1, weight_decay=[0.5, 0.25]), 5)
    np.testing.assert_allclose(table[:, 0, SHRINK], [0.05, 0.025])


def test_what_is_kept_are_means_of_the_gradient_and_of_its_square() -> None:
    parameters = {"w": np.zeros((1, 1))}
    slots = walk(Adam(betas=(0.5, 0.75)), parameters, [{"w": np.full((1, 1), 2.0)}] * 2, of_an_epoch=1)
    assert slots["mean"]["w"] == 0.5 * 1 + 0.5 * 2
    assert slots["square"]["w"] == 0.75 * 1 + 0.25 * 4


def test_a_gradient_of_zero_changes_nothing() -> None:
    assert number_after(Adam(0.1), 3.0, 0, 0, 0) == 3.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"betas": 0.9}, "betas is 0.9; expected two numbers, as in (0.9, 0.999)."),
        ({"betas": (0.9,)}, "betas is (0.9,); expected two numbers, as in (0.9, 0.999)."),
        ({"betas": (0.9, 1)}, "betas[1] is 1; expected a number of at least 0 and below 1."),
        ({"betas": (-0.1, 0.9)}, "betas[0] is -0.1; expected a number of at least 0 and below 1."),
        ({"eps": 0}, "eps is 0; expected a number above 1e-30."),
    ],
)
def test_bad_settings_of_adam_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Adam(**settings)  # type: ignore[arg-type]
    assert str(error.value) == message
