"""Schedules: their formulas at points worked by hand, their texts, and what they refuse."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.optimizers import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseScaling,
    OnPlateau,
    Schedule,
    Step,
)

NONE = np.zeros(0)
AT = [
    (Constant(), {0: 1, 7.5: 1}),
    (Step(10, 0.5), {0: 1, 9.99: 1, 10: 0.5, 29: 0.25, 30: 0.125}),
    (Exponential(0.5), {0: 1, 1: 0.5, 1.5: 0.5**1.5, 3: 0.125}),
    (InverseScaling(0.5), {0: 1, 3: 0.5, 8: 1 / 3}),
    (Cosine(10), {0: 1, 2.5: (1 + np.sqrt(0.5)) / 2, 5: 0.5, 10: 0, 12: 0}),
    (Cosine(10, lowest=0.2), {0: 1, 5: 0.6, 10: 0.2, 12: 0.2}),
    (Cosine(12, warm_up=2), {0: 0, 1: 0.5, 1.5: 0.75, 2: 1, 7: 0.5, 12: 0}),
    (CosineRestarts(4), {0: 1, 2: 0.5, 4: 1, 6: 0.5, 400: 1, 402: 0.5}),
    (CosineRestarts(2, 3), {0: 1, 1: 0.5, 2: 1, 5: 0.5, 8: 1, 17: 0.5, 26: 1}),
    (CosineRestarts(4, warm_up=1, lowest=0.5), {0: 0, 0.5: 0.5, 1: 1, 3: 0.75, 5: 1}),
    (OnPlateau(), {0: 1, 100: 1}),
]
TEXTS = {
    "constant": Constant(),
    "cosine": Cosine(),
    "cosine:20": Cosine(20),
    "cosine:epochs=20,warm_up=2": Cosine(20, 2),
    "cosine:warm_up=0.5,lowest=0.1": Cosine(None, 0.5, 0.1),
    "cosine-restarts:10": CosineRestarts(10),
    "cosine-restarts:period=10,growth=2": CosineRestarts(10, 2),
    "step:10": Step(10),
    "step:every=10,factor=0.5": Step(10, 0.5),
    "exponential:0.95": Exponential(0.95),
    "inverse-scaling": InverseScaling(),
    "inverse-scaling:0.5": InverseScaling(0.5),
    "on-plateau": OnPlateau(),
    "on-plateau:factor=0.5,patience=5,min_delta=0.001": OnPlateau(0.5, 5, 0.001),
}


@pytest.mark.parametrize(("schedule", "values"), AT, ids=lambda part: str(part)[:40])
def test_values_worked_by_hand(schedule: Schedule, values: dict[float, float]) -> None:
    epochs = np.array(list(values), dtype=np.float64)
    np.testing.assert_allclose(schedule(epochs), list(values.values()), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_makes_a_schedule_and_a_schedule_its_text(text: str) -> None:
    schedule = Schedule.of(text)
    assert schedule == TEXTS[text]
    assert Schedule.of(str(schedule)) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(TEXTS[text])


def test_every_named_schedule_is_tried_here() -> None:
    assert {type(schedule) for schedule in TEXTS.values()} == set(Schedule.registry.values())


def test_the_steps_of_an_epoch_have_its_fractions() -> None:
    np.testing.assert_allclose(Exponential(0.5).of_epoch(3, 4, NONE), 0.5 ** np.array([2, 2.25, 2.5, 2.75]))


def test_a_cosine_without_an_end_ends_with_training() -> None:
    assert Cosine().spans_training
    assert Cosine(warm_up=1).bound(20) == Cosine(20, 1)
    assert Cosine(10).bound(20) == Cosine(10)
    for schedule in (Cosine(10), Step(10), CosineRestarts(10), OnPlateau(), Constant()):
        assert not schedule.spans_training
        assert schedule.bound(99) == schedule


def test_a_plateau_is_told_by_the_losses_alone() -> None:
    plateau = OnPlateau(0.5, patience=2, min_delta=0.25)
    losses = np.array([4.0, 3.9, 3.0, 2.9, 2.8, 2.7, 2.6, 2.76, 1.0])
    #                  best  1    best  1  half  best 1   half  best
    expected = [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert [float(plateau.factor_after(losses[:epochs])) for epochs in range(10)] == expected
    np.testing.assert_array_equal(plateau.of_epoch(6, 3, losses), [0.5, 0.5, 0.5])
    assert plateau.needs_validation


def test_a_plateau_needs_the_losses_of_all_epochs_before() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        OnPlateau().of_epoch(2, 5, NONE)
    assert str(error.value) == (
        "the schedule on-plateau:factor=0.1,patience=10,min_delta=0.0 follows the validation loss, and "
        "there is none of epoch 1. Validate on a part of the examples, or take another schedule."
    )


def test_a_loss_that_is_no_number_is_not_better() -> None:
    losses = np.array([1.0, np.nan, np.inf, 0.5, np.nan])
    assert OnPlateau(0.5, patience=2).factor_after(losses) == 0.5
    assert OnPlateau(0.5, patience=1).factor_after(np.full(3, np.nan)) == 0.125


@given(st.lists(st.lists(st.floats(0, 3), min_size=3, max_size=3), max_size=20), st.integers(1, 4))
def test_each_model_of_a_stack_has_its_own_plateaus(losses: list[list[float]], patience: int) -> None:
    plateau = OnPlateau(0.5, patience, 0.1)
    history = np.reshape(losses, (-1, 3))
    factors = plateau.of_epoch(len(losses) + 1, 2, history)
    assert factors.shape == (3, 2)
    for model in range(3):
        np.testing.assert_array_equal(factors[model], plateau.factor_after(history[:, model]))


@given(st.integers(1, 5), st.integers(1, 4), st.floats(0, 500))
def test_periods_follow_each_other_whatever_their_growth(period: int, growth: int, epochs: float) -> None:
    start, length = 0, period
    while start + length <= epochs:
        start, length = start + length, length * growth
    expected = (1 + np.cos(np.pi * (epochs - start) / length)) / 2
    np.testing.assert_allclose(CosineRestarts(period, growth)(np.array([epochs])), expected, atol=1e-12)


def test_a_function_of_ones_own_is_called_with_the_epochs_done() -> None:
    seen = list[float]()

    def mine(epochs: float) -> float:
        seen.append(epochs)
        return 1.0 if epochs < 1.25 else 0.5

    schedule = Schedule.of(mine)
    np.testing.assert_array_equal(schedule.of_epoch(2, 4, NONE), [1, 0.5, 0.5, 0.5])
    assert seen == [1, 1.25, 1.5, 1.75]
    assert not schedule.can_be_named()
    assert Schedule.of(schedule) is schedule


def test_a_class_of_ones_own_can_be_named() -> None:
    @dataclass(frozen=True)
    class Linear(Schedule):
        name = "linear-to-0"
        epochs: float

        def __call__(self, epochs: FloatArray) -> FloatArray:
            factors: FloatArray = np.maximum(1 - epochs / self.epochs, 0)
            return factors

    try:
        schedule = Schedule.of("linear-to-0:4")
        np.testing.assert_array_equal(schedule(np.array([0.0, 1.0, 5.0])), [1, 0.75, 0])
        assert str(schedule) == "linear-to-0:4.0"
    finally:
        del Schedule.registry["linear-to-0"]


OF_STEP = "expected every and factor after the colon, as in 'step:every=10'."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step:0", "every is 0; expected a whole number of at least 1."),
        ("step:every=5,factor=2", "factor is 2.0; expected a number above 0 and at most 1."),
        ("step", f"schedule is 'step'; {OF_STEP}"),
        ("step:factor=0.5", f"schedule is 'step:factor=0.5'; {OF_STEP}"),
        ("exponential:0", "factor is 0.0; expected a number above 0 and at most 1."),
        ("inverse-scaling:-1", "power is -1.0; expected a number of at least 0."),
        ("cosine:epochs=5,warm_up=5", "warm_up is 5.0; expected a number of at least 0 and below 5."),
        ("cosine:lowest=1.5", "lowest is 1.5; expected a number of at least 0 and at most 1."),
        ("cosine-restarts:period=5,growth=0", "growth is 0; expected a whole number of at least 1."),
        ("on-plateau:patience=0", "patience is 0; expected a whole number of at least 1."),
        (
            "constant:1",
            "schedule is 'constant:1'; expected 'constant', which has no settings.",
        ),
    ],
)
def test_bad_settings_of_schedules_are_refused(text: str, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Schedule.of(text)
    assert str(error.value) == message


def test_a_warm_up_longer_than_training_is_refused() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Cosine(warm_up=5).bound(3)
    assert str(error.value) == "warm_up is 5.0; expected a number of at least 0 and below 3."


def test_a_cosine_needs_an_end() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Cosine()(np.zeros(1))
    assert str(error.value) == (
        "the cosine has no epochs, and where training ends is not known here. Give epochs, or take "
        "bound(epochs)."
    )


@pytest.mark.parametrize("value", [-1.0, np.nan, "half", None])
def test_a_function_that_returns_no_factor_is_refused(value: object) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        Schedule.of(lambda _: value).of_epoch(1, 2, NONE)
    assert str(error.value) == f"the schedule after 0 epochs is {value!r}; expected a number of at least 0."
