"""How another process comes by a data set."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from plainweave.data import Dataset, load_dataset
from plainweave.errors import DataError

# The name or folder, and the data folder, that `load_dataset` is called with.
Source = tuple[str | Path, str | Path | None]


def loader(dataset: Dataset, source: Source | None) -> Callable[[], Dataset]:
    """Return what gives a data set in another process: loaded there again, or handed over as it is.

    Loading again takes no memory on the way. That it is the same is held to the fingerprint: files may have
    changed, or be those of another data set.
    """
    if source is None:
        return partial(_as_it_is, dataset)
    described = {
        name: getattr(dataset, name) for name in ("name", "class_names", "image_shape", "full_scale")
    }
    return partial(_loaded_again, source, dataset.fingerprint, described)


def _as_it_is(dataset: Dataset) -> Dataset:
    return dataset


def _loaded_again(source: Source, fingerprint: str, described: dict[str, Any]) -> Dataset:
    """Load a data set.

    Raises:
        DataError: it can't be loaded, or is not the one of that fingerprint.
    """
    dataset = load_dataset(*source)
    if dataset.fingerprint != fingerprint:
        raise DataError(
            f"{source[0]} has changed since it was loaded, or is another data set: its fingerprint is "
            f"{dataset.fingerprint[:12]}; expected {fingerprint[:12]}. Run it again, or give no source."
        )
    return replace(dataset, **described)
