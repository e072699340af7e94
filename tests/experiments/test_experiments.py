import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Named
from plainweave.engine import kernels
from plainweave.evidence import summarize
from plainweave.experiments import Store, describe_result, read_run, run_folder, write_run
from plainweave.experiments.record import rows_digest
from plainweave.experiments.run import run_stack
from plainweave.network import ACTIVATIONS, Identity
from plainweave.page import write_page
from plainweave.storage.forms import as_json


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [defaults]
        epochs = 3
        [[experiment]]
        id = "small"
        hidden = [4, 3]
        activation = ["relu", "leaky-relu:0.2"]
        [[experiment]]
        id = "softmax"
        hidden = []
        epochs = 5
        patience = 2
        """,
    )
    small, softmax = pw.read_experiments(path)
    assert (small.hidden, small.activation, small.epochs) == ((4, 3), ("relu", "leaky-relu:0.2"), 3)
    assert (softmax.hidden, softmax.epochs, softmax.patience) == ((), 5, 2)
    assert pw.Experiment.from_settings(json.loads(json.dumps(small.settings))) == small


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'id = "a"\nlerning_rate = 0.1',
            "experiment 'a': lerning_rate is no setting; expected one of id, hidden, activation, dropout, "
            "scale, initializer, loss, loss_mean, optimizer, learning_rate, schedule, momentum, dampening, "
            "nesterov, beta1, beta2, epsilon, weight_decay, l1, decay_biases, clip_norm, rate_factors, "
            "decay_factors, batch_size, epochs, patience, min_delta, patience_from, choose_by, "
            "validation_fraction, stratify, class_weight, standardize, missing, rare, dtype, precision, "
            "test. Did you mean 'learning_rate'?",
        ),
        (
            'id = "a"\nactivation = "sigmiod"',
            f"experiment 'a': activation is 'sigmiod'; expected one of {', '.join(ACTIVATIONS)}. "
            "Did you mean 'sigmoid'?",
        ),
        ('id = "a"\nhidden = [0]', "experiment 'a': hidden is 0; expected a whole number of at least 1."),
        (
            'id = "a"\nlearning_rate = "fast"',
            "experiment 'a': learning_rate is 'fast'; expected a number of at least 0.",
        ),
        (
            'id = "a"\nlearning_rate = nan',
            "experiment 'a': learning_rate is nan; expected a number of at least 0.",
        ),
        (
            f'id = "a"\nlearning_rate = {"9" * 309}',
            f"experiment 'a': learning_rate is {'9' * 309}; expected a number of at least 0.",
        ),
        ('id = "a"\nepochs = 1.5', "experiment 'a': epochs is 1.5; expected a whole number of at least 1."),
        ("hidden = [3]", "experiment number 1: id is missing; expected a name for the experiment."),
        (
            'id = "../a"',
            "experiment '../a': id is '../a'; expected at most 200 letters, digits, '.', '_' and '-', "
            "as in '50x50'.",
        ),
    ],
)
def test_bad_settings_are_named_with_the_nearest_known(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, f"[[experiment]]\n{text}\n")
    with pytest.raises(pw.ConfigurationError) as error:
        pw.read_experiments(path)
    assert str(error.value) == f"{path}, {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 3", " is no TOML: "),
        ("a = " + "9" * 5000, " has a line of 5004 characters; expected at most 2000. Break it."),
        ("", " holds no experiment; expected a table [defaults] and at least one [[experiment]]."),
        (
            "[[experimnt]]",
            ": experimnt is not known; expected [defaults], [[experiment]] and [[claim]], and before "
            "them settings of data, as data and target, and threads. Did you mean 'experiment'?",
        ),
        (
            '[[experiment]]\nid = "a"\n[[experiment]]\nid = "a"',
            ": two experiments have the id 'a'; expected one.",
        ),
        ("experiment = [1]", " holds no experiment;"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.read_experiments(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError, match=r"nothing\.toml is not there\. Give a TOML file\."):
        pw.read_experiments(tmp_path / "nothing.toml")


def test_a_record_is_read_back(tmp_path: Path, digits: pw.Dataset, short: pw.Experiment) -> None:
    record, model = pw.run_experiment(short, digits, 3, position=2)
    write_run(tmp_path / "run", record, model)
    again = read_run(tmp_path / "run")
    assert {**vars(again), "history": None} == {**vars(record), "history": None}
    assert again.history.to_csv() == record.history.to_csv()
    assert again.validation_rows == rows_digest(pw.split(digits.train, seed=3).validation_rows)
    loaded = pw.load(tmp_path / "run" / "weights.safetensors")
    assert float(loaded.evaluate(digits.test).accuracy) == record.test_accuracy
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "history.csv",
        "record.json",
        "weights.safetensors",
    ]


def test_a_diverged_run_is_recorded(tmp_path: Path, digits: pw.Dataset) -> None:
    wild = pw.Experiment(id="wild", hidden=(8,), activation="relu", learning_rate=1e38, epochs=3)
    record, model = pw.run_experiment(wild, digits, 0)
    write_run(tmp_path / "run", record, model)
    again = read_run(tmp_path / "run")
    assert (again.diverged, again.best_epoch, again.best_validation) == (1, 0, None)
    assert "NaN" not in (tmp_path / "run" / "record.json").read_text()


def test_a_run_that_learned_nothing_is_described_as_such(digits: pw.Dataset, short: pw.Experiment) -> None:
    nothing = " %, learned nothing, "
    for rate, said in ((0.1, False), (1e4, True)):
        record, _ = pw.run_experiment(replace(short, activation="relu", learning_rate=rate), digits, 0)
        assert record.diverged is None
        assert (nothing in describe_result(record, 10)) == said
        assert len(f"[13/13] leaky-relu seed 0: {describe_result(record, 10)}") <= 80
    assert "learned nothing" not in describe_result(record, outputs=1)
    record, _ = pw.run_experiment(replace(short, activation="relu", learning_rate=1e38), digits, 0)
    assert " %, diverged at epoch 1, " in describe_result(record, 10)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"experiment": 3}', "null"])
def test_a_damaged_record_is_refused(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment, damage: str
) -> None:
    write_run(tmp_path / "run", *pw.run_experiment(short, digits, 0))
    (tmp_path / "run" / "record.json").write_text(damage)
    with pytest.raises(pw.RecordError, match="Remove it to have it trained again"):
        read_run(tmp_path / "run")


def test_a_run_without_its_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.RecordError) as error:
        read_run(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds no whole run: {tmp_path}/record.json is missing. "
        "Remove it to have it trained again."
    )


def run_all(out: Path, digits: pw.Dataset, *experiments: pw.Experiment, seeds: int = 1) -> list[pw.RunRecord]:
    return pw.run_experiments(experiments, Named("digits"), out, seeds=seeds, jobs=2)


def test_experiments_may_be_made_one_by_one(tmp_path: Path, digits: pw.Dataset) -> None:
    made = pw.run_experiments(
        (pw.Experiment(id=each, hidden=(3,), epochs=1) for each in "ab"), digits, tmp_path
    )
    assert [record.experiment.id for record in made] == ["a", "b"]


def content(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name not in (".lock", ".plainweave")
    }


def test_runs_are_kept_if_finished_and_unchanged_and_else_made_again(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    other = pw.Experiment(id="other", hidden=(4,), epochs=2)
    first = run_all(tmp_path, digits, short, other)
    assert [record.experiment.id for record in first] == ["short", "other"]
    assert [record.position for record in first] == [0, 1]
    before = content(tmp_path)
    changed = pw.Experiment(id="other", hidden=(4,), epochs=3)
    run_all(tmp_path, digits, short, changed, seeds=2)
    after = content(tmp_path)
    assert len(after) == 16
    for name in before:
        assert (after[name] == before[name]) == name.startswith("runs/short/seed-0"), name


@pytest.mark.parametrize("name", ["record.json", "history.csv", "weights.safetensors"])
def test_a_run_that_lacks_a_file_is_made_again(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment, name: str
) -> None:
    run_all(tmp_path, digits, short)
    missing = run_folder(tmp_path, "short", 0) / name
    missing.unlink()
    run_all(tmp_path, digits, short)
    assert missing.is_file()


def test_the_pool_gives_bitwise_what_one_process_gives(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    run_all(tmp_path, digits, short, seeds=2)
    for seed in range(2):
        record, model = pw.run_experiment(short, digits, seed)
        folder = run_folder(tmp_path, "short", seed)
        assert (folder / "history.csv").read_text() == record.history.to_csv()
        for name, value in pw.load(folder / "weights.safetensors").network.parameters.items():
            np.testing.assert_array_equal(value, model.network.parameters[name])


def test_settings_that_do_not_fit_the_data_end_the_runs(tmp_path: Path, digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        run_all(tmp_path, digits, pw.Experiment(id="a", validation_fraction=1e-9))
    assert str(error.value) == (
        "validation_fraction is 1e-09 of 1437 examples; expected at least 1 example for validation and 1 for "
        "training."
    )
    assert not list(tmp_path.rglob("record.json"))


def test_runs_on_other_data_are_not_mixed(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment, idx_folder: Path
) -> None:
    run_all(tmp_path / "out", digits, short)
    other = pw.load_dataset(idx_folder)
    with pytest.raises(pw.RecordError, match=r"on digits .* expected mine .* another folder\.$"):
        pw.run_experiments([short], other, tmp_path / "out")


def test_seeds_of_one_experiment_with_other_settings_are_not_mixed(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    run_all(tmp_path, digits, short, seeds=2)
    before = content(tmp_path)
    longer = replace(short, epochs=3)
    with pytest.raises(pw.RecordError) as error:
        run_all(tmp_path, digits, longer, seeds=1)
    assert str(error.value) == (
        f"{run_folder(tmp_path, 'short', 1)} was trained with epochs 2; expected 3, as its other seeds. "
        "Choose another folder, or train its seed 1 again too."
    )
    assert content(tmp_path) == before, "nothing was trained"
    run_all(tmp_path, digits, short, seeds=1)
    run_all(tmp_path, digits, longer, seeds=2)
    # What a stop between the two seeds leaves.
    write_run(run_folder(tmp_path, "short", 1), *pw.run_experiment(short, digits, 1))
    with pytest.raises(pw.RecordError) as error:
        write_page(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds runs of 'short' with epochs 3 and 2; expected one. "
        "Train all its seeds again, or move some to a folder of their own."
    )
    assert not (tmp_path / "summary.json").exists()


def test_a_summary_has_the_promised_shape(tmp_path: Path, digits: pw.Dataset) -> None:
    first = pw.Experiment(id="tanh", hidden=(8,), epochs=2, learning_rate=0.5)
    records = run_all(tmp_path, digits, first, pw.Experiment(id="one", hidden=(), epochs=1), seeds=3)
    summary = summarize(Store(tmp_path).records())
    assert summary == summarize(records)
    assert summary.dataset == "digits"
    row = summary.rows[0]
    accuracies = [record.test_accuracy or 0.0 for record in records[:3]]
    half = 4.302653 * np.std(accuracies, ddof=1) / 3**0.5  # Student's t, two degrees of freedom, 97.5 %
    assert row.test is not None
    assert as_json(row.test["accuracy"]) == {
        "unit": "%",
        "mean": pytest.approx(np.mean(accuracies)),
        "sd": pytest.approx(np.std(accuracies, ddof=1)),
        "n": 3,
        "low": pytest.approx(np.mean(accuracies) - half),
        "high": pytest.approx(np.mean(accuracies) + half),
        "confidence": 0.95,
        "values": accuracies,
    }
    assert (row.id, row.hidden, row.activation) == ("tanh", (8,), "tanh")
    assert (row.learning_rate, row.weight_decay, row.epochs) == (0.5, 0.0, 2)
    assert list(row.diverged) == [None] * 3
    assert all(1 <= epoch <= 2 for epoch in row.best_epoch)


def test_an_empty_folder_has_no_runs(tmp_path: Path) -> None:
    with pytest.raises(pw.RecordError, match="holds no runs"):
        Store(tmp_path).records()


def test_the_page_counts_runs_and_tells_the_split_as_they_are(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    def texts() -> list[str]:
        write_page(tmp_path)
        return [" ".join((tmp_path / f"page.{kind}").read_text().split()) for kind in ("html", "md")]

    write_run(run_folder(tmp_path, "short", 0), *pw.run_experiment(short, digits, 0))
    for text in texts():
        assert (
            "1 run of 1 network from 1 seed, trained on 80 % of the 1,437 training examples and validated"
            in text
        )
    assert "<title>plainweave: 1 run on digits" in texts()[0]
    third = replace(short, id="third", validation_fraction=0.3)
    write_run(run_folder(tmp_path, "third", 0), *pw.run_experiment(third, digits, 0, position=1))
    for text in texts():
        assert "2 runs of 2 networks from 1 seed, trained on 80 % or 70 % of the 1,437 training" in text


def test_curves_of_data_with_a_single_class_are_drawn(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    train, test = (part[np.flatnonzero(part.labels == 0)] for part in (digits.train, digits.test))
    single = pw.Dataset("zeros", train, test, ("0",))
    record, model = pw.run_experiment(short, single, 0)
    assert record.test_accuracy == 100
    write_run(run_folder(tmp_path, "short", 0), record, model)
    write_page(tmp_path)  # matplotlib's warnings are errors here


@pytest.mark.parametrize("activation", ["tanh", "doubled-identity"])
def test_a_record_names_the_engine_that_trained(digits: pw.Dataset, activation: str) -> None:
    class Doubled(Identity):
        """One of one's own, which the compiled engine does not know."""

        name = "doubled-identity"

    try:
        experiment = pw.Experiment(id="short", hidden=(8,), epochs=1, activation=activation)
        record, _ = pw.run_experiment(experiment, digits, seed=0)
    finally:
        del pw.Activation.registry[Doubled.name]
    compiled = f"compiled ({kernels()[0]})" if kernels() else "numpy"
    assert record.environment["engine"] == (compiled if activation == "tanh" else "numpy")


def test_a_grid_trained_as_a_stack_is_bitwise_what_each_is_alone(digits: pw.Dataset) -> None:
    base = pw.Experiment(id="base", hidden=(8,), activation="relu", epochs=12)
    grid = [
        base,
        replace(base, id="wild", learning_rate=1e38),
        replace(base, id="impatient", learning_rate=2.0, patience=2),
        replace(base, id="decayed", weight_decay=1e-3, learning_rate=0.2),
        replace(base, id="averaged", loss_mean="batch-and-classes", weight_decay=1e-3, test=False),
    ]
    made = run_stack(grid, digits, 3, positions=range(len(grid)))
    assert made[1][0].diverged == 1
    assert made[2][0].epochs < 12, "patience ended one while the others went on"
    for position, (experiment, (record, model)) in enumerate(zip(grid, made, strict=True)):
        alone, model_alone = pw.run_experiment(experiment, digits, 3, position=position)
        assert {**vars(record), "history": 0, "seconds": 0} == {**vars(alone), "history": 0, "seconds": 0}
        assert record.history.to_csv() == alone.history.to_csv()
        for name, value in model.network.parameters.items():
            np.testing.assert_array_equal(value, model_alone.network.parameters[name])


def test_only_what_is_alike_is_a_stack(digits: pw.Dataset, short: pw.Experiment) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        run_stack([short, replace(short, id="b", batch_size=32)], digits, 0, positions=[0, 1])
    assert str(error.value) == (
        "b has batch_size 32 and short 64; expected one for all of a stack. Run them one by one."
    )


def test_the_runner_stacks_what_is_alike_and_records_are_the_same(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    grid = [replace(short, id=f"rate-{rate}", learning_rate=rate) for rate in (0.1, 0.2, 0.3, 0.4)]
    other = replace(short, id="other", hidden=(4,))
    records = run_all(tmp_path, digits, *grid, other, seeds=2)
    wanted = [(each.id, seed) for each in [*grid, other] for seed in range(2)]
    assert [(record.experiment.id, record.seed) for record in records] == wanted
    for record in records:
        alone, _ = pw.run_experiment(record.experiment, digits, record.seed)
        assert record.history.to_csv() == alone.history.to_csv()


def test_an_average_over_classes_is_a_tenth_of_the_gradient_but_not_of_the_penalty(
    digits: pw.Dataset, short: pw.Experiment
) -> None:
    averaged = replace(short, loss_mean="batch-and-classes", learning_rate=0.5, weight_decay=1e-3)
    by_hand = replace(short, learning_rate=0.05, weight_decay=1e-2)
    one, _ = pw.run_experiment(averaged, digits, 0)
    two, _ = pw.run_experiment(by_hand, digits, 0)
    np.testing.assert_allclose(one.history.validation_loss, two.history.validation_loss, rtol=1e-5)


def test_a_network_that_only_serves_to_choose_is_never_tested(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(*_: object) -> None:
        raise AssertionError("the test examples were looked at")

    monkeypatch.setattr(pw.Model, "evaluate", evaluate)
    record, model = pw.run_experiment(replace(short, test=False), digits, 0)
    assert (record.test_accuracy, record.test) == (None, None)
    write_run(run_folder(tmp_path, "short", 0), record, model)
    assert (read_run(run_folder(tmp_path, "short", 0)).validation_accuracy or 0) > 10
    write_page(tmp_path)
    row = json.loads((tmp_path / "summary.json").read_text())["rows"][0]
    assert row["test"] is None
    assert row["validation"]["accuracy"]["mean"] == record.validation_accuracy
    assert "never tested" in (tmp_path / "page.md").read_text()


def test_numpys_numbers_are_plain_settings(tmp_path: Path, digits: pw.Dataset) -> None:
    given = pw.Experiment(
        id=np.str_("a"),
        hidden=np.array([8, 6]),  # type: ignore[arg-type]
        activation=np.array(["relu", "tanh"]),  # type: ignore[arg-type]
        learning_rate=np.float32(0.5),  # type: ignore[arg-type]
        momentum=np.array(0.5),  # type: ignore[arg-type]
        dampening=np.float64(0.0),
        nesterov=np.True_,  # type: ignore[arg-type]
        batch_size=np.uint8(64),  # type: ignore[arg-type]
        epochs=np.int64(2),  # type: ignore[arg-type]
        patience=np.int32(2),  # type: ignore[arg-type]
        validation_fraction=np.float16(0.25),  # type: ignore[arg-type]
        test=np.bool_(True),  # type: ignore[arg-type]
    )
    plain = pw.Experiment(
        id="a",
        hidden=(8, 6),
        activation=("relu", "tanh"),
        learning_rate=0.5,
        momentum=0.5,
        dampening=0.0,
        nesterov=True,
        batch_size=64,
        epochs=2,
        patience=2,
        validation_fraction=0.25,
    )
    assert given == plain
    assert [type(value) for value in vars(given).values()] == [type(value) for value in vars(plain).values()]
    assert {type(units) for units in given.hidden} == {int}
    assert json.loads(json.dumps(given.settings)) == plain.settings
    (record,) = pw.run_experiments([given], digits, tmp_path)
    assert record.experiment == plain
    assert pw.run_experiments([plain], digits, tmp_path)[0].seconds == record.seconds, "kept"
    tuples = pw.Experiment(id="a", hidden=(np.int64(8), np.int32(6)))  # type: ignore[arg-type]
    assert json.dumps(tuples.settings["hidden"]) == "[8, 6]"


def test_an_activation_of_ones_own_is_no_setting() -> None:
    for activation in (pw.Tanh(), (pw.Tanh(),)):
        with pytest.raises(pw.ConfigurationError) as error:
            pw.Experiment(id="a", hidden=(8,), activation=activation)  # type: ignore[arg-type]
        assert str(error.value) == (
            "activation is a Tanh object; expected its name, as in 'tanh' or 'leaky-relu:0.2'. "
            "To train an activation of your own, use fit."
        )


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'\xef\xbb\xbf[[experiment]]\r\nid = "a"\r\n')
    assert [each.id for each in pw.read_experiments(path)] == ["a"]


@pytest.mark.parametrize(("one", "other"), [("Tanh", "tanh"), ("a", "a."), ("A..", "a.")])
def test_ids_that_some_disks_take_for_one_are_refused(
    tmp_path: Path, digits: pw.Dataset, one: str, other: str
) -> None:
    message = (
        f"two experiments have the ids {one!r} and {other!r}; expected ids that differ in more than case and "
        "dots at the end, for some disks take these for one folder."
    )
    path = write(tmp_path, f'[[experiment]]\nid = "{one}"\n[[experiment]]\nid = "{other}"\n')
    with pytest.raises(pw.ConfigurationError) as error:
        pw.read_experiments(path)
    assert str(error.value) == f"{path}: {message}"
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiments([pw.Experiment(id=one), pw.Experiment(id=other)], digits, tmp_path / "out")
    assert str(error.value) == message
    assert not (tmp_path / "out").exists()


def test_what_is_to_be_run_is_checked_at_the_door(
    tmp_path: Path, digits: pw.Dataset, short: pw.Experiment
) -> None:
    def refused(*arguments: object, **settings: object) -> str:
        with pytest.raises(pw.ConfigurationError) as error:
            pw.run_experiments(*arguments, **settings)  # type: ignore[arg-type]
        return str(error.value)

    twice = "two experiments have the id 'short'; expected one."
    assert refused([short, short], digits, tmp_path) == twice
    assert refused([short], 3, tmp_path) == (
        'data is 3; expected a Dataset, a Source, a name or a folder, as in pw.load_dataset("digits").'
    )
    assert refused([{"id": "a"}], digits, tmp_path) == (
        'an experiment is a dict; expected an Experiment, as in pw.Experiment(id="a", hidden=(50,)).'
    )
    assert refused([short], digits, tmp_path, only=["shrt"]) == (
        "only is 'shrt'; expected one of short. Did you mean 'short'?"
    )
    for name in ("jobs", "seeds"):
        assert refused([short], digits, tmp_path, **{name: 0}) == (
            f"{name} is 0; expected a whole number of at least 1."
        )
    other = replace(short, id="shorter")
    for only in ("shorter", iter(["shorter"])):
        (record,) = pw.run_experiments([short, other], digits, str(tmp_path), only=only)
        assert record.experiment == other
