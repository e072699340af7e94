"""Spaces: settings and ranges, in TOML and in Python."""

import re
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from formats_page import DOCS, code_of
from plainweave.experiments import read_experiments
from plainweave.tuning import read_space
from plainweave.tuning.files import experiment_toml
from plainweave.tuning.space import space_of

RATE = {"low": 0.001, "high": 1.0, "log": True}


def test_the_space_of_the_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text(code_of(language="toml", page=DOCS / "tuning.md"))
    file = read_space(path)
    assert (file.sampler, file.pruner, file.threads, file.data.data) == ("tpe", "median", None, "digits")
    assert list(file.space.ranges) == ["hidden", "optimizer", "learning_rate", "momentum", "batch_size"]
    assert file.space.start == pw.Experiment(id="start", learning_rate=0.01, epochs=20)


def test_what_an_optimizer_has_not_is_left_out_where_it_is_searched() -> None:
    momentum = {"low": 0.5, "high": 0.9}
    space = space_of({"optimizer": {"choices": ["sgd", "adam"]}, "momentum": momentum, "nesterov": True})
    assert space.values({"optimizer": "adam", "momentum": 0.6}.get) == {"optimizer": "adam"}
    assert space.values({"optimizer": "sgd", "momentum": 0.6}.get) == {
        "nesterov": True,
        "optimizer": "sgd",
        "momentum": 0.6,
    }


def test_tables_are_values_of_settings_by_name_unless_they_have_choices() -> None:
    space = space_of({"learning_rate": RATE, "rate_factors": {"bias": 2}})
    assert space.start.rate_factors == {"bias": 2.0}
    space = space_of({"class_weight": {"choices": [{"0": 2.0}, "balanced"], "start": "balanced"}})
    assert space.start.class_weight == "balanced"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"epochs": 3},
            "nothing is to be searched; expected a range at least, as in learning_rate = {low = "
            "0.001, high = "
            "1.0, log = true}.",
        ),
        (
            {"choose_by": {"choices": ["loss", "accuracy"]}},
            "choose_by has a range; expected one value, for it decides how settings are judged.",
        ),
        (
            {"learning_rate": RATE, "test": False},
            "test is given; expected none: trials are not tested, the proof is.",
        ),
        (
            {"learning_rate": RATE, "validation_fraction": 0},
            "validation_fraction is 0.0; expected more, for a search chooses by validation examples.",
        ),
        (
            {"momentum": {"low": 0.5, "high": 1}},
            "momentum, which has a range: momentum is 1.0; expected a number of at least 0 and below 1.",
        ),
        (
            {"optimizer": {"choices": ["adam", "adamw"]}, "momentum": {"low": 0.5, "high": 0.9}},
            "momentum has a range, but no optimizer that has it is tried; only adam and adamw. "
            "Leave the range out.",
        ),
        (
            {"loss": {"choices": ["softmax", "softmax:0.1"]}},
            "choose_by is 'loss' and loss has a range; expected 'accuracy', for losses of several "
            "kinds can't "
            "be compared.",
        ),
        (
            {"hidden": {"low": 1, "high": 9}},
            "hidden is no number, but has low and high; expected choices, as in {choices = [...]}.",
        ),
        ({"learning_rate": {**RATE, "start": -1}}, "learning_rate is -1; expected a number of at least 0."),
    ],
)
def test_what_is_no_space(given: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        space_of(given)
    assert str(error.value) == message


def test_an_unknown_setting_is_named_with_the_nearest() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        space_of({"learning_rat": RATE})
    assert re.fullmatch(
        r"learning_rat is no setting; expected one of hidden, .*, test\. Did you mean 'learning_rate'\?",
        str(error.value),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "default = 1",
            "default is not known; expected [defaults] with settings and ranges, and before it "
            "settings of data, "
            "as data and target, threads, sampler and pruner. Did you mean 'defaults'?",
        ),
        ("data = 'digits'", None),
        (
            "sampler = 'tpee'\n[defaults]\n",
            "sampler is 'tpee'; expected one of tpe, random, qmc. Did you mean 'tpe'?",
        ),
        (
            "pruner = 'mean'\n[defaults]\n",
            "pruner is 'mean'; expected one of median, hyperband, successive-halving, none. "
            "Did you mean 'median'?",
        ),
    ],
)
def test_what_is_no_file_of_a_space(text: str, message: str | None, tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text(text)
    with pytest.raises(pw.ConfigurationError) as error:
        read_space(path)
    expected = f"{path}: {message}"
    if message is None:
        expected = f"{path} holds no space; expected a table [defaults] with a range at least."
    assert str(error.value) == expected


def test_an_experiment_is_written_as_a_file_that_run_reads(tmp_path: Path) -> None:
    settings = {
        "id": "trial-3",
        "hidden": [50, 30],
        "activation": ("tanh", "relu"),
        "learning_rate": 1e-05,
        "scale": True,
        "class_weight": {'a "b"\\': 2.0, "ü": 1},
        "epochs": 3,
    }
    path = tmp_path / "best.toml"
    path.write_text(experiment_toml(settings, {"data": "digits", "ignore": ("a", "b")}))
    assert read_experiments(path) == (pw.Experiment.from_settings(settings),)
    assert path.read_text().splitlines()[:3] == ['data = "digits"', 'ignore = ["a", "b"]', ""]


def test_numbers_of_numpy_are_written_as_plain_ones_and_none_is_left_out(tmp_path: Path) -> None:
    settings = {
        "id": "trial-3",
        "hidden": [np.int64(50), 30],
        "learning_rate": np.float64(1e-4),
        "momentum": np.float32(0.5),
        "scale": np.bool_(True),
        "class_weight": None,
    }
    path = tmp_path / "best.toml"
    path.write_text(experiment_toml(settings, {"data": "digits", "target": None}))
    assert path.read_text() == (
        'data = "digits"\n\n[[experiment]]\nid = "trial-3"\nhidden = [50, 30]\nlearning_rate = 0.0001\n'
        "momentum = 0.5\nscale = true\n"
    )
    read = pw.Experiment("trial-3", hidden=(50, 30), learning_rate=1e-4, momentum=0.5, scale=True)
    assert read_experiments(path) == (read,)
