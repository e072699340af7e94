import numpy as np
import pytest

import plainweave as pw
from plainweave.paper import table_1


def test_the_reports_table(digits: pw.Dataset) -> None:
    ten = digits.one_per_class()
    x = pw.Standardizer.fit("all-pixels", digits.train.inputs)(ten.inputs, np.float64)
    rows = table_1(x, ten.labels)
    assert len(rows) == 7
    assert all(row.agrees for row in rows)
    # Central differences with a step of 1e-2 are not exact, and each row has weights of its own.
    assert all(0 < abs(row.analytic - row.numeric) < 1e-4 for row in rows)
    assert len({row.analytic for row in rows}) == 7


def test_the_reports_table_catches_a_wrong_gradient(
    monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    original = pw.Network.backward

    def planted(self: pw.Network, dlogits: np.ndarray, caches: list[object]) -> dict[str, np.ndarray]:
        gradients = original(self, dlogits, caches)
        return {**gradients, "hidden_2.bias": gradients["hidden_2.bias"] + 2e-4}

    monkeypatch.setattr(pw.Network, "backward", planted)
    ten = digits.one_per_class()
    x = pw.Standardizer.fit("all-pixels", digits.train.inputs)(ten.inputs, np.float64)
    assert [row.agrees for row in table_1(x, ten.labels)] == [True, False] + [True] * 5
