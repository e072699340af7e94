"""The page's files: they take the place of nobody's own, can always be read again, and harm nobody."""

import html
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.cli import app
from plainweave.errors import CONTROLS
from plainweave.evidence import what_was_learned
from plainweave.experiments import Store, run_folder, write_run
from plainweave.page import check_output, check_page, write_gradients, write_learned, write_report
from plainweave.page.figures import arrange, figure_files
from plainweave.page.words import plain

TINY = pw.Experiment(id="tiny", hidden=(3,), epochs=1)


@pytest.fixture
def out(tmp_path: Path, digits: pw.Dataset) -> Path:
    """A run, and nothing else."""
    out = tmp_path / "out"
    write_run(run_folder(out, "tiny", 0), *pw.run_experiment(TINY, digits, 0))
    return out


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(pw.PlainweaveError) as error:
        call()
    return str(error.value)


def in_the_way(path: Path) -> str:
    return (
        f"{path} is in the way: plainweave did not write it, or it was changed since. "
        "Move it, or choose another --out."
    )


# Nobody's own


@pytest.mark.parametrize(
    "name",
    ["report.md", "report.html", "summary.json", "gradients.json", "learned.json", "figures/tiny.svg"],
)
def test_a_file_of_the_users_is_found_before_anything_is_trained(name: str, tmp_path: Path) -> None:
    out, toml = tmp_path / "out", tmp_path / "mine.toml"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    toml.write_text('[[experiment]]\nid = "tiny"\nhidden = [3]\nepochs = 1\n')
    command = ["run", str(toml), "--data", "digits", "--out", str(out)]
    assert refused(lambda: app(command, standalone_mode=False)) == in_the_way(out / name)
    assert (out / name).read_text() == "mine"
    assert not (out / "runs").exists()


def test_reproduce_and_audit_look_before_they_train(
    out: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    monkeypatch.setattr("plainweave.experiments.run_experiments", lambda *_, **__: pytest.fail("it trains"))
    write_gradients(out, {})  # the list of what plainweave wrote begins here
    (out / "figures").mkdir()
    (out / "figures" / "figure-3.png").write_text("mine")
    command = ["reproduce", "--data", "digits", "--out", str(out)]
    assert refused(lambda: app(command, standalone_mode=False)) == in_the_way(out / "figures/figure-3.png")
    (out / "report.md").write_text("mine")
    monkeypatch.setattr("plainweave.data.load_dataset", lambda *_: digits)
    command = ["audit", "--out", str(out)]
    assert refused(lambda: app(command, standalone_mode=False)) == in_the_way(out / "report.md")


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
    assert write_report(tmp_path).is_file()


def test_an_audit_begins_beside_runs_that_were_stopped_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: pw.Dataset
) -> None:
    monkeypatch.setattr("plainweave.data.load_dataset", lambda *_: digits)
    monkeypatch.setattr("plainweave.experiments.run_experiments", lambda *_, **__: [])
    monkeypatch.setattr("plainweave.cli.tables.show_audit", lambda *_: None)
    begun(tmp_path)
    app(["audit", "--out", str(tmp_path)], standalone_mode=False)
    assert not (tmp_path / "report.html").exists()


def test_gradients_that_the_page_can_not_show_are_found_before_anything_is_trained(tmp_path: Path) -> None:
    out, toml = tmp_path / "out", tmp_path / "mine.toml"
    out.mkdir()
    write_gradients(out, {"dataset": "digits"})
    toml.write_text('[[experiment]]\nid = "tiny"\nhidden = [3]\nepochs = 1\n')
    message = refused(
        lambda: app(["run", str(toml), "--data", "digits", "--out", str(out)], standalone_mode=False)
    )
    assert message.startswith(f"{out}/gradients.json can't be read (it is ")
    assert not (out / "runs").exists()


@pytest.mark.parametrize("kind", ["file", "dangling link", "pipe"])
def test_figures_that_are_no_folder_are_found_before_anything_is_trained(out: Path, kind: str) -> None:
    figures = out / "figures"
    if kind == "file":
        figures.write_text("mine")
    elif kind == "pipe":
        os.mkfifo(figures)
    else:
        figures.symlink_to(out / "nowhere")
    expected = f"{figures} is no folder; expected one to draw into. Move it."
    assert refused(lambda: check_output(out, [TINY])) == expected
    assert refused(lambda: check_page(out)) == expected


def test_a_link_to_a_folder_of_figures_works_again_and_again(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "figures").symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        write_report(out)
        check_page(out)
    assert (out / "figures").is_symlink()
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["tiny.png", "tiny.svg"]


def test_figures_of_runs_that_are_gone_go_and_the_users_stay(out: Path, digits: pw.Dataset) -> None:
    other = replace(TINY, id="other")
    write_run(run_folder(out, "other", 0), *pw.run_experiment(other, digits, 0))
    write_report(out)
    for name in ("mine.svg", "tiny-for-a-talk.png", "notes.txt"):
        (out / "figures" / name).write_text("mine")
    (out / "figures" / "other.svg").write_text("drawn over by the user")
    for path in run_folder(out, "other", 0).iterdir():
        path.unlink()
    run_folder(out, "other", 0).rmdir()
    write_report(out)
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        "mine.svg", "notes.txt", "other.svg", "tiny-for-a-talk.png", "tiny.png", "tiny.svg",
    ]  # fmt: skip


# Names of figures


@pytest.mark.parametrize("name", ["figure-" * 14, "figure-" * 28, "a" * 200, "figure-1", "own-figure-1"])
def test_an_experiment_of_any_name_has_a_page(name: str, tmp_path: Path, digits: pw.Dataset) -> None:
    experiment = replace(TINY, id=name)
    write_run(run_folder(tmp_path, name, 0), *pw.run_experiment(experiment, digits, 0))
    write_report(tmp_path)
    for file in figure_files([experiment]):
        assert (tmp_path / file).is_file()


def test_no_two_experiments_share_a_figure_but_parts_of_one_of_the_reports(digits: pw.Dataset) -> None:
    names = ("figure-1", "own-figure-1", "own-own-figure-1", "a-figure-1", "own-1", "Figure-1")
    experiments = [
        *(replace(TINY, id=name) for name in names),
        *(replace(TINY, id=f"part-{part}", figure=f"Fig. 1{part}") for part in "ab"),
    ]
    records = [pw.run_experiment(each, digits, 0)[0] for each in experiments]
    panels = arrange(records)
    assert [each.name for each in panels] == [
        "own-figure-1", "own-own-figure-1", "own-own-own-figure-1", "a-figure-1", "own-1", "Figure-1",
        "figure-1",
    ]  # fmt: skip
    assert [each.title for each in panels] == [*names, "Figure 1"]
    assert figure_files(experiments) == [
        f"figures/{each.name}.{kind}" for each in panels for kind in ("png", "svg")
    ]


# learned.json


def many_classes(count: int) -> pw.Dataset:
    labels = np.arange(2 * count) % count
    inputs = np.stack([labels, labels % 7, labels % 11], axis=1).astype(np.float32)
    examples = pw.Examples(inputs, labels)
    return pw.Dataset("many", examples, examples, tuple(f"class {label}" for label in range(count)))


@pytest.mark.parametrize(("classes", "has_table"), [(500, True), (501, False), (5000, False)])
def test_any_number_of_classes_has_a_page(tmp_path: Path, classes: int, has_table: bool) -> None:
    dataset = many_classes(classes)
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, dataset, 0))
    learned = what_was_learned(tmp_path, Store(tmp_path).records(), dataset)
    write_learned(tmp_path, learned)
    assert (tmp_path / "learned.json").stat().st_size < 2**21
    assert learned is not None
    if has_table:
        assert np.sum(learned["confusion"]) == 2 * classes
    else:
        assert learned["confusion"] is None
    page = write_report(tmp_path).read_text()
    assert "More than 100 classes are too many for a table of true and predicted ones" in page
    assert ("learned.json holds it" in page) == has_table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_shape": [0, 4]}, "image_shape is [0, 4]; expected rows and columns"),
        ({"image_shape": [64]}, "image_shape is [64]; expected rows and columns"),
        ({"full_scale": 1e308}, "full_scale is 1e+308; expected 0 to 1e+100"),
        ({"full_scale": -1}, "full_scale is -1; expected 0 to 1e+100"),
        ({"samples": {"labels": [10], "pictures": ""}}, "an example is of class 10; expected 0 to 9"),
        ({"confusion": [[1]]}, "confusion has other rows than 10 of 10 counts, one for each class"),
    ],
)
def test_learned_json_of_a_strangers_is_refused_in_a_line(
    out: Path, digits: pw.Dataset, change: dict[str, Any], message: str
) -> None:
    learned = what_was_learned(out, Store(out).records(), digits)
    assert learned is not None
    (out / "learned.json").write_text(json.dumps(learned | change))
    assert refused(lambda: write_report(out)) == (
        f"{out}/learned.json can't be read ({message}). Remove it, or run reproduce again."
    )


def test_a_mistake_of_a_strangers_is_refused_in_a_line(out: Path, digits: pw.Dataset) -> None:
    learned = what_was_learned(out, Store(out).records(), digits)
    assert learned is not None
    for change, message in (
        ({"predicted": 10}, "an example is of class 10; expected 0 to 9"),
        ({"probability": 1e300}, "a probability is 1e+300; expected 0 to 1"),
    ):
        mistakes = [learned["mistakes"][0] | change]
        (out / "learned.json").write_text(json.dumps(learned | {"mistakes": mistakes}))
        assert message in refused(lambda: write_report(out))


def test_learned_json_and_weights_of_other_images_are_not_shown_together(
    out: Path, digits: pw.Dataset
) -> None:
    learned = what_was_learned(out, Store(out).records(), digits)
    assert learned is not None
    (out / "learned.json").write_text(json.dumps(learned | {"image_shape": [4, 16]}))
    assert refused(lambda: write_report(out)) == (
        f"{out}/learned.json and {run_folder(out, 'tiny', 0)}/weights.safetensors are of other images or "
        "classes. Remove both."
    )


def test_weights_of_another_network_are_not_looked_at(out: Path, digits: pw.Dataset) -> None:
    labels = np.arange(20) % 2
    small = pw.Examples(digits.train.inputs[:20], labels)
    _, model = pw.run_experiment(TINY, pw.Dataset("two", small, small, ("a", "b")), 0)
    weights = run_folder(out, "tiny", 0) / "weights.safetensors"
    pw.save(weights, model)
    assert refused(lambda: what_was_learned(out, Store(out).records(), digits)) == (
        f"{weights} takes 64 inputs and tells 2 classes apart; expected those of digits. "
        "Remove its folder to have it trained again."
    )


def test_the_page_has_the_names_that_predict_says(
    out: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"number {name}" for name in digits.class_names)
    monkeypatch.setattr("plainweave.data.load_dataset", lambda *_: replace(digits, class_names=names))
    toml = out / "mine.toml"
    toml.write_text('[[experiment]]\nid = "tiny"\nhidden = [3]\nepochs = 1\n')
    app(["run", str(toml), "--data", "digits", "--out", str(out)], standalone_mode=False)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "plainweave: the classes have other names than when the networks were trained: "
        "the page has the old ones."
    )
    assert json.loads((out / "learned.json").read_text())["class_names"] == list(digits.class_names)
    assert "number 3" not in (out / "report.html").read_text()


# Names


@pytest.mark.parametrize(
    "name", ["a|b", "`x`", "<script>", "[a](http://b)", "![a](b)", "*b*", "$x$", "__b__", "&lt;"]
)
def test_a_name_means_nothing_in_markdown_html_or_a_shell(
    name: str, tmp_path: Path, digits: pw.Dataset
) -> None:
    dataset = replace(digits, name=name)
    record, model = pw.run_experiment(TINY, dataset, 0)
    record = replace(record, environment={**record.environment, "platform": name})
    write_run(run_folder(tmp_path, "tiny", 0), record, model)
    page = write_report(tmp_path).read_text()
    text = (tmp_path / "report.md").read_text()
    assert f"# Fully-connected networks on {plain(name)}, not Fashion-MNIST\n" in text
    assert f"| platform | {plain(name)} |\n" in text
    for line in text.splitlines():
        if line.startswith("| platform"):
            assert line.replace("\\|", "").count("|") == 3
    assert f"<h1>Fully-connected networks on {html.escape(name)}, not Fashion-MNIST</h1>" in page
    assert page.count("<script") == 2  # the page's data and its own


def test_markdown_signs_are_shown_as_they_are() -> None:
    assert plain(r"a|b `c` *d* <e> [f] $g$ \h ~i~ &amp; _j_ x86_64") == (
        r"a\|b \`c\` \*d\* \<e\> \[f\] \$g\$ \\h \~i\~ \&amp; \_j\_ x86_64"
    )
    assert plain("Linux-6.1-x86_64 (SkylakeX), threads: 1") == "Linux-6.1-x86_64 (SkylakeX), threads: 1"
    assert plain("two\nlines") == "two lines"


def test_the_command_on_the_page_can_be_copied_whatever_the_folder_is_called(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    dataset = replace(digits, name="$(reboot) & me")
    write_run(run_folder(tmp_path, "tiny", 0), *pw.run_experiment(TINY, dataset, 0))
    page = write_report(tmp_path).read_text()
    assert "--data &#39;$(reboot) &amp; me&#39;</code>" in page


@pytest.mark.parametrize("character", ["\x1b", "\x9b", "\n", "\u2028", "\u202e", "\u2066", "\udcff"])
def test_what_turns_or_moves_a_line_is_in_no_name(character: str, digits: pw.Dataset) -> None:
    assert CONTROLS.search(character)
    with pytest.raises(pw.DataError, match="expected a line of text"):
        replace(digits, name=f"a{character}b")
    assert character not in str(pw.DataError(f"a{character}b"))


def test_letters_that_scripts_need_are_letters(digits: pw.Dataset) -> None:
    for name in ("می\u200cخواهم", "👩\u200d🔬", "\u200fעברית"):
        assert replace(digits, name=name).name == name


def test_runs_of_several_versions_are_all_told(out: Path, digits: pw.Dataset) -> None:
    record, model = pw.run_experiment(TINY, digits, 1)
    made_with = {**record.environment, "numpy": "9.9"}
    write_run(run_folder(out, "tiny", 1), replace(record, environment=made_with), model)
    write_report(out)
    text = (out / "report.md").read_text()
    assert f"| numpy | {np.__version__}; 9.9 |\n" in text
    assert f"| plainweave | {pw.__version__} |\n" in text
    assert f"{np.__version__}; 9.9" in (out / "report.html").read_text()
