/* ---- the first layer of folded inputs: each that is not zero is a multiply-add over a row of weights ---- */

/* Add GROUP features or one, those of the first example at `inputs`, from feature i on, times their rows of weights, to
 * the sums y of the examples in `bits`. The weights are held in registers; sums of different examples need not wait for
 * each other. */
INLINE void NAME(first_forward_rows)(const bool bytes, const int rows, const int vectors, const Block *block,
                                     const void *inputs, uint64_t bits, long i, const REAL *weight, long stride,
                                     REAL *y)
{
    const long apart = NAME(apart)(bytes, block);
    vec w[GROUP][GROUP_VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            w[r][v] = load(weight + (i + r) * stride + v * LANES);
    while (bits) {
        const long n = __builtin_ctzll(bits);
        bits &= bits - 1;
        REAL *sums = y + n * stride;
        vec sum[GROUP_VECTORS];
        for (int v = 0; v < vectors; v++)
            sum[v] = load(sums + v * LANES);
        for (int r = 0; r < rows; r++) {
            const vec x = spread(NAME(at)(bytes, inputs, n * apart + r));
            for (int v = 0; v < vectors; v++)
                sum[v] = multiply_add(x, w[r][v], sum[v]);
        }
        for (int v = 0; v < vectors; v++)
            store(sums + v * LANES, sum[v]);
    }
}

INLINE void NAME(first_forward_columns)(const bool bytes, const int vectors, const Block *block, uint64_t examples,
                                        long start, long end, const REAL *weight, long stride, REAL *y,
                                        const uint8_t *const *upcoming)
{
    const void *x = NAME(place)(bytes, block, 0, start);
    long i = start;
    for (; i + GROUP <= end; i += GROUP, x = NAME(further)(bytes, x, GROUP)) {
        for (int k = 0; bytes && k < GROUP; k++) /* every 64 features a line of each */
            __builtin_prefetch(upcoming[(i + k) % BLOCK] + i / 64 * 64, 0, 2);
        NAME(first_forward_rows)(bytes, GROUP, vectors, block, x, block->groups[i / GROUP] & examples, i, weight,
                                 stride, y);
    }
    for (; i < end; i++, x = NAME(further)(bytes, x, 1))
        NAME(first_forward_rows)(bytes, 1, vectors, block, x, block->groups[i / GROUP] & examples, i, weight,
                                 stride, y);
}

/* Columns that are worked on together, of those left: all parts of about the same size. */
INLINE long NAME(together)(long vectors)
{
    const long parts = (vectors + GROUP_VECTORS - 1) / GROUP_VECTORS;
    return (vectors + parts - 1) / parts;
}

/* y = u W by a part of the features, for examples `first` to `last` - 1 of a block, u being what is stored in it; each
 * sum in the order of the features. */
static void NAME(first_forward)(const Task *task, const Block *block, int part, int first, int last, REAL *y)
{
    const Layer *layer = &task->layer[0];
    const long width = task->leftover.column, stride = layer->stride;
    const long start = task->part_at[part], end = task->part_at[part + 1];
    const uint64_t examples = ~(uint64_t)0 >> (BLOCK - (last - first)) << first;
    const uint8_t *upcoming[BLOCK]; /* bytes of the next block */
    for (int n = 0; n < BLOCK && task->part->stays_raw; n++) {
        const int64_t later = task->part->places ? -1 : NAME(later_row)(task, block, n);
        upcoming[n] = later < 0 ? block->raw : task->part->bytes + later * layer->inputs;
    }
    memset(y + first * stride, 0, (last - first) * stride * sizeof(REAL));
    NAME(leftover_forward)(task, block, part, first, last, y);
    for (long column = 0, vectors; column < width; column += vectors * LANES) {
        const REAL *w = layer->weight + column;
        REAL *to = y + column;
        vectors = NAME(together)((width - column) / LANES);
        switch (2 * vectors + task->part->stays_raw) {
#define FORWARD(vectors) \
        case 2 * vectors: \
            NAME(first_forward_columns)(false, vectors, block, examples, start, end, w, stride, to, upcoming); \
            break; \
        case 2 * vectors + 1: \
            NAME(first_forward_columns)(true, vectors, block, examples, start, end, w, stride, to, upcoming); \
            break;
        FORWARD(1) FORWARD(2)
#if GROUP_VECTORS > 2
        FORWARD(3) FORWARD(4)
#endif
#undef FORWARD
        }
    }
}

/* From y = u W, of which the second part of the features may be apart, to x W + b, where x = u * scale - shift * offset. */
static void NAME(fold)(const Task *task, const Block *block, Area area, REAL *y, const REAL *second)
{
    const Layer *layer = &task->layer[0];
    const long stride = layer->stride;
    for (long n = area.first; n < area.last; n++)
        for (long j = area.from; j < area.until; j += LANES) {
            const vec sum = load(y + n * stride + j), whole = second ? sum + load(second + n * stride + j) : sum;
            const vec shifted = load(task->column_sums + j) * block->shift[n];
            const vec z = multiply_add(whole, spread(block->scale[n]), -shifted);
            store(y + n * stride + j, z + load(layer->bias + j));
        }
}

/* Numbers as the first products take them: in mixed precision these are of bfloat16, and what folding takes away is to be
 * of the same. */
INLINE vec NAME(as_multiplied)(const Task *task, vec x)
{
    const int dropped = IS_DOUBLE ? 48 : 16; /* bits; there is no mixed precision in float64 */
    const ints bits = (ints)x, half = ((integer)1 << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
    return task->layer[0].mixed && OF(trains)(task) ? (vec)((bits + half) & -((integer)1 << dropped)) : x;
}

/* The sums of m_i W_ij over i that folding takes from every y_j, of the chunks of some rows. */
static void NAME(sum_weights)(const Task *task, long first, long last)
{
    const Layer *layer = &task->layer[0];
    const REAL *shift = task->part->shift;
    for (long i = first; i < last; i++) {
        REAL *sums = task->weight_sums + i / CHUNK * layer->stride;
        for (long j = 0; j < layer->width; j += LANES) {
            const vec sum = i % CHUNK ? load(sums + j) : spread(0);
            const vec weight = NAME(as_multiplied)(task, load(layer->weight + i * layer->stride + j));
            store(sums + j, multiply_add(weight, spread(shift[i]), sum));
        }
    }
}

/* Step a few rows of the first weights along their gradient (rows, GROUP_VECTORS * LANES). */
INLINE void NAME(first_step_by)(const int rule, const int rows, int vectors, const Task *task, long i, long column,
                                const REAL *gradient)
{
    const Layer *layer = &task->layer[0];
    const OF(Numbers) numbers = task->first_numbers;
    const REAL *shift = task->part->shift;
    const long stride = layer->stride, start = i * stride + column;
    REAL *weight = layer->weight + start, *slot0 = layer->weight_slot[0] + start, *slot1 = layer->weight_slot[1] + start;
    for (int v = 0; v < vectors; v++) {
        const vec by_offset = load(task->offset_gradient + column + v * LANES);
        REAL *sums = task->weight_sums + i / CHUNK * stride + column + v * LANES;
        vec column_sum = i % CHUNK ? load(sums) : spread(0);
        for (int r = 0; r < rows; r++) {
            const long at = r * stride + v * LANES;
            const vec offset = spread(shift[i + r]);
            vec g = multiply_add(-by_offset, offset, load(gradient + (r * GROUP_VECTORS + v) * LANES));
            vec w = NAME(stepped)(rule, &numbers, load(weight + at), g, slot0 + at, slot1 + at);
            store(weight + at, w);
            column_sum = multiply_add(w, offset, column_sum);
        }
        store(sums, column_sum);
    }
}

/* Keep a few rows of the gradient (rows, GROUP_VECTORS * LANES) for a step that is taken later. */
INLINE void NAME(keep_gradient)(int rows, int vectors, const Task *task, long i, long column, const REAL *gradient)
{
    const Layer *layer = &task->layer[0];
    const REAL *shift = task->part->shift;
    REAL *kept = layer->weight_gradient + i * layer->stride + column;
    for (int v = 0; v < vectors; v++) {
        const vec by_offset = load(task->offset_gradient + column + v * LANES);
        for (int r = 0; r < rows; r++) {
            const vec offset = spread(shift[i + r]);
            store(kept + r * layer->stride + v * LANES,
                  multiply_add(-by_offset, offset, load(gradient + (r * GROUP_VECTORS + v) * LANES)));
        }
    }
}

/* The gradient of rows `first` to `last` - 1 of the first weights by x, from that by u. */
static void NAME(unfold)(const Task *task, long first, long last)
{
    const Layer *layer = &task->layer[0];
    const REAL *shift = task->part->shift;
    for (long i = first; i < last; i++)
        for (long j = 0; j < layer->width; j += LANES) {
            REAL *gradient = layer->weight_gradient + i * layer->stride + j;
            store(gradient, load(gradient) - load(task->offset_gradient + j) * shift[i]);
        }
}

/* What becomes of a few rows of the gradient when they are whole. Not inlined, for the sums of the gradient need
 * every register. */
static __attribute__((noinline)) void NAME(first_step)(int rows, int vectors, const Task *task, long i, long column,
                                                       const REAL *gradient)
{
    if (!task->fused) {
        NAME(keep_gradient)(rows, vectors, task, i, column, gradient);
        return;
    }
    switch (task->plan->rule) { /* the number of rows is to be known to the compiler, too */
#define FIRST_STEP(name, ...) \
    case name: \
        if (rows == GROUP) \
            NAME(first_step_by)(name, GROUP, vectors, task, i, column, gradient); \
        else \
            NAME(first_step_by)(name, 1, vectors, task, i, column, gradient); \
        break;
        RULES(FIRST_STEP)
#undef FIRST_STEP
    }
}

/* The gradient of a few rows of the first weights, and their step once the batch is whole. */
INLINE void NAME(first_backward_rows)(const bool bytes, const int rows, const int vectors, const Task *task,
                                      const Block *block, const void *inputs, uint64_t bits, long i, long column,
                                      const REAL *dy, bool add, bool whole)
{
    const Layer *layer = &task->layer[0];
    const long stride = layer->stride, apart = NAME(apart)(bytes, block);
    REAL *kept = layer->weight_gradient + i * stride + column, gradient[GROUP * GROUP_VECTORS * LANES];
    vec sum[GROUP][GROUP_VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = add ? load(kept + r * stride + v * LANES) : spread(0);
    while (bits) {
        const long n = __builtin_ctzll(bits);
        bits &= bits - 1;
        vec d[GROUP_VECTORS];
        for (int v = 0; v < vectors; v++)
            d[v] = load(dy + n * stride + v * LANES);
        for (int r = 0; r < rows; r++) {
            const vec x = spread(NAME(at)(bytes, inputs, n * apart + r));
            for (int v = 0; v < vectors; v++)
                sum[r][v] = multiply_add(x, d[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            store(whole ? gradient + (r * GROUP_VECTORS + v) * LANES : kept + r * stride + v * LANES, sum[r][v]);
    if (whole)
        NAME(first_step)(rows, vectors, task, i, column, gradient);
}

INLINE void NAME(first_backward_columns)(const bool bytes, const int vectors, const Task *task, const Block *block,
                                         long first, long last, long column, const REAL *dy, bool add, bool whole)
{
    const void *x = NAME(place)(bytes, block, 0, first);
    long i = first;
    for (; i + GROUP <= last; i += GROUP, x = NAME(further)(bytes, x, GROUP))
        NAME(first_backward_rows)(bytes, GROUP, vectors, task, block, x, block->groups[i / GROUP], i, column, dy, add,
                                  whole);
    for (; i < last; i++, x = NAME(further)(bytes, x, 1))
        NAME(first_backward_rows)(bytes, 1, vectors, task, block, x, block->groups[i / GROUP], i, column, dy, add,
                                  whole);
}

/* The part of folding in the gradient of a chunk of examples: that by the offset, and what the scale makes of dy. */
static void NAME(fold_gradient)(const Task *task, const Block *block, Area area, REAL *dy, REAL *sums)
{
    const long stride = task->layer[0].stride;
    for (long j = area.from; j < area.until; j += LANES) {
        vec sum = spread(0);
        for (long n = area.first; n < area.last; n++) {
            vec d = load(dy + n * stride + j);
            const vec scaled = d * block->scale[n];
            if (task->layer[0].mixed)
                d = NAME(as_multiplied)(task, scaled) / block->scale[n];
            sum = multiply_add(d, spread(block->shift[n]), sum);
            store(dy + n * stride + j, scaled);
        }
        store(sums + j, sum);
    }
}

/* Add to the gradient of rows `first` to `last` - 1 of the first weights, all of one part, which is sum_n x_ni dy_nj;
 * with the last block, step. */
static void NAME(first_backward)(const Task *task, const Block *block, const REAL *dy, long first, long last, bool add,
                                 bool whole)
{
    const long width = task->leftover.column;
    long vectors;
    NAME(leftover_backward)(task, block, dy, first, last, add, whole);
    for (long column = 0; column < width; column += vectors * LANES) {
        vectors = NAME(together)((width - column) / LANES);
        switch (2 * vectors + task->part->stays_raw) {
#define BACKWARD(vectors) \
        case 2 * vectors: \
            NAME(first_backward_columns)(false, vectors, task, block, first, last, column, dy + column, add, whole); \
            break; \
        case 2 * vectors + 1: \
            NAME(first_backward_columns)(true, vectors, task, block, first, last, column, dy + column, add, whole); \
            break;
        BACKWARD(1) BACKWARD(2)
#if GROUP_VECTORS > 2
        BACKWARD(3) BACKWARD(4)
#endif
#undef BACKWARD
        }
    }
}
