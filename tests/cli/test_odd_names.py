"""Names that mean something to what prints or draws them: they are shown as they are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import call
from plainweave.experiments import run_folder, write_run
from plainweave.page import write_page

CLASSES = ("[/b]", "[red]coat[/red]", r"$\bad{$ <script>:smile:")


@pytest.mark.parametrize("folder", [r"[red] $\bad{$", "costs $5 & $6", "日本"])
def test_folders_and_classes_of_any_name(
    folder: str, idx_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, picture, out = idx_folder.rename(tmp_path / folder), tmp_path / "[red].png", tmp_path / "out"
    (data / "classes.txt").write_text("\n".join(CLASSES))
    Image.fromarray(np.eye(9, dtype=np.uint8)).save(picture)
    dataset = pw.load_dataset(data)
    record, model = pw.run_experiment(
        pw.Experiment(id="a", hidden=(3,), epochs=1, batch_size=8), dataset, seed=0
    )
    run = run_folder(out, "a", 0)
    write_run(run, record, model)
    for command in (
        ["data", "show", "--data", str(data)],
        ["evaluate", str(run), "--data", str(data)],
        ["predict", str(run), str(picture)],
    ):
        call(*command)
        printed = capsys.readouterr().out
        assert all(name in printed for name in CLASSES), printed
    assert write_page(out).is_file()
