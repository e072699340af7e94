"""What the pages on forms and on the model file show works as shown; where it needs more, beside that."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from command_line import succeeds
from formats_page import DOCS, code_of
from interop_models import of_arrays, of_tables
from plainweave.training.model_description import Description

MODEL_FILE = DOCS / "model-file.md"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("heading", ["NumPy", "scikit-learn"])
def test_what_needs_no_extra_runs(heading: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(f"{code_of()}\n{code_of(heading)}", {})
    printed = capsys.readouterr().out
    assert "False" not in printed
    if heading == "NumPy":
        names = re.findall(r"'([\w.]+)'", printed)
        rows = "\n".join(re.findall(r"^\| (`.*?) \|", (DOCS / "formats.md").read_text(), re.MULTILINE))
        assert {name for name in names if f"`{name}`" not in rows} == {"hidden_2.weight", "hidden_2.bias"}


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    *_, evaluated = (
        succeeds(*line.split()[1:], cwd=tmp_path) for line in code_of(language="sh").splitlines()
    )
    assert evaluated == succeeds("evaluate", "run", cwd=tmp_path)


def test_a_reader_of_twenty_lines_reads_a_model_file(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(code_of(page=MODEL_FILE), names)
    assert capsys.readouterr().out == "True\n"
    reader, _ = code_of(page=MODEL_FILE).split("import plainweave")
    assert re.findall(r"^(?:import|from) (\w+)", reader, re.MULTILINE) == ["json", "struct", "numpy"]
    lines = [line for line in reader.splitlines() if line and not line.lstrip().startswith('"""')]
    read, _ = "\n".join(lines).split("def probabilities")
    assert len(read.splitlines()) <= 20
    for model in (of_arrays("per-image", "quantile:0.1,0.5,0.9", scale=True), of_tables("normal")):
        pw.save("model.safetensors", model)
        description, arrays = names["read_model"]("model.safetensors")
        given = pw.interop.to_arrays(model)
        assert arrays.keys() == given.keys() - {"plainweave"}
        for name, value in arrays.items():
            np.testing.assert_array_equal(value, given[name])
        page = MODEL_FILE.read_text(encoding="utf-8")
        keys = [
            *description,
            *(key for column in (description["preparation"] or {}).get("columns", []) for key in column),
        ]
        assert [key for key in keys if f"`{key}`" not in page] == []
    assert f"| `version` | {Description.VERSION};" in page
