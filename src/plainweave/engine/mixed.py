"""Mixed precision: steps whose products are of bfloat16, with sums, weights and all else in float32."""

from plainweave.engine.known import obstacle
from plainweave.engine.program import Work
from plainweave.errors import ConfigurationError
from plainweave.extension import units

PRECISIONS = ("full", "mixed")


def unit_of(work: Work, engine: str = "auto") -> str | None:
    """Return what multiplies bfloat16 for some work, None where it is of full precision.

    Raises:
        ConfigurationError: mixed precision is asked for, and can't be had.
    """
    if work.precision == "full":
        return None
    reason = obstacle(work)
    if engine == "numpy":
        missing = "engine is 'numpy'; expected 'auto' or 'compiled'"
    elif reason:
        missing = f"{reason}; expected work for the compiled engine"
    elif work.network.dtype != "float32":
        missing = f"the network is of {work.network.dtype}; expected one of float32"
    elif not units():
        missing = "this processor has none of what multiplies bfloat16, AMX or AVX512-BF16"
    else:
        return units()[0]
    raise ConfigurationError(f"precision is 'mixed', but {missing}. Or give precision='full'.")
