"""plainweave and its peers on tables: each is fitted to a part, and returns what predicts of a frame."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from table_data import Part

import plainweave as pw

Predict = Callable[[pd.DataFrame], Any]  # labels or numbers (rows,)
Side = Callable[[Part, bool, int], Predict]
WAYS = ("standard", "robust", "normal")


def default(train: Part, of_classes: bool, seed: int) -> Predict:
    """As `plainweave train` does: no setting is given."""
    return _trained(pw.Experiment("default", test=False), train, of_classes, seed)[1]


def chosen(train: Part, of_classes: bool, seed: int) -> Predict:
    """Adam, two layers of 100; the validation part chooses how numbers are standardized."""
    networks = []
    for way in WAYS:
        experiment = pw.Experiment(way, optimizer="adam", hidden=(100, 100), standardize=way, test=False)
        networks.append(_trained(experiment, train, of_classes, seed))
    return min(networks, key=lambda network: network[0])[1]


def _trained(experiment: pw.Experiment, train: Part, of_classes: bool, seed: int) -> tuple[float, Predict]:
    """Return the best validation loss of a network, and its predictions."""
    examples = pw.Examples(*train)
    names = tuple(str(label) for label in np.unique(train.targets)) if of_classes else ()
    dataset = pw.Dataset("table", examples, test=examples[:1], class_names=names)  # which is not looked at
    record, model = pw.run_experiment(experiment, dataset, seed)
    return float(record.history.validation_loss[record.best_epoch - 1]), model.predict


def boosting(train: Part, of_classes: bool, seed: int) -> Predict:
    """scikit-learn's trees with its defaults, which take categories and holes as they are."""
    kind = HistGradientBoostingClassifier if of_classes else HistGradientBoostingRegressor
    predict: Predict = kind(random_state=seed).fit(*train).predict
    return predict


def perceptron(train: Part, of_classes: bool, seed: int) -> Predict:
    """scikit-learn's MLP with its defaults behind the usual pipeline, and standardized targets."""
    columns = ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(), StandardScaler()),
                make_column_selector(dtype_include="number"),
            ),
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore"),
                make_column_selector(dtype_include="category"),
            ),
        ]
    )
    network: Any = MLPClassifier(random_state=seed)
    if not of_classes:
        network = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # its 200 epochs are its default
        predict: Predict = make_pipeline(columns, network).fit(*train).predict
    return predict


def nothing_learned(train: Part, of_classes: bool, seed: int) -> Predict:
    """The commonest class, or the mean, whatever the inputs."""
    kind = DummyClassifier if of_classes else DummyRegressor
    predict: Predict = kind().fit(*train).predict
    return predict


SIDES: dict[str, Side] = {
    "always the same": nothing_learned,
    "plainweave": default,
    "plainweave, chosen": chosen,
    "HistGradientBoosting": boosting,
    "scikit-learn MLP": perceptron,
}
