"""`plainweave page`: the page again, from the records alone."""

from plainweave.cli.options import Folder
from plainweave.cli.streams import say_file
from plainweave.page import write_page


def page(folder: Folder) -> None:
    """Draw the figures and the page again from the records alone; nothing is trained."""
    say_file("The page", write_page(folder))
