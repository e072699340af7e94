"""What an experiment says by default of tables, and of numbers in them."""

from dataclasses import replace

from plainweave.data import Dataset
from plainweave.experiments.experiment import OF_ARRAYS, OF_CLASSES, Experiment

_OF_TABLES, _OF_NUMBERS = "standard", "squared-error"
_RATE_OF_CLASSES, _RATE_OF_NUMBERS = 0.1, 0.01  # the learning rate of sgd by default


def fitted_to(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return an experiment as a run of a data set has it: of tables with their own defaults.

    A single number, of which softmax could make nothing, is learned by squared error; sgd's 0.1, at which
    that diverges on many tables, is 0.01 then.
    """
    if dataset.train.table is None:
        return experiment
    settings: dict[str, object] = {}
    if experiment.standardize == OF_ARRAYS:
        settings["standardize"] = _OF_TABLES
    if experiment.loss == OF_CLASSES and not dataset.is_classification and dataset.outputs == 1:
        settings["loss"] = _OF_NUMBERS
        if experiment.optimizer == "sgd" and experiment.learning_rate == _RATE_OF_CLASSES:
            settings["learning_rate"] = _RATE_OF_NUMBERS
    return replace(experiment, **settings)  # type: ignore[arg-type]
