"""Bytes are those of the sources: another compiler, or one that is asked for less, changes none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from engine_build import COMPILERS, built, can_be_built
from loss_cases import LOSSES, given_targets
from plainweave.engine import Work, compiled, kernels
from plainweave.network.prediction import COMPILED

RULES = [pw.SGD(0.02), pw.SGD(0.02, momentum=0.9, nesterov=True, weight_decay=1e-3), pw.AdamW(0.01, l1=1e-4)]


def trained(kernel: str, dtype: str) -> Iterator[bytes]:
    """What short trainings of every part leave, in bytes."""
    stream = np.random.default_rng(4)
    sparse = (255 * stream.random((90, 37)) * (stream.random((90, 37)) < 0.5)).astype(np.uint8)
    dense = stream.normal(size=(90, 37)).astype(dtype)
    cases = [("tanh", pw.Loss.named("softmax"), rule) for rule in RULES]
    cases += [("tanh", loss, RULES[1]) for loss in LOSSES.values()]
    cases += [(activation().name, pw.Loss.named("softmax"), RULES[1]) for activation in COMPILED]
    for activation, loss, rule in cases:
        for inputs in (sparse, dense):
            parts = pw.split(pw.Examples(inputs, given_targets(loss, 90, 6, stream)))
            network = pw.Network(37, [21, 18], 6, activation=activation, dtype=dtype)
            work = Work(network, loss, rule, parts, 20)
            order, table = np.arange(len(parts.training)), rule.steps(0, work.steps, np.ones(work.steps))
            compiled.CompiledProgram(work, kernel).epoch(1, order, table, rule.slots_of(network.parameters))
            yield from (values.tobytes() for values in network.parameters.values())


@can_be_built
@pytest.mark.parametrize("compiler", [name for name in COMPILERS if name != "gcc" or "cc" not in COMPILERS])
def test_compilers_change_no_byte(compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GCC fuses a * b + c at will, in one copy of a function and not in another, unless it is told not to.
    cases = [(kernel, dtype) for kernel in kernels() for dtype in ("float32", "float64")]
    fast = [list(trained(*case)) for case in cases]
    module = built(tmp_path, {}, compiler)
    monkeypatch.setattr(compiled, "extension", lambda: module)
    assert [list(trained(*case)) for case in cases] == fast
