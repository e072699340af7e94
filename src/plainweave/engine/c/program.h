/* What a program is made of, as Python hands it in: of no precision, and nothing here is changed by its run. */

#define BLOCK 64     /* examples worked on together: the bits of a word */
#define CHUNK 16     /* examples that are never parted between threads: vectors of any width are whole */
#define PARTS 2      /* of many features of folded inputs, each summed up by itself */
#define PARTED_FROM 256 /* features that are worth parts */
#define CUT_FROM 4096 /* weights of a layer that are worth being cut */
#define GROUP 4      /* neighbouring features whose gradients are summed up together */
#define PANEL 1024     /* bytes of a column that a dense product goes through at once */
#define UNPACKED 24576 /* bytes of one that stays in the first-level cache as it lies */
#define DISTANT 300000 /* bytes of a matrix whose columns are asked for before it is their turn */
#define PACKED_FROM 32 /* rows for which it pays to bring a panel together */
#define WIDE 16384   /* weights from which on a layer is wide */
#define ASKED_FOR 32768 /* bytes of a matrix that stays in the first-level cache from when it is asked for */
#define SPAN 256     /* examples that go through wide layers together */
#define TILE 16       /* rows and columns of a tile of mixed precision */
#define TILE_PAIRS 256 /* in it */
#define MIXED_FROM 4096 /* weights of a layer for which mixed precision pays */
#define MOST_THREADS 256 /* that a program may be given; see team.py */

enum { IDENTITY, TANH, SIGMOID, RELU, LEAKY_RELU, ELU, SELU, GELU, GELU_TANH, SILU, MISH, SOFTPLUS, ACTIVATIONS };
enum { SOFTMAX, SIGMOID_LOSS, SQUARED_ERROR, ABSOLUTE_ERROR, HUBER, QUANTILE, POISSON, LOSSES };

/* Columns of the table of steps: those of all rules, then a rule's own (see optimizers/). */
enum { RATE, DECAY, L1, SHRINK, OWN };
enum { MOMENTUM = OWN, SHARE, NESTEROV, SGD_COLUMNS };
enum { BETA1 = OWN, REST1, BETA2, REST2, EPSILON_OF_ADAM, ADAM_COLUMNS };
enum { COLUMNS = ADAM_COLUMNS, SLOTS = 2 }; /* of the rule that has most */

/* Every rule, the function rule_SGD and so on of optimizers.h: its columns, and how few and how many slots it has. */
#define RULES(EACH) EACH(SGD, SGD_COLUMNS, 0, 1) EACH(ADAM, ADAM_COLUMNS, 2, 2)
#define NAME_OF_RULE(name, ...) name,
enum { RULES(NAME_OF_RULE) RULE_COUNT };

/* Whether an activation's derivative can't be had from its value alone. */
INLINE bool needs_both(int activation) { return activation >= ELU && activation <= MISH; }

/* A linear layer with its activation, and the dropout after it. */
typedef struct {
    long inputs, units;
    int activation;
    double setting; /* a slope or an alpha */
    double rate;    /* of dropout; 0 for none */
    int number;     /* of the dropout in the network's list of layers */
} Shape;

typedef struct {
    int code;
    double setting; /* label smoothing or delta */
    const double *levels;
    long level_count;
    long width;     /* numbers in a row of targets */
    double largest; /* of a term, as it is told */
} Loss;

/* Weighted sums over examples; what a metric needs. */
typedef struct {
    double loss, weight, correct, log_loss;
    double *squares, *sizes; /* (outputs): w r^2 and w |r| of the residuals r of predictions */
} Sums;

/* Examples in the caller's arrays: inputs are bytes, reals or the rows of a sparse matrix. */
typedef struct {
    const uint8_t *bytes;
    const void *reals;
    const int64_t *places;        /* (rows): where each lies among the dense ones; NULL: in turn */
    const int64_t *starts;
    const int32_t *columns;
    const void *values;
    const int32_t *labels;        /* or */
    const void *targets;          /* (rows, width) */
    const void *weights;          /* (rows), or NULL: all are 1 */
    int64_t rows, stored;         /* examples that there are; dense ones or values of sparse ones in memory */
    const void *scale, *shift;    /* each (features): x = raw * scale - shift */
    bool per_example, folded, scaled;
    bool stays_raw; /* bytes become numbers where they are multiplied */
} Part;

/* What becomes of stored reals as they are read. */
enum { AS_STORED, SCALED, STANDARDIZED };

struct Tiles;

/* What multiplies in bfloat16 (see units.h), and what it makes of a layer's rows `first` to `last` - 1 (see mixed.h). */
typedef struct {
    const char *name;
    bool (*supported)(void);
    void (*begin)(void), (*end)(void);
    void (*multiply)(const struct Tiles *tiles, bool two_rows, bool two_columns, bool adds, float *sums,
                     long stride);
    void (*pack_weights)(const void *task, int layer, long first, long last);
    void (*forward)(const void *task, int layer, long first, long last);
    void (*back)(const void *task, int layer, long first, long last);
    void (*gradient)(const void *task, int layer, long first, long last);
} Unit;

typedef struct {
    int layers;
    Shape *shape;
    bool has_scale; /* a factor for each feature before the first layer */
    Loss loss;
    int rule, slots, columns;
    int64_t batch; /* examples of a step */
    Part part[2];
    bool has_validation;
    int threads;
    const Unit *unit; /* of mixed precision; NULL for full */
} Plan;

enum { TRAINING, VALIDATION };
enum { GRADIENTS = -2, PARAMETERS }; /* beside the numbers of slots: what is carried between a caller's array and the task */

/* Whether a layer is trained in mixed precision. */
INLINE bool is_mixed(const Plan *plan, int k)
{
    return plan->unit && (double)plan->shape[k].inputs * plan->shape[k].units >= MIXED_FROM;
}

enum { TRACED = 2 };     /* numbers of the trace for each step */
enum { FIRST_SUMS = 4 }; /* loss, weight, correct and log loss */

/* Rows of a layer's weights that one thread works on. */
typedef struct {
    int layer;
    long first, last;
} Piece;

/* Go through the stretches of examples `from` to `until` - 1, one block after the other. */
#define EACH_STRETCH(s, from, until) \
    (Stretch s = OF(stretch)(task, from, until); s.at + s.first < (until); s = OF(stretch)(task, s.at + s.last, until))

/* Why the work was given up: a number in the caller's arrays is not in 0 to limit - 1. */
typedef struct {
    const char *what; /* NULL: it was not */
    int64_t value, limit;
} Fault;

/* When an epoch is to be the last: once the losses of more than `limit` in turn, as they are traced, were no lower than
 * the best by `least`. */
enum { LEAST, BEST, WAITED, LIMIT, PER_LOSS, PER_PENALTY, FIRST_SHARE };
typedef struct {
    double best, waited;
    const double *given; /* those numbers, and the share of each step's loss in its epoch's; NULL: they never are */
} Until;

/* One call: what is worked on, and what comes of it. */
typedef struct {
    int part;
    bool stepped;                 /* steps are taken; else gradients are left in `gradients`, or examples scored */
    void *parameters, *slots;     /* packed, the caller's */
    void *gradients;              /* packed, of one batch; NULL but for that */
    bool goes_on, is_gone_on_with; /* parameters and slots are those of the call before, or the next one's, and not carried */
    const int64_t *order;         /* rows that are worked on, in turn */
    int64_t examples;             /* of all epochs */
    int64_t epochs;
    void *kept;                   /* (epochs, parameters): those at the end of each; NULL for none */
    const int64_t *scored;        /* rows of the validation part, scored at the end of each epoch; or NULL */
    int64_t scored_rows;
    Until until;
    int64_t done;                 /* epochs */
    const double *table;          /* (steps, columns) */
    const double *factors;        /* (parameters, columns) */
    double largest_norm;          /* of a gradient; 0 for any */
    double *trace;                /* (steps, 2): the loss and the penalty of each; NULL for none */
    uint64_t mask_key;
    bool masked;                  /* with dropout */
    Sums sums;                    /* of one epoch */
    double *told;                 /* (epochs, FIRST_SUMS + 2 * outputs): the sums of each; then of what is scored */
    double *total;                /* the caller's: what was told is added to it */
    Fault fault;
} Call;

/* Write down sums in a row of what is told, and begin the next with none. */
static void tell(Call *call, int64_t row, long outputs)
{
    Sums *sums = &call->sums;
    double *told = call->told + row * (FIRST_SUMS + 2 * outputs);
    told[0] = sums->loss;
    told[1] = sums->weight;
    told[2] = sums->correct;
    told[3] = sums->log_loss;
    memcpy(told + FIRST_SUMS, sums->squares, outputs * sizeof(double));
    memcpy(told + FIRST_SUMS + outputs, sums->sizes, outputs * sizeof(double));
    memset(sums->squares, 0, outputs * sizeof(double));
    memset(sums->sizes, 0, outputs * sizeof(double));
    sums->loss = sums->weight = sums->correct = sums->log_loss = 0;
}

/* Whether an epoch with such a trace is to be the last. */
static bool is_last(Until *until, const double *trace, int64_t steps)
{
    const double *given = until->given;
    double loss = 0;
    for (int64_t step = 0; step < steps; step++)
        loss += given[FIRST_SHARE + step] *
                (trace[TRACED * step] * given[PER_LOSS] + trace[TRACED * step + 1] * given[PER_PENALTY]);
    until->waited = loss > until->best - given[LEAST] ? until->waited + 1 : 0;
    until->best = MIN(loss, until->best);
    return until->waited > given[LIMIT];
}

INLINE bool in_range(Fault *fault, const char *what, int64_t value, int64_t limit)
{
    if (__builtin_expect(value >= 0 && value < limit, true))
        return true;
    *fault = (Fault){what, value, limit};
    return false;
}

/* ---- working memory: one piece, handed out in cache lines ---- */

typedef struct {
    char *start;
    size_t used;    /* bytes */
    bool too_large; /* more than can be counted */
} Memory;

/* Memory for (rows, columns) of something. Without a start it only counts. Under AddressSanitizer a line
 * between two pieces is out of bounds. */
static void *take(Memory *memory, size_t rows, size_t columns, size_t size)
{
    void *here = memory->start ? memory->start + memory->used : NULL;
    const size_t most = PTRDIFF_MAX / 2;
    size_t bytes;
    if (__builtin_mul_overflow(rows, columns, &bytes) || __builtin_mul_overflow(bytes, size, &bytes) || bytes > most ||
        memory->used > most) {
        memory->too_large = true;
        return NULL;
    }
    memory->used += (bytes + 63) / 64 * 64;
#if defined(__SANITIZE_ADDRESS__)
    if (memory->start)
        __asan_poison_memory_region(memory->start + memory->used, 64);
    memory->used += 64;
#endif
    return here;
}

/* Ask for large pages for large memory, where the system has them: rows of wide layers lie on pages of their own. */
static void advise_large_pages(void *memory, size_t bytes)
{
#if defined(MADV_HUGEPAGE)
    const uintptr_t page = 4096, start = ((uintptr_t)memory + page - 1) / page * page;
    if (bytes >= 1 << 22)
        madvise((void *)start, (uintptr_t)memory + bytes - start, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

/* ---- bits ---- */

/* Turn 64 words of 64 bits on their side (Hacker's Delight, section 7-3). */
static void transpose_bits(uint64_t word[64])
{
    uint64_t mask = 0x00000000FFFFFFFF;
    for (int j = 32; j; j >>= 1, mask ^= mask << j)
        for (int start = 0; start < 64; start += 2 * j)
            for (int k = start; k < start + j; k++) {
                uint64_t swap = ((word[k] >> j) ^ word[k + j]) & mask;
                word[k] ^= swap << j;
                word[k + j] ^= swap;
            }
}

/* The bit of each GROUP of 4 that has one set, packed into 16. */
INLINE uint64_t pack_groups(uint64_t bits)
{
    bits |= bits >> 1;
    bits |= bits >> 2;
    bits &= 0x1111111111111111;
    bits = (bits | bits >> 3) & 0x0303030303030303;
    bits = (bits | bits >> 6) & 0x000F000F000F000F;
    bits = (bits | bits >> 12) & 0x000000FF000000FF;
    return (bits | bits >> 24) & 0xFFFF;
}
