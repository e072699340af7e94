/* ---- prediction: examples go through the steps of a network ---- */

/* Of rows between two steps: a power of 2 apart they would fight for the same cache lines. */
INLINE long NAME(stride_of)(long units)
{
    const long width = NAME(whole_vectors)(units);
    return width * sizeof(REAL) % 1024 ? width : width + LANES;
}

/* y (rows, units) = x W + b, with the weights as they lie in the caller's array (inputs, units).
 * The last vector of a row reaches into the next one, and counts there for nothing. Rows behind which no whole vector
 * is left are read from a copy in `room`, after the others: sums are added up in the order of the inputs. */
static void NAME(linear_step)(const Step *step, const REAL *x, long row, long rows, REAL *y, long stride, REAL *room)
{
    const long units = step->units, width = NAME(whole_vectors)(units);
    const long last = MIN((width - units + units - 1) / units, step->inputs), first = step->inputs - last;
    REAL *bias = room, *weight = room + width;
    memcpy(bias, step->bias, units * sizeof(REAL));
    memset(bias + units, 0, (width - units) * sizeof(REAL));
    memset(weight, 0, last * width * sizeof(REAL));
    for (long k = 0; k < last; k++)
        memcpy(weight + k * width, (const REAL *)step->weight + (first + k) * units, units * sizeof(REAL));
    NAME(Product) product = {.a = x, .row = row, .step = 1, .b = step->weight, .b_stride = units, .start = bias,
                             .c = y, .c_stride = stride, .rows = rows, .depth = first, .width = width};
    if (first) {
        NAME(product)(product);
        product.start = y;
        product.start_stride = stride;
    }
    if (last) {
        product.a += first;
        product.b = weight;
        product.b_stride = width;
        product.depth = last;
        NAME(product)(product);
    }
}

static void NAME(softmax_step)(REAL *y, long rows, long stride, long units)
{
    const long width = NAME(whole_vectors)(units);
    for (long n = 0; n < rows; n++, y += stride) {
        REAL largest = y[0], sum = 0;
        vec minus_one;
        for (long j = 1; j < units; j++)
            largest = y[j] > largest ? y[j] : largest;
        for (long j = units; j < width; j++)
            y[j] = -(REAL)INFINITY;
        for (long j = 0; j < width; j += LANES)
            store(y + j, NAME(exponential)(load(y + j) - largest, &minus_one));
        for (long j = 0; j < units; j++)
            sum += y[j];
        for (long j = 0; j < width; j += LANES)
            store(y + j, load(y + j) / sum);
    }
}

/* A step that changes numbers where they are, y (rows, stride), of which `units` in each row count. */
static void NAME(step_in_place)(const Step *step, REAL *y, long rows, long stride, long units)
{
    const REAL *factor = step->weight;
    switch (step->code) {
    case IDENTITY: break;
    case SCALING:
        for (long n = 0; n < rows; n++)
            for (long j = 0; j < units; j++)
                y[n * stride + j] *= factor[j];
        break;
    case PROBABILITIES: NAME(softmax_step)(y, rows, stride, units); break;
    case RELU: NAME(activate_all)(RELU, 0, y, rows * stride); break;
    case TANH: NAME(activate_all)(TANH, 0, y, rows * stride); break;
    default: NAME(activate_all)(step->code, (REAL)step->setting, y, rows * stride);
    }
}

static bool NAME(is_finite)(const REAL *x, long column, long count)
{
    bool finite = true;
    for (long k = 0; k < count; k++)
        finite &= x[k * column] - x[k * column] == 0;
    return finite;
}

/* Take note where an input of some rows is not finite: it would make every sum of its row so, and one, that at the
 * beginning of a row of y, tells whether to look. Without y all are looked at. */
static void NAME(note_finite)(Forward *forward, const REAL *x, long rows, const REAL *y, long stride)
{
    for (long n = 0; n < rows; n++)
        if ((!y || y[n * stride] - y[n * stride] != 0) &&
            !NAME(is_finite)(x + n * forward->row, forward->column, forward->features))
            __atomic_store_n(&forward->is_finite, false, __ATOMIC_RELAXED);
}

/* Let some rows go through all steps, in `memory` for two of what they become, and for the room of a step. */
static void NAME(forward_rows)(Forward *forward, int64_t start, long rows, REAL *memory)
{
    const REAL *x = (const REAL *)forward->x + start * forward->row;
    const long widest = NAME(stride_of)(forward->widest);
    long units = forward->features, stride = forward->copies ? NAME(stride_of)(units) : forward->row;
    REAL *now = memory, *next = now + rows * widest, *room = next + rows * widest;
    if (forward->copies) {
        for (long n = 0; n < rows; n++)
            for (long j = 0; j < units; j++)
                now[n * stride + j] = x[n * forward->row + j * forward->column];
        NAME(note_finite)(forward, x, rows, NULL, 0);
    }
    for (int k = 0; k < forward->steps; k++) {
        const Step *step = &forward->step[k];
        if (step->code != LINEAR) {
            NAME(step_in_place)(step, now, rows, stride, units);
            continue;
        }
        const bool is_of_x = !k && !forward->copies;
        const long next_stride = NAME(stride_of)(step->units);
        NAME(linear_step)(step, is_of_x ? x : now, stride, rows, next, next_stride, room);
        if (is_of_x)
            NAME(note_finite)(forward, x, rows, next, next_stride);
        REAL *before = now;
        now = next;
        next = before;
        units = step->units;
        stride = next_stride;
    }
    for (long n = 0; n < rows; n++)
        memcpy((REAL *)forward->out + (start + n) * units, now + n * stride, units * sizeof(REAL));
}

static void NAME(forward_item)(void *given, long item)
{
    Forward *forward = given;
    const int64_t blocks = (forward->rows + TOGETHER - 1) / TOGETHER;
    const int64_t last = MIN(blocks * (item + 1) / forward->items * TOGETHER, forward->rows);
    int64_t start = blocks * item / forward->items * TOGETHER;
    const size_t rows = (size_t)MIN(TOGETHER, last - start);
    REAL *memory = malloc(((2 * rows + 2) * NAME(stride_of)(forward->widest) + LANES * LANES) * sizeof(REAL));
    if (!memory)
        __atomic_store_n(&forward->lacks_memory, true, __ATOMIC_RELAXED);
    for (; memory && start < last; start += TOGETHER)
        NAME(forward_rows)(forward, start, (long)MIN(TOGETHER, last - start), memory);
    free(memory);
}
