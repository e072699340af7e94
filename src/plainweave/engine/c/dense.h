/* ---- the dense product ---- */

/* c (rows, width) = or += a (rows, depth) b (depth, width), with a[r][k] at a[r * row + k * step]. */
INLINE void NAME(product_tile)(const int rows, const int vectors, const REAL *a, long row, long step,
                               const REAL *b, long b_stride, REAL *c, long c_stride, long depth, bool add)
{
    vec sum[8][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = add ? load(c + r * c_stride + v * LANES) : spread(0);
    for (long k = 0; k < depth; k++) {
        vec w[4];
        for (int v = 0; v < vectors; v++)
            w[v] = load(b + k * b_stride + v * LANES);
        for (int r = 0; r < rows; r++) {
            const REAL x = a[r * row + k * step];
            for (int v = 0; v < vectors; v++)
                sum[r][v] += x * w[v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            store(c + r * c_stride + v * LANES, sum[r][v]);
}

INLINE void NAME(product_columns)(const int vectors, const REAL *a, long row, long step, const REAL *b,
                                  long b_stride, REAL *c, long c_stride, long rows, long depth, bool add)
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

static void NAME(product)(const REAL *a, long row, long step, const REAL *b, long b_stride, REAL *c,
                          long c_stride, long rows, long depth, long width, bool add)
{
    for (long column = 0; column < width; column += 4 * LANES) {
        const REAL *panel = b + column;
        REAL *result = c + column;
        switch (MIN(4, (width - column) / LANES)) {
        case 4: NAME(product_columns)(4, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 3: NAME(product_columns)(3, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 2: NAME(product_columns)(2, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        case 1: NAME(product_columns)(1, a, row, step, panel, b_stride, result, c_stride, rows, depth, add); break;
        }
    }
}

/* The same c (rows, width) of a (depth, rows) turned on its side, where b has so few columns that vectors are of
 * rows; every sum is added up in the same order. */
static void NAME(narrow_product)(const REAL *a, long a_stride, const REAL *b, long b_stride, REAL *c, long c_stride,
                                 long rows, long depth, long width, bool add)
{
    REAL column[4 * LANES];
    for (long first = 0; first < rows; first += 4 * LANES) /* the padding of a is read, and counts nowhere */
        for (long j = 0; j < width; j++) {
            const long count = MIN(4 * LANES, rows - first), vectors = (count + LANES - 1) / LANES;
            REAL *result = c + first * c_stride + j;
            vec sum[4] = {{0}};
            for (long r = 0; r < count && add; r++)
                column[r] = result[r * c_stride];
            for (long v = 0; v < vectors && add; v++)
                sum[v] = load(column + v * LANES);
            for (long k = 0; k < depth; k++)
                for (long v = 0; v < vectors; v++)
                    sum[v] += b[k * b_stride + j] * load(a + k * a_stride + first + v * LANES);
            for (long v = 0; v < vectors; v++)
                store(column + v * LANES, sum[v]);
            for (long r = 0; r < count; r++)
                result[r * c_stride] = column[r];
        }
}

/* ---- the other layers ---- */

/* Drop units of examples at random: from y, and from the derivative dy/dx, whose others are enlarged too. */
static void NAME(drop)(const Task *task, const Layer *layer, const Shape *shape, long rows)
{
    const double threshold = nearbyint(shape->rate * 4294967296.0);
    const REAL factor = (REAL)(1 / (1 - shape->rate));
    ints bit;
    for (int k = 0; k < LANES; k++)
        bit[k] = (integer)1 << k;
    for (long n = 0; n < rows; n++) {
        const uint32_t row = (uint32_t)task->block[n / BLOCK].rows[n % BLOCK];
        for (long first = 0; first < layer->width; first += 64) {
            uint64_t kept = threshold > UINT32_MAX ? 0
                                                   : JOIN(kept_units, INSTRUCTIONS)(task->call->mask_key,
                                                                                    (uint32_t)shape->number, row,
                                                                                    (uint32_t)first, (uint32_t)threshold);
            for (long j = first; j < MIN(first + 64, layer->width); j += LANES, kept >>= LANES) {
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
static void NAME(apply_activation)(const Task *task, int k, long rows, bool for_gradients)
{
    const Layer *layer = &task->layer[k];
    const Shape *shape = &task->plan->shape[k];
    REAL *y = layer->y;
    if (!layer->keeps_derivative || !for_gradients) {
        if (layer->activation == RELU) /* so cheap that to look which it is would take longer */
            NAME(activate_all)(RELU, layer->setting, y, rows * layer->stride);
        else
            NAME(activate_all)(layer->activation, layer->setting, y, rows * layer->stride);
        return;
    }
    for (long at = 0; at < rows * layer->stride; at += LANES) {
        vec derivative;
        if (needs_both(layer->activation))
            store(y + at, NAME(activate_both)(layer->activation, layer->setting, load(y + at), &derivative));
        else {
            store(y + at, NAME(activate)(layer->activation, layer->setting, load(y + at)));
            derivative = NAME(derivative)(layer->activation, layer->setting, load(y + at));
        }
        store(layer->derivative + at, derivative);
    }
    if (shape->rate > 0 && task->call->masked)
        NAME(drop)(task, layer, shape, rows);
}

static void NAME(dense_forward)(const Task *task, const Layer *layer, const REAL *x, long x_stride, REAL *y,
                                long rows)
{
    for (long n = 0; n < rows; n++)
        memcpy(y + n * layer->stride, layer->bias, layer->stride * sizeof(REAL));
    if (layer->large)
        OF(blas_product)(task, false, x, x_stride, layer->weight, layer->stride, y, layer->stride, rows, layer->inputs,
                     layer->width);
    else
        NAME(product)(x, x_stride, 1, layer->weight, layer->stride, y, layer->stride, rows, layer->inputs,
                      layer->width, true);
}

/* From dy (rows, units): the gradients, added up, and dx (rows, inputs) times the derivative below. */
static void NAME(dense_backward)(const Task *task, const Layer *layer, const Layer *below, const REAL *x,
                                 const REAL *dy, REAL *dx, long rows, bool add)
{
    if (layer->large) {
        if (!add)
            memset(layer->weight_gradient, 0, layer->inputs * layer->stride * sizeof(REAL));
        OF(blas_product)(task, true, x, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride,
                     layer->inputs, rows, layer->width);
        OF(blas_product_transposed)(task, dy, layer->stride, layer->weight, layer->stride, dx, below->stride, rows,
                                layer->units, layer->inputs);
    } else {
        if (layer->units * 4 <= LANES)
            NAME(narrow_product)(x, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride,
                                 layer->inputs, rows, layer->units, add);
        else
            NAME(product)(x, 1, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride,
                          layer->inputs, rows, layer->width, add);
        OF(transpose)(layer, below->stride, task->transposed);
        NAME(product)(dy, layer->stride, 1, task->transposed, below->stride, dx, below->stride, rows, layer->units,
                      below->width, false);
    }
    const long count = rows * below->stride;
    if (below->keeps_derivative)
        for (long at = 0; at < count; at += LANES)
            store(dx + at, load(dx + at) * load(below->derivative + at));
    else if (below->activation == RELU)
        NAME(times_derivative)(RELU, below->setting, x, dx, count);
    else
        NAME(times_derivative)(below->activation, below->setting, x, dx, count);
}

static void NAME(bias_gradient)(const Layer *layer, const REAL *dy, long rows, bool add)
{
    if (!add)
        memset(layer->bias_gradient, 0, layer->stride * sizeof(REAL));
    for (long n = 0; n < rows; n++)
        for (long j = 0; j < layer->width; j += LANES)
            store(layer->bias_gradient + j, load(layer->bias_gradient + j) + load(dy + n * layer->stride + j));
}
