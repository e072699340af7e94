"""What works without the extras, and what says which one it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import call, without_steps
from plainweave.errors import MissingExtraError

WITHOUT = """
import sys
for name in ("matplotlib", "jinja2", "PIL"):
    sys.modules[name] = None
from plainweave.__main__ import main
main()
"""
PAGE = (
    "plainweave: The page needs jinja2, matplotlib, pillow, which are not installed. "
    'Run: pip install "plainweave[page]"\n'
)
IMAGES = (
    "plainweave: Reading a picture needs pillow, which is not installed. "
    'Run: pip install "plainweave[images]"\n'
)


def without_extras(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def test_train_evaluate_compare_check_and_info_need_none(tmp_path: Path) -> None:
    for command in (
        ("train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", "run"),
        ("evaluate", "run"),
        ("check", "--data", "digits"),
        ("compare", "--help"),
        ("info",),
        ("--help",),
    ):
        done = without_extras(*command, cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("run", "mine.toml", "--data", "digits"), PAGE),
        (("page", "out"), PAGE),
        (("reproduce", "--data", "digits"), PAGE),
        (("predict", "run", "coat.png"), IMAGES),
    ],
)
def test_the_others_say_what_to_install_before_they_do_anything(
    command: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text('[[experiment]]\nid = "a"\n')
    done = without_extras(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout, without_steps(done.stderr)) == (2, "", line)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("module", "what", "extra", "command"),
    [
        (
            "tensorboardX",
            "TensorBoard's form",
            "tensorboard",
            ("run", "mine.toml", "--track", "tensorboard:board"),
        ),
        ("mlflow", "MLflow's form", "mlflow", ("train", "--track", "mlflow:flow")),
        ("wandb", "The form of Weights & Biases", "wandb", ("train", "--track", "wandb:bias")),
        ("optuna", "Tuning", "tune", ("tune", "space.toml")),
    ],
)
def test_trackers_and_tuning_say_what_to_install(
    module: str,
    what: str,
    extra: str,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "space.toml").write_text("[defaults]\nmomentum = {low = 0.5, high = 0.9}\n")
    with pytest.raises(MissingExtraError) as error:
        call(*command)
    assert str(error.value) == (
        f'{what} needs {module}, which is not installed. Run: pip install "plainweave[{extra}]"'
    )


def test_python_users_are_told_as_well() -> None:
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "import plainweave as pw\n"
        "pw.fit, pw.load_dataset, pw.run_experiments\n"
        "try: pw.read_image\n"
        "except pw.PlainweaveError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"plainweave: {done.stdout}" == IMAGES
