/* Turn rows `first` to `last` - 1 of the weights on their side, one square of vectors after the other. */
static void NAME(transpose)(const Layer *layer, const Layer *below, long first, long last)
{
    for (long i = first; i < last; i += LANES)
        for (long j = 0; j < layer->units; j += LANES) {
            vec row[LANES];
            NAME(turned_square)(layer->weight + i * layer->stride + j, layer->stride, last - i, row);
            for (int k = 0; k < LANES && j + k < layer->units; k++)
                store(layer->transposed + (j + k) * below->stride + i, row[k]);
        }
}

/* ---- the other layers ---- */

/* Drop units of examples at random: from y, and from the derivative dy/dx, whose others are enlarged too. */
static void NAME(drop)(const Task *task, const Layer *layer, const Shape *shape, Area area)
{
    const double threshold = nearbyint(shape->rate * 4294967296.0);
    const REAL factor = (REAL)(1 / (1 - shape->rate));
    ints bit;
    for (int k = 0; k < LANES; k++)
        bit[k] = (integer)1 << k;
    for (long n = area.first; n < area.last; n++) {
        const uint32_t row = (uint32_t)task->block[n / BLOCK].rows[n % BLOCK];
        for (long unit = area.from / 64 * 64; unit < area.until; unit += 64) {
            const long end = MIN(unit + 64, area.until);
            uint64_t kept = threshold > UINT32_MAX ? 0
                                                   : JOIN(kept_units, INSTRUCTIONS)(task->call->mask_key,
                                                                                    (uint32_t)shape->number, row,
                                                                                    (uint32_t)unit, (uint32_t)threshold);
            kept >>= MAX(unit, area.from) - unit;
            for (long j = MAX(unit, area.from); j < end; j += LANES, kept >>= LANES) {
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

/* The same, by the derivative itself. */
static void NAME(times)(const REAL *derivative, REAL *dy, long count)
{
    for (long at = 0; at < count; at += LANES)
        store(dy + at, load(dy + at) * load(derivative + at));
}

/* Turn some sums of a layer into its activation's values; for training keep the derivative where it is wanted. */
static void NAME(apply_to)(const Layer *layer, REAL *y, REAL *kept, long count)
{
    if (!kept) {
        switch (layer->activation) { /* those that the compiler is to know; of others, to look which it is takes less */
        case IDENTITY: break;
        case TANH: NAME(activate_all)(TANH, 0, y, count); break;
        case RELU: NAME(activate_all)(RELU, 0, y, count); break;
        default: NAME(activate_all)(layer->activation, layer->setting, y, count);
        }
        return;
    }
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
}

static void NAME(apply_activation)(const Task *task, int k, Area area)
{
    const Layer *layer = &task->layer[k];
    const Shape *shape = &task->plan->shape[k];
    const bool keeps = layer->keeps_derivative && task->divisor != 0;
    const Run run = OF(run)(layer, area);
    for (long n = area.first; n < area.last; n += run.rows) {
        const long at = n * layer->stride + area.from;
        NAME(apply_to)(layer, layer->y + at, keeps ? layer->derivative + at : NULL, run.length);
    }
    if (keeps && shape->rate > 0 && task->call->masked)
        NAME(drop)(task, layer, shape, area);
}

/* y = x W + b of some examples and units, x being what the layer below gives. */
static void NAME(dense_forward)(const Layer *layer, const Layer *below, Area area)
{
    NAME(product)((NAME(Product)){.a = below->y + area.first * below->stride, .row = below->stride, .step = 1,
                                  .b = layer->weight + area.from, .b_stride = layer->stride,
                                  .start = layer->bias + area.from, .start_stride = 0,
                                  .c = layer->y + area.first * layer->stride + area.from, .c_stride = layer->stride,
                                  .rows = area.last - area.first, .depth = layer->inputs,
                                  .width = area.until - area.from});
}

/* dx = dy W^T of some examples and inputs, times the derivative below. */
static void NAME(dense_backward)(const Task *task, int k, Area area)
{
    const Layer *layer = &task->layer[k], *below = layer - 1;
    const REAL *y = below->y + area.first * below->stride + area.from;
    const bool is_known = below->activation == RELU || (below->activation == TANH && !layer->mixed);
    const bool is_fused = is_known && !below->keeps_derivative;
    const bool is_turned = !layer->transposed;
    REAL *dx = below->dy + area.first * below->stride + area.from;
    if (layer->mixed)
        task->plan->unit->back(task, k, area.first, area.last);
    else
        NAME(product)((NAME(Product)){.a = layer->dy + area.first * layer->stride, .row = layer->stride, .step = 1,
                                      .b = is_turned ? layer->weight + area.from * layer->stride
                                                     : layer->transposed + area.from,
                                      .b_stride = is_turned ? layer->stride : below->stride,
                                      .b_columns = is_turned ? layer->inputs - area.from : 0,
                                      .y = is_fused ? y : NULL, .activation = below->activation,
                                      .c = dx, .c_stride = below->stride, .rows = area.last - area.first,
                                      .depth = layer->units, .width = area.until - area.from});
    const Run run = OF(run)(below, area);
    const bool keeps = below->keeps_derivative;
    for (long n = 0; n < area.last - area.first && (keeps || !is_fused); n += run.rows) {
        const long at = n * below->stride;
        if (keeps)
            NAME(times)(below->derivative + area.first * below->stride + area.from + at, dx + at, run.length);
        else
            NAME(times_derivative)(below->activation, below->setting, y + at, dx + at, run.length);
    }
}

/* The gradient x^T dy of some rows of the weights, and their step once the batch is whole; of few units it is added up
 * on its side, so that vectors are of inputs. */
static void NAME(weight_gradient)(const Task *task, const Layer *layer, const Layer *below, const REAL *dy, long first,
                                  long last)
{
    const REAL *x = below->y + first;
    const bool steps = task->fused && task->is_whole;
    REAL *sums = layer->gradient_on_side;
    if (!sums) {
        const NAME(Stepping) stepping = steps ? NAME(stepping)(task, layer) : (NAME(Stepping)){0};
        sums = layer->weight_gradient + first * layer->stride;
        NAME(product)((NAME(Product)){.a = x, .row = 1, .step = below->stride,
                                      .b = dy, .b_stride = layer->stride,
                                      .start = task->adds ? sums : NULL, .start_stride = layer->stride,
                                      .c = sums, .c_stride = layer->stride,
                                      .rows = last - first, .depth = task->rows, .width = layer->width,
                                      .steps = steps ? &stepping : NULL});
        return;
    }
    sums += first;
    NAME(product)((NAME(Product)){.a = dy, .row = 1, .step = layer->stride,
                                  .b = x, .b_stride = below->stride,
                                  .start = task->adds ? sums : NULL, .start_stride = below->stride,
                                  .c = sums, .c_stride = below->stride,
                                  .rows = layer->units, .depth = task->rows,
                                  .width = NAME(whole_vectors)(last - first)});
    for (long j = 0; j < layer->units && task->is_whole; j++)
        for (long i = first; i < last; i++)
            layer->weight_gradient[i * layer->stride + j] = sums[j * below->stride + i - first];
    if (steps)
        NAME(step_rows)(task, layer, first, last);
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

/* The same of columns `from` to `until` - 1 of a layer. */
static void NAME(sum_columns)(const Layer *layer, long from, long until, const REAL *dy, long rows, REAL *sum, bool add)
{
    long j = from;
    for (; j + 4 * LANES <= until; j += 4 * LANES)
        NAME(sum_rows)(4, dy + j, layer->stride, rows, sum + j, add);
    for (; j < until; j += LANES)
        NAME(sum_rows)(1, dy + j, layer->stride, rows, sum + j, add);
}

/* And of all. */
static void NAME(sum_all_rows)(const Layer *layer, const REAL *dy, long rows, REAL *sum, bool add)
{
    NAME(sum_columns)(layer, 0, layer->width, dy, rows, sum, add);
}
