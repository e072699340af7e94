"""`plainweave info`: what training will run on."""

from plainweave.cli.streams import say
from plainweave.engine import kernels
from plainweave.experiments import environment


def info() -> None:
    """Show versions, the engine in use, the processor's instruction sets, BLAS and its threads."""
    for name, value in environment().items():
        say(f"{name}: {value}")
    if not kernels():
        say(
            "The compiled engine was not built, and training runs on NumPy. Install a C compiler and "
            "Python's headers (gcc and python3-dev), then: pip install --force-reinstall "
            "--no-cache-dir plainweave"
        )
