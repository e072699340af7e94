"""Observers: what they see and return."""

import numpy as np

import plainweave as pw
from trainings import train


def test_the_history_is_what_evaluating_by_hand_gives(parts: pw.Split) -> None:
    seen: list[float] = []

    def by_hand(epoch: pw.Epoch) -> None:
        assert parts.validation is not None
        outputs = epoch.network(parts.standardizer(parts.validation.inputs))
        seen.append(100 * float((outputs.argmax(axis=1) == parts.validation.labels).mean()))
        assert len(epoch.history) == epoch.number

    result = train(parts, observers=[by_hand])
    np.testing.assert_allclose(result.history.validation_accuracy, seen)


def test_observers_that_are_given_once_only_are_called_in_every_epoch(parts: pw.Split) -> None:
    seen: list[int] = []
    train(parts, epochs=3, observers=(each for each in [lambda epoch: seen.append(epoch.number)]))
    assert seen == [1, 2, 3]


def test_an_observer_that_clears_the_history_does_not_keep_training_from_its_end(parts: pw.Split) -> None:
    def clear(epoch: pw.Epoch) -> None:
        epoch.history.training.clear()
        epoch.history.validation.clear()

    assert len(train(parts, epochs=3, observers=[clear]).history) == 0
