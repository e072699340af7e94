"""Histories: read by name, as a table and as text."""

import pytest

import plainweave as pw
from trainings import train


def test_a_history_is_read_back_from_its_text(parts: pw.Split) -> None:
    text = train(parts).history.to_csv()
    assert pw.History.from_csv(text).to_csv() == text
    assert text.splitlines()[0] == "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy"
    with pytest.raises(ValueError, match="the history does not begin with epoch and names"):
        pw.History.from_csv("a,b\n1,2\n")
