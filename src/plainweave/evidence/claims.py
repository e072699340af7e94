"""Claims of one's own: `[[claim]]` tables of a TOML file.

    [[claim]]
    statement = "The wide network is better, and over-fits no more."
    comparison = [
        { measure = "test accuracy", first = "wide", second = "deep", above = 0 },
        { measure = "climb", first = "wide", below = 0.01 },
    ]

A claim of one comparison may have its keys in the `[[claim]]` itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from plainweave.checks import choice, did_you_mean
from plainweave.errors import CONTROLS, ConfigurationError, shown
from plainweave.evidence.measures import Measure, common_score, measures, of_test, of_validation, score_names
from plainweave.evidence.statements import Comparison, Statement
from plainweave.evidence.statistics import Region
from plainweave.experiments import Experiment, is_experiment_id, read_claim_tables

_LONGEST_STATEMENT = 500  # characters
_LARGEST = 1e100  # end of a region
_REGIONS = ("above", "below", "between", "within")


@dataclass(frozen=True)
class ClaimedComparison:
    """One comparison of a claim, as TOML has it: exactly one of the regions is given.

    Attributes:
        measure: name of one of `measures`.
        first: id of an experiment.
        second: id of the one whose measure is taken off; None for none.
        above, below: the end of a region that is open to the other side.
        between: the ends of a region, the lower first.
        within: the end of a region around 0.

    Raises:
        ConfigurationError: a value is not allowed.
    """

    measure: str
    first: str
    second: str | None = None
    above: float | None = None
    below: float | None = None
    between: tuple[float, float] | None = None
    within: float | None = None

    def __post_init__(self) -> None:
        choice("measure", self.measure, measures())
        _ = self.region
        for name in ("first", "second"):
            id_ = getattr(self, name)
            if not is_experiment_id(id_) and (name, id_) != ("second", None):
                raise ConfigurationError(f"{name} is {shown(id_)}; expected the id of an experiment.")
        if self.first == self.second:
            raise ConfigurationError(f"first and second are both {self.first!r}; expected two networks.")

    @property
    def region(self) -> Region:
        """Where the claim says that the mean lies."""
        given = [name for name in _REGIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ConfigurationError(
                f"the region is given by {' and '.join(given) or 'nothing'}; "
                f"expected one of {', '.join(_REGIONS)}."
            )
        if self.between is not None:
            return _region_between(self.between)
        if self.within is not None:
            end = _end("within", self.within)
            if end <= 0:
                raise ConfigurationError(f"within is {shown(self.within)}; expected a number above 0.")
            return Region(-end, end)
        if self.above is not None:
            return Region(low=_end("above", self.above))
        return Region(high=_end("below", self.below))

    def comparison(self) -> Comparison:
        """Return what is to be compared."""
        return Comparison(measures()[self.measure], self.region, self.first, self.second)

    def check_experiments(self, experiments: Sequence[Experiment]) -> None:
        """Check that the experiments are there, and have what is measured.

        Raises:
            ConfigurationError: one is not, is not tested, or its loss has no such metric; or the losses of
                two are numbers of several kinds.
        """
        measure = measures()[self.measure]
        first = _checked_experiment("first", self.first, measure, experiments)
        if self.second is None:
            return
        second = _checked_experiment("second", self.second, measure, experiments)
        if measure.is_of_one_loss and first.loss != second.loss:
            raise ConfigurationError(
                f"first has the loss {first.loss} and second {second.loss}, whose {measure.score} is another "
                f"kind of number; expected one loss. {_advice(common_score(first, second))}"
            )


@dataclass(frozen=True)
class Claim:
    """A claim: what it states, and the comparisons that must all come out for it.

    Raises:
        ConfigurationError: the statement is no line of at most 500 characters, or there is no comparison.
    """

    statement: str
    comparison: tuple[ClaimedComparison, ...]

    def __post_init__(self) -> None:
        text: object = self.statement
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_STATEMENT or CONTROLS.search(text):
            raise ConfigurationError(
                f"statement is {shown(text)}; expected what it states, in a line of at most "
                f"{_LONGEST_STATEMENT} characters."
            )
        if not self.comparison:
            raise ConfigurationError("comparison is []; expected a list of tables, at least one.")


def statements_of(claims: Sequence[Claim]) -> tuple[Statement, ...]:
    """Return claims as statements that `judge_all` judges, numbered from 1."""
    return tuple(
        Statement(number, claim.statement, tuple(part.comparison() for part in claim.comparison))
        for number, claim in enumerate(claims, start=1)
    )


def read_claims(path: Path, experiments: Sequence[Experiment]) -> tuple[Claim, ...]:
    """Read the claims in a TOML file of experiments; see `claims_from`.

    Raises:
        ConfigurationError: the file can't be read, or a claim is not what it should be.
    """
    tables = read_claim_tables(path)
    try:
        return claims_from(tables, experiments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}, {error}") from error


def claims_from(tables: object, experiments: Sequence[Experiment]) -> tuple[Claim, ...]:
    """Read claims from the `[[claim]]` tables of a TOML file, as `tomllib` parses them.

    Args:
        tables: what stands under `claim`.
        experiments: those that can be compared.

    Raises:
        ConfigurationError: a key, measure or id is unknown, one is missing, or a value is not allowed.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"claim is {shown(tables)}; expected tables, each under [[claim]].")
    return tuple(
        _claim(f"claim {number}", table, experiments) for number, table in enumerate(tables, start=1)
    )


def _claim(name: str, table: Mapping[str, object], experiments: Sequence[Experiment]) -> Claim:
    content = {key: value for key, value in table.items() if key != "statement"}
    parts, names = [content], [name]
    if "comparison" in content:
        _check_keys(name, content, ["comparison"])
        parts = _tables(name, content["comparison"])
        names = [f"{name}, comparison {place}" for place in range(1, len(parts) + 1)]
    comparisons = tuple(
        _comparison(part_name, part, experiments) for part_name, part in zip(names, parts, strict=True)
    )
    with _named(name):
        return Claim(table.get("statement"), comparisons)  # type: ignore[arg-type]


def _tables(name: str, value: object) -> list[dict[str, object]]:
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return value
    raise ConfigurationError(
        f"{name}: comparison is {shown(value)}; expected a list of tables, at least one."
    )


def _comparison(
    name: str, table: Mapping[str, object], experiments: Sequence[Experiment]
) -> ClaimedComparison:
    _check_keys(name, table, [field.name for field in fields(ClaimedComparison)])
    for key in ("measure", "first"):
        if key not in table:
            raise ConfigurationError(f"{name}: {key} is missing; expected it in every comparison.")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    with _named(name):
        claimed = ClaimedComparison(**values)  # type: ignore[arg-type]
        claimed.check_experiments(experiments)
    return claimed


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say in a message which claim it is about."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def _check_keys(name: str, table: Mapping[str, object], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(
                f"{name}: {key} is no key; expected {', '.join(known)}.{did_you_mean(key, known)}"
            )


def _checked_experiment(
    name: str, value: str, measure: Measure, experiments: Sequence[Experiment]
) -> Experiment:
    by_id = {experiment.id: experiment for experiment in experiments}
    choice(name, value, by_id)
    experiment = by_id[value]
    if not measure.fits(experiment):
        raise ConfigurationError(
            f"{name} is {value!r}, whose loss {experiment.loss} has no {measure.score}; expected a measure "
            f"of {' or '.join(score_names(experiment))}."
        )
    if measure.tested and not experiment.test:
        raise ConfigurationError(
            f"{name} is {value!r}, which has test = false; expected one that is tested. "
            f"Compare its {of_validation(measure.score).name}."
        )
    return experiment


def _advice(score: str | None) -> str:
    return f"Compare their {of_test(score).name}." if score else "They have no metric in common."


def _region_between(value: object) -> Region:
    given = list(value) if isinstance(value, tuple) else value
    if not isinstance(given, list) or len(given) != 2:
        raise ConfigurationError(f"between is {shown(given)}; expected two numbers, [low, high].")
    low, high = (_end("between", end) for end in given)
    if low >= high:
        raise ConfigurationError(f"between is {shown(given)}; expected the lower number first.")
    return Region(low, high)


def _end(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return float(value)
    raise ConfigurationError(f"{name} is {shown(value)}; expected a number of at most {_LARGEST:g} in size.")
