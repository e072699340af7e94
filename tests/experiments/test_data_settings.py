"""Settings of data, in TOML and beside it."""

from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Folder, TableFile
from plainweave.data.source import Named, Pictures
from plainweave.experiments import DataSettings, read_data_settings, read_experiments

EXPERIMENT = '[[experiment]]\nid = "a"\n'


def toml(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text + EXPERIMENT)
    return path


def test_a_table_is_named_before_the_first_experiment(tmp_path: Path) -> None:
    (tmp_path / "adult.csv").write_text("a,income\n1,2\n")
    path = toml(
        tmp_path,
        'data = "adult.csv"\ntarget = "income"\nby = "time:year"\nignore = ["id"]\ntest_data = 0.3\n',
    )
    assert [experiment.id for experiment in read_experiments(path)] == ["a"]
    expected = TableFile(tmp_path / "adult.csv", "income", test=0.3, by="time:year", ignore=("id",))
    assert read_data_settings(path).source() == expected


def test_what_is_given_beside_the_file_counts_more(tmp_path: Path) -> None:
    said = DataSettings(data="adult.csv", target="income", ignore=("id",))
    assert said.updated(DataSettings(target="age")) == DataSettings("adult.csv", None, "age", ignore=("id",))
    assert said.updated(DataSettings(data="digits")) == DataSettings(data="digits")
    assert said.beside(tmp_path).data == str(tmp_path / "adult.csv")
    assert DataSettings(data="digits").beside(tmp_path).source() == Named("digits")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target = 3\n", "target is 3; expected a text."),
        ('task = "guess"\n', "task is 'guess'; expected one of auto, classes, numbers."),
        ("ignore = [1]\n", "ignore is [1]; expected the names of columns, as in ['id', 'date']."),
        ("test_data = true\n", "test_data is True; expected a file or a share, as in 0.2."),
    ],
)
def test_values_of_another_kind_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = toml(tmp_path, text)
    with pytest.raises(pw.ConfigurationError) as error:
        read_data_settings(path)
    assert str(error.value) == f"{path}: {message}"


def test_settings_of_other_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        DataSettings(data="digits", target="digit").source()
    assert str(error.value) == "target is no setting of named data, as digits is; leave it out."
    with pytest.raises(pw.ConfigurationError) as error:
        DataSettings(data=str(tmp_path), by="time:year").source()
    assert str(error.value) == f"by is no setting of folders, as {tmp_path} is; leave it out."


def test_folders_have_settings_of_their_own(tmp_path: Path) -> None:
    pictures = DataSettings(data=str(tmp_path), size="28x20", colour=False, test_data=0.3)
    assert pictures.source() == Pictures(tmp_path, (28, 20), False, 0.3)
    assert DataSettings(data=str(tmp_path), turned=True).source() == Folder(tmp_path, turned=True)
    with pytest.raises(pw.ConfigurationError) as error:
        DataSettings(data=str(tmp_path), size="28").source()
    assert str(error.value) == "size is '28'; expected rows and columns, as in 28x28."


def test_a_file_of_arrays_is_no_table(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", inputs=np.eye(20), targets=np.arange(20.0))
    assert DataSettings(data=str(tmp_path / "a.npz")).source().load().target_name == "target"


def test_a_table_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        DataSettings(data="nowhere/adult.xlsx", target="income").source()
    assert str(error.value) == ("nowhere/adult.xlsx is not there; expected a CSV, Parquet or Feather file.")
