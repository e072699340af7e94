/* ---- inputs: a block of examples, and which of their features are not zero ---- */

/* LANES features from a place on. */
INLINE vec NAME(features)(const bool bytes, const void *x, long place)
{
    return bytes ? (vec)NAME(of_bytes)((const uint8_t *)x + place) : load((const REAL *)x + place);
}

/* Where feature i of example n lies, others of its part beside it, and how far it is to the next example's. */
INLINE const void *NAME(place)(const bool bytes, const Block *block, long n, long i)
{
    return bytes ? (const void *)OF(raw_at)(block, n, i) : block->x + n * block->stride + i;
}
INLINE const void *NAME(further)(const bool bytes, const void *x, long count)
{
    return bytes ? (const void *)((const uint8_t *)x + count) : (const REAL *)x + count;
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

/* Mean and deviation of one example x; as the reference has it, one that never varies is only centred. */
INLINE void NAME(own_scale)(const bool bytes, Block *block, int n, const void *x, long features)
{
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

/* Read features `from` to `until` - 1 of one example into block row n: x = raw * scale (- shift, unless the shift is
 * folded away). */
static bool NAME(read_example)(const Task *task, Block *block, int n, int64_t example, long from, long until)
{
    const Part *part = task->part;
    const REAL *scale = part->scale, *shift = part->shift;
    const long features = task->layer[0].inputs;
    const int64_t row = part->places ? read_once(part->places + example) : example;
    Fault *fault = &block->fault[from > 0][n / CHUNK];
    if (part->places && !in_range(fault, "a place of inputs", row, part->stored))
        return false;
    if (!from) {
        block->shift[n] = 1;
        block->scale[n] = part->folded && !part->scaled && !part->per_example ? scale[0] : 1;
    }
    if (part->stays_raw) {
        const uint8_t *raw = part->bytes + row * features;
        const long middle = MAX(from, MIN(until, block->middle));
        memcpy(OF(raw_at)(block, n, from), raw + from, middle - from);
        memcpy(OF(raw_at)(block, n, middle), raw + middle, until - middle);
        if (part->per_example)
            NAME(own_scale)(true, block, n, raw, features);
        return true;
    }
    REAL *x = block->x + n * block->stride;
    if (part->bytes) {
        const uint8_t *raw = part->bytes + row * features;
        for (long i = from; i < until; i++)
            x[i] = raw[i];
    } else if (part->reals) {
        memcpy(x + from, (const REAL *)part->reals + row * features + from, (until - from) * sizeof(REAL));
    } else if (!OF(spread_out)(task, row, x, fault))
        return false;
    if (part->per_example)
        NAME(own_scale)(false, block, n, x, features);
    if (!part->folded && part->per_example)
        for (long i = from; i < until; i++)
            x[i] = multiply_add_one(x[i], block->scale[n], -block->shift[n]);
    else if (!part->folded)
        for (long i = from; i < until && !task->plain; i++)
            x[i] = multiply_add_one(x[i], scale[i], -shift[i]);
    else if (part->scaled)
        for (long i = from; i < until; i++)
            x[i] *= scale[i];
    return true;
}

/* The row that comes to an example's place next, of the same epoch; -1 where none is known. */
INLINE int64_t NAME(later_row)(const Task *task, const Block *block, int n)
{
    const int64_t *next = block->order + task->rows + n;
    const int64_t row = next < task->call->order + task->call->examples ? read_once(next) : -1;
    return row < task->part->rows ? row : -1;
}

/* Ask for features `from` to `until` - 1 of the example that comes to a place next: of dense ones at `stored`, each of so
 * many bytes. */
INLINE void NAME(ask_for_later)(const Task *task, const Block *block, int n, const char *stored, long from, long until,
                                long size)
{
    const long bytes = MIN((until - from) * size, 1024); /* then the processor sees that it is a row */
    const int64_t later = NAME(later_row)(task, block, n);
    for (long byte = 0; later >= 0 && byte < bytes; byte += 64)
        __builtin_prefetch(stored + (later * task->layer[0].inputs + from) * size + byte, 0, 2);
}

INLINE vec NAME(as_read)(const int how, vec x, const REAL *scale, const REAL *shift)
{
    switch (how) {
    case SCALED: return x * load(scale);
    case STANDARDIZED: return multiply_add(x, load(scale), -load(shift));
    default: return x;
    }
}

/* Read features `from` to `until` - 1 of reals, at least a vector of them. The last vector begins in the one before. */
INLINE void NAME(read_many)(const int how, const Part *part, const REAL *row, long from, long until, REAL *x)
{
    const REAL *scale = part->scale, *shift = part->shift;
    for (long next = from; next < until; next += LANES) {
        const long i = MIN(next, until - LANES);
        store(x + i, NAME(as_read)(how, load(row + i), scale + i, shift + i));
    }
}

/* Read all of less than a vector of features; behind them x is 0. `scale` and `shift` are whole vectors. */
INLINE void NAME(read_few)(const int how, const REAL *row, long features, bool ends, const REAL *scale,
                           const REAL *shift, REAL *x)
{
    REAL whole[LANES] = {0};
    ints place;
    for (int k = 0; k < LANES; k++)
        place[k] = k;
    if (ends) /* what lies behind the last row is not the caller's */
        memcpy(whole, row, features * sizeof(REAL));
    const vec read = NAME(as_read)(how, load(ends ? whole : row), scale, shift);
    store(x, (vec)((ints)read & (place < (integer)features)));
}

INLINE void NAME(read_reals_as)(const int how, const Task *task, Block *block, int first, int last, long from,
                                long until)
{
    const Part *part = task->part;
    const long features = task->layer[0].inputs;
    REAL scale[LANES] = {0}, shift[LANES] = {0};
    if (features < LANES) {
        memcpy(scale, part->scale, features * sizeof(REAL));
        memcpy(shift, part->shift, features * sizeof(REAL));
    }
    for (int n = first; n < last; n++) {
        const REAL *row = (const REAL *)part->reals + block->rows[n] * features;
        REAL *x = block->x + n * block->stride;
        if (until - from >= LANES)
            NAME(read_many)(how, part, row, from, until, x);
        else
            NAME(read_few)(how, row, features, (part->rows - block->rows[n]) * features < LANES, scale, shift, x);
        NAME(ask_for_later)(task, block, n, (const char *)part->reals, from, until, sizeof(REAL));
    }
}

/* Read features of stored reals whose rows lie in turn and are not standardized one by one. */
static void NAME(read_reals)(const Task *task, Block *block, int first, int last, long from, long until)
{
    const Part *part = task->part;
    for (int n = first; n < last && !from; n++) {
        block->shift[n] = 1;
        block->scale[n] = part->folded && !part->scaled ? ((const REAL *)part->scale)[0] : 1;
    }
    if (part->folded ? !part->scaled : task->plain)
        NAME(read_reals_as)(AS_STORED, task, block, first, last, from, until);
    else if (part->folded)
        NAME(read_reals_as)(SCALED, task, block, first, last, from, until);
    else
        NAME(read_reals_as)(STANDARDIZED, task, block, first, last, from, until);
}

/* Read features `from` to `until` - 1 of examples `first` to `last` - 1 of a block. A fault ends it. The next block's
 * are asked for; but bytes while this one goes forward. */
static void NAME(read_rows)(const Task *task, Block *block, int first, int last, long from, long until)
{
    const Part *part = task->part;
    if (part->reals && !part->places && !part->per_example) {
        NAME(read_reals)(task, block, first, last, from, until);
        return;
    }
    const char *dense = part->stays_raw || part->places ? NULL : part->bytes ? (const char *)part->bytes : part->reals;
    for (int n = first; n < last; n++) {
        if (!NAME(read_example)(task, block, n, block->rows[n], from, until))
            return;
        if (dense)
            NAME(ask_for_later)(task, block, n, dense, from, until, part->bytes ? 1 : sizeof(REAL));
    }
}

/* Find in which examples of a block each GROUP of the features `from` to `until` - 1 is not all 0; `from` is a multiple
 * of 64. */
INLINE void NAME(find_groups_of)(const bool bytes, Block *block, long from, long until)
{
    for (long start = from; start < until; start += 64 * GROUP) {
        const long count = MIN(64 * GROUP, (until - start + 63) / 64 * 64);
        uint64_t bits[64] = {0};
        for (int n = 0; n < block->count; n++) {
            const void *x = NAME(place)(bytes, block, n, start);
            uint64_t word = 0;
            for (long i = 0; i < count; i += 64)
                word |= (bytes ? NAME(groups_of_bytes)((const uint8_t *)x + i)
                               : NAME(groups_of_reals)((const REAL *)x + i))
                        << i / GROUP;
            bits[n] = word;
        }
        transpose_bits(bits);
        memcpy(block->groups + start / GROUP, bits, count / GROUP * sizeof *bits);
    }
}

static void NAME(find_groups)(const Task *task, Block *block, int part)
{
    if (task->part->stays_raw)
        NAME(find_groups_of)(true, block, task->part_at[part], task->part_at[part + 1]);
    else
        NAME(find_groups_of)(false, block, task->part_at[part], task->part_at[part + 1]);
}
