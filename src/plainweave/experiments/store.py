"""A folder of runs: `runs/ID/seed-N/`, each read once while there are not too many to hold."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from plainweave.data.paths import as_path
from plainweave.errors import RecordError
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.record import RunRecord
from plainweave.experiments.run_files import RECORD_FILE, RUN_FILES, RunFiles
from plainweave.storage.files import clear_partials

_HELD = 1000  # runs, of 6 to 8 kB each if they are short
_Value = TypeVar("_Value")


def run_folder(out: Path, experiment_id: str, seed: int) -> Path:
    """Return where a run's record lies in an output folder."""
    return out / "runs" / experiment_id / f"seed-{seed}"


class Store:
    """The runs of an output folder. It holds the last thousand that were asked for, and reads others again.

    So its memory does not grow with the folder. One command has one store: a run that is held is not read
    again unless it is written here, and what another process writes meanwhile may go unseen.

    Args:
        folder: the output folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = as_path("folder", folder)
        self._runs: dict[Path, RunFiles] = {}

    @staticmethod
    def of(out: "str | Path | Store") -> "Store":
        """Return a store as it is, or that of a folder."""
        return out if isinstance(out, Store) else Store(out)

    def run_folder(self, experiment_id: str, seed: int) -> Path:
        """Return where a run's files lie, or will."""
        return run_folder(self.folder, experiment_id, seed)

    def run_folders(self) -> list[Path]:
        """Return the folders that hold a run's record; a run that was only begun has none."""
        return sorted(path.parent for path in self.folder.glob(f"runs/*/seed-*/{RECORD_FILE}"))

    def files(self, folder: Path) -> RunFiles:
        """Return the files of the run in one of those folders."""
        files = self._runs.pop(folder, None) or RunFiles(folder)
        self._runs[folder] = files  # the last that was asked for stands last
        while len(self._runs) > _HELD:
            del self._runs[next(iter(self._runs))]
        return files

    def run(self, experiment_id: str, seed: int) -> RunFiles:
        """Return the files of a run, which may not be there yet."""
        return self.files(self.run_folder(experiment_id, seed))

    def clear_partials(self) -> None:
        """Remove what kills left of files of runs half written; nobody may be writing them."""
        for folder in self.folder.glob("runs/*/seed-*"):
            clear_partials(folder, RUN_FILES)

    def records(self) -> list[RunRecord]:
        """Return all runs, in the order of their experiments and seeds.

        Raises:
            RecordError: there are none, one can't be read, or one is not the run that its folder is named
                after.
        """
        folders = self.run_folders()
        if not folders:
            raise RecordError(f"{self.folder} holds no runs. Give a folder that plainweave run wrote.")
        records = list(sharing(self.files(folder).record for folder in folders))
        for folder, record in zip(folders, records, strict=True):
            if folder != self.run_folder(record.experiment.id, record.seed):
                raise RecordError(
                    f"{folder} holds the run of {record.experiment.id!r} and seed {record.seed}; expected "
                    "the one that it is named after. Rename it, or remove it to have its run trained again."
                )
        return sorted(records, key=lambda record: (record.position, record.experiment.id, record.seed))

    def comparable(self) -> list[RunRecord]:
        """Return all runs, where they can be compared.

        Raises:
            RecordError: there are none, one can't be read, they are of several data sets, or those of one
                experiment differ in their settings.
        """
        records = self.records()
        self._check_one_dataset(records)
        first: dict[str, Experiment] = {}
        for experiment in (record.experiment for record in records):
            if difference := first.setdefault(experiment.id, experiment).difference(experiment):
                name, one, other = difference
                raise RecordError(
                    f"{self.folder} holds runs of {experiment.id!r} with {name} {one} and {other}; expected "
                    "one. Train all its seeds again, or move some to a folder of their own."
                )
        return records

    def _check_one_dataset(self, records: Sequence[RunRecord]) -> None:
        datasets = {record.dataset.fingerprint: record.dataset.name for record in records}
        if len(datasets) > 1:
            raise RecordError(
                f"{self.folder} holds runs on {' and '.join(sorted(datasets.values()))}; expected one data "
                "set. Move the others to a folder of their own."
            )


def sharing(records: Iterable[RunRecord]) -> Iterator[RunRecord]:
    """Give records with one copy of what they have in common: of ten thousand it would take memory."""
    common: list[object] = []

    def one(value: _Value) -> _Value:
        if value not in common:
            common.append(value)
        return cast(_Value, common[common.index(value)])

    experiments: dict[Experiment, Experiment] = {}
    for record in records:
        yield replace(
            record,
            experiment=experiments.setdefault(record.experiment, record.experiment),
            dataset=one(record.dataset),
            environment=one(record.environment),
        )
