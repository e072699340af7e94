"""The settings of an experiment: what each is by default, what is refused, and how files have them."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import plainweave as pw
from plainweave.experiments.stack import optimizer_of
from plainweave.losses import Loss
from plainweave.storage.forms import read_form

ADAM = pw.Experiment(id="a", optimizer="adam")


def test_every_setting_in_toml(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [defaults]
        hidden = [20, 10]
        class_weight = "balanced"
        [[experiment]]
        id = "adam"
        optimizer = "adamw"
        beta2 = 0.99
        epsilon = 1e-7
        schedule = "cosine:warm_up=2"
        dropout = [0.1, 0.3]
        scale = true
        rate_factors = {scale = 6, bias = 0.1}
        loss = "softmax:0.1"
        choose_by = "accuracy"
        [[experiment]]
        id = "sgd"
        l1 = 1e-4
        clip_norm = 2
        dropout = 0.5
        class_weight = {0 = 2, 3 = 0.5}
        stratify = true
        min_delta = 0.01
        patience = 5
        patience_from = 10
        decay_factors.hidden_1 = 0
        """
    )
    adam, sgd = pw.read_experiments(path)
    assert adam == pw.Experiment(
        id="adam",
        hidden=(20, 10),
        class_weight="balanced",
        optimizer="adamw",
        learning_rate=0.001,
        weight_decay=0.01,
        beta1=0.9,
        beta2=0.99,
        epsilon=1e-7,
        schedule="cosine:warm_up=2",
        dropout=(0.1, 0.3),
        scale=True,
        rate_factors={"bias": 0.1, "scale": 6.0},
        loss="softmax:0.1",
        choose_by="accuracy",
    )
    assert (sgd.learning_rate, sgd.momentum, sgd.weight_decay, sgd.beta1) == (0.1, 0.9, 0.0, None)
    assert sgd.class_weight == {"0": 2.0, "3": 0.5}
    assert (sgd.min_delta, sgd.patience_from, sgd.decay_factors) == (0.01, 10, {"hidden_1": 0.0})
    for experiment in (adam, sgd):
        assert read_form(pw.Experiment, json.loads(json.dumps(experiment.settings))) == experiment
        assert pickle.loads(pickle.dumps(experiment)) == experiment
        assert len({experiment, replace(experiment)}) == 1
        assert experiment.network(5, 3, seed=0).outputs == 3


def test_what_an_experiment_of_an_older_record_lacks_is_the_default() -> None:
    settings = pw.Experiment(id="a", hidden=(8,), patience=3).settings
    new = ["loss", "optimizer", "schedule", "dropout", "scale", "l1", "beta1", "rate_factors", "choose_by"]
    old = {name: value for name, value in settings.items() if name not in new}
    read = read_form(pw.Experiment, old)
    assert read == pw.Experiment(id="a", hidden=(8,), patience=3)
    assert hash(read) == hash(pw.Experiment(id="a", hidden=(8,), patience=3))


def test_the_optimizer_is_the_one_that_was_asked_for() -> None:
    assert optimizer_of([pw.Experiment(id="a")], 10) == pw.SGD([0.1], momentum=0.9, weight_decay=[0], l1=[0])
    adam = replace(ADAM, l1=0.1, clip_norm=1.0, schedule="exponential:0.9", beta1=0.8)
    assert optimizer_of([adam, replace(adam, learning_rate=0.5)], 10) == pw.Adam(
        [0.001, 0.5], weight_decay=[0, 0], l1=[0.1, 0.1], clip_norm=1.0, schedule="exponential:0.9",
        betas=(0.8, 0.999),
    )  # fmt: skip
    averaged = pw.Experiment(id="a", loss_mean="batch-and-classes", weight_decay=0.01, l1=0.1)
    assert optimizer_of([averaged], 10) == pw.SGD([0.01], momentum=0.9, weight_decay=[0.1], l1=[1.0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"optimizer": "adma"},
            "optimizer is 'adma'; expected one of sgd, adam, adamw. Did you mean 'adam'?",
        ),
        (
            {"optimizer": "adam", "momentum": 0.9},
            "momentum is 0.9 with optimizer adam; expected none, for it is a setting of sgd. Leave it out.",
        ),
        (
            {"beta1": 0.9},
            "beta1 is 0.9 with optimizer sgd; expected none, for it is a setting of adam and adamw. Leave it "
            "out.",
        ),
        ({"optimizer": "adam", "beta2": 1}, "beta2 is 1; expected a number of at least 0 and below 1."),
        ({"clip_norm": 0}, "clip_norm is 0; expected a number above 0."),
        ({"l1": -1}, "l1 is -1; expected a number of at least 0."),
        ({"loss": "sofmax"}, "loss is 'sofmax'; expected one of LOSSES. Did you mean 'softmax'?"),
        (
            {"loss": pw.Huber()},
            "loss is a Huber object; expected its name, as in 'softmax' or 'huber:0.5'. To train with an "
            "object, use fit.",
        ),
        (
            {"schedule": abs},
            "schedule is a builtin_function_or_method object; expected its name, as in 'cosine' or "
            "'step:10'. To train with an object, use fit.",
        ),
        (
            {"schedule": "step"},
            "schedule is 'step'; expected every and factor after the colon, as in 'step:every=10'.",
        ),
        ({"dropout": 1}, "dropout is 1; expected a number of at least 0 and below 1."),
        (
            {"dropout": [0.1]},
            "dropout is [0.1]; expected one rate, or a list of 2 for hidden layers of [50, 50] units.",
        ),
        ({"rate_factors": 2}, "rate_factors is 2; expected numbers by name, as in {'bias': 2}."),
        ({"rate_factors": {"bias": -1}}, "rate_factors['bias'] is -1; expected a number of at least 0."),
        (
            {"class_weight": "balnced"},
            "class_weight is 'balnced'; expected 'balanced', or a weight for each class, as in "
            "{'0': 1, '1': 2.5}.",
        ),
        (
            {"choose_by": "r2", "loss": "softmax"},
            "choose_by is 'r2'; expected one of loss, accuracy.",
        ),
        (
            {"choose_by": "r3"},
            "choose_by is 'r3'; expected one of loss, accuracy, r2, absolute error.",
        ),
        ({"patience_from": -1}, "patience_from is -1; expected a whole number of at least 0."),
        (
            {"loss_mean": "batch-and-classes", "loss": "sigmoid"},
            "loss_mean is 'batch-and-classes' with loss sigmoid; expected 'batch': the other is for the "
            "softmax loss and sgd, without clip_norm.",
        ),
        (
            {"loss_mean": "batch-and-classes", "optimizer": "adam"},
            "loss_mean is 'batch-and-classes' with optimizer adam; expected 'batch': the other is for the "
            "softmax loss and sgd, without clip_norm.",
        ),
    ],
)
def test_settings_that_can_not_be_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Experiment.from_settings({"id": "a", **settings})
    assert str(error.value) == message.replace("LOSSES", ", ".join(Loss.registry))


def test_only_rates_and_penalties_differ_in_a_stack() -> None:
    first = pw.Experiment(id="a")
    assert replace(first, id="b", learning_rate=1, weight_decay=1, l1=1, patience=1).of_a_stack == (
        first.of_a_stack
    )
    for changed in (
        {"dropout": 0.1},
        {"schedule": "cosine"},
        {"rate_factors": {"bias": 1}},
        {"loss": "sigmoid"},
    ):
        assert replace(first, **changed).of_a_stack != first.of_a_stack
