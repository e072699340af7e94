"""Runs on tables: prepared for each seed, recorded, resumed, and read again."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import TargetScale
from plainweave.experiments import fitted_to, identity, read_run, run_folder, write_run
from plainweave.storage.files import sha256_of
from refusals import refused
from tables import houses, prices, table

FAST = {"hidden": (8,), "epochs": 3, "optimizer": "adam", "learning_rate": 0.01}
NUMBERS = pw.Experiment(id="numbers", loss="squared-error", **FAST)  # type: ignore[arg-type]
CLASSES = pw.Experiment(id="classes", **FAST)  # type: ignore[arg-type]


def test_a_run_is_prepared_by_its_own_training_part() -> None:
    dataset = houses()
    record, model = pw.run_experiment(NUMBERS, dataset, 1)
    parts = dataset.split(seed=1)
    assert parts.preparation is not None
    assert model.preparation == parts.preparation
    assert record.prepared == tuple(parts.preparation.describe())
    assert record.experiment == replace(NUMBERS, standardize="standard")
    errors = np.abs(model.predict(dataset.test.inputs) - dataset.test.targets)
    assert record.test is not None
    assert record.test["absolute error"] == pytest.approx(errors.mean())
    best = record.best_validation
    assert best is not None
    assert parts.validation_rows.size
    validation = dataset.train[parts.validation_rows]
    assert best["absolute error"] == pytest.approx(float(model.evaluate(validation)["absolute error"]))


def test_a_run_of_arrays_has_no_preparation_and_all_settings_as_given(digits: pw.Dataset) -> None:
    record, _ = pw.run_experiment(CLASSES, digits, 0)
    assert record.prepared is None
    assert record.experiment == CLASSES


@pytest.mark.parametrize("standardize", ["none", "robust", "normal"])
def test_settings_reach_the_preparation(standardize: str) -> None:
    experiment = replace(CLASSES, standardize=standardize, rare=200, missing="median")
    dataset = houses(classes=True)
    record, model = pw.run_experiment(experiment, dataset, 0)
    assert record.experiment == experiment
    assert model.preparation == dataset.split(standardize=standardize, rare=200).preparation


def test_a_stack_ends_as_its_members_alone() -> None:
    from plainweave.experiments.run import run_stack

    experiments = [NUMBERS, replace(NUMBERS, id="other", learning_rate=0.03)]
    together = run_stack(experiments, houses(), 0, positions=[0, 1])
    for experiment, (record, model) in zip(experiments, together, strict=True):
        alone, its_model = pw.run_experiment(experiment, houses(), 0)
        assert record.history.to_csv() == alone.history.to_csv()
        inputs = houses().test.inputs
        assert model.predict(inputs).tobytes() == its_model.predict(inputs).tobytes()


def test_records_and_models_are_read_again(tmp_path: Path) -> None:
    record, model = pw.run_experiment(NUMBERS, houses(), 0)
    write_run(tmp_path / "run", record, model)
    again = read_run(tmp_path / "run", weights=True)
    assert {**vars(again), "history": None} == {**vars(record), "history": None}
    inputs = houses().test.inputs
    assert pw.load(tmp_path / "run").predict(inputs).tobytes() == model.predict(inputs).tobytes()


def test_a_record_of_version_3_is_read(tmp_path: Path, digits: pw.Dataset) -> None:
    record, model = pw.run_experiment(CLASSES, digits, 0)
    write_run(tmp_path / "run", record, model)
    path = tmp_path / "run" / "record.json"
    content = json.loads(path.read_text())
    assert content["version"] == 4
    del content["prepared"]
    for name in ("missing", "rare"):
        del content["experiment"][name]
    path.write_text(json.dumps({**content, "version": 3}))
    again = read_run(tmp_path / "run", weights=True)
    assert {**vars(again), "history": None} == {**vars(record), "history": None}


def test_what_a_checkpoint_is_held_to_has_settings_of_tables_where_they_are_set() -> None:
    plain = identity(CLASSES, "0" * 64, 0)
    assert plain.keys().isdisjoint({"missing", "rare"})
    assert identity(replace(CLASSES, rare=3), "0" * 64, 0) == {**plain, "rare": 3}
    assert identity(replace(CLASSES, missing="refuse"), "0" * 64, 0) == {**plain, "missing": "refuse"}


def test_a_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.checkpoint"
    pw.run_experiment(NUMBERS, houses(), 0, checkpoint=checkpoint)
    longer = replace(NUMBERS, epochs=6)
    record, model = pw.run_experiment(longer, houses(), 0, checkpoint=checkpoint)
    alone, its_model = pw.run_experiment(longer, houses(), 0)
    assert record.history.to_csv() == alone.history.to_csv()
    inputs = houses().test.inputs
    assert model.predict(inputs).tobytes() == its_model.predict(inputs).tobytes()


def test_runs_of_several_seeds_are_the_same_in_other_processes(tmp_path: Path) -> None:
    experiments = [NUMBERS, replace(NUMBERS, id="robust", standardize="robust")]
    here = pw.run_experiments(experiments, houses(), tmp_path / "here", seeds=2)
    there = pw.run_experiments(experiments, houses(), tmp_path / "there", seeds=2, jobs=2)
    for record in here:
        places = [run_folder(tmp_path / out, record.experiment.id, record.seed) for out in ("here", "there")]
        weights = {sha256_of(place / "weights.safetensors", 2**20) for place in places}
        assert len(weights) == 1
    assert [record.prepared for record in here] == [record.prepared for record in there]
    assert len({record.prepared for record in here}) == 4, "a preparation for each seed and setting"
    kept = pw.run_experiments(experiments, houses(), tmp_path / "here", seeds=2)
    assert kept == here


def test_what_can_not_be_tested_is_not_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "plainweave.experiments.run.train_by_epochs", lambda *_, **__: pytest.fail("it was trained")
    )
    whole = table().select(["width", "colour"])
    holed = table(1).select(["height", "colour"])
    holed = pw.Table((replace(holed.columns[0], name="width"), holed.columns[1]))
    dataset = pw.Dataset("houses", pw.Examples(whole, prices(table())), pw.Examples(holed, prices(table(1))))
    message = refused(lambda: pw.run_experiment(replace(NUMBERS, missing="refuse"), dataset, 0))
    assert message.endswith(
        "rows; expected one in each, as missing='refuse' was set. Fill them in, or leave these rows out."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"standardize": "per-pixel"},
            "standardize is 'per-pixel', for arrays, and the inputs are a table; expected one of none, "
            "standard, robust, normal. Give pw.Examples an array, as frame.to_numpy() makes, for the others.",
        ),
        (
            {"standardize": "minmax"},
            "standardize is 'minmax'; expected one of all-pixels, per-pixel, per-image, none, standard, "
            "robust, normal.",
        ),
        ({"missing": "mean"}, "missing is 'mean'; expected one of median, refuse. Did you mean 'median'?"),
        ({"rare": 0}, "rare is 0; expected a whole number of at least 1."),
    ],
)
def test_settings_that_can_not_be_are_refused(settings: dict[str, object], message: str) -> None:
    def run() -> object:
        return pw.run_experiment(replace(NUMBERS, **settings), houses(), 0)  # type: ignore[arg-type]

    with pytest.raises(pw.ConfigurationError) as error:
        run()
    assert str(error.value) == message


def test_settings_of_tables_are_refused_of_arrays(digits: pw.Dataset) -> None:
    for settings, message in (
        (
            {"standardize": "robust"},
            "standardize is 'robust', for tables, and the inputs are an array; expected one of all-pixels, "
            "per-pixel, per-image, none. Give pw.Examples a data frame for the others.",
        ),
        (
            {"rare": 2},
            "rare is 2 and the inputs are an array; expected 1, for it is a setting of tables. Give "
            "pw.Examples a data frame, or leave it out.",
        ),
    ):
        with pytest.raises(pw.ConfigurationError) as error:
            pw.run_experiment(replace(CLASSES, **settings), digits, 0)
        assert str(error.value) == message


def defaults(*, classes: bool = False, **said: object) -> tuple[str, str, float]:
    """Return how a run on a table, of numbers or classes, takes settings of which these are said."""
    experiment, dataset = pw.Experiment(id="a", **said), houses(classes=classes)  # type: ignore[arg-type]
    taken = fitted_to(replace(pickle.loads(pickle.dumps(experiment)), id="b"), dataset)
    assert fitted_to(taken, dataset) == taken
    return taken.loss, taken.standardize, taken.learning_rate


def test_what_nobody_said_is_as_a_table_of_numbers_needs_it() -> None:
    assert defaults() == ("squared-error", "standard", 0.01)
    assert defaults(loss="huber:1", standardize="robust") == ("huber:1", "robust", 0.01)
    assert defaults(optimizer="adam") == ("squared-error", "standard", 0.001)
    assert defaults(choose_by="r2") == defaults()


def test_what_nobody_said_is_as_a_table_with_classes_needs_it() -> None:
    assert defaults(classes=True) == ("softmax", "standard", 0.01)
    assert defaults(classes=True, learning_rate=0.1) == ("softmax", "standard", 0.1)
    assert defaults(classes=True, optimizer="adam") == ("softmax", "standard", 0.001)


def test_what_was_said_is_never_replaced_even_where_it_is_the_default_of_arrays() -> None:
    assert defaults(learning_rate=0.1) == ("squared-error", "standard", 0.1)
    assert defaults(loss="softmax", standardize="all-pixels") == ("softmax", "all-pixels", 0.01)
    experiment = pw.Experiment(id="a", standardize="all-pixels")
    assert refused(lambda: pw.run_experiment(experiment, houses(), 0)).startswith(
        "standardize is 'all-pixels', for arrays, and the inputs are a table; expected one of none, standard"
    )
    experiment = pw.Experiment(id="a", loss="softmax")
    assert refused(lambda: pw.run_experiment(experiment, houses(), 0)).endswith(
        "Where targets are numbers to be predicted, give a loss of numbers, as 'squared-error'."
    )


def test_arrays_have_the_defaults_that_they_had(digits: pw.Dataset) -> None:
    experiment = pw.Experiment(id="a")
    assert fitted_to(experiment, digits) == experiment
    assert (experiment.loss, experiment.standardize, experiment.learning_rate) == (
        "softmax",
        "all-pixels",
        0.1,
    )
    assert json.dumps(fitted_to(experiment, digits).settings) == json.dumps(experiment.settings)
    assert refused(lambda: fitted_to(pw.Experiment(id="a", choose_by="r2"), digits)) == (
        "choose_by is 'r2'; expected one of loss, accuracy."
    )


def test_targets_with_a_name_are_numbers_to_be_learned_by_squared_error() -> None:
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    examples = pw.Examples(x, np.arange(20.0))
    dataset = pw.Dataset("line", examples, examples, target_name="target")
    fitted = fitted_to(pw.Experiment(id="a"), dataset)
    assert (fitted.loss, fitted.learning_rate, fitted.standardize) == ("squared-error", 0.01, "per-pixel")
    assert dataset.split().target_scale == TargetScale.fit(dataset.split().training.targets)
    assert dataset.split(scale_targets=False).target_scale is None
    unnamed = fitted_to(pw.Experiment(id="a"), pw.Dataset("line", examples, examples))
    assert (unnamed.loss, unnamed.learning_rate, unnamed.standardize) == ("softmax", 0.1, "all-pixels")
    assert pw.Dataset("line", examples, examples).split().target_scale is None


def test_a_table_of_numbers_in_a_folder_of_arrays_is_learned_without_a_setting(tmp_path: Path) -> None:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(400, 2)) * [1, 1000]
    np.save(tmp_path / "inputs.npy", x)
    np.save(tmp_path / "targets.npy", 150 + 80 * x[:, 0] + x[:, 1] / 10)
    record, _ = pw.run_experiment(pw.Experiment(id="a", epochs=5), pw.load_dataset(tmp_path), 0)
    assert record.test is not None
    assert record.test["r2"] > 0.9


def test_a_loss_of_numbers_takes_no_classes() -> None:
    experiment = pw.Experiment(id="a", hidden=(3,), epochs=1, loss="squared-error")
    assert refused(lambda: pw.run_experiment(experiment, houses(classes=True), 0)) == (
        "the loss squared-error predicts numbers, and houses has classes; expected a loss of classes, as "
        "softmax. Choose another loss, or another target."
    )
