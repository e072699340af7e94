"""What the best network learned: which network it is, and which of its mistakes are shown."""

from pathlib import Path

import numpy as np

import plainweave as pw
from made_up import made_up
from plainweave.evidence import what_was_learned
from plainweave.experiments import Store


def test_the_network_shown_is_chosen_by_validation_alone(tmp_path: Path, digits: pw.Dataset) -> None:
    good = made_up(pw.Experiment(id="good"), 0, 10.0, gap=-0.1)
    lucky = made_up(pw.Experiment(id="lucky"), 0, 99.0)
    _, model = pw.run_experiment(pw.Experiment(id="x", hidden=(4,), epochs=1), digits, 0)
    store = Store(tmp_path)
    for record in (good, lucky):
        store.run(record.experiment.id, record.seed).write(record, model)
    learned = what_was_learned(tmp_path, store.records(), digits)
    assert learned is not None
    assert learned.experiment == "good"
    assert learned.confusion is not None
    assert np.sum(learned.confusion) == len(digits.test)
    probabilities = [mistake.probability for mistake in learned.mistakes]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(mistake.true != mistake.predicted for mistake in learned.mistakes)
