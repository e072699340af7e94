"""What other programs call our options and values: understood where it can mean one thing, else answered."""

from collections.abc import Collection, Iterable

from plainweave.other_names import SETTINGS

# What is asked for by an option elsewhere, and otherwise here.
_ANSWERS = {
    "cuda": "plainweave trains on CPUs alone",
    "alpha": "--weight-decay is not divided by the number of examples, as scikit-learn's alpha is",
    "device": "plainweave trains on CPUs alone",
    "early-stopping": "--patience EPOCHS stops early",
    "force": "remove the folder, or choose another with --out",
    "gpu": "plainweave trains on CPUs alone",
    "hidden-layers": "--hidden has the sizes of hidden layers, as in 100,50",
    "hidden-size": "--hidden has the sizes of hidden layers, as in 100,50",
    "l2": "--weight-decay is twice the l2 of Keras",
    "layers": "--hidden has the sizes of hidden layers, as in 100,50",
    "overwrite": "remove the folder, or choose another with --out",
    "quiet": "2>/dev/null leaves out what it says of its progress",
    "resume": "the same command goes on where it was stopped",
    "shuffle": "examples are shuffled in every epoch",
    "test-size": "--test-data takes a share of the rows, as 0.2, or a file of others",
    "verbose": "its progress is shown anyhow",
}


def option_named(name: str, known: Collection[str]) -> str:
    """Return the option that a name, without its dashes, stands for; the name itself where it is none."""
    name = name.replace("_", "-") if len(name) > 1 else name
    meant = SETTINGS.get(name, name)
    return meant if name not in known and meant in known else name


def answer_to(option: str) -> str:
    """Return what to do instead of giving an option that there is not; "" where nothing is known."""
    return _ANSWERS.get(option.lstrip("-").replace("_", "-"), "")


def value_named(text: str, known: Iterable[str]) -> str:
    """Return a text with the known name that it is but for its writing: ReLU is relu, LeakyReLU leaky-relu.

    What is behind a colon stays, as in Huber:0.5.
    """
    head, colon, rest = text.strip().partition(":")
    names = {_squashed(name): name for name in known}
    return names.get(_squashed(head), head) + colon + rest


def _squashed(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
