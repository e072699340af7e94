/* Prediction as Python calls it. Included by python.c alone, after arguments.h. */

enum { GIL_KEPT = 200000 }; /* multiply-adds: what takes some microseconds is done before another thread could begin */
enum { MOST_STEPS = 1 << 20 };

static const char FORWARD_DOC[] =
    "forward(steps, x, out, threads=1, kernel=None) -> whether all of x are finite\n\n"
    "steps: a tuple of (LINEAR, weight, bias), (SCALING, factor), (PROBABILITIES,) and (activation, setting).\n"
    "x: (rows, features), out: (rows, outputs), which is written to. All arrays are of one precision, C-contiguous but\n"
    "for x. An example's outputs are the same bytes whatever is with it. What does not fit is a TypeError or ValueError.";

/* The rows and columns of an array, and how far they are apart, in its own numbers; false with an exception set. */
static bool read_matrix(const char *name, const Py_buffer *view, int64_t shape[2], long stride[2])
{
    if (view->ndim != 2) {
        PyErr_Format(PyExc_ValueError, "%s has %d axes; expected 2.", name, view->ndim);
        return false;
    }
    for (int axis = 0; axis < 2; axis++) {
        shape[axis] = view->shape[axis];
        stride[axis] = (long)(view->strides[axis] / view->itemsize);
        if (view->strides[axis] % view->itemsize) {
            PyErr_Format(PyExc_ValueError, "%s is not aligned; expected whole numbers between its numbers.", name);
            return false;
        }
    }
    return true;
}

/* The arrays of a step that takes `width` numbers a row; false with an exception set. */
static bool read_arrays(Step *step, Views *views, Kind kind, long width, PyObject *tuple)
{
    const Py_buffer *view;
    int64_t shape[2] = {width, width};
    long stride[2];
    if (step->code == SCALING)
        view = numbers(views, "factor", PyTuple_GetItem(tuple, 1), kind, width, "one for each feature");
    else
        view = numbers(views, "weight", PyTuple_GetItem(tuple, 1), kind, -1, "");
    if (!view || (step->code == LINEAR && !read_matrix("weight", view, shape, stride)))
        return false;
    if (!is_within("the inputs of a weight", shape[0], 1, LARGEST) ||
        !is_within("the units of a weight", shape[1], 1, LARGEST))
        return false;
    step->weight = view->buf;
    step->inputs = (long)shape[0];
    step->units = (long)shape[1];
    if (step->inputs != width) {
        PyErr_Format(PyExc_ValueError, "a weight has %ld inputs; expected %ld, what the step before gives.",
                     step->inputs, width);
        return false;
    }
    if (step->code == SCALING)
        return true;
    view = numbers(views, "bias", PyTuple_GetItem(tuple, 2), kind, step->units, "one for each unit");
    step->bias = view ? view->buf : NULL;
    return view;
}

static bool read_step(Step *step, Views *views, Kind kind, long width, PyObject *tuple)
{
    const Py_ssize_t size = PyTuple_Check(tuple) ? PyTuple_Size(tuple) : 0;
    const long code = size ? PyLong_AsLong(PyTuple_GetItem(tuple, 0)) : -1;
    if (PyErr_Occurred() || !is_within("the code of a step", code, 0, STEP_CODES - 1))
        return false;
    const Py_ssize_t expected = code == LINEAR ? 3 : code == PROBABILITIES ? 1 : 2;
    if (size != expected) {
        PyErr_Format(PyExc_ValueError, "a step of code %ld has %zd parts; expected %zd.", code, size, expected);
        return false;
    }
    *step = (Step){.code = (int)code, .inputs = width, .units = width};
    if (code == LINEAR || code == SCALING)
        return read_arrays(step, views, kind, width, tuple);
    if (code < ACTIVATIONS)
        step->setting = PyFloat_AsDouble(PyTuple_GetItem(tuple, 1));
    return !PyErr_Occurred();
}

/* Inputs of any layout; float32 or float64, as all arrays then. */
static bool read_x(Forward *forward, Views *views, int *precision, PyObject *array)
{
    Py_buffer *view = &views->view[views->count];
    int64_t shape[2];
    long stride[2];
    if (!view_of_any(views, "x", array))
        return false;
    *precision = is_of(view, REALS[DOUBLE]) ? DOUBLE : SINGLE;
    if (!check_kind("x", view, REALS[*precision]) || !read_matrix("x", view, shape, stride) ||
        !is_within("the features of x", shape[1], 1, LARGEST))
        return false;
    forward->x = view->buf;
    forward->rows = shape[0];
    forward->features = (long)shape[1];
    forward->row = stride[0];
    forward->column = stride[1];
    return true;
}

/* The steps, of which one with arrays holds two views at most. */
static bool read_steps(Forward *forward, Views *views, int precision, PyObject *steps)
{
    long width = forward->features;
    for (int k = 0; k < forward->steps; k++) {
        Step *step = &forward->step[k];
        if (!read_step(step, views, REALS[precision], width, PyTuple_GetItem(steps, k)))
            return false;
        width = step->units;
        forward->widest = MAX(forward->widest, width);
    }
    forward->copies = forward->step[0].code != LINEAR || forward->column != 1;
    if (forward->copies)
        forward->widest = MAX(forward->widest, forward->features);
    return true;
}

/* What is written to, and by which kernel. */
static bool read_forward(Forward *forward, Views *views, int *precision, int *kernel, PyObject *const *arguments,
                         PyObject *name)
{
    forward->steps = (int)PyTuple_Size(arguments[0]);
    if (!read_x(forward, views, precision, arguments[1]) || !read_steps(forward, views, *precision, arguments[0]))
        return false;
    const long outputs = forward->step[forward->steps - 1].units;
    forward->out = changed(views, "out", arguments[2], REALS[*precision], times(forward->rows, outputs),
                           "the outputs of x");
    if (!forward->out || name == Py_None) {
        for (*kernel = 0; !KERNELS[*kernel].supported();)
            ++*kernel;
        return forward->out;
    }
    PyObject *text = PyObject_Str(name), *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    const bool known = bytes && read_kernel(kernel, PyBytes_AsString(bytes));
    Py_XDECREF(text);
    Py_XDECREF(bytes);
    return known;
}

static int64_t multiply_adds(const Forward *forward)
{
    int64_t count = 1;
    for (int k = 0; k < forward->steps; k++)
        count = plus(count, times(forward->step[k].inputs, forward->step[k].units));
    return times(count, forward->rows);
}

typedef struct {
    Forward *forward;
    Item *item;
} ForwardRows;

static void do_rows(void *given, Team *team)
{
    ForwardRows *rows = given;
    do_job(team, rows->item, rows->forward, rows->forward->items);
}

static void do_forward(Forward *forward, Item *item, long threads)
{
    const int64_t blocks = (forward->rows + TOGETHER - 1) / TOGETHER, at_work = MIN(MIN(threads, MOST_THREADS), blocks);
    const bool is_short = multiply_adds(forward) < GIL_KEPT;
    ForwardRows rows = {forward, item};
    PyThreadState *state = is_short ? NULL : PyEval_SaveThread();
    unsigned long long before = flush_denormals();
    forward->items = at_work > 1 ? (long)MIN(blocks, 4 * at_work) : 1;
    with_team((int)at_work, do_rows, &rows);
    restore_denormals(before);
    if (state)
        PyEval_RestoreThread(state);
}

static PyObject *call_forward(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    (void)module;
    if (count < 3 || count > 5 || !PyTuple_Check(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "forward takes a tuple of steps, x, out, threads and a kernel.");
        return NULL;
    }
    const long threads = count > 3 ? PyLong_AsLong(arguments[3]) : 1;
    if (PyErr_Occurred() || !is_within("threads", threads, 1, LONG_MAX) ||
        !is_within("the number of steps", PyTuple_Size(arguments[0]), 1, MOST_STEPS)) {
        explain_overflow();
        return NULL;
    }
    const size_t steps = PyTuple_Size(arguments[0]);
    Py_buffer *view = calloc(1, (2 + 2 * steps) * sizeof(Py_buffer) + steps * sizeof(Step));
    if (!view)
        return PyErr_NoMemory();
    Views views = {.view = view};
    Forward forward = {.step = (Step *)(view + 2 + 2 * steps), .is_finite = true};
    int precision, kernel = 0;
    PyObject *result = NULL;
    if (read_forward(&forward, &views, &precision, &kernel, arguments, count > 4 ? arguments[4] : Py_None)) {
        do_forward(&forward, KERNELS[kernel].forward[precision], threads);
        result = forward.lacks_memory ? PyErr_NoMemory() : PyBool_FromLong(forward.is_finite);
    } else
        explain_overflow();
    release(&views);
    free(view);
    return result;
}

static bool name_steps(PyObject *module)
{
    return PyModule_AddIntConstant(module, "LINEAR", LINEAR) == 0 &&
           PyModule_AddIntConstant(module, "SCALING", SCALING) == 0 &&
           PyModule_AddIntConstant(module, "PROBABILITIES", PROBABILITIES) == 0;
}
