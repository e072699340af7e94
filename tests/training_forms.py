"""Whether two models are one, bit for bit."""

import plainweave as pw
from plainweave.training import serialized


def same_model(first: pw.Model, second: pw.Model) -> bool:
    """Whether the model files of both are the same bytes."""
    return serialized(first) == serialized(second)
