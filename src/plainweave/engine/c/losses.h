/* Losses of a block of examples, with their gradients and the sums of their metrics; losses/ defines them.
 *
 * kernels.h includes this file once for each instruction set and precision, after functions.h. Outputs z are
 * turned on their side, (outputs, BLOCK), so that a vector holds one output of many examples.
 */

/* Examples `first` to `last` - 1 of a block as a loss takes them. Those behind them, up to `end`, have outputs 0 and
 * weight 0. */
typedef struct {
    int first, last, end; /* end: last in whole vectors */
    bool labelled;  /* whether it has labels, or rows of targets */
    integer label[BLOCK];
    const REAL *target[BLOCK];
    REAL weight[BLOCK];
} NAME(Examples);

static void NAME(prepare)(NAME(Examples) *examples, const Block *block, int first, int last, const REAL *targets,
                          long width)
{
    examples->first = first;
    examples->last = last;
    examples->end = (last + CHUNK - 1) / CHUNK * CHUNK;
    examples->labelled = !targets;
    for (int n = first; n < last; n++) {
        examples->label[n] = block->labels[n];
        examples->weight[n] = block->weight[n];
    }
    for (int n = last; n < examples->end; n++) {
        examples->label[n] = -1;
        examples->weight[n] = 0;
    }
    for (int n = first; n < examples->end && targets; n++)
        examples->target[n] = targets + (n < last ? block->rows[n] * width : 0);
}

/* The numbers in one column of the targets, of the examples from n on; of labels 1 where it is the label's. */
INLINE vec NAME(target)(const NAME(Examples) *examples, int n, long column)
{
    REAL target[LANES];
    if (examples->labelled)
        return (vec)((ints)spread((REAL)1) & ((ints)load((const REAL *)(examples->label + n)) == (integer)column));
    for (int k = 0; k < LANES; k++)
        target[k] = examples->target[n + k][column];
    return load(target);
}

/* One output of all examples, side by side. */
INLINE void NAME(turn)(const NAME(Examples) *examples, const REAL *output, long stride, REAL *z)
{
    for (int n = examples->first; n < examples->last; n++)
        z[n] = output[n * stride];
    for (int n = examples->last; n < examples->end; n++)
        z[n] = 0;
}

INLINE void NAME(turn_back)(const NAME(Examples) *examples, const REAL *z, REAL *output, long stride)
{
    for (int n = examples->first; n < examples->last; n++)
        output[n * stride] = z[n];
}

/* What has a weight of 0 counts as 0, whatever it is. */
INLINE vec NAME(counted)(vec weight, vec x) { return (vec)((ints)x & (weight != 0)); }

/* ---- softmax and cross-entropy ---- */

INLINE vec NAME(largest)(const REAL *z, long classes, ints *answer)
{
    vec largest = load(z);
    *answer = (ints){0};
    for (long c = 1; c < classes; c++) {
        const vec next = load(z + c * BLOCK);
        const ints larger = next > largest;
        largest = select(larger, next, largest);
        *answer = (larger & (integer)c) | (~larger & *answer);
    }
    return largest;
}

/* The class of each example's largest target. */
INLINE ints NAME(answer_of)(const NAME(Examples) *examples, int n, long classes)
{
    vec largest = NAME(target)(examples, n, 0);
    ints answer = {0};
    if (examples->labelled)
        return (ints)load((const REAL *)(examples->label + n));
    for (long c = 1; c < classes; c++) {
        const vec t = NAME(target)(examples, n, c);
        answer = ((t > largest) & (integer)c) | (~(t > largest) & answer);
        largest = select(t > largest, t, largest);
    }
    return answer;
}

/* Turn the logits z (classes) of a vector of examples, from n on, into their gradient. The loss is log(1 + rest)
 * and sum_k t'_k (largest - z_k), with t' = kept t + evenly. */
static void NAME(softmax_of_vector)(const Loss *loss, Block *block, const NAME(Examples) *examples, int n, REAL *z,
                                    long classes, REAL divisor)
{
    const REAL kept = (REAL)(1 - loss->setting), evenly = (REAL)(loss->setting / classes);
    const vec weight = load(examples->weight + n);
    const ints expected = NAME(answer_of)(examples, n, classes);
    ints answer;
    vec largest = NAME(largest)(z, classes, &answer), sum = {0}, minus_one;
    vec rest = {0}; /* the sum but for the largest, whose 1 would hide what is far smaller */
    vec distance = {0}, unsmoothed = {0};
    for (long c = 0; c < classes; c++) {
        const vec t = NAME(target)(examples, n, c), smoothed = multiply_add(t, spread(kept), spread(evenly));
        const vec shifted = load(z + c * BLOCK) - largest, e = NAME(exponential)(shifted, &minus_one);
        store(z + c * BLOCK, e);
        sum += e;
        rest += (vec)((ints)e & (answer != (integer)c));
        distance -= NAME(counted)(smoothed, smoothed * shifted);
        unsmoothed -= NAME(counted)(t, t * shifted);
    }
    for (int k = 0; k < LANES && n + k < examples->last; k++) {
        if (weight[k] == 0)
            continue;
        const REAL log_of_sum = FN(log1p)(rest[k]);
        const REAL told = log_of_sum + distance[k];
        block->loss[n + k] = told > loss->largest ? (REAL)loss->largest : told;
        block->log_loss[n + k] = log_of_sum + unsmoothed[k];
        block->is_right[n + k] = answer[k] == expected[k];
    }
    if (divisor == 0)
        return;
    for (long c = 0; c < classes; c++) {
        const vec smoothed = multiply_add(NAME(target)(examples, n, c), spread(kept), spread(evenly));
        store(z + c * BLOCK, NAME(counted)(weight, (load(z + c * BLOCK) / sum - smoothed) * weight / divisor));
    }
}

/* ---- losses with a term for each output ---- */

/* The term e(z, t), de/dz, and what the metrics add up: the residual, or 1 for a right answer and 0 for a wrong
 * one. `setting` is delta or the level. */
INLINE vec NAME(term)(int code, double setting, vec z, vec t, vec *derivative, vec *measured)
{
    const vec one = spread((REAL)1), r = z - t;
    vec minus_one;
    *measured = r;
    switch (code) {
    case SIGMOID_LOSS: { /* log(1 + e) + m |z|, e = exp(-|z|), m = 1 - t or t; the product is 0 where m is */
        const ints yes = z > 0;
        const vec e = NAME(exponential)(NAME(minus_size)(z), &minus_one), m = select(yes, 1 - t, t);
        *measured = (vec)((ints)one & ~(yes ^ (t > (REAL)0.5)));
        *derivative = select(yes, one, e) / (e + 1) - t;
        return NAME(log_of_1_plus)(e) + NAME(counted)(m, m * NAME(size)(z));
    }
    case SQUARED_ERROR:
        *derivative = 2 * r;
        return r * r;
    case ABSOLUTE_ERROR: /* sign(r), also of what is not a number */
        *derivative = select(r != 0, (vec)((ints)one | NAME(sign)(r)), spread((REAL)0));
        *derivative = select(r == r, *derivative, r);
        return NAME(size)(r);
    case HUBER: { /* c (r - c / 2), where c is r kept within -delta to delta */
        const vec c = NAME(at_most)(NAME(at_least)(r, (REAL)-setting), (REAL)setting);
        *derivative = c;
        return c * (r - c * (REAL)0.5);
    }
    case QUANTILE: { /* of the residual t - z; the derivative at its kink is taken as 0 */
        const vec slope = select(r <= 0, spread((REAL)setting), spread((REAL)(setting - 1)));
        *derivative = NAME(counted)(r, -slope);
        return slope * -r;
    }
    default: { /* POISSON: exp(z) - t z */
        const vec mean = NAME(exponential_of_any)(z);
        *derivative = *measured = mean - t;
        return multiply_add(-t, z, mean);
    }
    }
}

/* Eight numbers, as they are summed up side by side: one sum would have to wait for each addition. */
typedef double NAME(eight) __attribute__((vector_size(8 * sizeof(double))));
typedef REAL NAME(any_eight) __attribute__((vector_size(8 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
#define eight_at(address) __builtin_convertvector(*(const NAME(any_eight) *)(address), NAME(eight))

INLINE double NAME(total)(const NAME(eight) *sums)
{
    double total = 0;
    for (int k = 0; k < 8; k++)
        total += (*sums)[k];
    return total;
}

/* sum w e, sum w m^2 and sum w |m| of the terms e and of what was measured, m. */
static void NAME(add_up)(const REAL *weight, int end, const REAL *term, const REAL *measured, double total[3])
{
    NAME(eight) terms = {0}, squares = {0}, sizes = {0};
    for (int n = 0; n < end; n += 8) {
        const NAME(eight) w = eight_at(weight + n), m = eight_at(measured + n);
        terms += w * eight_at(term + n);
        squares += w * m * m;
        sizes += w * (NAME(eight))((__typeof__(m > m))m & INT64_MAX);
    }
    total[0] = NAME(total)(&terms);
    total[1] = NAME(total)(&squares);
    total[2] = NAME(total)(&sizes);
}

/* Turn output j of some examples into its gradient; the loss is the mean over the outputs. */
static void NAME(loss_of_output)(const Loss *loss, const NAME(Examples) *examples, long j, REAL *outputs, long count,
                                 long stride, REAL divisor, REAL *term, REAL *measured)
{
    const bool quantile = loss->code == QUANTILE;
    const double setting = quantile ? loss->levels[j % loss->level_count] : loss->setting;
    const long column = quantile ? j / loss->level_count : j;
    REAL z[BLOCK];
    NAME(turn)(examples, outputs + j, stride, z);
    for (int n = examples->first; n < examples->end; n += LANES) {
        const vec weight = load(examples->weight + n), t = NAME(target)(examples, n, column);
        vec derivative, m, told = NAME(term)(loss->code, setting, load(z + n), t, &derivative, &m);
        told = select(told > (REAL)loss->largest, spread(loss->largest), told);
        store(term + n, NAME(counted)(weight, told));
        store(measured + n, NAME(counted)(weight, m));
        store(z + n, NAME(counted)(weight, derivative * (weight / (divisor * (REAL)count))));
    }
    if (divisor != 0)
        NAME(turn_back)(examples, z, outputs + j, stride);
}

/* Write down the losses of examples `first` to `last` - 1 of a block, `first` being a multiple of CHUNK, and what their
 * metrics need; and, if divisor is not 0, turn their outputs (block->count, stride), `count` in each row, into their
 * gradient w_n dl_n/dz / divisor. `targets` has loss->width numbers in each row; NULL is for the block's labels. */
static void NAME(loss_of_rows)(const Loss *loss, Block *block, int first, int last, const REAL *targets, REAL *outputs,
                               long count, long stride, REAL divisor)
{
    NAME(Examples) examples;
    NAME(prepare)(&examples, block, first, last, targets, loss->width);
    if (loss->code != SOFTMAX) {
        for (long j = 0; j < count; j++)
            NAME(loss_of_output)(loss, &examples, j, outputs, count, stride, divisor, block->terms + j * BLOCK,
                                 block->terms + (count + j) * BLOCK);
        return;
    }
    for (long c = 0; c < count; c++)
        NAME(turn)(&examples, outputs + c, stride, block->terms + c * BLOCK);
    for (int n = first; n < last; n += LANES)
        NAME(softmax_of_vector)(loss, block, &examples, n, block->terms + n, count, divisor);
    for (long c = 0; c < count && divisor != 0; c++)
        NAME(turn_back)(&examples, block->terms + c * BLOCK, outputs + c, stride);
}

/* Add what was written down of output j of a block to the sums. */
static void NAME(sum_output)(const Loss *loss, Sums *sums, const Block *block, const REAL *weight, int end, long j,
                             long count)
{
    double total[3];
    NAME(add_up)(weight, end, block->terms + j * BLOCK, block->terms + (count + j) * BLOCK, total);
    sums->loss += total[0] / count;
    if (loss->code == SIGMOID_LOSS)
        sums->correct += total[2] / count;
    else if (loss->code != QUANTILE) {
        sums->squares[j] += total[1];
        sums->sizes[j] += total[2];
    }
}

/* Add the losses and metrics of a block to the sums, always in the same order. */
static void NAME(sum_losses)(const Loss *loss, Sums *sums, const Block *block, long count)
{
    NAME(eight) together = {0};
    REAL weight[BLOCK] = {0};
    memcpy(weight, block->weight, block->count * sizeof(REAL));
    for (int n = 0; n < block->count; n += 8)
        together += eight_at(weight + n);
    for (int k = 0; k < 8; k++)
        sums->weight += together[k];
    for (int n = 0; n < block->count && loss->code == SOFTMAX; n++) {
        const double w = weight[n];
        if (w == 0)
            continue;
        sums->loss += w * block->loss[n];
        sums->log_loss += w * block->log_loss[n];
        sums->correct += block->is_right[n] ? w : 0;
    }
    for (long j = 0; j < count && loss->code != SOFTMAX; j++)
        NAME(sum_output)(loss, sums, block, weight, (block->count + CHUNK - 1) / CHUNK * CHUNK, j, count);
}

#undef eight_at
