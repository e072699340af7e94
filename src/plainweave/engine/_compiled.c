/* The compiled engine: one epoch of a plain network, in float32.
 *
 * It means what reference.py means, for linear layers with known activations, softmax cross-entropy and SGD.
 * The first layer multiplies only inputs that are not zero. Standardized inputs are x = u * scale - m with u
 * zero where a pixel is, so that x W = scale * (u W) - m W, where m W is one row for all examples ("folded").
 *
 * The kernels stand in _kernels.h and are compiled once for each instruction set; the best one that the
 * processor has is chosen when they are called. Nothing here depends on more than C, Python's stable interface
 * and, for large layers, a BLAS that the caller hands in.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#if !defined(__GNUC__)
#error "the compiled engine needs a compiler with vector extensions: GCC or Clang"
#endif

#define INLINE static inline __attribute__((always_inline))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
/* Of what another thread may change meanwhile: what is checked is the copy that is used. */
#define read_once(address) __atomic_load_n(address, __ATOMIC_RELAXED)
#define BLOCK 64     /* examples worked on together: the bits of a word */
#define TILE_WORDS 2 /* words of features (of 64) whose weights stay in the first-level cache */
#define GROUP 4      /* neighbouring features whose gradients are summed up together */
#define LARGE 16384  /* weights from which on a layer's products are left to BLAS */

enum { IDENTITY, TANH, SIGMOID, RELU, LEAKY_RELU };

/* C = alpha op(A) op(B) + beta C, columns first, as Fortran has it. */
typedef void Sgemm(char *, char *, int *, int *, int *, float *, float *, int *, float *, int *, float *, float *,
                   int *);

typedef struct {
    long inputs, units;
    long width, stride; /* units in whole vectors; a row's length */
    int activation;
    float slope;
    bool large;
    float *weight, *weight_velocity, *weight_gradient; /* (inputs, stride) */
    float *bias, *bias_velocity, *bias_gradient;       /* (stride) */
} Layer;

/* Up to 64 examples as the first layer takes them. */
typedef struct {
    int count;
    long stride, words;
    float *x;          /* (BLOCK, stride): u */
    uint64_t *bits;    /* (BLOCK, words): which features of an example are not 0 */
    uint64_t *groups;  /* for each GROUP of features: in which examples one of them is not 0 */
    float scale[BLOCK], shift[BLOCK];
    int64_t rows[BLOCK];
    int32_t labels[BLOCK];
} Block;

/* The settings of SGD; `gradient_share` is the share of the gradient that enters the velocity. */
typedef struct {
    float learning_rate, momentum, gradient_share, decay;
    bool nesterov;
} Rates;

/* Why the work was given up: a number in the caller's arrays is not in 0 to limit - 1. */
typedef struct {
    const char *what; /* NULL: it was not */
    int64_t value, limit;
} Fault;

typedef struct {
    /* the network */
    int layers;
    Layer *layer;
    float *column_sums, *offset_gradient; /* of the first layer: m W, and the gradient by it */
    float *transposed, *sideways;         /* scratch */
    float **y, **dy;                      /* of each layer (span, stride) */
    Sgemm *sgemm;
    /* the examples: bytes, floats or the rows of a sparse matrix */
    const uint8_t *bytes;
    const float *floats;
    const int64_t *starts;
    const int32_t *columns;
    const float *values;
    const int32_t *labels;
    int64_t rows, stored; /* examples that there are; values of the sparse ones */
    const int64_t *order; /* the rows that are worked on, in turn */
    int64_t examples;
    Block *block;
    /* standardization: x = raw * scale - shift */
    const float *scale, *shift; /* each (features); the shift is m where it is folded */
    bool per_example, folded, scaled;
    /* training */
    bool training;
    int64_t batch, span; /* examples of a step; examples that go through all layers together */
    Rates weight_rates, bias_rates;
    double loss;
    int64_t correct;
    Fault fault;
} Task;

/* ---- what needs no vectors ---- */

INLINE bool in_range(Task *task, const char *what, int64_t value, int64_t limit)
{
    if (__builtin_expect(value >= 0 && value < limit, true))
        return true;
    task->fault = (Fault){what, value, limit};
    return false;
}

/* Take the examples of a block in the order of their labels: like ones share more of their zeros. */
static bool order_by_label(Task *task, Block *block, const int64_t *rows)
{
    enum { KEYS = 256 };
    int place[KEYS + 1] = {0};
    int64_t row[BLOCK];
    int32_t label[BLOCK];
    for (int n = 0; n < block->count; n++) {
        row[n] = read_once(rows + n);
        if (!in_range(task, "a row in order", row[n], task->rows))
            return false;
        label[n] = read_once(task->labels + row[n]);
        if (!in_range(task, "a label", label[n], task->layer[task->layers - 1].units))
            return false;
        place[label[n] % KEYS + 1]++;
    }
    for (int k = 0; k < KEYS; k++)
        place[k + 1] += place[k];
    for (int n = 0; n < block->count; n++) {
        int at = place[label[n] % KEYS]++;
        block->rows[at] = row[n];
        block->labels[at] = label[n];
    }
    return true;
}

/* Write a sparse row into x (features). */
static bool spread_out(Task *task, int64_t row, float *x)
{
    const long features = task->layer[0].inputs;
    const int64_t start = read_once(task->starts + row), end = read_once(task->starts + row + 1);
    if (!in_range(task, "the end of a sparse row", end, task->stored + 1) ||
        !in_range(task, "the start of a sparse row", start, end + 1))
        return false;
    memset(x, 0, features * sizeof(float));
    for (int64_t k = start; k < end; k++) {
        const int32_t column = read_once(task->columns + k);
        if (!in_range(task, "a column of a sparse row", column, features))
            return false;
        x[column] += task->values[k];
    }
    return true;
}

/* Turn 64 words of 64 bits on their side (Hacker's Delight, section 7-3). */
static void transpose_bits(uint64_t word[64])
{
    uint64_t mask = 0x00000000FFFFFFFF;
    for (int j = 32; j; j >>= 1, mask ^= mask << j)
        for (int k = 0; k < 64; k = (k + j + 1) & ~j) {
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

static void find_groups(Block *block)
{
    for (long first = 0; first < block->words; first += GROUP) {
        uint64_t turned[64];
        for (int n = 0; n < BLOCK; n++) {
            turned[n] = 0;
            for (long word = first; word < MIN(first + GROUP, block->words); word++)
                turned[n] |= pack_groups(block->bits[n * block->words + word]) << 16 * (word - first);
        }
        transpose_bits(turned);
        memcpy(block->groups + 16 * first, turned, sizeof turned);
    }
}

static void transpose(const Layer *layer, long to_stride, float *to)
{
    for (long i = 0; i < layer->inputs; i++)
        for (long j = 0; j < layer->units; j++)
            to[j * to_stride + i] = layer->weight[i * layer->stride + j];
}

/* c += a b or, turned, a^T b; c is (rows, width). */
static void blas_product(const Task *task, bool turned, const float *a, long a_stride, const float *b, long b_stride,
                         float *c, long c_stride, long rows, long depth, long width)
{
    int m = (int)width, n = (int)rows, k = (int)depth;
    int lda = (int)b_stride, ldb = (int)a_stride, ldc = (int)c_stride;
    float one = 1;
    task->sgemm("N", turned ? "T" : "N", &m, &n, &k, &one, (float *)b, &lda, (float *)a, &ldb, &one, c, &ldc);
}

/* c = a b^T; c is (rows, width). */
static void blas_product_transposed(const Task *task, const float *a, long a_stride, const float *b, long b_stride,
                                    float *c, long c_stride, long rows, long depth, long width)
{
    int m = (int)width, n = (int)rows, k = (int)depth;
    int lda = (int)b_stride, ldb = (int)a_stride, ldc = (int)c_stride;
    float one = 1, zero = 0;
    task->sgemm("T", "N", &m, &n, &k, &one, (float *)b, &lda, (float *)a, &ldb, &zero, c, &ldc);
}

/* ---- the kernels, once for each instruction set ---- */

#if defined(__clang__)
#define BEGIN_TARGET(features) \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wpsabi\"") \
    PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END_TARGET _Pragma("clang attribute pop") _Pragma("clang diagnostic pop")
#else
#define BEGIN_TARGET(features) _Pragma("GCC push_options") PRAGMA(GCC target(features))
#define END_TARGET _Pragma("GCC pop_options")
#endif
#define PRAGMA(text) _Pragma(#text)

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 4
#define ROWS 2
#define NAME(name) name##_sse2
#define bits_not_zero_sse2(x) (unsigned)_mm_movemask_ps((__m128)((x) != 0.0f))
#include "_kernels.h"
#undef LANES
#undef ROWS
#undef NAME

#define LANES 8
#define ROWS 2
#define NAME(name) name##_avx2
#define bits_not_zero_avx2(x) (unsigned)_mm256_movemask_ps((__m256)((x) != 0.0f))
BEGIN_TARGET("avx2,fma,bmi,bmi2")
#include "_kernels.h"
END_TARGET
#undef LANES
#undef ROWS
#undef NAME

#define LANES 16
#define ROWS 4
#define NAME(name) name##_avx512
#define bits_not_zero_avx512(x) (unsigned)_mm512_cmp_ps_mask((__m512)(x), _mm512_setzero_ps(), _CMP_NEQ_UQ)
BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2")
#include "_kernels.h"
END_TARGET

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#else

#define LANES 4
#define ROWS 4
#define NAME(name) name##_generic
INLINE unsigned bits_not_zero_generic(float __attribute__((vector_size(16))) x)
{
    int32_t __attribute__((vector_size(16))) mask = x != 0.0f;
    return (mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8);
}
#include "_kernels.h"

#endif

static bool always(void) { return true; }

/* Best first. */
static const struct {
    const char *name;
    int lanes;
    bool (*supported)(void);
    void (*run)(Task *);
} KERNELS[] = {
#if defined(__x86_64__)
    {"avx512", 16, has_avx512, run_avx512},
    {"avx2", 8, has_avx2, run_avx2},
    {"sse2", 4, always, run_sse2},
#else
    {"generic", 4, always, run_generic},
#endif
};
enum { KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS };

/* Numbers too small for full precision cost a hundred times others on some processors: take them as 0. */
static unsigned long long flush_denormals(void)
{
#if defined(__x86_64__)
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    return before;
#elif defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | 1ull << 24));
    return before;
#else
    return 0;
#endif
}

static void restore_denormals(unsigned long long before)
{
#if defined(__x86_64__)
    _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)before));
#else
    (void)before;
#endif
}

/* ---- working memory: one piece, zeroed, handed out in cache lines ---- */

typedef struct {
    char *start;
    size_t used; /* bytes */
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

static float *take_floats(Memory *memory, size_t rows, size_t columns)
{
    return take(memory, rows, columns, sizeof(float));
}

static void lay_out(Task *task, Memory *memory, int lanes)
{
    long largest = 0;
    bool large = false;
    for (int k = 0; k < task->layers; k++) {
        Layer *layer = &task->layer[k];
        layer->width = (layer->units + lanes - 1) / lanes * lanes;
        layer->stride = layer->width;
        if (layer->stride % 256 == 0) /* rows a power of 2 apart would fight for the same cache lines */
            layer->stride += 16;
        layer->large = k > 0 && task->sgemm && layer->inputs * layer->units >= LARGE;
        large |= layer->large;
    }
    const bool whole_batch = large && task->training;
    task->span = whole_batch ? task->batch : large ? 4 * BLOCK : BLOCK;
    const long blocks = (task->span + BLOCK - 1) / BLOCK, span = blocks * BLOCK;
    for (int k = 0; k < task->layers; k++) {
        Layer *layer = &task->layer[k];
        const bool needs_gradient = k > 0 || task->batch > BLOCK;
        layer->weight = take_floats(memory, layer->inputs, layer->stride);
        layer->bias = take_floats(memory, 1, layer->stride);
        if (task->training) {
            layer->weight_velocity = take_floats(memory, layer->inputs, layer->stride);
            layer->bias_velocity = take_floats(memory, 1, layer->stride);
            layer->weight_gradient = needs_gradient ? take_floats(memory, layer->inputs, layer->stride) : NULL;
            layer->bias_gradient = take_floats(memory, 1, layer->stride);
            task->dy[k] = k + 1 < task->layers ? take_floats(memory, span, layer->stride) : NULL;
            if (k > 0 && !layer->large)
                largest = layer->units * task->layer[k - 1].stride > largest
                              ? layer->units * task->layer[k - 1].stride
                              : largest;
        }
        task->y[k] = take_floats(memory, span, layer->stride);
    }
    task->transposed = take_floats(memory, 1, largest);
    task->column_sums = take_floats(memory, 1, task->layer[0].stride);
    task->offset_gradient = take_floats(memory, 1, task->layer[0].stride);
    task->sideways = take_floats(memory, task->layer[task->layers - 1].units, BLOCK);
    task->block = take(memory, 1, blocks, sizeof(Block));
    const long words = (task->layer[0].inputs + 63) / 64;
    for (long b = 0; b < blocks; b++) {
        const long stride = 64 * words + 16; /* an odd number of cache lines */
        float *x = take_floats(memory, BLOCK, stride);
        uint64_t *bits = take(memory, BLOCK, words, sizeof(uint64_t));
        uint64_t *groups = take(memory, 1, 16 * words + 64, sizeof(uint64_t));
        if (memory->start)
            task->block[b] = (Block){.stride = stride, .words = words, .x = x, .bits = bits, .groups = groups};
    }
}

/* Copy the caller's parameters or velocities, packed layer by layer, into padded rows or back. */
static void carry(const Task *task, float *packed, bool velocity, bool back)
{
    for (int k = 0; k < task->layers; k++) {
        const Layer *layer = &task->layer[k];
        for (long i = 0; i <= layer->inputs; i++, packed += layer->units) {
            float *row = i < layer->inputs
                             ? (velocity ? layer->weight_velocity : layer->weight) + i * layer->stride
                             : (velocity ? layer->bias_velocity : layer->bias);
            memcpy(back ? packed : row, back ? row : packed, layer->units * sizeof(float));
        }
    }
}

/* Return false for want of memory. Where it ends with a fault, the caller's numbers are as they were. */
static bool run(Task *task, int kernel, float *parameters, float *velocity)
{
    Memory count = {0}, memory = {0};
    lay_out(task, &count, KERNELS[kernel].lanes);
    char *piece = count.too_large ? NULL : calloc(count.used + 64, 1);
    if (!piece)
        return false;
    memory.start = (char *)(((uintptr_t)piece + 63) / 64 * 64);
    lay_out(task, &memory, KERNELS[kernel].lanes);
    carry(task, parameters, false, false);
    if (velocity)
        carry(task, velocity, true, false);
    unsigned long long before = flush_denormals();
    KERNELS[kernel].run(task);
    restore_denormals(before);
    if (task->training && !task->fault.what)
        carry(task, parameters, false, true);
    if (velocity && !task->fault.what)
        carry(task, velocity, true, true);
    free(piece);
    return true;
}

/* ---- Python's side ---- */

#include "_arguments.h"

static const char RUN_DOC[] =
    "run(kernel, layers, parameters, velocity, inputs, labels, order, scale, shift, flags, batch, rates,\n"
    "    sgemm) -> (sum of losses, correct answers)\n\n"
    "layers: [(inputs, units, activation, slope)]. parameters, velocity: float32, packed, changed in place;\n"
    "velocity is None without momentum or training. inputs: (uint8,) or (float32,) of rows times features, or\n"
    "(starts int64, columns int32, values float32). labels: int32 of every row. order: int64, rows.\n"
    "scale, shift: float32 of every feature. flags: (training, per_example, folded, scaled, nesterov).\n"
    "rates: (learning_rate, momentum, gradient_share, weight_decay, bias_decay). sgemm: a capsule of SciPy's BLAS, or\n"
    "None. What does not fit is a TypeError or ValueError, and leaves parameters and velocity as they were.";

static PyObject *result_of(const Task *task, bool had_memory)
{
    if (!had_memory)
        return PyErr_NoMemory();
    if (task->fault.what)
        return PyErr_Format(PyExc_ValueError, "%s is %lld; expected 0 to %lld.", task->fault.what,
                            (long long)task->fault.value, (long long)task->fault.limit - 1);
    return Py_BuildValue("dL", task->loss, (long long)task->correct);
}

static PyObject *py_run(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *result = NULL;
    Call call = {0};
    if (read_arguments(&call, arguments)) {
        bool had_memory;
        Py_BEGIN_ALLOW_THREADS
        had_memory = run(&call.task, call.kernel, call.parameters, call.velocity);
        Py_END_ALLOW_THREADS
        result = result_of(&call.task, had_memory);
    } else if (PyErr_ExceptionMatches(PyExc_OverflowError))
        PyErr_SetString(PyExc_ValueError, "a number is too large; expected one that fits in 64 bits.");
    release(&call);
    return result;
}

static PyObject *py_kernels(PyObject *module, PyObject *arguments)
{
    (void)module, (void)arguments;
    PyObject *names = PyList_New(0);
    for (int k = 0; names && k < KERNEL_COUNT; k++) {
        PyObject *name = KERNELS[k].supported() ? PyUnicode_FromString(KERNELS[k].name) : NULL;
        if (name && PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyMethodDef METHODS[] = {
    {"run", py_run, METH_VARARGS, RUN_DOC},
    {"kernels", py_kernels, METH_NOARGS, "kernels() -> the instruction sets that this processor has, best first"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_size = 0, .m_methods = METHODS};

PyMODINIT_FUNC PyInit__compiled(void)
{
    PyObject *module = PyModule_Create(&MODULE);
    if (module && (PyModule_AddIntConstant(module, "LARGE", LARGE) < 0 ||
                   PyModule_AddStringConstant(module, "SGEMM", SGEMM) < 0))
        Py_CLEAR(module);
    return module;
}
