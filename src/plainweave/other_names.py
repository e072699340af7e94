"""What other libraries and programs call our parts and settings."""

PARTS = {
    "swish": "silu",
    "linear": "identity",
    "logistic": "sigmoid",
    "glorot-normal": "xavier-normal",
    "glorot-uniform": "xavier-uniform",
    "kaiming-normal": "he-normal",
    "kaiming-uniform": "he-uniform",
    "mse": "squared-error",
    "mean-squared-error": "squared-error",
    "mae": "absolute-error",
    "mean-absolute-error": "absolute-error",
    "pinball": "quantile",
    "cross-entropy": "softmax",
    "categorical-crossentropy": "softmax",
    "sparse-categorical-crossentropy": "softmax",
    "binary-crossentropy": "sigmoid",
    "bce": "sigmoid",
}

# Settings, as options have them without their dashes.
SETTINGS = {
    "batch": "batch-size",
    "bs": "batch-size",
    "dataset": "data",
    "drop-out": "dropout",
    "dropout-rate": "dropout",
    "epoch": "epochs",
    "eta": "learning-rate",
    "hidden-layer-sizes": "hidden",
    "hidden-sizes": "hidden",
    "hidden-units": "hidden",
    "init": "initializer",
    "initialization": "initializer",
    "label": "target",
    "learning-rate-init": "learning-rate",
    "lr": "learning-rate",
    "lr-schedule": "schedule",
    "lr-scheduler": "schedule",
    "max-epochs": "epochs",
    "max-iter": "epochs",
    "n-epochs": "epochs",
    "n-iter-no-change": "patience",
    "n-jobs": "jobs",
    "n-seeds": "seeds",
    "n-trials": "trials",
    "num-epochs": "epochs",
    "num-workers": "jobs",
    "optim": "optimizer",
    "output": "out",
    "output-dir": "out",
    "processes": "jobs",
    "random-state": "seed",
    "scheduler": "schedule",
    "sep": "delimiter",
    "separator": "delimiter",
    "solver": "optimizer",
    "target-column": "target",
    "topk": "top",
    "units": "hidden",
    "val-split": "validation-fraction",
    "validation-split": "validation-fraction",
    "wd": "weight-decay",
    "workers": "jobs",
}

# Settings that are near one of ours, but count or scale it otherwise: to be suggested, never taken for it.
NEAR = {
    "alpha": "weight-decay",  # scikit-learn divides it by the number of examples
    "hidden-layers": "hidden",  # a number of layers, or their sizes
    "hidden-size": "hidden",  # beside a number of layers
    "l2": "weight-decay",  # Keras' is half of ours
    "layers": "hidden",  # likewise a number
    "test-size": "test-data",  # a share, or a number of rows
}
