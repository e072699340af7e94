"""Scores that are no metric of a loss, but are looked for: ROC AUC, and the root mean squared error."""

import numpy as np

from plainweave.data import Examples
from plainweave.losses import Quantile
from plainweave.training import Model


def more_scores(model: Model, test: Examples) -> dict[str, float]:
    """Return further scores by name.

    Of two classes, the area under the ROC curve: the share of pairs of an example of each in which that of
    the second class has the larger probability of it. Of a single number, the root mean squared error, in the
    units of the target; none of quantiles.
    """
    if len(model.class_names) == 2:
        labels = test.labels
        if len(np.unique(labels)) < 2:
            return {}
        from sklearn.metrics import roc_auc_score

        return {
            "ROC AUC": float(
                roc_auc_score(labels, model.probabilities(test.inputs)[:, 1], sample_weight=test.weights)
            )
        }
    if model.class_names or model.network.outputs > 1 or isinstance(model.loss, Quantile):
        return {}
    predicted = np.asarray(model.predict(test.inputs), np.float64).ravel()
    errors = np.square(predicted - np.asarray(test.targets, np.float64).ravel())
    return {"root mean squared error": float(np.sqrt(np.average(errors, weights=test.weights)))}
