"""What a model's file says of it, but for the arrays: its parts by their texts, and their shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, TypeVar, cast

from plainweave.arrays import FloatArray
from plainweave.checks import choice, whole_number
from plainweave.data import STANDARDIZATIONS, Preparation, TargetScale
from plainweave.data.image_shape import as_full_scale, as_image_shape
from plainweave.errors import ConfigurationError
from plainweave.losses import Loss
from plainweave.network import Activation, Layer, Linear, Network, activations_of, hidden_sizes, layer_names
from plainweave.storage.forms import Json, read_form, short
from plainweave.training.model import Model

_Part = TypeVar("_Part")

SCALE, SHIFT = "standardizer.scale", "standardizer.shift"


@dataclass(frozen=True)
class Description:
    """What a file says of its model.

    Attributes:
        layers: their texts in order, "linear" or "dropout:0.5".
        parameters: the shape of each, by the names that the network gives them.
        loss: its text.
        preparation: what makes arrays of tables; None in files before version 4, as what follows.

    Raises:
        PlainweaveError: it says what can't be.
    """

    VERSION: ClassVar[int] = 4
    layers: tuple[str, ...]
    parameters: dict[str, tuple[int, int]]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    full_scale: float
    standardize: str
    loss: str
    preparation: Preparation | None = None
    target_scale: TargetScale | None = None
    target_name: str = ""

    def __post_init__(self) -> None:
        choice("standardize", self.standardize, STANDARDIZATIONS)
        as_full_scale("Model", self.full_scale)

    @classmethod
    def of(cls, model: Model) -> "Description":
        """Return what the file of a model is to say."""
        rows = {name: value.shape for name, value in model.network.parameters.items()}
        return cls(
            tuple(map(str, model.network.layers)),
            {name: (shape[0], shape[1]) for name, shape in rows.items()},
            model.class_names,
            model.image_shape,
            model.full_scale,
            model.standardizer.kind,
            str(model.loss),
            model.preparation,
            model.target_scale,
            model.target_name,
        )

    @staticmethod
    def from_version_3(content: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a file says that knew of no tables."""
        return dict(content)

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield what every array is called and its shape, one by one: a stranger's may promise many.

        Raises:
            ConfigurationError: a part is not defined here, or the parameters are not those of the layers.
        """
        _class_named("loss", self.loss, Loss.registry)
        kinds, names = self._kinds_and_names()
        expected = [f"{name}.{each}" for name, kind in zip(names, kinds, strict=True) for each in kind.names]
        if expected != list(self.parameters):
            raise ConfigurationError(
                f"there are {len(self.parameters)} parameters; expected those of the layers, "
                f"{short(expected)}, in order."
            )
        linear = [name for name, kind in zip(names, kinds, strict=True) if issubclass(kind, Linear)]
        inputs = self.parameters[f"{linear[0]}.weight"][0] if linear else 0
        fitted = {"per-pixel": inputs, "per-image": 0}.get(self.standardize, 1)
        yield SCALE, (fitted,)
        yield SHIFT, (fitted,)
        yield from self.parameters.items()

    def network(self, tensors: Mapping[str, FloatArray]) -> Network:
        """Return the network with arrays that have these shapes.

        Raises:
            ConfigurationError, ShapeError: the layers do not fit each other, or a setting is out of range.
        """
        kinds, names = self._kinds_and_names()
        return Network.of(
            [
                _family(text).named(text, **{each: tensors[f"{name}.{each}"] for each in kind.names})
                for text, kind, name in zip(self.layers, kinds, names, strict=True)
            ]
        )

    def _kinds_and_names(self) -> tuple[list[type[Layer]], list[str]]:
        kinds = [layer_class(text) for text in self.layers]
        return kinds, layer_names(kinds)


@dataclass(frozen=True)
class DescriptionOfVersion2:
    """What files said before there were other layers, losses and targets; those of 0.1 too.

    Raises:
        PlainweaveError: it says what can't be.
    """

    VERSION: ClassVar[int] = 2
    inputs: int
    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    full_scale: float
    standardize: str

    def __post_init__(self) -> None:
        activations_of(hidden_sizes(self.hidden), self.activations)
        as_image_shape("Model", self.image_shape, whole_number("inputs", self.inputs, at_least=1))
        whole_number("the number of classes", len(self.class_names), at_least=1)

    @staticmethod
    def from_version_1(content: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a file of 0.1 says, whose version is called its format."""
        return {name: value for name, value in content.items() if name != "format"}

    def now(self) -> Description:
        """Return it as a file of today says it."""
        layers = [text for activation in self.activations for text in (Linear.name, activation)]
        return Description(
            (*layers, Linear.name),
            dict(self._parameters()),
            self.class_names,
            self.image_shape,
            self.full_scale,
            self.standardize,
            "softmax",
        )

    def _parameters(self) -> Iterator[tuple[str, tuple[int, int]]]:
        sizes = [self.inputs, *self.hidden, len(self.class_names)]
        for number, (rows, columns) in enumerate(pairwise(sizes), start=1):
            layer = f"hidden_{number}" if number < len(sizes) - 1 else "output"
            yield f"{layer}.weight", (rows, columns)
            yield f"{layer}.bias", (1, columns)


class UnknownPartError(ConfigurationError):
    """A file names a part that no class here has the name of."""


def read_description(content: Json) -> Description:
    """Return what a file says, of any version from 1 on.

    Raises:
        ValueError: it says what can't be.
    """
    version = version_of(content)
    if version in (1, 2):
        return read_form(DescriptionOfVersion2, content).now()
    return read_form(Description, content)


def version_of(content: Json) -> Json:
    """Return the version that a file says it is of; None where it says none."""
    return content.get("version", content.get("format")) if isinstance(content, dict) else None


def _family(text: str) -> type[Layer]:
    """Return the family whose registry has the part that a layer's text names."""
    return Activation if text.partition(":")[0] in Activation.registry else Layer


def layer_class(text: str) -> type[Layer]:
    """Return the class of the layer that a text names.

    Raises:
        UnknownPartError: there is none of that name.
    """
    return _class_named("layer", text, cast(dict[str, type[Layer]], _family(text).registry))


def _class_named(what: str, text: str, registry: Mapping[str, _Part]) -> _Part:
    name = text.partition(":")[0]
    if name not in registry:
        raise UnknownPartError(
            f"the {what} {short(name)} is not defined here. Import the script that defines it, and load the "
            "file again."
        )
    return registry[name]
