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
    REAL *dy_sums; /* (span / CHUNK, stride): of the examples of each chunk */
    REAL *y, *dy, *derivative;                           /* (span, stride) */
    REAL *transposed; /* the weights (units, stride of the layer below), for what is below; of wide layers NULL */
    bool mixed; /* trained in bfloat16, whose pairs lie in tiles (see mixed.h): */
    uint32_t *weight_tiles, *turned_tiles; /* the weights, and those on their side; of the first layer NULL */
    uint32_t *x_tiles, *x_turned;          /* what the layer is given, for itself and for the gradient */
    uint32_t *dy_tiles, *dy_pairs;         /* the gradient dy, for what is below and for the weights */
    REAL *gradient_on_side; /* as `transposed` is; NULL where it is added up as the weights lie */
} Layer;

/* The bytes as numbers. */
#define FOUR_FROM(n) n, n + 1, n + 2, n + 3
#define SIXTEEN(n) FOUR_FROM(n), FOUR_FROM(n + 4), FOUR_FROM(n + 8), FOUR_FROM(n + 12)
#define SIXTY_FOUR(n) SIXTEEN(n), SIXTEEN(n + 16), SIXTEEN(n + 32), SIXTEEN(n + 48)
static const REAL OF(of_byte)[256] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192)};
#undef FOUR_FROM
#undef SIXTEEN
#undef SIXTY_FOUR

/* Up to 64 examples as the first layer takes them. Of inputs that are not folded few are 0, and no bits are kept. */
typedef struct {
    int count;
    const int64_t *order; /* the caller's */
    long stride, raw_stride;
    long middle;      /* where the second part of the features begins, or there is none */
    REAL *x;          /* (BLOCK, stride): u, of the rows of inputs.y; or */
    uint8_t *raw;     /* (parts, BLOCK, raw_stride): the same as bytes; a core fetches what lies beside its own, too */
    uint64_t *groups; /* for each GROUP of features: in which examples one is not 0 */
    REAL scale[BLOCK], shift[BLOCK];
    REAL weight[BLOCK];
    int64_t rows[BLOCK];
    int32_t labels[BLOCK];
    Fault fault[PARTS][BLOCK / CHUNK];
    REAL loss[BLOCK], log_loss[BLOCK]; /* of softmax */
    int32_t is_right[BLOCK]; /* no bool: threads write to different cache lines */
    REAL *terms; /* of other losses, then what was measured, each (outputs, BLOCK); of softmax its outputs on their side */
} Block;

/* The factor of each feature before the first layer: x s W is x W', with W' = s W in the layer's weights, and
 * W beside it. The gradient by s is the sum over a row of W times that by W'. */
typedef struct {
    long width;                            /* inputs in whole vectors */
    REAL *factor, *slot[SLOTS], *gradient; /* (width) */
    REAL *weight;                          /* W (inputs, stride) */
} OF(Scale);

/* The last units of the first layer, where they are few: their weights on their side. */
typedef struct {
    int units;                       /* 0 where there are none */
    long column;                     /* of the first of them; else the layer's width */
    long stride;                     /* inputs in whole vectors */
    REAL *weight, *slot[SLOTS];      /* (4, stride); behind the last feature, and of what is no unit, 0 */
    REAL *gradient, *shift;          /* (4, stride), (stride) */
} OF(Leftover);

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
    OF(Leftover) leftover;
    REAL *column_sums, *offset_gradient; /* of the first layer: m W, and the gradient by it */
    REAL *weight_sums; /* (inputs / CHUNK, stride): m W of the features of each chunk */
    REAL *shift_sums;  /* (span / CHUNK, stride): the gradient by m W of the examples of each chunk */
    REAL *second;      /* (span, stride): what the second part of the features gives */
    int parts;         /* of the features */
    long part_at[PARTS + 1]; /* the first feature of each; and the end */
    Block *block;
    bool wide; /* a layer has many weights */
    Piece *piece; /* of each thread those of the first layer first */
    int pieces;
    bool on_side;        /* leftover units are worked on as such */
    bool fused;          /* the first weights step as their gradient is summed up */
    bool plain;          /* the part's inputs are taken as they are */
    void *memory;        /* all of it */
    const double *row;   /* of the table, for this step */
    OF(Numbers) first_numbers; /* of the first weights */
    Team *team; /* NULL while the caller is faster alone */
    Pace pace[2]; /* of training and of scoring: an example takes longer in the one than in the other */
    struct {
        int what; /* the number of a slot, or another */
        REAL *packed;
        bool back;
    } carried;
    bool are_alike; /* both parts: what is ready for one is for the other */
    /* What is worked on now: */
    long rows;           /* examples that go through all layers together */
    double divisor;      /* of the gradient; 0 where examples are only scored */
    int now;             /* the layer that goes on by itself */
    bool adds, is_whole; /* the gradient is added to; it is the batch's then */
} Task;

/* Whether a call wants gradients, or steps. */
static bool OF(trains)(const Task *task) { return task->call->stepped || task->call->gradients; }

/* Whether the first layer leaves out inputs that are 0; in mixed precision they cost less than to be looked for. */
static bool OF(leaves_out)(const Task *task)
{
    return task->part->folded && !(task->layer[0].mixed && OF(trains)(task));
}

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
    const int count = block->count, keys = labels ? (int)MIN(KEYS, classes) : 0;
    int place[KEYS + 1] = {0};
    int64_t row[BLOCK];
    int32_t label[BLOCK];
    for (int n = 0; n < count; n++) {
        row[n] = read_once(rows + n);
        if (!in_range(&task->call->fault, "a row in order", row[n], examples))
            return false;
    }
    for (int n = 0; n < count && labels; n++) {
        label[n] = read_once(labels + row[n]);
        if (!in_range(&task->call->fault, "a label", label[n], classes))
            return false;
        place[label[n] % KEYS + 1]++;
    }
    for (int k = 0; k < keys; k++)
        place[k + 1] += place[k];
    for (int n = 0; n < count && labels; n++) {
        const int at = place[label[n] % KEYS]++;
        block->rows[at] = row[n];
        block->labels[at] = label[n];
    }
    if (!labels)
        memcpy(block->rows, row, count * sizeof *row);
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

/* Whether what is made ready of the weights is the same for both parts of a program. */
static bool OF(are_alike)(const Plan *plan)
{
    const Part *training = &plan->part[TRAINING], *validation = &plan->part[VALIDATION];
    return plan->has_validation && !plan->unit && training->folded == validation->folded &&
           !memcmp(training->shift, validation->shift, plan->shape[0].inputs * sizeof(REAL));
}

/* The examples of a share that lie in one block, from `first` to `last` - 1 of it. */
typedef struct {
    Block *block;
    long at; /* the block's first example */
    int first, last;
} Stretch;

/* Rows of a matrix, `first` to `last` - 1, and columns of it, `from` to `until` - 1, in whole vectors. */
typedef struct {
    long first, last, from, until;
} Area;

/* How many of an area's rows lie one after the other with nothing between them that is not theirs, and how long they are. */
typedef struct {
    long rows, length;
} Run;

INLINE Run OF(run)(const Layer *layer, Area area)
{
    const long rows = area.until - area.from == layer->width ? area.last - area.first : 1;
    return (Run){rows, rows > 1 ? rows * layer->stride : area.until - area.from};
}

INLINE Stretch OF(stretch)(const Task *task, long first, long last)
{
    const long at = first / BLOCK * BLOCK;
    return (Stretch){&task->block[first / BLOCK], at, (int)(first - at), (int)MIN(BLOCK, last - at)};
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

/* Where a feature of an example lies as a byte. */
INLINE uint8_t *OF(raw_at)(const Block *block, long n, long feature)
{
    const bool is_second = feature >= block->middle;
    return block->raw + (n + is_second * BLOCK) * block->raw_stride + feature - is_second * block->middle;
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

/* Where the rows of a layer's weights are cut, by chunks. Those of parts of the features are cut so that a thread works
 * on one part only, if there is an even number of threads. */
static long OF(cut_at)(const Task *task, int k, long cut, long cuts)
{
    const long inputs = task->layer[k].inputs, chunks = (inputs + CHUNK - 1) / CHUNK;
    const long middle = task->part_at[1] / CHUNK;
    long at = chunks * cut / cuts;
    if (!k && task->parts > 1)
        at = 2 * cut < cuts ? middle * 2 * cut / cuts : middle + (chunks - middle) * (2 * cut - cuts) / cuts;
    return MIN(at * CHUNK, inputs);
}

/* Cut the weights into pieces, one of each layer for each thread; but for small layers, which are one thread's, and come
 * last, for whoever has time. Pieces may be empty: all threads have the same number of them. */
static void OF(cut)(Task *task)
{
    const long cuts = task->plan->threads;
    for (long cut = 0; cut < cuts; cut++)
        for (int k = 0; k < task->plan->layers; k++) {
            const bool is_small = task->layer[k].inputs * task->layer[k].units < CUT_FROM;
            const long whose = (task->plan->layers - 1 - k) % cuts, of = is_small ? 1 : cuts;
            const long at = is_small ? cut > whose : cut, next = is_small ? cut >= whose : cut + 1;
            task->piece[task->pieces++] = (Piece){k, OF(cut_at)(task, k, at, of), OF(cut_at)(task, k, next, of)};
        }
}

/* In how many shares the examples are parted, of whose features so many parts are worked on one by one. */
static long OF(shares)(const Task *task, int parts)
{
    const long threads = task->team ? task->plan->threads : 1;
    return MIN(threads % parts ? threads : threads / parts, (task->rows + CHUNK - 1) / CHUNK);
}

/* The first example of a share. */
static long OF(share_at)(const Task *task, long share, long shares)
{
    return MIN((task->rows + CHUNK - 1) / CHUNK * share / shares * CHUNK, task->rows);
}

/* Whether the units of a layer are parted between threads, and not the examples: its weights, which are many, are brought
 * together once then, and not by each thread. */
static bool OF(by_units)(const Task *task, int k)
{
    const Layer *layer = &task->layer[k];
    return task->team && !layer->mixed && !(k == 0 && OF(leaves_out)(task)) && layer->inputs * layer->units >= WIDE &&
           MIN(layer->inputs, layer->units) >= CHUNK * task->plan->threads;
}

/* The layers from which on examples go on, and back, by themselves: those before them go one by one. */
static int OF(tail)(const Task *task)
{
    int tail = task->plan->layers;
    for (int k = 0; k < task->plan->layers; k++)
        if (task->layer[k].mixed)
            return 0;
    while (tail > 0 && !OF(by_units)(task, tail - 1))
        tail--;
    return tail;
}

/* In how many items such a layer is done. */
static long OF(layer_items)(const Task *task, int k)
{
    return OF(by_units)(task, k) ? task->plan->threads : OF(shares)(task, 1);
}

/* Whether features are read by who goes forward over them, so that they don't go from core to core: by blocks, for bits
 * of a block's examples lie together, and where a part of an example can be read alone. */
static bool OF(reads_apart)(const Task *task)
{
    const long shares = OF(shares)(task, task->parts);
    const bool is_alone = task->parts == 1 || !(task->part->per_example || task->part->starts);
    return OF(leaves_out)(task) && is_alone && (shares == 1 || task->rows % (shares * BLOCK) == 0);
}

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
    const long middle = (task->layer[0].inputs / 2 + 32) / 64 * 64;
    task->parts = task->layer[0].inputs < PARTED_FROM ? 1 : PARTS;
    task->part_at[1] = middle;
    task->part_at[task->parts] = task->layer[0].inputs;
    task->scale.width = task->inputs.width = (task->layer[0].inputs + lanes - 1) / lanes * lanes;
    task->inputs.stride = (task->layer[0].inputs + 63) / 64 * 64 + 64 / sizeof(REAL); /* an odd number of cache lines */
    const Layer *first = &task->layer[0];
    const int left = (int)(first->units % lanes);
    const bool is_sparse = plan->part[TRAINING].starts; /* where most features are 0, they are to be left out */
    task->leftover.units = !is_sparse && !first->mixed && first->units > lanes && left <= lanes / 4 ? left : 0;
    task->leftover.column = task->leftover.units ? first->width - lanes : first->width;
    task->leftover.stride = task->scale.width;
}

static uint32_t *OF(tiles)(Memory *memory, long rows, long depth)
{
    return take(memory, (rows + TILE - 1) / TILE, (depth + 2 * TILE - 1) / (2 * TILE), TILE_PAIRS * sizeof(uint32_t));
}

/* Memory for a layer of mixed precision: matrices in tiles, by their rows or columns and by what is summed up. */
static void OF(lay_out_tiles)(const Task *task, int k, Memory *memory)
{
    Layer *layer = &task->layer[k];
    const long inputs = layer->inputs, units = layer->units, rows = OF(span_of)(task, true);
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
        layer->dy_sums = OF(reals)(memory, span / CHUNK, layer->stride);
        layer->y = OF(reals)(memory, span, layer->stride);
        layer->dy = k + 1 < plan->layers ? OF(reals)(memory, span, layer->stride) : layer->y; /* the loss turns it */
        layer->transposed = layer->gradient_on_side = NULL;
        const Layer *below = k > 0 ? &task->layer[k - 1] : &task->inputs;
        if (layer->mixed)
            OF(lay_out_tiles)(task, k, memory);
        else if (k > 0 && layer->inputs * layer->units < WIDE) /* else it is turned as it is brought together */
            layer->transposed = OF(reals)(memory, layer->units, below->stride);
        if (k > 0 && !layer->mixed && layer->width == lanes) /* few units */
            layer->gradient_on_side = OF(reals)(memory, layer->units, below->stride);
    }
    if (plan->has_scale) {
        task->scale.factor = OF(reals)(memory, 1, task->scale.width);
        task->scale.gradient = OF(reals)(memory, 1, task->scale.width);
        for (int slot = 0; slot < SLOTS; slot++)
            task->scale.slot[slot] = slot < plan->slots ? OF(reals)(memory, 1, task->scale.width) : task->scale.factor;
        task->scale.weight = OF(reals)(memory, features, task->layer[0].stride);
    }
    if (task->leftover.units) {
        OF(Leftover) *leftover = &task->leftover;
        leftover->weight = OF(reals)(memory, 4, leftover->stride);
        for (int slot = 0; slot < SLOTS; slot++)
            leftover->slot[slot] = slot < plan->slots ? OF(reals)(memory, 4, leftover->stride) : leftover->weight;
        leftover->gradient = OF(reals)(memory, 4, leftover->stride);
        leftover->shift = OF(reals)(memory, 1, leftover->stride);
    }
    task->column_sums = OF(reals)(memory, 1, task->layer[0].stride);
    task->offset_gradient = OF(reals)(memory, 1, task->layer[0].stride);
    task->weight_sums = OF(reals)(memory, (features + CHUNK - 1) / CHUNK, task->layer[0].stride);
    task->shift_sums = OF(reals)(memory, span / CHUNK, task->layer[0].stride);
    task->second = OF(reals)(memory, task->parts > 1 ? span : 0, task->layer[0].stride);
    const long whole = (features + 63) / 64 * 64, widest = task->parts > 1 ? whole - task->part_at[1] + 64 : whole;
    const long raw_stride = (widest + 63) / 128 * 128 + 64; /* an odd number of cache lines */
    const bool validates = plan->has_validation;
    const bool any_raw = plan->part[TRAINING].stays_raw || (validates && plan->part[VALIDATION].stays_raw);
    const bool any_real = !plan->part[TRAINING].stays_raw || (validates && !plan->part[VALIDATION].stays_raw);
    const long stride = task->inputs.stride;
    task->inputs.y = any_real ? OF(reals)(memory, span, stride) : NULL;
    for (long n = 0; memory->start && any_real && n < span; n++)
        memset(task->inputs.y + n * stride + features, 0, (stride - features) * sizeof(REAL));
    task->block = take(memory, 1, OF(blocks)(task), sizeof(Block));
    task->piece = take(memory, plan->layers, plan->threads, sizeof(Piece));
    for (long b = 0; b < OF(blocks)(task); b++) {
        REAL *x = memory->start && any_real ? task->inputs.y + b * BLOCK * stride : NULL;
        uint8_t *raw = any_raw ? take(memory, task->parts * BLOCK, raw_stride, 1) : NULL;
        uint64_t *groups = take(memory, whole, 1, sizeof(uint64_t) / GROUP);
        REAL *terms = OF(reals)(memory, (plan->loss.code == SOFTMAX ? 1 : 2) * LAST.units, BLOCK);
        if (memory->start)
            task->block[b] = (Block){.stride = stride, .raw_stride = raw_stride, .middle = task->part_at[1], .x = x,
                                     .raw = raw, .groups = groups, .terms = terms};
        for (int n = 0; memory->start && raw && n < BLOCK; n++)
            memset(OF(raw_at)(&task->block[b], n, features - 1) + 1, 0, whole - features);
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
    task->are_alike = OF(are_alike)(plan);
    for (int part = 0; part < 2; part++)
        task->pace[part] = (Pace){.together = true, .left = TRIAL, .kept = {KEPT / 2, KEPT / 2},
                                  .of_example = {HUGE_VAL, HUGE_VAL}};
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

static void OF(carry_row)(REAL *packed, REAL *row, long count, bool back)
{
    memcpy(back ? packed : row, back ? row : packed, count * sizeof(REAL));
}

/* Where the weights of a layer lie in a packed array; of the layer after the last, its length. */
static long OF(packed_at)(const Task *task, int k)
{
    long at = task->plan->has_scale ? task->layer[0].inputs : 0;
    for (const Layer *layer = task->layer; layer < task->layer + k; layer++)
        at += (layer->inputs + 1) * layer->units;
    return at;
}

/* The rows of a piece, and behind the last of a layer its bias. */
static void OF(carry_item)(void *given, long item)
{
    const Task *task = given;
    const Piece *piece = &task->piece[item];
    const Layer *layer = &task->layer[piece->layer];
    const int what = task->carried.what;
    REAL *packed = task->carried.packed + OF(packed_at)(task, piece->layer), *weight, *bias;
    if (what == GRADIENTS) {
        weight = layer->weight_gradient;
        bias = layer->bias_gradient;
    } else if (what == PARAMETERS) {
        weight = task->plan->has_scale && !piece->layer ? task->scale.weight : layer->weight;
        bias = layer->bias;
    } else {
        weight = layer->weight_slot[what];
        bias = layer->bias_slot[what];
    }
    for (long i = piece->first; i < piece->last; i++)
        OF(carry_row)(packed + i * layer->units, weight + i * layer->stride, layer->units, task->carried.back);
    if (piece->first < piece->last && piece->last == layer->inputs)
        OF(carry_row)(packed + layer->inputs * layer->units, bias, layer->units, task->carried.back);
}

/* Carry parameters, gradients or a slot; each thread those that it works on. */
static void OF(carry)(Task *task, int what, void *packed, bool back)
{
    OF(Scale) *scale = &task->scale;
    task->carried.what = what;
    task->carried.packed = packed;
    task->carried.back = back;
    if (task->plan->has_scale)
        OF(carry_row)(packed, what == GRADIENTS ? scale->gradient : what == PARAMETERS ? scale->factor : scale->slot[what],
                      task->layer[0].inputs, back);
    do_job(task->team, OF(carry_item), task, task->pieces);
}

/* Carry parameters and, with steps, slots. */
static void OF(carry_all)(Task *task, bool back)
{
    const Call *call = task->call;
    OF(carry)(task, PARAMETERS, call->parameters, back);
    for (int slot = 0; slot < task->plan->slots && call->stepped; slot++)
        OF(carry)(task, slot, (REAL *)call->slots + slot * OF(packed_at)(task, LAYERS), back);
}

static void OF(turn_columns)(const Task *task, REAL *on_side, REAL *weight, bool back)
{
    const OF(Leftover) *leftover = &task->leftover;
    const Layer *layer = &task->layer[0];
    if (!back)
        memset(on_side, 0, 4 * leftover->stride * sizeof(REAL));
    for (int u = 0; u < leftover->units; u++)
        for (long i = 0; i < layer->inputs; i++) {
            REAL *one = on_side + u * leftover->stride + i, *other = weight + i * layer->stride + leftover->column + u;
            *(back ? other : one) = *(back ? one : other);
        }
}

/* Turn the weights of leftover units, and what is kept beside them, on their side, or back. */
static void OF(turn_leftover)(const Task *task, bool back)
{
    const Layer *layer = &task->layer[0];
    if (!task->leftover.units)
        return;
    OF(turn_columns)(task, task->leftover.weight, layer->weight, back);
    for (int slot = 0; slot < task->plan->slots; slot++)
        OF(turn_columns)(task, task->leftover.slot[slot], layer->weight_slot[slot], back);
    memset(task->leftover.shift, 0, task->leftover.stride * sizeof(REAL));
    memcpy(task->leftover.shift, task->part->shift, layer->inputs * sizeof(REAL));
}
