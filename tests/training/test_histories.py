"""Histories: read by name, as a table and as text."""

from collections.abc import Callable

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import Score
from trainings import train


def history(metric: str = "accuracy", models: int | None = None) -> pw.History:
    history = pw.History()
    for epoch in (1, 2):
        value = np.full(() if models is None else (models,), epoch / 3)
        history.append(Score(value, {metric: 10 * value}), Score(value / 2, {metric: 5 * value}))
    return history


def test_a_history_is_read_back_from_its_text(parts: pw.Split) -> None:
    text = train(parts).history.to_csv()
    assert pw.History.from_csv(text).to_csv() == text
    assert text.splitlines()[0] == "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy"
    with pytest.raises(ValueError, match="the history does not begin with epoch"):
        pw.History.from_csv("a,b\n1,2\n")


@pytest.mark.parametrize("metric", ["absolute error", "my_own", 'odd, "as" it is', "a\nb"])
def test_metrics_of_any_name_are_read_back(metric: str) -> None:
    text = history(metric).to_csv()
    again = pw.History.from_csv(text)
    assert again.to_csv() == text
    assert list(again.training) == list(again.validation) == ["loss", metric]
    assert pw.History.of_table(history(metric).names(), history(metric).table()).to_csv() == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: history().values("validation", "acuracy"),
            "the history's validation part has no 'acuracy'; expected one of loss, accuracy. Did you mean "
            "'accuracy'?",
        ),
        (
            lambda: history().values("test", "loss"),
            "part is 'test'; expected one of training, validation.",
        ),
        (
            lambda: pw.History({"loss": [np.asarray(1.0)]}).validation_loss,
            "the history's validation part is empty: there was none to score. Give split a "
            "validation_fraction above 0.",
        ),
        (
            lambda: history(models=2).to_csv(),
            "the history is of 2 models; expected that of one. Take one by member().",
        ),
        (
            lambda: history().member(0, 2),
            "model is 0, of a history of no stack; expected one of a stack's models.",
        ),
        (
            lambda: history(models=2).member(2, 2),
            "model is 2, of a history of 2; expected one of a stack's models.",
        ),
    ],
)
def test_what_a_history_does_not_have_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call()
    assert str(error.value) == message


def test_before_the_first_epoch_a_history_is_empty() -> None:
    assert (len(pw.History()), pw.History().validation_loss) == (0, [])
    assert pw.History().lowest_validation_loss == np.inf
    assert pw.History.from_csv(pw.History().to_csv()) == pw.History()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "epoch\n1\n",
        "epoch,training_loss\n2,1.0\n",
        "epoch,training_loss\n1,1.0,2.0\n",
        "epoch,training_loss\n1,x\n",
        "epoch,test_loss\n1,1.0\n",
        "epoch,training_loss,training_loss\n1,1.0,1.0\n",
        "epoch,training_accuracy\n1,1.0\n",
        "epoch,training_loss,validation_accuracy\n1,1.0,2.0\n",
    ],
)
def test_text_that_is_no_history_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the history|could not convert"):
        pw.History.from_csv(text)


def test_a_member_has_its_own_values_of_its_own_epochs() -> None:
    one = history(models=3).member(1, 1)
    assert one.to_csv() == pw.History.of_table(history().names(), history().table()[:, :1]).to_csv()


def test_every_epoch_has_the_same_scores() -> None:
    history = pw.History()
    history.append(Score(np.array(1.0), {"accuracy": np.array(50.0)}), None)
    with pytest.raises(pw.ConfigurationError) as error:
        history.append(Score(np.array(1.0), {}), None)
    assert str(error.value) == (
        "the history's training part has loss, accuracy, and a new epoch loss; expected the same scores in "
        "every epoch. Go on with the loss and the parts that training began with."
    )
    assert len(history) == 1
