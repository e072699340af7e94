/* One epoch of a plain network, for one instruction set.
 *
 * _compiled.c includes this file once for each instruction set, with three macros set:
 *   LANES       floats in a vector
 *   ROWS        rows of a dense product whose sums are held in registers at once
 *   NAME(name)  the name with the instruction set's behind it
 *
 * Matrices lie row by row, each row padded with zeros to whole vectors; `stride` is a row's length in
 * floats. Examples are worked on in blocks of 64, so that a block's bit masks are one word, and that its
 * inputs and activations stay in the processor's cache.
 */

typedef float NAME(vec) __attribute__((vector_size(4 * LANES)));
typedef int32_t NAME(ints) __attribute__((vector_size(4 * LANES)));
typedef float NAME(unaligned) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define vec NAME(vec)
#define ints NAME(ints)
#define load(address) ((vec) * (const NAME(unaligned) *)(address))
#define store(address, value) (*(NAME(unaligned) *)(address) = (value))
#define spread(number) ((number) - (vec){0}) /* not +, which would change -0 */
#define select(mask, yes, no) ((vec)(((mask) & (ints)(yes)) | (~(mask) & (ints)(no))))

/* ---- functions of a vector ---- */

/* exp(x) - 1 for x <= 0, accurate near 0, and exp(x) itself.
 * x = n ln 2 + r with |r| <= ln(2) / 2; exp(r) - 1 is the polynomial of Cephes' expf (S. L. Moshier).
 * At -88 n is -127, which makes 2^n a 0: so is exp(x) below the smallest normal number, 2^-126. */
INLINE vec NAME(exponential)(vec x, vec *minus_one)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves no digit behind the point */
    x = select(x < -88.0f, spread(-88.0f), x);
    vec n = (x * 1.44269504f + round) - round;
    vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r;
    vec power = (vec)((__builtin_convertvector(n, ints) + 127) << 23); /* 2^n */
    *minus_one = power * p + (power - 1.0f);
    return (p + 1.0f) * power; /* not power * p + power: the product may be too small to be kept */
}

INLINE vec NAME(activate)(int activation, float slope, vec x)
{
    const ints sign = (ints)x & INT32_MIN;
    vec minus_one;
    switch (activation) {
    case TANH: /* of |x|: (1 - e) / (1 + e), e = exp(-2 |x|) */
        NAME(exponential)((vec)((ints)x | INT32_MIN) * 2.0f, &minus_one);
        return (vec)((ints)(-minus_one / (minus_one + 2.0f)) ^ sign);
    case SIGMOID: { /* 1 / (1 + e) or e / (1 + e), e = exp(-|x|) */
        vec e = NAME(exponential)((vec)((ints)x | INT32_MIN), &minus_one);
        return select(x < 0.0f, e, spread(1.0f)) / (e + 1.0f);
    }
    case RELU: /* as a mask, so that what is not a number stays so */
        return (vec)((ints)x & ~(x <= 0.0f));
    case LEAKY_RELU:
        return select(x <= 0.0f, x * slope, x);
    default:
        return x;
    }
}

/* The derivative, from the activation's own value y. */
INLINE vec NAME(derivative)(int activation, float slope, vec y)
{
    switch (activation) {
    case TANH:
        return 1.0f - y * y;
    case SIGMOID:
        return y - y * y;
    case RELU:
        return (vec)((ints)spread(1.0f) & (y > 0.0f));
    case LEAKY_RELU: /* a slope of 0 makes y of x < 0 a 0 */
        return select(y > 0.0f, spread(1.0f), spread(slope));
    default:
        return spread(1.0f);
    }
}

/* ---- the dense product ---- */

/* c (rows, width) = or += a (rows, depth) b (depth, width), with a[r][k] at a[r * row + k * step]. */
INLINE void NAME(product_tile)(const int rows, const int vectors, const float *a, long row, long step,
                               const float *b, long b_stride, float *c, long c_stride, long depth, bool add)
{
    vec sum[8][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = add ? load(c + r * c_stride + v * LANES) : spread(0.0f);
    for (long k = 0; k < depth; k++) {
        vec w[4];
        for (int v = 0; v < vectors; v++)
            w[v] = load(b + k * b_stride + v * LANES);
        for (int r = 0; r < rows; r++) {
            const float x = a[r * row + k * step];
            for (int v = 0; v < vectors; v++)
                sum[r][v] += x * w[v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            store(c + r * c_stride + v * LANES, sum[r][v]);
}

INLINE void NAME(product_columns)(const int vectors, const float *a, long row, long step, const float *b,
                                  long b_stride, float *c, long c_stride, long rows, long depth, bool add)
{
    const int together = vectors == 1 ? 8 : ROWS; /* enough sums to hide the latency of a multiply-add */
    long r = 0;
    for (; r + together <= rows; r += together)
        NAME(product_tile)(together, vectors, a + r * row, row, step, b, b_stride, c + r * c_stride, c_stride,
                           depth, add);
    for (; r < rows; r++)
        NAME(product_tile)(1, vectors, a + r * row, row, step, b, b_stride, c + r * c_stride, c_stride, depth,
                           add);
}

static void NAME(product)(const float *a, long row, long step, const float *b, long b_stride, float *c,
                          long c_stride, long rows, long depth, long width, bool add)
{
    for (long column = 0; column < width; column += 4 * LANES) {
        const float *panel = b + column;
        float *result = c + column;
        switch (MIN(4, (width - column) / LANES)) {
        case 4: NAME(product_columns)(4, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 3: NAME(product_columns)(3, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 2: NAME(product_columns)(2, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 1: NAME(product_columns)(1, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        }
    }
}

/* ---- inputs: a block of examples, and which of their features are not zero ---- */

/* The bits of the 64 numbers at x that are not 0. */
INLINE uint64_t NAME(not_zero)(const float *x)
{
    uint64_t bits = 0;
    for (int k = 0; k < 64; k += LANES)
        bits |= (uint64_t)NAME(bits_not_zero)(load(x + k)) << k;
    return bits;
}

/* Mean and deviation of one example; as the reference has it, one that never varies is only centred. */
static void NAME(own_scale)(const float *x, long features, float *scale, float *shift)
{
    float lanes[LANES];
    double sum = 0, squares = 0;
    vec total = {0};
    long whole = features - features % LANES;
    for (long i = 0; i < whole; i += LANES)
        total += load(x + i);
    store(lanes, total);
    for (int k = 0; k < LANES; k++)
        sum += lanes[k];
    for (long i = whole; i < features; i++)
        sum += x[i];
    float mean = (float)(sum / features);
    total = spread(0.0f);
    for (long i = 0; i < whole; i += LANES) {
        vec centred = load(x + i) - mean;
        total += centred * centred;
    }
    store(lanes, total);
    for (int k = 0; k < LANES; k++)
        squares += lanes[k];
    for (long i = whole; i < features; i++)
        squares += (double)(x[i] - mean) * (x[i] - mean);
    float deviation = sqrtf((float)(squares / features));
    if (!(deviation > 10 * FLT_EPSILON * fabsf(mean)))
        deviation = 1;
    *scale = 1 / deviation;
    *shift = mean / deviation;
}

/* Read one example into block row n: x = raw * scale (- shift, unless the shift is folded away). */
static bool NAME(read_example)(Task *task, Block *block, int n, int64_t example)
{
    const long features = task->layer[0].inputs;
    float *x = block->x + n * block->stride;
    block->scale[n] = block->shift[n] = 1;
    if (task->bytes) {
        const uint8_t *raw = task->bytes + example * features;
        for (long i = 0; i < features; i++)
            x[i] = raw[i];
    } else if (task->floats) {
        memcpy(x, task->floats + example * features, features * sizeof(float));
    } else if (!spread_out(task, example, x))
        return false;
    if (task->per_example)
        NAME(own_scale)(x, features, &block->scale[n], &block->shift[n]);
    if (!task->folded && task->per_example)
        for (long i = 0; i < features; i++)
            x[i] = x[i] * block->scale[n] - block->shift[n];
    else if (!task->folded)
        for (long i = 0; i < features; i++)
            x[i] = x[i] * task->scale[i] - task->shift[i];
    else if (task->scaled)
        for (long i = 0; i < features; i++)
            x[i] *= task->scale[i];
    else if (!task->per_example)
        block->scale[n] = task->scale[0];
    for (long word = 0; word < block->words; word++)
        block->bits[n * block->words + word] = NAME(not_zero)(x + 64 * word);
    return true;
}

/* Return false where a row, a label or a part of a sparse row is out of its range. */
static bool NAME(read_block)(Task *task, Block *block, const int64_t *rows, int count, bool for_gradients)
{
    const int64_t *next = rows + count; /* of the same epoch, but for the last block */
    const int upcoming = task->bytes ? (int)MIN(BLOCK, task->order + task->examples - next) : 0;
    block->count = count;
    if (!order_by_label(task, block, rows))
        return false;
    for (int n = 0; n < count; n++) {
        if (!NAME(read_example)(task, block, n, block->rows[n]))
            return false;
        const int64_t later = n < upcoming ? read_once(next + n) : -1;
        if (later >= 0 && later < task->rows)
            for (long i = 0; i < task->layer[0].inputs; i += 64)
                __builtin_prefetch(task->bytes + later * task->layer[0].inputs + i, 0, 2);
    }
    for (int n = count; n < BLOCK; n++)
        memset(block->bits + n * block->words, 0, block->words * sizeof(uint64_t));
    if (for_gradients)
        find_groups(block);
    return true;
}

/* ---- the first layer: each input that is not zero is a multiply-add over a row of weights ---- */

/* Add feature i of a few examples, times its row of weights, to their sums. */
INLINE void NAME(add_feature)(const int rows, const int vectors, const float *inputs, long x_stride,
                              const float *weight, vec sum[4][4])
{
    vec w[4];
    for (int v = 0; v < vectors; v++)
        w[v] = load(weight + v * LANES);
    for (int r = 0; r < rows; r++) {
        const float x = inputs[r * x_stride];
        for (int v = 0; v < vectors; v++)
            sum[r][v] += x * w[v];
    }
}

/* Add x W for a few examples over one tile of features; the sums are held in registers, features in turn
 * in one of two sets, so that a multiply-add need not wait for the one before. */
INLINE void NAME(first_forward_tile)(const int rows, const int vectors, const Block *block, int n,
                                     long first_word, long last_word, const float *weight, long stride, float *y,
                                     long y_stride)
{
    const float *inputs = block->x + n * block->stride;
    const long x_stride = block->stride;
    vec sum[4][4], other[4][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = first_word ? load(y + r * y_stride + v * LANES) : spread(0.0f);
            other[r][v] = spread(0.0f);
        }
    for (long word = first_word; word < last_word; word++) {
        uint64_t bits = 0;
        for (int r = 0; r < rows; r++)
            bits |= block->bits[(n + r) * block->words + word];
        if (__builtin_popcountll(bits) & 1) {
            const long i = 64 * word + __builtin_ctzll(bits);
            NAME(add_feature)(rows, vectors, inputs + i, x_stride, weight + i * stride, sum);
            bits &= bits - 1;
        }
        while (bits) {
            const long i = 64 * word + __builtin_ctzll(bits);
            bits &= bits - 1;
            const long j = 64 * word + __builtin_ctzll(bits);
            bits &= bits - 1;
            NAME(add_feature)(rows, vectors, inputs + i, x_stride, weight + i * stride, sum);
            NAME(add_feature)(rows, vectors, inputs + j, x_stride, weight + j * stride, other);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            store(y + r * y_stride + v * LANES, sum[r][v] + other[r][v]);
}

INLINE void NAME(first_forward_columns)(const int vectors, const Block *block, const float *weight, long stride,
                                        float *y, long y_stride)
{
    const int together = vectors > 2 ? ROWS / 2 : ROWS;
    for (long word = 0; word < block->words; word += TILE_WORDS)
        for (int n = 0; n < block->count; n += together)
            NAME(first_forward_tile)(together, vectors, block, n, word, MIN(word + TILE_WORDS, block->words),
                                     weight, stride, y + n * y_stride, y_stride);
}

/* y = x W + b for a block, where x = u * scale - shift * offset, u being what is stored in the block. */
static void NAME(first_forward)(const Task *task, const Block *block, float *y)
{
    const Layer *layer = &task->layer[0];
    const long width = layer->width, stride = layer->stride;
    for (long column = 0; column < width; column += 4 * LANES) {
        const float *w = layer->weight + column;
        float *part = y + column;
        switch (MIN(4, (width - column) / LANES)) {
        case 4: NAME(first_forward_columns)(4, block, w, stride, part, stride); break;
        case 3: NAME(first_forward_columns)(3, block, w, stride, part, stride); break;
        case 2: NAME(first_forward_columns)(2, block, w, stride, part, stride); break;
        case 1: NAME(first_forward_columns)(1, block, w, stride, part, stride); break;
        }
    }
    for (int n = 0; n < block->count; n++)
        for (long j = 0; j < width; j += LANES) {
            vec z = load(y + n * stride + j);
            if (task->folded)
                z = z * block->scale[n] - load(task->column_sums + j) * block->shift[n];
            store(y + n * stride + j, z + load(layer->bias + j));
        }
}

/* The sums of m_i W_ij over i that folding takes from every y_j. */
static void NAME(sum_columns)(const Task *task)
{
    const Layer *layer = &task->layer[0];
    memset(task->column_sums, 0, layer->width * sizeof(float));
    for (long i = 0; i < layer->inputs; i++)
        for (long j = 0; j < layer->width; j += LANES)
            store(task->column_sums + j, load(task->column_sums + j) +
                                             load(layer->weight + i * layer->stride + j) * task->shift[i]);
}

/* One step of SGD: the new weights, from gradient and velocity (see optimizers/sgd.py). */
INLINE vec NAME(stepped)(const Rates rates, vec weight, vec gradient, float *velocity)
{
    gradient += weight * rates.decay;
    if (rates.momentum == 0.0f)
        return weight - gradient * rates.learning_rate;
    vec v = load(velocity) * rates.momentum + gradient * rates.gradient_share;
    store(velocity, v);
    return weight - (rates.nesterov ? gradient + v * rates.momentum : v) * rates.learning_rate;
}

/* Step a few rows of the first weights along their gradient (rows, 4 * LANES). Not inlined, for the sums of
 * the gradient need every register. */
static __attribute__((noinline)) void NAME(first_step)(int rows, int vectors, const Task *task, long i, long column,
                                                       const float *gradient)
{
    const Layer *layer = &task->layer[0];
    const Rates rates = task->weight_rates;
    const long stride = layer->stride;
    float *weight = layer->weight + i * stride + column, *velocity = layer->weight_velocity + i * stride + column;
    for (int v = 0; v < vectors; v++) {
        const vec by_offset = load(task->offset_gradient + column + v * LANES);
        vec column_sum = load(task->column_sums + column + v * LANES);
        for (int r = 0; r < rows; r++) {
            const long at = r * stride + v * LANES;
            const float offset = task->folded ? task->shift[i + r] : 0.0f;
            vec g = load(gradient + (r * 4 + v) * LANES) - by_offset * offset;
            vec w = NAME(stepped)(rates, load(weight + at), g, velocity + at);
            store(weight + at, w);
            column_sum += w * offset;
        }
        store(task->column_sums + column + v * LANES, column_sum);
    }
}

/* The gradient of a few rows of the first weights, and their step once the batch is whole. */
INLINE void NAME(first_backward_rows)(const int rows, const int vectors, const Task *task, const Block *block,
                                      uint64_t bits, long i, long column, const float *dy, bool add, bool whole)
{
    const Layer *layer = &task->layer[0];
    const long stride = layer->stride, x_stride = block->stride;
    const float *inputs = block->x + i;
    float *kept = layer->weight_gradient + i * stride + column, gradient[GROUP * 4 * LANES];
    vec sum[GROUP][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = add ? load(kept + r * stride + v * LANES) : spread(0.0f);
    while (bits) {
        const long n = __builtin_ctzll(bits);
        bits &= bits - 1;
        vec d[4];
        for (int v = 0; v < vectors; v++)
            d[v] = load(dy + n * stride + v * LANES);
        for (int r = 0; r < rows; r++) {
            const float x = inputs[n * x_stride + r];
            for (int v = 0; v < vectors; v++)
                sum[r][v] += x * d[v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            store(whole ? gradient + (r * 4 + v) * LANES : kept + r * stride + v * LANES, sum[r][v]);
    if (whole)
        NAME(first_step)(rows, vectors, task, i, column, gradient);
}

INLINE void NAME(first_backward_columns)(const int vectors, const Task *task, const Block *block, long column,
                                         const float *dy, bool add, bool whole)
{
    const long inputs = task->layer[0].inputs;
    long i = 0;
    for (; i + GROUP <= inputs; i += GROUP)
        NAME(first_backward_rows)(GROUP, vectors, task, block, block->groups[i / GROUP], i, column, dy, add, whole);
    for (; i < inputs; i++)
        NAME(first_backward_rows)(1, vectors, task, block, block->groups[i / GROUP], i, column, dy, add, whole);
}

/* Add to the gradient of the first weights, which is sum_n x_ni dy_nj; with the last block, step. */
static void NAME(first_backward)(const Task *task, const Block *block, float *dy, bool add, bool whole)
{
    const Layer *layer = &task->layer[0];
    const long width = layer->width, stride = layer->stride;
    if (task->folded) {
        if (!add)
            memset(task->offset_gradient, 0, width * sizeof(float));
        for (int n = 0; n < block->count; n++)
            for (long j = 0; j < width; j += LANES) {
                vec d = load(dy + n * stride + j);
                store(task->offset_gradient + j, load(task->offset_gradient + j) + d * block->shift[n]);
                store(dy + n * stride + j, d * block->scale[n]);
            }
        if (whole)
            memset(task->column_sums, 0, width * sizeof(float));
    }
    for (long column = 0; column < width; column += 4 * LANES) {
        switch (MIN(4, (width - column) / LANES)) {
        case 4: NAME(first_backward_columns)(4, task, block, column, dy + column, add, whole); break;
        case 3: NAME(first_backward_columns)(3, task, block, column, dy + column, add, whole); break;
        case 2: NAME(first_backward_columns)(2, task, block, column, dy + column, add, whole); break;
        case 1: NAME(first_backward_columns)(1, task, block, column, dy + column, add, whole); break;
        }
    }
}

/* ---- the other layers ---- */

static void NAME(apply_activation)(const Layer *layer, float *y, long rows)
{
    for (long at = 0; at < rows * layer->stride; at += LANES)
        store(y + at, NAME(activate)(layer->activation, layer->slope, load(y + at)));
}

static void NAME(dense_forward)(const Task *task, const Layer *layer, const float *x, long x_stride, float *y,
                                long rows)
{
    for (long n = 0; n < rows; n++)
        memcpy(y + n * layer->stride, layer->bias, layer->stride * sizeof(float));
    if (layer->large)
        blas_product(task, false, x, x_stride, layer->weight, layer->stride, y, layer->stride, rows, layer->inputs,
                     layer->width);
    else
        NAME(product)(x, x_stride, 1, layer->weight, layer->stride, y, layer->stride, rows, layer->inputs,
                      layer->width, true);
}

/* From dy (rows, units): the gradients, added up, and dx (rows, inputs) times the derivative below. */
static void NAME(dense_backward)(const Task *task, const Layer *layer, const Layer *below, const float *x,
                                 const float *dy, float *dx, long rows, bool add)
{
    if (layer->large) {
        if (!add)
            memset(layer->weight_gradient, 0, layer->inputs * layer->stride * sizeof(float));
        blas_product(task, true, x, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride,
                     layer->inputs, rows, layer->width);
        blas_product_transposed(task, dy, layer->stride, layer->weight, layer->stride, dx, below->stride, rows,
                                layer->units, layer->inputs);
    } else {
        NAME(product)(x, 1, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride, layer->inputs,
                      rows, layer->width, add);
        transpose(layer, below->stride, task->transposed);
        NAME(product)(dy, layer->stride, 1, task->transposed, below->stride, dx, below->stride, rows, layer->units,
                      below->width, false);
    }
    for (long at = 0; at < rows * below->stride; at += LANES)
        store(dx + at, load(dx + at) * NAME(derivative)(below->activation, below->slope, load(x + at)));
}

static void NAME(bias_gradient)(const Layer *layer, const float *dy, long rows, bool add)
{
    if (!add)
        memset(layer->bias_gradient, 0, layer->stride * sizeof(float));
    for (long n = 0; n < rows; n++)
        for (long j = 0; j < layer->width; j += LANES)
            store(layer->bias_gradient + j, load(layer->bias_gradient + j) + load(dy + n * layer->stride + j));
}

static void NAME(step_all)(const Rates rates, float *weight, const float *gradient, float *velocity, long count)
{
    for (long at = 0; at < count; at += LANES)
        store(weight + at, NAME(stepped)(rates, load(weight + at), load(gradient + at), velocity + at));
}

/* ---- the loss ---- */

/* Add up cross-entropy and correct answers of a block, and turn its logits into their gradient.
 * The logits are turned on their side first, so that a vector holds one class of many examples. */
static void NAME(softmax_cross_entropy)(Task *task, const Block *block, float *logits, float divisor)
{
    const Layer *output = &task->layer[task->layers - 1];
    const long classes = output->units, stride = output->stride;
    float *z = task->sideways; /* (classes, BLOCK) */
    for (long c = 0; c < classes; c++)
        for (int n = 0; n < block->count; n++)
            z[c * BLOCK + n] = logits[n * stride + c];
    for (int n = 0; n < block->count; n += LANES) {
        vec largest = load(z + n), sum = {0}, minus_one;
        vec rest = {0}; /* the sum but for the largest, whose 1 would hide what is far smaller */
        ints answer = {0};
        for (long c = 1; c < classes; c++) {
            ints larger = load(z + c * BLOCK + n) > largest;
            largest = select(larger, load(z + c * BLOCK + n), largest);
            answer = (larger & (int32_t)c) | (~larger & answer);
        }
        for (long c = 0; c < classes; c++) {
            vec e = NAME(exponential)(load(z + c * BLOCK + n) - largest, &minus_one);
            store(z + c * BLOCK + n, e);
            sum += e;
            rest += (vec)((ints)e & (answer != (int32_t)c));
        }
        for (long c = 0; c < classes; c++)
            store(z + c * BLOCK + n, load(z + c * BLOCK + n) / sum);
        for (int k = 0; k < LANES && n + k < block->count; k++) {
            int32_t label = block->labels[n + k];
            task->loss += log1pf(rest[k]) + (largest[k] - logits[(n + k) * stride + label]);
            task->correct += answer[k] == label;
        }
    }
    if (divisor == 0)
        return;
    for (long c = 0; c < classes; c++)
        for (int n = 0; n < block->count; n++)
            logits[n * stride + c] = (z[c * BLOCK + n] - (block->labels[n] == c)) / divisor;
}

/* ---- the epoch ---- */

static void NAME(forward)(Task *task, long rows)
{
    for (long n = 0; n < rows; n += BLOCK)
        NAME(first_forward)(task, &task->block[n / BLOCK], task->y[0] + n * task->layer[0].stride);
    for (int k = 1; k < task->layers; k++) {
        NAME(apply_activation)(&task->layer[k - 1], task->y[k - 1], rows);
        NAME(dense_forward)(task, &task->layer[k], task->y[k - 1], task->layer[k - 1].stride, task->y[k], rows);
    }
}

static void NAME(backward)(Task *task, long rows, bool add, bool whole)
{
    const float *dy = task->y[task->layers - 1];
    for (int k = task->layers - 1; k > 0; k--) {
        NAME(bias_gradient)(&task->layer[k], dy, rows, add);
        NAME(dense_backward)(task, &task->layer[k], &task->layer[k - 1], task->y[k - 1], dy, task->dy[k - 1], rows,
                             add);
        dy = task->dy[k - 1];
    }
    NAME(bias_gradient)(&task->layer[0], dy, rows, add);
    for (long n = 0; n < rows; n += BLOCK)
        NAME(first_backward)(task, &task->block[n / BLOCK], (float *)dy + n * task->layer[0].stride, add || n,
                             whole && n + BLOCK >= rows);
}

/* One pass over the examples: scored, and in training a step after each batch. It ends at a fault. */
static void NAME(run)(Task *task)
{
    if (task->folded)
        NAME(sum_columns)(task);
    for (int64_t start = 0; start < task->examples; start += task->batch) {
        const int64_t batch = MIN(task->batch, task->examples - start);
        for (int64_t done = 0; done < batch; done += task->span) {
            const long rows = MIN(task->span, batch - done);
            for (long n = 0; n < rows; n += BLOCK)
                if (!NAME(read_block)(task, &task->block[n / BLOCK], task->order + start + done + n,
                                      (int)MIN(BLOCK, rows - n), task->training))
                    return;
            NAME(forward)(task, rows);
            for (long n = 0; n < rows; n += BLOCK)
                NAME(softmax_cross_entropy)(task, &task->block[n / BLOCK],
                                            task->y[task->layers - 1] + n * task->layer[task->layers - 1].stride,
                                            task->training ? (float)batch : 0.0f);
            if (task->training)
                NAME(backward)(task, rows, done > 0, done + rows == batch);
        }
        if (!task->training)
            continue;
        for (int k = 0; k < task->layers; k++) {
            const Layer *layer = &task->layer[k];
            NAME(step_all)(task->bias_rates, layer->bias, layer->bias_gradient, layer->bias_velocity, layer->width);
            if (k > 0)
                NAME(step_all)(task->weight_rates, layer->weight, layer->weight_gradient, layer->weight_velocity,
                               layer->inputs * layer->stride);
        }
    }
}

#undef vec
#undef ints
#undef load
#undef store
#undef spread
#undef select
