"""Pages of networks that are no classifiers, of several losses, stopped, or without a validation part."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

import plainweave as pw
from markdown import unaligned
from page_tables import texts, titles
from plainweave.evidence import Claim, ClaimedComparison, best_run, best_runs, read_summary, summarize
from plainweave.experiments import RunRecord
from plainweave.jobs import run_experiments
from plainweave.page import Study, run_study, write_page
from plainweave.page.curves import scale_of
from plainweave.page.frame import frame
from plainweave.page.sections.curves import curves
from plainweave.page.sections.results import results
from plainweave.page.sections.settings import settings

SQUARES = pw.Experiment(id="squares", hidden=(6,), epochs=3, loss="squared-error", optimizer="adam")
ABSOLUTE = replace(SQUARES, id="absolute", loss="absolute-error")
MEDIAN = replace(SQUARES, id="median", loss="quantile")
QUARTILES = replace(SQUARES, id="quartiles", loss="quantile:0.25,0.75")
COUNTS = replace(SQUARES, id="counts", loss="poisson")
YES = replace(SQUARES, id="yes", loss="sigmoid")
CLASSES = replace(SQUARES, id="classes", loss="softmax")


class Enough:
    """An observer that stops after the second epoch."""

    def __call__(self, epoch: pw.Epoch) -> pw.Stop | None:
        return pw.Stop("that is enough") if epoch.number == 2 else None


def of_numbers(validation: bool = False) -> pw.Dataset:
    """Rows of six numbers and a yes or no for each, as 0 and 1."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(120, 6)).astype(np.float32)
    y = (x[:, 0] + 0.3 * stream.normal(size=120) > 0).astype(float)
    parts = [pw.Examples(x[rows], y[rows]) for rows in (slice(60), slice(60, 90), slice(90, 120))]
    return pw.Dataset("rows", parts[0], parts[1], validation=parts[2] if validation else None)


def told(study: Study) -> dict[str, str]:
    return {row[0]: row[1] for row in texts(settings(study).settings)}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A folder of seven losses."""
    experiments = [SQUARES, ABSOLUTE, MEDIAN, QUARTILES, COUNTS, YES, CLASSES]
    claims = [
        Claim("Squares are far better.", (ClaimedComparison("test r2", "squares", "absolute", above=100),)),
        Claim("Losses differ.", (ClaimedComparison("test loss", "squares", "absolute", above=0),)),
        Claim("It is accurate.", (ClaimedComparison("test accuracy", "squares", above=0),)),
    ]
    return run_study(experiments, of_numbers(), tmp_path_factory.mktemp("mixed"), seeds=2, claims=claims)


def test_negative_losses_that_are_all_alike_have_an_axis(tmp_path: Path) -> None:
    once = replace(COUNTS, epochs=1, validation_fraction=0.0, learning_rate=0.1)
    many = of_numbers()
    train, test = (pw.Examples(part.inputs, part.targets + 99) for part in (many.train, many.test))
    study = run_study([once], pw.Dataset("counts", train, test), tmp_path, seeds=1)
    loss = float(study.records[0].history.training["loss"][0])
    assert loss < 0
    limits = scale_of(study.records, study.records).limits["loss", "poisson"]
    assert limits == (1.5 * loss, 0.5 * loss)


def test_scores_that_can_not_be_compared_stand_apart(mixed: Study) -> None:
    groups = results(mixed).groups
    assert [group.title for group in groups] == [
        "R²", "Pinball loss of quantile", "Pinball loss of quantile:0.25,0.75", "Accuracy",
    ]  # fmt: skip
    numbers, median, _, classes = groups
    assert titles(numbers.results) == [
        "Network", "R²", "sd", "Absolute error", "Test loss",
    ]  # fmt: skip
    assert titles(numbers.trained)[:2] == ["Network", "Loss"]
    assert numbers.results is not None
    assert numbers.results.caption == (
        "Test R² on rows: means over 2 seeds ± half of their 95 % intervals. It is the share of the targets' "
        "variance that the predictions explain; higher is better."
    )
    assert [row[0] for row in texts(numbers.results)] == ["squares", "absolute", "counts"]
    assert titles(median.results) == ["Network", "Pinball loss", "sd"]
    assert [row[0] for row in texts(classes.results)] == ["yes", "classes"]
    assert (numbers.test_error == "", classes.test_error == "") == (True, False)
    assert numbers.pairs is not None
    assert numbers.pairs.caption == (
        "Test R² on rows: the row's network less the column's, means over seeds."
    )
    assert classes.pairs is not None
    assert classes.pairs.caption == (
        "Test accuracy on rows: the row's network less the column's, in points, means over seeds."
    )


def test_only_what_can_be_compared_is(mixed: Study) -> None:
    pairs = [(pair.first, pair.second, pair.measure, pair.unit) for pair in mixed.summary.comparisons]
    assert pairs == [
        ("squares", "absolute", "test r2", ""),
        ("squares", "counts", "test r2", ""),
        ("absolute", "counts", "test r2", ""),
        ("yes", "classes", "test accuracy", "points"),
    ]
    assert {pair.confidence for pair in mixed.summary.comparisons} == {1 - 0.05 / 4}


def test_the_summary_has_all_scores_and_is_read_again(mixed: Study) -> None:
    summary = read_summary(mixed.out)
    assert summary == mixed.summary
    units = {row.id: {name: score.unit for name, score in (row.test or {}).items()} for row in summary.rows}
    assert units["squares"] == {"r2": "", "absolute error": "", "loss": ""}
    assert units["counts"] == {"r2": "", "absolute error": "", "loss": "nats"}
    assert units["yes"] == {"accuracy": "%", "loss": "nats"}


def test_claims_of_any_score_are_judged_and_nonsense_says_so(mixed: Study) -> None:
    better, losses, accurate = mixed.judgements
    assert (better.verdict, better.note) == ("contradicted", "")
    assert (losses.verdict, losses.note) == (
        "not tested",
        "squares − absolute: test loss: the losses are squared-error and absolute-error, numbers of several "
        "kinds.",
    )
    assert (accurate.verdict, accurate.note) == ("not tested", "squares has no test accuracy.")
    text = unaligned((mixed.out / "page.md").read_text())
    assert "| squares − absolute: test r2 | above 100 |" in text


def test_the_best_is_chosen_among_those_that_can_be_compared(mixed: Study) -> None:
    best = best_runs(mixed.records)
    assert [(one.by.name if one.by else None) for one in best] == [
        "validation r2", "best validation loss", "best validation loss", "validation accuracy",
    ]  # fmt: skip
    tiles = frame(mixed).tiles[:4]
    assert all("the best by validation" in tile.text for tile in tiles)
    classifier = best_run(mixed.records)
    assert classifier is not None
    assert classifier.record.experiment.id in ("yes", "classes")
    assert mixed.learned is None  # the data has no classes


def test_each_metric_has_curves_of_its_own(mixed: Study) -> None:
    shown = curves(mixed)
    assert shown is not None
    (group,) = shown.groups
    drawn = {score.title: [network.name for network in score.networks] for score in group.scores}
    assert drawn == {
        "Squared-error loss": ["squares"],
        "R²": ["squares", "absolute", "counts"],
        "Absolute error": ["squares", "absolute", "counts"],
        "Absolute-error loss": ["absolute"],
        "Quantile loss": ["median"],
        "Quantile:0.25,0.75 loss": ["quartiles"],
        "Poisson loss (nats)": ["counts"],
        "Sigmoid loss (nats)": ["yes"],
        "Accuracy (%)": ["yes", "classes"],
        "Mean cross-entropy (nats)": ["classes"],
    }
    assert list(group.scores[1].networks[0].panel.readout.series) == ["training", "validation"]
    by_name = {figure.name: figure for figure in shown.files}
    scales = [by_name[name].scale.limits for name in ("squares", "median")]
    assert scales[0]["loss", "squared-error"] != scales[1]["loss", "quantile"]
    caption = by_name["squares"].caption
    assert caption.startswith(
        "Training and validation loss, and training and validation R², and training and validation absolute "
        "error, over the epochs. 6 tanh, squared-error, adam, learning rate 0.001, L2 0: test R² "
    )


def test_the_page_of_any_loss_is_sound(browser: Browser, mixed: Study) -> None:
    noise: list[str] = []
    for width in (360, 1200):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.goto(mixed.page.as_uri())
        for panel in page.query_selector_all(".panel"):
            panel.hover()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert noise == []
    ids = re.findall(r'\bid="([^"]*)"', mixed.page.read_text())
    assert len(ids) == len(set(ids))
    assert not [id_ for id_ in ids if " " in id_]


def test_what_was_stopped_says_so_everywhere(tmp_path: Path) -> None:
    dataset = of_numbers()
    run_experiments([SQUARES], dataset, tmp_path, seeds=1, observers=[Enough()])
    study = run_study([SQUARES], dataset, tmp_path, seeds=2)
    assert study.summary.rows[0].stopped == ("that is enough", None)
    (group,) = results(study).groups
    assert group.settings.endswith("; stopped 1 of 2: that is enough")
    assert "1 run ended early, stopped by an observer: that is enough." in frame(study).introduction
    shown = curves(study)
    assert shown is not None
    assert shown.groups[0].scores[0].networks[0].result.endswith(", 1 of 2 runs stopped")
    assert told(study)["stopped early"] == "that is enough"


def test_without_a_validation_part_nothing_is_said_of_one(tmp_path: Path) -> None:
    study = run_study([replace(SQUARES, validation_fraction=0)], of_numbers(), tmp_path, seeds=2)
    assert study.summary.rows[0].validation is None
    assert "trained on all of the 60 training examples; the weights of the last epoch were kept" in (
        frame(study).introduction
    )
    assert frame(study).tiles == ()
    shown = curves(study)
    assert shown is not None
    assert list(shown.groups[0].scores[0].networks[0].panel.readout.series) == ["training"]
    text = study.page.read_text()
    assert "● best weights" not in text
    assert "validation loss" not in text


def test_a_classifier_without_validation_is_shown_if_it_is_alone(tmp_path: Path, digits: pw.Dataset) -> None:
    alone = pw.Experiment(id="alone", hidden=(4,), epochs=1, validation_fraction=0)
    run_study([alone], digits, tmp_path)
    assert "“alone” is the only network; this is its run of seed 0, the first." in (
        (tmp_path / "page.md").read_text()
    )
    study = run_study([alone, replace(alone, id="other")], digits, tmp_path)
    assert study.learned is None


def test_a_validation_set_of_ones_own_is_told_as_such(tmp_path: Path) -> None:
    study = run_study([SQUARES], of_numbers(validation=True), tmp_path)
    assert "trained on the 60 training examples and validated on others;" in frame(study).introduction


def test_what_chose_the_weights_is_told(tmp_path: Path) -> None:
    chosen = replace(SQUARES, choose_by="r2")
    study = run_study([chosen, replace(chosen, id="last", choose_by="loss")], of_numbers(), tmp_path)
    assert "the weights of the highest validation R² or the lowest validation loss were kept" in (
        frame(study).introduction
    )


def test_settings_are_told_where_they_are_set(tmp_path: Path) -> None:
    given = replace(
        SQUARES,
        dropout=(0.25,),
        clip_norm=1.0,
        rate_factors={"bias": 2.0, "hidden_1": 0.5},
        schedule="cosine",
    )
    plain = told(run_study([SQUARES], of_numbers(), tmp_path / "plain"))
    more = told(run_study([given], of_numbers(), tmp_path / "more"))
    assert (plain["loss"], plain["optimizer"], plain["beta1"]) == ("squared-error", "adam", "0.9")
    assert not {"momentum", "dropout", "clip norm", "rate factors"} & plain.keys()
    assert (more["dropout"], more["clip norm"], more["schedule"]) == ("0.25", "1", "cosine")
    assert more["rate factors"] == "bias=2 hidden_1=0.5"


def test_scores_that_are_not_finite_are_dashes(mixed: Study) -> None:
    def infinite(record: RunRecord) -> RunRecord:
        return replace(record, test={name: float("inf") for name in record.test or {}})

    records = [infinite(record) for record in mixed.records[:2]]
    shown = results(replace_records(mixed, records))
    assert texts(shown.groups[0].results)[0][1:] == ["–", "–", "–", "–"]


def replace_records(study: Study, records: Sequence[RunRecord]) -> Study:
    return Study(out=study.out, records=records, summary=summarize(records))


def test_the_page_is_drawn_again_as_it_was(mixed: Study) -> None:
    before = mixed.page.read_bytes()
    assert write_page(mixed.out).read_bytes() == before
