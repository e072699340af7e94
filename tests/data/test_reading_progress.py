"""How far reading many files has come."""

import pytest

from plainweave.data.progress import Counter


def test_where_no_bar_can_move_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr("plainweave.data.progress.time.monotonic", lambda: next(clock))
    with Counter("Reading pictures", 1000) as counter:
        for _ in range(25):
            counter.count()
    assert capsys.readouterr().err.splitlines() == [
        "Reading pictures: 10 of 1,000",
        "Reading pictures: 20 of 1,000",
    ]
    with Counter("Reading pictures", 499) as counter:
        counter.count()
    assert not capsys.readouterr().err
