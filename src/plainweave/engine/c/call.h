/* What Python hands in with a call, checked as arguments.h has it. */

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

/* How often sums are told: of each epoch, and of what is scored at its end. */
static int64_t rows_of_sums(const Call *call) { return call->epochs * (call->scored ? 2 : 1); }

/* The caller's array stands behind what is added up for it. */
static bool read_sums(const Plan *plan, Call *call, Views *views, PyObject *sums)
{
    const int64_t width = width_of_sums(plan), rows = rows_of_sums(call);
    double *total = changed(views, "sums", sums, REALS[DOUBLE], times(rows, width),
                            "loss, weight, correct, log loss, and squares and sizes of every output");
    if (!total)
        return false;
    call->total = total;
    call->told = calloc((size_t)(rows + 1) * width, sizeof(double));
    if (!call->told) {
        PyErr_NoMemory();
        return false;
    }
    call->sums.squares = call->told + rows * width;
    call->sums.sizes = call->sums.squares + (width - FIRST_SUMS) / 2;
    return true;
}

static void add_sums(const Plan *plan, const Call *call)
{
    const int64_t count = rows_of_sums(call) * width_of_sums(plan);
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

/* Where the parameters at the end of each epoch are written; None is for nowhere. */
static bool read_kept(const Plan *plan, int precision, Call *call, Views *views, PyObject *kept)
{
    if (kept == Py_None)
        return true;
    call->kept = changed(views, "kept", kept, REALS[precision], times(call->epochs, parameter_count(plan)),
                         "all parameters for each epoch");
    return call->kept;
}

static bool has_validation(const Plan *plan)
{
    if (!plan->has_validation)
        PyErr_SetString(PyExc_ValueError, "the program has no validation part; expected one to score.");
    return plan->has_validation;
}

/* What is scored at the end of each epoch; None is for nothing. */
static bool read_scored(const Plan *plan, Call *call, Views *views, PyObject *scored)
{
    if (scored == Py_None)
        return true;
    const Py_buffer *view = has_validation(plan) ? numbers(views, "scored", scored, ROW_NUMBERS, -1, "") : NULL;
    if (!view)
        return false;
    call->scored = view->buf;
    call->scored_rows = length_of(view);
    return true;
}

/* When training ends early; None is for never. */
static bool read_until(const Plan *plan, Call *call, Views *views, PyObject *until)
{
    if (until == Py_None)
        return true;
    const int64_t steps = steps_of(plan, call) / call->epochs;
    const Py_buffer *view = numbers(views, "until", until, REALS[DOUBLE], FIRST_SHARE + steps,
                                    "six, and the share of each step");
    if (!view)
        return false;
    if (!call->trace) {
        PyErr_SetString(PyExc_ValueError, "until is given without a trace; expected both.");
        return false;
    }
    const double *given = view->buf;
    call->until = (Until){.best = given[BEST], .waited = given[WAITED], .given = given};
    return true;
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
    PyObject *parameters, *slots, *order, *table, *factors, *key, *sums;
    PyObject *trace = Py_None, *kept = Py_None, *scored = Py_None, *until = Py_None;
    long long epochs = 1;
    int goes_on = false, is_gone_on_with = false;
    if (!PyArg_ParseTuple(arguments, "OOOOOdOO|OLOOOpp:epoch", &parameters, &slots, &order, &table, &factors,
                          &call->largest_norm, &key, &sums, &trace, &epochs, &kept, &scored, &until, &goes_on,
                          &is_gone_on_with))
        return false;
    call->goes_on = goes_on;
    call->is_gone_on_with = is_gone_on_with;
    return read_key(call, key) && read_parameters(plan, precision, call, views, parameters) &&
           read_slots(plan, precision, call, views, slots) && read_order(call, views, order) &&
           read_epochs(call, epochs) && read_table(plan, call, views, table, factors) &&
           read_kept(plan, precision, call, views, kept) && read_scored(plan, call, views, scored) &&
           read_sums(plan, call, views, sums) && read_trace(plan, call, views, trace) &&
           read_until(plan, call, views, until);
}

static bool read_score(const Plan *plan, int precision, Call *call, Views *views, PyObject *arguments)
{
    PyObject *parameters, *order, *sums;
    return PyArg_ParseTuple(arguments, "OOO:score", &parameters, &order, &sums) && has_validation(plan) &&
           read_parameters(plan, precision, call, views, parameters) && read_order(call, views, order) &&
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
