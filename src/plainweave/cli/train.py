"""`plainweave train`: one network, every setting an option."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plainweave.cli.options import Data, DataDir, Out

if TYPE_CHECKING:
    from plainweave.data import Dataset
    from plainweave.experiments import Experiment

Option = typer.Option


def train(
    hidden: Annotated[
        str, Option(help="Units of each hidden layer, as in 100, 50x50 or 50x30x20, or none.")
    ] = "50x50",
    activation: Annotated[
        str,
        Option(
            help="Of the hidden layers: tanh, sigmoid, relu, leaky-relu, leaky-relu:SLOPE or identity; "
            "or one for each layer, as in relu,tanh."
        ),
    ] = "tanh",
    learning_rate: Annotated[float, Option(help="Length of a step.")] = 0.5,
    momentum: Annotated[float, Option(help="Share of the velocity that a step keeps.")] = 0.9,
    dampening: Annotated[float, Option(help="Share of the gradient that does not enter the velocity.")] = 0.9,
    nesterov: Annotated[bool, Option("--nesterov", help="Nesterov's momentum; needs --dampening 0.")] = False,
    weight_decay: Annotated[float, Option(help="L2: lambda, of lambda/2 * sum of w^2.")] = 0.0,
    decay_biases: Annotated[
        bool, Option("--decay-biases", help="Apply the L2 penalty to biases too.")
    ] = False,
    loss_mean: Annotated[
        str, Option(help="What the gradient is averaged over: batch or batch-and-classes.")
    ] = "batch",
    batch_size: Annotated[int, Option(help="Examples of a step.")] = 64,
    epochs: Annotated[int, Option(help="Passes over the training examples.")] = 100,
    patience: Annotated[
        int | None,
        Option(help="Stop after this many epochs without a better validation loss; never by default."),
    ] = None,
    validation_fraction: Annotated[
        float, Option(help="Share of the training examples kept apart to choose the best weights.")
    ] = 0.2,
    standardize: Annotated[
        str, Option(help="Zero mean, unit variance: all-pixels, per-pixel or per-image.")
    ] = "all-pixels",
    initializer: Annotated[
        str, Option(help="First weights: he-normal, xavier-normal or xavier-uniform.")
    ] = "he-normal",
    dtype: Annotated[str, Option(help="Precision: float32 or float64.")] = "float32",
    test: Annotated[
        bool, Option("--test/--no-test", help="Test the kept weights, or leave the test examples alone.")
    ] = True,
    seed: Annotated[int, Option(help="Of the split, the first weights and the order.", min=0)] = 0,
    data: Data = "fashion-mnist",
    data_dir: DataDir = None,
    out: Out = Path("run"),
) -> None:
    """Train one network and keep its best weights, its history and its record in a folder."""
    from plainweave.data import NAMES, load_dataset
    from plainweave.experiments import Experiment
    from plainweave.files import locked, writable_folder

    experiment = Experiment(
        id="train",
        hidden=_sizes(hidden),
        activation=tuple(activation.split(",")) if "," in activation else activation,
        learning_rate=learning_rate,
        momentum=momentum,
        dampening=dampening,
        nesterov=nesterov,
        weight_decay=weight_decay,
        decay_biases=decay_biases,
        loss_mean=loss_mean,
        batch_size=batch_size,
        epochs=epochs,
        patience=patience,
        validation_fraction=validation_fraction,
        standardize=standardize,
        initializer=initializer,
        dtype=dtype,
        test=test,
    )
    dataset = load_dataset(data, data_dir)
    writable_folder(out.parent)
    out = out if out.name else out.resolve()  # "." has no name to put another beside
    with locked(out.with_name(f".{out.name}.lock")):
        if not _is_finished(out, experiment, dataset, seed):
            _train(out, experiment, dataset, seed)
    source = "" if data in NAMES else f" --data {data}"
    typer.echo(f"The run: {out}. Try it: plainweave evaluate {out}{source}")


def _sizes(text: str) -> tuple[int, ...]:
    from plainweave.errors import ConfigurationError

    if text == "none":
        return ()
    try:
        return tuple(int(units) for units in text.lower().split("x"))
    except ValueError:
        raise ConfigurationError(
            f"--hidden is {text!r}; expected units of each layer, as in 50x50, or none."
        ) from None


def _is_finished(out: Path, experiment: "Experiment", dataset: "Dataset", seed: int) -> bool:
    """Whether the folder holds this very run; refuse it if it holds anything else."""
    from plainweave.errors import RecordError
    from plainweave.experiments import checkpoint_file, describe_result, is_whole, read_run

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    if not out.is_dir():
        raise RecordError(f"{out} is a file. Choose another place with --out.")
    if not is_whole(out):
        raise RecordError(
            f"{out} is not empty and holds no whole run. Choose another place with --out, or remove it."
        )
    record = read_run(out)
    wanted: dict[str, Any] = {"seed": seed, "data": dataset.fingerprint, **experiment.settings}
    made = {"seed": record.seed, "data": record.dataset.fingerprint, **record.experiment.settings}
    for name, value in wanted.items():
        if made[name] != value:
            raise RecordError(
                f"{out} holds a run with {name} {made[name]}, not {value}. "
                "Choose another place with --out, or remove it."
            )
    checkpoint_file(out).unlink(missing_ok=True)  # what a late kill left
    result = describe_result(record, len(dataset.class_names))
    typer.echo(f"{out} holds this very run, finished: {result}.")
    return True


def _train(out: Path, experiment: "Experiment", dataset: "Dataset", seed: int) -> None:
    import threadpoolctl

    from plainweave.experiments import checkpoint_file, describe_result, identity, run_experiment, write_run
    from plainweave.experiments.progress import Progress
    from plainweave.network import Network
    from plainweave.training import History, checkpoint_epoch

    with threadpoolctl.threadpool_limits(1), Progress(experiment.epochs, runs=1) as progress:

        def tell(epoch: int, history: History, network: Network) -> None:
            progress.epoch("training", epoch, experiment.epochs, history.lowest_validation_loss)

        checkpoint = checkpoint_file(out)
        if epoch := checkpoint_epoch(checkpoint, identity(experiment, dataset.fingerprint, seed)):
            progress.say(f"{checkpoint} is there: training goes on after epoch {epoch}.")
        record, model = run_experiment(experiment, dataset, seed, callbacks=[tell], checkpoint=checkpoint)
        write_run(out, record, model)
        checkpoint.unlink(missing_ok=True)
        result = describe_result(record, model.network.classes)
        progress.finished("training", {"training": result}, experiment.epochs)
