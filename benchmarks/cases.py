"""What `compare.py` measures: networks, data, batches and rules, and who does the work, by group."""

from dataclasses import dataclass, replace

from work import Work


@dataclass(frozen=True)
class Case:
    """One piece of work, and the sides that do it in turn; plainweave is the first."""

    title: str
    work: Work
    sides: tuple[str, ...]


_TRAINING = (
    "plainweave",
    "scikit-learn MLP",
    "PyTorch fused",
    "JAX scan",
    "JAX scan, vmap",
    "the dense limit",
)
_ALL = (
    "plainweave",
    "plainweave, NumPy engine",
    "scikit-learn MLP",
    "PyTorch eager",
    "PyTorch fused",
    "PyTorch torch.compile",
    "JAX scan",
    "JAX scan, vmap",
    "the dense limit",
)
_STACK = ("plainweave", "plainweave, NumPy engine", "PyTorch baddbmm", "JAX scan, vmap", "the dense limit")
_PREDICTION = (
    "plainweave Network",
    "plainweave MLPClassifier",
    "scikit-learn MLPClassifier",
    "PyTorch",
    "JAX jit",
    "ONNX Runtime",
    "the dense limit",
)

TABLE = Work(
    data="classes",
    features=256,
    hidden=(256,) * 3,
    activation="relu",
    batch_size=256,
    examples=8192,
    learning_rate=0.02,
)
_WIDE = replace(TABLE, features=784, hidden=(1000, 1000), examples=2048)
_HIGGS = Work(
    data="two classes",
    features=28,
    hidden=(300,) * 5,
    outputs=1,
    batch_size=100,
    examples=4000,
    learning_rate=0.01,
)
_SIMPLE_CHAINS = Work(
    data="exponentials",
    features=4,
    hidden=(32, 16),
    outputs=4,
    batch_size=10_000,
    examples=10_000,
    epochs=20,
    weight_decay=0,
    optimizer="adam",
    learning_rate=3e-3,
)
IRIS = Work(
    data="classes",
    features=4,
    hidden=(100,),
    outputs=3,
    activation="relu",
    batch_size=150,
    examples=150,
    epochs=50,
).with_adam()
_TWENTY = replace(IRIS, data="two classes", features=20, outputs=1, batch_size=200, examples=1000, epochs=20)


def _predictions(title: str, work: Work) -> tuple[Case, ...]:
    return tuple(
        Case(f"{title}, {rows:,} row{'s' * (rows > 1)}", replace(work, rows=rows), _PREDICTION)
        for rows in (1, 10_000)
    )


GROUPS: dict[str, tuple[Case, ...]] = {
    "default": (Case("784-50-50-10, tanh, batch 64, SGD, Fashion-MNIST", Work(), _ALL),),
    "eight": (Case("eight of 784-50-50-10 at once, each", Work(models=8), _STACK),),
    "adam": (
        Case(
            "784-50-50-10, tanh, batch 64, Adam, Fashion-MNIST", Work(examples=12_000).with_adam(), _TRAINING
        ),
    ),
    "dense": (
        Case("256-256-256-256-10, relu, batch 256, SGD", TABLE, _TRAINING),
        Case("256-256-256-256-10, relu, batch 256, Adam", TABLE.with_adam(), _TRAINING),
    ),
    "wide": (
        Case("784-1000-1000-10, relu, batch 256, SGD", _WIDE, _TRAINING),
        Case("784-1000-1000-10, relu, batch 256, Adam", _WIDE.with_adam(), _TRAINING),
    ),
    "higgs": (Case("28-300-300-300-300-300-1, tanh, batch 100, SGD", _HIGGS, _TRAINING),),
    "simplechains": (Case("4-32-16-4, tanh, squared error, Adam, all 10,000", _SIMPLE_CHAINS, _TRAINING),),
    "small": (
        Case("150 rows, 4-100-3, relu, batch 150, Adam", IRIS, _TRAINING),
        Case("1,000 rows, 20-100-1, relu, batch 200, Adam", _TWENTY, _TRAINING),
    ),
    "realmlp": (
        Case(
            "256-256-256-256-10, selu, scaled, batch 256, Adam",
            replace(TABLE.with_adam(), activation="selu", scale=True),
            ("plainweave", "RealMLP-TD-S", "the dense limit"),
        ),
    ),
    "predict": (
        *_predictions("784-50-50-10, tanh", Work()),
        *_predictions("256-256-256-256-10, relu", TABLE),
        *_predictions("20-100-3, relu", replace(IRIS, features=20)),
    ),
}

TRAINED = tuple(group for group in GROUPS if group != "predict")  # beside peers
