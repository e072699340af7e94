"""A network of which another program's file does not say all that a model needs."""

from dataclasses import dataclass

from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError
from plainweave.losses import LOSSES, Loss
from plainweave.network import Network
from plainweave.training import Model


@dataclass(frozen=True)
class Untold:
    """A network, and the loss that its outputs are of where the file tells it.

    Attributes:
        network: as the file has it.
        loss: "softmax" or "sigmoid" where the file ends in probabilities; None where it ends in numbers.
    """

    network: Network
    loss: str | None = None

    def model(self, loss: Loss | str | None = None) -> Model:
        """Return a model that takes inputs as they are.

        Args:
            loss: by which the network was trained; None for what the file tells.

        Raises:
            ConfigurationError: nothing tells the loss.
        """
        known = loss if loss is not None else self.loss
        if known is None:
            raise ConfigurationError(
                f"nothing says what the {self.network.outputs} outputs of the network mean; expected a loss, "
                f"one of {', '.join(LOSSES)}, as in --loss softmax, or loss='softmax' in Python."
            )
        return Model(self.network, Standardizer.identity(), loss=Loss.named(known))
