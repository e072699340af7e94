"""A pytest plugin: what imports scikit-learn's perceptrons from now on gets ours."""

import sklearn.neural_network

import plainweave as pw

sklearn.neural_network.MLPClassifier = pw.MLPClassifier
sklearn.neural_network.MLPRegressor = pw.MLPRegressor
