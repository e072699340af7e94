/* ---- inputs: a block of examples, and which of their features are not zero ---- */

/* LANES features from a place on. */
INLINE vec NAME(features)(const bool bytes, const void *x, long place)
{
    return bytes ? (vec)NAME(of_bytes)((const uint8_t *)x + place) : load((const REAL *)x + place);
}

/* Where feature i of example n lies, and how far it is to the next example's. */
INLINE const void *NAME(place)(const bool bytes, const Block *block, long n, long i)
{
    return bytes ? (const void *)(block->raw + n * block->raw_stride + i) : block->x + n * block->stride + i;
}
INLINE long NAME(apart)(const bool bytes, const Block *block) { return bytes ? block->raw_stride : block->stride; }

/* A feature. A byte is looked up: to turn it into a number takes what multiplies. */
INLINE REAL NAME(at)(const bool bytes, const void *x, long place)
{
    return bytes ? OF(of_byte)[((const uint8_t *)x)[place]] : ((const REAL *)x)[place];
}

/* Which GROUPs of 64 numbers at x are not all 0. */
INLINE uint64_t NAME(groups_of_reals)(const REAL *x)
{
    uint64_t bits = 0;
    for (int k = 0; k < 64; k += LANES)
        bits |= (uint64_t)NAME(bits_not_zero)(load(x + k)) << k;
    return pack_groups(bits);
}

/* The same of 64 bytes. */
INLINE uint64_t NAME(groups_of_bytes)(const uint8_t *raw)
{
    typedef int32_t fours __attribute__((vector_size(VECTOR_BYTES), aligned(1), may_alias));
    uint64_t bits = 0;
    for (int k = 0; k < 64; k += VECTOR_BYTES)
        bits |= (uint64_t)bits_set(*(const fours *)(raw + k) != 0) << k / GROUP;
    return bits;
}

/* Mean and deviation of one example; as the reference has it, one that never varies is only centred. */
INLINE void NAME(own_scale)(const bool bytes, Block *block, int n, long features)
{
    const void *x = NAME(place)(bytes, block, n, 0);
    REAL lanes[LANES];
    double sum = 0, squares = 0;
    vec total = {0};
    long whole = features - features % LANES;
    for (long i = 0; i < whole; i += LANES)
        total += NAME(features)(bytes, x, i);
    store(lanes, total);
    for (int k = 0; k < LANES; k++)
        sum += lanes[k];
    for (long i = whole; i < features; i++)
        sum += NAME(at)(bytes, x, i);
    REAL mean = (REAL)(sum / features);
    total = spread(0);
    for (long i = 0; i < whole; i += LANES) {
        vec centred = NAME(features)(bytes, x, i) - mean;
        total = multiply_add(centred, centred, total);
    }
    store(lanes, total);
    for (int k = 0; k < LANES; k++)
        squares += lanes[k];
    for (long i = whole; i < features; i++) {
        const REAL centred = NAME(at)(bytes, x, i) - mean;
        squares += (double)centred * centred;
    }
    REAL deviation = FN(sqrt)((REAL)(squares / features));
    if (!(deviation > 10 * REAL_EPSILON * FN(fabs)(mean)))
        deviation = 1;
    block->scale[n] = 1 / deviation;
    block->shift[n] = mean / deviation;
}

/* Read one example into block row n: x = raw * scale (- shift, unless the shift is folded away). */
static bool NAME(read_example)(const Task *task, Block *block, int n, int64_t example)
{
    const Part *part = task->part;
    const REAL *scale = part->scale, *shift = part->shift;
    const long features = task->layer[0].inputs;
    const int64_t row = part->places ? read_once(part->places + example) : example;
    if (part->places && !in_range(&block->fault[n / CHUNK], "a place of inputs", row, part->stored))
        return false;
    block->scale[n] = block->shift[n] = 1;
    if (part->stays_raw) {
        memcpy(block->raw + n * block->raw_stride, part->bytes + row * features, features);
        if (part->per_example)
            NAME(own_scale)(true, block, n, features);
        else
            block->scale[n] = scale[0];
        return true;
    }
    REAL *x = block->x + n * block->stride;
    if (part->bytes) {
        const uint8_t *raw = part->bytes + row * features;
        for (long i = 0; i < features; i++)
            x[i] = raw[i];
    } else if (part->reals) {
        memcpy(x, (const REAL *)part->reals + row * features, features * sizeof(REAL));
    } else if (!OF(spread_out)(task, row, x, &block->fault[n / CHUNK]))
        return false;
    if (part->per_example)
        NAME(own_scale)(false, block, n, features);
    if (!part->folded && part->per_example)
        for (long i = 0; i < features; i++)
            x[i] = multiply_add_one(x[i], block->scale[n], -block->shift[n]);
    else if (!part->folded)
        for (long i = 0; i < features && !task->plain; i++)
            x[i] = multiply_add_one(x[i], scale[i], -shift[i]);
    else if (part->scaled)
        for (long i = 0; i < features; i++)
            x[i] *= scale[i];
    else if (!part->per_example)
        block->scale[n] = scale[0];
    return true;
}

/* Read examples `first` to `last` - 1 of a block, `first` being a multiple of CHUNK. A fault ends it. */
static void NAME(read_rows)(const Task *task, Block *block, int first, int last)
{
    const Part *part = task->part;
    const int64_t *next = block->order + task->rows; /* of the same epoch, but for the last block */
    const char *dense = part->bytes ? (const char *)part->bytes : part->reals;
    const long row_bytes = task->layer[0].inputs * (part->bytes ? 1 : (long)sizeof(REAL));
    const long prefetched = MIN(row_bytes, 1024); /* from there on the processor sees that it is a row */
    const int upcoming = dense && !part->places ? (int)MIN(BLOCK, task->call->order + task->call->examples - next) : 0;
    for (int n = first; n < last; n++)
        block->upcoming[n] = block->raw;
    for (int n = first; n < last; n++) {
        if (!NAME(read_example)(task, block, n, block->rows[n]))
            return;
        const int64_t later = n < upcoming ? read_once(next + n) : -1;
        if (later < 0 || later >= part->rows)
            continue;
        if (part->stays_raw)
            block->upcoming[n] = part->bytes + later * row_bytes; /* fetched while this block goes forward */
        else
            for (long byte = 0; byte < prefetched; byte += 64)
                __builtin_prefetch(dense + later * row_bytes + byte, 0, 2);
    }
    /* Not in the loop: what was just written would be waited for. */
    for (int n = first; n < last && OF(leaves_out)(task); n++)
        for (long word = 0; word < block->words; word++) {
            const long end = MIN(64 * GROUP * (word + 1), block->features);
            uint64_t bits = 0;
            for (long i = 64 * GROUP * word; i < end; i += 64)
                bits |= (part->stays_raw ? NAME(groups_of_bytes)(block->raw + n * block->raw_stride + i)
                                         : NAME(groups_of_reals)(block->x + n * block->stride + i))
                        << i / GROUP % 64;
            block->bits[n * block->words + word] = bits;
        }
}
