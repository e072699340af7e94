"""What a worker of a cluster does with an order, without a cluster."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import plainweave as pw
from plainweave.data import InMemory, Loaded, Named
from plainweave.experiments import run_experiment, run_identity
from plainweave.jobs import Failed, Finished, Job
from plainweave.jobs.cluster import on_worker
from plainweave.jobs.cluster.on_worker import fulfil, stop
from plainweave.jobs.cluster.order import Common, NoData, NotSent, Order, Report
from plainweave.jobs.cluster.versions import versions
from plainweave.training.model_file import serialized

JOB = Job(pw.Experiment(id="a", hidden=(8,), epochs=4), 0)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    for kept in (on_worker._held, on_worker._not_to_be_had, on_worker._stopped):
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
    (end,) = answer.ends
    assert isinstance(end, Finished)
    return end.model


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
    legs = replace(order, common=replace(order.common, leg=0.0))
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
        left = report(replace(order, common=replace(order.common, leg=0.0)), digits)
    answer = report(replace(order, states=left.states))
    (end,) = answer.ends
    assert isinstance(end, Finished)
    assert end.record.epochs == 4
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
