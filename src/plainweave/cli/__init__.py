"""The command line: each command parses, calls, and prints."""

import signal
import sys
from types import FrameType

import typer
from typer.exceptions import TyperException

from plainweave.cli import audit, check, compare, data, evaluate, info, report, reproduce, train
from plainweave.errors import DataUnavailableError, PlainweaveError
from plainweave.version import __version__

BAD_INPUT, UNAVAILABLE, INTERRUPTED = 2, 3, 130

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
app.command("predict")(evaluate.predict)
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
    """Run the command line; bad input ends in one line on standard error and exit code 2."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(prog_name="plainweave", standalone_mode=False)
    except (PlainweaveError, TyperException) as error:
        message = error.format_message() if isinstance(error, TyperException) else str(error)
        print(f"plainweave: {' '.join(message.split())}", file=sys.stderr)
        sys.exit(UNAVAILABLE if isinstance(error, DataUnavailableError) else BAD_INPUT)
    except MemoryError:
        print(
            "plainweave: the network and the data do not fit in memory. Use a smaller network or less data.",
            file=sys.stderr,
        )
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        print("plainweave: stopped. What was finished is kept.", file=sys.stderr)
    sys.exit(code or 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
