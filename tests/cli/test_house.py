"""Options by other names, values written otherwise, and mistakes on the command line in our words."""

import sys

import pytest
from typer.exceptions import TyperException

from command_line import TABLE, call
from plainweave.cli.commands import load_command
from plainweave.cli.house import in_our_words
from plainweave.cli.streams import note
from plainweave.cli.synonyms import _ANSWERS, option_named, value_named
from plainweave.other_names import NEAR, SETTINGS


def flags_of(name: str) -> set[str]:
    return {flag.lstrip("-") for option in load_command(name, TABLE).params for flag in option.opts}


def test_other_names_of_options_stand_for_ours() -> None:
    train, run = flags_of("train"), flags_of("run")
    assert [option_named(name, train) for name in ("lr", "learning_rate", "hidden_layer_sizes", "seed")] == [
        "learning-rate",
        "learning-rate",
        "hidden",
        "seed",
    ]
    assert option_named("lr", run) == "lr"  # it has no learning rate
    assert option_named("n_jobs", run) == "jobs"


def test_no_other_name_is_a_name_of_ours_or_stands_for_nothing() -> None:
    ours = set().union(*(flags_of(name) for name in TABLE if name != "data"))
    assert not (SETTINGS.keys() | NEAR.keys() | _ANSWERS.keys()) & ours
    assert {*SETTINGS.values(), *NEAR.values()} <= ours | {"trials"}


@pytest.mark.parametrize("name", ["layers", "hidden-layers", "hidden-size", "alpha", "l2", "test-size"])
def test_what_can_mean_another_thing_is_answered_and_not_taken(name: str) -> None:
    assert option_named(name, flags_of("train")) == name
    with pytest.raises(TyperException) as told:
        call("train", f"--{name}", "3")
    assert in_our_words(told.value) == f"No such option: --{name}; {_ANSWERS[name]}."


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ReLU", "relu"),
        ("LeakyReLU:0.1", "leaky-relu:0.1"),
        ("gelu_tanh", "gelu-tanh"),
        ("TANH", "tanh"),
        ("Swish", "Swish"),
    ],
)
def test_names_may_be_written_otherwise(given: str, meant: str) -> None:
    assert value_named(given, ["tanh", "relu", "leaky-relu", "gelu-tanh"]) == meant


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("train", "--hiden", "9"),
            "No such option: --hiden. Did you mean --hidden?",
        ),
        (("train", "--xyzzy"), "No such option: --xyzzy. plainweave train --help lists them."),
        (("train", "--gpu"), "No such option: --gpu; plainweave trains on CPUs alone."),
        (("train", "--early_stopping"), "No such option: --early-stopping; --patience EPOCHS stops early."),
        (("train", "--epochs", "many"), "--epochs is 'many'; expected a whole number."),
        (("train", "--epochs", "1.5"), "--epochs is 1.5; expected a whole number."),
        (("train", "--lr", "fast"), "--learning-rate is 'fast'; expected a number."),
        (("train", "--threads", "0"), "--threads is 0; expected a whole number of at least 1."),
        (("train", "--seed=-1"), "--seed is -1; expected a whole number of at least 0."),
        (("predict",), "Missing argument 'RUN'. plainweave predict --help tells what it is."),
        (("export", "run"), "Missing option '--to'. plainweave export --help tells what it is."),
    ],
)
def test_mistakes_are_told_in_our_words(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(TyperException) as told:
        call(*arguments)
    assert in_our_words(told.value) == message


@pytest.mark.parametrize("name", TABLE)
def test_help_shows_no_type_of_python(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    call(name, "--help")
    printed = capsys.readouterr().out
    assert not {"<", ">", "{", "}"} & set(printed)
    assert max(map(len, printed.splitlines())) <= 80


def test_help_of_train_has_its_options_in_groups(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    call("train", "--help")
    headings = [line.split()[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("╭─")]
    assert [" ".join(words).rstrip("─ ") for words in headings] == [
        "Arguments",
        "Options",
        "Network",
        "Loss and optimizer",
        "Training",
        "Data",
        "Output",
    ]


def test_a_line_about_the_command_is_broken_at_blanks_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    line = "my-run.toml: experiments is no table; expected one and a/path/that-is-longer-than-the-terminal"
    note(line)
    assert capsys.readouterr().err == f"plainweave: {line}\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    note(line)
    assert capsys.readouterr().err.splitlines() == [
        "plainweave: my-run.toml: experiments is",
        "  no table; expected one and",
        "  a/path/that-is-longer-than-the-terminal",
    ]
