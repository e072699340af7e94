"""`plainweave info`: what training will run on."""

import typer


def info() -> None:
    """Show versions, the engine in use, the processor's instruction sets, BLAS and its threads."""
    from plainweave.experiments import environment

    for name, value in environment().items():
        typer.echo(f"{name}: {value}")
