"""Experiments: described in TOML, run, recorded on disk."""

from plainweave.experiments.environment import environment
from plainweave.experiments.files import read_claim_tables, read_experiments
from plainweave.experiments.records import (
    RunRecord,
    by_experiment,
    checkpoint_file,
    describe_result,
    find_comparable_runs,
    find_runs,
    read_run,
    run_folder,
    run_folders,
    write_run,
)
from plainweave.experiments.run import identity, run_experiment
from plainweave.experiments.spec import Experiment, is_experiment_id
from plainweave.training import WEIGHTS_FILE

__all__ = [
    "WEIGHTS_FILE",
    "Experiment",
    "RunRecord",
    "by_experiment",
    "checkpoint_file",
    "describe_result",
    "environment",
    "find_comparable_runs",
    "find_runs",
    "identity",
    "is_experiment_id",
    "read_claim_tables",
    "read_experiments",
    "read_run",
    "run_experiment",
    "run_folder",
    "run_folders",
    "write_run",
]
