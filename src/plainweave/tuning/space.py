"""Spaces: the settings of an experiment, some of which a search chooses from ranges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import NoneType
from typing import get_args, get_origin

from plainweave.checks import did_you_mean
from plainweave.errors import ConfigurationError
from plainweave.experiments import Experiment
from plainweave.experiments.rules import RULES
from plainweave.losses import Loss
from plainweave.tuning.ranges import Choices, Range, range_of

START = "start"  # id of the starting settings
_FIELDS = {field.name: field for field in fields(Experiment) if field.name != "id"}
_BY_NAME = ("rate_factors", "decay_factors", "class_weight")  # whose values are tables themselves
# What decides how settings are judged is the same for all.
_NOT_SEARCHED = ("test", "choose_by", "validation_fraction", "stratify")


@dataclass(frozen=True)
class Space:
    """What a search chooses from.

    Attributes:
        settings: that all trials have, by name.
        ranges: of the others, by name.
        starts: what these are before the search; where one is missing, its default.

    Raises:
        ConfigurationError: a setting is unknown or has a value that is not allowed, nothing is to be
            searched, or settings could not be told apart by their validation scores.
    """

    settings: Mapping[str, object]
    ranges: Mapping[str, Range]
    starts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.ranges:
            raise ConfigurationError(
                "nothing is to be searched; expected a range at least, as in learning_rate = "
                "{low = 0.001, high = 1.0, log = true}."
            )
        if self.settings.get("test", True) is not True:
            raise ConfigurationError("test is given; expected none: trials are not tested, the proof is.")
        for name in _NOT_SEARCHED:
            if name in self.ranges:
                raise ConfigurationError(
                    f"{name} has a range; expected one value, for it decides how settings are judged."
                )
        if self.start.validation_fraction == 0:
            raise ConfigurationError(
                "validation_fraction is 0.0; expected more, for a search chooses by validation examples."
            )
        self._check_ranges()
        self._check_score()

    @property
    def start(self) -> Experiment:
        """The starting settings."""
        return self.experiment(START, self.starts.get)

    @property
    def epochs(self) -> int:
        """The most that a trial may be trained for."""
        searched = self.ranges.get("epochs")
        return max(map(int, map(str, searched.samples))) if searched else self.start.epochs

    def experiment(self, name: str, value_of: Callable[[str], object]) -> Experiment:
        """Return an experiment of the space, see `values`.

        Raises:
            ConfigurationError: the values do not go together.
        """
        return Experiment.from_settings({"id": name, **self.values(value_of)})

    def values(self, value_of: Callable[[str], object]) -> dict[str, object]:
        """Return the settings of an experiment of the space, by name.

        What its optimizer has not is left out, where the optimizer is searched.

        Args:
            value_of: returns the value of a setting that has a range; None for its default.
        """
        settings = dict(self.settings)
        if "optimizer" in self.ranges:
            settings["optimizer"] = value_of("optimizer") or _FIELDS["optimizer"].default
        optimizer = str(settings.get("optimizer", _FIELDS["optimizer"].default))
        for key in self._of(optimizer, self.ranges):
            if key != "optimizer" and (value := value_of(key)) is not None:
                settings[key] = value
        return {key: settings[key] for key in self._of(optimizer, settings)}

    def _of(self, optimizer: str, names: Mapping[str, object]) -> list[str]:
        """Return the settings that an optimizer has; all of them where only one is to be tried."""
        if "optimizer" not in self.ranges or optimizer not in RULES:
            return list(names)
        others = {name for rule in RULES.values() for name in rule.own} - set(RULES[optimizer].own)
        return [name for name in names if name not in others]

    def _optimizers(self) -> Sequence[object]:
        searched = self.ranges.get("optimizer")
        return searched.samples if searched else [self.start.optimizer]

    def _check_ranges(self) -> None:
        """Check each value that a range is checked by, with what the others are at the start."""
        for name, searched in self.ranges.items():
            optimizer = self._optimizer_with(name)
            for value in searched.samples:
                values = {**self.starts, "optimizer": optimizer, name: value}
                try:
                    self.experiment(START, values.get)
                except ConfigurationError as error:
                    raise ConfigurationError(f"{name}, which has a range: {error}") from error

    def _optimizer_with(self, name: str) -> object:
        optimizers = self._optimizers()
        for optimizer in optimizers:
            if "optimizer" not in self.ranges or name in self._of(str(optimizer), {name: None}):
                return optimizer
        tried = " and ".join(map(str, optimizers))
        raise ConfigurationError(
            f"{name} has a range, but no optimizer that has it is tried; only {tried}. Leave the range out."
        )

    def _check_score(self) -> None:
        score, searched = self.start.choose_by, self.ranges.get("loss")
        if not isinstance(searched, Choices):
            return
        losses = [Loss.named(loss) for loss in searched.values]
        shared = [name for name in losses[0].metrics if all(name in loss.metrics for loss in losses)]
        if score not in shared:
            expected = " or ".join(map(repr, shared)) or "losses with a metric in common"
            raise ConfigurationError(
                f"choose_by is {score!r} and loss has a range; expected {expected}, for losses of several "
                "kinds can't be compared."
            )


def space_of(given: Mapping[str, object]) -> Space:
    """Make a space of settings by name, some of which are ranges as a file has them.

    Raises:
        ConfigurationError: see `Space`, and `range_of`.
    """
    settings: dict[str, object] = {}
    ranges: dict[str, Range] = {}
    starts: dict[str, object] = {}
    for name, value in given.items():
        if name not in _FIELDS:
            raise ConfigurationError(
                f"{name} is no setting; expected one of {', '.join(_FIELDS)}.{did_you_mean(name, _FIELDS)}"
            )
        if isinstance(value, Mapping) and (name not in _BY_NAME or "choices" in value):
            ranges[name] = range_of(name, value, _kinds(name))
            if value.get("start") is not None:
                starts[name] = value["start"]
        else:
            settings[name] = value
    return Space(settings, ranges, starts)


def _kinds(name: str) -> tuple[type, ...]:
    kind = _FIELDS[name].type
    if get_origin(kind) is tuple:
        return (tuple,)
    return tuple(one for one in get_args(kind) or (kind,) if one is not NoneType)
