/* The compiled engine: training of plain networks, in float32 and float64.
 *
 * It means what reference.py means, for the parts that it knows: linear layers with known activations and
 * dropout after them, a factor for each feature, known losses and rules. A program is made once for a training:
 * it holds the caller's arrays and all working memory, and is run epoch by epoch.
 *
 * The first layer multiplies only inputs that are not zero. Standardized inputs are x = u * scale - m with u
 * zero where a pixel is, so that x W = scale * (u W) - m W, where m W is one row for all examples ("folded").
 *
 * The kernels are compiled once for each instruction set and each precision; the best set that the processor has
 * is chosen when a program is made. Nothing here depends on more than C, its threads and Python's stable interface.
 *
 *   program.h       what a program is made of, as it is handed in
 *   team.h          the threads of a call
 *   task.h          its working memory in one precision
 *   functions.h     exponential, logarithm and the like of a vector
 *   activations.h   values and derivatives
 *   losses.h        losses, their gradients and what metrics are made of
 *   optimizers.h    rules
 *   dropout.h       masks
 *   inputs.h        a block of examples, standardized
 *   product.h       the dense product
 *   dense.h         dense layers
 *   leftover.h      the few units of the first layer that fill no vector
 *   first_layer.h   products with inputs that may be zero
 *   epoch.h         one pass over examples
 *   units.h         what multiplies bfloat16 numbers
 *   mixed.h         products of layers in mixed precision
 *   steps.h, forward.h, forward_call.h   prediction
 *   arguments.h     what a program is made of, as Python hands it in, checked
 *   call.h          what a call is handed
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
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#if !defined(__GNUC__)
#error "the compiled engine needs a compiler with vector extensions: GCC or Clang"
#endif

#define INLINE static inline __attribute__((always_inline))
/* The elements of two vectors, one after the other, that the numbers in a third name. */
#if defined(__clang__)
#define SHUFFLE(one, other, places) \
    ({ \
        __typeof__(one) shuffled; \
        const int count = sizeof(shuffled) / sizeof(shuffled[0]); \
        for (int e = 0; e < count; e++) \
            shuffled[e] = places[e] < count ? one[places[e]] : other[places[e] - count]; \
        shuffled; \
    })
#else
#define SHUFFLE(one, other, places) __builtin_shuffle(one, other, places)
#endif
/* As many bytes as a vector has elements, as such. */
#define FIRST_BYTES(type, bytes, count) \
    ({ \
        typedef uint8_t few __attribute__((vector_size(count))); \
        few taken; \
        memcpy(&taken, bytes, sizeof taken); \
        __builtin_convertvector(taken, type); \
    })
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
/* Of what another thread may change meanwhile: what is checked is the copy that is used. */
#define read_once(address) __atomic_load_n(address, __ATOMIC_RELAXED)
#define JOIN(a, b) JOIN_TEXTS(a, b)
#define JOIN_TEXTS(a, b) a##_##b

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#if defined(__has_include)
#if __has_include(<amxbf16intrin.h>) && __has_include(<avx512bf16intrin.h>)
#define HAS_UNITS 1
#endif
#endif
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "program.h"

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

#include "team.h"
#include "steps.h"

#include "single.h"
#include "task.h"
#include "neither.h"

#include "double.h"
#include "task.h"
#include "neither.h"

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

#define INSTRUCTIONS sse2
#define VECTOR_BYTES 16
#define GROUP_VECTORS 2
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define multiply_even(x, constant) (products) _mm_mul_epu32((__m128i)(x), _mm_set1_epi64x(constant))
#define bits_set(mask) (unsigned)_mm_movemask_ps((__m128)(mask))
#define bits_not_zero_sse2_f32(x) (unsigned)_mm_movemask_ps((__m128)((x) != 0))
#define bits_not_zero_sse2_f64(x) (unsigned)_mm_movemask_pd((__m128d)((x) != 0))
#define of_bytes_sse2_f32(bytes) FIRST_BYTES(vec, bytes, 4)
#define of_bytes_sse2_f64(bytes) FIRST_BYTES(vec, bytes, 2)
#define FUSES 0
#include "instructions.h"

#define INSTRUCTIONS avx2
#define VECTOR_BYTES 32
#define GROUP_VECTORS 2
#define TILE_ROWS 4
#define TILE_VECTORS 3
#define multiply_even(x, constant) (products) _mm256_mul_epu32((__m256i)(x), _mm256_set1_epi64x(constant))
#define bits_set(mask) (unsigned)_mm256_movemask_ps((__m256)(mask))
#define bits_not_zero_avx2_f32(x) (unsigned)_mm256_movemask_ps((__m256)((x) != 0))
#define bits_not_zero_avx2_f64(x) (unsigned)_mm256_movemask_pd((__m256d)((x) != 0))
#define of_bytes_avx2_f32(bytes) _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(bytes))))
#define of_bytes_avx2_f64(bytes) _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_loadu_si32(bytes)))
#define FUSES 1
#define fused_avx2_f32(a, b, c) _mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c))
#define fused_avx2_f64(a, b, c) _mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c))
BEGIN_TARGET("avx2,fma,bmi,bmi2")
#include "instructions.h"
END_TARGET

#define INSTRUCTIONS avx512
#define VECTOR_BYTES 64
#define GROUP_VECTORS 4
#define TILE_ROWS 8
#define TILE_VECTORS 3
#define multiply_even(x, constant) (products) _mm512_mul_epu32((__m512i)(x), _mm512_set1_epi64(constant))
#define bits_set(mask) (unsigned)_mm512_movepi32_mask((__m512i)(mask))
#define bits_not_zero_avx512_f32(x) (unsigned)_mm512_cmp_ps_mask((__m512)(x), _mm512_setzero_ps(), _CMP_NEQ_UQ)
#define bits_not_zero_avx512_f64(x) (unsigned)_mm512_cmp_pd_mask((__m512d)(x), _mm512_setzero_pd(), _CMP_NEQ_UQ)
#define of_bytes_avx512_f32(bytes) _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(bytes))))
#define of_bytes_avx512_f64(bytes) _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(bytes))))
#define FUSES 1
#define fused_avx512_f32(a, b, c) _mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c))
#define fused_avx512_f64(a, b, c) _mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c))
BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2")
#include "instructions.h"
END_TARGET

static bool has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#else

#define INSTRUCTIONS generic
#define VECTOR_BYTES 16
#define of_bytes_generic_f32(bytes) FIRST_BYTES(vec, bytes, 4)
#define of_bytes_generic_f64(bytes) FIRST_BYTES(vec, bytes, 2)
#define GROUP_VECTORS 4
#define TILE_ROWS 8
#define TILE_VECTORS 2
#define multiply_even(x, constant) (((products)(x) & 0xFFFFFFFFu) * (uint64_t)(constant))
INLINE unsigned bits_set(uint32_t __attribute__((vector_size(16))) mask)
{
    return (mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8);
}
INLINE unsigned bits_not_zero_generic_f32(float __attribute__((vector_size(16))) x)
{
    int32_t __attribute__((vector_size(16))) mask = x != 0;
    return (mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8);
}
INLINE unsigned bits_not_zero_generic_f64(double __attribute__((vector_size(16))) x)
{
    int64_t __attribute__((vector_size(16))) mask = x != 0;
    return (unsigned)((mask[0] & 1) | (mask[1] & 2));
}
#if defined(__aarch64__)
#define FUSES 1
#define fused_generic_f32(a, b, c) vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b))
#define fused_generic_f64(a, b, c) vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b))
#else
#define FUSES 0
#endif
#include "instructions.h"

#endif

static bool always(void) { return true; }

/* ---- mixed precision ---- */

#if defined(HAS_UNITS)
BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,avx512bf16")
#include "units.h"
#include "mixed.h"
END_TARGET
enum { UNIT_COUNT = sizeof UNITS / sizeof *UNITS };
#else
static const Unit UNITS[1];
enum { UNIT_COUNT };
#endif

enum { SINGLE, DOUBLE, PRECISIONS };

typedef void Run(void *task, Call *call);

/* Best first. */
static const struct {
    const char *name;
    int bytes; /* of a vector */
    bool (*supported)(void);
    Run *run[PRECISIONS];
    Item *forward[PRECISIONS];
} KERNELS[] = {
#if defined(__x86_64__)
    {"avx512", 64, has_avx512, {run_avx512_f32, run_avx512_f64}, {forward_item_avx512_f32, forward_item_avx512_f64}},
    {"avx2", 32, has_avx2, {run_avx2_f32, run_avx2_f64}, {forward_item_avx2_f32, forward_item_avx2_f64}},
    {"sse2", 16, always, {run_sse2_f32, run_sse2_f64}, {forward_item_sse2_f32, forward_item_sse2_f64}},
#else
    {"generic", 16, always, {run_generic_f32, run_generic_f64}, {forward_item_generic_f32, forward_item_generic_f64}},
#endif
};
enum { KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS };

/* ---- Python's side ---- */

#include "arguments.h"
#include "call.h"
#include "forward_call.h"

static const char PROGRAM_DOC[] =
    "program(kernel, precision, network, loss, rule, batch, training, validation, threads, filling=0, unit=None)\n\n"
    "kernel: a name of kernels(). precision: 'float32' or 'float64', that of all arrays of reals.\n"
    "network: (has_scale, [(inputs, units, activation, setting, dropout, number)]). loss: (code, setting, levels,\n"
    "width, largest), largest: of a term, as it is told. rule: (code, slots). training, validation: (inputs, targets,\n"
    "weights, scale, shift, per_example, folded, scaled), validation may be None; inputs: (uint8,) or (reals,) of rows\n"
    "times features, or of places int64 too: where in them the inputs of each row lie; or (starts int64, columns int32,\n"
    "values); targets: int32 labels or reals; weights: reals or None.\n"
    "threads: how many work on a call; all give the same bytes. filling: the byte that memory is filled with first.\n"
    "unit: a name of units(), for steps of mixed precision. What does not fit is a TypeError or a ValueError.";

static const char EPOCH_DOC[] =
    "epoch(parameters, slots, order, table, factors, largest_norm, mask_key, sums, trace=None, epochs=1, kept=None,\n"
    "scored=None, until=None, goes_on=False, is_gone_on_with=False)\n\n"
    "Take a step after each batch of the training part. parameters and slots (None without) are packed and changed\n"
    "in place; order: int64 rows; table: float64 (steps, columns); factors: float64 (parameters, columns);\n"
    "largest_norm: of a gradient, 0 for any; sums: float64, added to: loss, weight, correct, log loss, and for each\n"
    "output the squares, then the sizes of residuals; trace: float64 (steps, 2), set to each step's loss and penalty\n"
    "before it; epochs: how many are trained in turn, each with its share of order and sums of its own; kept: set to\n"
    "the parameters at the end of each; scored: rows of the validation part, scored at the end of each, whose sums\n"
    "come behind those of all epochs; until: least, best, waited, limit, per_loss, per_penalty and the share of each\n"
    "step: an epoch is the last once the losses of more than limit in turn, sums of share * (per_loss * loss +\n"
    "per_penalty * penalty), are above the best one - least. goes_on: parameters and slots are those of the call\n"
    "before, an epoch with is_gone_on_with: they stay where they are for the next one. Returns how many were trained.\n"
    "After an error parameters and slots are as before the first of such calls.";

static const char SCORE_DOC[] = "score(parameters, order, sums)\n\nScore rows of the validation part, see epoch.";

static const char GRADIENTS_DOC[] =
    "gradients(parameters, order, mask_key, sums, gradients)\n\n"
    "Write the packed gradients of one batch, rows of the training part; without masks where mask_key is None.";

typedef struct {
    PyObject_HEAD
    Plan plan;
    Py_buffer view[VIEWS];
    Views views;
    void *task;
    int kernel, precision;
    bool busy, is_gone_on_with; /* whether a call is at work; whether the last one left numbers for the next */
} Program;

static PyTypeObject *PROGRAM_TYPE;

static void free_program(PyObject *object)
{
    Program *program = (Program *)object;
    (program->precision == DOUBLE ? free_task_f64 : free_task_f32)(program->task);
    free(program->plan.shape);
    release(&program->views);
    PyTypeObject *type = Py_TYPE(object);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *make_program(PyObject *module, PyObject *arguments)
{
    (void)module;
    Program *program = PyObject_New(Program, PROGRAM_TYPE);
    if (!program)
        return NULL;
    memset((char *)program + sizeof(PyObject), 0, sizeof(Program) - sizeof(PyObject));
    program->views.view = program->view;
    int filling;
    if (!read_program(&program->plan, &program->views, &program->kernel, &program->precision, &filling, arguments)) {
        explain_overflow();
        Py_DECREF(program);
        return NULL;
    }
    const int bytes = KERNELS[program->kernel].bytes;
    program->task = program->precision == DOUBLE ? task_of_f64(&program->plan, bytes / 8, filling)
                                                 : task_of_f32(&program->plan, bytes / 4, filling);
    if (program->task)
        return (PyObject *)program;
    Py_DECREF(program);
    return PyErr_NoMemory();
}

/* Run a call whose arguments were read; the program's memory is for one thread at a time. */
static PyObject *run(Program *program, Call *call, Views *views, bool is_read)
{
    PyObject *result = NULL;
    if (!is_read)
        explain_overflow();
    else if (program->busy)
        PyErr_SetString(PyExc_ValueError, "the program is at work in another thread; make one for each thread.");
    else if (call->goes_on && !program->is_gone_on_with)
        PyErr_SetString(PyExc_ValueError, "goes_on: the call before was no epoch that is gone on with.");
    else {
        program->busy = true;
        Py_BEGIN_ALLOW_THREADS
        unsigned long long before = flush_denormals();
        KERNELS[program->kernel].run[program->precision](program->task, call);
        restore_denormals(before);
        Py_END_ALLOW_THREADS
        program->busy = false;
        program->is_gone_on_with = call->is_gone_on_with && !call->fault.what;
        if (call->fault.what)
            PyErr_Format(PyExc_ValueError, "%s is %lld; expected 0 to %lld.", call->fault.what,
                         (long long)call->fault.value, (long long)call->fault.limit - 1);
        else
            result = (Py_INCREF(Py_None), Py_None);
    }
    if (result)
        add_sums(&program->plan, call);
    free(call->told);
    release(views);
    return result;
}

static PyObject *run_epoch(PyObject *object, PyObject *arguments)
{
    Program *program = (Program *)object;
    Call call = {.part = TRAINING, .epochs = 1, .stepped = true, .masked = true};
    Py_buffer view[VIEWS];
    Views views = {.view = view};
    const bool is_read = read_epoch(&program->plan, program->precision, &call, &views, arguments);
    PyObject *none = run(program, &call, &views, is_read);
    Py_XDECREF(none);
    return none ? PyLong_FromLongLong(call.done) : NULL;
}

static PyObject *run_score(PyObject *object, PyObject *arguments)
{
    Program *program = (Program *)object;
    Call call = {.part = VALIDATION, .epochs = 1};
    Py_buffer view[VIEWS];
    Views views = {.view = view};
    return run(program, &call, &views, read_score(&program->plan, program->precision, &call, &views, arguments));
}

static PyObject *run_gradients(PyObject *object, PyObject *arguments)
{
    Program *program = (Program *)object;
    Call call = {.part = TRAINING, .epochs = 1};
    Py_buffer view[VIEWS];
    Views views = {.view = view};
    return run(program, &call, &views, read_gradients(&program->plan, program->precision, &call, &views, arguments));
}

/* Append a text to a list. The list is given up where that fails. */
static void append_text(PyObject **list, const char *text)
{
    PyObject *item = PyUnicode_FromString(text);
    if (!item || PyList_Append(*list, item) < 0)
        Py_CLEAR(*list);
    Py_XDECREF(item);
}

static PyObject *kernel_names(PyObject *module, PyObject *arguments)
{
    (void)module, (void)arguments;
    PyObject *names = PyList_New(0);
    for (int k = 0; names && k < KERNEL_COUNT; k++)
        if (KERNELS[k].supported())
            append_text(&names, KERNELS[k].name);
    return names;
}

static PyObject *unit_names(PyObject *module, PyObject *arguments)
{
    (void)module, (void)arguments;
    PyObject *names = PyList_New(0);
    for (int k = 0; names && k < UNIT_COUNT; k++)
        if (UNITS[k].supported())
            append_text(&names, UNITS[k].name);
    return names;
}

static PyObject *rule_forms(PyObject *module, PyObject *arguments)
{
    (void)module, (void)arguments;
    PyObject *forms = PyList_New(0);
    for (int k = 0; forms && k < RULE_COUNT; k++) {
        PyObject *form = Py_BuildValue("(iii)", RULE_FORMS[k].columns, RULE_FORMS[k].fewest, RULE_FORMS[k].most);
        if (!form || PyList_Append(forms, form) < 0)
            Py_CLEAR(forms);
        Py_XDECREF(form);
    }
    return forms;
}

static PyMethodDef PROGRAM_METHODS[] = {
    {"epoch", run_epoch, METH_VARARGS, EPOCH_DOC},
    {"score", run_score, METH_VARARGS, SCORE_DOC},
    {"gradients", run_gradients, METH_VARARGS, GRADIENTS_DOC},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot PROGRAM_SLOTS[] = {
    {Py_tp_dealloc, free_program},
    {Py_tp_methods, PROGRAM_METHODS},
    {Py_tp_doc, (void *)PROGRAM_DOC},
    {0, NULL},
};

static PyType_Spec PROGRAM_SPEC = {
    .name = "plainweave.engine._compiled.Program",
    .basicsize = sizeof(Program),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = PROGRAM_SLOTS,
};

static PyMethodDef METHODS[] = {
    {"program", make_program, METH_VARARGS, PROGRAM_DOC},
    {"kernels", kernel_names, METH_NOARGS, "kernels() -> the instruction sets that this processor has, best first"},
    {"forward", (PyCFunction)(void (*)(void))call_forward, METH_FASTCALL, FORWARD_DOC},
    {"units", unit_names, METH_NOARGS, "units() -> what multiplies in mixed precision that this processor has, best first"},
    {"rules", rule_forms, METH_NOARGS, "rules() -> by code: columns, and the fewest and the most slots"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_size = 0, .m_methods = METHODS};

PyMODINIT_FUNC PyInit__compiled(void)
{
    PyObject *module = PyModule_Create(&MODULE);
    if (module && (PyModule_AddIntConstant(module, "SPAN", SPAN) < 0 || !name_steps(module)))
        Py_CLEAR(module);
    if (module && !PROGRAM_TYPE) {
        PROGRAM_TYPE = (PyTypeObject *)PyType_FromSpec(&PROGRAM_SPEC);
        if (!PROGRAM_TYPE)
            Py_CLEAR(module);
    }
    return module;
}
