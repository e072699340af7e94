"""How another process comes by a data set."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from plainweave.data import Dataset, load_dataset
from plainweave.errors import DataError
from plainweave.jobs.processes import NoProcessesError
from plainweave.storage.files import cannot_write, write_partial

COPY = "data"
# The name or folder, and the data folder, that `load_dataset` is called with.
Source = tuple[str | Path, str | Path | None]


@contextmanager
def shared(dataset: Dataset, source: Source | None, folder: Path) -> Iterator[Callable[[], Dataset]]:
    """Give what loads a data set in another process: from its source, or from a copy kept meanwhile.

    That a source gives the same is held to the fingerprint: files may have changed, or be those of another
    data set.

    Args:
        dataset: to be had there.
        source: to load it from; None for a copy.
        folder: for the copy; what a kill leaves of it, `clear_partials` removes by the name of COPY.

    Raises:
        RecordError: the copy can't be written.
        NoProcessesError: no copy can be made of it.
    """
    if source is not None:
        described = {
            name: getattr(dataset, name) for name in ("name", "class_names", "image_shape", "full_scale")
        }
        yield partial(_loaded_again, source, dataset.fingerprint, described)
        return
    try:
        copy = write_partial(folder / COPY, pickle.dumps(dataset))
    except OSError as error:
        raise cannot_write(folder / COPY, error) from error
    except (pickle.PicklingError, AttributeError, TypeError) as error:  # a class within a function
        raise _not_to_be_handed_over(error) from error
    try:
        yield partial(_loaded_copy, copy)
    finally:
        copy.unlink(missing_ok=True)


def _loaded_copy(copy: Path) -> Dataset:
    """Load the copy.

    Raises:
        NoProcessesError: it has a class of the user's own that only the process that made it knows.
    """
    try:
        dataset: Dataset = pickle.loads(copy.read_bytes())
    except (AttributeError, ImportError) as error:  # a class typed in at a prompt or in a notebook
        raise _not_to_be_handed_over(error) from error
    return dataset


def _not_to_be_handed_over(error: Exception) -> NoProcessesError:
    return NoProcessesError(f"the data can't be handed to other processes ({error})")


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
