"""Imports go one way, from the upper floors to the lower ones."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import plainweave as pw

SOURCE = Path(pw.__file__).parent
FLOORS = [
    {"errors", "version"},
    {"checks", "extras"},
    {"arrays", "storage"},
    {"randomness", "tree"},
    {"data", "network", "optimizers"},
    {"engine", "verification"},
    {"training"},
    {"experiments"},
    {"jobs"},
    {"evidence"},
    {"paper"},
    {"page"},
    {"cli"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    modules += [
        f"plainweave.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "plainweave"
        for name in node.names
    ]
    return {module.split(".")[1] for module in modules if module.startswith("plainweave.")}


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


def test_nothing_below_the_paper_knows_it() -> None:
    for room in ("network", "optimizers", "engine", "verification", "training", "experiments", "evidence"):
        for path in (SOURCE / room).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            for word in ("Table 1", "thirteen", "ten claims", "paper.toml"):
                assert word not in text, f"{path} has {word}"


def test_the_command_line_starts_without_heavy_imports() -> None:
    heavy = "{'numpy', 'matplotlib', 'sklearn', 'scipy', 'PIL', 'requests'}"
    code = f"import plainweave.cli, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names() -> None:
    assert sorted(pw.__all__) == [
        "ConfigurationError",
        "DataError",
        "DataUnavailableError",
        "Dataset",
        "Examples",
        "Experiment",
        "Fit",
        "GradientReport",
        "History",
        "Identity",
        "LeakyReLU",
        "Model",
        "Network",
        "PlainweaveError",
        "ReLU",
        "RecordError",
        "RunRecord",
        "SGD",
        "ShapeError",
        "Sigmoid",
        "SoftmaxCrossEntropy",
        "Split",
        "Standardizer",
        "Tanh",
        "TrainingInterrupted",
        "__version__",
        "check_gradients",
        "fit",
        "load",
        "load_dataset",
        "read_experiments",
        "read_idx",
        "read_image",
        "run_experiment",
        "run_experiments",
        "save",
        "softmax",
        "split",
        "write_idx",
    ]
    for name in pw.__all__:
        assert getattr(pw, name) is not None
