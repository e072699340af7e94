"""Where the command line runs: character sets, closed and full streams, other programs' settings, stops."""

import fcntl
import io
import os
import pty
import re
import shlex
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image
from rich.table import Table

import plainweave as pw
from command_line import COMMAND, succeeds, without_steps
from plainweave.cli.streams import Stream, replace_streams, shell_word
from plainweave.cli.tables import show
from plainweave.experiments import Store, run_folder, write_run
from plainweave.page import write_page
from processes import started

CHARSETS = ("ascii", "cp437", "cp850", "cp932", "latin-1", "koi8-r", "cp1252", "shift_jis", "utf-8")
STOPPED = "plainweave: stopped. What was finished is kept: run it again to go on.\n"


def plainweave(
    *arguments: object, shell: str = "", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command, with what a shell puts behind it."""
    line = shlex.join([sys.executable, "-m", "plainweave", *map(str, arguments)])
    settings = {**os.environ, "COLUMNS": "80", **environment}
    command = ["bash", "-c", f"{line} {shell}"]
    done = subprocess.run(command, capture_output=True, cwd=cwd, env=settings, timeout=120)
    done.stderr = without_steps(done.stderr.decode()).encode()
    return done


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, digits: pw.Dataset) -> Path:
    """Two runs of two seeds each, and a page."""
    out = tmp_path_factory.mktemp("surroundings") / "out"
    for position, name in enumerate(("wide", "narrow")):
        for seed in range(2):
            experiment = pw.Experiment(id=name, hidden=(4 - position,), epochs=2)
            record, model = pw.run_experiment(experiment, digits, seed, position=position)
            write_run(run_folder(out, name, seed), record, model)
    write_page(out)
    return out


def drawn(out: Path) -> dict[str, bytes]:
    files = [*out.glob("figures/*"), out / "page.html", out / "page.md"]
    assert len(files) == 6
    return {path.name: path.read_bytes() for path in files}


# What other programs have set


def test_tables_are_printed_where_a_terminal_is_said_to_have_no_width(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for columns in ("0", "1", "20"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", columns)
            table = Table("class", "images")
            table.add_row("Coat", "6,000")
            show(table)
            printed = capsys.readouterr().out
            assert "Coat" in printed
            assert "6,000" in printed


def test_help_is_printed_where_a_terminal_is_said_to_have_a_column(tmp_path: Path) -> None:
    for words in ((), ("train",)):
        done = plainweave(*words, "--help", cwd=tmp_path, COLUMNS="1")
        assert (done.returncode, done.stderr) == (0, b"")


def test_neither_a_backend_nor_a_matplotlibrc_of_the_users_changes_a_byte(out: Path, tmp_path: Path) -> None:
    before = drawn(out)
    (tmp_path / "matplotlibrc").write_text(
        "text.usetex: True\nfont.size: 30\nsavefig.format: pdf\nsavefig.transparent: True\nfigure.dpi: 300\n"
    )
    done = plainweave("page", out, cwd=tmp_path, MPLBACKEND="module://matplotlib_inline.backend_inline")
    assert (done.returncode, done.stderr) == (0, b"")
    assert drawn(out) == before
    (tmp_path / "matplotlibrc").write_bytes(b"font.size: \xff\xfe\n")
    done = plainweave("page", out, cwd=tmp_path, MPLBACKEND="nonsense", MATPLOTLIBRC=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert drawn(out) == before


def test_a_notebook_keeps_its_backend_and_its_settings(out: Path) -> None:
    before, backend = drawn(out), matplotlib.get_backend()
    with matplotlib.rc_context():
        matplotlib.use("svg")
        matplotlib.rcParams.update({"font.size": 30, "text.usetex": True, "savefig.format": "pdf"})
        mine = dict(matplotlib.rcParams)
        write_page(out)
        assert dict(matplotlib.rcParams) == mine
        assert matplotlib.get_backend() == "svg"
    matplotlib.use(backend)
    assert drawn(out) == before
    code = "import matplotlib; matplotlib.use('svg'); import plainweave.page; print(matplotlib.get_backend())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "svg\n"


# Streams


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_character_set_has_something_for_every_character(
    charset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        monkeypatch.setattr(sys, "stdout", os.fdopen(writing, "w", encoding=charset, closefd=False))
        monkeypatch.setattr(sys, "stderr", io.StringIO())  # a program's own stream is left alone
        assert isinstance(replace_streams()[0], Stream)
        print("Ωμέγα 日本 naïve ± 3 – 5 × 7 − 1 … \udcff")
        sys.stdout.flush()
        os.close(writing)
        text = pipe.read().decode(charset)
    assert "\ufffd" not in text
    for sign, nearest in zip("±–×", ("+-", "-", "x"), strict=True):
        expected = nearest if sign.encode(charset, "ignore") == b"" else sign
        assert f" {expected} " in text, text


def test_what_a_terminal_does_not_have_is_written_otherwise(
    tmp_path: Path, idx_folder: Path, digits: pw.Dataset
) -> None:
    (idx_folder / "classes.txt").write_text("日本\nΩμέγα\nnaïve\n", encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        '[[experiment]]\nid = "a"\nhidden = [3]\nepochs = 1\nbatch_size = 8\n'
    )
    command = ("run", tmp_path / "mine.toml", "--data", idx_folder, "--seeds", 2, "--out", tmp_path / "o")
    done = plainweave(*command, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0, done.stderr
    assert "+- " in done.stdout.decode("ascii")
    for charset in ("ascii", "cp1252"):
        done = plainweave(
            "evaluate", run_folder(tmp_path / "o", "a", 0), "--data", idx_folder, PYTHONIOENCODING=charset
        )
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode(charset)
        assert "??" in text
        assert ("na?ve" if charset == "ascii" else "naïve") in text


@pytest.mark.parametrize(
    ("shell", "why"),
    [
        (">/dev/full", b"No space left on device"),
        (">&-", b"Bad file descriptor"),
        ("<&- >&-", b"Bad file descriptor"),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_told_in_a_line(shell: str, why: bytes, unbuffered: str) -> None:
    done = plainweave("--help", shell=f"{shell}; exit ${{PIPESTATUS[0]}}", PYTHONUNBUFFERED=unbuffered)
    line = b"plainweave: standard output can't be written: %s. What was finished is kept.\n" % why
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", line)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_reads_only_the_beginning_is_told_nothing(unbuffered: str) -> None:
    done = plainweave("--help", shell="| false; exit ${PIPESTATUS[0]}", PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize("shell", ["2>/dev/full", "2>&-"])
def test_where_nobody_hears_how_it_goes_the_work_is_done(shell: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = plainweave(
        "train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", run, shell=shell
    )
    assert done.returncode == 0
    assert done.stdout.decode() == f"The run: {run}. Try it: plainweave evaluate {run}\n"
    assert pw.load(run / "weights.safetensors").network.outputs == 10
    assert plainweave("data", "fetch", "mnist", shell=shell).returncode == 2


def test_what_a_closed_stream_leaves_free_is_no_file_of_ours(tmp_path: Path) -> None:
    """The first file that is opened would get the number of standard output, and what is printed."""
    run = tmp_path / "run"
    arguments = ("train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", run)
    assert plainweave(*arguments, shell="<&- >&- 2>&-").returncode == 2
    assert sorted(path.name for path in run.iterdir() if path.name[0] != ".") == [
        "history.csv",
        "record.json",
        "run.checkpoint",
        "weights.safetensors",
    ]
    assert b"The run" not in b"".join(path.read_bytes() for path in run.iterdir())


# The command


def test_it_is_a_module_too_and_helps_without_a_subcommand() -> None:
    done = plainweave("--version")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, b"plainweave", b"")
    done = plainweave("data")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: plainweave data" in done.stdout
    assert done.stdout == plainweave("data", "--help").stdout


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "two words",
        "$(reboot)",
        "it's",
        "`x`;y",
        "~",
        "-x",
        "日本",
        "a\nb",
        "\x1b[2J",
        "\u202edlog",
        "*",
    ],
)
@pytest.mark.parametrize("charset", ["ascii", "utf-8"])
def test_a_shell_line_to_copy_means_the_file_it_names(
    name: str, charset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("found")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), charset))
    word = shell_word(name)
    monkeypatch.undo()
    assert word.isprintable()
    word.encode(charset)
    done = subprocess.run(["bash", "-c", f"cat {word}"], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "found"


def test_train_tells_a_line_that_can_be_copied(tmp_path: Path) -> None:
    done = plainweave(
        "train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", "my $HOME", cwd=tmp_path
    )
    hint = done.stdout.decode().partition("Try it: plainweave ")[2]
    assert hint == "evaluate 'my $HOME'\n"


def test_a_file_name_does_nothing_to_the_terminal(tmp_path: Path, digits: pw.Dataset) -> None:
    _, model = pw.run_experiment(pw.Experiment(id="a", hidden=(4,), epochs=1), digits, 0)
    pw.save(tmp_path / "model", model)
    names = ["\x1b]0;x\x07\x1b[2J.png", "\u202egnp.exe", "two\nlines.png"]
    for name in names:
        Image.fromarray(np.eye(9, dtype=np.uint8) * 255).save(tmp_path / name, "PNG")
    (tmp_path / "words\x1b[2J.png").write_text("no picture")
    done = plainweave("predict", "model", names[0], "words\x1b[2J.png", *names[1:], cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("plainweave: words [2J.png is no ")
    assert done.stderr.decode().splitlines()[1:] == ["plainweave: 1 of 4 files can't be predicted."]
    titles = [line.rpartition(": ")[0] for line in done.stdout.decode().splitlines()]
    assert titles == [" ]0;x  [2J.png", " gnp.exe", "two lines.png"]
    for word in ("--\x1b[2J", "\x1b[2J"):
        assert b"\x1b" not in plainweave(word).stderr


# Stops

AT_AN_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.SIGNAL)
                import time; time.sleep(5)
            except KeyboardInterrupt as stop:
                raise ImportError("as a module's own C code would") from stop
sys.meta_path.insert(0, Finder())
from plainweave.__main__ import main
main()
"""
IN_A_DESTRUCTOR = """
import os, signal, time
class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGNAL)
        time.sleep(0.01)
def environment():
    Dying()
    time.sleep(60)
import plainweave.experiments
plainweave.experiments.environment = environment
from plainweave.cli import main
main()
"""
SWALLOWED = """
import os, signal
def environment():
    try:
        os.kill(os.getpid(), signal.SIGNAL)
    except BaseException:
        return {}
import plainweave.experiments
plainweave.experiments.environment = environment
from plainweave.cli import main
main()
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "code",
    [
        AT_AN_IMPORT.replace("MODULE", "typer"),
        AT_AN_IMPORT.replace("MODULE", "numpy"),
        IN_A_DESTRUCTOR,
        SWALLOWED,
    ],
    ids=["importing typer", "importing numpy", "in a destructor", "swallowed"],
)
def test_a_stop_ends_in_one_line_wherever_it_hits(code: str, number: str) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code.replace("SIGNAL", number), "info"], capture_output=True, text=True
    )
    assert (done.returncode, without_steps(done.stderr)) == (130, STOPPED)
    assert time.monotonic() - began < 30


def test_stops_all_through_the_making_of_a_page(out: Path) -> None:
    """In its long form, PLAINWEAVE_TEST_KILLS=50."""
    count = int(os.environ.get("PLAINWEAVE_TEST_KILLS", "4"))
    before = drawn(out)
    began = time.monotonic()
    succeeds("page", out)
    taken = time.monotonic() - began
    for number in range(count):
        process = started("page", out)
        time.sleep(0.2 + (taken - 0.2) * number / count)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, without_steps(errors)) in ((130, STOPPED), (0, ""))
    assert not list(out.rglob("*.partial"))
    assert drawn(out) == before
    assert len(Store(out).records()) == 4


@pytest.mark.parametrize("arguments", [("train", "--help"), ("info",), ("run", "nothere.toml")])
def test_what_is_printed_fits_a_narrow_terminal(arguments: tuple[str, ...]) -> None:
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 62, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.Popen(
        [*COMMAND, *arguments], stdin=writing, stdout=writing, stderr=writing, env=environment
    )
    os.close(writing)
    text = b""
    with suppress(OSError):  # the terminal's end, when the process has ended
        while part := os.read(reading, 4096):
            text += part
    os.close(reading)
    done.wait()
    lines = re.split(r"[\r\n]+", text.decode())
    assert max(map(len, lines)) <= 62, [line for line in lines if len(line) > 62]
    assert "…" not in text.decode()
