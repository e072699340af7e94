"""What must be written in C for the compiled engine to know the parts of plug_in.py."""

from engine_build import Edits

SOFTSIGN: Edits = {
    "program.h": [("SOFTPLUS, ACTIVATIONS", "SOFTPLUS, SOFTSIGN, ACTIVATIONS")],
    "activations.h": [
        (
            "    case SOFTPLUS: {\n",
            "    case SOFTSIGN:\n        return x / (setting + NAME(size)(x));\n    case SOFTPLUS: {\n",
        ),
        (
            "    case SOFTPLUS: /*",
            "    case SOFTSIGN: /* s / (s + |x|)^2 = (1 - |y|)^2 / s */\n"
            "        return (1 - NAME(size)(y)) * (1 - NAME(size)(y)) / setting;\n"
            "    case SOFTPLUS: /*",
        ),
    ],
}
LOG_COSH: Edits = {
    "program.h": [("POISSON, LOSSES", "POISSON, LOG_COSH, LOSSES")],
    "losses.h": [
        (
            "    case HUBER: {",
            "    case LOG_COSH: { /* |r| + log(1 + e) - log 2, e = exp(-2 |r|) */\n"
            "        const vec e = NAME(exponential)(NAME(minus_size)(r) * 2, &minus_one);\n"
            "        *derivative = (vec)((ints)(-minus_one / (e + 1)) ^ NAME(sign)(r));\n"
            "        return NAME(size)(r) + NAME(log_of_1_plus)(e) - (REAL)0.6931471805599453;\n"
            "    }\n"
            "    case HUBER: {",
        ),
    ],
}
LION: Edits = {
    "program.h": [("SGD, ADAM, RULES", "SGD, ADAM, LION, RULES")],
    "arguments.h": [
        ("code == ADAM ? ADAM_COLUMNS :", "code == ADAM ? ADAM_COLUMNS : code == LION ? OWN :"),
    ],
    "optimizers.h": [
        (
            "INLINE vec NAME(stepped)(",
            "/* p - RATE * sign(0.9 m + 0.1 g), and m = m + 0.01 (g - m). */\n"
            "INLINE vec NAME(lion)(const REAL *n, vec weight, vec gradient, REAL *mean)\n"
            "{\n"
            "    const vec m = load(mean), u = m * (REAL)0.9 + gradient * (REAL)0.1, a = spread(n[RATE]);\n"
            "    store(mean, m + (gradient - m) * (REAL)0.01);\n"
            "    return weight - select(u > 0, a, select(u < 0, -a, spread(0)));\n"
            "}\n\n"
            "INLINE vec NAME(stepped)(",
        ),
        (
            "    default:\n        return NAME(sgd)",
            "    case LION:\n"
            "        return NAME(lion)(n, weight, gradient, slot0);\n"
            "    default:\n        return NAME(sgd)",
        ),
        (
            "    default: NAME(step_along)",
            "    case LION: NAME(step_along)(LION, true, n, weight, gradient, slot, count); break;\n"
            "    default: NAME(step_along)",
        ),
    ],
    "first_layer.h": [
        (
            "    else if (task->penalized)",
            "    else if (task->plan->rule == LION)\n"
            "        NAME(first_step_by)(LION, true, rows, vectors, task, i, column, gradient);\n"
            "    else if (task->penalized)",
        ),
    ],
}
BY_PART: dict[str, Edits] = {"Lion": LION, "LogCosh": LOG_COSH, "Softsign": SOFTSIGN}
TOGETHER: Edits = {
    name: [edit for edits in BY_PART.values() for edit in edits.get(name, ())]
    for name in ("program.h", "activations.h", "losses.h", "arguments.h", "optimizers.h", "first_layer.h")
}
