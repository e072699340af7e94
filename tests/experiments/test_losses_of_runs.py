"""Runs of every loss: their scores by metric, models and records."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.experiments import Store, describe_result, read_run, run_folder
from plainweave.losses import Loss

STREAM = np.random.default_rng(0)
INPUTS = STREAM.normal(size=(200, 5))
NUMBERS = np.stack([INPUTS[:, 0] + INPUTS[:, 1] ** 2, np.abs(INPUTS[:, 2])], axis=1)


def dataset(targets: np.ndarray, names: tuple[str, ...] = ()) -> pw.Dataset:
    train, test = (pw.Examples(INPUTS[part], targets[part]) for part in (slice(150), slice(150, None)))
    return pw.Dataset("mine", train, test, names)


TWO_NUMBERS = dataset(NUMBERS)
COUNTS = dataset(np.floor(3 * NUMBERS[:, 1]))
LABELS = (INPUTS[:, 0] > 0).astype(int)
YES_OR_NO = dataset(LABELS, ("no", "yes"))
SEVERAL_LABELS = dataset((INPUTS[:, :3] > 0).astype(int))
SOFT = dataset(np.stack([LABELS * 0.9 + 0.05, 0.95 - LABELS * 0.9], axis=1))
RUNS: dict[str, tuple[str, pw.Dataset, int, str]] = {
    "softmax": ("softmax", YES_OR_NO, 2, "accuracy"),
    "smoothed": ("softmax:0.1", YES_OR_NO, 2, "accuracy"),
    "soft": ("softmax", SOFT, 2, "accuracy"),
    "sigmoid": ("sigmoid", YES_OR_NO, 1, "accuracy"),
    "several": ("sigmoid", SEVERAL_LABELS, 3, "accuracy"),
    "squared": ("squared-error", TWO_NUMBERS, 2, "r2"),
    "absolute": ("absolute-error", TWO_NUMBERS, 2, "r2"),
    "huber": ("huber:0.5", TWO_NUMBERS, 2, "r2"),
    "quantiles": ("quantile:0.1,0.5,0.9", TWO_NUMBERS, 6, "pinball loss"),
    "poisson": ("poisson", COUNTS, 1, "r2"),
}


@pytest.mark.parametrize(("loss", "data", "outputs", "first"), RUNS.values(), ids=RUNS)
def test_a_run_of_every_loss_is_kept_and_read(
    tmp_path: Path, loss: str, data: pw.Dataset, outputs: int, first: str
) -> None:
    experiment = pw.Experiment(
        id="a", hidden=(8,), epochs=4, loss=loss, learning_rate=0.01, batch_size=16, standardize="per-pixel"
    )
    (record,) = pw.run_experiments([experiment], data, tmp_path)
    names = ["loss", *Loss.named(loss).metrics]
    assert names[1] == first
    assert record.test is not None
    assert record.best_validation is not None
    assert list(record.test) == list(record.best_validation) == list(record.history.training) == names
    best = record.best_epoch - 1
    assert record.best_validation == {
        name: values[best] for name, values in record.history.validation.items()
    }
    folder = run_folder(tmp_path, "a", 0)
    again = read_run(folder, weights=True)
    assert {**vars(again), "history": None} == {**vars(record), "history": None}
    model = pw.load(folder)
    assert str(model.loss) == str(Loss.named(loss))
    assert model.network.outputs == outputs
    score = model.evaluate(data.test)
    assert {name: float(score[name]) for name in names} == record.test
    assert (record.test_accuracy is None) == (record.validation_accuracy is None) == (first != "accuracy")
    assert describe_result(record, outputs).startswith(f"test {first} ")
    assert Store(tmp_path).comparable() == Store(tmp_path).comparable()


def test_a_regression_is_described_by_its_metric() -> None:
    experiment = pw.Experiment(
        id="a", hidden=(8,), epochs=5, loss="squared-error", learning_rate=0.01, test=False
    )
    record, _ = pw.run_experiment(experiment, TWO_NUMBERS, 0)
    assert record.best_validation is not None
    assert describe_result(record, 2) == (
        f"validation r2 {record.best_validation['r2']:.4f}, not tested, best epoch {record.best_epoch} of 5, "
        f"{record.seconds:.0f} s"
    )


def test_without_a_validation_part_the_last_weights_are_kept(tmp_path: Path) -> None:
    experiment = pw.Experiment(
        id="a", hidden=(8,), epochs=4, validation_fraction=0, loss="squared-error", learning_rate=0.01
    )
    (record,) = pw.run_experiments([experiment], TWO_NUMBERS, tmp_path)
    assert (record.best_epoch, record.epochs, record.best_validation) == (4, 4, None)
    assert record.validation_accuracy is None
    assert read_run(run_folder(tmp_path, "a", 0)).history.validation == {}
    untested, _ = pw.run_experiment(replace(experiment, test=False), TWO_NUMBERS, 0)
    assert describe_result(untested, 2).startswith("neither validated nor tested, best epoch 4 of 4, ")
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiment(replace(experiment, patience=2), TWO_NUMBERS, 0)
    assert str(error.value) == (
        "patience is 2, and there is no validation part to judge by. Give split a validation_fraction above "
        "0, or leave patience out."
    )


def test_a_validation_set_of_ones_own_chooses() -> None:
    own = replace(YES_OR_NO, validation=YES_OR_NO.test)
    record, _ = pw.run_experiment(pw.Experiment(id="a", hidden=(8,), epochs=4), own, 0)
    assert record.test == pytest.approx(record.best_validation)


def test_the_metric_that_chooses_is_a_setting() -> None:
    experiment = pw.Experiment(id="a", hidden=(8,), epochs=12, choose_by="accuracy", learning_rate=0.5)
    record, _ = pw.run_experiment(experiment, YES_OR_NO, 0)
    accuracies = [float(value) for value in record.history.validation_accuracy]
    assert record.best_epoch == 1 + accuracies.index(max(accuracies))


def test_numbers_are_not_predicted_where_there_are_classes() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiment(pw.Experiment(id="a", loss="squared-error"), YES_OR_NO, 0)
    assert str(error.value) == (
        f"the loss squared-error predicts numbers, and {YES_OR_NO.name} has classes; expected a loss "
        "of classes, as softmax. Choose another loss, or another target."
    )


def test_class_weights_and_strata_are_settings(digits: pw.Dataset) -> None:
    experiment = pw.Experiment(id="a", hidden=(8,), epochs=2, class_weight={"3": 4}, stratify=True)
    record, _ = pw.run_experiment(experiment, digits, 0)
    parts = digits.split(seed=0, stratify=True, class_weight={3: 4.0})
    fitted = pw.fit(pw.Network(64, (8,), 10, seed=0), parts, pw.SGD(0.1, momentum=0.9), epochs=2, seed=0)
    np.testing.assert_array_equal(record.history.validation_loss, fitted.history.validation_loss)
    with pytest.raises(pw.ConfigurationError, match=r"^class_weight is set and mine has no classes; "):
        pw.run_experiment(replace(experiment, loss="squared-error"), TWO_NUMBERS, 0)


@pytest.mark.parametrize("rate", [1e3, 1e30, 1e100])
def test_losses_beyond_all_bounds_are_infinite_in_a_record(tmp_path: Path, rate: float) -> None:
    wild = pw.Experiment(
        id="a", hidden=(), epochs=40, loss="squared-error", learning_rate=rate, dtype="float64"
    )
    (record,) = pw.run_experiments([wild], TWO_NUMBERS, tmp_path)
    again = read_run(run_folder(tmp_path, "a", 0), weights=True)
    losses = np.array([again.history.training_loss, again.history.validation_loss])
    assert (losses[np.isfinite(losses)] < 1e150).all()
    assert not np.isfinite(losses).all()
    assert again.history.to_csv() == record.history.to_csv()
    assert (again.best_epoch == 0) == (again.best_validation is None)


def test_a_loss_of_two_classes_is_refused_for_more(digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiment(pw.Experiment(id="a", loss="sigmoid", epochs=1), digits, 0)
    assert str(error.value) == (
        "the loss sigmoid tells 2 classes apart, and digits has 10; expected a loss of as many, as softmax."
    )
