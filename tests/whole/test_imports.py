"""Imports go one way, from the upper floors to the lower ones, and words stay where they belong."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import plainweave as pw
from command_line import TABLE

SOURCE = Path(pw.__file__).parent
FLOORS = [
    {"bars", "doing", "errors", "other_names", "version"},
    {"checks", "display", "extension", "extras"},
    {"elsewhere"},
    {"named"},
    {"arrays", "storage"},
    {"randomness", "tree"},
    {"data", "network", "optimizers"},
    {"losses"},
    {"engine"},
    {"verification"},
    {"training"},
    {"experiments"},
    {"jobs"},
    {"evidence"},
    {"page", "estimators"},
    {"interop", "tuning"},
    {"cli"},
    {"paper"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Words of the reproduction of a report, which is one user of the library, and of the data it is made on.
OF_THE_REPRODUCTION = re.compile(
    r"fashion.?mnist|table 1\b|thirteen|published|the report\b|paper", re.IGNORECASE
)
WHERE_THEY_MAY_STAND = {"data/catalog.py", "__main__.py"}
# Files that read, judge and show claims that users state of their own.
OF_CLAIMS = {
    *("cli/results.py", "cli/run.py"),
    *("evidence/__init__.py", "evidence/claims.py", "evidence/notes.py", "evidence/summary.py"),
    *("experiments/__init__.py", "experiments/toml.py"),
    *("page/frame.py", "page/lead.py", "page/page.py", "page/workflow.py"),
    *("page/sections/__init__.py", "page/sections/claims.py"),
    *("page/templates/claims.html.j2", "page/templates/claims.md.j2"),
    *("page/templates/macros.html.j2", "page/templates/macros.md.j2"),
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The modules of plainweave that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("plainweave."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("plainweave"):
            for name in node.names:
                module = f"{node.module}.{name.name}"
                yield module if file_of(module) else str(node.module)


def file_of(module: str) -> Path | None:
    path = SOURCE.joinpath(*module.split(".")[1:])
    return next(filter(Path.is_file, (path.with_suffix(".py"), path / "__init__.py")), None)


def imported_rooms(path: Path) -> set[str]:
    return {module.split(".")[1] for module in imports(path) if module != "plainweave"}


def source_files() -> dict[str, str]:
    """The text of every file, by its name below the package."""
    return {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SOURCE.rglob("*"))
        if path.is_file() and path.suffix not in (".so", ".pyc", ".pyd")
    }


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SOURCE.rglob("*.py")) if path.parent != SOURCE or path.name != "__init__.py"],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_a_file_imports_only_from_lower_floors(path: Path) -> None:
    room = room_of(path)
    for imported in imported_rooms(path) - {room}:
        assert FLOOR_OF[imported] < FLOOR_OF[room], f"{path} imports {imported}"


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert rooms == set(FLOOR_OF)


def test_the_mathematics_knows_no_files_no_clock_and_no_printing() -> None:
    for path in (SOURCE / "network").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("print(", "open(", "import time", "pathlib"):
            assert word not in text, f"{path.name} has {word}"


@pytest.mark.parametrize("room", sorted(FLOOR_OF))
def test_there_is_no_circle_within_a_room(room: str) -> None:
    files = {path for path in SOURCE.rglob("*.py") if room_of(path) == room}
    graph = {path: {file_of(module) for module in imports(path)} & files for path in files}
    assert set(TopologicalSorter(graph).static_order()) == files


def test_nothing_below_the_paper_speaks_of_it() -> None:
    speaking = {
        f"{name}: {found[0]}"
        for name, text in source_files().items()
        if not name.startswith("paper/") and name not in WHERE_THEY_MAY_STAND
        for found in OF_THE_REPRODUCTION.finditer(text)
    }
    assert speaking == set()


def test_claims_are_the_users_own() -> None:
    files = {name for name, text in source_files().items() if "claim" in text.lower()}
    assert {name for name in files if not name.startswith("paper/")} == OF_CLAIMS


def test_what_is_written_is_a_page_and_no_report() -> None:
    for name, text in source_files().items():
        if name.startswith(("page/", "evidence/")):
            assert "report" not in text.replace("GradientReport", "").lower(), name


def test_the_command_line_starts_without_heavy_imports() -> None:
    heavy = "{'numpy', 'matplotlib', 'sklearn', 'scipy', 'PIL', 'requests'}"
    code = f"import plainweave.cli, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "network(x)",
        "pw.fit(network, pw.split(pw.Examples(x, y), seed=0), pw.SGD(0.1), epochs=2)",
        "parts = pw.split(pw.Examples(x, y), seed=0); pw.Model.of(network, parts, loss='softmax').predict(x)",
    ],
)
def test_training_and_prediction_on_arrays_import_nothing_else_that_is_slow(code: str) -> None:
    slow = {
        "scipy",
        "sklearn",
        "joblib",
        "pandas",
        "rich",
        "jinja2",
        "requests",
        "filelock",
        "platformdirs",
        "PIL",
    }
    given = "x, y = np.ones((60, 4), np.float32), np.arange(60) % 3; network = pw.Network(4, [5], 3); "
    code = (
        f"import sys, numpy as np, plainweave as pw; {given}{code}; print(sorted({slow} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", TABLE)
def test_a_command_says_how_it_is_used_without_slow_imports(command: str) -> None:
    slow = "{'sklearn', 'scipy.sparse', 'scipy.special', 'scipy.stats', 'pandas'}"
    code = (
        "import sys; from plainweave.__main__ import main\n"
        f"sys.argv[1:] = [{command!r}, '--help']\n"
        f"try: main()\nfinally: print(sorted({slow} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_commands_import_other_forms_only_where_they_are_asked_for() -> None:
    commands = ", ".join(f"plainweave.cli.{name}" for name in ("run", "train", "tune"))
    code = f"import {commands}, sys; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'plainweave.interop" not in done.stdout
    assert "'optuna" not in done.stdout


def test_public_names() -> None:
    assert sorted(pw.__all__) == [
        "AbsoluteError",
        "Activation",
        "Adam",
        "AdamW",
        "CSVFile",
        "ConfigurationError",
        "Constant",
        "Cosine",
        "CosineRestarts",
        "DataError",
        "DataUnavailableError",
        "Dataset",
        "Dropout",
        "ELU",
        "Epoch",
        "Examples",
        "Experiment",
        "Exponential",
        "Fit",
        "GELU",
        "GELUTanh",
        "GradientReport",
        "History",
        "Huber",
        "Identity",
        "InverseScaling",
        "Layer",
        "LeakyReLU",
        "Linear",
        "Lines",
        "Log",
        "Loss",
        "MLPClassifier",
        "MLPRegressor",
        "MLflow",
        "Mish",
        "Model",
        "Network",
        "Observer",
        "OnPlateau",
        "Optimizer",
        "Outcome",
        "PlainweaveError",
        "Poisson",
        "Preparation",
        "ProgressBar",
        "Quantile",
        "ReLU",
        "RecordError",
        "RunRecord",
        "SELU",
        "SGD",
        "Scale",
        "Schedule",
        "ShapeError",
        "SiLU",
        "Sigmoid",
        "SigmoidCrossEntropy",
        "SoftmaxCrossEntropy",
        "Softplus",
        "Split",
        "SquaredError",
        "Standardizer",
        "Step",
        "Stop",
        "Table",
        "TableFile",
        "Tanh",
        "TensorBoard",
        "Tracked",
        "Tracker",
        "TrainingInterrupted",
        "TrainingState",
        "WandB",
        "__version__",
        "check_gradients",
        "fit",
        "interop",
        "load",
        "load_dataset",
        "load_pictures",
        "load_table",
        "prepare_parquet",
        "read_experiments",
        "read_idx",
        "read_image",
        "read_table",
        "run_experiment",
        "run_experiments",
        "run_study",
        "save",
        "softmax",
        "split",
        "tune",
        "write_idx",
        "write_table",
    ]
    for name in pw.__all__:
        assert getattr(pw, name) is not None
