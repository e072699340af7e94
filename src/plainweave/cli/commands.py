"""Commands by name, each imported when it is called: the command line starts at once, and has them all."""

import shlex
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

if TYPE_CHECKING:
    from typer._click.core import Command, Context

Commands = Mapping[str, tuple[str, str, str]]  # name -> module, function or group in it, help in one line


class CommandTable(TyperGroup):
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


def load_command(name: str, table: Commands) -> "Command":
    """Import a command: a function, or a group of functions."""
    module, attribute, _ = table[name]
    function = getattr(import_module(module), attribute)
    if isinstance(function, typer.Typer):
        return get_group(function)
    app = typer.Typer(add_completion=False)
    app.command(name)(function)
    return get_command(app)


def command_line() -> str:
    """Return the command as it was given, as a line for a shell."""
    return shlex.join(["plainweave", *sys.argv[1:]])
