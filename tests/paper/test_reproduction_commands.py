"""The reproduction's commands as people use them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import plainweave as pw
from command_line import call, plainweave, refused, succeeds
from plainweave.experiments import run_folder, write_run
from plainweave.paper import (
    Table1,
    paper_experiments,
    report_references,
    reproduce,
    run_audit,
    write_reproduction,
    write_table_1,
)

TINY = pw.Experiment(id="tiny", hidden=(3,), epochs=1)


@pytest.fixture(scope="module")
def reproduction(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("paper") / "reproduction"
    printed = succeeds("reproduce", "--data", "digits", "--epochs", 2, "--seeds", 2, "--out", out)
    assert printed.startswith("Test accuracy in percent on digits:\n")
    assert "report" not in printed.split("The page")[0]
    assert printed.endswith(f"The page: {out}/page.html\n")
    return out


# What it leaves


def test_reproduce_leaves_what_it_promises(reproduction: Path) -> None:
    summary = json.loads((reproduction / "summary.json").read_text())
    assert [row["id"] for row in summary["rows"]] == [experiment.id for experiment in paper_experiments()]
    assert (summary["dataset"], summary["claims"]) == ("digits", [])
    for row in summary["rows"]:
        assert row["test"]["accuracy"]["n"] == len(row["best_epoch"]) == len(row["diverged"]) == 2
        for seed in range(2):
            files = {path.name for path in (reproduction / "runs" / row["id"] / f"seed-{seed}").iterdir()}
            assert files == {"record.json", "history.csv", "weights.safetensors", "run.checkpoint"}
    gradients = json.loads((reproduction / "gradients.json").read_text())
    assert gradients["passed"] is True
    activations = [check["activation"] for check in gradients["whole_network"]]
    assert activations == ["tanh", "sigmoid", "relu", "leaky-relu"]
    table = json.loads((reproduction / "table-1.json").read_text())
    assert [row["agrees"] for row in table["rows"]] == [True] * 7
    figures = {path.name for path in (reproduction / "figures").iterdir()}
    names = [
        *("tanh", "tanh-l2", "sigmoid", "relu", "leaky-relu", "25x50+50x25+50x100+100x50"),
        *("20x30x50+33x33x33+50x30x20", "100"),
    ]
    assert figures == {f"{name}.{kind}" for name in names for kind in ("png", "svg")}


def test_the_page_on_digits_compares_nothing_and_says_so(reproduction: Path) -> None:
    page, text = ((reproduction / name).read_text() for name in ("page.html", "page.md"))
    said = "Its data is Fashion-MNIST; these runs are on digits, and nothing here is compared with it."
    assert said in page
    assert said in text
    for absent in ('id="claims"', 'id="conventions"'):
        assert absent not in page
    assert 'id="table-1"' in page
    captions = re.findall(r"<figcaption[^>]*>(?!<b>)(.*?)</figcaption>", page, re.DOTALL)
    assert ["digits" in caption for caption in captions] == [True] * 12
    for figure in (reproduction / "figures").glob("*.svg"):
        assert "on digits" in figure.read_text()
    accuracies = text.split("## Gradients")[0]
    for accuracy in report_references().accuracies.values():
        assert f"{accuracy:.2f}" not in accuracies


def test_the_page_is_one_file_and_is_drawn_again_from_records_alone(reproduction: Path) -> None:
    page = (reproduction / "page.html").read_text()
    for reference in ("http://", "https://", 'src="figures'):
        assert reference not in page
    evidence = ("gradients.json", "learned.json", "predictions.json", "study.json", "table-1.json")
    kept = (".lock", ".plainweave", *evidence)
    before = {
        path: path.read_bytes()
        for path in reproduction.rglob("*")
        if path.is_file() and "runs" not in path.parts and path.name not in kept
    }
    for path in before:
        path.unlink()
    assert succeeds("page", reproduction) == f"The page: {reproduction}/page.html\n"
    for path, content in before.items():
        assert path.read_bytes() == content, path


def test_page_of_other_folders_is_the_general_one(tmp_path: Path, digits: pw.Dataset) -> None:
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, digits, 0))
    call("page", tmp_path)
    assert "report" not in (tmp_path / "page.html").read_text().lower()


def test_reproduce_again_trains_nothing_and_only_some(reproduction: Path, tmp_path: Path) -> None:
    done = plainweave("reproduce", "--data", "digits", "--epochs", 2, "--seeds", 2, "--out", reproduction)
    assert "26 of 26 runs are finished: kept." in done.stderr
    out = tmp_path / "some"
    succeeds("reproduce", "--data", "digits", "--epochs", 1, "--only", "relu,100", "--jobs", 1, "--out", out)
    summary = json.loads((out / "summary.json").read_text())
    assert [row["id"] for row in summary["rows"]] == ["relu", "100"]


def test_a_reproduction_in_python(tmp_path: Path, digits: pw.Dataset) -> None:
    study = reproduce(tmp_path, only=["tanh"], epochs=1, data=digits, command="mine")
    assert [record.experiment.epochs for record in study.records] == [1]
    assert (study.command, study.page) == ("mine", tmp_path / "page.html")
    assert study.gradients is not None
    assert study.gradients.passed


# What it refuses


def test_reproduce_refuses_a_class_without_examples_before_it_trains(
    tmp_path: Path, idx_folder: Path
) -> None:
    (idx_folder / "classes.txt").write_text("coat\nbag\nshoe\nhat\n")
    out = tmp_path / "out"
    assert refused("reproduce", "--data", idx_folder, "--out", out) == (
        "mine: class 3 (hat) has no training example; expected at least 1 of each class. "
        "Add one, or leave that class out."
    )
    assert not out.exists()


def test_reproduce_refuses_an_unknown_id(tmp_path: Path) -> None:
    message = refused("reproduce", "--data", "digits", "--only", "tanhh", "--out", tmp_path / "out")
    assert message.startswith("only is 'tanhh'; expected one of tanh, tanh-l2, ")


def said_by(refusing: Callable[[], object]) -> str:
    with pytest.raises(pw.PlainweaveError) as error:
        refusing()
    return str(error.value)


@pytest.mark.parametrize("name", ["page.html", "page.md", "table-1.json", "figures/sigmoid.png"])
def test_a_file_of_the_users_is_found_before_anything_is_trained(
    tmp_path: Path, digits: pw.Dataset, name: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    assert said_by(lambda: reproduce(tmp_path, data=digits)) == (
        f"{tmp_path / name} is in the way: plainweave did not write it, or it was changed since. "
        "Move it, or choose another folder."
    )
    assert not (tmp_path / "runs").exists()


def test_an_audit_looks_at_the_page_before_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    on_fashion_mnist(monkeypatch, digits)
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, digits, 0))
    write_table_1(tmp_path, Table1("fashion-mnist", 0.01, 0.0001, ()))
    (tmp_path / "page.md").write_text("mine")
    assert said_by(lambda: run_audit(tmp_path)).startswith(f"{tmp_path}/page.md is in the way: ")
    assert not (tmp_path / "audit").exists()


# A gradient that is wrong


def test_reproduce_ends_with_1_if_a_gradient_is_wrong(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"  # a file, for its processes to run it too
    planted.write_text(
        "from plainweave.network import Tanh\n"
        "from plainweave.__main__ import main\n"
        "Tanh.derivative = lambda self, x, y: 1 - y\n"
        "if __name__ == '__main__': main()\n"
    )
    command = ("reproduce", "--data", "digits", "--only", "100", "--epochs", "1", "--out", tmp_path / "out")
    done = subprocess.run([sys.executable, planted, *command], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "plainweave: A gradient is wrong: see the page, or run plainweave check."
    )
    assert "NOT all correct" in (tmp_path / "out" / "page.html").read_text()


def test_table_1_prints_a_table_or_json() -> None:
    printed = succeeds("table-1", "--data", "digits").splitlines()
    assert printed[0] == "Table 1 on digits: agreement within 0.0001, step 0.01"
    assert printed[2].split() == [*["Output", "layer", "bias", "[0]"], *printed[2].split()[-3:-1], "yes"]
    assert len(printed) == 2 + 7
    table = json.loads(succeeds("table-1", "--data", "digits", "--json"))
    assert [row["agrees"] for row in table["rows"]] == [True] * 7


# Audits that were stopped early


def on_fashion_mnist(monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset) -> None:
    """Take digits for the report's data."""
    fashion = replace(digits, name="fashion-mnist")
    monkeypatch.setattr("plainweave.data.source.load_dataset", lambda *_: fashion)


def begun(out: Path) -> None:
    """Leave what a stop before the end of the first run leaves."""
    (out / "runs" / "first" / "seed-0").mkdir(parents=True)
    (out / "runs" / "first" / "seed-0" / "run.checkpoint").touch()


def test_an_audit_that_was_stopped_early_does_not_keep_the_page_from_being_made(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    fashion = replace(digits, name="fashion-mnist")
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, fashion, 0))
    begun(tmp_path / "audit")
    assert "plainweave audit --out FOLDER" in write_reproduction(tmp_path).read_text()


def test_an_audit_begins_beside_runs_that_were_stopped_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    on_fashion_mnist(monkeypatch, digits)
    monkeypatch.setattr("plainweave.paper.reproduction.run_experiments", lambda *_, **__: [])
    begun(tmp_path)
    assert run_audit(tmp_path) == ([], None)
    assert not (tmp_path / "page.html").exists()


def test_an_audit_leaves_the_page_of_other_runs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    on_fashion_mnist(monkeypatch, digits)
    monkeypatch.setattr("plainweave.paper.reproduction.run_experiments", lambda *_, **__: [])
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, digits, 0))
    assert run_audit(tmp_path) == ([], None)
    assert not (tmp_path / "page.html").exists()
