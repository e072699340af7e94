"""Which engine trains a network: the compiled one where it can, NumPy everywhere else."""

from plainweave.checks import choice
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.known import obstacle
from plainweave.engine.mixed import unit_of
from plainweave.engine.program import Program, Work
from plainweave.engine.reference import NumPyProgram
from plainweave.errors import ConfigurationError
from plainweave.extension import kernels

ENGINES = ("auto", "compiled", "numpy")


def engine_name(work: Work) -> str:
    """Return what "auto" trains a network on, for people: "compiled (avx512)" or "numpy".

    In mixed precision it names what multiplies, too: "compiled (avx512, amx)".

    Raises:
        ConfigurationError: mixed precision is asked for, and can't be had.
    """
    used = [kernels()[0], unit_of(work)] if not obstacle(work) else []
    return f"compiled ({', '.join(filter(None, used))})" if used else "numpy"


def program_for(work: Work, engine: str = "auto") -> Program:
    """Return the program that is to do some work.

    Args:
        work: the network and all that its training is made of.
        engine: "auto" for the compiled engine where it is built and knows every part, else NumPy;
            "compiled" or "numpy" to insist.

    Raises:
        ConfigurationError: the name is unknown, or "compiled" or mixed precision can't be had.
        ShapeError, DataError: the examples do not fit the network or the loss.
    """
    choice("engine", engine, ENGINES)
    unit_of(work, engine)
    reason = obstacle(work)
    if engine == "compiled" and reason:
        raise ConfigurationError(f"engine is 'compiled', but {reason}. Give 'auto' or 'numpy'.")
    if engine == "numpy" or reason:
        return NumPyProgram(work)
    return CompiledProgram(work)
