"""What an experiment has on a data set of the settings that nobody said."""

from dataclasses import replace

from plainweave.data import Dataset
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.stack import outputs_of
from plainweave.experiments.unsaid import OF_COLUMNS, OF_NUMBERS, OF_TABLES, OPEN, Unsaid, said

_RATE_OF_TABLES = 0.01  # of sgd; else it is 0.1


def fitted_to(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return an experiment as a run of a data set has it: what nobody said is as the data need it.

    Numbers of a table are standardized by column, and sgd's learning rate is 0.01: at 0.1 classes are learned
    worse on most tables, and numbers diverge on many (docs/tables-compared.md). So are arrays, no images,
    whose targets are numbers that have a name. A single number to be predicted, there or of a table, of which
    softmax could make nothing, is learned by squared error. What was said stays: where it can't be, it is
    refused later.

    Raises:
        ConfigurationError: `choose_by` or `loss_mean` is none of the loss.
    """
    needed: dict[str, str | float] = {}
    is_table = dataset.train.table is not None
    if is_table:
        needed["standardize"] = OF_TABLES
    elif dataset.target_name and dataset.image_shape is None:
        needed["standardize"] = OF_COLUMNS
    are_numbers = (is_table or dataset.target_name) and not dataset.is_classification
    if are_numbers and dataset.outputs == 1:
        needed["loss"] = OF_NUMBERS
    if (is_table or are_numbers) and experiment.optimizer == "sgd":
        needed["learning_rate"] = _RATE_OF_TABLES
    unsaid = [name for name in OPEN if isinstance(getattr(experiment, name), Unsaid)]
    if not unsaid:
        return experiment  # records of all its runs share it
    settled = {name: needed.get(name, said(getattr(experiment, name))) for name in unsaid}
    return replace(experiment, **settled)  # type: ignore[arg-type]


def trainable(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return an experiment fitted to a data set, and checked before anything is trained.

    Raises:
        ConfigurationError: as of `fitted_to`; or its loss is none of the targets.
        DataError, ShapeError: the targets are none that the loss can take.
    """
    fitted = fitted_to(experiment, dataset)
    outputs_of(fitted.loss_function, dataset)
    return fitted
