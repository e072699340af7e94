"""Training and validation examples, parted at random or as given."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from plainweave.arrays import IntArray, as_array
from plainweave.checks import flag, instance, number, put, whole_number
from plainweave.data.class_weights import ClassWeight, class_weights
from plainweave.data.examples import Examples
from plainweave.data.fitting import fitted
from plainweave.data.random_part import labels_for, random_part, validation_count
from plainweave.data.scale import TargetScale
from plainweave.data.sizes import SMALLEST, check_not_tiny
from plainweave.data.standardizer import Standardizer
from plainweave.data.tables.preparation import Preparation
from plainweave.display import Displayed, Rows, counted
from plainweave.elsewhere import Elsewhere, answers
from plainweave.errors import ConfigurationError, DataError, ShapeError
from plainweave.randomness import split_generator


@dataclass(frozen=True, eq=False, repr=False)
class Split(Displayed, Elsewhere):
    """Two parts of the training examples as arrays, and what was fitted on the first to make them.

    Attributes:
        training: the examples whose gradients are followed.
        validation: the examples that choose the best weights; None where all examples are trained on, and
            the last weights are kept.
        standardizer: fitted on `training` alone.
        validation_rows: which rows of the data set's training examples the validation part holds, in
            increasing order; all others are the training part, in their order. Empty where the two parts
            were not split from one set of examples.
        preparation: what made the arrays of tables, fitted on `training` alone, in float32; None where
            arrays were given.
        target_scale: by which a loss that `scales_targets` has them standardized in training, also fitted on
            `training` alone; None where they are trained on as they are. The parts hold them as they are.

    Raises:
        ConfigurationError: a part is of another kind.
        ShapeError: the parts, the standardizer and the preparation are not of as many features, the parts and
            the target scale not of as many targets, or the rows not as many as the validation part has
            examples.
        DataError: the weights of a part are all below 1e-15, all training targets are smaller than 1e-15, or
            a part's inputs are a table.
    """

    training: Examples
    validation: Examples | None
    standardizer: Standardizer
    validation_rows: IntArray = field(default_factory=lambda: np.arange(0))
    preparation: Preparation | None = None
    target_scale: TargetScale | None = None

    @classmethod
    def of(
        cls,
        training: Examples,
        validation: Examples | None = None,
        *,
        standardize: str | None = None,
        missing: str = "median",
        rare: int = 1,
        scale_targets: bool | None = None,
        class_weight: ClassWeight | None = None,
        class_names: Sequence[str] = (),
    ) -> Self:
        """Return two parts as they are given, with a standardizer or a preparation fitted on the first.

        Args:
            training: the examples to train on.
            validation: those to validate on; None if the last weights are to be kept.
            standardize: of arrays "all-pixels" (by default), "per-pixel", "per-image" or "none", see
                `Standardizer`; of the numbers of tables "standard" (by default), "robust", "normal" or
                "none", see `Preparation`.
            missing: what becomes of missing numbers of tables, "median", or "refuse" for an error.
            rare: levels of a table's column with fewer training examples than this share one feature.
            scale_targets: whether losses of numbers are trained on standardized targets; None: if the
                inputs are tables.
            class_weight: "balanced", or a mapping from classes to weights; see `class_weights`. It is
                computed from the training part, and multiplies the weights of the examples of both parts.
            class_names: of the classes, if the mapping has names.

        Raises:
            ConfigurationError: a setting is out of its range, or is one of tables where the inputs are
                arrays; or a part is of another kind.
            DataError: the validation part lacks a column of the training part, or has another kind of it; or
                as for a new one.
            ShapeError: as for a new one.
        """
        _check_kinds(training, validation)
        is_scaled = training.table is not None
        if scale_targets is not None:
            is_scaled = flag("scale_targets", scale_targets)
        standardizer, preparation = fitted(training, standardize, missing, rare)
        scale = TargetScale.fit(training.targets, training.weights) if is_scaled else None
        if preparation is not None:
            training = training.with_inputs(preparation(training.inputs))
            if validation is not None:
                validation = validation.with_inputs(preparation(validation.inputs))
        if class_weight is not None:
            training, validation = _weighted(training, validation, class_weight, class_names)
        return cls(training, validation, standardizer, np.arange(0), preparation, scale)

    @classmethod
    def of_checked(cls, training: Examples, validation: Examples | None, standardizer: Standardizer) -> Self:
        """Return parts that another door has checked; see `Examples.of_checked`."""
        parts = cls.__new__(cls)
        put(
            parts,
            training=training,
            validation=validation,
            standardizer=standardizer,
            validation_rows=np.arange(0),
            preparation=None,
            target_scale=None,
        )
        return parts

    def __post_init__(self) -> None:
        _check_kinds(self.training, self.validation)
        how = "pw.Standardizer.fit('all-pixels', training.inputs)"
        instance("standardizer", self.standardizer, Standardizer, how)
        for examples in (self.training, self.validation):
            if examples is not None and examples.table is not None:
                raise DataError(
                    "the inputs of a part are a table; expected arrays, and the preparation that made them. "
                    "pw.split and pw.Split.of make both."
                )
        if self.validation is not None:
            _check_alike(self.training, self.validation)
        self._check_fitted()
        self.standardizer.check_features(self.training.inputs.shape[1])
        check_not_tiny("", "training target", self.training.targets)
        for part, examples in (("training", self.training), ("validation", self.validation)):
            if examples is not None and not examples.count_for_something:
                raise DataError(
                    f"the weights of the {part} part are all below {SMALLEST:g}; expected one above."
                )
        rows, count = as_array("validation_rows", self.validation_rows), len(self.validation or ())
        if rows.size and rows.shape != (count,):
            raise ShapeError(
                f"validation_rows have shape {rows.shape}; expected ({count},), a row for each example of "
                "the validation part, or none."
            )
        put(self, validation_rows=rows)

    def _in_words(self) -> str:
        sizes = [f"{len(part):,} {name}" for name, part in self._parts.items()]
        columns = () if self.preparation is None else self.preparation.columns
        how = f"prepared from {counted(len(columns), 'column')}" if columns else self.standardizer.kind
        features = counted(self.training.inputs.shape[1], "feature")
        return f"{' and '.join(sizes)} examples of {features}, {how}"

    def _as_rows(self) -> Rows:
        return Rows((), list(self._parts.items()))

    @property
    def _parts(self) -> dict[str, Examples]:
        parts = {"training": self.training}
        return parts if self.validation is None else {**parts, "validation": self.validation}

    def _check_fitted(self) -> None:
        """Check that preparation and target scale are of as many features and targets as the arrays."""
        features, targets = self.training.inputs.shape[1], self.training.outputs
        if self.preparation is not None:
            instance("preparation", self.preparation, Preparation, "pw.Preparation.fit(table)")
            if self.preparation.features != features:
                raise ShapeError(
                    f"the preparation gives {self.preparation.features} features; expected {features}, as "
                    "the parts have."
                )
        if self.target_scale is not None:
            instance("target_scale", self.target_scale, TargetScale, "the target_scale of pw.split(examples)")
            if len(self.target_scale.center) != targets:
                raise ShapeError(
                    f"the target scale is of {len(self.target_scale.center)} targets; expected {targets}, as "
                    "the examples have."
                )


@answers("pw.split(pw.Examples(inputs, targets))")
def split(
    examples: Examples,
    *,
    validation_fraction: float = 0.2,
    seed: int = 0,
    standardize: str | None = None,
    missing: str = "median",
    rare: int = 1,
    scale_targets: bool | None = None,
    stratify: bool = False,
    class_weight: ClassWeight | None = None,
    class_names: Sequence[str] = (),
) -> Split:
    """Divide examples into a training and a validation part at random, as a function of the seed.

    If inputs stay in their file (see `Examples`), neighbours stay together, 1 MiB of them, so that reading
    one part does not read the other; with `stratify` they do not.

    Args:
        examples: the training examples of a data set.
        validation_fraction: the share of validation examples, below 1; with 0 there is no validation part.
        seed: of the random choice.
        standardize: how numbers are standardized, as in `Split.of`.
        missing: what becomes of missing numbers of tables, as in `Split.of`.
        rare: levels of tables with fewer training examples share a feature, as in `Split.of`.
        scale_targets: whether losses of numbers are trained on standardized targets, as in `Split.of`.
        stratify: whether the validation part has that share of each class, to less than one example.
        class_weight: as in `Split.of`.
        class_names: of the classes, if class_weight names them.

    Raises:
        ConfigurationError: a setting is out of its range, or would leave a part empty; or the targets are no
            classes, and stratify or class_weight is set.
        ShapeError, DataError: as of `Split.of`.
    """
    instance("examples", examples, Examples, "dataset.train or pw.Examples(inputs, targets)")
    fraction = number("validation_fraction", validation_fraction, below=1)
    count = validation_count(fraction, len(examples))
    stream = split_generator(whole_number("seed", seed, at_least=0))
    chosen = random_part(examples, count, stream, flag("stratify", stratify))
    parts = Split.of(
        examples[np.flatnonzero(~chosen)] if count else examples,
        examples[np.flatnonzero(chosen)] if count else None,
        standardize=standardize,
        missing=missing,
        rare=rare,
        scale_targets=scale_targets,
        class_weight=class_weight,
        class_names=class_names,
    )
    return replace(parts, validation_rows=np.flatnonzero(chosen))


def _weighted(
    training: Examples, validation: Examples | None, class_weight: object, names: Sequence[str]
) -> tuple[Examples, Examples | None]:
    """Return both parts with their weights multiplied by those of their classes."""
    parts = {"training": training} if validation is None else {"training": training, "validation": validation}
    labels = {part: labels_for("class_weight", class_weight, examples) for part, examples in parts.items()}
    largest = max(int(numbers.max(initial=0)) for numbers in labels.values())
    by_class = class_weights(class_weight, labels["training"], max(len(names), largest + 1), names)
    weighted = {}
    for part, examples in parts.items():
        given = 1.0 if examples.weights is None else examples.weights
        try:
            weighted[part] = examples.with_weights(by_class[labels[part]] * given)
        except DataError as error:
            raise ConfigurationError(f"class_weight, in the {part} part: {error}") from error
    return weighted["training"], weighted.get("validation")


def _check_kinds(training: object, validation: object) -> None:
    instance("training", training, Examples, "pw.Examples(inputs, targets)")
    if validation is not None:
        instance("validation", validation, Examples, "pw.Examples(inputs, targets)")


def _check_alike(training: Examples, validation: Examples) -> None:
    """Check that the validation part goes with the training part.

    Raises:
        ShapeError: it has another number of features or targets.
    """
    for what, given, expected in (
        ("features", validation.inputs.shape[1], training.inputs.shape[1]),
        ("targets", validation.outputs, training.outputs),
    ):
        if given != expected:
            raise ShapeError(
                f"the validation part has {given} {what}; expected {expected}, as the training part has."
            )
