"""Lines, CSV files and bars of epochs."""

import io
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import plainweave as pw
from trainings import train

LINE = "epoch 2/2: training loss 0.25, accuracy 80.00 %; validation loss 0.5, accuracy 75.00 %; best epoch 1"


def epoch(number: int = 2, models: int | None = None, **history: Any) -> pw.Epoch:
    def values(last: float) -> list[Any]:
        first = [np.asarray(9.0)] * (number - 1)
        return [*first, np.asarray(last) if models is None else last + np.arange(models)]

    columns = history or {
        "training": {"loss": values(0.25), "accuracy": values(80)},
        "validation": {"loss": values(0.5), "accuracy": values(75)},
    }
    best = np.asarray(1) if models is None else np.ones(models, int)
    return pw.Epoch(number, 2, pw.History(**columns), pw.Network(2, [], 2), np.asarray(0.1), best)


def test_a_line_tells_the_scores_of_both_parts(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    for lines in (pw.Lines(stream), pw.Lines()):
        lines(epoch())
    assert stream.getvalue() == capsys.readouterr().out == LINE + "\n"


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (
            epoch(models=3),
            "epoch 2/2: training loss 0.25 to 2.25, accuracy 80.00 to 82.00 %; validation loss 0.5 to 2.5, "
            "accuracy 75.00 to 77.00 %",
        ),
        (
            epoch(training={"loss": [np.array(1.0)], "my\nown": [np.array([-2.0, -11.0])]}),
            "epoch 2/2: training loss 1, my own -11 to -2",
        ),
        (
            epoch(training={"loss": [np.array([np.nan, 1.0])]}),
            "epoch 2/2: training loss nan",
        ),
    ],
)
def test_a_line_of_a_stack_or_without_validation(shown: pw.Epoch, line: str) -> None:
    stream = io.StringIO()
    pw.Lines(stream)(shown)
    assert stream.getvalue() == line + "\n"


def test_a_csv_file_grows_and_is_whole_at_any_time(parts: pw.Split, tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.csv"
    lengths: list[int] = []
    result = train(
        parts,
        epochs=30,
        observers=[
            pw.CSVFile(path),
            lambda _: lengths.append(len(pw.History.from_csv(path.read_text(encoding="utf-8")))),
        ],
    )
    assert path.read_text(encoding="utf-8") == result.history.to_csv()
    assert lengths[0] == 1
    assert lengths == sorted(lengths)
    assert [each.name for each in path.parent.iterdir()] == ["history.csv"]


def test_a_csv_file_has_all_epochs_of_a_training_that_was_stopped_or_broken_off(
    parts: pw.Split, tmp_path: Path
) -> None:
    file = pw.CSVFile(tmp_path / "history.csv")

    def broken(epoch: pw.Epoch) -> None:
        if epoch.number == 7:
            raise KeyboardInterrupt

    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=30, observers=[file, broken])
    assert file.path.read_text() == stop.value.fit.history.to_csv()
    again = train(parts, epochs=5, observers=[file, lambda _: pw.Stop("enough")])
    assert file.path.read_text() == again.history.to_csv()


def test_a_csv_file_that_can_not_be_written_is_told_after_the_first_epoch(
    parts: pw.Split, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(pw.RecordError) as error:
        train(parts, epochs=5, observers=[pw.CSVFile(tmp_path / "file" / "history.csv")])
    assert str(error.value).startswith(f"{tmp_path / 'file'}")
    with pytest.raises(pw.ConfigurationError) as refused:
        train(parts, seed=[0, 1], observers=[pw.CSVFile(tmp_path / "history.csv")])
    assert str(refused.value) == "the history is of 2 models; expected that of one. Take one by member()."


def terminal(**settings: Any) -> Console:
    return Console(file=io.StringIO(), width=100, _environ={"TERM": "xterm"}, **settings)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_bar_moves_on_a_terminal_and_ends_with_the_training(parts: pw.Split) -> None:
    console = terminal(force_terminal=True)
    bar = pw.ProgressBar(console)
    for _ in range(2):  # it can be used again
        result = train(parts, epochs=3, observers=[bar])
    text = written(console)
    assert "3/3" in text
    assert f"loss {result.history.validation_loss[-1]:.4g}" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 2, "the cursor is hidden, and shown again"


@pytest.mark.parametrize("way", ["stop", "error"])
def test_a_bar_is_taken_down_whatever_ends_the_training(parts: pw.Split, way: str) -> None:
    console = terminal(force_terminal=True)

    def end(epoch: pw.Epoch) -> pw.Stop | None:
        if way == "error":
            raise ValueError("it is over")
        return pw.Stop("enough")

    try:
        train(parts, epochs=3, observers=[pw.ProgressBar(console), end])
    except ValueError:
        assert way == "error"
    assert written(console).count("\x1b[?25h") == 1


def test_a_bar_of_an_epoch_that_nobody_began(parts: pw.Split) -> None:
    console = terminal(force_terminal=True)
    bar = pw.ProgressBar(console)
    bar(epoch(1))
    bar(epoch(2))
    assert written(console).count("\x1b[?25h") == 1


def test_where_nothing_can_move_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    console = terminal(force_terminal=False)
    for bar in (pw.ProgressBar(console), pw.ProgressBar()):
        with bar:
            bar(epoch())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert written(console) == captured.err == LINE + "\n"


def test_a_notebook_has_a_bar_where_it_can_draw_one(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    class Output:
        def __enter__(self) -> "Output":
            return self

        def __exit__(self, *_: object) -> None: ...

        def clear_output(self, wait: bool) -> None: ...

    def module(name: str, **content: object) -> None:
        made = ModuleType(name)
        vars(made).update(content, __spec__=object())
        monkeypatch.setitem(sys.modules, name, made)

    module("IPython")
    module("IPython.display", display=drawn.append)
    console = terminal(force_jupyter=True)
    with pw.ProgressBar(console) as bar:
        bar(epoch())
    lines = len(drawn)
    assert lines, "without ipywidgets, a line"
    module("ipywidgets", Output=Output)
    with pw.ProgressBar(console) as bar:
        bar(epoch(1))
        bar(epoch(2))
    assert any(isinstance(each, Output) for each in drawn[lines:])


def test_ready_made_observers_can_be_sent_to_another_process(parts: pw.Split, tmp_path: Path) -> None:
    observers: list[Any] = [pw.Lines(), pw.ProgressBar(), pw.CSVFile(tmp_path / "a.csv")]
    train(parts, epochs=1, observers=observers)
    again = pickle.loads(pickle.dumps(observers))
    train(parts, epochs=1, observers=again)
