"""The compiled engine, built once more with faults in the gradients of all parts; one is chosen to act."""

from engine_build import Edits

CHOSEN = "PLANTED_FAULT"  # the environment variable that names the fault that acts
ACTIVATION, LOSS = 100, 200  # and the number of the activation or loss
LAYERS = ("first weights", "weights", "biases", "dx", "dropout", "factor", "weights under a scale")

_CHOICE = """
#include <stdlib.h>
static int planted(int fault)
{
    const char *chosen = getenv("PLANTED_FAULT");
    return chosen && atoi(chosen) == fault;
}
#define SLIP(fault) ((REAL)(planted(fault) ? 1.01 : 1))
"""
_DERIVATIVE = "INLINE vec NAME(derivative)(int activation, REAL setting, vec y)"
_BOTH = "INLINE vec NAME(activate_both)(int activation, REAL setting, vec x, vec *derivative)"
_OF_ROWS = "static void NAME(loss_of_rows)("
_WRONG_ACTIVATIONS = f"""
{_DERIVATIVE}
{{
    return NAME(right_derivative)(activation, setting, y) * SLIP({ACTIVATION} + activation);
}}

{_BOTH}
{{
    const vec y = NAME(right_activate_both)(activation, setting, x, derivative);
    *derivative *= needs_both(activation) ? SLIP({ACTIVATION} + activation) : 1;
    return y;
}}

#undef FAR
"""
_WRONG_LOSSES = f"""
static void NAME(loss_of_rows)(const Loss *loss, Block *block, int first, int last, const REAL *targets,
                               REAL *outputs, long count, long stride, REAL divisor)
{{
    NAME(right_loss_of_rows)(loss, block, first, last, targets, outputs, count, stride, divisor);
    for (int n = first; divisor != 0 && n < last; n++)
        outputs[n * stride] *= SLIP({LOSS} + loss->code);
}}
"""
_SLIP = {name: f"SLIP({number})" for number, name in enumerate(LAYERS)}
_DX = "    const bool keeps = below->keeps_derivative;\n"
_WRONG_DX = """
    for (long n = 0; n < area.last - area.first; n++)
        for (long j = 0; j < area.until - area.from; j++)
            dx[n * below->stride + j] *= {};
"""
_ON_SIDE = "= sums[j * below->stride + i - first]"
FAULTS: Edits = {
    "program.h": [("#define BLOCK 64", f"{_CHOICE}\n#define BLOCK 64")],
    "activations.h": [
        (_DERIVATIVE, f"{_DERIVATIVE};\n{_DERIVATIVE.replace('(derivative)', '(right_derivative)')}"),
        (_BOTH, _BOTH.replace("(activate_both)", "(right_activate_both)")),
        ("#undef FAR\n", _WRONG_ACTIVATIONS),
    ],
    "losses.h": [
        (_OF_ROWS, _OF_ROWS.replace("(loss", "(right_loss")),
        ("", _WRONG_LOSSES),
    ],
    "first_layer.h": [("vec g = multiply_add(", f"vec g = {_SLIP['first weights']} * multiply_add(")],
    "dense.h": [
        (_DX, _DX + _WRONG_DX.format(_SLIP["dx"])),
        ("+= load(dy + n * stride", f"+= {_SLIP['biases']} * load(dy + n * stride"),
        ("(load(derivative) * factor)", f"(load(derivative) * factor * {_SLIP['dropout']})"),
        (_ON_SIDE, _ON_SIDE.replace("=", f"= {_SLIP['weights']} *")),
    ],
    "optimizers.h": [
        ("weight + here), load(gradient)", f"weight + here), {_SLIP['weights']} * load(gradient)"),
    ],
    "epoch.h": [
        ("sum += weight[j]", f"sum += {_SLIP['factor']} * weight[j]"),
        ("gradient[j] *= task", f"gradient[j] *= {_SLIP['weights under a scale']} * task"),
    ],
}
