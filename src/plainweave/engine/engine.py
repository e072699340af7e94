"""Which engine trains a network: the compiled one where it can, NumPy everywhere else."""

from dataclasses import dataclass
from typing import Protocol

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.checks import choice
from plainweave.data import Split
from plainweave.engine import compiled, reference
from plainweave.engine.checks import check_scoring, check_training
from plainweave.engine.score import Score
from plainweave.errors import ConfigurationError
from plainweave.network import Network
from plainweave.optimizers import SGD

ENGINES = ("auto", "compiled", "numpy")


class Engine(Protocol):
    """Trains and scores networks on the two parts of a split."""

    def train_epoch(
        self,
        network: Network,
        optimizer: SGD,
        velocity: dict[str, FloatArray],
        order: IntArray,
        batch_size: int,
        running: BoolArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch of the training part; see `reference.train_epoch`.

        Where only some models of a stack are `running` (models,), what becomes of the others is left open.
        """

    def validate(self, network: Network) -> Score:
        """Score a network, or each of a stack, on the validation part."""


@dataclass(frozen=True)
class NumPyEngine:
    """The definition: any layer, any precision, any machine."""

    split: Split

    def train_epoch(
        self,
        network: Network,
        optimizer: SGD,
        velocity: dict[str, FloatArray],
        order: IntArray,
        batch_size: int,
        running: BoolArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch; see `reference.train_epoch`."""
        known = velocity if type(optimizer) is SGD else {}  # one's own optimizer keeps there what it likes
        check_training(network, known, order, batch_size, running, self.split.training)
        return reference.train_epoch(
            network, optimizer, velocity, self.split.training, self.split.standardizer, order, batch_size
        )

    def validate(self, network: Network) -> Score:
        """Score on the validation part."""
        check_scoring(network, "validation", self.split.validation)
        return reference.evaluate(network, self.split.validation, self.split.standardizer)


def engine_name(network: Network, split: Split, optimizer: SGD) -> str:
    """Return what "auto" trains a network on, for people: "compiled (avx512)" or "numpy"."""
    return "numpy" if compiled.obstacle(network, split, optimizer) else f"compiled ({compiled.kernels()[0]})"


def engine_for(network: Network, split: Split, optimizer: SGD, name: str = "auto") -> Engine:
    """Return the engine that is to train a network on a split.

    Args:
        network: or a stack of networks.
        split: what to train and validate on.
        optimizer: takes the steps.
        name: "auto" for the compiled engine where it is built and covers network and optimizer, else NumPy;
            "compiled" or "numpy" to insist.

    Raises:
        ConfigurationError: the name is unknown, or "compiled" can't be had.
    """
    choice("engine", name, ENGINES)
    obstacle = compiled.obstacle(network, split, optimizer)
    if name == "compiled" and obstacle:
        raise ConfigurationError(f"engine is 'compiled', but {obstacle}. Give 'auto' or 'numpy'.")
    if name == "numpy" or obstacle:
        return NumPyEngine(split)
    return compiled.CompiledEngine(split)
