/* ---- the dense product ---- */

/* c (rows, width) = start + a (rows, depth) b (depth, width); times a ReLU's derivative where its values are given. */
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

/* The sums of a few rows of c, from row r on, and of a few vectors of columns. */
INLINE void NAME(product_tile)(const int rows, const int vectors, const NAME(Product) *p, long r, long column)
{
    const REAL *a = p->a + r * p->row, *b = p->b + column;
    const REAL *start = p->start ? p->start + r * p->start_stride + column : NULL;
    const REAL *relu = p->relu ? p->relu + r * p->c_stride + column : NULL;
    REAL *c = p->c + r * p->c_stride + column;
    const long row = p->row, step = p->step, b_stride = p->b_stride, c_stride = p->c_stride, depth = p->depth;
    vec sum[8][4];
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            sum[n][v] = start ? load(start + n * p->start_stride + v * LANES) : spread(0);
    for (long k = 0; k < depth; k++) {
        vec w[4];
        for (int v = 0; v < vectors; v++)
            w[v] = load(b + k * b_stride + v * LANES);
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

INLINE void NAME(product_columns)(const int vectors, const NAME(Product) *p, long column)
{
    const int together = vectors == 1 ? 8 : ROWS; /* enough sums to hide the latency of a multiply-add */
    long r = 0;
    for (; r + together <= p->rows; r += together)
        NAME(product_tile)(together, vectors, p, r, column);
    for (; r < p->rows; r++)
        NAME(product_tile)(1, vectors, p, r, column);
}

static void NAME(product)(const NAME(Product) product)
{
    for (long column = 0; column < product.width; column += 4 * LANES)
        switch (MIN(4, (product.width - column) / LANES)) {
        case 4: NAME(product_columns)(4, &product, column); break;
        case 3: NAME(product_columns)(3, &product, column); break;
        case 2: NAME(product_columns)(2, &product, column); break;
        case 1: NAME(product_columns)(1, &product, column); break;
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
    if (layer->large) {
        for (long n = 0; n < rows; n++)
            memcpy(y + n * layer->stride, layer->bias, layer->stride * sizeof(REAL));
        OF(blas_product)(task, false, x, x_stride, layer->weight, layer->stride, y, layer->stride, rows, layer->inputs,
                     layer->width);
    } else
        NAME(product)((NAME(Product)){.a = x, .row = x_stride, .step = 1,
                                      .b = layer->weight, .b_stride = layer->stride,
                                      .start = layer->bias, .start_stride = 0,
                                      .c = y, .c_stride = layer->stride,
                                      .rows = rows, .depth = layer->inputs, .width = layer->width});
}

/* Add up the gradient x^T dy of the weights; of few units on its side, so that vectors are of inputs. */
static void NAME(weight_gradient)(const Layer *layer, const Layer *below, const REAL *x, const REAL *dy, long rows,
                                  bool add, bool whole)
{
    REAL *sums = layer->gradient_on_side;
    if (!sums) {
        sums = layer->weight_gradient;
        NAME(product)((NAME(Product)){.a = x, .row = 1, .step = below->stride,
                                      .b = dy, .b_stride = layer->stride,
                                      .start = add ? sums : NULL, .start_stride = layer->stride,
                                      .c = sums, .c_stride = layer->stride,
                                      .rows = layer->inputs, .depth = rows, .width = layer->width});
        return;
    }
    NAME(product)((NAME(Product)){.a = dy, .row = 1, .step = layer->stride,
                                  .b = x, .b_stride = below->stride,
                                  .start = add ? sums : NULL, .start_stride = below->stride,
                                  .c = sums, .c_stride = below->stride,
                                  .rows = layer->units, .depth = rows, .width = below->width});
    for (long j = 0; j < layer->units && whole; j++)
        for (long i = 0; i < layer->inputs; i++)
            layer->weight_gradient[i * layer->stride + j] = sums[j * below->stride + i];
}

/* From dy (rows, units): the gradients, added up, and dx (rows, inputs) times the derivative below. The weights are
 * turned on their side for the first examples of a batch. */
static void NAME(dense_backward)(const Task *task, const Layer *layer, const Layer *below, const REAL *x,
                                 const REAL *dy, REAL *dx, long rows, bool add, bool whole)
{
    const bool is_relu = below->activation == RELU && !below->keeps_derivative;
    if (layer->large) {
        if (!add)
            memset(layer->weight_gradient, 0, layer->inputs * layer->stride * sizeof(REAL));
        OF(blas_product)(task, true, x, below->stride, dy, layer->stride, layer->weight_gradient, layer->stride,
                     layer->inputs, rows, layer->width);
        OF(blas_product_transposed)(task, dy, layer->stride, layer->weight, layer->stride, dx, below->stride, rows,
                                layer->units, layer->inputs);
    } else {
        NAME(weight_gradient)(layer, below, x, dy, rows, add, whole);
        if (!add)
            OF(transpose)(layer, below->stride);
        NAME(product)((NAME(Product)){.a = dy, .row = layer->stride, .step = 1,
                                      .b = layer->transposed, .b_stride = below->stride,
                                      .relu = is_relu ? x : NULL,
                                      .c = dx, .c_stride = below->stride,
                                      .rows = rows, .depth = layer->units, .width = below->width});
        if (is_relu)
            return;
    }
    const long count = rows * below->stride;
    if (below->keeps_derivative)
        for (long at = 0; at < count; at += LANES)
            store(dx + at, load(dx + at) * load(below->derivative + at));
    else if (is_relu)
        NAME(times_derivative)(RELU, below->setting, x, dx, count);
    else
        NAME(times_derivative)(below->activation, below->setting, x, dx, count);
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
