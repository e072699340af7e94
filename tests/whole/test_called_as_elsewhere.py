"""Who calls things as other libraries do is told what they are called here."""

import copy
import inspect
import pickle
from collections.abc import Callable

import pytest

import plainweave as pw
from plainweave import elsewhere

FIT = "pw.fit(network, pw.split(pw.Examples(inputs, targets)), pw.SGD(0.1), epochs=20)"


@pytest.fixture(scope="module")
def result(parts: pw.Split) -> pw.Fit:
    return pw.fit(pw.Network(64, [3], 10), parts, pw.SGD(0.1), epochs=1)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda fit: fit(None, None, None), f"fit(): missing a required argument: 'epochs'; expected {FIT}."),
        (lambda fit: fit(1, 2, 3, 4), f"fit(): too many positional arguments; expected {FIT}."),
        (
            lambda fit: fit(1, 2, 3, epochs=1, callbacks=[print]),
            "fit() takes no callbacks. It is observers here, functions of a pw.Epoch.",
        ),
        (
            lambda _: pw.Network(4, [5], 2, activations="relu"),  # type: ignore[call-arg]
            "Network() takes no activations. It is activation here, one or a list.",
        ),
        (
            lambda _: pw.split(1, stratified=True),  # type: ignore[call-arg, arg-type]
            "split() takes no stratified; expected examples, validation_fraction, seed, standardize, "
            "missing, rare, scale_targets, stratify, class_weight, class_names. Did you mean 'stratify'?",
        ),
        (lambda _: pw.SGD(lr=0.1), "SGD() takes no lr. It is learning_rate here."),  # type: ignore[call-arg]
        (
            lambda _: pw.Examples([1]),  # type: ignore[call-arg]
            "Examples(): missing a required argument: 'targets'; expected pw.Examples(inputs, targets).",
        ),
        (
            lambda _: pw.Model.of(None),  # type: ignore[call-arg, arg-type]
            "Model.of(): missing a required argument: 'parts'; expected pw.Model.of(result, parts).",
        ),
        (
            lambda _: pw.Model.of(None, None, foo=1),  # type: ignore[call-arg, arg-type]
            "Model.of() takes no foo; expected network, parts, dataset, loss.",
        ),
    ],
)
def test_a_call_that_does_not_fit_is_answered_by_one_that_does(
    call: Callable[[Callable[..., object]], object], answer: str
) -> None:
    with pytest.raises(TypeError) as error:
        call(pw.fit)
    assert str(error.value).replace("keyword-only ", "") == answer  # as Python 3.14 has it


def test_what_answers_has_the_signature_it_had() -> None:
    assert list(inspect.signature(pw.fit).parameters)[:4] == ["network", "split", "optimizer", "epochs"]
    assert str(inspect.signature(pw.SGD)).startswith("(learning_rate: ")
    assert list(inspect.signature(pw.Network).parameters)[:3] == ["inputs", "hidden", "outputs"]
    assert pickle.loads(pickle.dumps(pw.fit)) is pw.fit
    assert copy.deepcopy(pw.SGD(0.1)) == pickle.loads(pickle.dumps(pw.SGD(0.1))) == pw.SGD(0.1)


def test_attributes_of_other_libraries_are_told(result: pw.Fit, digits: pw.Dataset, parts: pw.Split) -> None:
    nothing = "nothing"
    epochs: list[pw.Epoch] = []
    pw.fit(pw.Network(64, [3], 10), parts, pw.SGD(0.1), epochs=1, observers=epochs.append)
    things: tuple[object, ...] = (
        result,
        result.network,
        result.history,
        *epochs,
        digits,
        digits.train,
        parts,
    )
    model = pw.Model.of(result, parts, digits)
    for thing in (*things, model):
        kind = type(thing).__name__
        for name, hint in elsewhere._ATTRIBUTES[kind].items():
            with pytest.raises(AttributeError) as error:
                getattr(thing, name)
            assert str(error.value) == f"{kind!r} object has no attribute {name!r}. {hint}"
        with pytest.raises(AttributeError, match=r"^'[A-Za-z]+' object has no attribute 'nothing'$"):
            getattr(thing, nothing)
    assert repr(pickle.loads(pickle.dumps(model))) == repr(copy.deepcopy(model)) == repr(model)


def test_a_property_that_fails_tells_its_own_fault() -> None:
    class Odd(pw.Network):
        @property
        def fit(self) -> object:
            raise AttributeError("my own fault")

    with pytest.raises(AttributeError, match="has no attribute 'fit'"):
        _ = Odd(4, [3], 2).fit
    network = pw.Network(4, [3], 2)
    del network.layers
    with pytest.raises(AttributeError, match=r"^'Network' object has no attribute 'layers'$"):
        _ = network.hidden


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("MSELoss", "plainweave has no MSELoss. It is pw.SquaredError here."),
        ("Relu", "plainweave has no Relu. It is pw.ReLU here."),
        ("load_datasets", "plainweave has no load_datasets. Did you mean 'load_dataset'?"),
        ("Conv2d", "plainweave has no Conv2d."),
        ("torch", "plainweave has no torch."),
        ("epohc", "plainweave has no epohc. Did you mean 'Epoch'?"),
        ("optim", "plainweave has no optim. It is pw.SGD, pw.Adam or pw.AdamW here."),
    ],
)
def test_names_of_other_libraries_are_told(name: str, answer: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(pw, name)
    assert str(error.value) == answer


def test_all_names_that_are_told_are_there() -> None:
    for meant in elsewhere._NAMES.values():
        if meant.startswith("pw."):
            assert hasattr(pw, meant.removeprefix("pw.").partition("(")[0].split()[0].rstrip(","))


def test_a_layer_a_study_and_a_run_are_told_what_they_need(parts: pw.Split, digits: pw.Dataset) -> None:
    experiment = pw.Experiment(id="a", epochs=1)
    for call, answer in (
        (
            lambda: pw.Linear(4, 20),  # type: ignore[arg-type]
            "weight has shape (); expected (inputs, outputs). pw.Network(inputs, [50], outputs) makes layers "
            "of so many units.",
        ),
        (
            lambda: pw.run_study(experiment, digits, "nowhere"),  # type: ignore[arg-type]
            "experiments is Experiment(id='a', epochs=1); expected a list, as in [experiment].",
        ),
        (
            lambda: pw.run_experiment(experiment, parts, 0),  # type: ignore[arg-type]
            "dataset is a Split; expected a Dataset, as in pw.load_dataset('digits').",
        ),
        (
            lambda: pw.SGD(pw.Cosine()),  # type: ignore[arg-type]
            "learning_rate is a Cosine; expected a number, or one for each model. What changes the learning "
            "rate during training is a schedule, as in schedule='cosine', or a function of the epochs done.",
        ),
    ):
        with pytest.raises(pw.PlainweaveError) as error:
            call()
        assert str(error.value) == answer
