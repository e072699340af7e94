/* Products of a layer in bfloat16, summed up in float32; all else is what it is in full precision.
 *
 * Each number is rounded to the nearest bfloat16, ties to even, as its matrix is packed into the tiles of units.h. A sum
 * is added up by itself, pair after pair: it is the same bytes however the work is parted. */

#define Task Task_f32
#define Layer Layer_f32

static __mmask16 first_of(long count) { return (__mmask16)(count >= 16 ? 0xFFFF : count > 0 ? (1u << count) - 1 : 0); }

/* ---- packing ---- */

/* Up to 16 pairs of neighbours; where there is no number there is a zero. */
INLINE __m512i neighbours(const float *x, long count)
{
    const __m512 near = _mm512_maskz_loadu_ps(first_of(count), x);
    const __m512 far = _mm512_maskz_loadu_ps(first_of(count - TILE), x + TILE);
    return (__m512i)_mm512_cvtne2ps_pbh(far, near);
}

/* Pairs along a row, as a row of a left matrix has them. */
static void pack_row(const float *x, long count, uint32_t *tiles)
{
    for (long at = 0; at < count; at += 2 * TILE, tiles += TILE_PAIRS)
        _mm512_storeu_si512(tiles, neighbours(x + at, count - at));
}

/* Numbers of two rows in pairs: where there is no row there are zeros. */
INLINE __m512i paired(__m512 upper, __m512 lower)
{
    __m512i places;
    for (int k = 0; k < 2 * TILE; k++)
        ((uint16_t __attribute__((may_alias)) *)&places)[k] = (uint16_t)(k % 2 * TILE + k / 2);
    return _mm512_permutexvar_epi16(places, (__m512i)_mm512_cvtne2ps_pbh(lower, upper));
}

/* Some rows of a matrix, an even number of them; those from `count` on are taken as 0. */
typedef struct {
    const float *at;
    long stride, count, rows;
} Rows;

/* Pairs of up to 16 columns in rows r and r + 1. */
INLINE __m512i pairs_of(const Rows *rows, long r, long column, __mmask16 there)
{
    __m512 upper = _mm512_setzero_ps(), lower = upper;
    if (r < rows->count)
        upper = _mm512_maskz_loadu_ps(there, rows->at + r * rows->stride + column);
    if (r + 1 < rows->count)
        lower = _mm512_maskz_loadu_ps(there, rows->at + (r + 1) * rows->stride + column);
    return paired(upper, lower);
}

/* Pairs of two rows, as a right matrix has them, whose columns of tiles are `step` pairs apart. */
static void pack_rows(const Rows *rows, long columns, uint32_t *tiles, long step)
{
    for (long column = 0; column < columns; column += TILE, tiles += step)
        for (long r = 0; r < rows->rows; r += 2)
            _mm512_storeu_si512(tiles + r / 2 * TILE, pairs_of(rows, r, column, first_of(columns - column)));
}

/* Turn a tile on its side. */
INLINE void store_turned(const __m512i row[TILE], uint32_t *tile)
{
    vec_avx512_f32 turned[TILE];
    turned_square_avx512_f32((const float *)row, TILE, TILE, turned);
    for (int k = 0; k < TILE; k++)
        _mm512_storeu_si512(tile + k * TILE, (__m512i)turned[k]);
}

/* ---- the product ---- */

/* c (rows, width) = start + a b of packed matrices, 0 where a ReLU's values are not above 0. */
typedef struct {
    Tiles tiles;
    const float *start; /* one row for all of c where its stride is 0; NULL for 0 */
    long start_stride;
    const float *relu; /* as c is laid out; or NULL */
    float *c;
    long c_stride, rows, width;
} PackedProduct;

/* What sums (SIDE, SIDE) begin with, those of c from row r and the given column on. */
static void load_sums(const PackedProduct *p, long r, long column, float *sums)
{
    for (const long last = MIN(r + SIDE, p->rows); r < last; r++, sums += SIDE)
        for (long j = column; j < MIN(column + SIDE, p->width); j += TILE)
            _mm512_store_ps(sums + j - column,
                            _mm512_maskz_loadu_ps(first_of(p->width - j), p->start + r * p->start_stride + j));
}

/* What becomes of them. */
static void store_sums(const PackedProduct *p, long r, long column, const float *sums)
{
    for (const long last = MIN(r + SIDE, p->rows); r < last; r++, sums += SIDE)
        for (long j = column; j < MIN(column + SIDE, p->width); j += TILE) {
            const __mmask16 there = first_of(p->width - j);
            __m512 sum = _mm512_load_ps(sums + j - column);
            if (p->relu) {
                const __m512 y = _mm512_maskz_loadu_ps(there, p->relu + r * p->c_stride + j);
                sum = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), sum);
            }
            _mm512_mask_storeu_ps(p->c + r * p->c_stride + j, there, sum);
        }
}

static void multiply_packed(const Unit *unit, const PackedProduct *p)
{
    float sums[SIDE * SIDE] __attribute__((aligned(64)));
    unit->begin();
    for (long column = 0; column < p->width; column += SIDE)
        for (long r = 0; r < p->rows; r += SIDE) {
            Tiles tiles = p->tiles;
            tiles.a += r / TILE * tiles.a_step;
            tiles.b += column / TILE * tiles.b_step;
            if ((!p->start || p->start == p->c) && !p->relu && r + SIDE <= p->rows && column + SIDE <= p->width) {
                unit->multiply(&tiles, true, true, p->start, p->c + r * p->c_stride + column, p->c_stride);
                continue;
            }
            if (p->start)
                load_sums(p, r, column, sums);
            unit->multiply(&tiles, p->rows - r > TILE, p->width - column > TILE, p->start, sums, SIDE);
            store_sums(p, r, column, sums);
        }
    unit->end();
}

/* ---- the products of a layer ---- */

/* Tiles that hold a number of pairs, and up to where the last of them reaches. */
static long depth_of(long numbers) { return (numbers + 2 * TILE - 1) / (2 * TILE); }
static long whole_tiles(long numbers) { return depth_of(numbers) * 2 * TILE; }

static const Layer *below_of(const Task *task, int k) { return k ? &task->layer[k - 1] : &task->inputs; }

/* What a layer is given for example n. */
static const float *given_to(const Task *task, int k, long n)
{
    const Layer *below = below_of(task, k);
    return below->y + n * below->stride;
}

/* Rows `first` to `last` - 1 of the weights W, and of them on their side. */
static void pack_weights(const void *given, int k, long first, long last)
{
    const Task *task = given;
    const Layer *layer = &task->layer[k];
    const long step = depth_of(layer->inputs) * TILE_PAIRS, end = last == layer->inputs ? whole_tiles(last) : last;
    const Rows rows = {layer->weight + first * layer->stride, layer->stride, last - first, end - first};
    pack_rows(&rows, layer->units, layer->weight_tiles + first / 2 * TILE, step);
    for (long i = first; i < last && layer->turned_tiles; i += TILE)
        for (long j = 0; j < layer->units; j += 2 * TILE) {
            const long tile = i / TILE * depth_of(layer->units) + j / (2 * TILE);
            __m512i row[TILE];
            for (int r = 0; r < TILE; r++)
                row[r] = i + r < last ? neighbours(layer->weight + (i + r) * layer->stride + j, layer->units - j)
                                      : _mm512_setzero_si512();
            store_turned(row, layer->turned_tiles + tile * TILE_PAIRS);
        }
}

/* y = x W + b of some examples; without b where inputs are folded, to which it comes last. */
static void forward_in_pairs(const void *given, int k, long first, long last)
{
    const Task *task = given;
    const Layer *layer = &task->layer[k];
    const long step = depth_of(layer->inputs) * TILE_PAIRS;
    for (long n = first; n < last; n++)
        pack_row(given_to(task, k, n), layer->inputs, layer->x_tiles + n / TILE * step + n % TILE * TILE);
    multiply_packed(task->plan->unit,
                    &(PackedProduct){.tiles = {layer->x_tiles + first / TILE * step, layer->weight_tiles, step, step,
                                               depth_of(layer->inputs)},
                                     .start = k || !task->part->folded ? layer->bias : NULL,
                                     .c = layer->y + first * layer->stride, .c_stride = layer->stride,
                                     .rows = last - first, .width = layer->width});
}

/* The gradient dy of some examples is packed; dx = dy W^T, 0 where a ReLU below is, but for the first layer. */
static void back_in_pairs(const void *given, int k, long first, long last)
{
    const Task *task = given;
    const Layer *layer = &task->layer[k], *below = below_of(task, k);
    const long span = depth_of(span_of_f32(task, true)) * TILE_PAIRS, step = depth_of(layer->units) * TILE_PAIRS;
    const Rows rows = {layer->dy + first * layer->stride, layer->stride, last - first,
                       (last == task->rows ? whole_tiles(last) : last) - first};
    pack_rows(&rows, layer->units, layer->dy_pairs + first / 2 * TILE, span);
    if (!k)
        return;
    for (long n = first; n < last; n++)
        pack_row(layer->dy + n * layer->stride, layer->units, layer->dy_tiles + n / TILE * step + n % TILE * TILE);
    const bool is_relu = below->activation == RELU && !below->keeps_derivative;
    multiply_packed(task->plan->unit,
                    &(PackedProduct){.tiles = {layer->dy_tiles + first / TILE * step, layer->turned_tiles, step, step,
                                               depth_of(layer->units)},
                                     .relu = is_relu ? below->y + first * below->stride : NULL,
                                     .c = below->dy + first * below->stride, .c_stride = below->stride,
                                     .rows = last - first, .width = below->width});
}

/* Add up the gradient x^T dy of some rows of the weights. */
static void gradient_in_pairs(const void *given, int k, long first, long last)
{
    const Task *task = given;
    const Layer *layer = &task->layer[k];
    const long span = depth_of(span_of_f32(task, true)) * TILE_PAIRS;
    float *sums = layer->weight_gradient + first * layer->stride;
    for (long n = 0; n < task->rows; n += 2 * TILE) {
        const Rows rows = {given_to(task, k, n), below_of(task, k)->stride, task->rows - n, 2 * TILE};
        for (long i = first; i < last; i += TILE) {
            __m512i row[TILE];
            for (int pair = 0; pair < TILE; pair++)
                row[pair] = pairs_of(&rows, 2 * pair, i, first_of(last - i));
            store_turned(row, layer->x_turned + i / TILE * span + n / (2 * TILE) * TILE_PAIRS);
        }
    }
    multiply_packed(task->plan->unit,
                    &(PackedProduct){.tiles = {layer->x_turned + first / TILE * span, layer->dy_pairs, span, span,
                                               depth_of(task->rows)},
                                     .start = task->adds ? sums : NULL, .start_stride = layer->stride,
                                     .c = sums, .c_stride = layer->stride,
                                     .rows = last - first, .width = layer->width});
}

static const Unit UNITS[] = {
#define UNIT(name) {#name, has_##name, begin_##name, end_##name, multiply_##name, \
                    pack_weights, forward_in_pairs, back_in_pairs, gradient_in_pairs}
    UNIT(amx), UNIT(avx512_bf16),
#undef UNIT
};

#undef Task
#undef Layer

