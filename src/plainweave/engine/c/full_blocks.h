/* ---- the first layer of examples with hardly a zero ---- */

/* Add feature i of a few examples, times its row of weights, to their sums. */
INLINE void NAME(add_feature)(const int rows, const int vectors, const REAL *inputs, long x_stride,
                              const REAL *weight, vec sum[][4])
{
    vec w[4];
    for (int v = 0; v < vectors; v++)
        w[v] = load(weight + v * LANES);
    for (int r = 0; r < rows; r++) {
        const REAL x = inputs[r * x_stride];
        for (int v = 0; v < vectors; v++)
            sum[r][v] = multiply_add(spread(x), w[v], sum[r][v]);
    }
}

/* Store two sets of sums as one; with a bias, add it. */
INLINE void NAME(store_sums)(const int rows, const int vectors, vec sum[][4], vec other[][4], const REAL *bias,
                             REAL *y, long y_stride)
{
    for (int v = 0; v < vectors; v++) {
        const vec b = bias ? load(bias + v * LANES) : spread(0);
        for (int r = 0; r < rows; r++) {
            const vec total = sum[r][v] + other[r][v];
            store(y + r * y_stride + v * LANES, bias ? total + b : total);
        }
    }
}

/* Add x W for a few examples over one tile of features, in the order in which those with zeros are added up (see
 * first_layer.h), so that results are the same bytes; more examples share a row of weights. The bias is added
 * behind the last tile. */
INLINE void NAME(full_forward_tile)(const int rows, const int vectors, const Block *block, int n, long first_word,
                                    long last_word, long features, const REAL *weight, long stride,
                                    const REAL *bias, REAL *y, long y_stride)
{
    const REAL *inputs = block->x + n * block->stride;
    const long x_stride = block->stride;
    vec sum[8][4], other[8][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = first_word ? load(y + r * y_stride + v * LANES) : spread(0);
            other[r][v] = spread(0);
        }
    for (long word = first_word; word < last_word; word++) {
        const long end = MIN(64 * word + 64, features);
        long i = 64 * word;
        if ((end - i) & 1) {
            NAME(add_feature)(rows, vectors, inputs + i, x_stride, weight + i * stride, sum);
            i++;
        }
        for (; i < end; i += 2) {
            NAME(add_feature)(rows, vectors, inputs + i, x_stride, weight + i * stride, sum);
            NAME(add_feature)(rows, vectors, inputs + i + 1, x_stride, weight + (i + 1) * stride, other);
        }
    }
    NAME(store_sums)(rows, vectors, sum, other, last_word == block->words ? bias : NULL, y, y_stride);
}

INLINE void NAME(full_forward_columns)(const int vectors, const Block *block, int first, int last, long features,
                                       const REAL *weight, long stride, const REAL *bias, REAL *y, long y_stride)
{
    const int together = vectors == 3 ? ROWS : vectors == 2 ? ROWS * 3 / 2 : 2 * ROWS; /* registers for the sums */
    for (long word = 0; word < block->words; word += TILE_WORDS) {
        const long end = MIN(word + TILE_WORDS, block->words);
        int n = first;
        for (; n + together <= last; n += together)
            NAME(full_forward_tile)(together, vectors, block, n, word, end, features, weight, stride, bias,
                                    y + n * y_stride, y_stride);
        for (; n < last; n++)
            NAME(full_forward_tile)(1, vectors, block, n, word, end, features, weight, stride, bias,
                                    y + n * y_stride, y_stride);
    }
}

static void NAME(full_forward)(const Layer *layer, const Block *block, int first, int last, const REAL *bias, REAL *y)
{
    const long stride = layer->stride, features = layer->inputs;
    long vectors;
    for (long column = 0; column < layer->width; column += vectors * LANES) {
        const REAL *w = layer->weight + column;
        const REAL *b = bias ? bias + column : NULL;
        REAL *part = y + column;
        vectors = (layer->width - column) / LANES;
        vectors = vectors == 4 ? 2 : MIN(3, vectors);
        switch (vectors) {
        case 3: NAME(full_forward_columns)(3, block, first, last, features, w, stride, b, part, stride); break;
        case 2: NAME(full_forward_columns)(2, block, first, last, features, w, stride, b, part, stride); break;
        case 1: NAME(full_forward_columns)(1, block, first, last, features, w, stride, b, part, stride); break;
        }
    }
}
