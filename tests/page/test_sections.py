"""What each section tells, of records that nobody made."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from made_up import made_up
from markdown import unaligned
from page_tables import texts, titles
from plainweave.evidence import (
    Comparison,
    GradientEvidence,
    Judgement,
    NetworkCheck,
    Region,
    Statement,
    StepSizes,
    judge_all,
    summarize,
)
from plainweave.evidence.measures import TEST_ACCURACY
from plainweave.page import SECTIONS, References, Section, Study
from plainweave.page.figures import arrange, figure_files
from plainweave.page.frame import frame
from plainweave.page.page import render
from plainweave.page.sections.claims import claims
from plainweave.page.sections.curves import curves
from plainweave.page.sections.gradients import gradients
from plainweave.page.sections.learned import learned
from plainweave.page.sections.results import Group, results
from plainweave.page.sections.settings import settings
from plainweave.page.sections.try_it import try_it
from plainweave.verification import TensorCheck

WIDE = pw.Experiment(id="wide", hidden=(200,), learning_rate=0.1)
DEEP = replace(WIDE, id="deep", hidden=(50, 50, 50))
CHOSEN = replace(WIDE, id="chosen", test=False)
RECORDS = [
    *(made_up(WIDE, seed, 88.0 + seed / 10) for seed in range(3)),
    *(made_up(DEEP, seed, 85.0 + seed / 10) for seed in range(3)),
    *(made_up(CHOSEN, seed, 80.0) for seed in range(3)),
]
ELSEWHERE = References(
    "the book", {"wide": 87.5}, {"wide": "Fig. 3b", "deep": "Fig. 3a"}, note="The book is a book."
)
BETTER = Statement(1, "Wide is better.", (Comparison(TEST_ACCURACY, Region(low=0), "wide", "deep"),))
NOWHERE = Statement(2, "So is <b>nobody</b>.", (Comparison(TEST_ACCURACY, Region(low=0), "nobody"),))


def study_of(
    records: Sequence[pw.RunRecord] = RECORDS,
    *,
    statements: Sequence[Statement] = (),
    evidence: GradientEvidence | None = None,
    references: References | None = None,
    command: str | None = None,
) -> Study:
    judgements: list[Judgement] = judge_all(statements, records)
    return Study(
        out=Path("nowhere"),
        records=records,
        summary=summarize(records, judgements),
        judgements=judgements,
        gradients=evidence,
        command=command,
        references=references,
    )


def evidence(passed: bool = True) -> GradientEvidence:
    tensor = TensorCheck("output.bias", 10, 1, 2e-10, 1e-9, 1e-9, (0, 3), 0.5, 0.5, passed)
    check = NetworkCheck("tanh", passed, 1e-5, 1e-7, (tensor,))
    return GradientEvidence("digits", 10, passed, (check,), StepSizes((0.1, 1e-5), (0.01, 1e-9), (0.1, 0.2)))


def only_group(study: Study) -> Group:
    (group,) = results(study).groups
    return group


# The list


def test_a_section_with_nothing_to_tell_is_neither_there_nor_in_the_navigation() -> None:
    pages = render(study_of(), SECTIONS)
    assert re.findall(r'<a href="#([a-z-]+)">', pages["page.html"]) == ["results", "curves", "settings"]
    assert re.findall(r'<section id="([a-z-]+)">', pages["page.html"]) == ["results", "curves", "settings"]
    assert re.findall("^## (.*)$", pages["page.md"], re.MULTILINE) == [
        "Results", "Curves", "Settings and versions",
    ]  # fmt: skip


def test_what_there_is_is_told_in_the_order_of_the_list() -> None:
    study = study_of(statements=[BETTER], evidence=evidence())
    pages = render(study, SECTIONS)
    names = ["results", "curves", "claims", "gradients", "settings"]
    assert re.findall(r'<a href="#([a-z-]+)">', pages["page.html"]) == names
    pages = render(study, SECTIONS[::-1])
    assert re.findall(r'<a href="#([a-z-]+)">', pages["page.html"]) == names[::-1]


@dataclass(frozen=True)
class Words:
    text: str


def test_a_section_of_ones_own_has_templates_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "my_package"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "templates" / "words.html.j2").write_text(
        '{% import "macros.html.j2" as macros %}<p>{{ content.text }} ({{ study.seeds }})</p>'
    )
    (package / "templates" / "words.md.j2").write_text("{{ content.text | plain }}")
    monkeypatch.syspath_prepend(tmp_path)
    section = Section("words", "In a <few> words", lambda _: Words("a < b & *c*"), "my_package")
    pages = render(study_of(), [*SECTIONS, section])
    assert "<h2>In a &lt;few&gt; words</h2>\n<p>a &lt; b &amp; *c* (3)</p>\n" in pages["page.html"]
    assert "## In a \\<few\\> words\n\na \\< b \\& \\*c\\*\n" in pages["page.md"]
    del sys.modules["my_package"]


# The frame


def test_the_frame_says_what_was_done_and_what_matters_most() -> None:
    shown = frame(study_of(statements=[BETTER, NOWHERE], evidence=evidence()))
    assert shown.introduction == (
        "9 runs of 3 networks from 3 seeds, trained on 80 % of the 60,000 training examples and validated on "
        "the rest; the weights of the lowest validation loss were kept, and those of 2 networks tested once "
        "on the 10,000 test examples. A seed gives all networks the same split (of one validation fraction) "
        "and order. Training took 9.0 seconds in all."
    )
    assert shown.lead == (
        "Of 2 networks, “wide” has the lowest validation loss; its test accuracy is 88.10 % (95 % interval "
        "87.85 to 88.35, 3 seeds), that of the other 85.10. “wide” and “deep” differ by more than chance. "
        "Of 2 claims: 1 supported, 1 not tested. All 10 gradients that were checked are correct."
    )
    assert [(tile.value, tile.text) for tile in shown.tiles] == [
        ("88.10 %", "test accuracy of “wide”, the best by validation loss"),
        ("1 of 2", "claims supported, 1 not tested"),
        ("10", "gradients checked, all correct"),
    ]
    wrong = frame(study_of(evidence=evidence(passed=False), references=ELSEWHERE))
    assert wrong.tiles[-1].text == "gradients checked, NOT all correct"
    assert wrong.introduction.endswith("in all. The book is a book.")
    assert wrong.lead.endswith(
        "Its accuracy lies 0.60 points above the book's. NOT all of the 10 gradients that were checked are "
        "correct."
    )
    page = render(study_of(), SECTIONS)["page.html"]
    assert f'<meta name="description" content="{frame(study_of()).lead}">' in page
    assert page.count("<main>") == page.count("</main>") == 1


def test_the_page_begins_with_what_one_seed_can_say() -> None:
    one_seed = [RECORDS[0], RECORDS[3], made_up(replace(WIDE, id="more"), 0, 10.0, diverged=2)]
    assert frame(study_of(one_seed, statements=[BETTER])).lead == (
        "Of 3 networks, “wide” has the lowest validation loss; its test accuracy is 88.00 % (1 seed), that "
        "of the other that never diverged 85.00. One seed can't tell differences between networks from "
        "chance. "
        "The claim is in need of more seeds."
    )
    both = References("the book", {"wide": 87.0, "deep": 87.0, "more": 10.0})
    assert (
        "On average the accuracies lie 0.33 points below the book's (from −2.00 for “deep” to +1.00 for "
        in (frame(study_of(one_seed, references=both)).lead)
    )
    assert frame(study_of(one_seed[:1])).lead == "The test accuracy is 88.00 % (1 seed), that of “wide”."


# Results


def test_accuracies_stand_beside_those_of_references() -> None:
    shown = only_group(study_of(references=ELSEWHERE))
    assert titles(shown.results) == [
        "Network", "plainweave (%)", "The book (%)", "Difference", "sd",
    ]  # fmt: skip
    assert texts(shown.results) == [
        ["wide", "88.10 ± 0.25", "87.50", "+0.60", "0.10"],
        ["deep", "85.10 ± 0.25", "", "", "0.10"],
    ]
    assert shown.results is not None
    assert shown.results.caption == (
        "Test accuracy in percent on fashion-mnist, beside the book: means over 3 seeds ± half of their 95 % "
        "intervals."
    )
    assert shown.picture is not None
    assert shown.picture.headings == ("plainweave", "the book")
    (wide,) = shown.picture.strips
    assert (wide.label, wide.beside, wide.numbers) == ("wide", 87.5, ("88.10 ± 0.25", "87.50"))
    assert wide.mean == pytest.approx(88.1)


def test_settings_in_which_networks_differ_are_a_table_and_the_others_a_sentence() -> None:
    shown = only_group(study_of(references=ELSEWHERE))
    assert titles(shown.trained) == ["Network", "Figure in the book", "Hidden units"]
    assert texts(shown.trained) == [["wide", "Fig. 3b", "200"], ["deep", "Fig. 3a", "50x50x50"]]
    assert shown.settings == "activation tanh; learning rate 0.1; L2 0; epochs 100; best epoch 1"
    assert only_group(study_of(RECORDS[:3])).trained is None


def test_without_references_there_is_no_word_of_them() -> None:
    shown = only_group(study_of())
    assert titles(shown.results) == ["Network", "Accuracy (%)", "sd"]
    assert shown.picture is not None
    assert [strip.numbers for strip in shown.picture.strips] == [("88.10 ± 0.25",), ("85.10 ± 0.25",)]
    for elsewhere in (References("the book"), References("the book", {"other": 5.0}, {"other": "Fig. 1"})):
        assert only_group(study_of(references=elsewhere)) == shown


def test_settings_chosen_by_validation_stand_apart() -> None:
    shown = only_group(study_of())
    assert texts(shown.validated) == [["chosen", "0.1", "64", "0", "100", "3", "80.00", "–"]]
    alone = only_group(study_of(RECORDS[6:]))
    assert (alone.results, alone.picture, alone.pairs) == (None, None, None)
    assert only_group(study_of(RECORDS[:6])).validated is None


def test_any_two_are_compared_both_ways() -> None:
    shown = only_group(study_of())
    assert texts(shown.pairs) == [["wide", "", "+3.00"], ["deep", "−3.00", ""]]
    assert shown.pairs is not None
    cell, opposite = shown.pairs.rows[0][2], shown.pairs.rows[1][1]
    assert (cell.kind, cell.strong, cell.title) == ("better more", True, "+2.65 to +3.35")
    assert (opposite.kind, opposite.title) == ("worse less", "−3.35 to −2.65")
    assert (cell.strength, opposite.strength) == (0.5, 0.5)
    assert "| wide | | **+3.00** |\n" in unaligned(render(study_of(), SECTIONS)["page.md"])
    assert results(study_of()).confidence == "95"
    assert only_group(study_of([RECORDS[0], RECORDS[3]])).pairs is None  # one seed has no interval


def test_more_networks_than_a_table_can_show_are_left_to_the_command() -> None:
    many = [made_up(replace(WIDE, id=f"n{number}"), seed, 80.0) for number in range(31) for seed in range(2)]
    shown = only_group(study_of(many))
    assert (shown.pairs, shown.too_many) == (None, 31)
    assert "31 networks are too many" in render(study_of(many), SECTIONS)["page.html"]


def test_divergences_are_not_overlooked() -> None:
    records = [made_up(WIDE, 0, 88.0), made_up(WIDE, 1, 10.0, diverged=3), made_up(DEEP, 0, 85.0)]
    pages = render(study_of(records), SECTIONS)
    assert '49.00 ± 495.54 <span class="bad">1 diverged</span>' in pages["page.html"]
    assert "| 49.00 ± 495.54 (1 diverged) |" in unaligned(pages["page.md"])
    assert "1 of 2 runs diverged" in pages["page.md"]
    shown = only_group(study_of(records)).picture
    assert shown is not None
    assert [strip.label for strip in shown.strips] == ["deep"]  # the other's scale would hide all others


# Claims


def test_a_claim_is_told_with_its_verdict_and_its_numbers() -> None:
    study = study_of(statements=[BETTER, NOWHERE])
    shown = claims(study)
    assert shown is not None
    better, nowhere = shown.claims
    assert (better.verdict, better.kind, better.note) == ("supported", "supported", "3 seeds.")
    assert texts(better.comparisons) == [
        ["wide − deep: test accuracy", "above 0 points", "+3.00", "+2.49 to +3.51", "supported"]
    ]
    assert (nowhere.verdict, nowhere.kind) == ("not tested", "untested")
    assert (nowhere.note, nowhere.comparisons) == ("There are no runs of nobody.", None)
    pages = render(study, SECTIONS)
    heading = '<li value="1"><b>Wide is better.</b> <span class="verdict supported">supported</span>'
    assert heading in pages["page.html"]
    assert '<li value="2"><b>So is &lt;b&gt;nobody&lt;/b&gt;.</b> <span' in pages["page.html"]
    assert "### 1. Wide is better. **supported**\n" in pages["page.md"]


def test_claims_of_one_seed_are_folded_and_named() -> None:
    study = study_of([RECORDS[0], RECORDS[3]], statements=[BETTER, NOWHERE])
    shown = claims(study)
    assert shown is not None
    assert ([claim.number for claim in shown.claims], [claim.number for claim in shown.waiting]) == ([2], [1])
    assert (shown.waiting[0].verdict, shown.pictures) == ("needs more seeds", ())
    pages = render(study, SECTIONS)
    assert "<summary><b>1 claim needs more seeds:</b> one seed has no interval" in pages["page.html"]
    assert "These need more seeds:\n\n1. Wide is better.\n" in pages["page.md"]


def test_comparisons_of_one_unit_are_drawn_on_one_scale_with_its_zero() -> None:
    none = Statement(3, "Both are good.", (Comparison(TEST_ACCURACY, Region(low=80), "deep"),))
    small = Statement(2, "Equal.", (Comparison(TEST_ACCURACY, Region(-0.25, 0.25), "wide", "wide-too"),))
    records = [*RECORDS[:6], *(made_up(replace(WIDE, id="wide-too"), seed, 88.0) for seed in range(3))]
    shown = claims(study_of(records, statements=[BETTER, small, none]))
    assert shown is not None
    points, percent = shown.pictures
    assert (points.title, percent.title) == ("Claimed differences in points", "Claimed values in percent")
    assert [strip.label for strip in points.strips] == [
        "1. wide − deep: test accuracy", "2. wide − wide-too: test accuracy",
    ]  # fmt: skip
    assert points.axis.low < 0 < points.axis.high
    places = [float(re.findall('mean" cx="(.*?)%"', points.drawing(strip))[0]) for strip in points.strips]
    zero = float(re.findall('zero" x1="(.*?)%"', points.drawing(points.strips[0]))[0])
    assert (places[0] - zero) / (places[1] - zero) == pytest.approx(3.0 / 0.1, rel=0.01)
    assert points.strips[0].numbers == ("+3.00 (+2.38 to +3.62)",)


# Curves


def test_what_an_axis_leaves_out_is_told_at_its_end() -> None:
    record = made_up(WIDE, 0, 88.0)
    for part in (record.history.training, record.history.validation):
        part["accuracy"] = [np.asarray(12.5), *part["accuracy"] * 20]
    shown = curves(study_of([record]))
    assert shown is not None
    accuracy = shown.groups[0].scores[1]
    assert accuracy.overlay is None  # there is nothing beside it
    assert "▼ 12.5</text>" in accuracy.networks[0].panel.svg


def test_long_curves_of_several_networks_have_running_means() -> None:
    longer = [made_up(WIDE, 0, 88.0), made_up(DEEP, 0, 85.0)]
    for record in longer:
        for part in (record.history.training, record.history.validation):
            for name, values in part.items():
                part[name] = [np.asarray(value) for value in ([*values] * 100)[:90]]
    longer[0].history.validation["loss"][3:6] = [np.asarray(value) for value in (np.nan, 1.0, 3.0)]
    shown = curves(study_of(longer))
    assert shown is not None
    assert shown.groups[0].smoothing == 7
    panel = shown.groups[0].scores[0].overlay
    assert panel is not None
    assert panel.readout.series["wide"][3:6] == [None, 1.0, 3.0]  # not smoothed
    assert panel.svg.count('class="line line-0 raw"') == panel.svg.count('class="line line-0 smooth"') == 1
    short = curves(study_of(RECORDS[:6]))
    assert short is not None
    assert short.groups[0].smoothing == 1
    assert "smooth" not in (short.groups[0].scores[0].overlay or panel).svg


def test_figures_of_references_hold_their_parts_and_share_a_scale() -> None:
    long = [made_up(replace(WIDE, id="own"), 0, 50.0)]
    figures = arrange([*RECORDS[:6], *long], ELSEWHERE)
    assert [(figure.name, figure.title) for figure in figures] == [
        ("wide+deep", "wide, deep (Figure 3 of the book)"),
        ("own", "own"),
    ]
    assert [part.letter for part in figures[0].parts] == ["(b) ", "(a) "]
    assert figures[0].scale != figures[1].scale
    assert figure_files([WIDE, DEEP, CHOSEN], ELSEWHERE) == ["figures/wide+deep.png", "figures/wide+deep.svg"]


def test_without_references_each_network_has_its_figure() -> None:
    figures = arrange(RECORDS[:6])
    assert [(figure.name, figure.title) for figure in figures] == [("wide", "wide"), ("deep", "deep")]
    assert figures[0].scale == figures[1].scale
    shown = curves(study_of())
    assert shown is not None
    (group,) = shown.groups
    assert [score.title for score in group.scores] == ["Mean cross-entropy (nats)", "Accuracy (%)"]
    for score in group.scores:
        assert [(network.name, network.result, network.network) for network in score.networks] == [
            ("wide", "88.10 ± 0.25 %", "200 tanh, learning rate 0.1, L2 0"),
            ("deep", "85.10 ± 0.25 %", "50x50x50 tanh, learning rate 0.1, L2 0"),
        ]
        assert score.overlay is not None
        assert list(score.overlay.readout.series) == ["wide", "deep"]
    assert shown.left_out == 0
    assert curves(study_of(RECORDS[6:])) is None


def test_curves_that_would_make_the_page_too_large_are_in_files_alone() -> None:
    many = [made_up(replace(WIDE, id=f"n{number}"), 0, 80.0) for number in range(3)]
    many = [replace(record, epochs=2400) for record in many]
    many = [
        replace(
            record,
            history=pw.History(
                *(
                    {name: list(values) * 120 for name, values in part.items()}
                    for part in (record.history.training, record.history.validation)
                )
            ),
        )
        for record in many
    ]
    shown = curves(study_of(many))
    assert shown is not None
    assert ([len(group.names) for group in shown.groups], shown.left_out, len(shown.files)) == ([2], 1, 3)
    assert "The curves of 1 more network are in" in render(study_of(many), SECTIONS)["page.html"]


# Gradients


def test_gradients_are_told_where_they_were_checked() -> None:
    assert gradients(study_of()) is None
    shown = gradients(study_of(evidence=evidence()))
    assert shown is not None
    assert texts(shown.networks) == [["tanh", "10", "2.0e-10", "yes"]]
    assert texts(shown.checks) == [["tanh", "output.bias", "10", "1", "2.0e-10", "yes"]]
    assert shown.networks.caption.startswith(
        "Every gradient of the default network on fashion-mnist, in float64 with a step of 0.00001: relative "
        "error by norm of each tensor; at most 1.0e-07 passes."
    )
    assert shown.step_sizes is not None
    assert "in float64 the smallest error is 1.0e-09, at a step of 1e-05" in shown.step_sizes
    pages = render(study_of(evidence=evidence(passed=False)), SECTIONS)
    assert '<td class="bad">no</td>' in pages["page.html"]
    assert "| **no** |" in unaligned(pages["page.md"])


def test_errors_that_are_all_0_are_not_drawn() -> None:
    nothing = replace(evidence(), step_sizes=StepSizes((0.1,), (0.0,), (0.0,)))
    shown = gradients(study_of(evidence=nothing))
    assert shown is not None
    assert shown.step_sizes is None


# What was learned, and the settings


def test_without_a_network_nothing_is_told_of_it() -> None:
    assert (learned(study_of()), try_it(study_of())) == (None, None)


def test_all_values_of_a_setting_are_told() -> None:
    other = made_up(replace(DEEP, batch_size=32), 0, 80.0)
    other = replace(other, environment={"numpy": "9.9"})
    records = [replace(record, environment={"numpy": "2.0", "cores": 2}) for record in RECORDS[:3]]
    shown = settings(study_of([*records, other]))
    told = {row[0]: row[1] for row in texts(shown.settings)}
    assert (told["batch size"], told["numpy"], told["cores"]) == ("64, 32", "2.0; 9.9", "2")


def test_the_command_is_told_if_there_was_one() -> None:
    pages = render(study_of(command="plainweave run 'my <file>.toml'"), SECTIONS)
    assert (
        "Train it all again: <code>plainweave run &#39;my &lt;file&gt;.toml&#39;</code>" in pages["page.html"]
    )
    assert "Train it all again: plainweave run 'my \\<file\\>.toml'\n" in pages["page.md"]
    pages = render(study_of(), SECTIONS)
    assert "Train it all again" not in pages["page.html"] + pages["page.md"]
