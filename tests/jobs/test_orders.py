"""What a worker of a cluster does with an order, without a cluster."""

import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import InMemory, Loaded, Named
from plainweave.experiments import run_experiment, run_identity
from plainweave.jobs import Failed, Finished, Job
from plainweave.jobs.cluster import on_worker
from plainweave.jobs.cluster.on_worker import end, fulfil, stop
from plainweave.jobs.cluster.order import Common, NoData, NotSent, Order, Report, Told
from plainweave.jobs.cluster.versions import versions
from plainweave.training.model_file import serialized

JOB = Job(pw.Experiment(id="a", hidden=(8,), epochs=4), 0)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    for kept in (on_worker._held, on_worker._not_to_be_had, on_worker._asked):
        kept.clear()


@pytest.fixture
def order(digits: pw.Dataset) -> Order:
    source = Loaded(InMemory(digits)).elsewhere(NotSent())
    common = Common("topic", source, [], 1, versions(), [], leg=60.0, pause=60.0, keeps=True)
    return sent(Order(common, 0, (JOB,)))


def sent(order: Order) -> Order:
    """An order as it comes to another machine."""
    letter: Order = pickle.loads(pickle.dumps(order))
    return letter


def report(order: Order, dataset: pw.Dataset | None = None) -> Report:
    answer = fulfil(order, dataset)
    assert isinstance(answer, Report)
    return answer


def model(answer: Report) -> bytes:
    (ended,) = answer.ends
    assert isinstance(ended, Finished)
    return ended.model


def in_legs(order: Order) -> Order:
    """An order of legs of one epoch, which takes long enough for its state to be copied."""
    return replace(order, common=replace(order.common, leg=0.0, observers=[_slowly]))


def _slowly(epoch: pw.Epoch) -> None:
    time.sleep(0.03)


def test_an_order_is_small(order: Order) -> None:
    assert len(pickle.dumps(order)) < 3000


def test_data_are_sent_once(order: Order, digits: pw.Dataset) -> None:
    assert fulfil(order, None) == NoData()
    with_data = report(order, digits)
    again = report(order)
    assert model(with_data) == model(again) == serialized(run_experiment(JOB.experiment, digits, 0)[1])


def test_data_are_loaded_from_the_source_where_they_can_be(order: Order) -> None:
    loaded = Loaded(Named("digits"))
    assert report(sent(replace(order, common=replace(order.common, source=loaded)))).ends


def test_other_data_are_refused(order: Order, digits: pw.Dataset) -> None:
    other = replace(digits, train=pw.Examples(digits.train.inputs[1:], digits.train.labels[1:]))
    with pytest.raises(pw.DataError) as error:
        fulfil(order, other)
    assert str(error.value) == (
        "digits has changed since it was loaded, or is another data set: its fingerprint is "
        f"{other.fingerprint[:12]}; expected {digits.fingerprint[:12]}. Run it again."
    )


def test_legs_end_with_the_bytes_of_one_training(order: Order, digits: pw.Dataset) -> None:
    legs = in_legs(order)
    answer, count = report(legs, digits), 1
    while not answer.ends:
        answer, count = report(replace(legs, states=answer.states)), count + 1
    assert count > 2
    assert model(answer) == model(report(order))


def test_a_state_of_other_arithmetic_is_not_gone_on_from(
    order: Order, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arithmetic = {**run_identity._arithmetic(), "blas": "another"}
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(run_identity, "_arithmetic", lambda: arithmetic)
        left = report(in_legs(order), digits)
    answer = report(replace(order, states=left.states))
    (ended,) = answer.ends
    assert isinstance(ended, Finished)
    assert ended.record.epochs == 4
    assert model(answer) == model(report(order))
    path = tmp_path / "state"
    path.write_bytes(left.states[0])
    of_run = (JOB.experiment, digits.fingerprint, 0)
    assert run_identity.resumed_epoch(path, *of_run, elsewhere=True) == 1, "the caller takes it as it is"
    with pytest.raises(pw.RecordError, match=r"is of a training with blas another; expected "):
        run_identity.resumed_epoch(path, *of_run)


def test_after_a_stop_nothing_begins(order: Order, digits: pw.Dataset) -> None:
    stop("topic")
    assert report(order, digits) == Report((), ())
    assert report(replace(order, common=replace(order.common, topic="another"))).ends


def test_a_worker_remembers_what_is_asked_for_by_studies_at_once_and_no_others() -> None:
    stop("at once")
    for number in range(100):
        end(f"topic {number}", number, "pruned")
        assert on_worker._asked_of("at once").is_stopped
    assert len(on_worker._asked) == on_worker._STUDIES
    assert on_worker._asked_of("topic 99").endings == {99: "pruned"}
    assert not on_worker._asked_of("topic 0").endings


def test_a_trial_ends_early_where_it_is_asked_to(order: Order, digits: pw.Dataset) -> None:
    trial = replace(order, common=replace(order.common, are_trials=True))
    end("topic", 1, "another's")
    (whole,) = report(trial, digits).ends
    (asked_with_the_order,) = report(replace(trial, ending="pruned at epoch 1")).ends
    end("topic", 0, "pruned at epoch 1")
    (asked_at_work,) = report(trial).ends
    assert isinstance(whole, Finished)
    assert (whole.record.epochs, whole.record.stopped) == (4, None)
    for ended in (asked_with_the_order, asked_at_work):
        assert isinstance(ended, Finished)
        assert (ended.record.epochs, ended.record.stopped) == (1, "pruned at epoch 1")


def test_settings_that_do_not_fit_fail_alone_among_trials(order: Order, digits: pw.Dataset) -> None:
    job = replace(JOB, experiment=replace(JOB.experiment, validation_fraction=1e-9))
    wrong = replace(order, jobs=(job,), common=replace(order.common, are_trials=True))
    (failed,) = report(wrong, digits).ends
    assert isinstance(failed, Failed)
    assert failed.why.startswith("validation_fraction is 1e-09 of 1437 examples; ")


def test_all_epochs_are_told_once_over_the_legs(
    order: Order, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what comes back with a leg and by what is told within one; the last ones are in the record."""
    told: list[Told] = []
    monkeypatch.setattr(on_worker, "_tell", lambda _, news: told.append(news))
    experiment = replace(JOB.experiment, epochs=12)
    legs = replace(
        in_legs(order),
        jobs=(replace(JOB, experiment=experiment),),
        common=replace(in_legs(order).common, leg=0.35, pause=0.0),
    )
    answer = report(legs, digits)
    while not answer.ends:
        if answer.told:
            told.append(answer.told)
        answer = report(replace(legs, states=answer.states))
    (ended,) = answer.ends
    assert isinstance(ended, Finished)
    known: dict[int, list[float]] = {}
    for epoch, _, names, scores in told:
        table = np.array(scores)[:, :, 0]
        assert list(names) == ended.record.history.names()
        known |= {epoch - table.shape[1] + 1 + at: list(table[:, at]) for at in range(table.shape[1])}
    history = ended.record.history.table()
    assert len(known) > 3
    assert sorted(known) == list(range(1, len(known) + 1))
    assert all(known[number] == list(history[:, number - 1]) for number in known)


def test_no_states_come_back_where_none_are_kept(order: Order, digits: pw.Dataset) -> None:
    answer = report(replace(order, common=replace(order.common, keeps=False)), digits)
    assert not answer.states
    assert not isinstance(answer.ends[0], Failed)


def test_another_version_is_refused(order: Order, digits: pw.Dataset) -> None:
    other = replace(order, common=replace(order.common, versions={**versions(), "NumPy": "1.0"}))
    with pytest.raises(pw.PlainweaveError) as error:
        fulfil(other, digits)
    assert str(error.value).endswith(
        f" has NumPy {versions()['NumPy']}; expected 1.0, as here. Install the same versions on all machines "
        "of the cluster."
    )
