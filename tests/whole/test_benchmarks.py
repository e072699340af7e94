"""The benchmarks' sides do the same work, and what they tell of it is right."""

from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    ("data", "features", "outputs"), [("classes", 6, 3), ("two classes", 6, 1), ("exponentials", 4, 4)]
)
def test_sides_train_alike(data: str, features: int, outputs: int, optimizer: str) -> None:
    from sides import SIDES
    from work import Work

    work = Work(
        data=data,
        features=features,
        outputs=outputs,
        examples=80,
        hidden=(8,),
        batch_size=80,
        epochs=5,
        optimizer=optimizer,
        learning_rate=0.01,
        weight_decay=0,
    )
    ours, numpy, theirs = (
        SIDES[side](work)(1) for side in ("plainweave", "plainweave, NumPy engine", "scikit-learn MLP")
    )
    assert ours.loss == pytest.approx(numpy.loss, rel=1e-5)
    if data == "exponentials":
        if optimizer == "adam":  # of which half the gradient, as scikit-learn has it, is as good
            assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)
    else:
        assert ours.accuracy == pytest.approx(theirs.accuracy, abs=1e-9)


def test_epochs_of_a_turn_are_those_of_single_turns() -> None:
    from cases import IRIS
    from sides import SIDES

    several = SIDES["plainweave"](replace(IRIS, epochs=6))
    single = SIDES["plainweave"](replace(IRIS, epochs=1))
    assert several(1).loss == [single(number).loss for number in range(1, 7)][-1]


@pytest.mark.parametrize("rows", [1, 50])
def test_predictions_are_alike(rows: int) -> None:
    from sides import SIDES
    from work import Work

    work = Work(features=5, hidden=(4, 3), outputs=3, activation="relu", rows=rows)
    for side in ("plainweave Network", "plainweave MLPClassifier", "scikit-learn MLPClassifier"):
        assert SIDES[side](work)(1).loss < 1e-6


def test_multiply_adds_are_those_of_a_network_by_hand() -> None:
    from work import Work

    work = Work(features=3, hidden=(4,), outputs=2, epochs=2)
    assert work.weights == [12, 8]
    assert work.multiply_adds(10, 6) == (2 * 12 + 3 * 8) * 10 + 20 * 6 // 2
    assert replace(work, rows=7).multiply_adds(0, 0) == 140


def test_a_side_that_learned_less_is_told() -> None:
    from measure import Measurement
    from results import Measured, unlike
    from work import Work

    def measured(work: Work, *reached: tuple[float, float]) -> Measured:
        sides = [Measurement(str(number), [1.0], *each, 1.0) for number, each in enumerate(reached)]
        return Measured("", work, sides)

    nan = float("nan")
    assert unlike(measured(Work(), (nan, 90.0), (0.3, 91.1), (nan, nan))) == ["0"]
    assert unlike(measured(Work(), (nan, 90.2), (0.3, 91.1), (nan, nan))) == []
    of_numbers = Work(data="exponentials")
    assert unlike(measured(of_numbers, (1.0, nan), (1.11, nan), (nan, nan))) == ["1"]
    assert unlike(measured(of_numbers, (1.0, nan), (1.09, nan), (nan, nan))) == []
    assert unlike(measured(Work(rows=1), (1e-4, nan), (1e-6, nan), (nan, nan))) == ["0"]


def test_best_peer_and_limit_are_found() -> None:
    from measure import Measurement
    from results import Measured, table
    from work import Work

    times = {
        "plainweave": 2.0,
        "plainweave, NumPy engine": 9.0,
        "slow": 8.0,
        "fast": 4.0,
        "the dense limit": 1.0,
    }
    sides = [
        Measurement(side, [seconds, 3 * seconds, seconds], 0.5, 90, 99) for side, seconds in times.items()
    ]
    case = Measured("", Work(), sides)
    assert case.best_peer.side == "fast"
    assert case.of_limit == 2
    assert table([case, replace(case, work=Work(threads=2))]).splitlines()[5] == (
        "| fast | 4000 | 4000 to 12000 | 0.50 | 4000 | 4000 to 12000 | 0.50 | 90.0 % | 99 |"
    )


def test_pages_ask_for_tables_that_there_are() -> None:
    from cases import GROUPS
    from tell import PLACE, TABLES

    for page in ("speed.md", "speed-measured.md"):
        places = PLACE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
        names = [name.rpartition("/")[2] for _, name, _ in places]
        assert names
        assert not set(names) - set(GROUPS) - set(TABLES)
