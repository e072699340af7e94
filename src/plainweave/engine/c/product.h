/* The dense product of matrices. A panel of one, brought together, stays in the first-level cache, and rows of the
 * other in the second; sums stay in registers as long as a panel lasts. */

/* Swap the upper right and the lower left of each square of 2 * half, of two rows so far apart. */
INLINE void NAME(swap_corner)(const int half, vec *row, vec *below)
{
    ints upper, lower; /* of the rows one after the other */
    for (int k = 0; k < LANES; k++) {
        upper[k] = k & half ? (int)LANES + k - half : k;
        lower[k] = k & half ? (int)LANES + k : k + half;
    }
    vec one = *row, other = *below;
    *row = SHUFFLE(one, other, upper);
    *below = SHUFFLE(one, other, lower);
}

INLINE void NAME(swap_corners)(const int half, vec row[])
{
    for (int i = 0; i < LANES; i++)
        if (!(i & half))
            NAME(swap_corner)(half, row + i, row + i + half);
}

/* A square of vectors on its side, of the rows that there are. */
INLINE void NAME(turned_square)(const REAL *from, long stride, long rows, vec row[])
{
    for (int k = 0; k < LANES; k++)
        row[k] = k < rows ? load(from + k * stride) : spread(0);
    for (int half = 1; half < LANES; half *= 2)
        switch (half) { /* so that the compiler knows it */
        case 1: NAME(swap_corners)(1, row); break;
        case 2: NAME(swap_corners)(2, row); break;
        case 4: NAME(swap_corners)(4, row); break;
        case 8: NAME(swap_corners)(8, row); break;
        }
}

/* c (rows, width) = start + a (rows, depth) b (depth, width); times a derivative where an activation's values
 * are given.
 * Each sum is added up in the order of depth by itself, so that it is the same bytes however the work is parted. */
typedef struct {
    const REAL *a;
    long row, step; /* a[r][k] is at a[r * row + k * step], of which one is 1 */
    const REAL *b;
    long b_stride;
    long b_columns; /* of b, where it lies on its side: b[k][j] is at b[j * b_stride + k]; else 0 */
    const REAL *start; /* one row for all of c where its stride is 0; NULL for 0 */
    long start_stride;
    const REAL *y; /* values of the activation, as c is laid out; or NULL */
    int activation; /* TANH or RELU */
    REAL *c;
    long c_stride;
    long rows, depth, width;
    const NAME(Stepping) *steps; /* where c is the gradient of weights that step once it is whole; or NULL */
} NAME(Product);

#define PANEL_ROWS ((long)(PANEL / sizeof(REAL)))
#define AT_ONCE 256 /* rows of c that are worked on together */

/* Rows of b, of a few vectors of columns, and what they are multiplied by. */
typedef struct {
    const REAL *a; /* the first that is taken of the first row; where `turned`, see turn_rows */
    const REAL *b;
    long b_stride, first, last;
} NAME(Panel);

/* Ask for the weights that a tile is going to step while it is summed up. */
INLINE void NAME(prefetch_steps)(const int rows, const int vectors, const NAME(Stepping) *steps, long at)
{
    const Layer *layer = steps->layer;
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++) {
            const long here = at + n * layer->stride + v * LANES;
            __builtin_prefetch(layer->weight + here, 1);
            __builtin_prefetch(layer->weight_slot[0] + here, 1);
            __builtin_prefetch(layer->weight_slot[1] + here, 1);
        }
}

/* Multiply sums by the derivative of an activation, of which y are the values. */
INLINE void NAME(times_slopes)(const int activation, const int rows, const int vectors, vec sum[][8], const REAL *y,
                               long stride)
{
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            sum[n][v] *= NAME(derivative)(activation, 0, load(y + n * stride + v * LANES));
}

/* Add what a panel gives to the sums of a few rows of c, from row r on, and of a few vectors of columns. `a` is theirs,
 * in which the next row is `row` further, and the next number to be multiplied `step`. */
INLINE void NAME(product_tile)(const int rows, const int vectors, const NAME(Product) *p, const NAME(Panel) *panel,
                               const REAL *a, const long row, const long step, long r, long column)
{
    const REAL *b = panel->b;
    REAL *c = p->c + r * p->c_stride + column;
    const bool is_whole = panel->last == p->depth;
    const NAME(Stepping) *steps = is_whole ? p->steps : NULL;
    const REAL *y = p->y && is_whole ? p->y + r * p->c_stride + column : NULL;
    const REAL *start = p->start ? p->start + r * p->start_stride + column : NULL;
    long start_stride = p->start_stride;
    if (panel->first) {
        start = c;
        start_stride = p->c_stride;
    }
    const long c_stride = p->c_stride, depth = panel->last - panel->first;
    vec sum[TILE_ROWS][8];
    if (steps)
        NAME(prefetch_steps)(rows, vectors, steps, c - steps->layer->weight_gradient);
    else if (depth == PANEL_ROWS)
        for (int n = rows; n < 2 * rows; n++) /* of the next tile */
            for (int v = 0; v < vectors; v++)
                __builtin_prefetch(c + n * c_stride + v * LANES, 1);
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            sum[n][v] = start ? load(start + n * start_stride + v * LANES) : spread(0);
    for (long k = 0; k < depth; k++) {
        vec w[8];
        for (int v = 0; v < vectors; v++)
            w[v] = load(b + k * panel->b_stride + v * LANES);
        for (int n = 0; n < rows; n++) {
            const REAL x = a[n * row + k * step];
            for (int v = 0; v < vectors; v++)
                sum[n][v] = multiply_add(spread(x), w[v], sum[n][v]);
        }
    }
    if (steps) {
        REAL gradient[TILE_ROWS * TILE_VECTORS * LANES] __attribute__((aligned(64)));
        for (int n = 0; n < rows; n++)
            for (int v = 0; v < vectors; v++)
                store(gradient + (n * vectors + v) * LANES, sum[n][v]);
        NAME(step_tile)(steps, c - steps->layer->weight_gradient, rows, vectors, gradient);
        return;
    }
    if (y && p->activation == RELU)
        NAME(times_slopes)(RELU, rows, vectors, sum, y, c_stride);
    else if (y)
        NAME(times_slopes)(TANH, rows, vectors, sum, y, c_stride);
    for (int n = 0; n < rows; n++)
        for (int v = 0; v < vectors; v++)
            store(c + n * c_stride + v * LANES, sum[n][v]);
}

/* A tile at row r, the numbers of a lying as turn_rows puts them, or one after the other. */
INLINE void NAME(tile_at)(const int rows, const int vectors, const bool turned, const NAME(Product) *p,
                          const NAME(Panel) *panel, long r, long column)
{
    const long within = r % TILE_ROWS;
    if (turned)
        NAME(product_tile)(rows, vectors, p, panel, panel->a + (r - within) * (panel->last - panel->first) + within, 1,
                           TILE_ROWS, r, column);
    else
        NAME(product_tile)(rows, vectors, p, panel, panel->a + r * p->row, p->row, 1, r, column);
}

/* Bring a vector of columns together of a matrix that lies on its side. */
INLINE void NAME(turn_vector)(const NAME(Product) *p, const NAME(Panel) *panel, long column, REAL *packed, long stride)
{
    for (long k = panel->first; k < panel->last; k += LANES, packed += LANES * stride) {
        vec row[LANES];
        NAME(turned_square)(p->b + column * p->b_stride + k, p->b_stride, p->b_columns - column, row);
        for (int n = 0; n < LANES && k + n < panel->last; n++)
            store(packed + n * stride, row[n]);
    }
}

/* Ask for the share of a tile at row r in the columns that come next in a panel: another core may have written them. */
INLINE void NAME(prefetch_columns)(const NAME(Product) *p, const NAME(Panel) *panel, long column, long columns, long r)
{
    const bool on_side = p->b_columns;
    const long depth = panel->last - panel->first, width = MIN(columns, (on_side ? p->b_columns : p->width) - column);
    const long rows = on_side ? width : depth, length = on_side ? depth : width;
    const REAL *b = p->b + (on_side ? column * p->b_stride + panel->first : panel->first * p->b_stride + column);
    for (long k = rows * r / p->rows; k < rows * (r + TILE_ROWS) / p->rows; k++)
        for (long at = 0; at < length; at += 64 / (long)sizeof(REAL))
            __builtin_prefetch(b + k * p->b_stride + at, 0, 2);
}

/* A panel of a few vectors of columns. What many rows are multiplied by is brought together first. */
INLINE void NAME(product_columns)(const int vectors, const bool turned, const NAME(Product) *p, NAME(Panel) panel,
                                  long column)
{
    REAL packed[PANEL_ROWS * TILE_VECTORS * LANES] __attribute__((aligned(64)));
    panel.b = p->b + panel.first * p->b_stride + column;
    panel.b_stride = p->b_stride;
    if (p->b_columns) {
        for (int v = 0; v < vectors; v++)
            NAME(turn_vector)(p, &panel, column + v * LANES, packed + v * LANES, vectors * LANES);
        panel.b = packed;
        panel.b_stride = vectors * LANES;
    } else if (p->rows >= PACKED_FROM && p->depth * p->b_stride * (long)sizeof(REAL) > UNPACKED) {
        for (long k = 0; k < panel.last - panel.first; k++)
            for (int v = 0; v < vectors; v++)
                store(packed + (k * vectors + v) * LANES, load(panel.b + k * p->b_stride + v * LANES));
        panel.b = packed;
        panel.b_stride = vectors * LANES;
    }
    const bool is_distant = (p->b_columns ? p->b_columns : p->depth) * p->b_stride * (long)sizeof(REAL) > DISTANT;
    long r = 0;
    for (; r + TILE_ROWS <= p->rows; r += TILE_ROWS) {
        if (is_distant && panel.b == packed)
            NAME(prefetch_columns)(p, &panel, column + vectors * LANES, vectors * LANES, r);
        NAME(tile_at)(TILE_ROWS, vectors, turned, p, &panel, r, column);
    }
    for (; r + TILE_ROWS / 2 <= p->rows; r += TILE_ROWS / 2)
        NAME(tile_at)(TILE_ROWS / 2, vectors, turned, p, &panel, r, column);
    for (; r < p->rows; r++)
        NAME(tile_at)(1, vectors, turned, p, &panel, r, column);
}

/* Columns that are worked on together, of those left: 4 are 2 and 2, for one alone would not keep a processor busy. */
INLINE long NAME(columns_at_once)(long vectors) { return vectors == 4 ? 2 : MIN(TILE_VECTORS, vectors); }

INLINE void NAME(product_panel)(const bool turned, const NAME(Product) *p, const NAME(Panel) panel)
{
    for (long column = 0, vectors; column < p->width; column += vectors * LANES) {
        vectors = NAME(columns_at_once)((p->width - column) / LANES);
        switch (vectors) {
#if TILE_VECTORS > 2
        case 3: NAME(product_columns)(3, turned, p, panel, column); break;
#endif
        case 2: NAME(product_columns)(2, turned, p, panel, column); break;
        case 1: NAME(product_columns)(1, turned, p, panel, column); break;
        }
    }
}

/* Turn rows of a that lie on their side: those of a tile come one after the other, for each number of theirs. */
static void NAME(turn_rows)(const NAME(Product) *p, long first, long last, REAL *turned)
{
    for (long r = 0; r < p->rows; r += TILE_ROWS, turned += (last - first) * TILE_ROWS) {
        const REAL *a = p->a + r + first * p->step;
        const long rows = MIN(TILE_ROWS, p->rows - r);
        for (long k = 0; k < last - first && rows == TILE_ROWS; k++)
            for (int n = 0; n < TILE_ROWS; n++)
                turned[k * TILE_ROWS + n] = a[k * p->step + n];
        for (long k = 0; k < last - first && rows < TILE_ROWS; k++)
            for (int n = 0; n < rows; n++)
                turned[k * TILE_ROWS + n] = a[k * p->step + n];
    }
}

static void NAME(product_of_turned)(const NAME(Product) *p)
{
    REAL turned[AT_ONCE * PANEL_ROWS] __attribute__((aligned(64)));
    for (long first = 0; first < p->depth; first += PANEL_ROWS) {
        const long last = MIN(first + PANEL_ROWS, p->depth);
        NAME(turn_rows)(p, first, last, turned);
        NAME(product_panel)(true, p, (NAME(Panel)){.a = turned, .first = first, .last = last});
    }
}

static void NAME(product_of_rows)(const NAME(Product) *p)
{
    for (long first = 0; first < p->depth; first += PANEL_ROWS)
        NAME(product_panel)(false, p, (NAME(Panel)){.a = p->a + first, .first = first,
                                                    .last = MIN(first + PANEL_ROWS, p->depth)});
}

/* Too few rows to keep a processor busy: as many vectors of them at once as hide the latency of a multiply-add. */
INLINE void NAME(product_of_few)(const int rows, const NAME(Product) *p)
{
    for (long column = 0, vectors; column < p->width; column += vectors * LANES) {
        const NAME(Panel) panel = {.b = p->b + column, .b_stride = p->b_stride, .first = 0, .last = p->depth};
        const long left = (p->width - column) / LANES;
        vectors = left >= 8 && rows == 1 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
        switch (vectors) {
        case 8: NAME(product_tile)(rows, rows == 1 ? 8 : 1, p, &panel, p->a, p->row, p->step, 0, column); break;
        case 4: NAME(product_tile)(rows, 4, p, &panel, p->a, p->row, p->step, 0, column); break;
        case 2: NAME(product_tile)(rows, 2, p, &panel, p->a, p->row, p->step, 0, column); break;
        case 1: NAME(product_tile)(rows, 1, p, &panel, p->a, p->row, p->step, 0, column); break;
        }
    }
}

static void NAME(product)(NAME(Product) product)
{
    switch (product.rows < TILE_ROWS / 2 && !product.b_columns ? product.rows : 0) {
    case 1: NAME(product_of_few)(1, &product); return;
#if TILE_ROWS > 4
    case 2: NAME(product_of_few)(2, &product); return;
    case 3: NAME(product_of_few)(3, &product); return;
#endif
    }
    for (long rows = product.rows; rows > 0; rows -= product.rows) {
        product.rows = MIN(rows, AT_ONCE);
        if (product.step == 1)
            NAME(product_of_rows)(&product);
        else
            NAME(product_of_turned)(&product);
        product.a += product.rows * product.row;
        product.c += product.rows * product.c_stride;
        product.y += product.y ? product.rows * product.c_stride : 0;
        product.start += product.start ? product.rows * product.start_stride : 0;
    }
}

#undef PANEL_ROWS
#undef AT_ONCE
