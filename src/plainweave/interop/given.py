"""What is to be written in another form: a model, or a network alone."""

from plainweave.checks import instance
from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError
from plainweave.losses import Loss
from plainweave.network import Network
from plainweave.training import Model


def as_model(given: Model | Network) -> Model:
    """Return a model; of a network alone one whose inputs and outputs are the network's.

    Raises:
        ConfigurationError: it is neither, it is a stack, or its network or loss is of a class of one's own.
    """
    if isinstance(given, Network):
        given = Model(given, Standardizer.identity())
    instance("model", given, Model, "pw.load('model.safetensors')")
    check_known("a network", given.network, type(given.network) is Network)
    loss = type(given.loss)
    check_known("a loss", given.loss, loss.__module__.startswith("plainweave.losses."))
    return given


def check_known(what: str, part: Loss | Network, is_known: bool) -> None:
    """Check that a part is of this library: another form can hold no code.

    Raises:
        ConfigurationError: it is not.
    """
    if not is_known:
        raise ConfigurationError(
            f"the model has {what} of the class {type(part).__name__}, which is your own; expected one of "
            "plainweave's, for no other form holds code. Save it by pw.save."
        )
