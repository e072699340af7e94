"""scikit-learn's multi-layer perceptrons and ours side by side: what a fit leaves, prints and warns of."""

import io
import itertools
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse
import sklearn
import sklearn.neural_network
from sklearn.utils.fixes import parse_version

import plainweave as pw

VERSION = parse_version(sklearn.__version__).release[:2]
NEWEST = (1, 9)  # the version whose numbers, messages and errors are ours
KNOWS_WEIGHTS = VERSION >= (1, 7)  # and Poisson's loss: both came with 1.7

THEIRS = {
    "classifier": sklearn.neural_network.MLPClassifier,
    "regressor": sklearn.neural_network.MLPRegressor,
}
OURS = {"classifier": pw.MLPClassifier, "regressor": pw.MLPRegressor}

Settings = Mapping[str, Any]


@dataclass
class Seen:
    """What a user sees of a call besides its result.

    Attributes:
        warnings: category and message, in order.
        lines: what was printed.
        error: type and message of the error raised, if one was.
    """

    warnings: list[tuple[type[Warning], str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    error: tuple[type[Exception], str] | None = None


def watch(call: Callable[[], object]) -> Seen:
    """Call, and return what there was to see."""
    seen = Seen()
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(io.StringIO()) as printed:
        warnings.simplefilter("always")
        try:
            call()
        except Exception as error:
            seen.error = type(error), _CHOICES.sub(_in_order, str(error))
    seen.warnings = [(warning.category, str(warning.message)) for warning in caught]
    seen.warnings = [warning for warning in seen.warnings if not _is_of_old_scipy_options(*warning)]
    seen.lines = printed.getvalue().splitlines()
    return seen


_CHOICES = re.compile(r"{([^}]*)}")  # a set in a message is in no order


def _in_order(choices: re.Match[str]) -> str:
    return ", ".join(sorted(choices[1].split(", ")))


def _is_of_old_scipy_options(category: type[Warning], message: str) -> bool:
    """Whether SciPy tells an older scikit-learn that options of L-BFGS-B are no longer of use."""
    return VERSION < NEWEST and category is DeprecationWarning and "L-BFGS-B" in message


@dataclass
class Pair:
    """An estimator of each, of the same settings; what is called is called on both."""

    theirs: Any
    ours: Any

    @classmethod
    def of(cls, kind: str, /, **settings: Any) -> "Pair":
        """Make both; a seed given as a function gives each a `RandomState` of its own."""
        seed = settings.pop("random_state", 0)
        theirs, ours = (
            family[kind](random_state=seed() if callable(seed) else seed, **settings)
            for family in (THEIRS, OURS)
        )
        return cls(theirs, ours)

    def both(self, act: Callable[[Any], object]) -> Seen:
        """Act on both, compare what there is to see, and return it."""
        theirs, ours = watch(partial(act, self.theirs)), watch(partial(act, self.ours))
        assert ours == theirs, f"\n{ours}\n{theirs}"
        return ours

    def assert_same(self, inputs: Any, *, coefficients: float = 1e-7, rounding: float = 1e-9) -> None:
        """Compare all that the fits have left, and what they say of `inputs` (examples, features).

        Args:
            inputs: of examples to predict.
            coefficients: the largest difference of a coefficient or prediction.
            rounding: the largest relative difference of a loss or score.
        """
        for name, value in vars(self.theirs).items():
            if name.endswith("_") and not name.startswith("_"):
                tolerance = (0, coefficients) if name in ("coefs_", "intercepts_") else (rounding, rounding)
                assert_agrees(name, getattr(self.ours, name), value, *tolerance)
        for name in ("predict", "predict_proba"):
            if hasattr(self.theirs, name):
                ours, theirs = (getattr(model, name)(inputs) for model in (self.ours, self.theirs))
                assert_agrees(name, ours, theirs, coefficients, coefficients)
        if isinstance(self.theirs.random_state, np.random.RandomState):
            states = [model.random_state.get_state(legacy=False) for model in (self.ours, self.theirs)]
            np.testing.assert_equal(*states)


def assert_agrees(name: str, ours: Any, theirs: Any, relative: float, absolute: float) -> None:
    """Compare an attribute or a result: numbers to a tolerance, all else exactly."""
    if scipy.sparse.issparse(theirs):
        assert type(ours) is type(theirs), name
        assert_agrees(name, ours.toarray(), theirs.toarray(), relative, absolute)
    elif isinstance(theirs, list):
        assert isinstance(ours, list), name
        assert len(ours) == len(theirs), name
        for mine, other in zip(ours, theirs, strict=True):
            assert_agrees(name, mine, other, relative, absolute)
    elif isinstance(theirs, np.ndarray):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype), name
        if theirs.dtype.kind == "f":
            np.testing.assert_allclose(ours, theirs, relative, absolute, err_msg=name)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
    elif isinstance(theirs, float | np.floating):
        np.testing.assert_allclose(ours, theirs, relative, absolute, err_msg=name)
    else:
        assert ours == theirs, name


def covering(factors: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return combinations in which every two values of two factors meet.

    Greedy: each combination starts from two values that have not met, and takes of every other factor the
    value that has not met most of those that it has.
    """
    places = [range(len(values)) for values in factors.values()]
    left = {
        frozenset({(one, i), (other, j)})
        for one, other in itertools.combinations(range(len(places)), 2)
        for i, j in itertools.product(places[one], places[other])
    }
    combinations = []
    while left:
        chosen = dict(min(map(sorted, left)))
        for factor, values in enumerate(places):
            if factor not in chosen:
                met = [{frozenset({(factor, i), other}) for other in chosen.items()} & left for i in values]
                chosen[factor] = max(values, key=[len(pairs) for pairs in met].__getitem__)
        left -= set(map(frozenset, itertools.combinations(chosen.items(), 2)))
        combinations.append({name: factors[name][chosen[place]] for place, name in enumerate(factors)})
    return combinations
