"""`plainweave audit`: which conventions, left unsaid, give the report's numbers?"""

from pathlib import Path

from plainweave.cli.options import DataDir, Jobs, Out, Seeds, processes
from plainweave.cli.streams import say


def audit(
    out: Out = Path("reproduction"),
    seeds: Seeds = 1,
    jobs: Jobs = None,
    data_dir: DataDir = None,
) -> None:
    """Train the report's networks under every reading of what it leaves unsaid, and rank the readings.

    Twelve combinations: classic or dampened momentum; inputs normalized over all pixels, per pixel or per
    image; loss averaged over the batch or over batch and classes. Its runs go to DIR/audit; where DIR
    holds a reproduction, the page of that tells the result. Run again, it trains only what is missing.
    """
    from plainweave.cli.tables import show_audit
    from plainweave.data import FASHION_MNIST, Loaded, source_of
    from plainweave.experiments import Store
    from plainweave.jobs import run_experiments
    from plainweave.page import AUDIT_FOLDER, check_page, write_report
    from plainweave.paper import audit_experiments, read_audit
    from plainweave.storage.files import locked_folder

    source = Loaded(source_of(FASHION_MNIST, data_dir))
    with locked_folder(out):
        has_page = bool(Store(out).run_folders())
        if has_page:
            check_page(out)
        records = run_experiments(
            audit_experiments(),
            source,
            out / AUDIT_FOLDER,
            seeds=seeds,
            jobs=processes(jobs),
        )
        show_audit(read_audit(records))
        if has_page:
            say(f"The page: {write_report(out)}")
