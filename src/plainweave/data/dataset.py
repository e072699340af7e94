"""Data sets: what to train on, what to test on, and what the targets mean."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from plainweave.arrays import RawArray, is_sparse
from plainweave.checks import instance, put
from plainweave.data.class_weights import ClassWeight
from plainweave.data.examples import Examples
from plainweave.data.image_shape import as_full_scale, as_image_shape, channels_of
from plainweave.data.labels import check_labels
from plainweave.data.names import as_class_names, as_name
from plainweave.data.sizes import check_not_tiny
from plainweave.data.split import Split, split
from plainweave.data.stored import is_stored
from plainweave.data.tables.columns import check_columns
from plainweave.display import Displayed, Rows, counted, listed
from plainweave.elsewhere import Elsewhere
from plainweave.errors import ConfigurationError, DataError, ShapeError, shown


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Displayed, Elsewhere):
    """A data set with its test examples apart.

    Attributes:
        name: as people call it.
        train: the examples to train on and, unless there are others for that, to validate on.
        test: the examples to test on, once, at the end.
        class_names: one for each class; labels count from 0. Numbers become text. None at all where the
            targets are numbers to be predicted.
        image_shape: (rows, columns) where an example is an image, else None. Its features are its pixels
            row by row, or three for each pixel, its red, green and blue.
        full_scale: the value of a fully bright pixel.
        validation: the examples to validate on, where they are not to be taken from `train`.
        target_name: what people call the targets: the column that they come from; "" for nothing.

    Raises:
        ConfigurationError: a part is no examples.
        ShapeError: there are class names, and examples have several targets.
        DataError: a part has no examples, the parts differ in features, in columns or in targets, a label is
            no class, all training inputs or targets are smaller than 1e-15, a name is no line of text, the
            image shape is not that of the features, or full_scale is no number from 0 to 1e15.
    """

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0
    validation: Examples | None = None
    target_name: str = ""

    def __post_init__(self) -> None:
        for part in ("train", "test", "validation"):
            if part != "validation" or self.validation is not None:
                instance(part, getattr(self, part), Examples, "pw.Examples(inputs, targets)")
        put(
            self,
            name=as_name(str(self.name), self.name),
            class_names=as_class_names(self.name, self.class_names),
            image_shape=as_image_shape(self.name, self.image_shape, self.features),
            full_scale=as_full_scale(self.name, self.full_scale),
            target_name=as_name(self.name, self.target_name),
        )
        for part, examples in self._parts.items():
            self._check(part, examples)
        if self.train.table is None:
            check_not_tiny(f"{self.name}: ", "training input", self.train.inputs)
        if not self.is_classification:
            check_not_tiny(f"{self.name}: ", "training target", self.train.targets)

    def _in_words(self) -> str:
        *others, last = (f"{len(part):,} {name}" for name, part in self._parts.items())
        each = counted(self.features, "feature" if self.train.table is None else "column")
        targets = counted(self.outputs, "class" if self.is_classification else "target")
        return f"{self.name!r}, {', '.join(others)} and {last} examples of {each}, {targets}"

    def _as_rows(self) -> Rows:
        told: list[tuple[str, object]] = list(self._parts.items())
        if self.is_classification:
            told.append(("classes", listed(self.class_names)))
        if self.image_shape:
            told.append(
                ("images", "x".join(map(str, self.image_shape)) + ", in colour" * (self.channels > 1))
            )
        if self.target_name:
            told.append(("target", self.target_name))
        return Rows((), told)

    @property
    def _parts(self) -> dict[str, Examples]:
        parts = {"training": self.train, "test": self.test}
        return parts if self.validation is None else {**parts, "validation": self.validation}

    def _check(self, part: str, examples: Examples) -> None:
        if 0 in examples.inputs.shape:
            raise DataError(f"{self.name}: there are no {part} examples; expected at least 1.")
        check_columns(self.name, part, self.train.table, examples.table)
        features = examples.inputs.shape[1]
        if self.train.table is None and features != self.features:
            raise DataError(
                f"{self.name}: training examples have {self.features} features and {part} examples "
                f"{features}; expected the same number."
            )
        if self.is_classification:
            self._check_classes(part, examples)
        elif examples.outputs != self.outputs:
            raise DataError(
                f"{self.name}: training examples have {self.outputs} targets each and {part} examples "
                f"{examples.outputs}; expected the same number."
            )

    def _check_classes(self, part: str, examples: Examples) -> None:
        try:
            labels = examples.labels
        except (DataError, ShapeError) as error:
            raise type(error)(
                f"{self.name}, {part} part: {error} Where targets are numbers, leave class_names out."
            ) from error
        check_labels(f"{self.name}: {part} example", labels, self.outputs, f" ({self.outputs} classes).")

    @property
    def features(self) -> int:
        """The number of features of an example; of a table, of columns."""
        return int(self.train.inputs.shape[1])

    @property
    def channels(self) -> int:
        """The number of features of a pixel: 3 of images in colour, else 1."""
        return channels_of(self.image_shape, self.features)

    @property
    def is_classification(self) -> bool:
        """Whether the targets are the numbers of classes."""
        return bool(self.class_names)

    @property
    def outputs(self) -> int:
        """The number of classes or, where there are none, of targets that an example has."""
        return len(self.class_names) or self.train.outputs

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 of all inputs, targets and weights, in hexadecimal."""
        digest = hashlib.sha256() if self.is_classification else hashlib.sha256(b"numbers")
        for examples in self._parts.values():
            inputs, table = examples.inputs, examples.table
            arrays: list[RawArray] = [inputs]
            if table is not None:
                digest.update(f"table{table.shape}".encode())
                table.update(digest)
                arrays = []
            elif is_sparse(inputs):
                arrays = [inputs.indptr, inputs.indices, inputs.data]
            arrays.append(examples.labels if self.is_classification else examples.targets)
            if examples.weights is not None:
                arrays.append(examples.weights)
            for array in arrays:
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                for part in (chunk for _, chunk in array.chunks()) if is_stored(array) else (array,):
                    digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    def one_per_class(self) -> Examples:
        """Return the first training example of each class, in the order of the classes.

        Raises:
            DataError: there are no classes, or one has no training example.
        """
        if not self.is_classification:
            raise DataError(
                f"{self.name}: it has no class_names, so its targets are numbers; expected classes. Give "
                "class_names where they are labels."
            )
        present, rows = np.unique(self.train.labels, return_index=True)
        if len(present) != len(self.class_names):
            missing = min(set(range(len(self.class_names))) - set(present.tolist()))
            raise DataError(
                f"{self.name}: class {missing} ({self.class_names[missing]}) has no training example; "
                "expected at least 1 of each class. Add one, or leave that class out."
            )
        return self.train[rows]

    def in_order(self, class_names: Sequence[str]) -> "Dataset":
        """Return the same data with their classes counted in another order.

        Raises:
            DataError: the names are not those of the classes, each once.
        """
        names = as_class_names(self.name, class_names)
        if sorted(names) != sorted(self.class_names) or len(set(names)) < len(names):
            raise DataError(
                f"{self.name}: class_names are {shown(names)}; expected those of its classes, each once, in "
                "any order."
            )
        places = np.array([names.index(name) for name in self.class_names])

        def counted(examples: Examples) -> Examples:
            return replace(examples, targets=places[examples.labels].astype(examples.targets.dtype))

        validation = None if self.validation is None else counted(self.validation)
        train, test = counted(self.train), counted(self.test)
        return replace(self, train=train, test=test, class_names=names, validation=validation)

    def split(
        self,
        *,
        validation_fraction: float = 0.2,
        seed: int = 0,
        standardize: str | None = None,
        missing: str = "median",
        rare: int = 1,
        scale_targets: bool | None = None,
        stratify: bool = False,
        class_weight: ClassWeight | None = None,
    ) -> Split:
        """Return the training and the validation part, as `split` makes them of `train`.

        A validation set of its own is taken as it is; then fraction, seed and stratify decide nothing.
        Numbers to be predicted are scaled by default where they have a name, too.

        Raises:
            ConfigurationError: a setting is out of its range, or would leave a part empty; or the targets
                are no classes, and stratify or class_weight is set, or are classes, and scale_targets is.
            ShapeError, DataError: as of `split`.
        """
        if self.is_classification:
            if scale_targets:
                raise ConfigurationError(
                    f"scale_targets is {shown(scale_targets)} and {self.name} has classes; expected False. "
                    "Leave class_names out where targets are numbers."
                )
            scale_targets = False
        elif scale_targets is None and self.target_name:
            scale_targets = True
        if not self.is_classification and (stratify or class_weight is not None):
            setting = "class_weight" if class_weight is not None else "stratify"
            raise ConfigurationError(
                f"{setting} is set and {self.name} has no classes; expected class_names for it. Leave "
                f"{setting} out where targets are numbers."
            )
        if self.validation is not None:
            return Split.of(
                self.train,
                self.validation,
                standardize=standardize,
                missing=missing,
                rare=rare,
                scale_targets=scale_targets,
                class_weight=class_weight,
                class_names=self.class_names,
            )
        return split(
            self.train,
            validation_fraction=validation_fraction,
            seed=seed,
            standardize=standardize,
            missing=missing,
            rare=rare,
            scale_targets=scale_targets,
            stratify=stratify,
            class_weight=class_weight,
            class_names=self.class_names,
        )
