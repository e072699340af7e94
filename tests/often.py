"""The command line with a checkpoint every hundredth of a second, in the worker processes too.

These import the file they were started from once more, and so this runs in each.
"""

from plainweave.__main__ import main
from plainweave.training import Checkpoints

Checkpoints.seconds = 0.01
Checkpoints.pause = Checkpoints.rest = 0

if __name__ == "__main__":
    main()
