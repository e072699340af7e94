"""`plainweave page` of a reproduction: with the report's sections."""

from plainweave.cli.options import Folder
from plainweave.cli.page import page as page_of_runs
from plainweave.cli.streams import say_file
from plainweave.doing import doing
from plainweave.paper.reproduction import is_reproduction, write_reproduction


@doing("reading the runs")
def page(folder: Folder) -> None:
    """Draw the figures and the page again from the records alone; nothing is trained."""
    if is_reproduction(folder):
        say_file("The page", write_reproduction(folder))
    else:
        page_of_runs(folder)
