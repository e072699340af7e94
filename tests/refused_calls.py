"""A small right call of the compiled code, and changes of it that are refused, with the words they get."""

from typing import Any

import numpy as np

from odd_calls import MadeAnew
from plainweave.engine import kernels
from right_calls import Arguments

FLOATS = np.ones(6, np.float32)
LAYERS: list[Any] = [(4, 2, 1, 0.0, 0.0, 0), (2, 3, 0, 0.0, 0.0, 0)]
LABELS, ORDER = np.array([0, 1, 2, 0, 1, 2], np.int32), np.arange(6)


def part(**changed: Any) -> tuple[Any, ...]:
    right = {
        "inputs": (np.ones((6, 4), np.float32),),
        "targets": LABELS,
        "weights": None,
        "scale": np.ones(4, np.float32),
        "shift": np.zeros(4, np.float32),
        "per_example": False,
        "folded": False,
        "scaled": False,
    }
    return tuple({**right, **changed}.values())


def call(**changed: Any) -> Arguments:
    """Six examples of 4 features and 3 classes, trained by a network of 2 units for one epoch."""
    right: Arguments = {
        "method": "epoch",
        "kernel": next(iter(kernels()), "none"),
        "precision": "float32",
        "network": (False, LAYERS),
        "loss": (0, 0.0, np.zeros(0), 3, np.inf),
        "rule": (0, 1),
        "batch": 2,
        "training": part(),
        "validation": part(),
        "threads": 1,
        "parameters": np.ones(19, np.float32),
        "slots": np.zeros(19, np.float32),
        "order": ORDER,
        "table": np.tile([0.1, 0.0, 0.0, 0.0, 0.9, 1.0, 0.0], (3, 1)),
        "factors": np.ones((4, 7)),
        "largest_norm": 0.0,
        "mask_key": 7,
        "sums": np.zeros(10),
        "trace": np.zeros((3, 2)),
        "epochs": 1,
        "kept": None,
        "scored": None,
        "until": None,
        "gradients": np.zeros(19, np.float32),
    }
    return {**right, **changed}


def of_inputs(*arrays: Any) -> dict[str, Any]:
    return {"training": part(inputs=arrays)}


def sparse(**changed: Any) -> dict[str, Any]:
    right = {
        "starts": np.arange(0, 14, 2),
        "columns": np.array([0, 3] * 6, np.int32),
        "values": np.ones(12, np.float32),
    }
    return of_inputs(*{**right, **changed}.values())


def altered(array: Any, place: int, value: int) -> Any:
    array = array.copy()
    array[place] = value
    return array


def misaligned(count: int) -> Any:
    return np.zeros(4 * count + 1, np.uint8)[1:].view(np.float32)


def read_only(count: int, dtype: str = "f4") -> Any:
    array = np.zeros(count, dtype)
    array.flags.writeable = False
    return array


def layers(*changed: Any) -> dict[str, Any]:
    return {"network": (False, list(changed))}


LAYER = "(inputs, units, activation, setting, dropout, number)"
STARTS, COLUMNS = np.arange(0, 14, 2), np.array([0, 3] * 6, np.int32)
COUNT = "19: all parameters of the network."
REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"kernel": "mmx"}, ValueError, "kernel is mmx; expected one of kernels()."),
    ({"precision": "float16"}, ValueError, "precision is float16; expected float32 or float64."),
    ({"network": [False, LAYERS]}, TypeError, "program() argument 3 must be tuple, not list"),
    ({"network": MadeAnew((False, LAYERS))}, TypeError, "program() argument 3 must be tuple, not MadeAnew"),
    (
        {"loss": MadeAnew((0, 0.0, FLOATS, 3, np.inf))},
        TypeError,
        "program() argument 4 must be tuple, not MadeAnew",
    ),
    ({"rule": MadeAnew((0, 1))}, TypeError, "program() argument 5 must be tuple, not MadeAnew"),
    ({"network": (False,)}, TypeError, "the network is (has_scale, layers)"),
    ({"loss": (0, 0.0)}, TypeError, "the loss is (code, setting, levels, width, largest)"),
    ({"rule": (0,)}, TypeError, "the rule is (code, slots)"),
    (layers(), ValueError, "the number of layers is 0; expected 1 to 2147483647."),
    (layers([4, 3, 0, 0.0, 0.0, 0]), TypeError, f"layer 0 is [4, 3, 0, 0.0, 0.0, 0]; expected {LAYER}."),
    (layers((4, 3)), TypeError, f"a layer is {LAYER}"),
    (layers((0, 3, 0, 0.0, 0.0, 0)), ValueError, "a layer's inputs is 0; expected 1 to 1073741824."),
    (
        layers((4, 2**31, 0, 0.0, 0.0, 0)),
        ValueError,
        "a layer's units is 2147483648; expected 1 to 1073741824.",
    ),
    (
        layers((4, 2**63, 0, 0.0, 0.0, 0)),
        ValueError,
        "a number is too large; expected one that fits in 64 bits.",
    ),
    (layers((4, 3, 12, 0.0, 0.0, 0)), ValueError, "a layer's activation is 12; expected 0 to 11."),
    (layers((4, 3, -1, 0.0, 0.0, 0)), ValueError, "a layer's activation is -1; expected 0 to 11."),
    (layers((4, 3, 0, 0.0, 0.0, -1)), ValueError, "a layer's number is -1; expected 0 to 2147483647."),
    *(
        (
            layers((4, 3, 0, 0.0, rate, 0)),
            ValueError,
            "a layer's dropout is not a number from 0 up to, not including, 1.",
        )
        for rate in (1.0, -0.1, float("nan"))
    ),
    (
        layers((4, 2, 1, 0.0, 0.0, 0), (3, 3, 0, 0.0, 0.0, 0)),
        ValueError,
        "layer 1 has 3 inputs; expected 2, the units of the one before.",
    ),
    ({"loss": (7, 0.0, np.zeros(0), 3, np.inf)}, ValueError, "the loss is 7; expected 0 to 6."),
    (
        {"loss": (2, 0.0, np.zeros(0), 0, np.inf)},
        ValueError,
        "the width of targets is 0; expected 1 to 1073741824.",
    ),
    (
        {"loss": (2, 0.0, np.zeros(0), 2, np.inf)},
        ValueError,
        "the last layer has 3 units; expected 2, for such targets.",
    ),
    (
        {"loss": (5, 0.0, np.ones(2), 2, np.inf)},
        ValueError,
        "the last layer has 3 units; expected 4, for such targets.",
    ),
    ({"rule": (2, 0)}, ValueError, "the rule is 2; expected 0 to 1."),
    ({"rule": (0, 2)}, ValueError, "slots is 2; expected 0 to 1."),
    ({"rule": (1, 1)}, ValueError, "slots is 1; expected 2 to 2."),
    ({"filling": 256}, ValueError, "filling is 256; expected 0 to 255."),
    ({"validation": 3}, TypeError, "validation is 3; expected a tuple or None."),
    ({"training": ()}, TypeError, "a part is (inputs, targets, weights, scale, shift, 3 flags)"),
    (of_inputs(), ValueError, "inputs are 0 arrays; expected 1, 2 with places, or the 3 of sparse rows."),
    (
        of_inputs(*4 * (FLOATS,)),
        ValueError,
        "inputs are 4 arrays; expected 1, 2 with places, or the 3 of sparse rows.",
    ),
    (
        of_inputs(FLOATS, FLOATS),
        TypeError,
        "places has the format f of 4 bytes; expected int64 in this machine's byte order.",
    ),
    (of_inputs(FLOATS, ORDER[:5]), ValueError, "places holds 5 numbers; expected 6: one for each target."),
    (of_inputs(FLOATS, ORDER), ValueError, "inputs holds 6 numbers; expected 4: whole rows."),
    (
        of_inputs(np.ones((2, 4), np.float32), ORDER % 3),
        ValueError,
        "a place of inputs is 2; expected 0 to 1.",
    ),
    (
        of_inputs(np.ones((2, 4), np.uint8), ORDER - 1),
        ValueError,
        "a place of inputs is -1; expected 0 to 1.",
    ),
    (of_inputs(FLOATS), ValueError, "inputs holds 6 numbers; expected 24: the features of every target."),
    (
        of_inputs(np.ones((6, 4))),
        TypeError,
        "inputs has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    (
        sparse(starts=np.arange(6)),
        ValueError,
        "starts holds 6 numbers; expected 7: one a target, and the end.",
    ),
    (
        sparse(values=np.ones(11, np.float32)),
        ValueError,
        "values holds 11 numbers; expected 12: one for each of the columns.",
    ),
    (
        sparse(columns=np.zeros(12, np.int64)),
        TypeError,
        "columns has the format l of 8 bytes; expected int32 in this machine's byte order.",
    ),
    (
        {"training": part(targets=LABELS.astype(np.int64))},
        TypeError,
        "targets has the format l of 8 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"training": part(targets=np.ones(17, np.float32))},
        ValueError,
        "targets holds 17 numbers; expected 15: whole rows.",
    ),
    (
        {"loss": (2, 0.0, np.zeros(0), 3, np.inf)},
        TypeError,
        "targets has the format i of 4 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"training": part(targets=LABELS[:5])},
        ValueError,
        "inputs holds 24 numbers; expected 20: the features of every target.",
    ),
    (
        {"training": part(weights=FLOATS[:5])},
        ValueError,
        "weights holds 5 numbers; expected 6: one for each target.",
    ),
    (
        {"training": part(scale=FLOATS)},
        ValueError,
        "scale holds 6 numbers; expected 4: one for each feature.",
    ),
    (
        {"validation": part(shift=FLOATS[:0])},
        ValueError,
        "shift holds 0 numbers; expected 4: one for each feature.",
    ),
    (
        {"training": part(shift=misaligned(4))},
        ValueError,
        "shift is not aligned; expected an address divisible by 4.",
    ),
    ({"batch": 0}, ValueError, "batch is 0; expected 1 to 1073741824."),
    ({"batch": -(2**63)}, ValueError, "batch is -9223372036854775808; expected 1 to 1073741824."),
    ({"batch": 2**63}, ValueError, "a number is too large; expected one that fits in 64 bits."),
    ({"parameters": FLOATS}, ValueError, f"parameters holds 6 numbers; expected {COUNT}"),
    (
        layers(*((*pair, 0, 0.0, 0.0, 0) for pair in ((4, 2**30), (2**30, 2**30), (2**30, 3)))),
        MemoryError,
        "",
    ),
    (
        {"parameters": np.ones(19)},
        TypeError,
        "parameters has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    (
        {"parameters": np.ones(19, np.float32).astype(">f4")},
        TypeError,
        "parameters has the format >f of 4 bytes; expected float32 in this machine's byte order.",
    ),
    ({"parameters": None}, TypeError, "parameters is <class 'NoneType'>; expected an array."),
    ({"parameters": [1.0] * 19}, TypeError, "parameters is <class 'list'>; expected an array."),
    (
        {"parameters": read_only(19)},
        ValueError,
        "parameters is read-only; expected an array that can be written to.",
    ),
    (
        {"parameters": np.ones(38, np.float32)[::2]},
        ValueError,
        "parameters is not contiguous; expected an array in C order.",
    ),
    (
        {"slots": np.zeros(20, np.float32)},
        ValueError,
        "slots holds 20 numbers; expected 19: all parameters for each slot.",
    ),
    ({"slots": None}, TypeError, "slots is <class 'NoneType'>; expected an array."),
    ({"rule": (0, 0)}, TypeError, "slots is an array; expected None, for the rule keeps nothing."),
    ({"slots": read_only(19)}, ValueError, "slots is read-only; expected an array that can be written to."),
    ({"table": np.ones((2, 7))}, ValueError, "table holds 14 numbers; expected 21: a row for each step."),
    ({"factors": np.ones(7)}, ValueError, "factors holds 7 numbers; expected 28: a row for each parameter."),
    (
        {"factors": np.ones((4, 7), np.float32)},
        TypeError,
        "factors has the format f of 4 bytes; expected float64 in this machine's byte order.",
    ),
    (
        {"sums": np.zeros(9)},
        ValueError,
        "sums holds 9 numbers; expected 10: loss, weight, correct, log loss, and squares and sizes of every "
        "output.",
    ),
    (
        {"sums": read_only(10, "f8")},
        ValueError,
        "sums is read-only; expected an array that can be written to.",
    ),
    ({"epochs": 0}, ValueError, "the number of epochs is 0; expected 1 to 6."),
    ({"epochs": 7}, ValueError, "the number of epochs is 7; expected 1 to 6."),
    ({"epochs": 2**63}, ValueError, "a number is too large; expected one that fits in 64 bits."),
    ({"epochs": 4}, ValueError, "order holds 6 rows; expected as many for each of 4 epochs."),
    (
        {"epochs": 2},
        ValueError,
        "table holds 21 numbers; expected 28: a row for each step.",
    ),
    (
        {"epochs": 3},
        ValueError,
        "sums holds 10 numbers; expected 30: loss, weight, correct, log loss, and squares and sizes of every "
        "output.",
    ),
    ({"trace": np.zeros(5)}, ValueError, "trace holds 5 numbers; expected 6: two for each step."),
    (
        {"trace": np.zeros(6, np.float32)},
        TypeError,
        "trace has the format f of 4 bytes; expected float64 in this machine's byte order.",
    ),
    (
        {"trace": read_only(6, "f8")},
        ValueError,
        "trace is read-only; expected an array that can be written to.",
    ),
    (
        {"kept": np.zeros(18, np.float32)},
        ValueError,
        "kept holds 18 numbers; expected 19: all parameters for each epoch.",
    ),
    (
        {"kept": np.zeros(19)},
        TypeError,
        "kept has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    ({"kept": read_only(19)}, ValueError, "kept is read-only; expected an array that can be written to."),
    (
        {"scored": ORDER, "validation": None},
        ValueError,
        "the program has no validation part; expected one to score.",
    ),
    (
        {"scored": ORDER},
        ValueError,
        "sums holds 10 numbers; expected 20: loss, weight, correct, log loss, and squares and sizes of every "
        "output.",
    ),
    (
        {"scored": ORDER + 1, "sums": np.zeros((2, 10))},
        ValueError,
        "a row in order is 6; expected 0 to 5.",
    ),
    (
        {"scored": ORDER.astype(np.int32)},
        TypeError,
        "scored has the format i of 4 bytes; expected int64 in this machine's byte order.",
    ),
    (
        {"until": np.zeros(8)},
        ValueError,
        "until holds 8 numbers; expected 9: six, and the share of each step.",
    ),
    (
        {"until": np.zeros(9), "trace": None},
        ValueError,
        "until is given without a trace; expected both.",
    ),
    ({"mask_key": -1}, ValueError, "a number is too large; expected one that fits in 64 bits."),
    ({"mask_key": 2**64}, ValueError, "a number is too large; expected one that fits in 64 bits."),
    ({"mask_key": None}, TypeError, "an integer is required"),
    (
        {"method": "score", "validation": None},
        ValueError,
        "the program has no validation part; expected one to score.",
    ),
    (
        {"method": "gradients", "order": ORDER[:0]},
        ValueError,
        "the number of rows is 0; expected 1 to 1073741824.",
    ),
    (
        {"method": "gradients", "gradients": FLOATS},
        ValueError,
        f"gradients holds 6 numbers; expected {COUNT}",
    ),
    (sparse(starts=altered(STARTS, 6, 13)), ValueError, "the end of a sparse row is 13; expected 0 to 12."),
    (
        sparse(starts=altered(STARTS, 6, 2**63 - 1)),
        ValueError,
        "the end of a sparse row is 9223372036854775807; expected 0 to 12.",
    ),
    (sparse(starts=altered(STARTS, 0, -1)), ValueError, "the start of a sparse row is -1; expected 0 to 2."),
    (sparse(starts=altered(STARTS, 0, 3)), ValueError, "the start of a sparse row is 3; expected 0 to 2."),
    (sparse(columns=altered(COLUMNS, 0, 4)), ValueError, "a column of a sparse row is 4; expected 0 to 3."),
    (
        sparse(columns=altered(COLUMNS, 11, -1)),
        ValueError,
        "a column of a sparse row is -1; expected 0 to 3.",
    ),
    *(
        (
            {"training": part(targets=altered(LABELS, 5, label))},
            ValueError,
            f"a label is {label}; expected 0 to 2.",
        )
        for label in (3, -1, -(2**31))
    ),
    *(
        ({"order": altered(ORDER, place, row)}, ValueError, f"a row in order is {row}; expected 0 to 5.")
        for place, row in ((5, 6), (0, -1), (5, 2**62))
    ),
    (
        {"training": part(weights=FLOATS), "order": altered(ORDER, 5, 6)},
        ValueError,
        "a row in order is 6; expected 0 to 5.",
    ),
    (
        {"order": ORDER.astype(np.int32)},
        TypeError,
        "order has the format i of 4 bytes; expected int64 in this machine's byte order.",
    ),
    (
        {"order": ORDER.astype(np.uint64)},
        TypeError,
        "order has the format L of 8 bytes; expected int64 in this machine's byte order.",
    ),
]
