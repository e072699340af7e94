INLINE vec NAME(activate)(int activation, REAL slope, vec x)
{
    const ints sign = (ints)x & ((integer)1 << (8 * sizeof(integer) - 1));
    vec minus_one;
    switch (activation) {
    case TANH: /* of |x|: (1 - e) / (1 + e), e = exp(-2 |x|) */
        NAME(exponential)((vec)((ints)x | ((integer)1 << (8 * sizeof(integer) - 1))) * 2, &minus_one);
        return (vec)((ints)(-minus_one / (minus_one + 2)) ^ sign);
    case SIGMOID: { /* 1 / (1 + e) or e / (1 + e), e = exp(-|x|) */
        vec e = NAME(exponential)((vec)((ints)x | ((integer)1 << (8 * sizeof(integer) - 1))), &minus_one);
        return select(x < 0, e, spread(1)) / (e + 1);
    }
    case RELU: /* as a mask, so that what is not a number stays so */
        return (vec)((ints)x & ~(x <= 0));
    case LEAKY_RELU:
        return select(x <= 0, x * slope, x);
    default:
        return x;
    }
}
INLINE vec NAME(derivative)(int activation, REAL slope, vec y)
{
    switch (activation) {
    case TANH:
        return 1 - y * y;
    case SIGMOID:
        return y - y * y;
    case RELU:
        return (vec)((ints)spread(1) & (y > 0));
    case LEAKY_RELU: /* a slope of 0 makes y of x < 0 a 0 */
        return select(y > 0, spread(1), spread(slope));
    default:
        return spread(1);
    }
}
INLINE vec NAME(activate_both)(int activation, REAL slope, vec x, vec *derivative)
{
    vec y = NAME(activate)(activation, slope, x);
    *derivative = NAME(derivative)(activation, slope, y);
    return y;
}
