"""`plainweave info`: what training will run on."""

from plainweave.cli.streams import say


def info() -> None:
    """Show versions, the engine in use, the processor's instruction sets, BLAS and its threads."""
    from plainweave.experiments import environment

    for name, value in environment().items():
        say(f"{name}: {value}")
