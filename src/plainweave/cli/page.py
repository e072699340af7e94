"""`plainweave page`: the page again, from the records alone."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.streams import say


def page(
    folder: Annotated[Path, typer.Argument(help="A folder that reproduce or run wrote.", metavar="DIR")],
) -> None:
    """Draw the figures and the page again from the records alone; nothing is trained."""
    from plainweave.page import write_report

    say(f"The page: {write_report(folder)}")
