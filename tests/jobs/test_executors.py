"""What every executor must do, on the two of ours and on one that shares neither memory nor disk."""

import io
import os
import pickle
import signal
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

import plainweave as pw
from executor_contract import (
    SMALL,
    every_job_begins_and_ends_once,
    one_that_fails_does_not_keep_the_others,
    results,
    settings_that_do_not_fit_the_data_end_all,
)
from mortal import die_or_train
from plainweave.data import InMemory, Loaded, Named, Source, source_of
from plainweave.data.source import Folder
from plainweave.experiments import RunFiles, Store, run_experiment, run_files
from plainweave.jobs import (
    Begun,
    EpochEnded,
    Event,
    Executor,
    Failed,
    Finished,
    Here,
    Job,
    Lost,
    Processes,
    stacks,
)
from plainweave.jobs.calls import call_all
from plainweave.jobs.progress import Progress
from plainweave.jobs.supervise import _Supervisor
from plainweave.jobs.tracking import Tracking
from plainweave.storage import files
from plainweave.training.model_file import serialized


@dataclass
class ByLetter:
    """An executor for machines that share nothing: all that goes there and back is a letter of bytes.

    Attributes:
        losses: how many letters get lost, from the first on.
    """

    losses: int = 0

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        for job in jobs:
            yield Begun((job,))
            if self.losses:
                self.losses -= 1
                yield Lost(job)
                continue
            answers: list[bytes] = []
            letter = pickle.dumps((job, source))
            machine = Thread(target=lambda sent=letter, box=answers: box.append(_on_a_machine(sent)))
            machine.start()
            machine.join()
            answer = pickle.loads(answers[0])
            if isinstance(answer, Exception):
                raise answer
            yield answer


def _on_a_machine(letter: bytes) -> bytes:
    job, source = pickle.loads(letter)
    try:
        record, model = run_experiment(job.experiment, source.load(), job.seed, position=job.position)
        return pickle.dumps(Finished(job, record, serialized(model)))
    except pw.RecordError as error:
        return pickle.dumps(Failed(job, str(error)))
    except pw.PlainweaveError as error:
        return pickle.dumps(error)


EXECUTORS: dict[str, Executor] = {"here": Here(), "processes": Processes(2), "by letter": ByLetter()}


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Executor:
    return EXECUTORS[request.param]


def test_every_job_begins_and_ends_once(digits: pw.Dataset, executor: Executor) -> None:
    every_job_begins_and_ends_once(executor, digits)


class NoDataset:
    def load(self) -> str:
        return "pixels"


def test_a_source_of_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiments(SMALL, NoDataset(), tmp_path)  # type: ignore[arg-type]
    assert str(error.value) == (
        "NoDataset.load returned 'pixels'; expected a Dataset, as in pw.load_dataset(\"digits\")."
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_of_runs_is_the_same_whoever_does_them(
    tmp_path: Path, digits: pw.Dataset, executor: Executor
) -> None:
    pw.run_experiments(SMALL, digits, tmp_path / "here", seeds=2)
    records = pw.run_experiments(SMALL, digits, tmp_path / "there", seeds=2, executor=executor)
    assert [(record.experiment.id, record.seed) for record in records] == [
        (experiment.id, seed) for experiment in SMALL for seed in range(2)
    ]
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_settings_that_do_not_fit_the_data_end_all(digits: pw.Dataset, executor: Executor) -> None:
    settings_that_do_not_fit_the_data_end_all(executor, digits)


def test_one_that_fails_does_not_keep_the_others(digits: pw.Dataset, executor: Executor) -> None:
    one_that_fails_does_not_keep_the_others(executor, digits)


@pytest.mark.parametrize("losses", [1, 2])
def test_what_is_lost_is_tried_again(
    tmp_path: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str], losses: int
) -> None:
    pw.run_experiments(SMALL[:2], digits, tmp_path, executor=ByLetter(losses))
    assert len(list(tmp_path.rglob("record.json"))) == 2
    again = "a seed 0: its process was killed, perhaps for want of memory; tried again.\n"
    assert again in capsys.readouterr().err


def test_what_is_lost_three_times_is_given_up(tmp_path: Path, digits: pw.Dataset) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        pw.run_experiments(SMALL[:1], digits, tmp_path, executor=ByLetter(3))
    assert str(error.value) == (
        "1 of 1 trainings failed, the first a seed 0: its process was killed 3 times, perhaps for want of "
        "memory. What is finished is kept: run it again."
    )


def test_a_killed_process_takes_nothing_with_it_but_its_own_stack(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that goes on is the very process that was at work."""
    monkeypatch.setattr(stacks, "train", die_or_train)
    victim = Job(pw.Experiment(id="victim-1", hidden=(90, 90), epochs=30), 0)
    others = [Job(pw.Experiment(id=f"other-{number}", hidden=(4,), epochs=30), 0) for number in range(4)]

    def checkpoint(job: Job) -> Path:
        return tmp_path / job.experiment.id / "seed-0" / "run.checkpoint"

    events = list(Processes(2, checkpoint).run([victim, *others], Loaded(InMemory(digits))))
    assert [event.job for event in events if isinstance(event, Lost)] == [victim]
    finished = [event.job.name for event in events if isinstance(event, Finished)]
    assert sorted(finished) == [job.name for job in others]
    begun = [job.name for event in events if isinstance(event, Begun) for job in event.jobs]
    assert sorted(begun) == sorted(job.name for job in [victim, *others]), "none began twice"


def test_a_closed_executor_stops_its_processes_and_keeps_their_state(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    jobs = [Job(pw.Experiment(id=name, hidden=(8,), epochs=100_000), 0) for name in "ab"]
    events = Processes(2, lambda job: tmp_path / job.experiment.id).run(jobs, Loaded(InMemory(digits)))
    seen: dict[str, int] = {}
    for event in events:
        if isinstance(event, EpochEnded):
            seen[event.jobs[0].name] = event.epoch
        if len(seen) == 2 and min(seen.values()) > 1:
            break
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_progress_counts_every_epoch_once_whatever_becomes_of_a_training(
    digits: pw.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = (Job(experiment, 0) for experiment in SMALL[:3])

    @dataclass
    class Script:
        """An executor that loses a stack of two, whose jobs then are done one by one."""

        is_first: bool = True

        def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
            if self.is_first:
                self.is_first = False
                yield Begun((first, second))
                yield EpochEnded((first, second), 2, 0.5)
                yield Lost(first)
                yield Lost(second)
                yield Failed(third, "it can't be")
            else:
                yield from Here().run(jobs, source)

    kept: list[Job] = []
    with Progress(total=9, runs=3) as progress:
        source, tracking = Loaded(InMemory(digits)), Tracking((), digits.fingerprint)
        supervisor = _Supervisor(source, lambda job, *_: kept.append(job), progress, tracking)
        supervisor.see_through([first, second, third], Script(), instead=Here())
        assert progress._epochs == 9
    assert kept == [first, second]
    assert supervisor.failures == {third: "it can't be"}
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[1/3] c seed 0: it can't be"
    assert [line.split(":")[0] for line in lines[1:]] == [
        *("a seed 0", "[2/3] a seed 0", "b seed 0", "[3/3] b seed 0")
    ]


def test_each_run_of_a_stack_has_its_line(digits: pw.Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [Job(replace(SMALL[0], id=name, learning_rate=rate), 0) for name, rate in (("x", 0.1), ("y", 0.2))]
    (stack,) = stacks.stacks_of([*jobs, *[replace(job, seed=1) for job in jobs]], digits, 1, None)[:1]
    assert len(stack.jobs) == 2
    with Progress(total=6, runs=2) as progress:
        source, tracking = Loaded(InMemory(digits)), Tracking((), digits.fingerprint)
        supervisor = _Supervisor(source, lambda *_: None, progress, tracking)
        for event in stacks.train(stack, stacks.Workplace(digits)):
            supervisor._handle(event)
        assert progress._epochs == 6
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["[1/2] x seed 0", "[2/2] y seed 0"]


# Sources


def test_what_a_user_gives_as_data_has_a_source(tmp_path: Path, digits: pw.Dataset) -> None:
    assert source_of("digits") == Named("digits")
    assert source_of("fashion-mnist", tmp_path) == Named("fashion-mnist", tmp_path)
    assert source_of(tmp_path) == source_of(str(tmp_path)) == Folder(tmp_path)
    assert source_of(digits) == InMemory(digits)
    assert source_of(InMemory(digits)) == InMemory(digits)
    with pytest.raises(pw.ConfigurationError) as error:
        source_of(3)  # type: ignore[arg-type]
    assert str(error.value) == (
        'data is 3; expected a Dataset, a Source, a name or a folder, as in pw.load_dataset("digits").'
    )


def test_a_folder_of_the_name_of_a_set_is_a_folder_where_it_is_given_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert source_of(Path("digits")) == Named("digits")
    (tmp_path / "digits").mkdir()
    assert source_of(Path("digits")) == Folder(Path("digits"))
    assert source_of("digits") == Named("digits")


def test_a_source_that_was_loaded_is_as_small_elsewhere_as_before(idx_folder: Path) -> None:
    for source in (Named("digits"), Folder(idx_folder)):
        loaded = Loaded(source)
        assert loaded.load() is loaded.load()
        letter = pickle.dumps(loaded)
        assert len(letter) < 500
        assert pickle.loads(letter).load().fingerprint == loaded.fingerprint


def test_files_that_changed_since_are_found_where_they_are_loaded_again(idx_folder: Path) -> None:
    loaded = Loaded(Folder(idx_folder))
    letter = pickle.dumps(loaded)
    images = pw.read_idx(idx_folder / "train-images-idx3-ubyte.gz").copy()
    images[0, 0, 0] += 1
    pw.write_idx(idx_folder / "train-images-idx3-ubyte.gz", images)
    with pytest.raises(pw.DataError, match=r"^mine has changed since it was loaded, or is another "):
        pickle.loads(letter).load()


# A record is read once a command


def test_a_record_is_read_once_a_command(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    pw.run_experiments(SMALL, digits, tmp_path)
    read: list[str] = []
    original = files.read_bounded

    def counted(path: Path, at_most: int) -> bytes:
        read.append(str(path.relative_to(tmp_path)))
        return original(path, at_most)

    monkeypatch.setattr(run_files, "read_bounded", counted)
    store = Store(tmp_path)
    pw.run_experiments([SMALL[0], replace(SMALL[1], epochs=4)], digits, store)
    assert len(store.records()) == 4
    assert len(store.comparable()) == 4
    assert sorted(read) == sorted({*read}), "each once"
    assert {path.split("/")[1] for path in read} == set("abcd")
    assert store.run("b", 0).record.epochs == 4, "the new one, which was written here"


# Calls


def _pid_and(number: int) -> tuple[int, int]:
    time.sleep(0.05)
    return os.getpid(), number


def _die_once(file: str) -> str:
    path = Path(file)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def _die(argument: None) -> int:
    os.abort()


def test_calls_are_made_elsewhere_in_order(tmp_path: Path) -> None:
    results = call_all([partial(_pid_and, number) for number in range(6)], 2)
    assert [number for _, number in results] == list(range(6))
    assert os.getpid() not in {process for process, _ in results}
    assert call_all([partial(_pid_and, 1)], 1) == [(os.getpid(), 1)]
    assert call_all([partial(_die_once, str(tmp_path / name)) for name in "ab"], 2) == ["done", "done"]


def test_a_call_that_always_kills_its_process_is_given_up() -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        call_all([partial(_die, None), partial(_die, None)], 2)
    assert str(error.value) == (
        "a process was killed 3 times, perhaps for want of memory. What is finished is kept: run it again."
    )


def test_what_a_call_raises_is_raised_with_the_place_where_it_did() -> None:
    with pytest.raises(FileNotFoundError) as error:
        call_all([partial(io.open, "/not/there")], 2)
    assert "In a process of the pool:\nTraceback" in error.value.__notes__[0]


def test_a_run_is_written_where_its_files_say(tmp_path: Path, digits: pw.Dataset) -> None:
    run = RunFiles(tmp_path)
    assert not run.is_recorded()
    record, model = pw.run_experiment(SMALL[0], digits, 0)
    run.write(record, model)
    assert run.record is record
    assert RunFiles(tmp_path).record.history.to_csv() == record.history.to_csv()
