/* What Python hands in, checked once a call: the kind of every array and its length against all others.
 *
 * Included by _compiled.c alone. What stands in the arrays (rows, labels, starts and columns of sparse rows)
 * is checked where it is read, for another thread may change it while the engine works.
 */

#define LARGEST (1 << 30) /* units of a layer, features, examples of a batch: more is no int for BLAS */

/* SciPy's names for the type of its sgemm, which an int of another size would change. */
#define SGEMM_REAL "__pyx_t_5scipy_6linalg_11cython_blas_s *"
static const char SGEMM[] = "void (char *, char *, int *, int *, int *, " SGEMM_REAL ", " SGEMM_REAL
                            ", int *, " SGEMM_REAL ", int *, " SGEMM_REAL ", " SGEMM_REAL ", int *)";

/* Numbers as the buffer protocol names them: a letter for the family, and a size in bytes. */
typedef struct {
    const char *name, *letters;
    Py_ssize_t size;
} Kind;

static const Kind BYTES = {"uint8", "B", 1}, FLOATS = {"float32", "f", 4}, INDICES = {"int32", "il", 4},
                  ROW_NUMBERS = {"int64", "lq", 8};

enum { VIEWS = 9 };

typedef struct {
    int kernel;
    Task task;
    float *parameters, *velocity; /* packed, the caller's; velocity may be NULL */
    Py_buffer view[VIEWS];
    int views;
} Call;

static void release(Call *call)
{
    while (call->views)
        PyBuffer_Release(&call->view[--call->views]);
    free(call->task.layer);
    free(call->task.y);
    free(call->task.dy);
}

/* ---- numbers ---- */

static bool is_within(const char *name, long long given, long long least, long long most)
{
    if (given >= least && given <= most)
        return true;
    PyErr_Format(PyExc_ValueError, "%s is %lld; expected %lld to %lld.", name, given, least, most);
    return false;
}

static bool read_kernel(Call *call, const char *name)
{
    while (call->kernel < KERNEL_COUNT &&
           (strcmp(KERNELS[call->kernel].name, name) || !KERNELS[call->kernel].supported()))
        call->kernel++;
    if (call->kernel < KERNEL_COUNT)
        return true;
    PyErr_Format(PyExc_ValueError, "no kernels %s on this processor", name);
    return false;
}

static bool read_sgemm(Call *call, PyObject *capsule)
{
    if (capsule == Py_None)
        return true;
    if (!PyCapsule_IsValid(capsule, SGEMM)) {
        PyErr_Format(PyExc_ValueError, "sgemm is %R; expected None or the capsule of scipy.linalg.cython_blas.",
                     capsule);
        return false;
    }
    call->task.sgemm = (Sgemm *)PyCapsule_GetPointer(capsule, SGEMM);
    return true;
}

static bool read_layer(Task *task, int k, PyObject *tuple)
{
    long long inputs, units, activation;
    Layer *layer = &task->layer[k];
    if (!PyTuple_Check(tuple)) {
        PyErr_Format(PyExc_TypeError, "layer %d is %R; expected (inputs, units, activation, slope).", k, tuple);
        return false;
    }
    if (!PyArg_ParseTuple(tuple, "LLLf;a layer is (inputs, units, activation, slope)", &inputs, &units, &activation,
                          &layer->slope) ||
        !is_within("a layer's inputs", inputs, 1, LARGEST) || !is_within("a layer's units", units, 1, LARGEST) ||
        !is_within("a layer's activation", activation, IDENTITY, LEAKY_RELU))
        return false;
    layer->inputs = (long)inputs;
    layer->units = (long)units;
    layer->activation = (int)activation;
    if (k == 0 || layer->inputs == task->layer[k - 1].units)
        return true;
    PyErr_Format(PyExc_ValueError, "layer %d has %ld inputs; expected %ld, the units of the one before.", k,
                 layer->inputs, task->layer[k - 1].units);
    return false;
}

/* A copy of the list is read, for a number may have a method that changes the list. */
static bool read_layers(Task *task, PyObject *list)
{
    PyObject *layers = PyList_AsTuple(list);
    const Py_ssize_t count = layers ? PyTuple_Size(layers) : 0;
    bool done = layers && is_within("the number of layers", count, 1, INT_MAX);
    if (done) {
        task->layers = (int)count;
        task->layer = calloc(count, sizeof(Layer));
        task->y = calloc(count, sizeof(float *));
        task->dy = calloc(count, sizeof(float *));
        done = task->layer && task->y && task->dy;
        if (!done)
            PyErr_NoMemory();
    }
    for (int k = 0; done && k < count; k++)
        done = read_layer(task, k, PyTuple_GetItem(layers, k));
    Py_XDECREF(layers);
    return done;
}

/* ---- arrays ---- */

static bool is_of(const Py_buffer *view, Kind kind)
{
    const char *format = view->format ? view->format : "B";
    format += *format == '@' || *format == '=';
    return *format && !format[1] && strchr(kind.letters, *format) && view->itemsize == kind.size;
}

/* The buffer of an array in C order, held until the call ends; NULL with an exception set. */
static const Py_buffer *view_of(Call *call, const char *name, PyObject *array)
{
    Py_buffer *view = &call->view[call->views];
    if (!PyObject_CheckBuffer(array)) {
        PyErr_Format(PyExc_TypeError, "%s is %R; expected an array.", name, (PyObject *)Py_TYPE(array));
        return NULL;
    }
    if (PyObject_GetBuffer(array, view, PyBUF_FULL_RO) < 0) {
        if (PyErr_ExceptionMatches(PyExc_BufferError))
            PyErr_Format(PyExc_ValueError, "%s gives no access to its memory; expected an array.", name);
        return NULL;
    }
    call->views++;
    if (PyBuffer_IsContiguous(view, 'C'))
        return view;
    PyErr_Format(PyExc_ValueError, "%s is not contiguous; expected an array in C order.", name);
    return NULL;
}

static bool check_kind(const char *name, const Py_buffer *view, Kind kind)
{
    if (!is_of(view, kind))
        PyErr_Format(PyExc_TypeError, "%s has the format %s of %zd bytes; expected %s in this machine's byte order.",
                     name, view->format ? view->format : "B", view->itemsize, kind.name);
    else if ((uintptr_t)view->buf % kind.size)
        PyErr_Format(PyExc_ValueError, "%s is not aligned; expected an address divisible by %zd.", name, kind.size);
    else
        return true;
    return false;
}

static bool check_length(const char *name, const Py_buffer *view, int64_t expected, const char *why)
{
    const Py_ssize_t given = view->len / view->itemsize;
    if (given == expected)
        return true;
    PyErr_Format(PyExc_ValueError, "%s holds %zd numbers; expected %lld: %s.", name, given, (long long)expected, why);
    return false;
}

/* An array of one kind; NULL with an exception set. Any length will do where -1 is expected. */
static const Py_buffer *numbers(Call *call, const char *name, PyObject *array, Kind kind, int64_t expected,
                                const char *why)
{
    const Py_buffer *view = view_of(call, name, array);
    if (!view || !check_kind(name, view, kind) || (expected >= 0 && !check_length(name, view, expected, why)))
        return NULL;
    return view;
}

/* a times b, or what no array is as long as. */
static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* Parameters or velocity: changed in place; NULL with an exception set. */
static float *read_weights(Call *call, const char *name, PyObject *array)
{
    int64_t count = 0;
    for (int k = 0; k < call->task.layers; k++)
        if (__builtin_add_overflow(count, times(call->task.layer[k].inputs + 1, call->task.layer[k].units), &count))
            count = INT64_MAX;
    const Py_buffer *view = numbers(call, name, array, FLOATS, count, "the weights and biases of all layers");
    if (view && view->readonly) {
        PyErr_Format(PyExc_ValueError, "%s is read-only; expected an array that can be written to.", name);
        return NULL;
    }
    return view ? view->buf : NULL;
}

/* What steps leave behind: needed by momentum, of no use without training. */
static bool read_velocity(Call *call, PyObject *velocity)
{
    const Task *task = &call->task;
    if (velocity == Py_None && task->training && task->weight_rates.momentum != 0.0f)
        PyErr_SetString(PyExc_TypeError, "velocity is None; expected an array, for momentum is not 0.");
    else if (velocity == Py_None)
        return true;
    else if (!task->training)
        PyErr_SetString(PyExc_TypeError, "velocity is an array; expected None, for this is no training.");
    else
        call->velocity = read_weights(call, "velocity", velocity);
    return call->velocity;
}

static bool read_labels(Call *call, PyObject *labels)
{
    const Py_buffer *view = numbers(call, "labels", labels, INDICES, -1, "");
    if (!view)
        return false;
    call->task.labels = view->buf;
    call->task.rows = view->len / view->itemsize;
    return true;
}

static bool read_order(Call *call, PyObject *order)
{
    const Py_buffer *view = numbers(call, "order", order, ROW_NUMBERS, -1, "");
    if (!view)
        return false;
    call->task.order = view->buf;
    call->task.examples = view->len / view->itemsize;
    return true;
}

static bool read_dense(Call *call, PyObject *array)
{
    Task *task = &call->task;
    const Py_buffer *view = view_of(call, "inputs", array);
    const bool bytes = view && is_of(view, BYTES);
    if (!view || !check_kind("inputs", view, bytes ? BYTES : FLOATS) ||
        !check_length("inputs", view, times(task->rows, task->layer[0].inputs), "the features of every label"))
        return false;
    if (bytes)
        task->bytes = view->buf;
    else
        task->floats = view->buf;
    return true;
}

static bool read_sparse(Call *call, PyObject *starts, PyObject *columns, PyObject *values)
{
    Task *task = &call->task;
    const Py_buffer *view = numbers(call, "starts", starts, ROW_NUMBERS, task->rows + 1, "one a label, and the end");
    if (!view)
        return false;
    task->starts = view->buf;
    view = numbers(call, "columns", columns, INDICES, -1, "");
    if (!view)
        return false;
    task->columns = view->buf;
    task->stored = view->len / view->itemsize;
    view = numbers(call, "values", values, FLOATS, task->stored, "one for each of the columns");
    if (!view)
        return false;
    task->values = view->buf;
    return true;
}

static bool read_inputs(Call *call, PyObject *inputs)
{
    const Py_ssize_t arrays = PyTuple_Size(inputs);
    if (arrays == 1)
        return read_dense(call, PyTuple_GetItem(inputs, 0));
    if (arrays == 3)
        return read_sparse(call, PyTuple_GetItem(inputs, 0), PyTuple_GetItem(inputs, 1), PyTuple_GetItem(inputs, 2));
    PyErr_Format(PyExc_ValueError, "inputs are %zd arrays; expected 1, or the 3 of sparse rows.", arrays);
    return false;
}

static bool read_standardization(Call *call, PyObject *scale, PyObject *shift)
{
    Task *task = &call->task;
    const long features = task->layer[0].inputs;
    const Py_buffer *scales = numbers(call, "scale", scale, FLOATS, features, "one for each feature");
    const Py_buffer *shifts = scales ? numbers(call, "shift", shift, FLOATS, features, "one for each feature") : NULL;
    if (!shifts)
        return false;
    task->scale = scales->buf;
    task->shift = shifts->buf;
    return true;
}

/* More examples than there are need no memory. */
static bool read_batch(Task *task, long long batch)
{
    if (batch > task->examples)
        batch = task->examples ? task->examples : 1;
    task->batch = batch;
    return is_within("batch", batch, 1, LARGEST);
}

/* ---- all of them ---- */

static bool read_arguments(Call *call, PyObject *arguments)
{
    Task *task = &call->task;
    Rates *rates = &task->weight_rates;
    const char *kernel;
    PyObject *layers, *parameters, *velocity, *inputs, *labels, *order, *scale, *shift, *sgemm;
    int training, per_example, folded, scaled, nesterov;
    long long batch;
    float bias_decay;
    if (!PyArg_ParseTuple(arguments, "sO!OOO!OOOO(ppppp)L(fffff)O:run", &kernel, &PyList_Type, &layers, &parameters,
                          &velocity, &PyTuple_Type, &inputs, &labels, &order, &scale, &shift, &training,
                          &per_example, &folded, &scaled, &nesterov, &batch, &rates->learning_rate,
                          &rates->momentum, &rates->gradient_share, &rates->decay, &bias_decay, &sgemm))
        return false;
    task->training = training;
    task->per_example = per_example;
    task->folded = folded;
    task->scaled = scaled;
    rates->nesterov = nesterov;
    task->bias_rates = *rates;
    task->bias_rates.decay = bias_decay;
    return read_kernel(call, kernel) && read_sgemm(call, sgemm) && read_layers(task, layers) &&
           (call->parameters = read_weights(call, "parameters", parameters)) && read_velocity(call, velocity) &&
           read_labels(call, labels) && read_order(call, order) && read_inputs(call, inputs) &&
           read_standardization(call, scale, shift) && read_batch(task, batch);
}
