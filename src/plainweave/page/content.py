"""What the page tells, gathered from the records of an output folder."""

import base64
import math
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from plainweave.data import FASHION_MNIST
from plainweave.errors import RecordError
from plainweave.evidence import Judgement
from plainweave.experiments import WEIGHTS_FILE, RunRecord, by_experiment, run_folder
from plainweave.page import figures, pictures, words
from plainweave.page.found import LEARNED_FILE, PIXELS
from plainweave.page.network import page_network
from plainweave.paper import Reading, high_rate_experiments, paper_experiments, selection_experiments
from plainweave.training import load

_MOST_EPOCHS = 5000  # of all experiments whose curves are shown; more would make the page too large
_MOST_COMPARED = 30  # experiments; a larger table can't be read
_MOST_CONFUSED = 100  # classes, for the same reason
# Settings that the table of results does not show already.
_COMMON = (
    "momentum",
    "dampening",
    "nesterov",
    "decay_biases",
    "loss_mean",
    "batch_size",
    "patience",
    "validation_fraction",
    "standardize",
    "initializer",
    "dtype",
)


def page_content(
    out: Path,
    records: Sequence[RunRecord],
    summary: Mapping[str, Any],
    drawn: Sequence[figures.Panels],
    gradients: Any,
    learned: Any,
    judgements: Sequence[Judgement],
    readings: Sequence[Reading],
) -> dict[str, Any]:
    """Return what the templates fill in.

    Args:
        out: the output folder.
        records: all runs, of one data set.
        summary: of them.
        drawn: the figures that stand in files.
        gradients: gradients.json, or None.
        learned: learned.json, or None.
        judgements: of the report's claims, and of the user's own; may be empty.
        readings: of the audit; may be empty.
    """
    is_fashion_mnist = summary["dataset"] == FASHION_MNIST
    compares = words.compares(summary)
    tested = [row for row in summary["rows"] if row["test_accuracy"]]
    panels, curves = _curves([record for record in records if record.experiment.test], drawn)
    network, first_layer = _network(out, learned)
    return {
        "summary": summary,
        "tested": tested,
        "untested": [row for row in summary["rows"] if not row["test_accuracy"]],
        "best": next((row for row in tested if learned and row["id"] == learned["experiment"]), None),
        "accuracies": pictures.accuracies(tested, compares) if tested else None,
        "test_error": _test_error(tested, records[0].dataset.test_examples),
        "matrix": _matrix(summary["comparisons"], [row["id"] for row in tested]),
        "label": figures.data_label(records[0]),
        "compares": compares,
        "is_fashion_mnist": is_fashion_mnist,
        "dataset": records[0].dataset,
        "judgements": judgements,
        "verdicts": _count_verdicts(judgements),
        "gradients": gradients,
        "step_sizes": pictures.step_sizes(gradients) if gradients else None,
        "figures": drawn,
        "curves": curves,
        "curves_left_out": sum(len(each.groups) for each in drawn) - len(panels) // 2,
        "most_compared": _MOST_COMPARED,
        "most_confused": _MOST_CONFUSED,
        "learned": learned,
        "first_layer": first_layer,
        "mistakes": _mistakes(learned) if learned else [],
        "readings": readings,
        "page": {"panels": panels, "network": network, "samples": _samples(learned) if network else None},
        "settings": _settings(records),
        "environment": _environment(records),
        "seconds": sum(record.seconds for record in records),
        "seeds": len({record.seed for record in records}),
        "runs": words.counted(len(records), "run"),
        "shares": _training_shares(records),
        "command": _command(records),
    }


def _curves(
    records: Sequence[RunRecord], drawn: Sequence[figures.Panels]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what the script reads out of each panel, and the figures that hold the panels."""
    readouts: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    left = _MOST_EPOCHS
    for figure in drawn:
        networks = []
        for group in figure.groups:
            left -= max(record.epochs for record in group)
            if left < 0:
                break
            panels = []
            for measure in ("loss", "accuracy"):
                panel = figures.page_panel(group, measure, records)
                panels.append({"svg": panel["svg"], "number": len(readouts)})
                readouts.append(panel["readout"])
            caption = f"{figures.letter(group[0])}{group[0].experiment.id}: {figures.describe(group[0])}"
            networks.append({"panels": panels, "caption": f"{caption}; {figures.result(group)}."})
        if networks:
            curves.append({"title": figure.title, "networks": networks})
    return readouts, curves


def _network(out: Path, learned: Any) -> tuple[dict[str, Any] | None, str | None]:
    """Return the best network for the page's script, and a picture of its first layer."""
    if not learned:
        return None, None
    weights = run_folder(out, learned["experiment"], learned["seed"]) / WEIGHTS_FILE
    model = load(weights)
    if [*(model.image_shape or ())] != (learned["image_shape"] or []) or len(model.class_names) != len(
        learned["class_names"]
    ):
        raise RecordError(f"{out / LEARNED_FILE} and {weights} are of other images or classes. Remove both.")
    if model.image_shape is None:
        return None, None
    return page_network(model), pictures.first_layer(model.network.layers[0].weight, model.image_shape)


def _samples(learned: Mapping[str, Any]) -> dict[str, Any]:
    return {**learned["samples"], "pixels": learned["pixels"]}


def _mistakes(learned: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = learned["class_names"]
    return [
        {
            **mistake,
            "true": names[mistake["true"]],
            "predicted": names[mistake["predicted"]],
            "source": _source(mistake["picture"], learned),
        }
        for mistake in learned["mistakes"]
    ]


def _source(picture: str, learned: Mapping[str, Any]) -> str | None:
    if learned["image_shape"] is None:
        return None
    raw = np.frombuffer(base64.b64decode(picture), PIXELS[learned["pixels"]])
    bright = np.clip(255 * raw.astype(np.float64) / (learned["full_scale"] or 1), 0, 255)
    return pictures.data_address(np.rint(bright).reshape(learned["image_shape"]))


def _matrix(comparisons: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> dict[str, Any] | None:
    """Return the differences of any two as a table, row less column; None if too large."""
    if not comparisons or len(ids) > _MOST_COMPARED:
        return None
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for each in comparisons:
        mean, low, high = each["mean"], each["low"], each["high"]
        if low is None:  # all seeds agree, or a value is not finite
            low, high = -math.inf, math.inf
        shown = not low <= 0 <= high
        cells[each["first"], each["second"]] = {"mean": mean, "low": low, "high": high, "shown": shown}
        cells[each["second"], each["first"]] = {"mean": -mean, "low": -high, "high": -low, "shown": shown}
    return {
        "ids": ids,
        "confidence": comparisons[0]["confidence"],
        "rows": [{"id": row, "cells": [cells.get((row, column)) for column in ids]} for row in ids],
    }


def _test_error(rows: Sequence[Mapping[str, Any]], examples: int) -> float:
    """Return the standard error, in points, of the middle accuracy from the number of test examples alone."""
    if not rows:
        return 0.0
    share = median(row["test_accuracy"]["mean"] for row in rows) / 100
    return 100 * math.sqrt(share * (1 - share) / examples)


def _count_verdicts(judgements: Sequence[Judgement]) -> Counter[str]:
    return Counter(judgement.verdict.value for judgement in judgements)


def _settings(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return the settings that the results' table does not show, with all values they take."""
    values: dict[str, dict[str, None]] = {name: {} for name in _COMMON}
    for record in records:
        for name in _COMMON:
            values[name][str(getattr(record.experiment, name))] = None
    return {name.replace("_", " "): ", ".join(each) for name, each in values.items()}


def _environment(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return versions and machine, with all values they take: runs may have been added by another version."""
    values: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in record.environment.items():
            values.setdefault(name, {})[str(value)] = None
    return {name: "; ".join(each) for name, each in values.items()}


def _training_shares(records: Sequence[RunRecord]) -> str:
    """Return the share of the training examples that is trained on, in percent, with all values it takes."""
    shares = {100 * (1 - record.experiment.validation_fraction): None for record in records}
    return " or ".join(f"{share:.4g} %" for share in shares)


def _command(records: Sequence[RunRecord]) -> str:
    """Return the command that makes these runs again."""
    made = {replace(group[0].experiment, epochs=1): group[0].experiment for group in by_experiment(records)}
    paper = {replace(each, epochs=1): each for each in paper_experiments()}
    more = {replace(each, epochs=1): each for each in high_rate_experiments() + selection_experiments()}
    epochs = {each.epochs for each in made.values()}
    known = {**paper, **more}
    if made.keys() in (paper.keys(), known.keys()):
        command = "plainweave reproduce" + (" --full" if made.keys() == known.keys() else "")
        if any(known[key] != each for key, each in made.items()) and len(epochs) == 1:
            command += f" --epochs {epochs.pop()}"
    else:
        command = "plainweave run YOUR_EXPERIMENTS.toml"
    name = records[0].dataset.name
    data = "" if name == FASHION_MNIST else f" --data {shlex.quote(name)}"
    return f"{command} --seeds {1 + max(record.seed for record in records)}{data}"
