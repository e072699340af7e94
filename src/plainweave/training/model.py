"""A trained network with what it takes to use it."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import instance, put
from plainweave.data import Dataset, Examples, Standardizer
from plainweave.data.dataset import as_class_names, as_full_scale, as_image_shape, channels_of
from plainweave.data.examples import as_inputs
from plainweave.engine import Score, evaluate
from plainweave.errors import ConfigurationError, DataError, ShapeError
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network, check_parameters


@dataclass(frozen=True)
class Model:
    """One network, how its inputs are standardized, and what its outputs mean.

    Attributes:
        network: one network, no stack.
        standardizer: as fitted on the training part.
        class_names: one for each class that the loss has probabilities of; none where classes have no names,
            or where there are no classes. Numbers become text.
        image_shape: (rows, columns) where an example is an image, in gray or in colour, else None.
        full_scale: the value of a fully bright pixel.
        loss: by which it was trained.

    Raises:
        ConfigurationError: the network is a stack, or its parameters are not as its sizes say.
        ShapeError: the standardizer is of another number of features.
        DataError: there are not as many class names as classes, one is no line of text, the image shape is
            not that of the inputs, or full_scale is no number from 0 to 1e15.
    """

    network: Network
    standardizer: Standardizer
    class_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0
    loss: Loss = SoftmaxCrossEntropy()  # noqa: RUF009

    def __post_init__(self) -> None:
        instance("network", self.network, Network, "the network that pw.fit returns")
        instance("standardizer", self.standardizer, Standardizer, "the standardizer of pw.split(examples)")
        instance("loss", self.loss, Loss, "pw.SoftmaxCrossEntropy()")
        self._check_network()
        self.standardizer.check_features(self.network.inputs)
        put(
            self,
            class_names=as_class_names("Model", self.class_names),
            image_shape=as_image_shape("Model", self.image_shape, self.network.inputs),
            full_scale=as_full_scale("Model", self.full_scale),
        )
        if self.class_names:
            self._check_names()

    @property
    def channels(self) -> int:
        """The number of features of a pixel: 3 of images in colour, else 1."""
        return channels_of(self.image_shape, self.network.inputs)

    def _check_names(self) -> None:
        names, outputs = len(self.class_names), np.zeros((1, self.network.outputs))
        try:
            classes = self.loss.probabilities(outputs).shape[-1]
        except ConfigurationError:
            raise DataError(
                f"Model: there are {names} class names; expected none, for the loss "
                f"{self.loss} has no classes."
            ) from None
        if names != classes:
            raise DataError(
                f"Model: there are {names} class names; expected {classes}, one for each class of a network "
                f"of {self.network.outputs} outputs by the loss {self.loss}."
            )

    def _check_network(self) -> None:
        check_parameters(self.network)
        if self.network.stack:
            raise ConfigurationError(
                f"network is a stack of {self.network.stack[0]}; expected one network. Take one by member()."
            )

    @classmethod
    def of(
        cls,
        network: Network,
        standardizer: Standardizer,
        dataset: Dataset,
        loss: Loss | str | None = None,
    ) -> "Model":
        """Put a network trained on a data set together with what the data set tells.

        Args:
            network: one network, no stack.
            standardizer: as fitted on the training part.
            dataset: with its class names and the shape of its images.
            loss: by which the network was trained, as a `Fit` has it; softmax cross-entropy where the data
                set has class names.

        Raises:
            ConfigurationError: no loss is given, and the data set has no class names; or as for a new one.
            ShapeError, DataError: as for a new one.
        """
        instance("dataset", dataset, Dataset, "pw.load_dataset('digits')")
        if loss is None and not dataset.class_names:
            raise ConfigurationError(
                f"Model: {dataset.name} has no classes; expected the loss by which the network was trained. "
                "Give loss=result.loss, of what pw.fit returned."
            )
        loss = SoftmaxCrossEntropy() if loss is None else Loss.named(loss)
        return cls(network, standardizer, dataset.class_names, dataset.image_shape, dataset.full_scale, loss)

    def probabilities(self, inputs: object) -> FloatArray:
        """Return class probabilities (examples, classes) of inputs as stored (examples, features).

        They may be given as anything that `Examples` takes.

        Raises:
            ConfigurationError: the loss has no classes.
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size.
        """
        return self.loss.probabilities(self.network(self._standardized(inputs)))

    def predict(self, inputs: object) -> FloatArray | IntArray:
        """Return what the loss takes the outputs for, of inputs as stored (examples, features).

        That is the most probable class (examples,), or numbers (examples,) or (examples, outputs).

        Raises:
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size.
        """
        return self.loss.predict(self.network(self._standardized(inputs)))

    def _standardized(self, given: object) -> FloatArray:
        inputs = as_inputs("inputs", given)
        self._check_features(inputs)
        return self.standardizer(inputs, self.network.dtype)

    def _check_features(self, inputs: RawArray) -> None:
        if inputs.shape[1] != self.network.inputs:
            raise ShapeError(
                f"inputs have shape {inputs.shape}; expected (examples, {self.network.inputs}), the "
                "network's inputs."
            )

    def evaluate(self, examples: Examples) -> Score:
        """Return loss and accuracy, in percent, on examples.

        Raises:
            ConfigurationError: they are no `Examples`.
            ShapeError: they have another number of features than the network has inputs.
            DataError: there are none, or a target is none that the loss can take.
        """
        instance("examples", examples, Examples, "dataset.test or pw.Examples(inputs, labels)")
        if not len(examples):
            raise DataError("there are no examples; expected at least 1.")
        self._check_features(examples.inputs)
        return evaluate(self.network, self.loss, examples, self.standardizer)
