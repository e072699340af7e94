"""What works without the extras, and what says which one it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import without_steps

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
