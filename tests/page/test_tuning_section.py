"""The section on tuning, drawn from tuning.json alone: it needs no Optuna."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import plainweave as pw
from made_up import made_up
from plainweave.evidence import Searched, Trial, Tuning, read_tuning, summarize, write_tuning
from plainweave.page import SECTIONS, Study
from plainweave.page.lead import lead
from plainweave.page.page import render

START = pw.Experiment(id="start", hidden=(20,), learning_rate=0.01)
BEST = replace(START, id="trial-2", hidden=(50, 30), learning_rate=0.2)
RECORDS = [made_up(START, seed, 80.0) for seed in range(2)] + [made_up(BEST, seed, 85.0) for seed in range(2)]
SEARCHED = (Searched("hidden", False, None), Searched("learning_rate", True, 0.75))
TRIALS = (
    Trial(0, "complete", 0.6, 20, 1.0, {"hidden": "[20]", "learning_rate": 0.01}),
    Trial(1, "pruned", 0.9, 3, 0.2, {"hidden": "[20]", "learning_rate": 0.5}, "pruned at epoch 3"),
    Trial(2, "complete", 0.4, 20, 1.0, {"hidden": "[50, 30]", "learning_rate": 0.2}),
    Trial(3, "failed", None, 0, 0.0, {"hidden": "[20]"}, "there is no memory"),
)
MADE = Tuning(
    "loss", "start", "trial-2", "tpe", "median", 1_000_000, SEARCHED, TRIALS, "Tuning helped: <much>."
)


@pytest.fixture(autouse=True)
def without_optuna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)


def pages_of(tuning: Tuning | None) -> dict[str, str]:
    summary = summarize(RECORDS, [])
    return render(Study(Path("nowhere"), RECORDS, summary, [], None, tuning=tuning), SECTIONS)


def test_it_tells_the_proof_the_settings_and_the_trials() -> None:
    pages = pages_of(MADE)
    text, page = pages["page.md"], pages["page.html"]
    assert "What tuning gained" in text
    assert (
        "The search (tpe, pruner median) made 4 trials: 2 trained to their end, 1 pruned, 1 failed. All were "
        "trained from seed 1000000 and judged by validation loss; no test example was looked at, and no "
        "seed of the comparison was used."
    ) in text
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "| learning_rate | 0.0100 | 0.200 | 75 |" in rows
    assert "| hidden | 20 | 50, 30 | – |" in rows
    assert "Tuning helped: &lt;much&gt;." in page
    assert "search-history-" in page
    assert "search-slices-" in page


def test_the_page_begins_with_the_proof_and_no_second_verdict_on_its_pair() -> None:
    study = Study(Path("nowhere"), RECORDS, summarize(RECORDS, []), [], None)
    verdict = "“start” and “trial-2” do not differ by more than chance."
    assert lead(study)[-1] == verdict
    assert lead(replace(study, tuning=MADE)) == [MADE.result, *lead(study)[:-1]]
    more = [*RECORDS, *(made_up(replace(START, id="more"), seed, 80.0) for seed in range(2))]
    wider = Study(Path("nowhere"), more, summarize(more, []), [], None, tuning=MADE)
    assert lead(wider)[-1] == "None of the 3 pairs of networks differs by more than chance."


def test_without_a_trial_that_came_to_its_end_there_are_no_pictures() -> None:
    page = pages_of(replace(MADE, trials=TRIALS[1:2]))["page.html"]
    assert "1 pruned" in page
    assert "search-history-" not in page


def test_a_study_without_a_search_has_no_such_section() -> None:
    assert "What tuning gained" not in pages_of(None)["page.md"]


def test_what_is_written_is_read_back_and_what_is_none_is_refused(tmp_path: Path) -> None:
    write_tuning(tmp_path, MADE)
    assert read_tuning(tmp_path) == MADE
    path = tmp_path / "tuning.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "best": "../trial"}))
    with pytest.raises(pw.RecordError) as error:
        read_tuning(tmp_path)
    assert "start and best are '../trial'; expected ids of experiments" in str(error.value)
