/* A program's working memory in one precision, and what needs no vectors.
 *
 * Matrices lie row by row, each row padded to whole vectors; `stride` is a row's length in REALs. Examples
 * are worked on in blocks of 64, so that a block's bit masks are one word, and that its inputs and activations
 * stay in the processor's cache. */

typedef struct {
    long inputs, units;
    long width, stride; /* units in whole vectors; a row's length */
    int activation;
    REAL setting;
    bool keeps_derivative; /* of the activation, for training: with dropout, or where the value does not tell it */
    REAL *weight, *weight_slot[SLOTS], *weight_gradient; /* (inputs, stride) */
    REAL *bias, *bias_slot[SLOTS], *bias_gradient;       /* (stride) */
    REAL *y, *dy, *derivative;                           /* (span, stride) */
    REAL *transposed; /* the weights (units, stride of the layer below), for the gradient of what is below */
    bool mixed;             /* trained in bfloat16, whose pairs lie in tiles (see mixed.h): */
    uint32_t *weight_tiles, *turned_tiles; /* the weights, and those on their side; of the first layer NULL */
    uint32_t *x_tiles, *x_turned;          /* what the layer is given, for itself and for the gradient */
    uint32_t *dy_tiles, *dy_pairs;         /* the gradient dy, for what is below and for the weights */
    REAL *gradient_on_side; /* as `transposed` is; NULL where it is added up as the weights lie */
} Layer;

/* The bytes as numbers. */
#define SIXTEEN(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15
#define SIXTY_FOUR(n) SIXTEEN(n), SIXTEEN(n + 16), SIXTEEN(n + 32), SIXTEEN(n + 48)
static const REAL OF(of_byte)[256] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192)};
#undef SIXTEEN
#undef SIXTY_FOUR

/* Up to 64 examples as the first layer takes them. Of inputs that are not folded few are 0, and no bits are kept. */
typedef struct {
    int count;
    const int64_t *order; /* the caller's */
    long features, words; /* features in whole words of 64; words of the bits of their GROUPs */
    long stride, raw_stride;
    REAL *x;          /* (BLOCK, stride): u, of the rows of inputs.y; or */
    uint8_t *raw;     /* (BLOCK, raw_stride): the same as bytes */
    const uint8_t *upcoming[BLOCK]; /* where the bytes of the next block lie */
    uint64_t *bits;   /* (BLOCK, words): in which GROUPs of features of an example one is not 0 */
    uint64_t *groups; /* the same for each GROUP: in which examples */
    REAL scale[BLOCK], shift[BLOCK];
    REAL weight[BLOCK];
    int64_t rows[BLOCK];
    int32_t labels[BLOCK];
    Fault fault[BLOCK / CHUNK];
    REAL loss[BLOCK], log_loss[BLOCK]; /* of softmax */
    bool is_right[BLOCK];
    REAL *terms; /* of other losses, then what was measured, each (outputs, BLOCK); of softmax its outputs on their side */
} Block;

/* The factor of each feature before the first layer: x s W is x W', with W' = s W in the layer's weights, and
 * W beside it. The gradient by s is the sum over a row of W times that by W'. */
typedef struct {
    long width;                            /* inputs in whole vectors */
    REAL *factor, *slot[SLOTS], *gradient; /* (width) */
    REAL *weight;                          /* W (inputs, stride) */
} OF(Scale);

/* A step's numbers for one parameter, and a bit for each column that is not 0: such a bit is looked at faster. */
typedef struct {
    REAL column[COLUMNS];
    unsigned terms;
} OF(Numbers);

typedef struct {
    const Plan *plan;
    Call *call;
    const Part *part;
    Layer *layer;
    Layer inputs; /* below the first; all it has is y, the examples */
    OF(Scale) scale;
    REAL *column_sums, *offset_gradient; /* of the first layer: m W, and the gradient by it */
    Block *block;
    bool wide; /* a layer has many weights */
    Piece *piece; /* those of the last layer first */
    int pieces;
    Piece *turned; /* those of them that are turned on their side or packed */
    int turnable;
    bool fused;          /* the first weights step as their gradient is summed up */
    bool plain;          /* the part's inputs are taken as they are */
    void *memory;        /* all of it */
    const double *row;   /* of the table, for this step */
    OF(Numbers) first_numbers; /* of the first weights */
    Team *team; /* NULL while the caller is faster alone */
    Pace pace;
    bool tiles_are_old; /* those of weights before a step; others are packed as their weights step */
    bool sums_are_old; /* column_sums are those of weights before a step */
    /* What is worked on now: */
    long rows, share;    /* examples that go through all layers together; of these, what one thread takes */
    long packed_rows;    /* examples that tiles of mixed precision have room for */
    long turns;          /* pieces that are turned on their side */
    double divisor;      /* of the gradient; 0 where examples are only scored */
    bool adds, is_whole; /* the gradient is added to; it is the batch's then */
} Task;

#define LAYERS (task->plan->layers)
#define LAST (task->layer[task->plan->layers - 1])

/* Take the examples of a block; with labels in their order: like ones share more of their zeros. */
static bool OF(take_rows)(Task *task, Block *block, const int64_t *rows)
{
    enum { KEYS = 256 };
    const Part *part = task->part;
    const REAL *weights = part->weights;
    const int32_t *labels = part->labels;
    const int64_t classes = LAST.units, examples = part->rows;
    const int count = block->count, keys = labels ? (int)MIN(KEYS, classes) : 1;
    int place[KEYS + 1] = {0};
    int64_t row[BLOCK];
    int32_t label[BLOCK] = {0};
    for (int n = 0; n < count; n++) {
        row[n] = read_once(rows + n);
        if (!in_range(&task->call->fault, "a row in order", row[n], examples))
            return false;
        if (labels) {
            label[n] = read_once(labels + row[n]);
            if (!in_range(&task->call->fault, "a label", label[n], classes))
                return false;
        }
        place[label[n] % KEYS + 1]++;
    }
    for (int k = 0; k < keys; k++)
        place[k + 1] += place[k];
    for (int n = 0; n < count; n++) {
        const int at = place[label[n] % KEYS]++;
        block->rows[at] = row[n];
        block->labels[at] = label[n];
    }
    for (int n = 0; n < count; n++)
        block->weight[n] = weights ? weights[block->rows[n]] : 1;
    return true;
}

/* The sum of the weights of a batch; without weights their number. False where a row is out of its range. */
static bool OF(sum_weights)(Task *task, const int64_t *rows, int64_t count, double *sum)
{
    const REAL *weights = task->part->weights;
    *sum = weights ? 0 : (double)count;
    for (int64_t n = 0; weights && n < count; n++) {
        const int64_t row = read_once(rows + n);
        if (!in_range(&task->call->fault, "a row in order", row, task->part->rows))
            return false;
        *sum += weights[row];
    }
    if (*sum == 0) /* nothing counts: what is divided is 0 */
        *sum = 1;
    return true;
}

/* Write a sparse row into x (features). */
static bool OF(spread_out)(const Task *task, int64_t row, REAL *x, Fault *fault)
{
    const Part *part = task->part;
    const long features = task->layer[0].inputs;
    const REAL *values = part->values;
    const int64_t start = read_once(part->starts + row), end = read_once(part->starts + row + 1);
    if (!in_range(fault, "the end of a sparse row", end, part->stored + 1) ||
        !in_range(fault, "the start of a sparse row", start, end + 1))
        return false;
    memset(x, 0, features * sizeof(REAL));
    for (int64_t k = start; k < end; k++) {
        const int32_t column = read_once(part->columns + k);
        if (!in_range(fault, "a column of a sparse row", column, features))
            return false;
        x[column] += values[k];
    }
    return true;
}

/* Whether every scale of a part is 1 and every shift 0. */
static bool OF(is_plain)(const Part *part, long features)
{
    const REAL *scale = part->scale, *shift = part->shift;
    bool plain = !part->per_example && !part->folded;
    for (long i = 0; i < features && plain; i++)
        plain = scale[i] == 1 && shift[i] == 0;
    return plain;
}

/* Whether the first layer leaves out inputs that are 0; in mixed precision they cost less than to be looked for. */
static bool OF(leaves_out)(const Task *task)
{
    return task->part->folded && !(task->layer[0].mixed && task->divisor != 0);
}

/* Turn the bits of GROUPs on their side. */
static void OF(find_groups)(Block *block)
{
    for (long word = 0; word < block->words; word++) {
        uint64_t *turned = block->groups + 64 * word;
        for (int n = 0; n < BLOCK; n++)
            turned[n] = n < block->count ? block->bits[n * block->words + word] : 0;
        transpose_bits(turned);
    }
}

/* The place of a layer's weights among the parameters. */
static int OF(parameter_of)(const Task *task, const Layer *layer)
{
    return 2 * (int)(layer - task->layer) + task->plan->has_scale;
}

/* The numbers of this step for a parameter: its row of the table, times its own factors. */
static OF(Numbers) OF(numbers_of)(const Task *task, int parameter)
{
    OF(Numbers) numbers = {0};
    const double *factors = task->call->factors + parameter * task->plan->columns;
    for (int c = 0; c < task->plan->columns; c++) {
        numbers.column[c] = (REAL)(task->row[c] * factors[c]);
        numbers.terms |= (unsigned)(numbers.column[c] != 0) << c;
    }
    return numbers;
}

/* ---- memory ---- */

/* Examples that go through all layers together, in whole blocks: more of them where many weights have to come to the
 * processor, and as many as to keep all threads at work; but no more than there are. */
static long OF(span_of)(const Task *task, bool training)
{
    const Plan *plan = task->plan;
    const long of_threads = plan->threads > 1 ? MAX(CHUNK, MIN(2 * BLOCK, 2048 / plan->threads)) * plan->threads : 0;
    const int64_t there_are = training ? plan->batch : MAX(plan->part[VALIDATION].rows, 1);
    const int64_t span = MIN(MAX(task->wide || !training ? SPAN : BLOCK, of_threads), there_are);
    return (long)((span + BLOCK - 1) / BLOCK * BLOCK);
}

static long OF(blocks)(const Task *task) { return MAX(OF(span_of)(task, true), OF(span_of)(task, false)) / BLOCK; }

/* Cut the weights into pieces, a few for each thread, whose first, second and so on are neighbours: a thread begins with
 * pieces of every layer. */
static void OF(cut)(Task *task)
{
    const long cuts = task->plan->threads > 1 ? 4 * task->plan->threads : 1;
    for (long cut = 0; cut < cuts; cut++)
        for (int k = task->plan->layers - 1; k >= 0; k--) {
            const long chunks = (task->layer[k].inputs + CHUNK - 1) / CHUNK;
            const long first = chunks * cut / cuts * CHUNK, last = MIN(chunks * (cut + 1) / cuts * CHUNK, task->layer[k].inputs);
            if (first < last)
                task->piece[task->pieces++] = (Piece){k, first, last};
            if (first < last && (k > 0 || task->layer[k].mixed))
                task->turned[task->turnable++] = (Piece){k, first, last};
        }
}

/* Take as many of the examples that are left as go through the network together, and part them for the threads: no
 * more than are worth a thread's while, and some for those who are done early. */
static void OF(share_out)(Task *task, int64_t left, bool for_gradients, bool begins)
{
    const long span = OF(span_of)(task, for_gradients), threads = task->team ? task->plan->threads : 1;
    task->rows = (long)MIN(span, left);
    task->share = (task->rows + threads - 1) / threads;
    if (threads > 1 && task->share >= 2 * BLOCK)
        task->share = (task->share + 1) / 2;
    task->share = (task->share + CHUNK - 1) / CHUNK * CHUNK;
    task->turns = for_gradients && begins ? task->turnable : 0;
}

/* How many shares the examples were parted into. */
static long OF(shares)(const Task *task) { return (task->rows + task->share - 1) / task->share; }

static REAL *OF(reals)(Memory *memory, size_t rows, size_t columns) { return take(memory, rows, columns, sizeof(REAL)); }

static void OF(size_layers)(Task *task, int lanes)
{
    const Plan *plan = task->plan;
    for (int k = 0; k < plan->layers; k++) {
        const Shape *shape = &plan->shape[k];
        Layer *layer = &task->layer[k];
        layer->inputs = shape->inputs;
        layer->units = shape->units;
        layer->activation = shape->activation;
        layer->setting = (REAL)shape->setting;
        layer->width = (layer->units + lanes - 1) / lanes * lanes;
        layer->stride = layer->width;
        if (layer->stride * sizeof(REAL) % 1024 == 0) /* rows a power of 2 apart would fight for the same cache lines */
            layer->stride += 64 / sizeof(REAL);
        layer->keeps_derivative = k + 1 < plan->layers && (shape->rate > 0 || needs_both(shape->activation));
        layer->mixed = is_mixed(plan, k);
        task->wide |= k > 0 && layer->inputs * layer->units >= WIDE;
    }
    task->scale.width = task->inputs.width = (task->layer[0].inputs + lanes - 1) / lanes * lanes;
    task->inputs.stride = (task->layer[0].inputs + 63) / 64 * 64 + 64 / sizeof(REAL); /* an odd number of cache lines */
}

static uint32_t *OF(tiles)(Memory *memory, long rows, long depth)
{
    return take(memory, (rows + TILE - 1) / TILE, (depth + 2 * TILE - 1) / (2 * TILE), TILE_PAIRS * sizeof(uint32_t));
}

/* Memory for a layer of mixed precision: matrices in tiles, by their rows or columns and by what is summed up. */
static void OF(lay_out_tiles)(const Task *task, int k, Memory *memory)
{
    Layer *layer = &task->layer[k];
    const long inputs = layer->inputs, units = layer->units, rows = task->packed_rows;
    layer->weight_tiles = OF(tiles)(memory, units, inputs);
    layer->x_tiles = OF(tiles)(memory, rows, inputs);
    layer->x_turned = OF(tiles)(memory, inputs, rows);
    layer->dy_pairs = OF(tiles)(memory, units, rows);
    if (k > 0) {
        layer->turned_tiles = OF(tiles)(memory, inputs, units);
        layer->dy_tiles = OF(tiles)(memory, rows, units);
    }
}

/* Hand out memory. Every number in it is written before it is read, but for the padding, which is read and
 * counts nowhere, and the padding of inputs, which is cleared. */
static void OF(lay_out)(Task *task, int lanes, Memory *memory)
{
    const Plan *plan = task->plan;
    task->packed_rows = OF(span_of)(task, true);
    const long span = OF(blocks)(task) * BLOCK, features = task->layer[0].inputs;
    for (int k = 0; k < plan->layers; k++) {
        Layer *layer = &task->layer[k];
        layer->weight = OF(reals)(memory, layer->inputs, layer->stride);
        layer->bias = OF(reals)(memory, 1, layer->stride);
        for (int slot = 0; slot < plan->slots; slot++) {
            layer->weight_slot[slot] = OF(reals)(memory, layer->inputs, layer->stride);
            layer->bias_slot[slot] = OF(reals)(memory, 1, layer->stride);
        }
        for (int slot = plan->slots; slot < SLOTS; slot++) { /* what is never touched has an address all the same */
            layer->weight_slot[slot] = layer->weight;
            layer->bias_slot[slot] = layer->bias;
        }
        layer->weight_gradient = OF(reals)(memory, layer->inputs, layer->stride);
        layer->bias_gradient = OF(reals)(memory, 1, layer->stride);
        layer->derivative = layer->keeps_derivative ? OF(reals)(memory, span, layer->stride) : NULL;
        layer->y = OF(reals)(memory, span, layer->stride);
        layer->dy = k + 1 < plan->layers ? OF(reals)(memory, span, layer->stride) : layer->y; /* the loss turns it */
        layer->transposed = layer->gradient_on_side = NULL;
        const Layer *below = k > 0 ? &task->layer[k - 1] : &task->inputs;
        const bool has_less_padding = layer->units * below->width < layer->inputs * layer->width;
        if (layer->mixed)
            OF(lay_out_tiles)(task, k, memory);
        else if (k > 0)
            layer->transposed = OF(reals)(memory, layer->units, below->stride);
        if (!layer->mixed && (has_less_padding || layer->width == lanes))
            layer->gradient_on_side = OF(reals)(memory, layer->units, below->stride);
    }
    if (plan->has_scale) {
        task->scale.factor = OF(reals)(memory, 1, task->scale.width);
        task->scale.gradient = OF(reals)(memory, 1, task->scale.width);
        for (int slot = 0; slot < SLOTS; slot++)
            task->scale.slot[slot] = slot < plan->slots ? OF(reals)(memory, 1, task->scale.width) : task->scale.factor;
        task->scale.weight = OF(reals)(memory, features, task->layer[0].stride);
    }
    task->column_sums = OF(reals)(memory, 1, task->layer[0].stride);
    task->offset_gradient = OF(reals)(memory, 1, task->layer[0].stride);
    const long whole = (features + 63) / 64 * 64, words = (features + 64 * GROUP - 1) / (64 * GROUP);
    const bool validates = plan->has_validation;
    const bool any_raw = plan->part[TRAINING].stays_raw || (validates && plan->part[VALIDATION].stays_raw);
    const bool any_real = !plan->part[TRAINING].stays_raw || (validates && !plan->part[VALIDATION].stays_raw);
    const long stride = task->inputs.stride;
    task->inputs.y = any_real ? OF(reals)(memory, span, stride) : NULL;
    for (long n = 0; memory->start && any_real && n < span; n++)
        memset(task->inputs.y + n * stride + features, 0, (stride - features) * sizeof(REAL));
    task->block = take(memory, 1, OF(blocks)(task), sizeof(Block));
    task->piece = take(memory, plan->layers, 4 * plan->threads, sizeof(Piece));
    task->turned = take(memory, plan->layers, 4 * plan->threads, sizeof(Piece));
    for (long b = 0; b < OF(blocks)(task); b++) {
        const long raw_stride = (whole + 63) / 128 * 128 + 64; /* an odd number of cache lines */
        REAL *x = memory->start && any_real ? task->inputs.y + b * BLOCK * stride : NULL;
        uint8_t *raw = any_raw ? take(memory, BLOCK, raw_stride, 1) : NULL;
        uint64_t *bits = take(memory, BLOCK, words, sizeof(uint64_t));
        uint64_t *groups = take(memory, 64, words, sizeof(uint64_t));
        REAL *terms = OF(reals)(memory, (plan->loss.code == SOFTMAX ? 1 : 2) * LAST.units, BLOCK);
        if (memory->start)
            task->block[b] = (Block){.features = whole, .words = words, .stride = stride, .raw_stride = raw_stride,
                                     .x = x, .raw = raw, .bits = bits, .groups = groups, .terms = terms};
        for (int n = 0; memory->start && raw && n < BLOCK; n++)
            memset(raw + n * raw_stride + features, 0, raw_stride - features);
    }
}

/* A task with its memory, filled with a byte first; NULL for want of memory. */
static void *OF(task_of)(const Plan *plan, int lanes, int filling)
{
    Memory counted = {0}, memory = {0};
    Task *task = calloc(1, sizeof(Task));
    Layer *layers = calloc(plan->layers, sizeof(Layer));
    if (task && layers) {
        task->plan = plan;
        task->layer = layers;
        OF(size_layers)(task, lanes);
        OF(lay_out)(task, lanes, &counted);
        task->memory = counted.too_large ? NULL : calloc(counted.used + 64, 1);
    }
    if (!task || !task->memory) {
        free(layers);
        free(task);
        return NULL;
    }
    advise_large_pages(task->memory, counted.used);
    if (filling) /* else it is zeroed, and no page is touched before it is used */
        memset(task->memory, filling, counted.used + 64);
    memory.start = (char *)(((uintptr_t)task->memory + 63) / 64 * 64);
    OF(lay_out)(task, lanes, &memory);
    OF(cut)(task);
    task->pace.together = true;
    return task;
}

static void OF(free_task)(void *task)
{
    if (task) {
        free(((Task *)task)->memory);
        free(((Task *)task)->layer);
        free(task);
    }
}

/* ---- the caller's parameters and slots, packed one after the other, into padded rows and back ---- */

static REAL *OF(carry_row)(REAL *packed, REAL *row, long count, bool back)
{
    memcpy(back ? packed : row, back ? row : packed, count * sizeof(REAL));
    return packed + count;
}

/* The rows of a layer, its bias last. */
static REAL *OF(carry_layer)(REAL *packed, const Layer *layer, REAL *weight, REAL *bias, bool back)
{
    for (long i = 0; i < layer->inputs; i++)
        packed = OF(carry_row)(packed, weight + i * layer->stride, layer->units, back);
    return OF(carry_row)(packed, bias, layer->units, back);
}

static void OF(carry_parameters)(const Task *task, void *parameters, bool back)
{
    REAL *packed = parameters;
    const bool has_scale = task->plan->has_scale;
    if (has_scale)
        packed = OF(carry_row)(packed, task->scale.factor, task->layer[0].inputs, back);
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        packed = OF(carry_layer)(packed, layer, has_scale && !k ? task->scale.weight : layer->weight, layer->bias, back);
    }
}

static void OF(carry_slots)(const Task *task, void *slots, bool back)
{
    REAL *packed = slots;
    for (int slot = 0; slot < task->plan->slots; slot++) {
        if (task->plan->has_scale)
            packed = OF(carry_row)(packed, task->scale.slot[slot], task->layer[0].inputs, back);
        for (int k = 0; k < LAYERS; k++) {
            const Layer *layer = &task->layer[k];
            packed = OF(carry_layer)(packed, layer, layer->weight_slot[slot], layer->bias_slot[slot], back);
        }
    }
}

static void OF(carry_gradients)(const Task *task, void *gradients)
{
    REAL *packed = gradients;
    if (task->plan->has_scale)
        packed = OF(carry_row)(packed, task->scale.gradient, task->layer[0].inputs, true);
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        packed = OF(carry_layer)(packed, layer, layer->weight_gradient, layer->bias_gradient, true);
    }
}
