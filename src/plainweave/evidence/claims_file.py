"""Claims of one's own: `[[claim]]` tables of a TOML file, and claims.json of an output folder.

    [[claim]]
    statement = "The wide network is better, and over-fits no more."
    comparison = [
        { measure = "test accuracy", first = "wide", second = "deep", above = 0 },
        { measure = "climb", first = "wide", below = 0.01 },
    ]

A claim of one comparison may have its keys in the `[[claim]]` itself.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plainweave.checks import choice, did_you_mean
from plainweave.errors import CONTROLS, ConfigurationError, RecordError, shown
from plainweave.evidence.measures import MEASURES, Measure
from plainweave.evidence.statements import Comparison, Statement
from plainweave.evidence.statistics import Region
from plainweave.experiments import Experiment, is_experiment_id, read_claim_tables
from plainweave.storage.files import read_bounded
from plainweave.storage.json_data import parse_json
from plainweave.storage.own_files import remove_own, write_own

CLAIMS_FILE = "claims.json"
_LARGEST_FILE = 2**20  # bytes; the TOML of a user's own may have a quarter of it
_LONGEST_STATEMENT = 500  # characters
_LARGEST = 1e100  # end of a region
_REGIONS = ("above", "below", "between", "within")
_COMPARISON = ("measure", "first", "second", *_REGIONS)


def statements_from(tables: object, experiments: Sequence[Experiment] | None = None) -> tuple[Statement, ...]:
    """Read claims from the `[[claim]]` tables of a TOML file, as `tomllib` parses them.

    Args:
        tables: what stands under `claim`.
        experiments: those that can be compared; without them no id is refused.

    Raises:
        ConfigurationError: a key, measure or id is unknown, one is missing, or a value is not allowed.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"claim is {shown(tables)}; expected tables, each under [[claim]].")
    return tuple(_statement(number, table, experiments) for number, table in enumerate(tables, start=1))


def read_claims(path: Path, experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """Read the tables of claims in a TOML file of experiments, and check them; see `statements_from`.

    Raises:
        ConfigurationError: the file can't be read, or a claim is not what it should be.
    """
    tables = read_claim_tables(path)
    try:
        statements_from(tables, experiments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}, {error}") from error
    return list(tables)


def write_claims(out: Path, tables: Sequence[Mapping[str, Any]]) -> None:
    """Keep the tables of claims in an output folder, for its page; without any, take away older ones.

    Raises:
        RecordError: they can't be written, or somebody's own file lies there.
    """
    if tables:
        write_own(out, {CLAIMS_FILE: json.dumps(tables, indent=2) + "\n"})
    else:
        remove_own(out, [CLAIMS_FILE])


def find_claims(out: Path) -> tuple[Statement, ...]:
    """Read the claims of an output folder; none if there is no file of them.

    Raises:
        RecordError: the file can't be read, or is not what `write_claims` writes.
    """
    path = out / CLAIMS_FILE
    try:
        return statements_from(parse_json(read_bounded(path, _LARGEST_FILE)))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{path} can't be read ({error}). Remove it, or run the same command again."
        ) from error


def _statement(
    number: int, table: Mapping[str, object], experiments: Sequence[Experiment] | None
) -> Statement:
    name = f"claim {number}"
    text = table.get("statement")
    if not isinstance(text, str) or not text or len(text) > _LONGEST_STATEMENT or CONTROLS.search(text):
        raise ConfigurationError(
            f"{name}: statement is {shown(text)}; expected what it states, in a line of at most "
            f"{_LONGEST_STATEMENT} characters."
        )
    rest = {key: value for key, value in table.items() if key != "statement"}
    if "comparison" not in table:
        return Statement(number, text, (_comparison(name, rest, experiments),))
    _known_keys(name, rest, ("comparison",))
    parts = rest["comparison"]
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise ConfigurationError(
            f"{name}: comparison is {shown(parts)}; expected a list of tables, at least one."
        )
    comparisons = [
        _comparison(f"{name}, comparison {place}", part, experiments)
        for place, part in enumerate(parts, start=1)
    ]
    return Statement(number, text, tuple(comparisons))


def _comparison(
    name: str, table: Mapping[str, object], experiments: Sequence[Experiment] | None
) -> Comparison:
    _known_keys(name, table, _COMPARISON)
    for key in ("measure", "first"):
        if key not in table:
            raise ConfigurationError(f"{name}: {key} is missing; expected it in every comparison.")
    measure = MEASURES[choice(f"{name}: measure", table["measure"], MEASURES)]
    region = _region(name, table)
    first, *second = (
        _network(f"{name}: {key}", table[key], measure, experiments)
        for key in ("first", "second")
        if key in table
    )
    if second == [first]:
        raise ConfigurationError(f"{name}: first and second are both {first!r}; expected two networks.")
    return Comparison(measure, region, first, *second)


def _known_keys(name: str, table: Mapping[str, object], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(
                f"{name}: {key} is no key; expected {', '.join(known)}.{did_you_mean(key, known)}"
            )


def _network(name: str, value: object, measure: Measure, experiments: Sequence[Experiment] | None) -> str:
    if experiments is None:
        if isinstance(value, str) and is_experiment_id(value):
            return value
        raise ConfigurationError(f"{name} is {shown(value)}; expected the id of an experiment.")
    by_id = {experiment.id: experiment for experiment in experiments}
    id_ = choice(name, value, by_id)
    if measure.tested and not by_id[id_].test:
        raise ConfigurationError(
            f"{name} is {id_!r}, which has test = false; expected one that is tested. "
            "Compare its validation accuracy."
        )
    return id_


def _region(name: str, table: Mapping[str, object]) -> Region:
    given = [key for key in _REGIONS if key in table]
    if len(given) != 1:
        raise ConfigurationError(
            f"{name}: the region is given by {' and '.join(given) or 'nothing'}; "
            f"expected one of {', '.join(_REGIONS)}."
        )
    (key,) = given
    value = table[key]
    if key == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise ConfigurationError(f"{name}: between is {shown(value)}; expected two numbers, [low, high].")
        low, high = (_end(f"{name}: between", end) for end in value)
        if low >= high:
            raise ConfigurationError(f"{name}: between is {shown(value)}; expected the lower number first.")
        return Region(low, high)
    end = _end(f"{name}: {key}", value)
    if key == "within":
        if end <= 0:
            raise ConfigurationError(f"{name}: within is {shown(value)}; expected a number above 0.")
        return Region(-end, end)
    return Region(low=end) if key == "above" else Region(high=end)


def _end(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return float(value)
    raise ConfigurationError(f"{name} is {shown(value)}; expected a number of at most {_LARGEST:g} in size.")
