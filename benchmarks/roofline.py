"""The roofline picture: how far the engine's networks are from what one core can do."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from results import kept
from work import Work

_GROUPS = ("default", "eight", "dense", "wide", "higgs", "simplechains", "small")
_VALIDATION = 0.25  # of the examples trained on, in all of these
_ALL_IMAGES = 48_000
_MARKS = "osD^vP*X<>"


def draw(results: Path, path: Path) -> None:
    """Draw roofs and points, of one thread."""
    roofs = json.loads((results / "roofs.json").read_text())
    cases = [case for group in _GROUPS if (measured := kept(results, group)) for case in measured[0]]
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    _draw_roofs(axes, roofs)
    for case, mark in zip(cases, _MARKS, strict=False):
        operations, moved = _of_an_epoch(case.work)
        rate = operations / case.ours.median / 1e9
        label = f"{case.title}: {rate:.0f}"
        axes.plot(operations / moved, rate, mark, color="#4477aa", markersize=8, label=label)
    axes.set(xscale="log", yscale="log", ylim=(8, 400), xlim=(0.4, 200))
    axes.set_xlabel("operations for each byte that has to be moved once the first-level cache is too small")
    axes.set_ylabel("10⁹ operations a second, one core")
    axes.grid(which="major", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _draw_roofs(axes: Any, roofs: dict[str, float]) -> None:
    """Draw what the units and the memories allow."""
    intensity = np.geomspace(0.1, 1000, 200)
    peak, product = roofs["peak"] / 1e9, roofs["product"] / 1e9
    words: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 9}
    for place, color in (("L2", "#888888"), ("memory", "#bbbbbb")):
        bandwidth = roofs[place] / 1e9
        at = 0.6 * peak / bandwidth
        axes.plot(intensity, np.minimum(intensity * bandwidth, peak), color=color)
        axes.text(at, at * bandwidth, f"{place}: {bandwidth:.0f} GB/s ", color="#555555", **words)
    axes.axhline(product, color="#cc5533", linestyle="--", linewidth=1)
    axes.text(190, peak, f"multiply-adds in registers: {peak:.0f}", color="#555555", **words)
    axes.text(190, product, f"a large matrix product: {product:.0f}", color="#cc5533", **words)


def _of_an_epoch(work: Work) -> tuple[float, float]:
    """Return the operations of an epoch of one network with its validation, and the bytes that they move.

    Zeros count as other numbers. The bytes are those of one visit each to what a step has to read and write,
    if nothing but what is at work stays in the first-level cache: weights forward and back, weights and slots
    read and written by the update, inputs and activations with their derivatives written and read again.
    """
    training = work.examples or _ALL_IMAGES
    validation = round(_VALIDATION * training) if work.data != "fashion-mnist" else 12_000
    operations = 2 * work.multiply_adds(training, validation)
    steps = -(-training // work.batch_size)
    slots = 2 if work.optimizer == "adam" else 1
    weights = work.weights
    of_a_step = sum(weights) * (1 + 2 * (1 + slots)) + sum(weights[1:])
    units = sum(work.hidden) + work.outputs
    of_an_example = 2 * work.features * (0.25 if work.data == "fashion-mnist" else 1) + 6 * units
    forward = work.features + 2 * units
    numbers = steps * of_a_step + training * of_an_example + validation * forward / work.epochs
    return operations, 4 * numbers
