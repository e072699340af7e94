"""The check of every gradient of the default network."""

import plainweave as pw
from plainweave.evidence import gradient_evidence
from plainweave.evidence.gradients import ACTIVATIONS, STEPS


def test_other_processes_find_the_same(digits: pw.Dataset) -> None:
    evidence = gradient_evidence(digits)
    assert evidence.passed
    assert [check.activation for check in evidence.whole_network] == list(ACTIVATIONS)
    assert evidence.step_sizes.steps == STEPS
    # Truncation: a step ten times as small errs a hundred times less.
    assert 50 < evidence.step_sizes.float64[0] / evidence.step_sizes.float64[1] < 200
    assert gradient_evidence(digits, jobs=2) == evidence
