"""Commands by name, each imported when it is called: the command line starts at once, and has them all."""

import shlex
import sys
from collections.abc import Mapping
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, Literal

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group

from plainweave.cli.house import HouseCommand, HouseGroup
from plainweave.cli.streams import terminal_width
from plainweave.doing import doing

if TYPE_CHECKING:
    from typer._click.core import Command, Context

_NARROWEST_BOX = 80  # columns

Commands = Mapping[str, tuple[str, str, str]]  # name -> module, function or group in it, help in one line


class CommandTable(HouseGroup):
    """The group of all commands. Its help comes from the table; a command's own help, from its function."""

    def fill(self, table: Commands) -> None:
        """Put in the commands of a table."""
        self.table = table
        for name, (_, _, line) in table.items():
            self.add_command(TyperCommand(name, help=line))

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> tuple[str | None, "Command | None", list[str]]:
        """Return the name of the command that is called, the command, and its own arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, command, rest
        return name, load_command(name, self.table), rest


@doing("starting")
def load_command(name: str, table: Commands) -> "Command":
    """Import a command: a function, or a group of functions."""
    module, attribute, _ = table[name]
    function = getattr(import_module(module), attribute)
    if isinstance(function, typer.Typer):
        return get_group(function)
    app = typer.Typer(add_completion=False, rich_markup_mode=_markup_mode())
    app.command(name, cls=HouseCommand, help=_unwrapped(function.__doc__ or ""))(function)
    return get_command(app)


def _markup_mode() -> Literal["rich"] | None:
    """Return how help is drawn: in boxes, or plainly where these would cut the names of options."""
    return "rich" if terminal_width() >= _NARROWEST_BOX else None


def _unwrapped(docstring: str) -> str:
    """Return a docstring whose paragraphs are a line each, for help to be broken where the terminal ends."""
    paragraphs = cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def command_line() -> str:
    """Return the command as it was given, as a line for a shell."""
    return shlex.join(["plainweave", *sys.argv[1:]])
