"""`plainweave train`: one network, every setting an option."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.options import Data, DataDir, Out
from plainweave.cli.streams import say, shell_word

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
    learning_rate: Annotated[float, Option(help="Length of a step.")] = 0.1,
    momentum: Annotated[float, Option(help="Share of the velocity that a step keeps.")] = 0.9,
    dampening: Annotated[float, Option(help="Share of the gradient that does not enter the velocity.")] = 0.0,
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
    from plainweave.data import NAMES, Loaded, source_of
    from plainweave.experiments import Experiment, describe_result
    from plainweave.jobs import run_alone

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
    source = Loaded(source_of(data, data_dir))
    _check_place(out)  # before a lock is put into somebody's folder
    record, was_there = run_alone(experiment, source, out, seed=seed)
    if was_there:
        result = describe_result(record, len(source.load().class_names))
        say(f"{out} holds this very run, finished: {result}.")
    again = "" if data in NAMES else f" --data {shell_word(data)}"
    say(f"The run: {out}. Try it: plainweave evaluate {shell_word(out)}{again}")


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


def _check_place(out: Path) -> None:
    """Check that a folder is not there, is empty, or holds a run, finished or not, whatever else it holds.

    Raises:
        RecordError: it holds something else, or is no folder.
    """
    from plainweave.errors import RecordError
    from plainweave.experiments.run_files import CHECKPOINT_FILE, RECORD_FILE, RUN_FILES
    from plainweave.storage.files import cannot_write, is_working_file

    try:
        if out.exists() and not out.is_dir():
            raise RecordError(f"{out} is a file. Choose another place with --out.")
        names = {path.name for path in out.iterdir()} if out.exists() else set()
    except OSError as error:
        raise cannot_write(out, error) from error
    begun = names & set(RUN_FILES) == {CHECKPOINT_FILE}
    if RECORD_FILE not in names and not begun and not all(map(is_working_file, names)):
        raise RecordError(
            f"{out} is not empty and holds no whole run. Choose another place with --out, or remove it."
        )
