"""Scripts that nobody wrote: calls of the public interface in any order, with anything, on reused objects."""

import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.training import TrainingState

_EXAMPLES, _FEATURES, _CLASSES = 24, 4, 3  # of what fits together
REFUSED = (pw.PlainweaveError, TypeError, ValueError)

ODD: list[Any] = [
    *(
        0,
        1,
        2,
        3,
        -1,
        0.1,
        0.5,
        1e-30,
        1e30,
        2**31,
        2**63,
        -(2**63),
        10**400,
        float("nan"),
        float("inf"),
        0.1j,
    ),
    *(True, None, "3", "", "tanh", b"1", [], [1], (1, 2), {}, object(), np.uint8(200), np.int64(2)),
    *(np.float32(0.1), np.bool_(True), np.array(2), np.array([2]), np.array([]), np.datetime64("2020")),
]
TYPES: list[Any] = [
    *(np.uint8, np.int8, np.int16, np.int64, np.uint64, np.float16, np.float32, np.float64, np.longdouble),
    *(">f4", ">i8", np.bool_, np.complex64, object, "U3", "M8[s]"),
]
HIDDEN: list[Any] = [[5], [], [3, 4], (64,), np.array([6]), [0], "5", None, [2.5], [[3]], [np.int8(3)]]
SEEDS: list[Any] = [0, [0, 1], [], (3,), np.arange(2), -1, None, "a", np.int64(1), [0, None], 2**70]
ACTIVATIONS: list[Any] = [
    *("tanh", "relu", "sigmoid", "leaky-relu:0.2", "tahn", pw.ReLU(), pw.ReLU, None, ["tanh"]),
    *("gelu", "elu:-1", "mish", "selu:", "softplus:1", pw.Dropout(0.5), ["silu"], {"tanh": 1}),
]
RATES: list[Any] = [0, 0.5, [0.1], [0.1, 0], "0.5", None, 1, -0.5, np.nan, np.float32(0.25), np.array([0.5])]
PRECISIONS: list[Any] = ["float32", "float32", "float64", np.float64, "float16", "floaty", None, int]
NAMES: list[Any] = [
    ("a", "b", "c"),
    "abc",
    (0, 1, 2),
    np.array(["x", "y", "z"]),
    ("a",),
    ("a", "b", "\x1b"),
    3,
]
_WIDTHS = np.linspace(-3, 5, _EXAMPLES)
_TABLE: dict[str, Any] = {  # of four features
    "width": _WIDTHS,
    "height": np.where(np.arange(_EXAMPLES) % 5, _WIDTHS**2, np.nan),
    "old": ["yes", "no", None] * (_EXAMPLES // 3),
}
TABLES: list[Any] = [
    *(_TABLE, _TABLE, pw.Table.of(_TABLE), dict(reversed(_TABLE.items())), {**_TABLE, "further": _WIDTHS}),
    *({**_TABLE, "old": _WIDTHS}, {**_TABLE, "width": ["wide"] * _EXAMPLES}, {"width": _WIDTHS}, {}),
    *({**_TABLE, "width": _WIDTHS * 1e300}, {**_TABLE, "old": [1, "a", None] * 8}, {"width": [1.0]}),
    *(
        dict[Any, Any](_TABLE) | {3: _WIDTHS},
        {**_TABLE, "width": None},
        {**_TABLE, "width": "wide"},
        {"": _WIDTHS},
    ),
]
IMAGES: list[Any] = [None, (2, 2), (0, 4), (np.int64(1), 4), "4", (2.0, 2)]

SCHEDULES: list[Any] = [
    *("constant", "cosine", "on-plateau:factor=0.5,patience=1", "step:every=1", "exponential", "cosin", None),
    *(
        pw.CosineRestarts(1),
        pw.Cosine,
        lambda epochs: 1 / (1 + epochs),
        lambda epochs: "no factor",
        pw.Step(2),
    ),
]
LOSSES: list[Any] = [
    *([pw.SoftmaxCrossEntropy()] * 9),
    *("softmax:0.1", "sigmoid", "squared-error", "huber:1.5", "quantile:0.1,0.5,0.9", "poisson", "hubert"),
    *(pw.AbsoluteError(), pw.Quantile((0.5,)), pw.Huber, None, 3),
]
OBSERVERS: list[Any] = [
    *((), (), (), [lambda epoch: pw.Stop("enough")], [lambda epoch: True], [print, 3], len, None),
    [lambda epoch: pw.Stop("enough") if epoch.number == 2 else None, pw.Lines(StringIO())],
    [lambda epoch: setattr(epoch.network.linear[0], "weight", epoch.network.linear[0].weight * np.inf)],
    [lambda epoch: epoch.history.training.clear()],
]
CHOICES: list[Any] = ["loss", "loss", "accuracy", "r2", "log loss", "acuracy", None, 3]

numbers = st.sampled_from(ODD)
sizes = st.sampled_from([0, 1, 2, _CLASSES, _FEATURES, 7, 64, 65, 300])
layouts: list[Callable[[Any], Any]] = [
    lambda array: array,
    lambda array: array.tolist(),
    np.asfortranarray,
    lambda array: array[::-1],
    lambda array: np.repeat(array, 2, axis=-1)[..., ::2],
    lambda array: np.ma.masked_array(array, np.arange(array.size).reshape(array.shape) == 3),
    lambda array: np.ma.masked_array(array),
    lambda array: array.view(np.matrix),
    lambda array: array[..., np.newaxis],
    lambda array: array.ravel(),
    lambda array: np.broadcast_to(array.ravel()[:1], array.shape),
    lambda array: {"a": array},
    lambda array: memoryview(array),
    *(
        lambda array, form=form: scipy.sparse.csr_array(array).asformat(form)
        for form in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")
    ),
    scipy.sparse.csr_matrix,
    lambda array: _broken(scipy.sparse.csr_array(array)),
]


def _broken(matrix: Any) -> Any:
    matrix.indices[:1] = 10**6
    return matrix


@st.composite
def arrays(draw: st.DrawFn, *shape: int, usual: bool | None = None) -> Any:
    """An array of usually that shape, of a type and a layout that may be odd."""
    plain = draw(st.booleans()) if usual is None else usual
    stream = np.random.default_rng(draw(st.integers(0, 3)))
    if plain:
        return stream.normal(size=shape)
    shape = tuple(draw(st.just(length) | sizes) for length in shape)
    array = stream.normal(size=shape) * draw(st.sampled_from([1, 1, 100, 1e6, 1e20, 1e-40, 1e300]))
    if draw(st.booleans()) and array.size:
        array.flat[draw(st.integers(0, array.size - 1))] = draw(
            st.sampled_from([np.nan, np.inf, -np.inf, 1e39])
        )
    with np.errstate(all="ignore"), suppress(TypeError, ValueError):
        array = array.astype(draw(st.sampled_from(TYPES)))
    return _laid_out(draw, array)


def _laid_out(draw: st.DrawFn, array: Any) -> Any:
    layout = draw(st.sampled_from(layouts))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is inefficient
            return layout(array)
    except (TypeError, ValueError, IndexError, NotImplementedError, AttributeError):  # NumPy's or SciPy's own
        return array


@st.composite
def labels(draw: st.DrawFn, count: int) -> Any:
    """Labels that fit, or do not."""
    array = np.arange(count) % _CLASSES
    kind = draw(st.sampled_from(["usual", "usual", "odd"]))
    if kind == "usual":
        return array
    array = np.resize(array, draw(st.just(count) | sizes)) * draw(st.sampled_from([1, -1, 100, 2**40]))
    with np.errstate(all="ignore"):
        return _laid_out(draw, array.astype(draw(st.sampled_from(TYPES[:-1]))))


class Scripts(RuleBasedStateMachine):
    """Every call gives a result, or a refusal with a message: nothing else, and no signal."""

    examples, splits, networks, optimizers, states, fits, models = (
        Bundle(name) for name in ("examples", "splits", "networks", "optimizers", "states", "fits", "models")
    )

    def attempt(self, call: Callable[[], Any]) -> Any:
        """Call; what is refused with a message gives nothing."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of the user's own arrays
            try:
                return call()
            except REFUSED as error:
                message = str(error)
        assert message.strip()
        return None

    @initialize(target=examples)
    def usual_examples(self) -> Any:
        stream = np.random.default_rng(0)
        return pw.Examples(stream.normal(size=(_EXAMPLES, _FEATURES)), np.arange(_EXAMPLES) % _CLASSES)

    @initialize(target=networks)
    def usual_network(self) -> Any:
        return pw.Network(_FEATURES, [5], _CLASSES)

    @initialize(target=optimizers)
    def usual_optimizer(self) -> Any:
        return pw.SGD(0.1, momentum=0.9)

    @rule(target=examples, inputs=arrays(_EXAMPLES, _FEATURES), classes=labels(_EXAMPLES))
    def make_examples(self, inputs: Any, classes: Any) -> Any:
        return self.attempt(lambda: pw.Examples(inputs, classes))

    @rule(target=examples, inputs=st.sampled_from(TABLES), classes=labels(_EXAMPLES))
    def make_tables(self, inputs: Any, classes: Any) -> Any:
        return self.attempt(lambda: pw.Examples(inputs, classes))

    @rule(target=examples, given=examples, rows=arrays(7) | st.lists(st.integers(-30, 30), max_size=5))
    def take_examples(self, given: Any, rows: Any) -> Any:
        if given is None:
            return None
        try:
            return self.attempt(lambda: given[np.asarray(rows)])
        except IndexError:  # as any array says it
            return None

    @rule(
        target=networks,
        inputs=st.just(_FEATURES) | numbers,
        hidden=st.sampled_from(HIDDEN),
        outputs=st.just(_CLASSES) | numbers,
        seed=st.sampled_from(SEEDS),
        activation=st.sampled_from(ACTIVATIONS),
        dropout=st.sampled_from(RATES),
        scale=st.sampled_from([False, True, 1, None]),
        dtype=st.sampled_from(PRECISIONS),
    )
    def make_network(self, **given: Any) -> Any:
        sizes = [given[name] for name in ("inputs", "outputs")]
        if any(isinstance(size, int | np.integer) and size > 10**6 for size in sizes):
            return None  # it is allowed, and large
        return self.attempt(
            lambda: pw.Network(given.pop("inputs"), given.pop("hidden"), given.pop("outputs"), **given)
        )

    @rule(
        target=optimizers,
        kind=st.sampled_from([pw.SGD, pw.Adam, pw.AdamW]),
        rate=st.just(0.1) | numbers | st.just([0.1, 0.2]),
        weight_decay=st.just(0.0) | numbers,
        l1=st.just(0.0) | numbers,
        clip_norm=st.none() | numbers,
        schedule=st.just("constant") | st.sampled_from(SCHEDULES) | numbers,
        rate_factors=st.sampled_from([{}, {}, {"bias": 0.5}, {"hiden": 2}, {"hidden_1": -1}, 3]),
    )
    def make_optimizer(self, kind: Any, rate: Any, **settings: Any) -> Any:
        return self.attempt(lambda: kind(rate, **settings))

    @rule(
        target=optimizers,
        momentum=st.just(0.9) | numbers,
        dampening=st.just(0.0) | numbers,
        nesterov=st.booleans() | numbers,
    )
    def make_sgd(self, **settings: Any) -> Any:
        return self.attempt(lambda: pw.SGD(0.1, **settings))

    @rule(
        target=splits,
        given=examples | st.just([[1.0], [2]]),
        share=st.just(0.25) | st.just(0) | numbers,
        kind=st.sampled_from([None, None, "all-pixels", "per-pixel", "per-image", "none", "normal", 3]),
        missing=st.just("median") | st.sampled_from(["refuse", 3]),
        rare=st.just(1) | numbers,
        scale=st.none() | st.sampled_from([True, False, 3]),
        seed=st.just(0) | numbers,
    )
    def split(self, given: Any, share: Any, kind: Any, seed: Any, scale: Any, **of_tables: Any) -> Any:
        settings = {"standardize": kind, "seed": seed, "scale_targets": scale, **of_tables}
        return self.attempt(lambda: pw.split(given, validation_fraction=share, **settings))

    @rule(target=splits, training=examples, validation=examples, of=splits)
    def split_by_hand(self, training: Any, validation: Any, of: Any) -> Any:
        return (
            self.attempt(lambda: pw.Split(training, validation, of.standardizer, np.arange(0)))
            if of
            else None
        )

    @rule(target=networks, network=networks, model=st.sampled_from([0, 1, -1, 7]))
    def member(self, network: Any, model: int) -> Any:
        if network is None or not network.stack or model not in range(network.stack[0]):
            return None
        return network.member(model)

    @rule(
        target=networks,
        network=networks,
        name=st.sampled_from(["hidden_1.weight", "output.bias", "hiden", 3]),
        value=arrays(_FEATURES, 5) | arrays(1, _CLASSES) | numbers,
    )
    def with_parameters(self, network: Any, name: Any, value: Any) -> Any:
        return self.attempt(lambda: network.with_parameters({name: value})) if network else None

    @rule(
        network=networks,
        layer=st.integers(0, 1),
        kind=st.sampled_from(["weight", "bias"]),
        value=arrays(_FEATURES, 5) | arrays(1, _CLASSES) | numbers,
    )
    def assign(self, network: Any, layer: int, kind: str, value: Any) -> None:
        if network and layer < len(network.linear):
            self.attempt(lambda: setattr(network.linear[layer], kind, value))

    @rule(
        target=fits,
        network=networks,
        parts=splits,
        optimizer=optimizers | st.just("adam"),
        batch_size=st.sampled_from([1, 8, 64, 10**9]) | numbers,
        seed=st.sampled_from([0, 0, [0, 1], np.arange(2)]) | numbers,
        engine=st.sampled_from(["auto", "numpy", "compiled", "gpu"]),
        epochs=st.sampled_from([1, 2, 3]),
        patience=st.none() | numbers,
        min_delta=st.just(0.0) | numbers,
        patience_from=st.just(0) | numbers,
        choose_by=st.sampled_from(CHOICES),
        loss=st.sampled_from(LOSSES),
        observers=st.sampled_from(OBSERVERS),
        start=st.none() | states,
    )
    def fit(self, network: Any, parts: Any, optimizer: Any, start: Any, **settings: Any) -> Any:
        if network is None or parts is None or optimizer is None:
            return None
        kept: list[TrainingState] = []
        result = self.attempt(
            lambda: pw.fit(
                network,
                parts,
                optimizer,
                start=start,
                checkpoint=lambda state: kept.append(state.copy()),
                **settings,
            )
        )
        self.kept = kept[-1] if kept else None
        if result is not None:
            assert result.state is not None
            assert (result.epochs <= settings["epochs"]).all()
            assert (result.best_epoch <= result.epochs).all()
        return result

    @rule(target=states)
    def state(self) -> Any:
        return getattr(self, "kept", None)

    @rule(target=states, fit=fits, model=st.none() | st.sampled_from([0, 1, 9]))
    def state_of(self, fit: Any, model: Any) -> Any:
        if fit is None:
            return None
        one = fit if model is None else self.attempt(lambda: fit.member(model))
        return one and one.state

    @rule(parts=splits, optimizer=optimizers, engine=st.sampled_from(["numpy", "compiled"]))
    def the_same_twice(self, parts: Any, optimizer: Any, engine: str) -> None:
        def trained() -> Any:
            network = pw.Network(_FEATURES, [5], _CLASSES)
            result = self.attempt(lambda: pw.fit(network, parts, optimizer, epochs=2, engine=engine))
            return result and result.history.to_csv()

        assert trained() == trained()

    @rule(
        target=models,
        fit=fits,
        parts=splits,
        names=st.sampled_from(NAMES),
        image_shape=st.sampled_from(IMAGES),
        full_scale=numbers,
    )
    def make_model(self, fit: Any, parts: Any, names: Any, image_shape: Any, full_scale: Any) -> Any:
        if fit is None or parts is None:
            return None
        what = (fit.network, parts.standardizer, names, image_shape, full_scale, fit.loss)
        return self.attempt(lambda: pw.Model(*what, parts.preparation, parts.target_scale))

    @rule(model=models, inputs=arrays(3, _FEATURES), classes=labels(3))
    def use(self, model: Any, inputs: Any, classes: Any) -> None:
        if model:
            given = self.attempt(lambda: model.probabilities(inputs))
            assert given is None or np.isfinite(given).all() or not _finite(model)
            self.attempt(lambda: model.predict(inputs))
            self.attempt(lambda: model.evaluate(pw.Examples(inputs, classes)))

    @rule(model=models, inputs=st.sampled_from(TABLES), classes=labels(_EXAMPLES))
    def use_of_tables(self, model: Any, inputs: Any, classes: Any) -> None:
        if model:
            self.attempt(lambda: model.predict(inputs))
            self.attempt(lambda: model.evaluate(pw.Examples(inputs, classes)))

    @rule(model=models)
    def save_and_load(self, model: Any) -> None:
        if not model:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            self.attempt(lambda: pw.save(path, model))
            if path.exists():  # what is saved can be loaded, bit for bit
                again = pw.load(path)
                for name, value in model.network.parameters.items():
                    np.testing.assert_array_equal(again.network.parameters[name], value)

    @rule(
        network=networks,
        x=arrays(3, _FEATURES),
        classes=labels(3),
        loss=st.sampled_from(LOSSES),
        weights=st.sampled_from([None, [1, 2, 3], [0, 0, 0], [1, 2], "a", [1, np.inf, 1]]),
        engine=st.sampled_from(["numpy", "numpy", "auto", "compiled", "fast", None]),
        seed=st.sampled_from(SEEDS),
    )
    def check_gradients(self, network: Any, x: Any, classes: Any, **settings: Any) -> None:
        if network is not None and sum(value.size for value in network.parameters.values()) < 2000:
            self.attempt(lambda: pw.check_gradients(network, x, classes, **settings))

    @rule(network=networks, x=arrays(3, _FEATURES))
    def forward(self, network: Any, x: Any) -> None:
        if network is not None:
            self.attempt(lambda: network(x))

    @rule(logits=arrays(3, _CLASSES), wanted=arrays(3, _CLASSES))
    def loss(self, logits: Any, wanted: Any) -> None:
        self.attempt(lambda: pw.softmax(logits))
        self.attempt(lambda: pw.SoftmaxCrossEntropy().value_and_gradient(logits, wanted))


def _finite(model: pw.Model) -> bool:
    values: list[FloatArray] = list(model.network.parameters.values())
    return all(bool(np.isfinite(value).all()) for value in values)
