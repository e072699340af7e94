"""Keras has the same weights in the same order, as the page on forms shows."""

import os
from typing import Any

import numpy as np
import pytest

from formats_page import code_of

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # of Keras and its backend
keras: Any = pytest.importorskip("keras")


def test_the_page_on_keras_runs() -> None:
    names: dict[str, Any] = {}
    exec(code_of("Keras"), names)
    np.testing.assert_allclose(names["theirs"], names["ours"], atol=1e-6)
    for name, value in names["back"].parameters.items():
        np.testing.assert_array_equal(value, names["network"].parameters[name])
