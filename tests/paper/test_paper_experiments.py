import tomllib
from dataclasses import fields
from importlib import resources

import pytest

from plainweave.experiments import Experiment
from plainweave.paper import (
    high_rate_experiments,
    paper_experiments,
    report_references,
    selection_experiments,
)

SHARED = {
    "dropout": 0.0,
    "scale": False,
    "loss": "softmax",
    "loss_mean": "batch",
    "optimizer": "sgd",
    "schedule": "constant",
    "momentum": 0.9,
    "dampening": 0.9,
    "nesterov": False,
    "beta1": None,
    "beta2": None,
    "epsilon": None,
    "l1": 0.0,
    "decay_biases": False,
    "clip_norm": None,
    "rate_factors": {},
    "decay_factors": {},
    "patience": None,
    "min_delta": 0.0,
    "patience_from": 0,
    "choose_by": "loss",
    "validation_fraction": 0.2,
    "stratify": False,
    "class_weight": None,
    "standardize": "all-pixels",
    "missing": "median",
    "rare": 1,
    "initializer": "he-normal",
    "dtype": "float32",
    "precision": "full",
}


def settings_of(experiment: Experiment) -> dict[str, object]:
    return {field.name: getattr(experiment, field.name) for field in fields(experiment)}


def network(
    name: str, hidden: tuple[int, ...], activation: str = "sigmoid", **settings: object
) -> dict[str, object]:
    others = {"learning_rate": 0.5, "weight_decay": 1e-4, "batch_size": 64, "epochs": 110, "test": True}
    return {"id": name, "hidden": hidden, "activation": activation, **others, **SHARED, **settings}


def test_every_setting_of_the_thirteen_is_the_reports() -> None:
    assert [settings_of(experiment) for experiment in paper_experiments()] == [
        network("tanh", (50, 50), "tanh", weight_decay=0, epochs=100),
        network("tanh-l2", (50, 50), "tanh"),
        network("sigmoid", (50, 50)),
        network("relu", (50, 50), "relu", learning_rate=0.1),
        network("leaky-relu", (50, 50), "leaky-relu:0.1", learning_rate=0.1),
        network("25x50", (25, 50)),
        network("50x25", (50, 25)),
        network("50x100", (50, 100)),
        network("100x50", (100, 50)),
        network("20x30x50", (20, 30, 50)),
        network("33x33x33", (33, 33, 33)),
        network("50x30x20", (50, 30, 20)),
        network("100", (100,)),
    ]


def test_every_setting_of_the_high_rates_is_pinned() -> None:
    assert [settings_of(experiment) for experiment in high_rate_experiments()] == [
        network("relu-rate-0.5", (50, 50), "relu"),
        network("leaky-relu-rate-0.5", (50, 50), "leaky-relu:0.1"),
    ]


def test_every_setting_of_the_selection_is_pinned() -> None:
    rates = [
        (rate, batch)
        for batch in (32, 64, 128)
        for rate in (0.1, 0.25, 0.5, 1.0)
        if (rate, batch) != (0.5, 64)
    ]
    lambdas = [("0", 0.0), ("1e-5", 1e-5), ("1e-3", 1e-3), ("1e-2", 1e-2)]
    expected = [
        network(
            f"rate-{rate}-batch-{batch}",
            (50, 50),
            "tanh",
            **{"learning_rate": rate, "batch_size": batch, "weight_decay": 0.0, "epochs": 100, "test": False},
        )
        for rate, batch in rates
    ]
    expected += [
        network(f"lambda-{name}", (50, 50), "tanh", weight_decay=value, test=False) for name, value in lambdas
    ]
    assert [settings_of(experiment) for experiment in selection_experiments()] == expected


@pytest.mark.parametrize("name", ["paper.toml", "high-rates.toml", "selection.toml"])
def test_no_setting_is_left_to_the_defaults_of_the_library(name: str) -> None:
    """TOML has no None, which is what some are."""
    content = tomllib.loads(resources.files("plainweave.paper").joinpath(name).read_text("utf-8"))
    settings = {field.name for field in fields(Experiment)} - {
        name for name, value in SHARED.items() if value is None
    }
    for entry in content["experiment"]:
        assert {**content["defaults"], **entry}.keys() == settings


def test_what_the_report_publishes_is_told_by_id() -> None:
    references = report_references()
    assert references.name == "the report"
    shown = {
        experiment.id: (references.figures[experiment.id], references.accuracies[experiment.id])
        for experiment in paper_experiments()
    }
    assert shown == {
        "tanh": ("Fig. 1", 84.30),
        "tanh-l2": ("Fig. 2", 85.57),
        "sigmoid": ("Fig. 3", 87.03),
        "relu": ("Fig. 4", 84.52),
        "leaky-relu": ("Fig. 5", 85.66),
        "25x50": ("Fig. 6a", 85.71),
        "50x25": ("Fig. 6b", 86.66),
        "50x100": ("Fig. 6c", 86.89),
        "100x50": ("Fig. 6d", 87.36),
        "20x30x50": ("Fig. 7a", 85.53),
        "33x33x33": ("Fig. 7b", 86.43),
        "50x30x20": ("Fig. 7c", 87.19),
        "100": ("Fig. 8", 87.32),
    }
    assert references.accuracies.keys() == references.figures.keys() == shown.keys()
