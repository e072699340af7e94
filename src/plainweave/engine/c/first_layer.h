/* ---- the first layer: each input that is not zero is a multiply-add over a row of weights ---- */

/* Add x W for a few examples over one tile of features; the sums are held in registers, features in turn
 * in one of two sets, so that a multiply-add need not wait for the one before. The bias is added behind the last
 * tile. */
INLINE void NAME(first_forward_tile)(const int rows, const int vectors, const Block *block, int n,
                                     long first_word, long last_word, const REAL *weight, long stride,
                                     const REAL *bias, REAL *y, long y_stride)
{
    const REAL *inputs = block->x + n * block->stride;
    const long x_stride = block->stride;
    vec sum[4][4], other[4][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = first_word ? load(y + r * y_stride + v * LANES) : spread(0);
            other[r][v] = spread(0);
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
    NAME(store_sums)(rows, vectors, sum, other, last_word == block->words ? bias : NULL, y, y_stride);
}

INLINE void NAME(first_forward_columns)(const int vectors, const Block *block, int first, int last, const REAL *weight,
                                        long stride, const REAL *bias, REAL *y, long y_stride)
{
    const int together = vectors > 2 ? ROWS / 2 : ROWS;
    for (long word = 0; word < block->words; word += TILE_WORDS)
        for (int n = first; n < last; n += together)
            NAME(first_forward_tile)(together, vectors, block, n, word, MIN(word + TILE_WORDS, block->words),
                                     weight, stride, bias, y + n * y_stride, y_stride);
}

/* From u W to x W + b, where inputs are folded. */
static void NAME(fold)(const Task *task, const Block *block, int first, int last, REAL *y)
{
    const Layer *layer = &task->layer[0];
    for (int n = first; n < last && task->part->folded; n++)
        for (long j = 0; j < layer->width; j += LANES) {
            REAL *at = y + n * layer->stride + j;
            const vec z = load(at) * block->scale[n] - load(task->column_sums + j) * block->shift[n];
            store(at, z + load(layer->bias + j));
        }
}

/* y = x W + b for examples `first` to `last` - 1 of a block, where x = u * scale - shift * offset, u being what is stored
 * in the block. */
static void NAME(first_forward)(const Task *task, const Block *block, int first, int last, REAL *y)
{
    const Layer *layer = &task->layer[0];
    const long width = layer->width, stride = layer->stride;
    const REAL *bias = task->part->folded ? NULL : layer->bias; /* of folded inputs it comes last */
    const bool is_done = layer->mixed && task->divisor != 0;
    if (block->full && !is_done)
        NAME(full_forward)(layer, block, first, last, bias, y);
    for (long column = 0; column < width && !block->full && !is_done; column += 4 * LANES) {
        const REAL *w = layer->weight + column;
        const REAL *b = bias ? bias + column : NULL;
        REAL *part = y + column;
        switch (MIN(4, (width - column) / LANES)) {
        case 4: NAME(first_forward_columns)(4, block, first, last, w, stride, b, part, stride); break;
        case 3: NAME(first_forward_columns)(3, block, first, last, w, stride, b, part, stride); break;
        case 2: NAME(first_forward_columns)(2, block, first, last, w, stride, b, part, stride); break;
        case 1: NAME(first_forward_columns)(1, block, first, last, w, stride, b, part, stride); break;
        }
    }
    NAME(fold)(task, block, first, last, y);
}

/* Numbers as a product of the layer takes them: of mixed precision it is a bfloat16 that enters it, and what folding
 * takes away is to be of the same. */
INLINE vec NAME(as_multiplied)(const Layer *layer, vec x)
{
    const int dropped = IS_DOUBLE ? 48 : 16; /* bits; there is no mixed precision in float64 */
    const ints bits = (ints)x, half = ((integer)1 << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
    return layer->mixed ? (vec)((bits + half) & -((integer)1 << dropped)) : x;
}

/* The sums of m_i W_ij over i that folding takes from every y_j, of a few columns. */
static void NAME(sum_columns)(const Task *task, long column, long end)
{
    const Layer *layer = &task->layer[0];
    const REAL *shift = task->part->shift;
    memset(task->column_sums + column, 0, (end - column) * sizeof(REAL));
    for (long i = 0; i < layer->inputs; i++)
        for (long j = column; j < end; j += LANES)
            store(task->column_sums + j,
                  load(task->column_sums + j) +
                      NAME(as_multiplied)(layer, load(layer->weight + i * layer->stride + j)) * shift[i]);
}

/* Step a few rows of the first weights along their gradient (rows, 4 * LANES). */
INLINE void NAME(first_step_by)(const int rule, const int rows, int vectors, const Task *task, long i, long column,
                                const REAL *gradient)
{
    const Layer *layer = &task->layer[0];
    const OF(Numbers) numbers = task->first_numbers;
    const REAL *shift = task->part->shift;
    const bool folded = task->part->folded;
    const long stride = layer->stride, start = i * stride + column;
    REAL *weight = layer->weight + start, *slot0 = layer->weight_slot[0] + start, *slot1 = layer->weight_slot[1] + start;
    for (int v = 0; v < vectors; v++) {
        const vec by_offset = load(task->offset_gradient + column + v * LANES);
        vec column_sum = load(task->column_sums + column + v * LANES);
        for (int r = 0; r < rows; r++) {
            const long at = r * stride + v * LANES;
            const REAL offset = folded ? shift[i + r] : 0;
            vec g = load(gradient + (r * 4 + v) * LANES) - by_offset * offset;
            vec w = NAME(stepped)(rule, &numbers, load(weight + at), g, slot0 + at, slot1 + at);
            store(weight + at, w);
            column_sum += w * offset;
        }
        if (!task->team) /* else others step, too */
            store(task->column_sums + column + v * LANES, column_sum);
    }
}

/* Keep a few rows of the gradient (rows, 4 * LANES) for a step that is taken later. */
INLINE void NAME(keep_gradient)(int rows, int vectors, const Task *task, long i, long column, const REAL *gradient)
{
    const Layer *layer = &task->layer[0];
    const REAL *shift = task->part->shift;
    REAL *kept = layer->weight_gradient + i * layer->stride + column;
    for (int v = 0; v < vectors; v++) {
        const vec by_offset = load(task->offset_gradient + column + v * LANES);
        for (int r = 0; r < rows; r++) {
            const REAL offset = task->part->folded ? shift[i + r] : 0;
            store(kept + r * layer->stride + v * LANES, load(gradient + (r * 4 + v) * LANES) - by_offset * offset);
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
INLINE void NAME(first_backward_rows)(const int rows, const int vectors, const Task *task, const Block *block,
                                      uint64_t bits, long i, long column, const REAL *dy, bool add, bool whole)
{
    const Layer *layer = &task->layer[0];
    const long stride = layer->stride, x_stride = block->stride;
    const REAL *inputs = block->x + i;
    REAL *kept = layer->weight_gradient + i * stride + column, gradient[GROUP * 4 * LANES];
    vec sum[GROUP][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = add ? load(kept + r * stride + v * LANES) : spread(0);
    while (bits) {
        const long n = __builtin_ctzll(bits);
        bits &= bits - 1;
        vec d[4];
        for (int v = 0; v < vectors; v++)
            d[v] = load(dy + n * stride + v * LANES);
        for (int r = 0; r < rows; r++) {
            const REAL x = inputs[n * x_stride + r];
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

INLINE void NAME(first_backward_columns)(const int vectors, const Task *task, const Block *block, long first, long last,
                                         long column, const REAL *dy, bool add, bool whole)
{
    long i = first;
    for (; i + GROUP <= last; i += GROUP)
        NAME(first_backward_rows)(GROUP, vectors, task, block, block->groups[i / GROUP], i, column, dy, add, whole);
    for (; i < last; i++)
        NAME(first_backward_rows)(1, vectors, task, block, block->groups[i / GROUP], i, column, dy, add, whole);
}

/* Columns that are worked on together, of those left: 5 are 3 and 2, for one alone would not keep a processor busy. */
INLINE long NAME(together)(long vectors) { return vectors == 5 ? 3 : MIN(4, vectors); }

/* The part of folding in the gradient of a block: that by the offset, and what the scale makes of dy. */
static void NAME(fold_gradient)(const Task *task, const Block *block, REAL *dy, bool add)
{
    const Layer *layer = &task->layer[0];
    const long width = layer->width, stride = layer->stride;
    if (!add)
        memset(task->offset_gradient, 0, width * sizeof(REAL));
    for (int n = 0; n < block->count; n++)
        for (long j = 0; j < width; j += LANES) {
            vec d = load(dy + n * stride + j);
            const vec scaled = d * block->scale[n];
            if (layer->mixed)
                d = NAME(as_multiplied)(layer, scaled) / block->scale[n];
            store(task->offset_gradient + j, load(task->offset_gradient + j) + d * block->shift[n]);
            store(dy + n * stride + j, scaled);
        }
}

/* Add to the gradient of rows `first` to `last` - 1 of the first weights, which is sum_n x_ni dy_nj; with the last block,
 * step. */
static void NAME(first_backward)(const Task *task, const Block *block, const REAL *dy, long first, long last, bool add,
                                 bool whole)
{
    const long width = task->layer[0].width;
    long vectors;
    for (long column = 0; column < width; column += vectors * LANES) {
        vectors = NAME(together)((width - column) / LANES);
        switch (vectors) {
        case 4: NAME(first_backward_columns)(4, task, block, first, last, column, dy + column, add, whole); break;
        case 3: NAME(first_backward_columns)(3, task, block, first, last, column, dy + column, add, whole); break;
        case 2: NAME(first_backward_columns)(2, task, block, first, last, column, dy + column, add, whole); break;
        case 1: NAME(first_backward_columns)(1, task, block, first, last, column, dy + column, add, whole); break;
        }
    }
}
