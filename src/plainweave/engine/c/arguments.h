/* What Python hands in, checked once a call: the kind of every array and its length against all others.
 *
 * Included by python.c alone. What stands in the arrays (rows, labels, starts and columns of sparse rows) is
 * checked where it is read, for another thread may change it while the engine works.
 */

#define LARGEST (1 << 30) /* units of a layer, features, examples of a batch: the product of two can be counted */

/* Numbers as the buffer protocol names them: letters for the family, and a size in bytes. */
typedef struct {
    const char *name, *letters;
    Py_ssize_t size;
} Kind;

static const Kind BYTES = {"uint8", "B", 1}, INDICES = {"int32", "il", 4}, ROW_NUMBERS = {"int64", "lq", 8},
                  REALS[PRECISIONS] = {{"float32", "f", 4}, {"float64", "d", 8}};

/* Buffers that are held: of a program until it goes, of a call until it ends. */
enum { VIEWS = 16 }; /* of a program or a call of it at most */

typedef struct {
    Py_buffer *view; /* memory for as many as there will be */
    int count;
} Views;

static void release(Views *views)
{
    while (views->count)
        PyBuffer_Release(&views->view[--views->count]);
}

static void explain_overflow(void)
{
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        PyErr_SetString(PyExc_ValueError, "a number is too large; expected one that fits in 64 bits.");
}

/* ---- numbers ---- */

static bool is_within(const char *name, long long given, long long least, long long most)
{
    if (given >= least && given <= most)
        return true;
    PyErr_Format(PyExc_ValueError, "%s is %lld; expected %lld to %lld.", name, given, least, most);
    return false;
}

/* a times b, or what no array is as long as. */
static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* ---- arrays ---- */

static bool is_of(const Py_buffer *view, Kind kind)
{
    const char *format = view->format ? view->format : "B";
    format += *format == '@' || *format == '=';
    return *format && !format[1] && strchr(kind.letters, *format) && view->itemsize == kind.size;
}

/* The buffer of an array in any order; NULL with an exception set. */
static const Py_buffer *view_of_any(Views *views, const char *name, PyObject *array)
{
    Py_buffer *view = &views->view[views->count];
    if (!PyObject_CheckBuffer(array)) {
        PyErr_Format(PyExc_TypeError, "%s is %R; expected an array.", name, (PyObject *)Py_TYPE(array));
        return NULL;
    }
    if (PyObject_GetBuffer(array, view, PyBUF_FULL_RO) < 0) {
        if (PyErr_ExceptionMatches(PyExc_BufferError))
            PyErr_Format(PyExc_ValueError, "%s gives no access to its memory; expected an array.", name);
        return NULL;
    }
    views->count++;
    return view;
}

/* The buffer of an array in C order; NULL with an exception set. */
static const Py_buffer *view_of(Views *views, const char *name, PyObject *array)
{
    const Py_buffer *view = view_of_any(views, name, array);
    if (!view || PyBuffer_IsContiguous(view, 'C'))
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

static int64_t length_of(const Py_buffer *view) { return view->len / view->itemsize; }

static bool check_length(const char *name, const Py_buffer *view, int64_t expected, const char *why)
{
    if (length_of(view) == expected)
        return true;
    PyErr_Format(PyExc_ValueError, "%s holds %lld numbers; expected %lld: %s.", name, (long long)length_of(view),
                 (long long)expected, why);
    return false;
}

/* An array of one kind; NULL with an exception set. Any length will do where -1 is expected. */
static const Py_buffer *numbers(Views *views, const char *name, PyObject *array, Kind kind, int64_t expected,
                                const char *why)
{
    const Py_buffer *view = view_of(views, name, array);
    if (!view || !check_kind(name, view, kind) || (expected >= 0 && !check_length(name, view, expected, why)))
        return NULL;
    return view;
}

/* An array that is changed in place; NULL with an exception set. */
static void *changed(Views *views, const char *name, PyObject *array, Kind kind, int64_t expected, const char *why)
{
    const Py_buffer *view = numbers(views, name, array, kind, expected, why);
    if (view && view->readonly) {
        PyErr_Format(PyExc_ValueError, "%s is read-only; expected an array that can be written to.", name);
        return NULL;
    }
    return view ? view->buf : NULL;
}

/* ---- a program ---- */

static bool read_kernel(int *kernel, const char *name)
{
    *kernel = 0;
    while (*kernel < KERNEL_COUNT && (strcmp(KERNELS[*kernel].name, name) || !KERNELS[*kernel].supported()))
        ++*kernel;
    if (*kernel < KERNEL_COUNT)
        return true;
    PyErr_Format(PyExc_ValueError, "kernel is %s; expected one of kernels().", name);
    return false;
}

static bool read_unit(const Unit **unit, const char *name, int precision)
{
    for (int k = 0; name && k < UNIT_COUNT; k++)
        if (!strcmp(UNITS[k].name, name) && UNITS[k].supported())
            *unit = &UNITS[k];
    if (name && !*unit)
        PyErr_Format(PyExc_ValueError, "unit is %s; expected one of units().", name);
    else if (name && precision != SINGLE)
        PyErr_Format(PyExc_ValueError, "unit is %s for %s; expected None, for units are for float32.", name,
                     REALS[precision].name);
    else
        return true;
    return false;
}

static bool read_precision(int *precision, const char *name)
{
    for (*precision = 0; *precision < PRECISIONS; ++*precision)
        if (!strcmp(REALS[*precision].name, name))
            return true;
    *precision = SINGLE;
    PyErr_Format(PyExc_ValueError, "precision is %s; expected float32 or float64.", name);
    return false;
}

static bool read_layer(Plan *plan, int k, PyObject *tuple)
{
    long long inputs, units, activation, number;
    Shape *shape = &plan->shape[k];
    if (!PyTuple_Check(tuple)) {
        PyErr_Format(PyExc_TypeError,
                     "layer %d is %R; expected (inputs, units, activation, setting, dropout, number).", k, tuple);
        return false;
    }
    if (!PyArg_ParseTuple(tuple, "LLLddL;a layer is (inputs, units, activation, setting, dropout, number)", &inputs,
                          &units, &activation, &shape->setting, &shape->rate, &number) ||
        !is_within("a layer's inputs", inputs, 1, LARGEST) || !is_within("a layer's units", units, 1, LARGEST) ||
        !is_within("a layer's activation", activation, IDENTITY, ACTIVATIONS - 1) ||
        !is_within("a layer's number", number, 0, INT_MAX))
        return false;
    if (!(shape->rate >= 0 && shape->rate < 1)) {
        PyErr_Format(PyExc_ValueError, "a layer's dropout is not a number from 0 up to, not including, 1.");
        return false;
    }
    shape->inputs = (long)inputs;
    shape->units = (long)units;
    shape->activation = (int)activation;
    shape->number = (int)number;
    if (k == 0 || shape->inputs == plan->shape[k - 1].units)
        return true;
    PyErr_Format(PyExc_ValueError, "layer %d has %ld inputs; expected %ld, the units of the one before.", k,
                 shape->inputs, plan->shape[k - 1].units);
    return false;
}

/* A copy of the list is read, for a number may have a method that changes the list. */
static bool read_network(Plan *plan, PyObject *list)
{
    PyObject *layers = PyList_AsTuple(list);
    const Py_ssize_t count = layers ? PyTuple_Size(layers) : 0;
    bool done = layers && is_within("the number of layers", count, 1, INT_MAX);
    if (done) {
        plan->layers = (int)count;
        plan->shape = calloc(count, sizeof(Shape));
        done = plan->shape;
        if (!done)
            PyErr_NoMemory();
    }
    for (int k = 0; done && k < count; k++)
        done = read_layer(plan, k, PyTuple_GetItem(layers, k));
    Py_XDECREF(layers);
    return done;
}

static bool read_loss(Plan *plan, Views *views, long long code, PyObject *levels, long long width)
{
    Loss *loss = &plan->loss;
    const long outputs = plan->shape[plan->layers - 1].units;
    if (!is_within("the loss", code, SOFTMAX, LOSSES - 1) || !is_within("the width of targets", width, 1, LARGEST))
        return false;
    const Py_buffer *view = numbers(views, "levels", levels, REALS[DOUBLE], -1, "");
    if (!view)
        return false;
    loss->code = (int)code;
    loss->width = (long)width;
    loss->levels = view->buf;
    loss->level_count = (long)length_of(view);
    const int64_t expected = code == QUANTILE ? times(width, loss->level_count) : width;
    if (expected == outputs)
        return true;
    PyErr_Format(PyExc_ValueError, "the last layer has %ld units; expected %lld, for such targets.", outputs,
                 (long long)expected);
    return false;
}

#define FORM_OF_RULE(name, columns, fewest, most) {columns, fewest, most},
static const struct {
    int columns, fewest, most; /* fewest and most: slots */
} RULE_FORMS[] = {RULES(FORM_OF_RULE)};
#undef FORM_OF_RULE

static bool read_rule(Plan *plan, long long code, long long slots)
{
    if (!is_within("the rule", code, 0, RULE_COUNT - 1) ||
        !is_within("slots", slots, RULE_FORMS[code].fewest, RULE_FORMS[code].most))
        return false;
    plan->rule = (int)code;
    plan->slots = (int)slots;
    plan->columns = RULE_FORMS[code].columns;
    return true;
}

static bool read_targets(Plan *plan, Part *part, Views *views, int precision, PyObject *targets)
{
    const Py_buffer *view = view_of(views, "targets", targets);
    if (!view)
        return false;
    if (is_of(view, INDICES) && plan->loss.code == SOFTMAX) {
        part->labels = view->buf;
        part->rows = length_of(view);
        return check_kind("targets", view, INDICES);
    }
    if (!check_kind("targets", view, REALS[precision]))
        return false;
    part->targets = view->buf;
    part->rows = length_of(view) / plan->loss.width;
    return check_length("targets", view, times(part->rows, plan->loss.width), "whole rows");
}

static bool read_dense(const Plan *plan, Part *part, Views *views, int precision, PyObject *array)
{
    const Py_buffer *view = view_of(views, "inputs", array);
    const bool bytes = view && is_of(view, BYTES);
    if (!view || !check_kind("inputs", view, bytes ? BYTES : REALS[precision]))
        return false;
    const long features = plan->shape[0].inputs;
    part->stored = part->places ? length_of(view) / features : part->rows;
    if (!check_length("inputs", view, times(part->stored, features),
                      part->places ? "whole rows" : "the features of every target"))
        return false;
    if (bytes)
        part->bytes = view->buf;
    else
        part->reals = view->buf;
    return true;
}

/* Inputs of which not all are in memory: the places may change from call to call. */
static bool read_places(Part *part, Views *views, PyObject *places)
{
    const Py_buffer *view = numbers(views, "places", places, ROW_NUMBERS, part->rows, "one for each target");
    part->places = view ? view->buf : NULL;
    return view;
}

static bool read_sparse(Part *part, Views *views, int precision, PyObject *inputs)
{
    const Py_buffer *view = numbers(views, "starts", PyTuple_GetItem(inputs, 0), ROW_NUMBERS, part->rows + 1,
                                    "one a target, and the end");
    if (!view)
        return false;
    part->starts = view->buf;
    view = numbers(views, "columns", PyTuple_GetItem(inputs, 1), INDICES, -1, "");
    if (!view)
        return false;
    part->columns = view->buf;
    part->stored = length_of(view);
    view = numbers(views, "values", PyTuple_GetItem(inputs, 2), REALS[precision], part->stored,
                   "one for each of the columns");
    if (!view)
        return false;
    part->values = view->buf;
    return true;
}

static bool read_inputs(const Plan *plan, Part *part, Views *views, int precision, PyObject *inputs)
{
    const Py_ssize_t arrays = PyTuple_Size(inputs);
    if (arrays == 1 || (arrays == 2 && read_places(part, views, PyTuple_GetItem(inputs, 1))))
        return read_dense(plan, part, views, precision, PyTuple_GetItem(inputs, 0));
    if (arrays == 3)
        return read_sparse(part, views, precision, inputs);
    if (arrays != 2)
        PyErr_Format(PyExc_ValueError, "inputs are %zd arrays; expected 1, 2 with places, or the 3 of sparse rows.",
                     arrays);
    return false;
}

static bool read_part(Plan *plan, int number, Views *views, int precision, PyObject *tuple)
{
    Part *part = &plan->part[number];
    PyObject *inputs, *targets, *weights, *scale, *shift;
    int per_example, folded, scaled;
    if (!PyArg_ParseTuple(tuple, "O!OOOOppp;a part is (inputs, targets, weights, scale, shift, 3 flags)", &PyTuple_Type,
                          &inputs, &targets, &weights, &scale, &shift, &per_example, &folded, &scaled) ||
        !read_targets(plan, part, views, precision, targets) || !read_inputs(plan, part, views, precision, inputs))
        return false;
    part->per_example = per_example;
    part->folded = folded;
    part->scaled = scaled;
    part->stays_raw = part->bytes && folded && !scaled && !(number == TRAINING && is_mixed(plan, 0));
    const long features = plan->shape[0].inputs;
    const Py_buffer *view = numbers(views, "scale", scale, REALS[precision], features, "one for each feature");
    part->scale = view ? view->buf : NULL;
    view = view ? numbers(views, "shift", shift, REALS[precision], features, "one for each feature") : NULL;
    part->shift = view ? view->buf : NULL;
    if (view && weights != Py_None) {
        view = numbers(views, "weights", weights, REALS[precision], part->rows, "one for each target");
        part->weights = view ? view->buf : NULL;
    }
    return view;
}

/* More examples than there are need no memory. */
static bool read_batch(Plan *plan, long long batch)
{
    const int64_t rows = MAX(plan->part[TRAINING].rows, 1);
    plan->batch = MIN(batch, rows);
    return is_within("batch", plan->batch, 1, LARGEST);
}

/* What stands in nested tuples is read from each by itself: of another sequence, whose items may go at once, the
 * format of nested arguments would keep no reference. */
static bool read_program(Plan *plan, Views *views, int *kernel, int *precision, int *filling, PyObject *arguments)
{
    const char *kernel_name, *precision_name, *unit = NULL;
    PyObject *network, *loss, *rule, *layers, *levels, *training, *validation;
    int has_scale;
    long long loss_code, width, rule_code, slots, batch, threads, fill = 0;
    if (!PyArg_ParseTuple(arguments, "ssO!O!O!LO!OL|Lz:program", &kernel_name, &precision_name, &PyTuple_Type, &network,
                          &PyTuple_Type, &loss, &PyTuple_Type, &rule, &batch, &PyTuple_Type, &training, &validation,
                          &threads, &fill, &unit) ||
        !PyArg_ParseTuple(network, "pO!;the network is (has_scale, layers)", &has_scale, &PyList_Type, &layers) ||
        !PyArg_ParseTuple(loss, "LdOLd;the loss is (code, setting, levels, width, largest)", &loss_code,
                          &plan->loss.setting, &levels, &width, &plan->loss.largest) ||
        !PyArg_ParseTuple(rule, "LL;the rule is (code, slots)", &rule_code, &slots) ||
        !read_kernel(kernel, kernel_name) || !read_precision(precision, precision_name) ||
        !read_unit(&plan->unit, unit, *precision) ||
        !read_network(plan, layers) ||
        !read_loss(plan, views, loss_code, levels, width) || !read_rule(plan, rule_code, slots) ||
        !is_within("the number of threads", threads, 1, MOST_THREADS) || !is_within("filling", fill, 0, 255) ||
        !read_part(plan, TRAINING, views, *precision, training))
        return false;
    plan->has_scale = has_scale;
    plan->threads = (int)threads;
    plan->has_validation = validation != Py_None;
    *filling = (int)fill;
    if (plan->has_validation && !PyTuple_Check(validation)) {
        PyErr_Format(PyExc_TypeError, "validation is %R; expected a tuple or None.", validation);
        return false;
    }
    return (!plan->has_validation || read_part(plan, VALIDATION, views, *precision, validation)) &&
           read_batch(plan, batch);
}
