"""Commands as they read here: help without types of Python, options by other names, errors in our words."""

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from plainweave.cli.synonyms import answer_to, option_named

if TYPE_CHECKING:
    from typer._click.core import Command, Context, Parameter
    from typer._click.parser import _OptionParser

    Base = Command
else:
    Base = object

_METAVARS = {int: "N", float: "NUMBER", str: "TEXT"}


class House(Base):
    """What commands and groups of them have in common here."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return arguments and options, with short words for what is given to them."""
        parameters = super().get_params(ctx)
        for parameter in parameters:
            _simplify(parameter)
        return parameters

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Return the pieces of the usage line: what is needed as it is, and what is not in brackets."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]


class HouseCommand(House, TyperCommand):
    """A command that understands options by what other programs call them."""

    def make_parser(self, ctx: "Context") -> "_OptionParser":
        """Return a parser that takes --lr and --learning_rate for --learning-rate."""
        known = {flag.lstrip("-") for parameter in self.params for flag in parameter.opts}
        ctx.token_normalize_func = lambda name: option_named(name, known)
        return super().make_parser(ctx)


class HouseGroup(House, TyperGroup):
    """A group of commands."""


def in_our_words(error: TyperException) -> str:
    """Return what is said of a mistake on the command line."""
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        near = [name for name in error.possibilities or () if name not in ("--help", "--version")]
        return _no_option(error, option, near)
    parameter, cause = getattr(error, "param", None), error.__cause__
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if parameter is not None and cause is not None and kind in (int, float):
        given = str(cause.errors()[0]["input"])  # type: ignore[attr-defined]
        given = given if given.lstrip("-").replace(".", "", 1).isdecimal() else repr(given)
        least = parameter.type_descriptor.parameter_info.min
        what = "a whole number" if kind is int else "a number"
        at_least = "" if least is None else f" of at least {least}"
        return f"{parameter.opts[-1]} is {given}; expected {what}{at_least}."
    if hasattr(error, "param_type"):  # an argument or an option that is needed was not given
        return f"{error.format_message()} {_command(error)} --help tells what it is."
    message = error.format_message()
    return message if message.endswith((".", "?")) else f"{message}. {_command(error)} --help tells more."


def _command(error: TyperException) -> str:
    return getattr(getattr(error, "ctx", None), "command_path", "plainweave")


def _no_option(error: TyperException, option: str, near: list[str]) -> str:
    if answer := answer_to(option):
        return f"No such option: {option}; {answer}."
    what_to_do = f"Did you mean {near[0]}?" if near else f"{_command(error)} --help lists them."
    return f"No such option: {option}. {what_to_do}"


def _simplify(parameter: "Parameter") -> None:
    """Have help show no types of Python, but words for what is given, and no limits, which errors tell."""
    parameter.min = parameter.max = None  # type: ignore[attr-defined]
    if parameter.param_type_name == "argument":
        parameter.display_type_rich = lambda ctx: None  # type: ignore[attr-defined]
    elif getattr(parameter, "is_flag", False):
        parameter.metavar = ""
    elif parameter.metavar is None:
        kind = parameter.type_descriptor.annotation  # type: ignore[attr-defined]
        parameter.metavar = _METAVARS.get(kind, "TEXT")
