"""The ten claims of the report, each a statement that runs can support or contradict.

Claim 1, on gradients, needs no statistics. The other nine are a family of statements, judged together.
"""

from collections.abc import Sequence
from dataclasses import replace

from plainweave.evidence import Comparison, Judgement, Region, Statement, Verdict, judge_all
from plainweave.evidence.measures import CLIMB, LOSS_DISTANCE, LOSS_GAP, TEST_ACCURACY, VALIDATION_ACCURACY
from plainweave.experiments import RunRecord
from plainweave.paper.experiments import (
    high_rate_experiments,
    paper_experiments,
    selection_experiments,
)
from plainweave.paper.table_1 import Table1

MORE = Region(low=0)
A_LITTLE_MORE = Region(low=0, high=2)  # the report calls differences of 0.3 to 1.3 points slight
FAR_MORE = Region(low=5)
ABOVE_80 = Region(low=80)
COMPARABLE = Region(low=-0.25, high=0.25)
CLOSE = Region(low=-0.05, high=0.05)
CLIMBS = Region(low=0.01)

EXACTLY = "Only runs with exactly the report's settings count."
BEYOND_THE_THIRTEEN = "It needs networks that plainweave reproduce --full trains."

# Judged by `judge_gradients`.
GRADIENTS = Statement(
    1, "Every gradient checked agrees with its numerical approximation within epsilon squared.", ()
)
CLAIMS = (
    Statement(
        2,
        "L2 with lambda = 1e-4 raises test accuracy slightly over none, and brings validation loss closer to "
        "training loss.",
        (
            Comparison(TEST_ACCURACY, A_LITTLE_MORE, "tanh-l2", "tanh"),
            Comparison(LOSS_DISTANCE, MORE, "tanh", "tanh-l2"),
        ),
    ),
    Statement(
        3,
        "Of the values tried, learning rate 0.5, batch 64 and lambda 1e-4 gave the best validation accuracy.",
        tuple(
            Comparison(
                VALIDATION_ACCURACY,
                MORE,
                "tanh-l2" if experiment.id.startswith("lambda-") else "tanh",
                experiment.id,
            )
            for experiment in selection_experiments()
        ),
    ),
    Statement(
        4,
        "Of the four activations at 50x50, sigmoid is best.",
        tuple(
            Comparison(TEST_ACCURACY, MORE, "sigmoid", other) for other in ("tanh-l2", "relu", "leaky-relu")
        ),
    ),
    Statement(
        5,
        "Learning rate 0.5 is far too high for ReLU and leaky ReLU; 0.1 works.",
        (
            Comparison(TEST_ACCURACY, FAR_MORE, "relu", "relu-rate-0.5"),
            Comparison(TEST_ACCURACY, FAR_MORE, "leaky-relu", "leaky-relu-rate-0.5"),
            Comparison(TEST_ACCURACY, ABOVE_80, "relu"),
            Comparison(TEST_ACCURACY, ABOVE_80, "leaky-relu"),
        ),
    ),
    Statement(
        6,
        "With ReLU the validation loss stays very close to the training loss.",
        (Comparison(LOSS_GAP, CLOSE, "relu"),),
    ),
    Statement(
        7,
        "Fewer hidden units cost a little (25x50), more gain a little (100x50).",
        (
            Comparison(TEST_ACCURACY, A_LITTLE_MORE, "sigmoid", "25x50"),
            Comparison(TEST_ACCURACY, A_LITTLE_MORE, "100x50", "sigmoid"),
        ),
    ),
    Statement(
        8,
        "More parameters make the validation loss begin to climb: a sign of over-fitting.",
        (
            Comparison(CLIMB, CLIMBS, "50x100"),
            Comparison(CLIMB, CLIMBS, "100x50"),
            Comparison(CLIMB, MORE, "50x100", "sigmoid"),
            Comparison(CLIMB, MORE, "100x50", "sigmoid"),
        ),
    ),
    Statement(
        9,
        "At equal parameter counts the larger layer first is better.",
        (
            Comparison(TEST_ACCURACY, MORE, "50x25", "25x50"),
            Comparison(TEST_ACCURACY, MORE, "100x50", "50x100"),
            Comparison(TEST_ACCURACY, MORE, "50x30x20", "33x33x33"),
            Comparison(TEST_ACCURACY, MORE, "33x33x33", "20x30x50"),
        ),
    ),
    Statement(
        10,
        "One hidden layer of 100, two of 100x50 and three of 50x30x20 perform comparably.",
        (
            Comparison(TEST_ACCURACY, COMPARABLE, "100", "100x50"),
            Comparison(TEST_ACCURACY, COMPARABLE, "100", "50x30x20"),
            Comparison(TEST_ACCURACY, COMPARABLE, "100x50", "50x30x20"),
        ),
    ),
)


def judge_gradients(table: Table1 | None) -> Judgement:
    """Judge claim 1 by the rows of Table 1."""
    if table is None:
        return Judgement(GRADIENTS, Verdict.UNTESTED, note="This folder holds no Table 1.")
    agree = table.agreeing == len(table.rows)
    return Judgement(
        GRADIENTS,
        Verdict.SUPPORTED if agree else Verdict.CONTRADICTED,
        note=f"{table.agreeing} of {len(table.rows)} gradients agree within {table.tolerance:g}.",
    )


def judge_claims(records: Sequence[RunRecord], table: Table1 | None) -> list[Judgement]:
    """Judge the ten claims by the records of a reproduction, on the report's data.

    Only runs with exactly the settings of the report's experiments count: shorter ones say nothing about
    its claims. Without any there is nothing to judge, and the list is empty.
    """
    known = set(paper_experiments() + high_rate_experiments() + selection_experiments())
    counting = [record for record in records if record.experiment in known]
    if not counting:
        return []
    return [judge_gradients(table), *map(_with_what_to_do, judge_all(CLAIMS, counting))]


def _with_what_to_do(judgement: Judgement) -> Judgement:
    """Say where networks are missing how they come about."""
    if not judgement.missing:
        return judgement
    beyond = set(judgement.missing) - {experiment.id for experiment in paper_experiments()}
    return replace(judgement, note=BEYOND_THE_THIRTEEN if beyond else EXACTLY)
