"""Options made from the fields of `Experiment`."""

import inspect
from dataclasses import fields

import pytest

import plainweave as pw
from command_line import succeeds
from plainweave.cli.settings import SETTINGS, with_settings
from plainweave.cli.train import train


def test_every_setting_but_the_id_is_an_option_of_train() -> None:
    options = list(inspect.signature(train).parameters)
    assert options[: len(SETTINGS)] == [field.name for field in fields(pw.Experiment) if field.name != "id"]


def test_the_options_say_what_the_fields_say() -> None:
    printed = " ".join(succeeds("train", "--help").replace("│", " ").split())
    for field in SETTINGS:
        flag = f"--{field.name.replace('_', '-')}"
        assert flag in printed
    assert "[default: 50x50]" in printed
    assert "--no-test" in printed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, pw.Experiment(id="made")),
        ({"hidden": "none"}, pw.Experiment(id="made", hidden=())),
        (
            {"hidden": "9x8", "activation": "relu,leaky-relu:0.2"},
            pw.Experiment(id="made", hidden=(9, 8), activation=("relu", "leaky-relu:0.2")),
        ),
    ],
)
def test_a_command_gets_the_experiment(given: dict[str, str], expected: pw.Experiment) -> None:
    got = []

    @with_settings
    def made(experiment: pw.Experiment, seed: int) -> None:
        got.append((experiment, seed))

    options = {name: option.default for name, option in inspect.signature(made).parameters.items()}
    made(**{**options, **given, "seed": 3})
    assert got == [(expected, 3)]
