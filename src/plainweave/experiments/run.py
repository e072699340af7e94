"""Runs: experiments, trained on a data set from a seed, tested once."""

import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.checks import instance
from plainweave.data import Dataset, Split
from plainweave.data.class_weights import ClassWeight
from plainweave.elsewhere import answers
from plainweave.engine import Score, Work, engine_name
from plainweave.errors import RecordError
from plainweave.experiments.environment import environment
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.fitted import fitted_to
from plainweave.experiments.observed import OfOne
from plainweave.experiments.record import DatasetIdentity, RunRecord, Scores, bounded, rows_digest
from plainweave.experiments.run_identity import identity, resumed_epoch
from plainweave.experiments.stack import check_alike, optimizer_of, outputs_of
from plainweave.losses import Loss
from plainweave.training import Checkpoints, Fit, History, Model, Observer
from plainweave.training.fit import result_of
from plainweave.training.loop import train_by_epochs
from plainweave.training.model_file import serialized
from plainweave.training.plan import Plan


@answers("pw.run_experiment(experiment, dataset, seed=0)")
def run_experiment(
    experiment: Experiment,
    dataset: Dataset,
    seed: int,
    *,
    position: int = 0,
    observers: Iterable[Observer] = (),
    checkpoint: Path | None = None,
    threads: int | None = None,
) -> tuple[RunRecord, Model]:
    """Split, train, keep the best weights, and only then look at the test examples.

    Args:
        experiment: the settings.
        dataset: what to train and test on.
        seed: of split, initial weights and order.
        position: of the experiment in its file.
        observers: called at the end of every epoch, see `Epoch`; one may end the training.
        checkpoint: a file in which the state is kept every few seconds and at a stop, and from which
            training goes on if it is there: that of a finished run, too, to more epochs.
        threads: to train on, see `fit`; the result is the same on any number.

    Raises:
        ConfigurationError: the settings do not fit the data.
        RecordError: the checkpoint is of another training or has come to a later epoch, is damaged, or can't
            be written.
    """
    instance("experiment", experiment, Experiment, "pw.Experiment(id='wide', hidden=(100,))")
    instance("dataset", dataset, Dataset, "pw.load_dataset('digits')")
    return run_stack(
        [experiment],
        dataset,
        seed,
        positions=[position],
        observers=observers,
        checkpoints=[checkpoint] if checkpoint else [],
        threads=threads,
    )[0]


def run_stack(
    experiments: Sequence[Experiment],
    dataset: Dataset,
    seed: int,
    *,
    positions: Sequence[int],
    observers: Iterable[Observer] = (),
    checkpoints: Sequence[Path] = (),
    threads: int | None = None,
) -> list[tuple[RunRecord, Model]]:
    """Run experiments that differ in what a stack's members may have each for itself, as one stack.

    Each ends bitwise as it would alone, but for its seconds, which are an equal share of the stack's.

    Args:
        experiments: alike in `Experiment.of_a_stack`.
        dataset: what to train and test on.
        seed: of split, initial weights and order.
        positions: of the experiments in their file.
        observers: called at the end of every epoch, see `Epoch`; one may end the training. They are shown the
            stack, or where there is one experiment, its network alone.
        checkpoints: a file for each, as `run_experiment` has it; those of one epoch are gone on from.
        threads: to train on.

    Raises:
        ConfigurationError: the experiments are not alike, or the settings do not fit the data.
        RecordError: a checkpoint is of another training, is damaged, or can't be written; or the model's
            file could not be read again.
    """
    return result_of(
        run_by_epochs(
            experiments,
            dataset,
            seed,
            positions=positions,
            observers=observers,
            checkpoints=checkpoints,
            threads=threads,
        )
    )


def run_by_epochs(
    experiments: Sequence[Experiment],
    dataset: Dataset,
    seed: int,
    *,
    positions: Sequence[int],
    observers: Iterable[Observer] = (),
    checkpoints: Sequence[Path] = (),
    threads: int | None = None,
) -> Generator[History, None, list[tuple[RunRecord, Model]]]:
    """Run experiments as `run_stack` does, and give the stack's history at the end of every epoch.

    Closed before its end, it keeps the state of the last epoch that ended.
    """
    check_alike(experiments)
    experiments = [fitted_to(experiment, dataset) for experiment in experiments]
    first = experiments[0]
    started = time.perf_counter()
    loss = first.loss_function
    outputs = outputs_of(loss, dataset)
    parts = dataset.split(
        validation_fraction=first.validation_fraction,
        seed=seed,
        standardize=first.standardize,
        missing=first.missing,
        rare=first.rare,
        stratify=first.stratify,
        class_weight=cast(ClassWeight | None, first.class_weight),
    )
    network = first.network(parts.training.inputs.shape[1], outputs, [seed] * len(experiments))
    untrained = Model.of(network.member(0), parts, dataset, loss)
    serialized(untrained)  # what can't be kept, or tested, ends here
    if untrained.preparation is not None and any(experiment.test for experiment in experiments):
        untrained.prepared(dataset.test.inputs)
    states = _states(experiments, dataset, seed, checkpoints)
    optimizer = optimizer_of(experiments, outputs)
    plan = _plan(experiments, loss, seed, observers, threads)
    try:
        results = yield from train_by_epochs(
            network, parts, optimizer, plan, start=states.load(network), checkpoint=states.note
        )
        states.end()
    except BaseException:
        with suppress(RecordError):  # what stops the training tells more
            states.write()
        raise
    seconds = (states.trained_before + time.perf_counter() - started) / len(experiments)
    return [
        _finish(experiment, results.member(number), parts, dataset, seed, position, seconds)
        for number, (experiment, position) in enumerate(zip(experiments, positions, strict=True))
    ]


def _states(
    experiments: Sequence[Experiment], dataset: Dataset, seed: int, files: Sequence[Path]
) -> Checkpoints:
    """Return what keeps the state of each, if there are files for it."""
    if files:
        for path, experiment in zip(files, experiments, strict=True):
            resumed_epoch(path, experiment, dataset.fingerprint, seed)
    return Checkpoints(files, [identity(experiment, dataset.fingerprint, seed) for experiment in experiments])


def _plan(
    experiments: Sequence[Experiment],
    loss: Loss,
    seed: int,
    observers: Iterable[Observer],
    threads: int | None,
) -> Plan:
    first = experiments[0]
    patience = [experiment.patience for experiment in experiments]
    return Plan(
        first.epochs,
        loss,
        batch_size=first.batch_size,
        patience=patience[0] if len(set(patience)) == 1 else patience,
        min_delta=first.min_delta,
        patience_from=first.patience_from,
        choose_by=first.choose_by,
        seed=seed,
        observers=[OfOne(observers)] if observers and len(experiments) == 1 else observers,
        threads=threads,
        precision=first.precision,
    )


def _finish(
    experiment: Experiment,
    result: Fit,
    parts: Split,
    dataset: Dataset,
    seed: int,
    position: int,
    seconds: float,
) -> tuple[RunRecord, Model]:
    model = Model.of(result.network, parts, dataset, result.loss)
    optimizer = optimizer_of([experiment], outputs=1)
    work = Work(
        *(result.network, result.loss, optimizer, parts, experiment.batch_size),
        precision=experiment.precision,
    )
    test = model.evaluate(dataset.test) if experiment.test else None
    history, best_epoch = _bounded(result.history), int(result.best_epoch)
    if best_epoch and history.validation and not np.isfinite(history.validation_loss[best_epoch - 1]):
        best_epoch = 0
    return RunRecord(
        experiment=experiment,
        seed=seed,
        position=position,
        dataset=DatasetIdentity.of(dataset),
        validation_rows=rows_digest(parts.validation_rows),
        best_epoch=best_epoch,
        epochs=int(result.epochs),
        diverged=int(result.diverged) or None,
        stopped=result.stopped,
        test=None if test is None else _scores(test),
        seconds=round(seconds, 3),
        environment={
            **environment(),
            "engine": engine_name(work),
        },
        prepared=None if parts.preparation is None else tuple(parts.preparation.describe()),
        history=history,
    ), model


def _scores(score: Score) -> Scores:
    return {name: float(bounded(value)) for name, value in {"loss": score.loss, **score.metrics}.items()}


def _bounded(history: History) -> History:
    """Return a history as records can have it, see `bounded`."""
    table = history.table()
    if np.array_equal(bounded(table), table, equal_nan=True):
        return history
    return History.of_table(history.names(), bounded(table))
