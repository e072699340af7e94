"""A trained network with what it takes to use it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import instance, put
from plainweave.data import Dataset, Examples, Preparation, Split, Standardizer, TargetScale
from plainweave.data.examples import as_inputs
from plainweave.data.image_shape import as_full_scale, as_image_shape, channels_of
from plainweave.data.names import as_class_names, as_name
from plainweave.data.stored import is_stored
from plainweave.data.tables.table import is_table
from plainweave.display import Displayed, Rows, counted, listed
from plainweave.elsewhere import Elsewhere, answers
from plainweave.engine import Score, evaluate
from plainweave.engine.team import threads_that_pay
from plainweave.engine.threads import one_blas_thread
from plainweave.errors import ConfigurationError, DataError, ShapeError
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.network import Network, check_no_stack, check_parameters
from plainweave.training.known import fitted_of, loss_of
from plainweave.training.result import Fit

_WORTH_A_START = 16  # times the work of a step, which has its threads already, are worth to start one


@answers("pw.Model.of(result, parts)")
@dataclass(frozen=True, repr=False)
class Model(Displayed, Elsewhere):
    """One network, how its inputs are prepared and standardized, and what its outputs mean.

    Attributes:
        network: one network, no stack.
        standardizer: as fitted on the training part.
        class_names: one for each class that the loss has probabilities of; none where classes have no names,
            or where there are no classes. Numbers become text.
        image_shape: (rows, columns) where an example is an image, in gray or in colour, else None.
        full_scale: the value of a fully bright pixel.
        loss: by which it was trained.
        preparation: what makes arrays of tables, as fitted on the training part; None where arrays are given.
        target_scale: by which the targets were standardized, as fitted on the training part; None where they
            were not. A model of tables by a loss that scales targets has one, be it the identity.
        target_name: what people call the targets: the column that they come from; "" for nothing.

    Raises:
        ConfigurationError: the network is a stack, its parameters are not as its sizes say, there is a target
            scale and the loss is none that can be trained so, or none where there is to be one.
        ShapeError: the standardizer or the preparation is of another number of features, or the target scale
            of another number of targets.
        DataError: there are not as many class names as classes, one is no line of text, the image shape is
            not that of the inputs, or full_scale is no number from 0 to 1e15.
    """

    network: Network
    standardizer: Standardizer
    class_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0
    loss: Loss = SoftmaxCrossEntropy()  # noqa: RUF009
    preparation: Preparation | None = None
    target_scale: TargetScale | None = None
    target_name: str = ""

    def __post_init__(self) -> None:
        instance("network", self.network, Network, "the network that pw.fit returns")
        instance("standardizer", self.standardizer, Standardizer, "the standardizer of pw.split(examples)")
        instance("loss", self.loss, Loss, "pw.SoftmaxCrossEntropy()")
        self._check_network()
        self.standardizer.check_features(self.network.inputs)
        self._check_fitted()
        put(
            self,
            class_names=as_class_names("Model", self.class_names),
            image_shape=as_image_shape("Model", self.image_shape, self.network.inputs),
            full_scale=as_full_scale("Model", self.full_scale),
            target_name=as_name("Model", self.target_name),
        )
        if self.class_names:
            self._check_names()

    def _in_words(self) -> str:
        classes = [counted(len(self.class_names), "class")] if self.class_names else []
        return ", ".join([str(self.network), str(self.loss), *classes, self._inputs_in_words()])

    def _as_rows(self) -> Rows:
        told = {"network": self.network, "loss": self.loss, "inputs": self._inputs_in_words()}
        more = {"classes": listed(self.class_names), "target": self.target_name}
        return Rows((), [*told.items(), *((name, text) for name, text in more.items() if text)])

    def _inputs_in_words(self) -> str:
        if self.preparation is not None:
            return f"a table of {counted(len(self.preparation.columns), 'column')}"
        images = "x".join(map(str, self.image_shape)) + " images, " if self.image_shape else ""
        return f"{images}standardized {self.standardizer.kind}"

    @property
    def channels(self) -> int:
        """The number of features of a pixel: 3 of images in colour, else 1."""
        return channels_of(self.image_shape, self.network.inputs)

    def _check_fitted(self) -> None:
        """Check that preparation and target scale are of the network's inputs and of the loss's targets."""
        preparation, scale = self.preparation, self.target_scale
        if preparation is not None:
            instance("preparation", preparation, Preparation, "the preparation of pw.split(examples)")
            if preparation.features != self.network.inputs:
                raise ShapeError(
                    f"the preparation gives {preparation.features} features; expected "
                    f"{self.network.inputs}, the network's inputs."
                )
        if preparation is not None and scale is None and self.loss.scales_targets:
            raise ConfigurationError(
                f"there is a preparation and no target_scale, and the loss is {self.loss}; expected "
                "parts.target_scale, without which predictions have no unit. pw.Model.of(result, parts) "
                "takes all from what pw.fit and pw.split returned."
            )
        if scale is not None:
            instance("target_scale", scale, TargetScale, "the target_scale of pw.split(examples)")
            if not self.loss.scales_targets:
                raise ConfigurationError(
                    f"target_scale is {scale} with the loss {self.loss}; expected None, for it is a scale of "
                    "numbers, and that loss is trained on targets as they are."
                )
            targets = self.loss.width(self.network.outputs)
            if len(scale.center) != targets:
                raise ShapeError(
                    f"the target scale is of {len(scale.center)} targets; expected {targets}, those of a "
                    f"network of {self.network.outputs} outputs by the loss {self.loss}."
                )

    def _check_names(self) -> None:
        names, classes = len(self.class_names), self.loss.classes_of(self.network.outputs)
        if not classes:
            raise DataError(
                f"Model: there are {names} class names; expected none, for the loss "
                f"{self.loss} has no classes."
            )
        if names != classes:
            raise DataError(
                f"Model: there are {names} class names; expected {classes}, one for each class of a network "
                f"of {self.network.outputs} outputs by the loss {self.loss}."
            )

    def _check_network(self) -> None:
        check_parameters(self.network)
        check_no_stack(self.network)

    @classmethod
    @answers("pw.Model.of(result, parts)")
    def of(
        cls,
        network: Network | Fit,
        parts: Split | Standardizer,
        dataset: Dataset | None = None,
        loss: Loss | str | None = None,
    ) -> "Model":
        """Put a trained network together with all that it takes to use it.

        Args:
            network: what `fit` returned, of one network; or a network, no stack.
            parts: that it was trained on, of which its model keeps what was fitted on the training part: how
                inputs are made of tables, standardized, and targets scaled; or the standardizer alone.
            dataset: with its class names and the shape of its images, where there is one.
            loss: by which the network was trained; what `fit` returned tells it, and of a network whose data
                set has class names it is softmax cross-entropy.

        Raises:
            ConfigurationError: the loss is not known; a standardizer alone is given, and the data set's
                inputs are a table; or as for a new one.
            ShapeError, DataError: as for a new one.
        """
        if dataset is not None:
            instance("dataset", dataset, Dataset, "pw.load_dataset('digits')")
        loss = loss_of(network, dataset, loss)
        preparation, scale = fitted_of(parts, dataset, loss)
        model = cls(
            network.network if isinstance(network, Fit) else network,
            parts.standardizer if isinstance(parts, Split) else parts,
            loss=loss,
            preparation=preparation,
            target_scale=scale,
        )
        if dataset is None:
            return model
        return replace(
            model,
            class_names=dataset.class_names,
            image_shape=dataset.image_shape,
            full_scale=dataset.full_scale,
            target_name=dataset.target_name,
        )

    def probabilities(self, inputs: object) -> FloatArray:
        """Return class probabilities (examples, classes) of inputs as stored (examples, features).

        They may be given as anything that `Examples` takes; where the model has a preparation, as a data
        frame, a mapping of names to columns, or a `Table`, whose columns are found by their names.

        Raises:
            ConfigurationError: the loss has no classes.
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size; or as of `Preparation`.
        """
        return self.loss.probabilities(self._outputs(inputs))

    def predict(self, inputs: object) -> FloatArray | IntArray:
        """Return what the loss takes the outputs for, of inputs as stored (examples, features).

        That is the most probable class (examples,), or numbers (examples,) or (examples, outputs), in the
        units of the targets.

        Args:
            inputs: as `probabilities` takes them.

        Raises:
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size; or as of `Preparation`.
        """
        predictions = self.loss.predict(self._outputs(inputs))
        if self.target_scale is None:
            return predictions
        return self.target_scale.to_units(cast(FloatArray, predictions))

    def prepared(self, given: object) -> RawArray:
        """Return inputs as stored as the array (examples, features) that is standardized for the network.

        Raises:
            ShapeError, DataError: as `predict`.
        """
        try:
            inputs = as_inputs("inputs", given) if self.preparation is None else self.preparation(given)
        except DataError as error:
            if self.preparation is not None or not (is_table(given) or isinstance(given, Mapping)):
                raise
            raise DataError(
                "inputs are a table, and the model has no preparation; expected an array (examples, "
                f"{self.network.inputs}). Where the network was trained on a table, pw.Model.of(result, "
                "parts) keeps what made arrays of it."
            ) from error
        self._check_features(inputs)
        return inputs

    def _outputs(self, given: object) -> FloatArray:
        inputs: object = self.prepared(given)
        if not is_stored(inputs):
            return self._outputs_of(cast(RawArray, inputs))
        with one_blas_thread():  # pieces are small: threads would wait for each other most of the time
            return np.concatenate([self._outputs_of(piece) for _, piece in inputs.chunks()])

    def _outputs_of(self, inputs: RawArray) -> FloatArray:
        weights = sum(layer.weight.size for layer in self.network.linear)
        threads = threads_that_pay(weights, inputs.shape[0] // _WORTH_A_START)
        return self.network(self.standardizer(inputs, self.network.dtype), threads)

    def _check_features(self, inputs: RawArray) -> None:
        if inputs.shape[1] != self.network.inputs:
            raise ShapeError(
                f"inputs have shape {inputs.shape}; expected (examples, {self.network.inputs}), the "
                "network's inputs."
            )

    @answers("model.evaluate(pw.Examples(inputs, targets))")
    def evaluate(self, examples: Examples) -> Score:
        """Return loss and metrics on examples: accuracy in percent, or errors in the units of the targets.

        The loss is that which was trained: where targets were standardized, of standardized ones.

        Raises:
            ConfigurationError: they are no `Examples`.
            ShapeError: they have another number of features than the network has inputs.
            DataError: there are none, a target is none that the loss can take, or the model has a preparation
                and the inputs are no table, or none that it can prepare.
        """
        instance("examples", examples, Examples, "dataset.test or pw.Examples(inputs, labels)")
        if not len(examples):
            raise DataError("there are no examples; expected at least 1.")
        if self.preparation is not None and examples.table is None:
            raise DataError(
                f"the inputs of the examples are an array {examples.inputs.shape}, and the model prepares "
                "tables; expected a table. What is prepared already was scored in training: see the history "
                "that pw.fit returned."
            )
        if examples.table is not None:
            examples = examples.with_inputs(self.prepared(examples.inputs))
        self._check_features(examples.inputs)
        return evaluate(self.network, self.loss, examples, self.standardizer, self.target_scale)
