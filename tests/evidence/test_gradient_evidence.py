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


def test_any_loss_can_be_checked(digits: pw.Dataset) -> None:
    """What takes numbers is given 1 for the class and 0 for others; each level of a quantile is an output."""
    evidence = gradient_evidence(digits, loss=pw.Quantile((0.2, 0.7)), engine="auto")
    assert evidence.passed
    assert (evidence.loss, evidence.engine, evidence.classes) == ("quantile:0.2,0.7", "auto", 10)
    assert [tensor.checked for tensor in evidence.whole_network[0].tensors][-1] == 20
