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
enum { VIEWS = 16 };

typedef struct {
    Py_buffer view[VIEWS];
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

/* The buffer of an array in C order; NULL with an exception set. */
static const Py_buffer *view_of(Views *views, const char *name, PyObject *array)
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
    PyErr_Format(PyExc_ValueError, "no kernels %s on this processor", name);
    return false;
}

static bool read_unit(const Unit **unit, const char *name, int precision)
{
    for (int k = 0; name && k < UNIT_COUNT; k++)
        if (!strcmp(UNITS[k].name, name) && UNITS[k].supported())
            *unit = &UNITS[k];
    if (name && !*unit)
        PyErr_Format(PyExc_ValueError, "no unit %s on this processor", name);
    else if (name && precision != SINGLE)
        PyErr_Format(PyExc_ValueError, "the unit %s is for float32", name);
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
        !is_within("the number of threads", threads, 1, MOST_THREADS) || !is_within("filling", fill, 0, 255) || !read_part(plan, TRAINING, views, *precision, training))
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

/* ---- a call ---- */

static int64_t parameter_count(const Plan *plan)
{
    int64_t count = plan->has_scale ? plan->shape[0].inputs : 0;
    for (int k = 0; k < plan->layers; k++)
        count = plus(count, times(plan->shape[k].inputs + 1, plan->shape[k].units));
    return count;
}

static bool read_parameters(const Plan *plan, int precision, Call *call, Views *views, PyObject *parameters)
{
    call->parameters = changed(views, "parameters", parameters, REALS[precision], parameter_count(plan),
                               "all parameters of the network");
    return call->parameters;
}

static bool read_slots(const Plan *plan, int precision, Call *call, Views *views, PyObject *slots)
{
    if (!plan->slots) {
        if (slots == Py_None)
            return true;
        PyErr_SetString(PyExc_TypeError, "slots is an array; expected None, for the rule keeps nothing.");
        return false;
    }
    call->slots = changed(views, "slots", slots, REALS[precision], times(plan->slots, parameter_count(plan)),
                          "all parameters for each slot");
    return call->slots;
}

static bool read_order(Call *call, Views *views, PyObject *order)
{
    const Py_buffer *view = numbers(views, "order", order, ROW_NUMBERS, -1, "");
    if (!view)
        return false;
    call->order = view->buf;
    call->examples = length_of(view);
    return true;
}

/* The steps of all epochs. */
static int64_t steps_of(const Plan *plan, const Call *call)
{
    return call->epochs * ((call->examples / call->epochs + plan->batch - 1) / plan->batch);
}

static bool read_table(const Plan *plan, Call *call, Views *views, PyObject *table, PyObject *factors)
{
    const int64_t steps = steps_of(plan, call);
    const Py_buffer *view = numbers(views, "table", table, REALS[DOUBLE], times(steps, plan->columns),
                                    "a row for each step");
    if (!view)
        return false;
    call->table = view->buf;
    const int64_t parameters = 2 * (int64_t)plan->layers + plan->has_scale;
    view = numbers(views, "factors", factors, REALS[DOUBLE], times(parameters, plan->columns),
                   "a row for each parameter");
    if (!view)
        return false;
    call->factors = view->buf;
    return true;
}

/* How many numbers an epoch tells. */
static int64_t width_of_sums(const Plan *plan) { return FIRST_SUMS + 2 * (int64_t)plan->shape[plan->layers - 1].units; }

/* The caller's array stands behind what is added up for it. */
static bool read_sums(const Plan *plan, Call *call, Views *views, PyObject *sums)
{
    const int64_t width = width_of_sums(plan);
    double *total = changed(views, "sums", sums, REALS[DOUBLE], times(call->epochs, width),
                            "loss, weight, correct, log loss, and squares and sizes of every output");
    if (!total)
        return false;
    call->total = total;
    call->told = calloc((size_t)(call->epochs + 1) * width, sizeof(double));
    if (!call->told) {
        PyErr_NoMemory();
        return false;
    }
    call->sums.squares = call->told + call->epochs * width;
    call->sums.sizes = call->sums.squares + (width - FIRST_SUMS) / 2;
    return true;
}

static void add_sums(const Plan *plan, const Call *call)
{
    const int64_t count = call->epochs * width_of_sums(plan);
    for (int64_t k = 0; k < count; k++)
        call->total[k] += call->told[k];
}

/* Where each step's loss and penalty are written; None is for nowhere. */
static bool read_trace(const Plan *plan, Call *call, Views *views, PyObject *trace)
{
    const int64_t steps = steps_of(plan, call);
    if (trace == Py_None)
        return true;
    call->trace = changed(views, "trace", trace, REALS[DOUBLE], times(steps, TRACED), "two for each step");
    return call->trace;
}

static bool read_key(Call *call, PyObject *key)
{
    call->mask_key = PyLong_AsUnsignedLongLong(key);
    return !PyErr_Occurred();
}

/* As many examples in each epoch. */
static bool read_epochs(Call *call, long long epochs)
{
    if (!is_within("the number of epochs", epochs, 1, MAX(1, call->examples)))
        return false;
    if (call->examples % epochs) {
        PyErr_Format(PyExc_ValueError, "order holds %lld rows; expected as many for each of %lld epochs.",
                     (long long)call->examples, epochs);
        return false;
    }
    call->epochs = epochs;
    return true;
}

static bool read_epoch(const Plan *plan, int precision, Call *call, Views *views, PyObject *arguments)
{
    PyObject *parameters, *slots, *order, *table, *factors, *key, *sums, *trace = Py_None;
    long long epochs = 1;
    return PyArg_ParseTuple(arguments, "OOOOOdOO|OL:epoch", &parameters, &slots, &order, &table, &factors,
                            &call->largest_norm, &key, &sums, &trace, &epochs) &&
           read_key(call, key) && read_parameters(plan, precision, call, views, parameters) &&
           read_slots(plan, precision, call, views, slots) && read_order(call, views, order) &&
           read_epochs(call, epochs) && read_table(plan, call, views, table, factors) &&
           read_sums(plan, call, views, sums) && read_trace(plan, call, views, trace);
}

static bool read_score(const Plan *plan, int precision, Call *call, Views *views, PyObject *arguments)
{
    PyObject *parameters, *order, *sums;
    if (!PyArg_ParseTuple(arguments, "OOO:score", &parameters, &order, &sums))
        return false;
    if (!plan->has_validation) {
        PyErr_SetString(PyExc_ValueError, "the program has no validation part; expected one to score.");
        return false;
    }
    return read_parameters(plan, precision, call, views, parameters) && read_order(call, views, order) &&
           read_sums(plan, call, views, sums);
}

static bool read_gradients(const Plan *plan, int precision, Call *call, Views *views, PyObject *arguments)
{
    PyObject *parameters, *order, *key, *sums, *gradients;
    if (!PyArg_ParseTuple(arguments, "OOOOO:gradients", &parameters, &order, &key, &sums, &gradients))
        return false;
    call->masked = key != Py_None;
    if ((call->masked && !read_key(call, key)) || !read_parameters(plan, precision, call, views, parameters) ||
        !read_order(call, views, order) || !is_within("the number of rows", call->examples, 1, LARGEST) ||
        !read_sums(plan, call, views, sums))
        return false;
    call->gradients = changed(views, "gradients", gradients, REALS[precision], parameter_count(plan),
                              "all parameters of the network");
    return call->gradients;
}
