"""The command line with a checkpoint every hundredth of a second, in the worker processes too.

These import the file they were started from once more, and so this runs in each.
"""

from plainweave.cli import main
from plainweave.training import checkpoint

checkpoint._SECONDS = 0.01
checkpoint._PAUSE = checkpoint._SHARE = 0

if __name__ == "__main__":
    main()
