/* ---- the dense product ---- */

/* c (rows, width) = start + a (rows, depth) b (depth, width); times a ReLU's derivative where its values are given.
 * Each sum is added up in the order of depth by itself, so that it is the same bytes however the work is parted. */
typedef struct {
    const REAL *a;
    long row, step; /* a[r][k] is at a[r * row + k * step] */
    const REAL *b;
    long b_stride;
    const REAL *start; /* one row for all of c where its stride is 0; NULL for 0 */
    long start_stride;
    const REAL *relu; /* as c is laid out; or NULL */
    REAL *c;
    long c_stride;
    long rows, depth, width;
} NAME(Product);

#define PANEL_ROWS (PANEL / (TILE_VECTORS * VECTOR_BYTES))

/* A piece of b (last - first, vectors) that stays in the first-level cache. */
typedef struct {
    const REAL *at;
    long stride, first, last;
} NAME(Panel);

/* Add what a panel of b gives to the sums of a few rows of c, from row r on, and of a few vectors of columns. */
INLINE void NAME(product_tile)(const int rows, const int vectors, const NAME(Product) *p, const NAME(Panel) *panel, long r,
                               long column)
{
    const REAL *a = p->a + r * p->row + panel->first * p->step, *b = panel->at;
    REAL *c = p->c + r * p->c_stride + column;
    const REAL *relu = p->relu && panel->last == p->depth ? p->relu + r * p->c_stride + column : NULL;
    const REAL *start = p->start ? p->start + r * p->start_stride + column : NULL;
    long start_stride = p->start_stride;
    if (panel->first) {
        start = c;
        start_stride = p->c_stride;
    }
    const long row = p->row, step = p->step, c_stride = p->c_stride, depth = panel->last - panel->first;
    vec sum[TILE_ROWS][8];
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            sum[n][v] = start ? load(start + n * start_stride + v * LANES) : spread(0);
    for (long k = 0; k < depth; k++) {
        vec w[8];
        for (int v = 0; v < vectors; v++)
            w[v] = load(b + k * panel->stride + v * LANES);
        for (int n = 0; n < rows; n++) {
            const REAL x = a[n * row + k * step];
            for (int v = 0; v < vectors; v++)
                sum[n][v] += x * w[v];
        }
    }
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++) {
            const long at = n * c_stride + v * LANES;
            store(c + at, relu ? sum[n][v] * NAME(derivative)(RELU, 0, load(relu + at)) : sum[n][v]);
        }
}

/* A panel of a few vectors of columns. What many rows are multiplied by is brought together first. */
INLINE void NAME(product_columns)(const int vectors, const NAME(Product) *p, long column, long first)
{
    REAL packed[PANEL_ROWS * TILE_VECTORS * LANES];
    const REAL *b = p->b + first * p->b_stride + column;
    NAME(Panel) panel = {b, p->b_stride, first, MIN(first + PANEL_ROWS, p->depth)};
    if (p->rows >= PACKED_FROM && p->depth * p->b_stride * (long)sizeof(REAL) > UNPACKED) {
        for (long k = 0; k < panel.last - first; k++)
            for (int v = 0; v < vectors; v++)
                store(packed + (k * vectors + v) * LANES, load(b + k * p->b_stride + v * LANES));
        panel.at = packed;
        panel.stride = vectors * LANES;
    }
    long r = 0;
    for (; r + TILE_ROWS <= p->rows; r += TILE_ROWS)
        NAME(product_tile)(TILE_ROWS, vectors, p, &panel, r, column);
    for (; r + TILE_ROWS / 2 <= p->rows; r += TILE_ROWS / 2)
        NAME(product_tile)(TILE_ROWS / 2, vectors, p, &panel, r, column);
    for (; r < p->rows; r++)
        NAME(product_tile)(1, vectors, p, &panel, r, column);
}

/* Too few rows to keep a processor busy: of each as many vectors at once as hide the latency of a multiply-add. */
static void NAME(product_of_few)(const NAME(Product) *p)
{
    for (long r = 0; r < p->rows; r++)
        for (long column = 0, vectors; column < p->width; column += vectors * LANES) {
            const NAME(Panel) panel = {p->b + column, p->b_stride, 0, p->depth};
            const long left = (p->width - column) / LANES;
            vectors = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            switch (vectors) {
            case 8: NAME(product_tile)(1, 8, p, &panel, r, column); break;
            case 4: NAME(product_tile)(1, 4, p, &panel, r, column); break;
            case 2: NAME(product_tile)(1, 2, p, &panel, r, column); break;
            case 1: NAME(product_tile)(1, 1, p, &panel, r, column); break;
            }
        }
}

/* Some rows of c: so many that what they take of a stays in the second-level cache. */
static void NAME(product_rows)(const NAME(Product) *p)
{
    for (long first = 0; first < p->depth; first += PANEL_ROWS)
        for (long column = 0; column < p->width; column += TILE_VECTORS * LANES)
            switch (MIN(TILE_VECTORS, (p->width - column) / LANES)) {
#if TILE_VECTORS > 2
            case 3: NAME(product_columns)(3, p, column, first); break;
#endif
            case 2: NAME(product_columns)(2, p, column, first); break;
            case 1: NAME(product_columns)(1, p, column, first); break;
            }
}

static void NAME(product)(NAME(Product) product)
{
    if (product.rows < TILE_ROWS / 2) {
        NAME(product_of_few)(&product);
        return;
    }
    for (long rows = product.rows; rows > 0; rows -= product.rows) {
        product.rows = MIN(rows, AT_ONCE);
        NAME(product_rows)(&product);
        product.a += product.rows * product.row;
        product.c += product.rows * product.c_stride;
        product.relu += product.relu ? product.rows * product.c_stride : 0;
        product.start += product.start ? product.rows * product.start_stride : 0;
    }
}

/* ---- weights on their side ---- */

/* Swap the upper right and the lower left of each square of 2 * half. */
INLINE void NAME(swap_corners)(const int half, vec row[])
{
    ints upper, lower; /* of two rows one after the other */
    for (int k = 0; k < LANES; k++) {
        upper[k] = k & half ? (int)LANES + k - half : k;
        lower[k] = k & half ? (int)LANES + k : k + half;
    }
    for (int i = 0; i < LANES; i++) {
        if (i & half)
            continue;
        const vec one = row[i], other = row[i + half];
        row[i] = SHUFFLE(one, other, upper);
        row[i + half] = SHUFFLE(one, other, lower);
    }
}

/* Turn a square of vectors on its side. */
INLINE void NAME(turn_square)(vec row[])
{
    for (int half = 1; half < LANES; half *= 2)
        switch (half) { /* so that the compiler knows it */
        case 1: NAME(swap_corners)(1, row); break;
        case 2: NAME(swap_corners)(2, row); break;
        case 4: NAME(swap_corners)(4, row); break;
        case 8: NAME(swap_corners)(8, row); break;
        }
}

/* Turn rows `first` to `last` - 1 of the weights on their side, one square of vectors after the other. */
static void NAME(transpose)(const Layer *layer, const Layer *below, long first, long last)
{
    for (long i = first; i < last; i += LANES)
        for (long j = 0; j < layer->units; j += LANES) {
            vec row[LANES];
            for (int k = 0; k < LANES; k++)
                row[k] = i + k < last ? load(layer->weight + (i + k) * layer->stride + j) : spread(0);
            NAME(turn_square)(row);
            for (int k = 0; k < LANES && j + k < layer->units; k++)
                store(layer->transposed + (j + k) * below->stride + i, row[k]);
        }
}

/* ---- the other layers ---- */

/* Drop units of examples at random: from y, and from the derivative dy/dx, whose others are enlarged too. */
static void NAME(drop)(const Task *task, const Layer *layer, const Shape *shape, long first, long last)
{
    const double threshold = nearbyint(shape->rate * 4294967296.0);
    const REAL factor = (REAL)(1 / (1 - shape->rate));
    ints bit;
    for (int k = 0; k < LANES; k++)
        bit[k] = (integer)1 << k;
    for (long n = first; n < last; n++) {
        const uint32_t row = (uint32_t)task->block[n / BLOCK].rows[n % BLOCK];
        for (long unit = 0; unit < layer->width; unit += 64) {
            uint64_t kept = threshold > UINT32_MAX ? 0
                                                   : JOIN(kept_units, INSTRUCTIONS)(task->call->mask_key,
                                                                                    (uint32_t)shape->number, row,
                                                                                    (uint32_t)unit, (uint32_t)threshold);
            for (long j = unit; j < MIN(unit + 64, layer->width); j += LANES, kept >>= LANES) {
                REAL *y = layer->y + n * layer->stride + j, *derivative = layer->derivative + n * layer->stride + j;
                const ints keep = (bit & (integer)(kept & 0xFFFF)) != 0;
                store(y, (vec)((ints)(load(y) * factor) & keep));
                store(derivative, (vec)((ints)(load(derivative) * factor) & keep));
            }
        }
    }
}

INLINE void NAME(activate_all)(const int activation, REAL setting, REAL *y, long count)
{
    for (long at = 0; at < count; at += LANES)
        store(y + at, NAME(activate)(activation, setting, load(y + at)));
}

/* From dy (count) to dx, by the activation's values y. */
INLINE void NAME(times_derivative)(const int activation, REAL setting, const REAL *y, REAL *dy, long count)
{
    for (long at = 0; at < count; at += LANES)
        store(dy + at, load(dy + at) * NAME(derivative)(activation, setting, load(y + at)));
}

/* Turn the sums of a layer into its activation's values; for training keep the derivative where it is wanted. */
static void NAME(apply_activation)(const Task *task, int k, long first, long last)
{
    const Layer *layer = &task->layer[k];
    const Shape *shape = &task->plan->shape[k];
    REAL *y = layer->y + first * layer->stride;
    const long count = (last - first) * layer->stride;
    if (!layer->keeps_derivative || task->divisor == 0) {
        if (layer->activation == RELU) /* so cheap that to look which it is would take longer */
            NAME(activate_all)(RELU, layer->setting, y, count);
        else
            NAME(activate_all)(layer->activation, layer->setting, y, count);
        return;
    }
    REAL *kept = layer->derivative + first * layer->stride;
    for (long at = 0; at < count; at += LANES) {
        vec derivative;
        if (needs_both(layer->activation))
            store(y + at, NAME(activate_both)(layer->activation, layer->setting, load(y + at), &derivative));
        else {
            store(y + at, NAME(activate)(layer->activation, layer->setting, load(y + at)));
            derivative = NAME(derivative)(layer->activation, layer->setting, load(y + at));
        }
        store(kept + at, derivative);
    }
    if (shape->rate > 0 && task->call->masked)
        NAME(drop)(task, layer, shape, first, last);
}

/* y = x W + b of some examples, x being what the layer below gives. */
static void NAME(dense_forward)(const Layer *layer, const Layer *below, long first, long last)
{
    NAME(product)((NAME(Product)){.a = below->y + first * below->stride, .row = below->stride, .step = 1,
                                  .b = layer->weight, .b_stride = layer->stride,
                                  .start = layer->bias, .start_stride = 0,
                                  .c = layer->y + first * layer->stride, .c_stride = layer->stride,
                                  .rows = last - first, .depth = layer->inputs, .width = layer->width});
}

/* dx = dy W^T of some examples, times the derivative below. */
static void NAME(dense_backward)(const Task *task, int k, long first, long last)
{
    const Layer *layer = &task->layer[k], *below = layer - 1;
    const bool is_relu = below->activation == RELU && !below->keeps_derivative;
    const REAL *y = below->y + first * below->stride;
    REAL *dx = below->dy + first * below->stride;
    if (layer->mixed)
        task->plan->unit->back(task, k, first, last);
    else
        NAME(product)((NAME(Product)){.a = layer->dy + first * layer->stride, .row = layer->stride, .step = 1,
                                      .b = layer->transposed, .b_stride = below->stride,
                                      .relu = is_relu ? y : NULL,
                                      .c = dx, .c_stride = below->stride,
                                      .rows = last - first, .depth = layer->units, .width = below->width});
    const long count = (last - first) * below->stride;
    if (below->keeps_derivative) {
        const REAL *derivative = below->derivative + first * below->stride;
        for (long at = 0; at < count; at += LANES)
            store(dx + at, load(dx + at) * load(derivative + at));
    } else if (!is_relu)
        NAME(times_derivative)(below->activation, below->setting, y, dx, count);
}

/* Add up the gradient x^T dy of some rows of the weights; of few units on its side, so that vectors are of inputs. */
static void NAME(weight_gradient)(const Task *task, const Layer *layer, const Layer *below, const REAL *dy, long first,
                                  long last)
{
    const REAL *x = below->y + first;
    REAL *sums = layer->gradient_on_side;
    if (!sums) {
        sums = layer->weight_gradient + first * layer->stride;
        NAME(product)((NAME(Product)){.a = x, .row = 1, .step = below->stride,
                                      .b = dy, .b_stride = layer->stride,
                                      .start = task->adds ? sums : NULL, .start_stride = layer->stride,
                                      .c = sums, .c_stride = layer->stride,
                                      .rows = last - first, .depth = task->rows, .width = layer->width});
        return;
    }
    sums += first;
    NAME(product)((NAME(Product)){.a = dy, .row = 1, .step = layer->stride,
                                  .b = x, .b_stride = below->stride,
                                  .start = task->adds ? sums : NULL, .start_stride = below->stride,
                                  .c = sums, .c_stride = below->stride,
                                  .rows = layer->units, .depth = task->rows,
                                  .width = (last - first + LANES - 1) / LANES * LANES});
    for (long j = 0; j < layer->units && task->is_whole; j++)
        for (long i = first; i < last; i++)
            layer->weight_gradient[i * layer->stride + j] = sums[j * below->stride + i - first];
}

/* sum = or += the sum over the rows of dy (rows, vectors). */
INLINE void NAME(sum_rows)(const int vectors, const REAL *dy, long stride, long rows, REAL *sum, bool add)
{
    vec sums[4];
    for (int v = 0; v < vectors; v++)
        sums[v] = add ? load(sum + v * LANES) : spread(0);
    for (long n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            sums[v] += load(dy + n * stride + v * LANES);
    for (int v = 0; v < vectors; v++)
        store(sum + v * LANES, sums[v]);
}

static void NAME(bias_gradient)(const Layer *layer, const REAL *dy, long rows, bool add)
{
    const long stride = layer->stride;
    long j = 0;
    for (; j + 4 * LANES <= layer->width; j += 4 * LANES)
        NAME(sum_rows)(4, dy + j, stride, rows, layer->bias_gradient + j, add);
    for (; j < layer->width; j += LANES)
        NAME(sum_rows)(1, dy + j, stride, rows, layer->bias_gradient + j, add);
}
