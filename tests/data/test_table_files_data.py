"""Data sets of tables in files: what the target means, and which rows are for the test."""

import datetime
import pickle
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import IntArray
from plainweave.data import Loaded, Source, Table, TableFile, load_table
from refusals import refused

pl = pytest.importorskip("polars")
ROWS = 50


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose column "row" tells each row from the others."""
    rows = range(ROWS)
    frame = {
        "row": rows,
        "size": [row / 7 for row in rows],
        "colour": ["red" if row % 3 else "blue" for row in rows],
        "kind": ["common" if row % 5 else "rare" for row in rows],
        "many": [f"{row % 10}" for row in rows],
        "day": [datetime.date(2019, 1, 1) + datetime.timedelta(days=7 * row % 50) for row in rows],
        "yes": [row % 2 == 0 for row in rows],
        "whole": [row % 3 * 5 for row in rows],
    }
    pl.DataFrame(frame).write_csv(tmp_path / "things.v1.csv")
    return tmp_path / "things.v1.csv"


def rows(examples: pw.Examples) -> list[int]:
    assert isinstance(examples.inputs, Table)
    row: IntArray = examples.inputs.column("row").values.astype(int)
    return row.tolist()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said, but that "row" counts the rows."""
    return [message for message in caplog.messages if "'row' rises from each row" not in message]


def test_a_share_of_each_class_is_for_the_test(path: Path) -> None:
    dataset = load_table(path, target="kind", ignore=["day"])
    assert (dataset.name, dataset.target_name, dataset.class_names) == ("things", "kind", ("common", "rare"))
    assert np.bincount(dataset.test.labels).tolist() == [8, 2]
    assert sorted(rows(dataset.train) + rows(dataset.test)) == list(range(ROWS))
    assert rows(dataset.test) == sorted(rows(dataset.test))
    assert dataset.train.inputs.names == ("row", "size", "colour", "many", "yes", "whole")  # type: ignore[attr-defined]
    for part in (dataset.train, dataset.test):
        assert part.labels.tolist() == [int(row % 5 == 0) for row in rows(part)]


def test_the_seed_decides_which(path: Path) -> None:
    sets = [rows(load_table(path, target="kind", seed=seed).test) for seed in (0, 0, 1)]
    assert sets[0] == sets[1] != sets[2]
    unstratified = load_table(path, target="kind", stratify=False, seed=1)
    assert rows(unstratified.test) == rows(load_table(path, target="size", seed=1).test) != sets[2]


def test_the_last_rows_in_time_are_for_the_test(path: Path) -> None:
    dataset = load_table(path, target="kind", by="time:day", test=0.1)
    assert sorted(7 * row % 50 for row in rows(dataset.test)) == [45, 46, 47, 48, 49]
    assert "day" not in dataset.train.inputs.names  # type: ignore[attr-defined]
    parquet = path.with_suffix(".parquet")
    pl.read_csv(path, try_parse_dates=True).write_parquet(parquet)
    assert rows(load_table(parquet, target="kind", by="time:day", test=0.1).test) == rows(dataset.test)
    # rows of one time are not parted
    ties = load_table(path, target="kind", by="time:whole", test=0.1)
    assert rows(ties.test) == [row for row in range(ROWS) if row % 3 == 2]


def test_no_group_is_in_two_parts(path: Path) -> None:
    dataset = load_table(path, target="kind", by="group:many")
    assert dataset.validation is not None
    parts = (dataset.train, dataset.validation, dataset.test)
    groups = [{row % 10 for row in rows(part)} for part in parts]
    assert [len(some) for some in groups] == [6, 2, 2]
    assert set.union(*groups) == set(range(10))
    assert sum(map(len, parts)) == ROWS
    assert "many" not in dataset.train.inputs.names  # type: ignore[attr-defined]
    others = load_table(path, target="kind", by="group:many", seed=1)
    assert others.validation is not None
    assert groups[1:] != [{row % 10 for row in rows(part)} for part in (others.validation, others.test)]


def test_the_best_epoch_is_chosen_by_the_last_rows_before_those_of_the_test(path: Path) -> None:
    dataset = load_table(path, target="size", by="time:day", test=0.1)
    assert dataset.validation is not None
    days = [sorted(7 * row % 50 for row in rows(part)) for part in (dataset.validation, dataset.test)]
    assert days == [list(range(36, 45)), list(range(45, 50))]
    parts = [dataset.split(seed=seed) for seed in (0, 1)]  # which seeds of runs do not change
    assert len(parts[0].training) == len(dataset.train) == 36
    assert [len(some.validation or ()) for some in parts] == [9, 9]
    assert np.array_equal(parts[0].training.targets, parts[1].training.targets)


def test_the_validation_part_beside_a_test_file(path: Path) -> None:
    test = path.with_name("test.csv")
    test.write_text("row,kind\n99,common\n")
    ignore = ["size", "colour", "day", "yes", "whole"]
    dataset = load_table(path, target="kind", test=test, by="group:many", ignore=ignore)
    assert dataset.validation is not None
    groups = {row % 10 for row in rows(dataset.validation)}
    assert (len(groups), rows(dataset.test)) == (2, [99])
    assert not groups & {row % 10 for row in rows(dataset.train)}
    assert load_table(path, target="kind", test=test, ignore=[*ignore, "many"]).validation is None


@pytest.mark.parametrize(
    ("values", "times"),
    [
        ([row % 4 for row in range(20)], True),
        ([row / 4 for row in range(20)], True),
        ([datetime.datetime(2019, 1, 1 + row, 12) for row in range(20)], True),
        ([datetime.time(row) for row in range(20)], True),
        (pl.Series(["b", "a", "c", "d"] * 5, dtype=pl.Categorical), False),
        ([b"x", b"y", b"z", b""] * 5, False),
    ],
)
def test_times_and_groups_of_many_types(tmp_path: Path, values: object, times: bool) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"by": values, "row": range(20), "y": ["a", "b"] * 10}).write_parquet(path)
    given = pl.read_parquet(path)["by"].to_list()

    def parts(by: str) -> list[list[object]]:
        """Return the times or groups of the training and of the test rows."""
        dataset = load_table(path, target="y", by=by)
        return [[given[row] for row in rows(part)] for part in (dataset.train, dataset.test)]

    train, test = parts("group:by")
    assert not set(train) & set(test)
    if times:
        train, test = parts("time:by")
        assert max(train) < min(test)  # type: ignore[type-var, operator]
    else:
        assert refused(lambda: parts("time:by")).endswith(
            "; expected numbers or dates, to order rows by. Say by = 'random', or another column."
        )


def test_a_time_that_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"when": [1.0, float("nan"), 3.0], "row": [1, 2, 3], "y": ["a", "b", "a"]}).write_parquet(
        path
    )
    assert refused(lambda: load_table(path, target="y", by="time:when")) == (
        f"{path}: column 'when' has no value in 1 rows; expected one in each, to part rows by. Fill them in, "
        "or take those rows out."
    )


def test_what_the_target_means(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for target, names in {"yes": ("false", "true"), "colour": ("blue", "red"), "size": (), "row": ()}.items():
        assert load_table(path, target=target).class_names == names
    assert told(caplog) == []
    dataset = load_table(path, target="whole")
    assert dataset.class_names == ("0", "5", "10")
    assert told(caplog) == [
        f"{path}: the target 'whole' has 3 different whole numbers, 0 to 10, which are taken for classes. "
        'Say --task numbers, or task = "numbers", to predict it as a number.'
    ]
    assert dataset.test.labels.tolist() == [row % 3 for row in rows(dataset.test)]
    numbers = load_table(path, target="whole", task="numbers")
    assert numbers.class_names == ()
    assert numbers.test.targets.tolist() == [row % 3 * 5 for row in rows(numbers.test)]
    assert (
        len(load_table(path, target="size", ignore=["row"], task="classes", stratify=False).class_names)
        == ROWS
    )
    assert load_table(path, target="whole", categories=["whole"]).class_names == ("0", "10", "5")
    assert len(told(caplog)) == 1


def test_rows_without_a_target_are_left_out(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = path.read_text().replace(",rare,", ",,").replace(",common,", ",c,", 3)
    path.write_text(text)
    dataset = load_table(path, target="kind")
    assert len(dataset.train) + len(dataset.test) == 40
    assert all(row % 5 for row in rows(dataset.train) + rows(dataset.test))
    assert told(caplog) == [f"{path}: 10 of 50 rows have no value of 'kind', and are left out."]


def test_a_test_file_of_ones_own(path: Path) -> None:
    test = path.with_name("test.tsv")
    lines = [
        "whole\tkind\tmany\tyes\tcolour\tsize\trow\tday\tmore",
        "0\trare\t7\ttrue\tgreen\t0.5\t99\t2020-01-01\tx",
    ]
    test.write_text("\n".join(lines))
    path.write_text(
        path.read_text().replace(",0,2019", ",zero,2019")
    )  # a text, where the test file has digits
    dataset = load_table(path, target="kind", test=test)
    assert len(dataset.train) == ROWS
    assert rows(dataset.test) == [99]
    assert dataset.test.labels.tolist() == [1]
    assert dataset.test.inputs.column("many").levels == ("7",)  # type: ignore[attr-defined]
    assert dataset.test.inputs.column("colour").levels == ("green",)  # type: ignore[attr-defined]


def test_test_files_that_do_not_fit(path: Path) -> None:
    test = path.with_name("test.csv")
    test.write_text("row,kind\n1,common\n")

    def load() -> pw.Dataset:
        return load_table(
            path, target="kind", test=test, ignore=["size", "colour", "many", "day", "yes", "whole"]
        )

    assert rows(load().test) == [1]
    test.write_text("rows,kind\n1,common\n")
    assert (
        refused(load) == f"{test} has no column 'row'; expected one of 'rows', 'kind'. Did you mean 'rows'?"
    )
    test.write_text("row,kind\n1,odd\n")
    assert refused(load) == (
        f"{test}: the target 'kind' is 'odd' in a row; expected a class of {path}: 'common', 'rare'."
    )
    test.write_text("row,kind\none,common\n")
    assert refused(load) == (
        "things: column 'row' of test examples has categories; expected numbers, as training examples have."
    )
    test.write_text("row,kind\n1,\n")
    assert refused(load) == f"{test}: the target 'kind' is missing in all rows. Choose another target."
    test.write_text("row,size\n1,x\n")
    assert refused(lambda: load_table(path, target="size", test=test, ignore=["day"])) == (
        f"{test} has no column 'colour'; expected one of 'row', 'size'."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"target": "knid"},
            "{path} has no column 'knid'; expected one of 'row', 'size', 'colour', 'kind', 'many', 'day', "
            "'yes', 'whole'. Did you mean 'kind'?",
        ),
        (
            {"target": "kind", "ignore": ["clour"]},
            "{path} has no column 'clour'; expected one of 'row', 'size', 'colour', 'kind', 'many', 'day', "
            "'yes', 'whole'. Did you mean 'colour'?",
        ),
        (
            {"target": "kind", "task": "numbers"},
            "{path}: the target 'kind' has categories, as 'common'; expected numbers. Predict classes, with "
            'task = "classes", or choose another target.',
        ),
        (
            {"target": "kind", "by": "time:colour"},
            "{path}: column 'colour' has 'blue'; expected numbers, or dates as 2019-03-14, to order rows by. "
            "Write them so, or say by = 'random'.",
        ),
        (
            {"target": "kind", "test": 0.001},
            "test is 0.001 of 50 rows; expected at least 1 row for the test and 1 to train on. "
            "Give more rows, or another share.",
        ),
        (
            {"target": "kind", "by": "time:day", "test": 0.999},
            "test is 0.999 of 50 rows, by the 50 different values of 'day'; expected at least 1 row for "
            "the test and 1 to train on. Name a column of at least 3 different values, for training, "
            "validation and test.",
        ),
        ({"target": "kind", "test": 1}, "test is 1; expected a number above 0 and below 1."),
        (
            {"target": "kind", "by": "group:"},
            "by is 'group:'; expected 'random', or 'time:COLUMN' or 'group:COLUMN' with the name of a "
            "column.",
        ),
        (
            {"target": "kind", "by": "group:kind"},
            "target is 'kind', which ignore or by names too; expected another column. Leave it out there.",
        ),
        ({"target": ""}, "target is ''; expected the name of a column."),
        (
            {"target": "kind", "ignore": "day"},
            "ignore is 'day'; expected the names of columns, as in ['id', 'date'].",
        ),
        (
            {"target": "kind", "task": "class"},
            "task is 'class'; expected one of auto, classes, numbers. Did you mean 'classes'?",
        ),
    ],
)
def test_refusals(path: Path, given: dict[str, object], message: str) -> None:
    assert refused(lambda: load_table(path, **given)) == message.replace("{path}", str(path))  # type: ignore[arg-type]


def test_targets_that_teach_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n" + "1,x,1\n" * 9)
    assert refused(lambda: load_table(path, target="b")) == (
        f"{path}: the target 'b' has 1 different values; expected 2 to 1,000 classes. Choose another target."
    )
    assert refused(lambda: load_table(path, target="a", ignore=["b", "c"])) == (
        f"{path}: no column is left for inputs; expected one beside 'a'."
    )
    assert refused(lambda: load_table(path, target="a", task="numbers", by="group:b")) == (
        "test is 0.2 of 9 rows, by the 1 different value of 'b'; expected at least 1 row for the test and 1 "
        "to train on. Name a column of at least 3 different values, for training, validation and test."
    )
    path.write_text("a,b,c\n1,x,7\n2,x,8\n3,y,9\n")
    assert refused(lambda: load_table(path, target="c", task="numbers", by="group:b", test=0.5)) == (
        "validation is 0.2 of 2 rows, by the 1 different value of 'b'; expected at least 1 row for "
        "validation and 1 to train on. Name a column of at least 3 different values, for training, "
        "validation and test."
    )
    assert len(load_table(path, target="c", task="numbers", by="time:a", test=0.3).train) == 1
    path.write_text("a,b,c\n1,x,\n2,y,u\n3,x,v\n")
    assert refused(lambda: load_table(path, target="b", by="group:c")) == (
        f"{path}: column 'c' has no value in 1 rows; expected one in each, to part rows by. Fill them in, "
        "or take those rows out."
    )
    monkeypatch.setattr("plainweave.data.table_files.targets.MOST_CLASSES", 2)
    assert refused(lambda: load_table(path, target="a", task="classes")) == (
        f"{path}: the target 'a' has 3 different values; expected 2 to 2 classes. Choose another target."
    )


def test_a_table_file_is_a_source(path: Path) -> None:
    source = TableFile(path, "kind", by="group:many")
    assert isinstance(source, Source)
    assert pickle.loads(pickle.dumps(source)) == source
    assert source.load().fingerprint == source.load().fingerprint
    loaded = pickle.loads(pickle.dumps(Loaded(source)))
    path.write_text(path.read_text().replace("red", "Red"))
    assert "has changed since it was loaded" in refused(loaded.load)


def test_formats_give_the_same_data_set(path: Path) -> None:
    frame = pl.read_csv(path)
    for suffix, write in {"parquet": frame.write_parquet, "feather": frame.write_ipc}.items():
        write(path.with_suffix(f".{suffix}"))
    prints = set()
    for suffix in ("csv", "parquet", "feather"):  # of true and false the texts are others in CSV
        dataset = load_table(path.with_suffix(f".{suffix}"), target="kind", ignore=["yes"])
        prints.add(dataset.fingerprint)
    assert len(prints) == 1


def test_inputs_of_nearly_as_many_texts_as_rows_are_said_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.csv"
    lines = [f"2020-{row:04},{row % 50}.a,{'yn'[row % 2]}" for row in range(110)]
    path.write_text("\n".join(["when,kind,y", *lines]))
    load_table(path, target="y", stratify=False)
    assert caplog.messages == [
        f"{path}: 'when' has 110 different texts in 110 rows, as '2020-0000'. Each becomes a feature, of "
        "which little can be learned. Leave the column out by ignore, or put texts of few rows together "
        "by rare."
    ]
    caplog.clear()
    load_table(path, target="y", ignore=["when"])
    assert caplog.messages == []
    large = "\n".join(["kind,y", *(f"k{row % 1001},{'yn'[row % 2]}" for row in range(4004))])
    path.write_text(large)
    load_table(path, target="y")
    assert caplog.messages[0].startswith(f"{path}: 'kind' has 1,001 different texts in 4,004 rows, as 'k0'.")


def test_a_frame_is_loaded_as_its_file_is(path: Path) -> None:
    frame = pl.read_csv(path, try_parse_dates=True)
    parquet = path.with_suffix(".parquet")
    frame.write_parquet(parquet)
    for settings in ({}, {"by": "time:day"}, {"by": "group:many"}, {"task": "classes", "target": "whole"}):
        given = {"target": "kind", "ignore": () if "by" in settings else ("day",), **settings}
        if settings == {"by": "group:many"}:
            given["ignore"] = ("day",)
        of_frame, of_file = load_table(frame, **given), load_table(parquet, **given)  # type: ignore[arg-type]
        assert of_frame.fingerprint == of_file.fingerprint
        assert (of_frame.name, of_frame.class_names) == ("table", of_file.class_names)
    assert refused(lambda: load_table(frame, target="kind", header=True)) == (
        "header is True and the table is a data frame; expected a CSV file for it. Leave header out."
    )
    assert refused(lambda: load_table(frame, target="knid")).startswith("the table has no column 'knid'; ")


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["2020-01-01T10:00:00+02:00", "2020-01-01T09:00:00+00:00"], "several zones"),
        (["2020-01-01T10:00", "2020-01-01 09:00"], "several ways"),
        (["2020-13-01", "2020-01-01"], "has '2020-13-01'; expected numbers, or dates as 2019-03-14"),
        (["2020-01-01 foo", "2020-01-01"], "has '2020-01-01 foo'; expected numbers, or dates"),
    ],
)
def test_texts_whose_order_is_not_that_in_time(tmp_path: Path, times: list[str], message: str) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"t": times * 10, "x": range(20), "y": ["a", "b"] * 10}).write_parquet(path)
    assert message in refused(lambda: load_table(path, target="y", by="time:t"))


def test_times_of_one_zone_are_ordered_as_text(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    times = [f"2020-01-{row + 1:02}T10:00:00.5+02:00" for row in range(20)]
    pl.DataFrame({"t": times, "row": range(20), "y": ["a", "b"] * 10}).write_parquet(path)
    assert rows(load_table(path, target="y", by="time:t").test) == [16, 17, 18, 19]
