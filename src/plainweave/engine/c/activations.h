/* Activations, each with its derivative; network/ has their definitions and sources.
 *
 * kernels.h includes this file once for each instruction set and precision, after functions.h. `setting` is the
 * slope of LEAKY_RELU and the alpha of ELU.
 */

#define SELU_SCALE ((REAL)1.0507009873554804934)
#define SELU_BELOW ((REAL)(1.0507009873554804934 * 1.6732632423543772848)) /* scale * alpha */
#define FAR ((REAL)1000) /* where every gate is 0 on the left and 1 on the right */

/* 1 / (1 + exp(-x)) as 1 / (1 + e) or e / (1 + e), e = exp(-|x|), and what is missing to 1. */
INLINE vec NAME(logistic)(vec x, vec *missing)
{
    vec minus_one, e = NAME(exponential)(NAME(minus_size)(x), &minus_one);
    const ints below = x < 0;
    *missing = select(below, spread((REAL)1), e) / (e + 1);
    return select(below, e, spread((REAL)1)) / (e + 1);
}

/* y = x * gate for the gates GELU, GELU_TANH, SILU and MISH, which rise from 0 to 1; and its derivative.
 * As infinity times 0 is not a number, x goes no further than where they have come to their limits. */
INLINE vec NAME(let_through)(int activation, vec x, vec *derivative)
{
    const vec right_of = NAME(at_least)(x, -FAR), near = NAME(at_most)(right_of, FAR);
    vec gate, missing, density, minus_one;
    switch (activation) {
    case GELU:
        gate = NAME(normal_share)(x, &density);
        *derivative = multiply_add(near, density, gate);
        break;
    case GELU_TANH: { /* (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)) */
        const REAL root = (REAL)0.7978845608028654, cubic = (REAL)0.044715; /* sqrt(2 / pi) */
        const vec square = near * near;
        gate = NAME(logistic)(multiply_add(cubic * near, square, near) * (2 * root), &missing);
        const vec inner = multiply_add(square, spread(3 * cubic), spread(1));
        *derivative = multiply_add(near, gate * missing * (2 * root) * inner, gate);
        break;
    }
    case SILU:
        gate = NAME(logistic)(x, &missing);
        *derivative = multiply_add(near * gate, missing, gate);
        break;
    default: { /* MISH: with e = exp(x) n / (n + 2), n = e (e + 2); above 0 both parts times exp(-2 x) */
        const vec e = NAME(exponential)(NAME(minus_size)(x), &minus_one), square = e * e;
        const ints below = x < 0;
        const vec part = select(below, square, spread((REAL)1)) + e * 2;
        const vec quotient = 1 / (part + 2 * select(below, spread((REAL)1), square));
        gate = part * quotient;
        *derivative = multiply_add(near, 4 * (e + 1) * select(below, e, square) * quotient * quotient, gate);
    }
    }
    return right_of * gate;
}

/* y = above * x where x > 0, else below (exp(x) - 1); and its derivative, which y + below would lose far below 0. */
INLINE vec NAME(level_off)(REAL above, REAL below, vec x, vec *derivative)
{
    vec minus_one, e = NAME(exponential)(NAME(at_most)(x, 0), &minus_one);
    *derivative = select(x > 0, spread(above), e * below);
    return select(x > 0, x * above, minus_one * below);
}

/* y. */
INLINE vec NAME(activate)(int activation, REAL setting, vec x)
{
    vec minus_one, unused;
    switch (activation) {
    case TANH: /* of |x|: (1 - e) / (1 + e), e = exp(-2 |x|) */
        NAME(exponential)(NAME(minus_size)(x) * 2, &minus_one);
        return (vec)((ints)(-minus_one / (minus_one + 2)) ^ NAME(sign)(x));
    case SIGMOID:
        return NAME(logistic)(x, &unused);
    case RELU: /* as a mask, so that what is not a number stays so */
        return (vec)((ints)x & ~(x <= 0));
    case LEAKY_RELU:
        return select(x <= 0, x * setting, x);
    case ELU:
        return NAME(level_off)(1, setting, x, &unused);
    case SELU:
        return NAME(level_off)(SELU_SCALE, SELU_BELOW, x, &unused);
    case SOFTPLUS: {
        const vec e = NAME(exponential)(NAME(minus_size)(x), &minus_one);
        return NAME(at_least)(x, 0) + NAME(log_of_1_plus)(e);
    }
    case GELU: case GELU_TANH: case SILU: case MISH:
        return NAME(let_through)(activation, x, &unused);
    default:
        return x;
    }
}

/* The derivative, from the activation's own value y; not for those whose value does not tell it well (needs_both). */
INLINE vec NAME(derivative)(int activation, REAL setting, vec y)
{
    vec minus_one;
    switch (activation) {
    case TANH:
        return multiply_add(-y, y, spread(1));
    case SIGMOID:
        return multiply_add(-y, y, y);
    case RELU:
        return (vec)((ints)spread((REAL)1) & (y > 0));
    case LEAKY_RELU: /* a slope of 0 makes y of x < 0 a 0 */
        return select(y > 0, spread((REAL)1), spread(setting));
    case SOFTPLUS: /* 1 / (1 + exp(-x)) = 1 - exp(-y) */
        NAME(exponential)(-y, &minus_one);
        return -minus_one;
    default:
        return spread((REAL)1);
    }
}

/* y and the derivative, both from x; for all activations. */
INLINE vec NAME(activate_both)(int activation, REAL setting, vec x, vec *derivative)
{
    switch (activation) {
    case ELU:
        return NAME(level_off)(1, setting, x, derivative);
    case SELU:
        return NAME(level_off)(SELU_SCALE, SELU_BELOW, x, derivative);
    case GELU: case GELU_TANH: case SILU: case MISH:
        return NAME(let_through)(activation, x, derivative);
    default: {
        const vec y = NAME(activate)(activation, setting, x);
        *derivative = NAME(derivative)(activation, setting, y);
        return y;
    }
    }
}

#undef SELU_SCALE
#undef SELU_BELOW
#undef FAR
