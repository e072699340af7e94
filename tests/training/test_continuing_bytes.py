"""Every rule, schedule and loss, with dropout and without, goes on from a state to the same bytes."""

from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from loss_cases import LOSSES, given_targets
from plainweave import tree
from plainweave.training import TrainingState
from plainweave.training.checkpoint_file import read_checkpoint, write_checkpoint

FEATURES, OUTPUTS, EPOCHS = 5, 3, 3
Schedules = dict[str, Any]
RULES: dict[str, Callable[..., pw.Optimizer]] = {
    "SGD": lambda **common: pw.SGD(0.05, **common),
    "momentum": lambda **common: pw.SGD(0.05, momentum=0.9, dampening=0.5, weight_decay=0.01, **common),
    "Nesterov": lambda **common: pw.SGD(0.05, momentum=0.9, nesterov=True, l1=1e-3, **common),
    "Adam": lambda **common: pw.Adam(0.01, weight_decay=0.01, clip_norm=1.0, **common),
    "AdamW": lambda **common: pw.AdamW(0.01, weight_decay=0.1, rate_factors={"bias": 0.5}, **common),
}
SCHEDULES: Schedules = {
    "constant": "constant",
    "step": "step:every=2,factor=0.5",
    "exponential": "exponential:0.8",
    "inverse-scaling": "inverse-scaling:0.5",
    "cosine": "cosine:epochs=3,warm_up=1",
    "of the training": pw.Cosine(),
    "cosine-restarts": pw.CosineRestarts(1, growth=2),
    "on-plateau": pw.OnPlateau(0.5, patience=1, min_delta=0.5),
    "function": lambda epochs: 1 / (1 + epochs),
}
ENGINES = ["numpy", "auto"]
DTYPES = ["float32", "float64"]


def example_parts(loss: pw.Loss) -> pw.Split:
    stream = np.random.default_rng(0)
    targets = given_targets(loss, 40, OUTPUTS, stream)
    return pw.split(pw.Examples(stream.normal(size=(40, FEATURES)), targets), validation_fraction=0.3)


def network(dropout: float, seed: int | list[int] = 1, dtype: str = "float32") -> pw.Network:
    return pw.Network(FEATURES, [4], OUTPUTS, dropout=dropout, scale=True, seed=seed, dtype=dtype)


def content(fit: pw.Fit) -> dict[str, bytes]:
    """All that training left, by name."""
    state = fit.state
    assert state is not None
    arrays: dict[str, Any] = {
        **{f"best {name}": value for name, value in fit.network.parameters.items()},
        **{f"last {name}": value for name, value in state.network.parameters.items()},
        **{f"{slot} {name}": value for slot, of in state.slots.items() for name, value in of.items()},
        "steps": np.array(state.steps),
        "history": fit.history.table(),
        "improvement": np.array([state.improvement.value, state.improvement.epoch]),
        "ends": np.array([fit.best_epoch, fit.epochs, fit.diverged, state.running]),
    }
    return {name: value.tobytes() for name, value in arrays.items()}


def keep(path: Path, state: TrainingState) -> None:
    if state.epoch == 2:
        write_checkpoint(path, state, {}, 0)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("rule", RULES)
def test_a_resumed_training_ends_with_the_same_bytes(tmp_path: Path, rule: str, loss: str) -> None:
    parts = example_parts(LOSSES[loss])
    for number, (schedule, dropout) in enumerate(product(SCHEDULES, (0.0, 0.4))):
        fit = partial(
            pw.fit,
            split=parts,
            optimizer=RULES[rule](schedule=SCHEDULES[schedule]),
            epochs=EPOCHS,
            loss=LOSSES[loss],
            batch_size=10,
            seed=3,
            patience=3,
            engine=ENGINES[(number + len(loss)) % 2],  # one for each case, to save time, as of precisions
        )
        begun = partial(network, dropout, dtype=DTYPES[number // 2 % 2])
        whole = fit(begun(), checkpoint=partial(keep, tmp_path / "x"))
        read, _ = read_checkpoint(tmp_path / "x", {}, begun())
        again = fit(begun(), start=read)
        assert content(again) == content(whole), (schedule, dropout)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_epoch_can_be_gone_on_from_to_more_epochs(rule: str, schedule: str, engine: str) -> None:
    loss = pw.Huber()
    parts, optimizer = example_parts(loss), RULES[rule](schedule=SCHEDULES[schedule])

    def trained(epochs: int, start: TrainingState | None = None) -> pw.Fit:
        return pw.fit(
            network(0.3),
            parts,
            optimizer,
            epochs=epochs,
            loss=loss,
            batch_size=10,
            engine=engine,
            start=start,
        )

    whole = content(trained(EPOCHS))
    for epochs in range(1, EPOCHS):
        state = trained(epochs).state
        if schedule != "of the training":
            assert content(trained(EPOCHS, state)) == whole
            continue
        with pytest.raises(pw.ConfigurationError) as error:
            trained(EPOCHS, state)
        assert str(error.value) == (
            f"the schedule cosine:epochs=none,warm_up=0.0,lowest=0.0 spans a training of {epochs} epochs; "
            f"expected no continuation to {EPOCHS}. Give the schedule the number of epochs that it spans."
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", LOSSES)
def test_members_of_a_stack_with_all_of_it_equal_networks_alone(rule: str, loss: str, engine: str) -> None:
    seeds, parts = [4, 2, 7], example_parts(LOSSES[loss])

    def trained(seed: int | list[int], **settings: Any) -> pw.Fit:
        optimizer = RULES[rule](schedule=SCHEDULES["on-plateau"])
        return pw.fit(
            network(0.3, seed),
            parts,
            optimizer,
            epochs=6,
            loss=LOSSES[loss],
            batch_size=10,
            seed=seed,
            min_delta=1e-3,
            patience_from=1,
            engine=engine,
            **settings,
        )

    stack = trained(seeds, patience=[1, None, 2])
    for model, (seed, patience) in enumerate(zip(seeds, [1, None, 2], strict=True)):
        alone, member = trained(seed, patience=patience), stack.member(model)
        for name, value in alone.network.parameters.items():
            assert member.network.parameters[name].tobytes() == value.tobytes()
        assert member.history.to_csv() == alone.history.to_csv()
        assert (member.best_epoch, member.epochs) == (alone.best_epoch, alone.epochs)


def test_a_stack_goes_on_and_so_does_a_member_of_it() -> None:
    loss = pw.SquaredError()
    parts, optimizer = example_parts(loss), pw.Adam(0.01)

    def trained(seed: int | list[int], epochs: int, start: TrainingState | None = None) -> pw.Fit:
        return pw.fit(network(0.3, seed), parts, optimizer, epochs=epochs, loss=loss, seed=seed, start=start)

    half, whole = trained([5, 6], 2), trained([5, 6], 4)
    assert content(trained([5, 6], 4, half.state)) == content(whole)
    assert content(trained(6, 4, half.member(1).state)) == content(trained(6, 4))
    assert half.state is not None
    singles = [half.member(model).state for model in range(2)]
    together = TrainingState.stacked([state for state in singles if state])
    assert content(trained([5, 6], 4, together)) == content(whole)
    assert tree.copied(together).steps == half.state.steps
