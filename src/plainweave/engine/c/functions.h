/* Functions of a vector: exponentials, log(1 + x) and the normal distribution, in the precision of REAL.
 *
 * kernels.h includes this file once for each instruction set and precision. What is not a number stays so.
 */

/* ---- bits and bounds ---- */

#define SIGN ((integer)(IS_DOUBLE ? INT64_MIN : INT32_MIN))
INLINE ints NAME(sign)(vec x) { return (ints)x & SIGN; }
INLINE vec NAME(minus_size)(vec x) { return (vec)((ints)x | SIGN); } /* -|x| */
INLINE vec NAME(size)(vec x) { return (vec)((ints)x & ~SIGN); }
#undef SIGN

INLINE vec NAME(at_least)(vec x, REAL bound) { return select(x < bound, spread(bound), x); }
INLINE vec NAME(at_most)(vec x, REAL bound) { return select(x > bound, spread(bound), x); }

/* ---- exponentials: x = n ln 2 + r with |r| <= ln(2) / 2, and exp(x) = 2^n exp(r) ---- */

#if IS_DOUBLE

#define ROUND 6755399441055744.0  /* 1.5 * 2^52: adding it leaves no digit behind the point */
#define UNDERFLOW -709.0          /* where n is -1023, which makes 2^n a 0 */
#define FAR 800.0                 /* where exp(-x) is 0 and exp(x) infinity */

/* n, and r; ln 2 is in two parts, and n times the first is exact (Cephes' exp, S. L. Moshier). */
INLINE vec NAME(reduced)(vec x, vec *n)
{
    *n = multiply_add(x, spread(1.4426950408889634), spread(ROUND)) - ROUND;
    x = multiply_add(*n, spread(-6.93145751953125e-1), x);
    return multiply_add(*n, spread(-1.42860682030941723212e-6), x);
}

/* exp(r) - 1 by Taylor's series: what is left out is below 2^-55 of it. */
INLINE vec NAME(small_power)(vec r)
{
    vec p = multiply_add(r, spread(1 / 6227020800.0), spread(1 / 479001600.0));
    p = multiply_add(p, r, spread(1 / 39916800.0));
    p = multiply_add(p, r, spread(1 / 3628800.0));
    p = multiply_add(p, r, spread(1 / 362880.0));
    p = multiply_add(p, r, spread(1 / 40320.0));
    p = multiply_add(p, r, spread(1 / 5040.0));
    p = multiply_add(p, r, spread(1 / 720.0));
    p = multiply_add(p, r, spread(1 / 120.0));
    p = multiply_add(p, r, spread(1 / 24.0));
    p = multiply_add(p, r, spread(1 / 6.0));
    p = multiply_add(p, r, spread(0.5));
    return multiply_add(p * r, r, r);
}

/* 2^n: the last bits of a whole number + ROUND are its own. They aren't added to: those of NaN may be the largest. */
INLINE vec NAME(power_of_two)(vec n) { return (vec)((ints)(n + (ROUND + 1023)) << 52); }

#else

#define ROUND 12582912.0f /* 1.5 * 2^23 */
#define UNDERFLOW -88.0f /* where n is -127 */
#define FAR 160.0f

INLINE vec NAME(reduced)(vec x, vec *n)
{
    *n = multiply_add(x, spread(1.44269504f), spread(ROUND)) - ROUND;
    x = multiply_add(*n, spread(-0.693359375f), x);
    return multiply_add(*n, spread(2.12194440e-4f), x);
}

/* exp(r) - 1 by the polynomial of Cephes' expf (S. L. Moshier). */
INLINE vec NAME(small_power)(vec r)
{
    vec p = multiply_add(r, spread(1.9875691500e-4f), spread(1.3981999507e-3f));
    p = multiply_add(p, r, spread(8.3334519073e-3f));
    p = multiply_add(p, r, spread(4.1665795894e-2f));
    p = multiply_add(p, r, spread(1.6666665459e-1f));
    p = multiply_add(p, r, spread(5.0000001201e-1f));
    return multiply_add(p * r, r, r);
}

INLINE vec NAME(power_of_two)(vec n) { return (vec)((__builtin_convertvector(n, ints) + 127) << 23); }

#endif

/* exp(x) and exp(x) - 1, which is accurate near 0, for x <= 0. What is below the smallest normal number is 0. */
INLINE vec NAME(exponential)(vec x, vec *minus_one)
{
    vec n, p = NAME(small_power)(NAME(reduced)(NAME(at_least)(x, UNDERFLOW), &n));
    vec power = NAME(power_of_two)(n);
    *minus_one = multiply_add(power, p, power - 1);
    return (p + 1) * power; /* not power * p + power: the product may be too small to be kept */
}

/* exp(x) for all x. 2^n may be too large or too small where exp(x) is not: it is multiplied in two steps. */
INLINE vec NAME(exponential_of_any)(vec x)
{
    vec n, p = NAME(small_power)(NAME(reduced)(NAME(at_least)(x, -FAR), &n));
    vec half = multiply_add(n, spread(0.5), spread(ROUND)) - ROUND;
    vec y = (p + 1) * NAME(power_of_two)(half) * NAME(power_of_two)(n - half);
    return select(x > FAR, spread((REAL)INFINITY), y);
}

/* ---- log(1 + x) ---- */

/* log(1 + x) for x from 0 to 1, as FreeBSD's log1p and logf have it (Sun Microsystems, 1993).
 * With 1 + x = 2^k (1 + f), s = f / (2 + f) and the odd series of atanh, log(1 + f) = 2 s + s R(s^2). */
INLINE vec NAME(log_of_1_plus)(vec x)
{
    const ints upper = x > (REAL)0.41421356237309503; /* k is 1 from sqrt(2) on */
    const vec f = select(upper, (x - 1) * (REAL)0.5, x);
    const vec s = f / (f + 2), z = s * s, half_square = f * f * (REAL)0.5;
#if IS_DOUBLE
    vec r = multiply_add(z, spread(1.479819860511658591e-01), spread(1.531383769920937332e-01));
    r = multiply_add(r, z, spread(1.818357216161805012e-01));
    r = multiply_add(r, z, spread(2.222219843214978396e-01));
    r = multiply_add(r, z, spread(2.857142874366239149e-01));
    r = multiply_add(r, z, spread(3.999999999940941908e-01));
    r = multiply_add(r, z, spread(6.666666666666735130e-01));
    const vec high = (vec)(upper & (ints)spread(6.93147180369123816490e-01));
    const vec low = (vec)(upper & (ints)spread(1.90821492927058770002e-10));
#else
    vec r = multiply_add(z, spread(0.24279078841f), spread(0.28498786688f));
    r = multiply_add(r, z, spread(0.40000972152f));
    r = multiply_add(r, z, spread(0.66666662693f));
    const vec high = (vec)(upper & (ints)spread(6.9313812256e-01f));
    const vec low = (vec)(upper & (ints)spread(9.0580006145e-06f));
#endif
    return high - ((half_square - multiply_add(s, half_square + r * z, low)) - f);
}

/* ---- the normal distribution ---- */

/* Coefficients of (1 + u) exp(u^2 / 2) Phi(-u) as a polynomial in t = (u - NORMAL_CENTER) / (u + NORMAL_CENTER),
 * for all u >= 0: its series of Chebyshev polynomials, cut off, the highest power first. M. M. Shepherd and
 * J. G. Laframboise, Mathematics of Computation 36 (1981), do so for erfc. Calculated with 40 digits. */
#if IS_DOUBLE
#define NORMAL_CENTER 4.0
#define NORMAL_END 37.66       /* exp(-u^2 / 2) is a 0 from here on */
#define NORMAL_HALF -134217728 /* all bits but the last 27 of 53: squares of such numbers are exact */
static const REAL NAME(normal)[] = {
    -6.76326721056384773e-10, -1.54562215981441339e-09, 5.47470863204949826e-09,  1.74425837644199623e-08,
    -1.79321219166444447e-08, -1.10223540137391223e-07, -1.23715336698930713e-09, 5.50774796536410398e-07,
    4.06717301251541910e-07,  -2.61184643401685611e-06, -3.43337221685327390e-06, 1.36263151926004015e-05,
    2.12504468562083741e-05,  -8.78530044264579190e-05, -9.44303394415222287e-05, 6.94897069257049513e-04,
    -2.85623086809394133e-04, -5.00237858705146657e-03, 1.79360974788685885e-02,  -3.21978374283145264e-02,
    2.86003640535774896e-02,  1.39996347244304691e-02,  -9.67034773265260680e-02, 4.72053206509844663e-01,
};
#else
#define NORMAL_CENTER 3.0f
#define NORMAL_END 13.25f
#define NORMAL_HALF -4096 /* all bits but the last 12 of 24 */
static const REAL NAME(normal)[] = {
    5.971905415e-5f,  3.577510492e-5f,  -4.74006716e-4f,  -3.65392183e-4f,  2.986697283e-3f, 1.164053739e-3f,
    -2.272445134e-2f, 4.516344296e-2f, -1.643261197e-2f, -9.65267397e-2f, 4.860557993e-1f,
};
#endif

/* Phi(x), the share of the standard normal distribution below x, and its density exp(-x^2 / 2) / sqrt(2 pi).
 * The square is taken as that of a rounded |x|, which is exact, and a rest. */
INLINE vec NAME(normal_share)(vec x, vec *density)
{
    const vec u = NAME(at_most)(NAME(size)(x), NORMAL_END);
    const vec rounded = (vec)((ints)u & (integer)NORMAL_HALF);
    vec n, r = NAME(reduced)(rounded * rounded * (REAL)-0.5, &n);
    r -= (u - rounded) * (u + rounded) * (REAL)0.5;
    const vec bell = (NAME(small_power)(r) + 1) * NAME(power_of_two)(n);
    const vec quotient = 1 / ((u + 1) * (u + NORMAL_CENTER));
    const vec t = (u - NORMAL_CENTER) * (u + 1) * quotient;
    vec p = spread(NAME(normal)[0]);
    for (unsigned k = 1; k < sizeof NAME(normal) / sizeof(REAL); k++)
        p = multiply_add(p, t, spread(NAME(normal)[k]));
    const vec tail = bell * p * ((u + NORMAL_CENTER) * quotient);
    *density = bell * (REAL)0.39894228040143268;
    return select(x > 0, 1 - tail, tail);
}

#undef ROUND
#undef UNDERFLOW
#undef FAR
#undef NORMAL_CENTER
#undef NORMAL_END
#undef NORMAL_HALF
