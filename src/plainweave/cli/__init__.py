"""The command line: each command parses, calls one function, and prints."""

import errno
import os
import sys

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from plainweave.cli.commands import Commands, CommandTable
from plainweave.cli.house import in_our_words
from plainweave.cli.stops import INTERRUPTED, ignore_stops, is_stop_asked, listen_for_stops
from plainweave.cli.streams import note, replace_streams, terminal_width
from plainweave.cli.watcher import Watcher
from plainweave.doing import doing
from plainweave.errors import NO_MEMORY, DataUnavailableError, PlainweaveError
from plainweave.version import __version__

BAD_INPUT, UNAVAILABLE = 2, 3
_WIDEST_HELP = 80  # columns of help that is not drawn in boxes
_COMPLETION = "_PLAINWEAVE_COMPLETE"  # set by a shell that asks what a line could go on with

COMMANDS: Commands = {
    "train": (
        "plainweave.cli.train",
        "train",
        "Train one network and keep its best weights, its history and its record in a folder.",
    ),
    "evaluate": (
        "plainweave.cli.evaluate",
        "evaluate",
        "Test a trained network: its accuracy over all test examples and for each class, or other scores.",
    ),
    "predict": (
        "plainweave.cli.predict",
        "predict",
        "Say what is in pictures or in the rows of tables: classes with their probabilities, or numbers.",
    ),
    "run": (
        "plainweave.cli.run",
        "run",
        "Train the experiments of your own TOML file, compare any two, and write the page.",
    ),
    "tune": (
        "plainweave.cli.tune",
        "tune",
        "Search for better settings, and prove on fresh seeds what they gain.",
    ),
    "compare": (
        "plainweave.cli.compare",
        "compare",
        "Compare two experiments by their scores: the mean difference, and its 95 % interval.",
    ),
    "page": (
        "plainweave.cli.page",
        "page",
        "Draw the figures and the page again from the records alone; nothing is trained.",
    ),
    "export": (
        "plainweave.cli.export",
        "export",
        "Write a network in another form: for ONNX, PyTorch or scikit-learn, or as plain arrays.",
    ),
    "import": (
        "plainweave.cli.import_file",
        "import_file",
        "Make a model file of another program's network, for predict, evaluate and pw.load.",
    ),
    "check": (
        "plainweave.cli.check",
        "check",
        "Check every gradient of the whole network against numerical ones.",
    ),
    "data": ("plainweave.cli.data", "app", "Fetch a data set, or show what is in one."),
    "info": (
        "plainweave.cli.info",
        "info",
        "Show versions, the engine in use and the parts it knows, instruction sets, BLAS and its threads.",
    ),
}


def main(commands: Commands = COMMANDS, began: float | None = None) -> None:
    """Run a command of the table; what goes wrong ends in one line on standard error and an exit code.

    Args:
        commands: the table.
        began: when the process began, by time.monotonic(); now if not given.
    """
    listen_for_stops()
    output, errors = replace_streams()
    code, line = INTERRUPTED, ""
    try:
        told = None if _COMPLETION in os.environ else errors  # a shell's line is no place
        with Watcher(output, told, began):
            code, line = _run(commands)
            sys.stdout.flush()
    except BaseException:  # a stop, or what became of one on its way, as in a module that was being imported
        if not is_stop_asked():
            raise
    ignore_stops()
    if is_stop_asked():
        code, line = INTERRUPTED, "stopped. What was finished is kept: run it again to go on."
    elif not code and output and output.problem:
        code = BAD_INPUT
        if output.problem.errno != errno.EPIPE:  # `| head` has had enough, and knows
            line = f"standard output can't be written: {output.problem.strerror}. What was finished is kept."
    if line:
        note(line)
    sys.exit(code)


def command_group(commands: Commands = COMMANDS) -> CommandTable:
    """Return the group of the commands of a table."""
    app = typer.Typer(
        cls=CommandTable,
        help="Train fully-connected neural networks on a CPU, prove their gradients, and say with error "
        "bars which of them is better.",
        context_settings={
            "help_option_names": ["-h", "--help"],
            "terminal_width": min(terminal_width(), _WIDEST_HELP) - 2,
        },
    )
    app.callback(invoke_without_command=True)(_begin)
    group = get_command(app)  # with completion for shells, unlike get_group
    assert isinstance(group, CommandTable)
    group.fill(commands)
    return group


def _begin(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version and exit."),
) -> None:
    if version:
        print(f"plainweave {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def _run(commands: Commands) -> tuple[int, str]:
    """Run a command; return its exit code, and what is to be said of it."""
    try:
        with doing("starting"):
            group = command_group(commands)
        return group(prog_name="plainweave", standalone_mode=False) or 0, ""
    except (PlainweaveError, TyperException) as error:
        message = in_our_words(error) if isinstance(error, TyperException) else str(error)
        code = UNAVAILABLE if isinstance(error, DataUnavailableError) else BAD_INPUT
        return code, " ".join(message.split())
    except MemoryError:
        return BAD_INPUT, NO_MEMORY
