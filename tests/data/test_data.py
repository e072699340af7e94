import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import STANDARDIZATIONS
from plainweave.data.folder import load_folder
from refusals import refused

FITTED = [kind for kind in STANDARDIZATIONS if kind != "none"]


def test_the_split_is_80_20_random_and_a_function_of_the_seed(digits: pw.Dataset) -> None:
    first, again, other = (pw.split(digits.train, seed=seed) for seed in (1, 1, 2))
    assert first.validation is not None
    assert (len(first.training), len(first.validation)) == (1150, 287)
    np.testing.assert_array_equal(first.validation_rows, again.validation_rows)
    assert not np.array_equal(first.validation_rows, other.validation_rows)
    np.testing.assert_array_equal(first.validation.inputs, digits.train.inputs[first.validation_rows])
    rest = np.setdiff1d(np.arange(len(digits.train)), first.validation_rows)
    np.testing.assert_array_equal(first.training.inputs, digits.train.inputs[rest])
    np.testing.assert_array_equal(first.training.labels, digits.train.labels[rest])


@pytest.mark.parametrize("fraction", [1, -0.1, float("nan"), "half", True])
def test_a_fraction_out_of_range_is_refused(digits: pw.Dataset, fraction: float) -> None:
    assert refused(lambda: pw.split(digits.train, validation_fraction=fraction)) == (
        f"validation_fraction is {fraction!r}; expected a number of at least 0 and below 1."
    )


def test_a_split_that_leaves_a_part_empty_is_refused(digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError, match="expected at least 1 example for validation"):
        pw.split(digits.train[np.arange(2)], validation_fraction=0.1)


@pytest.mark.parametrize("kind", FITTED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standardized_inputs_have_mean_0_and_variance_1(kind: str, dtype: type, digits: pw.Dataset) -> None:
    standardizer = pw.Standardizer.fit(kind, digits.train.inputs)
    x = standardizer(digits.train.inputs, dtype)
    assert x.dtype == dtype
    axis = {"all-pixels": None, "per-pixel": 0, "per-image": 1}[kind]
    varies = np.ptp(digits.train.inputs, axis=axis) > 0
    np.testing.assert_allclose(x.mean(axis=axis, dtype=float), 0, atol=2e-6)
    np.testing.assert_allclose(x.std(axis=axis, dtype=float)[varies], 1, rtol=2e-6)


def test_it_is_fitted_on_the_training_part_alone(digits: pw.Dataset) -> None:
    standardizer = pw.split(digits.train, seed=3).standardizer
    rest = np.setdiff1d(np.arange(len(digits.train)), pw.split(digits.train, seed=3).validation_rows)
    training = digits.train.inputs[rest].astype(float)
    np.testing.assert_allclose(1 / standardizer.scale, training.std())
    np.testing.assert_allclose(standardizer.shift / standardizer.scale, training.mean())


@pytest.mark.parametrize("kind", FITTED)
@pytest.mark.parametrize("value", [0, 7, 0.1])
def test_inputs_that_never_vary_become_0(kind: str, value: float) -> None:
    inputs = np.full((10_000, 3), value)
    x = pw.Standardizer.fit(kind, inputs)(inputs)
    np.testing.assert_allclose(x, 0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.1, 250, 1e9, 1e9 / 3, 1e15, -7e14])
def test_an_image_of_one_brightness_becomes_exactly_0(value: float, dtype: type) -> None:
    images = np.random.default_rng(0).normal(size=(3, 784))
    images[1] = value
    x = pw.Standardizer.fit("per-image", images)(images, dtype)
    np.testing.assert_array_equal(x[1], 0)
    np.testing.assert_allclose(x[[0, 2]].std(axis=-1), 1, rtol=1e-6)


def test_an_image_that_varies_by_the_rounding_of_its_own_precision_is_only_centred() -> None:
    noise = np.random.default_rng(0).integers(-1, 2, (2, 100)) * np.finfo(np.float32).eps
    x = pw.Standardizer.fit("per-image", noise)((1 + noise).astype(np.float32))
    assert abs(x).max() < 1e-6
    x = pw.Standardizer.fit("per-image", noise)(1 + noise)  # float64 holds such numbers
    np.testing.assert_allclose(x.std(axis=-1), 1, rtol=1e-6)


def test_whole_numbers_that_differ_by_1_are_told_apart() -> None:
    for mean in (2**25, 10**9, 10**13):
        raw = mean + np.array([[0], [1]] * 8)
        x = pw.Standardizer.fit("per-pixel", raw)(raw)
        assert x[1] - x[0] == pytest.approx(1 if mean == 10**13 else 2)


def test_standardizing_leaves_what_it_is_given_alone() -> None:
    for kind in STANDARDIZATIONS:
        raw = 1e6 + np.random.default_rng(0).normal(size=(20, 3))
        before = raw.copy()
        pw.Standardizer.fit(kind, raw)(raw, np.float64)
        np.testing.assert_array_equal(raw, before)


def test_a_feature_that_varies_by_too_little_for_float32_is_refused() -> None:
    inputs = np.random.default_rng(0).normal(size=(25, 4)) * [1, 1, 1e-20, 1]
    with pytest.raises(pw.DataError) as error:
        pw.Standardizer.fit("per-pixel", inputs)
    assert str(error.value) == (
        f"the standard deviation of feature 2 is {inputs[:, 2].std():g}; expected 0, or at least 1e-15. "
        "Multiply the inputs by a constant, or leave the feature out."
    )
    pw.Standardizer.fit("all-pixels", inputs)  # does not divide by it


@pytest.mark.parametrize("kind", ["all-pixels", "per-pixel"])
@pytest.mark.parametrize("value", [0.1, 1e9 / 3])
def test_what_is_constant_is_told_from_what_varies_whatever_the_rounding(kind: str, value: float) -> None:
    """The mean of many equal numbers is off by rounding; that must not be taken for a deviation."""
    standardizer = pw.Standardizer.fit(kind, np.full((20_000, 2), value))
    np.testing.assert_allclose(standardizer(np.full((1, 2), 2 * value), np.float64), value, rtol=1e-9)


def test_an_unknown_standardization_is_refused(digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.split(digits.train, standardize="per-pixle")
    assert str(error.value) == (
        "standardize is 'per-pixle'; expected one of all-pixels, per-pixel, per-image, none. "
        "Did you mean 'per-pixel'?"
    )


def test_another_number_of_features_is_refused(digits: pw.Dataset) -> None:
    standardizer = pw.Standardizer.fit("per-pixel", digits.train.inputs)
    with pytest.raises(pw.ShapeError, match=r"inputs have shape \(2, 63\); expected \(batch, 64\)"):
        standardizer(np.zeros((2, 63)))


def test_one_example_of_each_class(digits: pw.Dataset) -> None:
    examples = digits.one_per_class()
    assert examples.labels.tolist() == list(range(10))
    first_three = np.flatnonzero(digits.train.labels == 3)[0]
    np.testing.assert_array_equal(examples.inputs[3], digits.train.inputs[first_three])


def test_a_class_without_examples_is_named(digits: pw.Dataset) -> None:
    rows = np.flatnonzero(digits.train.labels != 4)
    without = pw.Dataset("d", digits.train[rows], digits.test, digits.class_names)
    with pytest.raises(pw.DataError, match=r"class 4 \(4\) has no training example"):
        without.one_per_class()


def test_a_folder_of_ones_own(idx_folder: Path) -> None:
    dataset = pw.load_dataset(str(idx_folder))
    assert (dataset.name, dataset.features, dataset.image_shape) == ("mine", 12, (4, 3))
    assert dataset.class_names == ("0", "1", "2")
    (idx_folder / "classes.txt").write_text("coat\nbag\nshoe\n\n")
    assert pw.load_dataset(idx_folder).class_names == ("coat", "bag", "shoe")


@pytest.mark.parametrize("name", ["fashion-mnist", "Fashion-MNIST", "digits"])
def test_other_data_in_a_folder_called_as_a_named_data_set_does_not_go_by_its_name(
    idx_folder: Path, name: str
) -> None:
    assert pw.load_dataset(idx_folder.rename(idx_folder.with_name(name))).name == f"folder {name}"


def replace_file(folder: Path, name: str, array: np.ndarray) -> None:
    pw.write_idx(next(folder.glob(name)), array)


def folder_refused(folder: Path) -> str:
    return refused(lambda: pw.load_dataset(folder))


def test_bad_folders_are_refused(idx_folder: Path, tmp_path: Path) -> None:
    labels = (np.arange(60) % 3).astype(np.uint8)
    replace_file(idx_folder, "train-labels*", labels[:59])
    assert folder_refused(idx_folder) == (
        f"{idx_folder}/train-images-idx3-ubyte.gz holds 60 images and train-labels-idx1-ubyte 59 labels; "
        "expected as many labels as images."
    )
    labels[7] = 10
    replace_file(idx_folder, "train-labels*", labels)
    assert folder_refused(idx_folder) == (
        f"{idx_folder}: training example 7 has the label 10; expected 0 to 9, or every "
        "number from 0 or 1 on. For other classes put classes.txt there, with one class name a line."
    )
    labels[7] = 1
    replace_file(idx_folder, "train-labels*", labels)
    replace_file(idx_folder, "t10k-labels*", np.full(20, 3, np.uint8))
    assert folder_refused(idx_folder) == "mine: test example 0 has the label 3; expected 0 to 2 (3 classes)."
    replace_file(idx_folder, "t10k-labels*", np.zeros(20, np.uint8))
    replace_file(idx_folder, "t10k-images*", np.zeros((20, 3, 4), np.uint8))
    assert "training images have shape (4, 3) and test images (3, 4)" in folder_refused(idx_folder)
    replace_file(idx_folder, "t10k-images*", np.zeros((0, 4, 3), np.uint8))
    replace_file(idx_folder, "t10k-labels*", np.zeros(0, np.uint8))
    assert folder_refused(idx_folder) == "mine: there are no test examples; expected at least 1."
    empty = tmp_path / "empty"
    empty.mkdir()
    assert folder_refused(empty) == f"{empty} holds no file; expected one file train-images-idx*."


def relabel(folder: Path, train: np.ndarray, test: np.ndarray, names: int | str | None) -> None:
    """Give both parts other labels, and classes.txt so many names."""
    replace_file(folder, "train-labels*", np.resize(train, 60))
    replace_file(folder, "t10k-labels*", np.resize(test, 20))
    if names is not None:
        lines = "\n".join(f"letter {i}" for i in range(names)) if isinstance(names, int) else names
        (folder / "classes.txt").write_text(lines)


@pytest.mark.parametrize(
    ("train", "test"), [(range(1, 27), range(1, 5)), (range(1, 26), [26, 4]), ([26, 2], [1]), ([1], [26])]
)
def test_labels_from_1_to_the_number_of_names_count_from_1(
    idx_folder: Path, train: Sequence[int], test: Sequence[int]
) -> None:
    """As in EMNIST's letters: the first name is label 1's, in both parts, whichever labels these hold."""
    relabel(idx_folder, np.array(train), np.array(test), 26)
    dataset = pw.load_dataset(idx_folder)
    assert (len(dataset.class_names), dataset.class_names[0]) == (26, "letter 0")
    np.testing.assert_array_equal(dataset.train.labels, np.resize(train, 60) - 1)
    np.testing.assert_array_equal(dataset.test.labels, np.resize(test, 20) - 1)
    assert dataset.train.labels.dtype == np.uint8


@pytest.mark.parametrize(
    ("train", "test", "names"),
    [
        (range(1, 10), range(1, 10), 10),  # digits without a 0
        (range(1, 10), range(1, 10), None),
        (range(1, 26), range(26), 26),  # a 0 in the test part alone
        (range(26), range(1, 26), 26),
        (range(2, 26), range(2, 26), 26),
        ([1], [1], 2),
    ],
)
def test_labels_that_can_count_from_0_do(
    idx_folder: Path, train: Sequence[int], test: Sequence[int], names: int | None
) -> None:
    relabel(idx_folder, np.array(train), np.array(test), names)
    dataset = pw.load_dataset(idx_folder)
    np.testing.assert_array_equal(dataset.train.labels, np.resize(train, 60))
    np.testing.assert_array_equal(dataset.test.labels, np.resize(test, 20))
    assert len(dataset.class_names) == (names or 10)


@pytest.mark.parametrize(
    ("train", "test", "names", "where", "label"),
    [
        (range(27), range(5), 26, "training example 26", 26),  # from 0 and one too many
        (range(2, 27), range(2, 27), 26, "training example 24", 26),  # begins at 2
        (range(1, 28), range(5), 26, "training example 25", 26),
        (range(1, 27), range(27), 26, "training example 25", 26),
        (range(26), [26], 26, "test example 0", 26),
        ([-1, 1], [0], 2, "training example 0", -1),
    ],
)
def test_labels_without_a_name_are_refused_with_what_names_which(
    idx_folder: Path, train: Sequence[int], test: Sequence[int], names: int, where: str, label: int
) -> None:
    relabel(idx_folder, np.array(train), np.array(test), names)
    assert folder_refused(idx_folder) == (
        f"{idx_folder}: {where} has the label {label}; expected 0 to {names - 1}, for classes.txt has "
        f"{names} names. Labels count from 0 and the first line names 0; or all go from 1 to {names} and it "
        "names 1."
    )


@pytest.mark.parametrize(
    ("names", "line"),
    [("\na\nb\nc", 1), ("a\n \nb\nc", 2), ("a\r\n\r\nb", 2), ("", 1), ("\ufeff\na\nb\nc", 1)],
)
def test_a_blank_line_among_the_names_is_not_passed_over(idx_folder: Path, names: str, line: int) -> None:
    (idx_folder / "classes.txt").write_text(names, newline="", encoding="utf-8")
    assert folder_refused(idx_folder) == (
        f"{idx_folder}/classes.txt: line {line} is blank; expected a class name, for line 1 names the first "
        "class, line 2 the second. Write the name, or remove the line."
    )


@pytest.mark.parametrize("names", ["a\nb\nc", "\ufeffa\r\nb \r\n c\r\n\r\n", "a\rb\rc\r"])
def test_names_are_read_whatever_ends_their_lines(idx_folder: Path, names: str) -> None:
    (idx_folder / "classes.txt").write_text(names, newline="", encoding="utf-8")
    assert pw.load_dataset(idx_folder).class_names == ("a", "b", "c")


def test_a_file_may_be_there_both_packed_and_plain(idx_folder: Path) -> None:
    before = pw.load_dataset(idx_folder).fingerprint
    for packed in idx_folder.glob("*.gz"):
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    assert pw.load_dataset(idx_folder).fingerprint == before
    images = pw.read_idx(idx_folder / "train-images-idx3-ubyte")
    images[3, 2, 1] ^= 1
    pw.write_idx(idx_folder / "train-images-idx3-ubyte", images)
    assert folder_refused(idx_folder) == (
        f"{idx_folder} holds train-images-idx3-ubyte and train-images-idx3-ubyte.gz, and they differ; "
        "expected one of them, or the same in both. Remove one."
    )
    pw.write_idx(idx_folder / "train-images-idx3-ubyte", images.reshape(60, 12))
    assert "and they differ" in folder_refused(idx_folder)


def test_names_with_a_dot_are_found(idx_folder: Path) -> None:
    before = pw.load_dataset(idx_folder).fingerprint
    for file in idx_folder.iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert pw.load_dataset(idx_folder).fingerprint == before


def test_other_files_of_one_kind_are_not_guessed_between(idx_folder: Path) -> None:
    pw.write_idx(idx_folder / "test-images-idx3-ubyte", np.zeros((20, 4, 3), np.uint8))
    assert folder_refused(idx_folder) == (
        f"{idx_folder} holds t10k-images-idx3-ubyte.gz and test-images-idx3-ubyte; expected one file "
        "t10k-images-idx* or test-images-idx*."
    )


def test_a_folder_that_is_gone_or_is_none_is_refused(idx_folder: Path) -> None:
    file = idx_folder / "train-labels-idx1-ubyte"
    for path in (file, idx_folder / "gone", file / "deeper"):
        assert folder_refused(path) == (
            f"data is '{path}'; expected fashion-mnist or digits, or a folder of IDX files, pictures or "
            "arrays, or an .npz file."
        )
        with pytest.raises(pw.DataError) as error:
            load_folder(path)
        assert str(error.value) == f"{path} is not a folder. Give one that holds the four IDX files."


def test_a_float_that_is_no_number_is_refused(idx_folder: Path) -> None:
    (idx_folder / "train-images-idx3-ubyte.gz").unlink()
    images = np.ones((60, 12), np.float32)
    images[3, 3] = np.nan
    pw.write_idx(idx_folder / "train-images-idx2-float", images)
    pw.write_idx(idx_folder / "test-images-idx2-float", np.ones((20, 12), np.float32))
    (idx_folder / "t10k-images-idx3-ubyte.gz").unlink()
    (idx_folder / "t10k-labels-idx1-ubyte").rename(idx_folder / "test-labels-idx1-ubyte")
    assert folder_refused(idx_folder) == (
        f"{idx_folder}, training part: inputs: example 3 has nan as its feature 3; expected finite numbers. "
        "Leave that example out, or fill in a number."
    )


def test_a_name_may_be_a_path_where_no_folder_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pw.load_dataset(Path("digits")).fingerprint == digits.fingerprint
    Path("digits").mkdir()
    with pytest.raises(pw.DataError, match="holds no file"):
        pw.load_dataset(Path("digits"))


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.DataError) as error:
        pw.load_dataset("fashion-mnits")
    assert str(error.value) == (
        "data is 'fashion-mnits'; expected fashion-mnist or digits, or a folder of IDX files, pictures or "
        "arrays, or an .npz file. Did you mean 'fashion-mnist'?"
    )


def test_classes_may_be_counted_in_another_order(digits: pw.Dataset) -> None:
    names = tuple("9876543210")
    turned = digits.in_order(names)
    assert turned.class_names == names
    np.testing.assert_array_equal(turned.train.labels, 9 - digits.train.labels)
    np.testing.assert_array_equal(turned.test.labels, 9 - digits.test.labels)
    assert turned.validation is None
    assert turned.in_order(digits.class_names).fingerprint == digits.fingerprint


@pytest.mark.parametrize("names", [tuple("012345678"), tuple("0123456788"), tuple("012345678x")])
def test_other_names_are_no_order_of_the_classes(digits: pw.Dataset, names: tuple[str, ...]) -> None:
    with pytest.raises(pw.DataError) as error:
        digits.in_order(names)
    assert str(error.value) == (
        f"digits: class_names are {names}; expected those of its classes, each once, in any order."
    )


def test_the_fingerprint_tells_data_apart(digits: pw.Dataset, idx_folder: Path) -> None:
    assert digits.fingerprint == pw.load_dataset("digits").fingerprint
    before = pw.load_dataset(idx_folder).fingerprint
    labels = (np.arange(60) % 3).astype(np.uint8)
    labels[0] = 1
    replace_file(idx_folder, "train-labels*", labels)
    assert pw.load_dataset(idx_folder).fingerprint != before
