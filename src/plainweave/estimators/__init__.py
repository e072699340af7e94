"""scikit-learn's estimators for networks of ours: the same parameters and results, and more.

From the ground up: `objective` and `rules` say how scikit-learn's numbers come out of ours, `parts` and
`batches` what is trained on, `perceptron` what an estimator is; `stochastic` and `lbfgs` train it, `base`
fits, `classifier` and `regressor` are the estimators.
"""

from plainweave.estimators.classifier import MLPClassifier
from plainweave.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
