"""PyTorch's modules and plainweave's layers: which is which, as words, so that no PyTorch is needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError
from plainweave.network import (
    ELU,
    GELU,
    SELU,
    Dropout,
    GELUTanh,
    Identity,
    Layer,
    LeakyReLU,
    Linear,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from plainweave.network.layers import kinds

Settings = Mapping[str, object]
# A class of torch.nn, and the settings that it is made with.
Module = tuple[str, Settings]
# Small beside the variance of any example but one whose features differ by rounding alone, which is centred.
_LEAST_VARIANCE = 1e-12

# layer -> torch's class, the names that its settings have there, and what is set besides
_MODULES: dict[type[Layer], tuple[str, tuple[str, ...], Settings]] = {
    Tanh: ("Tanh", (), {}),
    Sigmoid: ("Sigmoid", (), {}),
    ReLU: ("ReLU", (), {}),
    LeakyReLU: ("LeakyReLU", ("negative_slope",), {}),
    ELU: ("ELU", ("alpha",), {}),
    SELU: ("SELU", (), {}),
    GELU: ("GELU", (), {"approximate": "none"}),
    GELUTanh: ("GELU", (), {"approximate": "tanh"}),
    SiLU: ("SiLU", (), {}),
    Mish: ("Mish", (), {}),
    Softplus: ("Softplus", (), {"beta": 1, "threshold": 20}),
    Identity: ("Identity", (), {}),
    Dropout: ("Dropout", ("p",), {}),
}
KNOWN = ("Linear", *dict.fromkeys(name for name, _, _ in _MODULES.values()))


def modules_of(layers: Sequence[Layer], standardizer: Standardizer) -> list[Module]:
    """Return the modules of a plain model, one for each layer, and before them what standardizes.

    Raises:
        ConfigurationError: a layer is none that PyTorch has.
    """
    before: list[Module] = []
    if standardizer.kind == "per-image":
        features = next(layer for layer in layers if isinstance(layer, Linear)).weight.shape[0]
        settings = {"normalized_shape": features, "eps": _LEAST_VARIANCE, "elementwise_affine": False}
        before.append(("LayerNorm", settings))
    return before + [_module(layer, layers) for layer in layers]


def _module(layer: Layer, layers: Sequence[Layer]) -> Module:
    if type(layer) is Linear:
        inputs, outputs = layer.weight.shape
        return "Linear", {"in_features": inputs, "out_features": outputs}
    if type(layer) not in _MODULES:
        kind = layer.name or type(layer).__name__
        raise ConfigurationError(
            f"the network has the layers {', '.join(kinds(layers))}; expected those that PyTorch has: "
            f"linear ones, activations of this library, and dropout. It has no {kind} in this place: keep "
            "the model in plainweave's own file."
        )
    name, names, besides = _MODULES[type(layer)]
    own = [getattr(layer, field.name) for field in fields(layer)]  # type: ignore[arg-type]
    return name, {**dict(zip(names, own, strict=True)), **besides}


def text_of(modules: Sequence[Module]) -> str:
    """Return the line of Python that makes the modules, as in "nn.Sequential(nn.Linear(4, 3), nn.Tanh())"."""
    texts = (
        f"nn.{name}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"
        for name, settings in modules
    )
    return f"nn.Sequential({', '.join(texts)})"


def layer_of(place: str, name: str, settings: Settings) -> Layer | None:
    """Return the layer, not a linear one, that a module is; None for one that lays examples flat.

    Args:
        place: of the module, for messages, as in "module 2".
        name: of its class in torch.nn.
        settings: its attributes.

    Raises:
        ConfigurationError: there is no such layer, or none with these settings.
    """
    if name == "Flatten" and (settings["start_dim"], settings["end_dim"]) == (1, -1):
        return None
    for kind, (known, names, besides) in _MODULES.items():
        if known == name and all(settings[key] == value for key, value in besides.items()):
            make: Callable[..., Layer] = kind
            return make(*(settings[key] for key in names))
    raise ConfigurationError(
        f"{place} is {name}({_shown(settings)}); expected one of {', '.join(KNOWN)}, and Flatten, as "
        f"torch makes them.{_ADVICE.get(name, '')}"
    )


def _shown(settings: Settings) -> str:
    plain = {key: value for key, value in settings.items() if isinstance(value, bool | int | float | str)}
    return ", ".join(f"{key}={value!r}" for key, value in plain.items() if key not in ("training", "inplace"))


_ADVICE = {
    **dict.fromkeys(
        ("Softmax", "LogSoftmax"), " Leave it out: the loss softmax makes probabilities of the outputs."
    ),
    **dict.fromkeys(
        ("BatchNorm1d", "LayerNorm"), " Take its means and variances into the weights of the layer after it."
    ),
}
