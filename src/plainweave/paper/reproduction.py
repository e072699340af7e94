"""The reproduction and the audit: what is trained, what is checked, and the page that tells it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from plainweave.data import Dataset
from plainweave.data.catalog import FASHION_MNIST
from plainweave.data.source import Loaded, Named, Source, source_of
from plainweave.evidence import Judgement, gradient_evidence, write_gradients
from plainweave.experiments import RunRecord, Store
from plainweave.jobs import Executor, run_experiments
from plainweave.page import References, Study, check_page, run_study, write_page
from plainweave.paper.audit import AUDIT_FOLDER, Reading, audit_experiments, read_audit
from plainweave.paper.claims import judge_claims
from plainweave.paper.experiments import reproduced_experiments
from plainweave.paper.references import report_references
from plainweave.paper.sections import SECTIONS
from plainweave.paper.table_1 import TABLE_1_FILE, check_table_1, read_table_1, write_table_1
from plainweave.storage.files import locked_folder


def reproduce(
    out: str | Path,
    *,
    seeds: int = 1,
    jobs: int = 1,
    executor: Executor | None = None,
    only: Sequence[str] | None = None,
    full: bool = False,
    epochs: int | None = None,
    data: str | Path | Source | Dataset = FASHION_MNIST,
    data_dir: Path | None = None,
    command: str | None = None,
) -> Study:
    """Train the report's networks where they are missing, check gradients, judge its claims, write the page.

    Args:
        out: the output folder.
        seeds: how many, from 0.
        jobs: processes to train on.
        executor: where they are trained, instead of on so many processes.
        only: ids of experiments to train; None for all.
        full: whether the networks beyond the thirteen are trained too, which claims 3 and 5 need.
        epochs: of all networks; None for the report's. Claims are judged by runs of the report's alone.
        data: a data set, its name, folder or source. On other data than the report's nothing is compared.
        data_dir: where the files of a named data set lie.
        command: that this is, to be told on the page.

    Returns:
        The study that the page tells of, with its gradients, which may be wrong.

    Raises:
        DataError: a class has no training example, or the data can't be had.
        ConfigurationError, RecordError, PlainweaveError, KeyboardInterrupt: as `run_study` has them.
    """
    out = Path(out)
    source = Loaded(source_of(data, data_dir))
    dataset = source.load()
    dataset.one_per_class()  # a class without ends it here, not after training
    return run_study(
        reproduced_experiments(full=full, epochs=epochs),
        source,
        out,
        seeds=seeds,
        jobs=jobs,
        executor=executor,
        only=only,
        command=command,
        sections=SECTIONS,
        references=report_references(dataset.name),
        judgements=partial(_judge, out),
        before_page=partial(_check_gradients, jobs=jobs),
        more_files=(TABLE_1_FILE,),
    )


def run_audit(
    out: str | Path,
    *,
    seeds: int = 1,
    jobs: int = 1,
    executor: Executor | None = None,
    data_dir: Path | None = None,
) -> tuple[list[Reading], Path | None]:
    """Train the report's networks under every reading of what it leaves unsaid, and rank the readings.

    Args:
        out: the output folder, whose page tells the result where it holds a reproduction.
        seeds: how many, from 0.
        jobs: processes to train on.
        executor: where they are trained, instead of on so many processes.
        data_dir: where the files of the report's data lie.

    Returns:
        The readings, the nearest to the report first, and the page, if there is one.

    Raises:
        DataError, RecordError, PlainweaveError, KeyboardInterrupt: as `run_experiments` has them.
    """
    store = Store(out)
    source = Loaded(Named(FASHION_MNIST, data_dir))
    with locked_folder(store.folder):
        has_page = is_reproduction(store.folder) and bool(store.run_folders())
        if has_page:
            check_page(store, _references(store))
        records = run_experiments(
            audit_experiments(),
            source,
            store.folder / AUDIT_FOLDER,
            seeds=seeds,
            jobs=jobs,
            executor=executor,
        )
        return read_audit(records), write_reproduction(store) if has_page else None


def write_reproduction(out: str | Path | Store) -> Path:
    """Write the page of a reproduction again, from its records alone, and return its path.

    Raises:
        RecordError: as `write_page` has it.
    """
    store = Store.of(out)
    return write_page(store, SECTIONS, _references(store), partial(_judge, store.folder))


def is_reproduction(out: Path) -> bool:
    """Whether a folder holds a reproduction, which is known by its Table 1.

    Raises:
        RecordError: that can't be read.
    """
    return read_table_1(out) is not None


def _references(store: Store) -> References:
    return report_references(store.comparable()[0].dataset.name)


def _judge(out: Path, records: Sequence[RunRecord]) -> list[Judgement]:
    """Judge the report's claims; on other data than the report's there are none."""
    if records[0].dataset.name != FASHION_MNIST:
        return []
    table = read_table_1(out)
    return judge_claims(records, table if table and table.dataset == FASHION_MNIST else None)


def _check_gradients(out: Path, dataset: Dataset, *, jobs: int) -> None:
    write_gradients(out, gradient_evidence(dataset, jobs=jobs))
    write_table_1(out, check_table_1(dataset))
