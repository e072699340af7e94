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
from .losses import (
    AbsoluteError,
    Huber,
    Loss,
    Poisson,
    Quantile,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
    softmax,
)
from .network import (
    Identity,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    Tanh,
)
from .optimizers import SGD
from .page import run_study
from .training import Fit, History, Model, TrainingInterrupted, fit, load, save
from .verification import GradientReport, check_gradients
from .version import __version__

__all__ = [
    "SGD",
    "AbsoluteError",
    "ConfigurationError",
    "DataError",
    "DataUnavailableError",
    "Dataset",
    "Examples",
    "Experiment",
    "Fit",
    "GradientReport",
    "History",
    "Huber",
    "Identity",
    "LeakyReLU",
    "Loss",
    "Model",
    "Network",
    "PlainweaveError",
    "Poisson",
    "Quantile",
    "ReLU",
    "RecordError",
    "RunRecord",
    "ShapeError",
    "Sigmoid",
    "SigmoidCrossEntropy",
    "SoftmaxCrossEntropy",
    "Split",
    "SquaredError",
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
