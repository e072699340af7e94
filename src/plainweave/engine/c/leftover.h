/* ---- the few units of the first layer that fill no vector ----
 *
 * Their weights lie on their side, so that vectors are of features and have no padding. Of so few units, features that
 * are 0 are not left out. */

/* The sums of each of LANES vectors, side by side. */
INLINE vec NAME(sums_of)(vec row[])
{
    for (int half = 1; half < LANES; half *= 2)
        for (int i = 0; i < LANES; i += 2 * half) {
            switch (half) { /* so that the compiler knows it */
            case 1: NAME(swap_corner)(1, row + i, row + i + half); break;
            case 2: NAME(swap_corner)(2, row + i, row + i + half); break;
            case 4: NAME(swap_corner)(4, row + i, row + i + half); break;
            case 8: NAME(swap_corner)(8, row + i, row + i + half); break;
            }
            row[i] += row[i + half];
        }
    return row[0];
}

/* The same columns of y as first_forward's. Behind the last example rows are only read. */
INLINE void NAME(leftover_forward_by)(const bool bytes, const int units, const Task *task, const Block *block, int part,
                                      int first, int last, REAL *y)
{
    const OF(Leftover) *leftover = &task->leftover;
    const int together = LANES / units;
    const long stride = leftover->stride, apart = NAME(apart)(bytes, block);
    for (int n = first; n < last; n += together) {
        const void *x = NAME(place)(bytes, block, n, task->part_at[part]);
        REAL sums[LANES];
        vec sum[LANES] = {{0}};
        for (long i = task->part_at[part]; i < task->part_at[part + 1]; i += LANES)
            for (int r = 0; r < together; r++) {
                const vec inputs = NAME(features)(bytes, x, r * apart + i - task->part_at[part]);
                for (int u = 0; u < units; u++)
                    sum[r * units + u] =
                        multiply_add(inputs, load(leftover->weight + u * stride + i), sum[r * units + u]);
            }
        store(sums, NAME(sums_of)(sum));
        for (int r = 0; r < MIN(together, last - n); r++)
            for (int u = 0; u < leftover->units; u++)
                y[(n + r) * task->layer[0].stride + leftover->column + u] = sums[r * units + u];
    }
}

/* Add up the gradient of a few vectors of features. */
INLINE void NAME(leftover_gradient_by)(const bool bytes, const int units, const int vectors, const Task *task,
                                       const Block *block, const REAL *dy, long i, bool add)
{
    const OF(Leftover) *leftover = &task->leftover;
    const long stride = task->layer[0].stride, apart = NAME(apart)(bytes, block);
    const void *x = NAME(place)(bytes, block, 0, i);
    const REAL *d = dy + leftover->column;
    REAL *gradient = leftover->gradient + i;
    vec sum[4][4];
    for (int u = 0; u < units; u++)
        for (int v = 0; v < vectors; v++)
            sum[u][v] = add ? load(gradient + u * leftover->stride + v * LANES) : spread(0);
    for (int n = 0; n < block->count; n++)
        for (int v = 0; v < vectors; v++) {
            const vec inputs = NAME(features)(bytes, x, n * apart + v * LANES);
            for (int u = 0; u < units; u++)
                sum[u][v] = multiply_add(inputs, spread(d[n * stride + u]), sum[u][v]);
        }
    for (int u = 0; u < units; u++)
        for (int v = 0; v < vectors; v++)
            store(gradient + u * leftover->stride + v * LANES, sum[u][v]);
}

INLINE void NAME(leftover_gradient)(const bool bytes, const int units, const Task *task, const Block *block,
                                    const REAL *dy, long first, long last, bool add)
{
    long i = first;
    for (; i + 4 * LANES <= last; i += 4 * LANES)
        NAME(leftover_gradient_by)(bytes, units, 4, task, block, dy, i, add);
    for (; i < last; i += LANES)
        NAME(leftover_gradient_by)(bytes, units, 1, task, block, dy, i, add);
}

/* What is done for each number of units, 3 being done as 4. */
#define FOR_UNITS(bytes, units, call, ...) \
    switch (2 * (units) + (bytes)) { \
    case 2: call(false, 1, __VA_ARGS__); break; \
    case 3: call(true, 1, __VA_ARGS__); break; \
    case 4: call(false, 2, __VA_ARGS__); break; \
    case 5: call(true, 2, __VA_ARGS__); break; \
    case 6: case 8: call(false, 4, __VA_ARGS__); break; \
    case 7: case 9: call(true, 4, __VA_ARGS__); break; \
    }

static void NAME(leftover_forward)(const Task *task, const Block *block, int part, int first, int last, REAL *y)
{
    FOR_UNITS(task->part->stays_raw, task->leftover.units, NAME(leftover_forward_by), task, block, part, first, last, y)
}

/* The gradient of features `first` to `last` - 1, and their step once the batch is whole. */
static void NAME(leftover_backward)(const Task *task, const Block *block, const REAL *dy, long first, long last, bool add,
                                    bool whole)
{
    const OF(Leftover) *leftover = &task->leftover;
    const Layer *layer = &task->layer[0];
    const long end = NAME(whole_vectors)(last), stride = leftover->stride;
    FOR_UNITS(task->part->stays_raw, leftover->units, NAME(leftover_gradient), task, block, dy, first, last, add)
    for (int u = 0; u < leftover->units && whole; u++) {
        REAL *gradient = leftover->gradient + u * stride;
        const vec by_offset = spread(task->offset_gradient[leftover->column + u]);
        for (long i = first; i < end && task->part->folded; i += LANES)
            store(gradient + i, multiply_add(-by_offset, load(leftover->shift + i), load(gradient + i)));
        if (task->fused)
            NAME(step_all)(task, 0, leftover->weight, leftover->gradient, leftover->slot, u * stride + first,
                           u * stride + end);
        for (long i = first; i < last && !task->fused; i++)
            layer->weight_gradient[i * layer->stride + leftover->column + u] = gradient[i];
        memset(leftover->weight + u * stride + last, 0, (end - last) * sizeof(REAL)); /* what is behind the last feature */
    }
}

#undef FOR_UNITS

/* Their sums of m_i W_ij over i, see sum_columns. */
static void NAME(sum_leftover)(const Task *task)
{
    const OF(Leftover) *leftover = &task->leftover;
    for (int u = 0; u < leftover->units; u++) {
        REAL sums[LANES], total = 0;
        vec sum = {0};
        for (long i = 0; i < task->layer[0].inputs; i += LANES)
            sum = multiply_add(load(leftover->weight + u * leftover->stride + i), load(leftover->shift + i), sum);
        store(sums, sum);
        for (int k = 0; k < LANES; k++)
            total += sums[k];
        task->column_sums[leftover->column + u] = total;
    }
}
