from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.paper import Table1, TableRow, check_table_1, read_table_1, write_table_1

TABLE = Table1("digits", 0.01, 0.0001, (TableRow("Output layer bias [0]", 0.25, 0.2501, True),))


def test_the_reports_table(digits: pw.Dataset) -> None:
    table = check_table_1(digits)
    assert (table.dataset, table.epsilon, table.tolerance) == ("digits", 1e-2, 1e-4)
    assert len(table.rows) == table.agreeing == 7
    # Central differences with a step of 1e-2 are not exact, and each row has weights of its own.
    assert all(0 < abs(row.analytic - row.numeric) < 1e-4 for row in table.rows)
    assert len({row.analytic for row in table.rows}) == 7


def test_the_reports_table_catches_a_wrong_gradient(
    monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    original = pw.Network.backward

    def planted(self: pw.Network, dlogits: np.ndarray, caches: list[object]) -> dict[str, np.ndarray]:
        gradients = original(self, dlogits, caches)
        return {**gradients, "hidden_2.bias": gradients["hidden_2.bias"] + 2e-4}

    monkeypatch.setattr(pw.Network, "backward", planted)
    table = check_table_1(digits)
    assert [row.agrees for row in table.rows] == [True, False] + [True] * 5
    assert table.agreeing == 6


def test_the_table_is_kept_in_a_file_of_its_own(tmp_path: Path) -> None:
    assert read_table_1(tmp_path) is None
    write_table_1(tmp_path, TABLE)
    assert read_table_1(tmp_path) == TABLE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "it is []; expected an object with dataset, epsilon, tolerance, rows"),
        ('{"dataset": "x"}', "it is of version 1; expected 2"),
        (
            '{"version": 2, "dataset": "x", "epsilon": 0, "tolerance": 0, "rows": []}',
            "epsilon is 0; expected a number from 1e-100 to 1e+100",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "table-1.json"
    path.write_text(text)
    with pytest.raises(pw.RecordError) as caught:
        read_table_1(tmp_path)
    assert str(caught.value) == (
        f"{path} can't be read ({reason}). Remove it, or run the same command again."
    )
