"""What becomes of numbers: held to scikit-learn's transformers, and at the edges to values by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, RobustScaler, StandardScaler

from plainweave.arrays import FloatArray
from plainweave.data import NUMBERS, Column, Preparation, Table
from plainweave.data.tables.number_column import NumberColumn
from plainweave.errors import ConfigurationError, DataError
from refusals import refusal

NAN = np.nan
TABLES = {"breast cancer": load_breast_cancer, "diabetes": load_diabetes, "wine": load_wine}
THEIRS: dict[str, Any] = {
    "none": FunctionTransformer(),
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "normal": QuantileTransformer(n_quantiles=60, output_distribution="normal", subsample=None),
}
NUMBER = st.floats(-1e15, 1e15) | st.sampled_from([NAN, 0.0, 1.0, 1e-12, 1e15])


def prepared(fitted_to: list[float], then: list[float] | None = None, **settings: Any) -> list[list[float]]:
    preparation = Preparation.fit({"x": fitted_to}, **settings)
    features: list[list[float]] = preparation({"x": then or fitted_to}, np.float64).tolist()
    return features


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("name", TABLES)
def test_each_way_is_that_of_scikit_learn(numbers: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainweave.data.tables.number_column._LANDMARKS", 60)
    values = TABLES[name]().data
    training, validation = values[::2], values[1::2]
    names = [f"feature {number}" for number in range(values.shape[1])]
    preparation = Preparation.fit(dict(zip(names, training.T, strict=True)), numbers=numbers)
    ours = preparation(dict(zip(names, validation.T, strict=True)), np.float64)
    theirs = THEIRS[numbers].fit(training).transform(validation)
    if numbers == "robust":
        theirs = theirs / np.sqrt(1 + (theirs / 3) ** 2)
    if numbers == "normal":  # they take what is nearer than 1e-7 to the last landmark for beyond it
        inside = np.abs(validation - training.min(axis=0)) > 1e-7
        inside &= np.abs(validation - training.max(axis=0)) > 1e-7
        ours, theirs = ours[inside], theirs[inside]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_what_is_beyond_all_landmarks_is_the_quantile_of_one_in_ten_millions() -> None:
    ours = Preparation.fit({"x": [0.0, 1, 2, 3]}, numbers="normal")({"x": [-9.0, 0, 1.5, 3, 9]}, np.float64)
    theirs = QuantileTransformer(n_quantiles=4, output_distribution="normal").fit([[0.0], [1], [2], [3]])
    np.testing.assert_allclose(ours, theirs.transform([[-9.0], [0], [1.5], [3], [9]]), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_equal_numbers_are_constant_and_have_no_feature(numbers: str) -> None:
    table = {"x": [1.0, 2, 3], "same": [0.1, 0.1, 0.1], "rounded": [0.3, 0.1 + 0.2, 0.3], "large": [1e15] * 3}
    preparation = Preparation.fit(table, numbers=numbers)
    assert preparation.feature_names == ("x",)
    assert [became for _, _, became in preparation.describe()][1:] == ["left out, as constant"] * 3
    assert preparation({"x": [1.0]}).shape == (1, 1)  # what has no feature need not be there


def test_missing_numbers_are_the_median_and_are_told() -> None:
    fitted_to = [1.0, NAN, 3, 8]  # the mean is 4, and the variance (9 + 1 + 16) / 3
    deviation = (26 / 3) ** 0.5
    assert prepared(fitted_to) == [
        [-3 / deviation, 0],
        [-1 / deviation, 1],
        [-1 / deviation, 0],
        [4 / deviation, 0],
    ]
    assert Preparation.fit({"x": fitted_to}).feature_names == ("x", "x is missing")


def test_where_none_was_missing_one_is_the_median_later() -> None:
    assert prepared([1.0, 3, 8], [NAN, 3], numbers="none") == [[3], [3]]


def test_a_constant_with_holes_tells_where_they_are() -> None:
    preparation = Preparation.fit({"x": [5.0, NAN, 5]})
    assert preparation.feature_names == ("x is missing",)
    assert preparation({"x": [5.0, 7, NAN]}).tolist() == [[0], [0], [1]]
    assert preparation.describe() == [
        ("x", "numbers 5 to 5, 1 missing", "left out, as constant; 1 where missing")
    ]


def test_a_column_of_holes_alone_is_left_out() -> None:
    preparation = Preparation.fit({"x": [1.0, 2], "empty": [None, NAN]})
    assert preparation.describe()[1] == ("empty", "nothing, 2 missing", "left out")
    assert preparation({"x": [1.0], "empty": [3.0]}).tolist() == [[-1]]


def test_missing_numbers_can_be_refused() -> None:
    advice = "expected one in each, as missing='refuse' was set. Fill them in, or leave these rows out."
    message = f"column 'x' has no number in 1 of 2 rows; {advice}"
    assert refusal(lambda: Preparation.fit({"x": [1.0, NAN]}, missing="refuse")) == message
    preparation = Preparation.fit({"x": [1.0, 2], "kind": ["a", None]}, missing="refuse")
    assert preparation({"x": [1.0], "kind": [None]}).tolist() == [[-1, 0]]  # of numbers alone
    assert refusal(lambda: preparation({"x": [2, None], "kind": ["a", "a"]})) == message


def test_robust_divides_by_the_deviation_where_the_quartiles_are_one() -> None:
    x = [0.0] * 9 + [10]  # the deviation is 3
    assert prepared(x, numbers="robust")[-1] == [10 / 3 / np.sqrt(1 + (10 / 9) ** 2)]


@pytest.mark.parametrize("numbers", NUMBERS)
def test_numbers_that_differ_by_next_to_nothing_are_refused(numbers: str) -> None:
    assert refusal(lambda: Preparation.fit({"x": [0, 1e-18]}, numbers=numbers)) == (
        "column 'x': its numbers differ by no more than 1e-18; expected 0, or at least 1e-15. Multiply the "
        "column by a constant, or leave it out."
    )


@pytest.mark.parametrize("numbers", NUMBERS)
@settings(max_examples=25)
@given(st.lists(NUMBER, min_size=2, max_size=40), st.lists(NUMBER, min_size=1, max_size=40))
@example([0.0, 1e-15], [1e15, -1e15])
@example([1e15, -1e15, 1e15], [1e15, 0])
@example([0.0] * 9 + [1e-300, 1], [1e-300, 1e-301, 1e15])
@example([0.0, 1e-310, 1], [5e-311])
def test_any_numbers_give_finite_features_of_their_own_row(
    numbers: str, train: list[float], x: list[float]
) -> None:
    try:
        preparation = Preparation.fit({"x": train}, numbers=numbers)
    except DataError:
        return  # they hardly differ
    together = preparation({"x": x})
    assert np.isfinite(together).all()
    alone = np.concatenate([preparation({"x": [number]}) for number in x])
    assert together.tobytes() == alone.tobytes()
    assert preparation({"x": x[::-1]}).tobytes() == together[::-1].tobytes()


@pytest.mark.parametrize("numbers", ["standard", "robust", "normal"])
@settings(max_examples=25)
@given(st.lists(NUMBER, min_size=2, max_size=40), st.randoms())
def test_what_is_fitted_does_not_depend_on_the_order_of_rows(
    numbers: str, train: list[float], random: Any
) -> None:
    shuffled = random.sample(train, len(train))
    try:
        preparation = Preparation.fit({"x": train}, numbers=numbers)
    except DataError:
        return
    assert Preparation.fit({"x": shuffled}, numbers=numbers) == preparation


def test_ways_rise_with_the_numbers() -> None:
    x = np.random.default_rng(0).normal(size=300) ** 3
    for numbers in NUMBERS:
        features = Preparation.fit({"x": x}, numbers=numbers)({"x": np.sort(x)}, np.float64)
        assert (np.diff(features[:, 0]) >= 0).all()


def test_landmarks_are_few() -> None:
    x: FloatArray = np.random.default_rng(0).normal(size=20_000)
    preparation = Preparation.fit({"x": x}, numbers="normal")
    assert preparation.describe() == [
        ("x", f"numbers {x.min():g} to {x.max():g}", "normal: by 256 quantiles")
    ]
    z = preparation({"x": x}, np.float64)
    assert abs(z.mean()) < 0.01
    assert abs(z.std() - 1) < 0.01


def test_what_is_damaged_is_refused() -> None:
    assert refusal(lambda: NumberColumn("x", "standard", center=1e300)) == (
        "column 'x': its preparation has the center 1e+300 and the spread 1; expected numbers of at most "
        "2e+15, and a spread of at least 1e-20."
    )
    assert "the spread 0;" in refusal(lambda: NumberColumn("x", "standard", spread=0))
    for landmarks in [(), (1.0,), (1.0, 1.0), (2.0, 1.0)]:
        assert refusal(lambda: NumberColumn("x", "normal", landmarks=landmarks)) == (  # noqa: B023
            f"column 'x': its {len(landmarks)} landmarks do not rise."
        )


@settings(max_examples=50)
@given(
    st.sampled_from(["none", "standard", "robust", "normal", "constant", "empty"]),
    st.lists(NUMBER | st.floats(), min_size=5, max_size=9),
    st.integers(0, 3),
    st.lists(NUMBER, min_size=1),
)
def test_any_column_of_a_file_is_refused_or_gives_finite_features(
    way: Any, values: list[float], missing: int, x: list[float]
) -> None:
    low, high, median, center, spread, *landmarks = values
    try:
        column = NumberColumn(
            "x", way, low, high, missing, median, center, abs(spread), tuple(sorted(landmarks))
        )
        preparation = Preparation((column,))
    except DataError:
        return
    assert np.isfinite(preparation({"x": x})).all()


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigurationError) as error:
        Preparation.fit({"x": [1.0, 2]}, numbers="standart")
    assert str(error.value) == (
        "numbers is 'standart'; expected one of none, standard, robust, normal. Did you mean 'standard'?"
    )
    with pytest.raises(ConfigurationError) as error:
        Preparation.fit({"x": [1.0, 2]}, missing="mean")
    assert str(error.value) == "missing is 'mean'; expected one of median, refuse. Did you mean 'median'?"
    with pytest.raises(ConfigurationError) as error:
        Preparation.fit({"x": [1.0, 2]}, rare=0)
    assert str(error.value) == "rare is 0; expected a whole number of at least 1."


def test_a_single_row_is_constant() -> None:
    expected = "no column of the table varies; expected one that does, as rows that are alike teach nothing."
    assert refusal(lambda: Preparation.fit(Table((Column("x", np.array([1.0])),)))) == expected
    assert refusal(lambda: Preparation.fit({"x": [], "kind": []})) == (
        "the table has 0 rows; expected at least 1 to fit a preparation to."
    )
