from .data import (
    Dataset,
    Examples,
    Split,
    Standardizer,
    load_dataset,
    read_idx,
    split,
    write_idx,
)
from .data.image import read_image
from .errors import (
    ConfigurationError,
    DataError,
    DataUnavailableError,
    PlainweaveError,
    RecordError,
    ShapeError,
)
from .experiments import (
    Experiment,
    RunRecord,
    read_experiments,
    run_experiment,
)
from .jobs import run_experiments
from .network import (
    Identity,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    softmax,
)
from .optimizers import SGD
from .page import run_study
from .training import Fit, History, Model, TrainingInterrupted, fit, load, save
from .verification import GradientReport, check_gradients
from .version import __version__

__all__ = [
    "SGD",
    "ConfigurationError",
    "DataError",
    "DataUnavailableError",
    "Dataset",
    "Examples",
    "Experiment",
    "Fit",
    "GradientReport",
    "History",
    "Identity",
    "LeakyReLU",
    "Model",
    "Network",
    "PlainweaveError",
    "ReLU",
    "RecordError",
    "RunRecord",
    "ShapeError",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Split",
    "Standardizer",
    "Tanh",
    "TrainingInterrupted",
    "__version__",
    "check_gradients",
    "fit",
    "load",
    "load_dataset",
    "read_experiments",
    "read_idx",
    "read_image",
    "run_experiment",
    "run_experiments",
    "run_study",
    "save",
    "softmax",
    "split",
    "write_idx",
]
