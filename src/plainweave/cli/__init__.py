"""The command line: each command parses, calls, and prints."""

import sys

import typer
from typer.exceptions import TyperException

from plainweave.cli import audit, check, compare, data, evaluate, info, predict, report, reproduce, train
from plainweave.cli.stops import INTERRUPTED, ignore_stops, is_stop_asked, listen_for_stops
from plainweave.cli.streams import note, replace_streams
from plainweave.errors import DataUnavailableError, PlainweaveError
from plainweave.version import __version__

BAD_INPUT, UNAVAILABLE = 2, 3

app = typer.Typer(
    help="Train fully-connected neural networks on a CPU, check their gradients, and reproduce a report.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("reproduce")(reproduce.reproduce)
app.command("run")(reproduce.run)
app.command("audit")(audit.audit)
app.command("compare")(compare.compare)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("check")(check.check)
app.command("report")(report.report)
app.command("info")(info.info)
app.add_typer(data.app, name="data")


@app.callback(invoke_without_command=True)
def _begin(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version and exit."),
) -> None:
    if version:
        print(f"plainweave {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command line; what goes wrong ends in one line on standard error and an exit code."""
    listen_for_stops()
    output = replace_streams()
    code, line = INTERRUPTED, ""
    try:
        code, line = _run()
        sys.stdout.flush()
    except BaseException:  # a stop, or what became of one on its way, as in a module that was being imported
        if not is_stop_asked():
            raise
    ignore_stops()
    if is_stop_asked():
        code, line = INTERRUPTED, "stopped. What was finished is kept."
    elif not code and output and output.problem:
        code = BAD_INPUT
        line = f"standard output can't be written: {output.problem.strerror}. What was finished is kept."
    if line:
        note(line)
    sys.exit(code)


def _run() -> tuple[int, str]:
    """Run a command; return its exit code, and what is to be said of it."""
    try:
        return app(prog_name="plainweave", standalone_mode=False) or 0, ""
    except (PlainweaveError, TyperException) as error:
        message = error.format_message() if isinstance(error, TyperException) else str(error)
        code = UNAVAILABLE if isinstance(error, DataUnavailableError) else BAD_INPUT
        return code, " ".join(message.split())
    except MemoryError:
        return BAD_INPUT, "the network and the data do not fit in memory. Use a smaller network or less data."
