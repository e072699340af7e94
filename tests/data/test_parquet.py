"""A Parquet file is prepared slice by slice, and trains as the same table in memory."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.data.stored import is_stored
from plainweave.data.table_files import parquet
from plainweave.data.table_files.parquet import prepare_parquet
from plainweave.errors import ConfigurationError, DataError, RecordError
from stored_files import _small_limits  # noqa: F401

pl = pytest.importorskip("polars")
COUNT = 3000


def _frame(target: str = "numbers") -> Any:
    stream = np.random.default_rng(0)
    size, kind = stream.normal(10, 3, COUNT), stream.choice(["a", "bb", "c"], COUNT)
    signal = size + 5 * (kind == "bb")
    targets = {
        "numbers": signal * 100,
        "texts": np.where(signal > 12, "large", "small"),
        "whole": (signal > 12) + 3,
    }
    frame = pl.DataFrame(
        {"size": size, "kind": kind, "y": targets[target], "day": stream.integers(0, 7, COUNT)}
    )
    return frame.with_columns(size=pl.when(pl.col("day") == 3).then(None).otherwise(pl.col("size")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    _frame().write_parquet(tmp_path / "some.parquet", row_group_size=400)
    return tmp_path / "some.parquet"


def test_inputs_are_what_the_preparation_makes_of_the_table(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_SLICE", 1000)
    table = prepare_parquet(path, path.parent / "prepared", target="y", categories=["day"], ignore=["kind"])
    parts, frame = table.parts, _frame()
    assert parts.preparation is not None
    assert parts.validation is not None
    assert table.class_names == ()
    rows = parts.validation_rows
    assert len(rows) == 600
    training = np.delete(np.arange(COUNT), rows)
    expected = pw.Preparation.fit(pw.Table.of(frame[training].drop("y", "kind"), categories=["day"]))
    assert parts.preparation == expected
    for examples, of in ((parts.training, training), (parts.validation, rows)):
        np.testing.assert_array_equal(np.asarray(examples.inputs), expected(frame[of]))
        np.testing.assert_array_equal(examples.targets, frame["y"].to_numpy()[of])
    assert parts.target_scale is not None
    assert parts.target_scale.center[0] == pytest.approx(frame["y"].to_numpy()[training].mean())


@pytest.mark.usefixtures("_small_limits")
@pytest.mark.parametrize("target", ["numbers", "texts"])
def test_it_is_trained_on_and_its_model_takes_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setattr(parquet, "_SAMPLE", 4000)
    monkeypatch.setattr(parquet, "_SLICE", 1000)
    frame = _frame(target)
    frame.write_parquet(tmp_path / "some.parquet")
    table = prepare_parquet(tmp_path / "some.parquet", tmp_path, target="y", ignore=["day"])
    parts, outputs = table.parts, len(table.class_names) or 1
    assert is_stored(parts.training.inputs)
    network = pw.Network(parts.training.inputs.shape[1], [16], outputs, seed=0)
    loss = "softmax" if target == "texts" else "squared-error"
    result = pw.fit(network, parts, pw.Adam(0.01), epochs=8, loss=loss)
    model = pw.Model(
        *(result.network, parts.standardizer, table.class_names),
        loss=result.loss,
        preparation=parts.preparation,
        target_scale=parts.target_scale,
    )
    known = frame.filter(pl.col("size").is_not_null())
    predicted = model.predict(known.drop("y"))
    if target == "texts":
        assert table.class_names == ("large", "small")
        assert (np.array(table.class_names)[predicted] == known["y"].to_numpy()).mean() > 0.95
    else:
        assert np.abs(predicted - known["y"].to_numpy()).mean() < 40


def test_whole_numbers_may_be_classes(tmp_path: Path) -> None:
    _frame("whole").write_parquet(tmp_path / "some.parquet")
    table = prepare_parquet(
        tmp_path / "some.parquet", tmp_path, target="y", task="classes", validation_fraction=0
    )
    assert table.class_names == ("3", "4")
    assert table.parts.validation is None
    np.testing.assert_array_equal(table.parts.training.targets, _frame("whole")["y"].to_numpy() - 3)


def test_categories_that_only_some_slices_have_are_the_same_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_SLICE", 20)
    names = np.repeat(["z", "b", "m"], 20)
    pl.DataFrame({"x": np.arange(60.0), "y": names}).write_parquet(tmp_path / "some.parquet")
    table = prepare_parquet(tmp_path / "some.parquet", tmp_path, target="y", validation_fraction=0)
    assert table.class_names == ("b", "m", "z")
    assert (np.array(table.class_names)[table.parts.training.labels] == names).all()


def test_what_does_not_fit_is_told_and_leaves_nothing(tmp_path: Path, path: Path) -> None:
    folder = tmp_path / "prepared"
    with pytest.raises(DataError) as error:
        prepare_parquet(path, folder, target="Y")
    assert str(error.value) == (
        f"{path} has no column 'Y'; expected one of 'size', 'kind', 'y', 'day'. Did you mean 'y'?"
    )
    with pytest.raises(DataError) as error:
        prepare_parquet(path, folder, target="size")
    row = _frame()["size"].is_null().to_numpy().argmax()
    assert str(error.value) == (
        f"{path}: row {row} has no 'size', the target; expected one in each. Leave out rows that have none."
    )
    assert not folder.exists()
    with pytest.raises(ConfigurationError) as refused:
        prepare_parquet(path, folder, target="y", validation_fraction=1e-5)
    assert str(refused.value) == (
        "validation_fraction is 1e-05 of 3000 examples; expected at least 1 example for validation and 1 for "
        "training."
    )
    _frame().write_csv(path.with_suffix(".csv"))
    with pytest.raises(DataError) as error:
        prepare_parquet(path.with_suffix(".csv"), folder, target="y")
    assert str(error.value) == (
        f"{path.with_suffix('.csv')} is no Parquet file; expected one. Of a CSV file of any size "
        "polars.scan_csv(file).sink_parquet(path) makes one."
    )
    for target, task in (("kind", "numbers"), ("y", "classes")):
        with pytest.raises(DataError):
            prepare_parquet(path, folder, target=target, task=task)
        assert not folder.exists()
    prepare_parquet(path, folder, target="y")
    with pytest.raises(RecordError) as there:
        prepare_parquet(path, folder, target="y")
    assert str(there.value) == f"{folder / 'inputs.npy'} can't be written: File exists. Choose another place."


def test_an_index_of_pandas_is_no_input(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "some.parquet"
    frame = pl.DataFrame(
        {"x": [1.0, 2.0, 3.0, 4.0], "y": [0.5, 1.5, 2.5, 3.5], "__index_level_0__": range(4)}
    )
    frame.write_parquet(path)
    line = f"{path}: __index_level_0__, which pandas makes of a table's index, is left out."
    assert pw.read_table(path).names == ("x", "y")
    assert caplog.messages == [line]
    table = prepare_parquet(path, tmp_path, target="y", validation_fraction=0)
    assert table.parts.training.inputs.shape == (4, 1)
    assert caplog.messages == [line, line]


@pytest.mark.parametrize("when", ["writing", "checking"])
def test_ctrl_c_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    folder, calls = path.parent / "prepared", []

    def interrupted(*given: Any) -> Any:
        calls.append(given)
        if when == "checking" or len(calls) == 3:
            raise KeyboardInterrupt
        return prepared(*given)

    prepared = pw.Preparation.__call__
    monkeypatch.setattr(parquet, "_SLICE", 400)
    if when == "writing":
        monkeypatch.setattr(pw.Preparation, "__call__", interrupted)
    else:
        monkeypatch.setattr(parquet, "Examples", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare_parquet(path, folder, target="y")
    assert calls
    assert not list(folder.iterdir())


def test_a_file_that_changes_meanwhile_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = pw.Preparation.fit

    def shorten(table: Any, **settings: Any) -> Any:
        _frame()[:2000].write_parquet(path)
        return fit(table, **settings)

    monkeypatch.setattr(pw.Preparation, "fit", shorten)
    monkeypatch.setattr(parquet, "_SLICE", 800)
    with pytest.raises(DataError) as error:
        prepare_parquet(path, path.parent / "prepared", target="y")
    assert str(error.value) == f"{path} has changed since it was opened. Prepare it again."
    assert not list(path.parent.glob("prepared/*"))


@pytest.mark.parametrize("damage", [0, 100, 2000, -40, -4])
def test_a_damaged_file_is_told(path: Path, damage: int) -> None:
    content = bytearray(path.read_bytes())
    content[damage : damage + 30 if damage >= 0 else None] = bytes(min(30, abs(damage) or 30))
    path.write_bytes(content)
    with pytest.raises(DataError):
        prepare_parquet(path, path.parent / "prepared", target="y")
    assert not list(path.parent.glob("prepared/*"))


@pytest.mark.usefixtures("_small_limits")
def test_memory_is_that_of_a_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_SLICE", 40_000)
    monkeypatch.setattr(parquet, "_SAMPLE", 40_000)
    stream = np.random.default_rng(0)
    columns = {f"x{place}": stream.normal(size=200_000) for place in range(19)}
    pl.DataFrame({**columns, "y": stream.normal(size=200_000)}).write_parquet(tmp_path / "some.parquet")
    del columns
    tracemalloc.start()
    try:
        prepare_parquet(tmp_path / "some.parquet", tmp_path, target="y")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 200_000 < (tmp_path / "inputs.npy").stat().st_size
