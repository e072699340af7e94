"""What other libraries call things: who asks by their names, or calls as they do, is told the name here."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from plainweave.checks import did_you_mean

_Called = TypeVar("_Called", bound=Callable[..., Any])

_TRAINS = "pw.fit(network, pw.split(pw.Examples(inputs, targets)), pw.SGD(0.1), epochs=20) trains it."
_MODEL = "pw.Model.of(result, parts), of what pw.fit and pw.split returned, predicts, is evaluated and saved."
_ARRAYS = "The arrays are network.parameters, by name."
_FALLING = "How the rate falls is a schedule, as in schedule='exponential:0.95'."
_COLUMNS = "The values are history.training['{}'] and history.validation['{}'], one for each epoch."

# class -> an attribute that its like has elsewhere -> what to take here
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "Network": {
        "fit": _TRAINS,
        "compile": "Optimizer and loss are arguments of pw.fit.",
        **dict.fromkeys(("predict", "predict_proba", "evaluate", "score", "save"), _MODEL),
        "summary": "print(network) says what it is, network.layers has its layers.",
        **dict.fromkeys(("weights", "get_weights", "coefs_"), _ARRAYS),
        "set_weights": "network.with_parameters(arrays) is a network with others.",
        "state_dict": f"{_ARRAYS} pw.interop.to_state_dict(network) has them as PyTorch does.",
        **dict.fromkeys(("train", "eval"), f"It is in no mode: dropout acts in training alone. {_TRAINS}"),
        **dict.fromkeys(("to", "cuda"), "Training is on CPUs; the precision is dtype."),
    },
    "Model": {
        "predict_proba": "It is model.probabilities(inputs) here.",
        "score": "model.evaluate(pw.Examples(inputs, targets)) has the accuracy, or what else the loss has.",
        "save": "pw.save(path, model) saves it.",
        "to_onnx": "pw.interop.to_onnx makes one.",
        "fit": "pw.fit trains model.network.",
        "classes_": "They are model.class_names here.",
        **dict.fromkeys(("train", "eval"), "It is in no mode: dropout acts in training alone."),
    },
    "Fit": {
        **dict.fromkeys(("model", "predict", "predict_proba", "probabilities", "evaluate", "score"), _MODEL),
        "save": _MODEL,
        "plot": "result.history.plot() draws it.",
        "weights": "The best ones are result.network.parameters, by name.",
    },
    "Epoch": {
        "model": "It is epoch.network here.",
        "optimizer": "An observer can't change the learning rate; a schedule can, as schedule='on-plateau'.",
        "logs": "The scores are epoch.history.training and epoch.history.validation, by name.",
    },
    "History": {
        "history": _COLUMNS.format("loss", "loss"),
        **dict.fromkeys(("loss", "train_loss", "val_loss", "valid_loss"), _COLUMNS.format("loss", "loss")),
        **dict.fromkeys(("accuracy", "acc", "val_accuracy", "val_acc"), _COLUMNS.format(*["accuracy"] * 2)),
    },
    "Dataset": {
        **dict.fromkeys(("X", "data", "inputs"), "They are dataset.train.inputs here."),
        **dict.fromkeys(("y", "target", "targets", "labels"), "They are dataset.train.targets here."),
        "classes": "They are dataset.class_names here.",
    },
    "Examples": {
        **dict.fromkeys(("X", "data"), "They are examples.inputs here."),
        **dict.fromkeys(("y", "target"), "They are examples.targets here."),
    },
    "Split": {
        "train": "It is parts.training here.",
        "test": "A pw.Dataset has its test examples; a split is of the others.",
        **dict.fromkeys(("val", "valid"), "It is parts.validation here."),
    },
}

_OPTIMIZER = {
    "lr": "It is learning_rate here.",
    **dict.fromkeys(("params", "parameters"), "An optimizer is settings alone; pw.fit knows the network."),
    "gamma": _FALLING,
    "decay": f"A penalty is weight_decay. {_FALLING}",
    "clipnorm": "It is clip_norm here.",
}
_ADAM = {
    **_OPTIMIZER,
    "epsilon": "It is eps here.",
    **dict.fromkeys(("beta_1", "beta_2", "beta1", "beta2"), "They are betas=(0.9, 0.999) here."),
}
# what is called -> an argument that its like has elsewhere -> what to give here
_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "fit": {
        "callbacks": "It is observers here, functions of a pw.Epoch.",
        "verbose": "observers=pw.ProgressBar() or observers=pw.Lines() shows how training goes.",
        "validation_data": "pw.Split.of(training, validation) has a validation part of one's own.",
        "validation_split": "pw.split(examples, validation_fraction=0.2) takes one.",
        "class_weight": "pw.split(examples, class_weight='balanced') has it.",
        "sample_weight": "pw.Examples(inputs, targets, weights) has them.",
        "shuffle": "The order of the examples is drawn anew for every epoch, by seed.",
        **dict.fromkeys(("lr", "learning_rate"), "It is the optimizer's, as in pw.SGD(0.1)."),
        "early_stopping": "patience=5 ends training after so many epochs without better weights.",
        "metrics": "Each loss has its own, in result.history by name.",
        "criterion": "It is loss here.",
        "random_state": "It is seed here.",
        **dict.fromkeys(("max_epochs", "num_epochs", "n_epochs", "max_iter"), "It is epochs here."),
        "initial_epoch": "start=result.state goes on from where an earlier training ended.",
        "n_jobs": "It is threads here.",
        "device": "Training is on CPUs.",
    },
    "split": {
        "test_size": "It is validation_fraction here; the test examples are kept apart by a pw.Dataset.",
        "train_size": "validation_fraction is the share of the other part.",
        "random_state": "It is seed here.",
        "shuffle": "Which examples are for validation is drawn by seed.",
    },
    "Network": {
        "activations": "It is activation here, one or a list.",
        **dict.fromkeys(("hidden_layer_sizes", "units"), "It is hidden here."),
        "random_state": "It is seed here.",
        **dict.fromkeys(("bias", "use_bias"), "All linear layers have a bias."),
        "layers": "pw.Network.of(layers) takes layers.",
    },
    "SGD": _OPTIMIZER,
    "Adam": _ADAM,
    "AdamW": _ADAM,
    "Experiment": {
        "lr": "It is learning_rate here.",
        "seed": "An experiment is run from any number of seeds.",
    },
}

_NAMES = {  # of the package
    **dict.fromkeys(("CrossEntropyLoss", "CategoricalCrossentropy"), "pw.SoftmaxCrossEntropy"),
    **dict.fromkeys(("BCELoss", "BCEWithLogitsLoss", "BinaryCrossentropy"), "pw.SigmoidCrossEntropy"),
    **dict.fromkeys(("MSELoss", "MSE", "MeanSquaredError"), "pw.SquaredError"),
    **dict.fromkeys(("L1Loss", "MAE", "MeanAbsoluteError"), "pw.AbsoluteError"),
    **dict.fromkeys(("HuberLoss", "SmoothL1Loss"), "pw.Huber"),
    **dict.fromkeys(("Sequential", "Module", "MLP", "Dense"), "pw.Network(inputs, [50], outputs)"),
    **dict.fromkeys(("train", "train_network"), "pw.fit"),
    "train_test_split": "pw.split(pw.Examples(inputs, targets))",
    **dict.fromkeys(("DataLoader", "TensorDataset"), "pw.Examples(inputs, targets)"),
    "EarlyStopping": "patience= of pw.fit",
    "ReduceLROnPlateau": "pw.OnPlateau",
    **dict.fromkeys(("CosineAnnealingLR", "CosineDecay"), "pw.Cosine"),
    **dict.fromkeys(("LearningRateScheduler", "LambdaLR"), "schedule= of an optimizer, such as pw.SGD"),
    "nn": "pw.Network, and layers such as pw.Linear",
    "optim": "pw.SGD, pw.Adam or pw.AdamW",
    **dict.fromkeys(("StepLR", "ExponentialLR"), "pw.Step or pw.Exponential"),
    "Swish": "pw.SiLU",
}


class Elsewhere:
    """Something that answers for attributes that its like has in other libraries."""

    __slots__ = ()

    if not TYPE_CHECKING:  # or a checker would take every name for an attribute

        def __getattr__(self, name: str) -> object:
            for kind in type(self).__mro__:
                if hint := _ATTRIBUTES.get(kind.__name__, {}).get(name):
                    has_none = f"{type(self).__name__!r} object has no attribute {name!r}"
                    raise AttributeError(f"{has_none}. {hint}", name=name, obj=self)
            return object.__getattribute__(self, name)  # which says that there is none, or why it failed


def answers(example: str) -> Callable[[_Called], _Called]:
    """Have a function or a class answer a call that does not fit its arguments by one that does."""

    def decorate(called: _Called) -> _Called:
        if isinstance(called, type):
            type.__setattr__(called, "__init__", decorate(called.__init__))  # type: ignore[misc]
            return called

        @wraps(called)
        def checked(*args: Any, **settings: Any) -> Any:
            try:
                return called(*args, **settings)
            except TypeError:
                message = _misfit(called, example, args, settings)
                if message is None:  # it is of what was called
                    raise
            raise TypeError(message)

        return checked  # type: ignore[return-value]

    return decorate


def _misfit(
    called: Callable[..., Any], example: str, args: Sequence[object], settings: Mapping[str, object]
) -> str | None:
    """Say what of a call does not fit, and what does; None where all fits."""
    signature, name = inspect.signature(called), called.__qualname__.removesuffix(".__init__")
    try:
        signature.bind(*args, **settings)
    except TypeError as error:
        known = [argument for argument in signature.parameters if argument not in ("self", "cls", "_")]
        for argument in settings:
            if argument not in known:
                hint = _ARGUMENTS.get(name, {}).get(argument)
                expected = f"; expected {', '.join(known)}.{did_you_mean(argument, known)}"
                return f"{name}() takes no {argument}" + (f". {hint}" if hint else expected)
        return f"{name}(): {error}; expected {example}."
    return None


def of_package(name: str, public: list[str]) -> str:
    """Return a message about a name that the package lacks."""
    by_letters = {known.lower().replace("_", ""): known for known in public}
    alike = by_letters.get(name.lower().replace("_", ""))
    if meant := _NAMES.get(name) or (f"pw.{alike}" if alike else ""):
        return f"plainweave has no {name}. It is {meant} here."
    return f"plainweave has no {name}.{did_you_mean(name, public)}"
