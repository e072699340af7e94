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
    "program.h": [("EACH(ADAM, ADAM_COLUMNS, 2, 2)", "EACH(ADAM, ADAM_COLUMNS, 2, 2) EACH(LION, OWN, 1, 1)")],
    "optimizers.h": [
        (
            "/* What the penalties make",
            "/* p - RATE * sign(0.9 m + 0.1 g), and m = m + 0.01 (g - m). */\n"
            "INLINE vec NAME(rule_LION)(const OF(Numbers) *numbers, vec weight, vec gradient, REAL *mean,\n"
            "                           REAL *none)\n"
            "{\n"
            "    (void)none;\n"
            "    const vec m = load(mean), u = m * (REAL)0.9 + gradient * (REAL)0.1;\n"
            "    const vec a = spread(numbers->column[RATE]);\n"
            "    store(mean, m + (gradient - m) * (REAL)0.01);\n"
            "    return weight - select(u > 0, a, select(u < 0, -a, spread(0)));\n"
            "}\n\n"
            "/* What the penalties make",
        ),
    ],
}
BY_PART: dict[str, Edits] = {"Lion": LION, "LogCosh": LOG_COSH, "Softsign": SOFTSIGN}
TOGETHER: Edits = {
    name: [edit for edits in BY_PART.values() for edit in edits.get(name, ())]
    for name in ("program.h", "activations.h", "losses.h", "optimizers.h")
}
