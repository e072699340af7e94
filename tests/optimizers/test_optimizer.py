"""What all rules share: penalties, clipping, factors, stacks, and rules of one's own."""

import pickle
from dataclasses import dataclass, replace

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.optimizers import DECAY, L1, RATE, SGD, SHRINK, Adam, AdamW, Cosine, Optimizer
from plainweave.optimizers.clipping import clip
from walking import SHAPES, arrays, copied, table_of, walk

NAMES = list(SHAPES)
RULES: list[Optimizer] = [
    SGD(0.1),
    SGD(0.1, momentum=0.9, dampening=0.5, l1=0.01),
    SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1, clip_norm=1.0),
    Adam(0.1, l1=0.02, schedule="cosine:warm_up=1"),
    Adam(0.1, weight_decay=0.3, clip_norm=0.5, decay_biases=True),
    AdamW(0.1, weight_decay=0.3, rate_factors={"bias": 2, "output": 0.5}, decay_factors={"output": 3}),
]
RULE_IDS = list(map(repr, RULES))


def halved(epochs: float) -> float:
    """A schedule of one's own that knows nothing of arrays."""
    return 1.0 if epochs < 2 else 0.5


@dataclass(frozen=True)
class SignSGD(Optimizer):
    """A rule of one's own, with a number of its own."""

    columns = 5
    floor: float = 0.0

    @property
    def slots(self) -> tuple[str, ...]:
        return ("count",)

    def table(self, first_step: int, steps: int) -> FloatArray:
        table = super().table(first_step, steps)
        table[..., 4] = self.floor
        return table

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        slots[0][...] += 1
        parameter -= row[RATE] * np.maximum(np.sign(gradient), row[4])


@dataclass(frozen=True)
class Plain(Optimizer):
    """A rule of one's own that needs nothing but the learning rate."""

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        parameter -= row[RATE] * gradient


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", RULES, ids=RULE_IDS)
def test_a_stack_ends_bitwise_where_its_members_do(rule: Optimizer, dtype: str) -> None:
    rates, decays, thinning = [0.1, 0.02, 0.3], [0.1, 0.0, 0.2], [0.0, 0.03, 0.01]
    stacked = replace(rule, learning_rate=rates, weight_decay=decays, l1=thinning)
    parameters = arrays(0, (3,), dtype)
    gradients = [arrays(seed, (3,), dtype) for seed in range(1, 11)]
    alone = [{name: array[model].copy() for name, array in parameters.items()} for model in range(3)]
    walk(stacked, parameters, gradients)
    for model, member in enumerate(alone):
        own = replace(rule, learning_rate=rates[model], weight_decay=decays[model], l1=thinning[model])
        walk(own, member, [{n: g[model] for n, g in gradient.items()} for gradient in gradients])
        for name, parameter in parameters.items():
            np.testing.assert_array_equal(parameter[model], member[name], strict=True)


@pytest.mark.parametrize("rule", RULES, ids=RULE_IDS)
def test_one_rate_for_all_models_is_that_rate_for_each(rule: Optimizer) -> None:
    one, each = arrays(0, (2,)), arrays(0, (2,))
    gradients = [arrays(seed, (2,)) for seed in range(1, 11)]
    walk(rule, one, gradients)
    walk(replace(rule, learning_rate=[0.1, 0.1]), each, gradients)
    for name, parameter in one.items():
        np.testing.assert_array_equal(parameter, each[name])


@pytest.mark.parametrize("rule", RULES, ids=RULE_IDS)
def test_a_training_that_goes_on_takes_the_same_steps(rule: Optimizer) -> None:
    whole, parts = arrays(0), arrays(0)
    gradients = [arrays(seed) for seed in range(1, 11)]
    table = table_of(rule, 10)
    kept = walk(rule, whole, gradients)
    slots = rule.slots_of(parts)
    for start in (0, 5):
        slots = pickle.loads(pickle.dumps(slots))
        for at in range(start, start + 5):
            rule.step(parts, copied(gradients[at]), slots, table[at])
    for name, parameter in whole.items():
        np.testing.assert_array_equal(parameter, parts[name])
    np.testing.assert_equal(slots, kept)


@pytest.mark.parametrize("rule", RULES, ids=RULE_IDS)
def test_an_optimizer_can_be_pickled_hashed_and_read(rule: Optimizer) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(replace(rule)) == hash(rule)
    assert eval(repr(rule), vars(pw.optimizers)) == rule


def test_what_is_shown_of_an_optimizer_is_what_was_set() -> None:
    assert repr(SGD(0.1)) == "SGD(learning_rate=0.1)"
    adam = Adam([0.1, 0.2], schedule="cosine:epochs=20,warm_up=2", rate_factors={"bias": 2})
    assert repr(adam) == (
        "Adam(learning_rate=(0.1, 0.2), schedule='cosine:epochs=20,warm_up=2.0,lowest=0.0', "
        "rate_factors={'bias': 2.0})"
    )
    assert repr(SGD(1, schedule=halved)).startswith("SGD(learning_rate=1.0, schedule=FromFunction(function=<")


def test_settings_are_plain_numbers_and_a_list_a_tuple() -> None:
    rates = np.array([0.1, 0.2])
    sgd = SGD(rates, weight_decay=np.float64(0.5), rate_factors={"bias": np.float64(2)})
    rates[0] = 9
    assert sgd.learning_rate == (0.1, 0.2)
    assert type(sgd.weight_decay) is float
    assert sgd.models == (2,)
    assert SGD(0.1).models == ()
    assert SGD(0.1, l1=[0.1]).models == (1,)


def test_the_derivative_of_l1_is_the_sign_and_0_at_0() -> None:
    weight = np.array([[-2.0, 0.0, 3.0]])
    walk(SGD(1.0, l1=0.5), {"w": weight}, [{"w": np.zeros((1, 3))}], of_an_epoch=1)
    np.testing.assert_array_equal(weight, [[-1.5, 0.0, 2.5]])


def test_penalties_are_for_weights_and_for_biases_only_if_asked() -> None:
    for asked in (False, True):
        parameters = {name: np.ones(shape) for name, shape in SHAPES.items()}
        zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
        sgd = SGD(0.5, weight_decay=0.1, l1=0.2, decay_biases=asked)
        walk(sgd, parameters, [zeros], of_an_epoch=1)
        for name, value in parameters.items():
            np.testing.assert_allclose(value, 0.85 if asked or name.endswith("weight") else 1.0)


def test_gradients_are_cut_to_the_norm_of_each_model() -> None:
    gradients = arrays(0, (3,))
    for gradient in gradients.values():
        gradient[1] *= 1e-3  # this model's are small, and stay
    before = copied(gradients)
    clip(gradients.values(), 0.5)
    norms = np.sqrt(sum(np.square(g).sum(axis=(1, 2)) for g in gradients.values()))
    np.testing.assert_allclose(norms[[0, 2]], 0.5, rtol=1e-5)
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient[1], before[name][1])
        share = gradient[0].sum() / before[name][0].sum()
        np.testing.assert_allclose(gradient[0], before[name][0] * share)


def test_gradients_too_large_to_be_squared_are_cut_in_float32_too() -> None:
    gradient = np.full((2, 2), 1e30, dtype=np.float32)
    clip([gradient], 1.0)
    np.testing.assert_allclose(gradient, 0.5, rtol=1e-6)


def test_cutting_comes_before_the_penalties() -> None:
    weight = np.full((1, 1), 10.0)
    walk(
        SGD(1.0, weight_decay=0.5, clip_norm=1.0), {"w": weight}, [{"w": np.full((1, 1), 1e9)}], of_an_epoch=1
    )
    np.testing.assert_allclose(weight, 10 - (1 + 5), rtol=1e-6)


def test_factors_that_fit_a_parameter_are_multiplied() -> None:
    adam = AdamW(
        rate_factors={"bias": 2, "hidden_1": 3, "hidden_1.bias": 5},
        decay_factors={"weight": 7, "output.weight": 0.5},
    )
    rate = {"hidden_1.weight": 3, "hidden_1.bias": 30, "output.weight": 1, "output.bias": 2}
    decay = {"hidden_1.weight": 7, "hidden_1.bias": 0, "output.weight": 3.5, "output.bias": 0}
    for name, row in zip(NAMES, adam.factors(NAMES), strict=True):
        assert row.tolist() == [rate[name], decay[name], decay[name], rate[name] * decay[name], *[1] * 5]


def test_a_factor_of_the_rate_is_a_rate_of_its_own() -> None:
    ours, theirs = arrays(0), arrays(0)
    gradients = [arrays(seed) for seed in range(1, 6)]
    walk(SGD(0.5, momentum=0.9, weight_decay=0.2, rate_factors={"output": 0.5}), ours, gradients)
    walk(SGD(0.25, momentum=0.9, weight_decay=0.2), theirs, gradients)
    for name, parameter in ours.items():
        assert np.array_equal(parameter, theirs[name]) == name.startswith("output")


def test_biases_have_factors_of_decay_where_they_decay() -> None:
    row = SGD(0.1, decay_biases=True, decay_factors={"bias": 0.5}).factors(NAMES)[1]
    assert row[[DECAY, L1, SHRINK]].tolist() == [0.5] * 3


def test_a_rule_of_ones_own_takes_steps() -> None:
    rule = SignSGD(0.5, floor=0.0)
    parameters = {"w": np.array([[1.0, 1.0]])}
    slots = walk(rule, parameters, [{"w": np.array([[3.0, -4.0]])}] * 2, of_an_epoch=1)
    np.testing.assert_array_equal(parameters["w"], [[0.0, 1.0]])
    np.testing.assert_array_equal(slots["count"]["w"], [[2, 2]])
    assert rule.code is None


def test_a_rule_of_ones_own_has_all_that_rules_share() -> None:
    settings = {"weight_decay": 0.1, "l1": 0.01, "schedule": halved, "clip_norm": 1.0}
    ours, theirs = arrays(0), arrays(0)
    gradients = [arrays(seed) for seed in range(1, 21)]
    walk(Plain(0.1, rate_factors={"bias": 2}, **settings), ours, gradients)  # type: ignore[arg-type]
    walk(SGD(0.1, rate_factors={"bias": 2}, **settings), theirs, gradients)  # type: ignore[arg-type]
    for name, parameter in ours.items():
        np.testing.assert_array_equal(parameter, theirs[name])


def test_a_subclass_of_a_rule_is_no_case_of_the_compiled_engine() -> None:
    class Mine(Adam):
        pass

    assert [rule.code for rule in (SGD, Adam, AdamW, Mine)] == [0, 1, 1, None]


def test_a_schedule_of_ones_own_changes_the_rate() -> None:
    table = table_of(SGD(0.1, momentum=0.5, schedule=halved), 20)
    np.testing.assert_allclose(table[:, RATE], [0.1] * 10 + [0.05] * 10)
    np.testing.assert_array_equal(table[:, 4], 0.5)


def test_learning_rates_are_shown_without_the_corrections_of_adam() -> None:
    np.testing.assert_allclose(Adam(0.1).rates(np.array([1.0, 0.5])), [0.1, 0.05])
    np.testing.assert_allclose(Adam([0.1, 0.2]).rates(np.array([1.0, 0.5])), [[0.1, 0.05], [0.2, 0.1]])


def test_factors_of_a_stack_make_a_table_for_each_model() -> None:
    steps = SGD(0.1, momentum=0.5).steps(5, 2, np.array([[1.0, 1.0], [0.5, 0.25]]))
    assert steps.shape == (2, 2, 7)
    np.testing.assert_allclose(steps[..., RATE], [[0.1, 0.1], [0.05, 0.025]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"l1": -1}, "l1 is -1; expected a number of at least 0."),
        ({"decay_biases": "no"}, "decay_biases is 'no'; expected true or false."),
        ({"clip_norm": 0}, "clip_norm is 0; expected a number above 0."),
        (
            {"rate_factors": 2},
            "rate_factors is 2; expected numbers by name, as in {'bias': 2}.",
        ),
        ({"rate_factors": {"bias": -1}}, "rate_factors['bias'] is -1; expected a number of at least 0."),
        (
            {"decay_factors": {1: 2}},
            "decay_factors is {1: 2}; expected numbers by name, as in {'bias': 2}.",
        ),
        (
            {"learning_rate": [0.1, 0.2], "weight_decay": [1, 2, 3]},
            "learning_rate is a list of 2 and weight_decay is a list of 3; expected lists of one length.",
        ),
        (
            {"schedule": "cosin"},
            "schedule is 'cosin'; expected one of constant, cosine, cosine-restarts, on-plateau, "
            "step, exponential, inverse-scaling. Did you mean 'cosine'?",
        ),
        ({"schedule": Cosine}, "schedule is the class Cosine; expected a schedule. Did you mean Cosine()?"),
    ],
)
def test_bad_settings_of_any_rule_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        SGD(**{"learning_rate": 0.1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_factor_for_no_parameter_is_refused() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        SGD(0.1, rate_factors={"hiden_1": 2}).factors(NAMES)
    assert str(error.value) == (
        "rate_factors has 'hiden_1', which fits no parameter; the parameters are hidden_1.weight, "
        "hidden_1.bias, output.weight, output.bias. Did you mean 'hidden_1'?"
    )


def test_a_table_of_ones_own_with_too_few_columns_is_refused() -> None:
    @dataclass(frozen=True)
    class Narrow(Plain):
        def table(self, first_step: int, steps: int) -> FloatArray:
            return np.ones((steps, 3))

    with pytest.raises(pw.ConfigurationError) as error:
        Narrow(0.1).steps(0, 5, np.ones(5))
    assert str(error.value) == (
        "Narrow.table(0, 5) has shape (5, 3); expected (5, 4): a row for each step, a number for each column."
    )


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        (np.ones(4), "gives factors of shape (4,); expected (5,), one for each step, or (models, 5)."),
        (np.full(5, np.nan), "gives the factor nan; expected numbers of at least 0."),
        (np.full(5, -0.5), "gives the factor -0.5; expected numbers of at least 0."),
    ],
)
def test_factors_that_cannot_be_used_are_refused(factors: FloatArray, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        SGD(0.1, schedule="cosine").steps(0, 5, factors)
    assert str(error.value) == f"the schedule cosine:epochs=none,warm_up=0.0,lowest=0.0 {message}"


@pytest.mark.parametrize("key", ["bias", "hidden_1.bias"])
def test_a_decay_factor_of_biases_needs_their_decay(key: str) -> None:
    names = ["hidden_1.weight", "hidden_1.bias", "output.weight"]
    with pytest.raises(pw.ConfigurationError) as error:
        SGD(0.1, weight_decay=0.1, decay_factors={key: 0.5}).factors(names)
    assert str(error.value) == (
        f"decay_factors has '{key}', which fits no parameter of those with a decay; the parameters of those "
        "with a decay are hidden_1.weight, output.weight. Set decay_biases, too."
    )
    assert SGD(0.1, decay_biases=True, decay_factors={key: 0.5}).factors(names)[1, 1] == 0.5
