"""The page's files: they take the place of nobody's own, can always be read again, and harm nobody."""

import html
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from markdown import unaligned
from plainweave.errors import CONTROLS
from plainweave.evidence import what_was_learned, write_learned
from plainweave.experiments import Store, run_folder, write_run
from plainweave.page import References, check_output, check_page, run_study, write_page
from plainweave.page.figures import arrange, figure_files
from plainweave.page.words import plain
from plainweave.storage.own_files import own_names, write_own
from refusals import in_the_way, refusal

TINY = pw.Experiment(id="tiny", hidden=(3,), epochs=1)


@pytest.fixture
def out(tmp_path: Path, digits: pw.Dataset) -> Path:
    """A run, and nothing else."""
    out = tmp_path / "out"
    write_run(run_folder(out, "tiny", 0), *pw.run_experiment(TINY, digits, 0))
    return out


# Nobody's own


@pytest.mark.parametrize(
    "name",
    [
        *(
            "page.md",
            "page.html",
            "summary.json",
            "gradients.json",
            "learned.json",
            "study.json",
            "predictions.json",
        ),
        *("figures/tiny.svg", "more.json"),
    ],
)
def test_a_file_of_the_users_is_found_before_anything_is_trained(
    name: str, tmp_path: Path, digits: pw.Dataset
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    message = refusal(lambda: run_study([TINY], digits, tmp_path, more_files=["more.json"]))
    assert message == in_the_way(tmp_path / name)
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["gradients.json", "learned.json", "predictions.json", "study.json"])
def test_what_the_page_can_not_show_is_found_before_anything_is_trained(
    name: str, tmp_path: Path, digits: pw.Dataset
) -> None:
    write_own(tmp_path, {name: '{"dataset": "digits"}'})
    message = refusal(lambda: run_study([TINY], digits, tmp_path))
    assert message.startswith(f"{tmp_path}/{name} can't be read (it is ")
    assert not (tmp_path / "runs").exists()


def test_the_page_of_0_1_goes_and_one_of_the_users_stays(out: Path) -> None:
    write_own(out, {"report.html": "ours", "report.md": "ours"})
    (out / "report.md").write_text("changed since")
    write_page(out)
    assert not (out / "report.html").exists()
    assert (out / "report.md").read_text() == "changed since"
    assert sorted(own_names(out)) == [
        "figures/tiny.png", "figures/tiny.svg", "page.html", "page.md", "summary.json",
    ]  # fmt: skip


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
    assert refusal(lambda: check_output(out, [TINY])) == expected
    assert refusal(lambda: check_page(Store(out))) == expected


def test_a_link_to_a_folder_of_figures_works_again_and_again(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "figures").symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        write_page(out)
        check_page(Store(out))
    assert (out / "figures").is_symlink()
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["tiny.png", "tiny.svg"]


def test_figures_of_runs_that_are_gone_go_and_the_users_stay(out: Path, digits: pw.Dataset) -> None:
    other = replace(TINY, id="other")
    write_run(run_folder(out, "other", 0), *pw.run_experiment(other, digits, 0))
    write_page(out)
    for name in ("mine.svg", "tiny-for-a-talk.png", "notes.txt"):
        (out / "figures" / name).write_text("mine")
    (out / "figures" / "other.svg").write_text("drawn over by the user")
    for path in run_folder(out, "other", 0).iterdir():
        path.unlink()
    run_folder(out, "other", 0).rmdir()
    write_page(out)
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        "mine.svg", "notes.txt", "other.svg", "tiny-for-a-talk.png", "tiny.png", "tiny.svg",
    ]  # fmt: skip


# Names of figures


@pytest.mark.parametrize("name", ["figure-" * 14, "figure-" * 28, "a" * 200, "figure-1"])
def test_an_experiment_of_any_name_has_a_page(name: str, tmp_path: Path, digits: pw.Dataset) -> None:
    experiment = replace(TINY, id=name)
    write_run(run_folder(tmp_path, name, 0), *pw.run_experiment(experiment, digits, 0))
    write_page(tmp_path)
    for file in figure_files([experiment]):
        assert (tmp_path / file).is_file()


def test_no_two_experiments_share_a_figure_but_parts_of_one_of_the_references(digits: pw.Dataset) -> None:
    names = ("part-a", "figure-1", "part-a-part-b", "part-b", "Figure-1")
    experiments = [replace(TINY, id=name) for name in names]
    references = References("the book", figures={"part-a": "Fig. 1a", "part-b": "Fig. 1b"})
    records = [pw.run_experiment(experiment, digits, 0)[0] for experiment in experiments]
    figures = arrange(records, references)
    assert [(figure.name, figure.title) for figure in figures] == [
        ("part-a+part-b", "part-a, part-b (Figure 1 of the book)"),
        ("figure-1", "figure-1"), ("part-a-part-b", "part-a-part-b"), ("Figure-1", "Figure-1"),
    ]  # fmt: skip
    assert figure_files(experiments, references) == [
        f"figures/{figure.name}.{kind}" for figure in figures for kind in ("png", "svg")
    ]


def test_a_figure_of_many_parts_has_a_name_that_a_disk_takes() -> None:
    experiments = [replace(TINY, id=f"part-{number}-{'a' * 100}") for number in range(9)]
    references = References("the book", figures={experiment.id: "Fig. 2" for experiment in experiments})
    assert figure_files(experiments, references)[0] == f"figures/part-0-{'a' * 100}+8-more.png"


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
        assert sum(map(sum, learned.confusion or ())) == 2 * classes
    else:
        assert learned.confusion is None
    page = write_page(tmp_path).read_text()
    assert "More than 100 classes are too many for a table of true and predicted ones" in page
    assert ("learned.json holds it" in page) == has_table


def test_learned_json_and_weights_of_other_images_are_not_shown_together(
    out: Path, digits: pw.Dataset
) -> None:
    learned = what_was_learned(out, Store(out).records(), digits)
    assert learned is not None
    write_learned(out, replace(learned, image_shape=(4, 16)))
    assert refusal(lambda: write_page(out)) == (
        f"{out}/learned.json and {run_folder(out, 'tiny', 0)}/weights.safetensors are of different images "
        "or classes. Remove both, and run the command again."
    )


def test_the_page_has_the_names_that_predict_says(
    out: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tuple(f"number {name}" for name in digits.class_names)
    study = run_study([TINY], replace(digits, class_names=names), out)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "plainweave: the classes have other names than when the networks were trained: "
        "the page has the old ones."
    )
    assert study.learned is not None
    assert study.learned.class_names == digits.class_names
    assert "number 3" not in study.page.read_text()


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
    page = write_page(tmp_path).read_text()
    text = unaligned((tmp_path / "page.md").read_text())
    assert f"# Fully-connected networks on {plain(name)}\n" in text
    assert f"| platform | {plain(name)} |\n" in text
    for line in text.splitlines():
        if line.startswith("| platform"):
            assert line.replace("\\|", "").count("|") == 3
    assert f"<h1>Fully-connected networks on {html.escape(name)}</h1>" in page
    assert page.count("<script") == 3  # for the style, for the curves, and for what scrolls


def test_markdown_signs_are_shown_as_they_are() -> None:
    assert plain(r"a|b `c` *d* <e> [f] $g$ \h ~i~ &amp; _j_ x86_64") == (
        r"a\|b \`c\` \*d\* \<e\> \[f\] \$g\$ \\h \~i\~ \&amp; \_j\_ x86_64"
    )
    assert plain("Linux-6.1-x86_64 (SkylakeX), threads: 1") == "Linux-6.1-x86_64 (SkylakeX), threads: 1"
    assert plain("two\nlines") == "two lines"


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
    write_page(out)
    text = unaligned((out / "page.md").read_text())
    assert f"| numpy | {np.__version__}; 9.9 |\n" in text
    assert f"| plainweave | {pw.__version__} |\n" in text
    assert f"{np.__version__}; 9.9" in (out / "page.html").read_text()
