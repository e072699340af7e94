"""A single fit takes as many threads as `n_jobs` says, and ends with the same bytes."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import compiled, kernels
from plainweave.engine.program import Work

pytestmark = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_fit_takes_n_jobs_threads(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    threads, init = list[int | None](), compiled.CompiledProgram.__init__

    def watched(self: compiled.CompiledProgram, work: Work, *given: Any) -> None:
        threads.append(work.threads)
        init(self, work, *given)

    monkeypatch.setattr(compiled.CompiledProgram, "__init__", watched)
    stream = np.random.default_rng(0)
    x, y = stream.normal(size=(300, 20)), stream.integers(0, 3, 300)
    fits = [
        pw.MLPClassifier(solver=solver, max_iter=10, random_state=0, tol=0, n_jobs=n_jobs).fit(x, y)
        for n_jobs in (None, 2, 3)
    ]
    assert threads == [1, 2, 3]
    for other in fits[1:]:
        for ours, theirs in zip(fits[0].coefs_, other.coefs_, strict=True):
            assert ours.tobytes() == theirs.tobytes()
        assert other.loss_ == fits[0].loss_
