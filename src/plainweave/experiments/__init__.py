"""Experiments: described in TOML, run, recorded on disk."""

from plainweave.experiments.data_settings import DataSettings
from plainweave.experiments.environment import environment
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.fitted import fitted_to, trainable
from plainweave.experiments.ids import is_experiment_id
from plainweave.experiments.record import (
    DatasetIdentity,
    RunRecord,
    by_experiment,
    describe_result,
)
from plainweave.experiments.run import run_experiment
from plainweave.experiments.run_files import RECORD_FILE, RunFiles, read_run, write_run
from plainweave.experiments.run_identity import identity, resumed_epoch
from plainweave.experiments.setting import Setting
from plainweave.experiments.store import Store, run_folder
from plainweave.experiments.toml import (
    read_claim_tables,
    read_data_settings,
    read_experiments,
    read_threads,
)
from plainweave.training import WEIGHTS_FILE

__all__ = [
    "RECORD_FILE",
    "WEIGHTS_FILE",
    "DataSettings",
    "DatasetIdentity",
    "Experiment",
    "RunFiles",
    "RunRecord",
    "Setting",
    "Store",
    "by_experiment",
    "describe_result",
    "environment",
    "fitted_to",
    "identity",
    "is_experiment_id",
    "read_claim_tables",
    "read_data_settings",
    "read_experiments",
    "read_run",
    "read_threads",
    "resumed_epoch",
    "run_experiment",
    "run_folder",
    "trainable",
    "write_run",
]
