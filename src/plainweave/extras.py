"""Extras: packages that only some of plainweave needs, and that `pip install plainweave` leaves out."""

from importlib.util import find_spec

from plainweave.errors import MissingExtraError

# extra -> what needs it, and its packages: the module of each, and the name by which it is installed
EXTRAS = {
    "page": ("The page", {"jinja2": "jinja2", "matplotlib": "matplotlib", "PIL": "pillow"}),
    "images": ("Reading a picture", {"PIL": "pillow"}),
    "onnx": ("ONNX", {"onnx": "onnx"}),
    "skops": ("A file of skops", {"skops": "skops"}),
    "torch": ("PyTorch's form", {"torch": "torch"}),
    "tensorboard": ("TensorBoard's form", {"tensorboardX": "tensorboardX"}),
    "mlflow": ("MLflow's form", {"mlflow": "mlflow"}),
    "wandb": ("The form of Weights & Biases", {"wandb": "wandb"}),
    "tune": ("Tuning", {"optuna": "optuna"}),
    "dask": ("A cluster", {"distributed": "distributed"}),
    "tables": ("Reading a table", {"narwhals": "narwhals", "polars": "polars"}),
}


def need(extra: str, purpose: str | None = None) -> None:
    """Check that the packages of an extra are installed; call it before work that would be lost.

    Args:
        extra: its name.
        purpose: what needs it, where that is not what mostly does.

    Raises:
        MissingExtraError: one is not.
    """
    usual, packages = EXTRAS[extra]
    missing = [package for module, package in packages.items() if find_spec(module) is None]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise MissingExtraError(
            f"{purpose or usual} needs {', '.join(missing)}, which {are} not "
            f'installed. Run: pip install "plainweave[{extra}]"'
        )
