"""The digits that come with scikit-learn."""

import numpy as np

from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples

_TEST_EXAMPLES = 360


def digits(name: str) -> Dataset:
    """Return 1,797 digits of 8x8 pixels from 0 to 16, the last 360 as test examples, by that name."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    examples = Examples(inputs.astype(np.uint8), labels.astype(np.uint8))
    first_test_row = len(examples) - _TEST_EXAMPLES
    rows = np.arange(len(examples))
    return Dataset(
        name=name,
        train=examples[rows[:first_test_row]],
        test=examples[rows[first_test_row:]],
        class_names=tuple("0123456789"),
        image_shape=(8, 8),
        full_scale=16.0,
    )
