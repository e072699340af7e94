/* One pass over examples: scored, with gradients of one batch, or with a step after each. */

static void NAME(forward)(Task *task, long rows, bool for_gradients)
{
    for (long n = 0; n < rows; n += BLOCK)
        NAME(first_forward)(task, &task->block[n / BLOCK], task->layer[0].y + n * task->layer[0].stride);
    for (int k = 1; k < LAYERS; k++) {
        const Layer *below = &task->layer[k - 1];
        NAME(apply_activation)(task, k - 1, rows, for_gradients);
        NAME(dense_forward)(task, &task->layer[k], below->y, below->stride, task->layer[k].y, rows);
    }
}

static void NAME(backward)(Task *task, long rows, bool add, bool whole)
{
    REAL *dy = LAST.y;
    for (int k = LAYERS - 1; k > 0; k--) {
        const Layer *layer = &task->layer[k], *below = &task->layer[k - 1];
        NAME(bias_gradient)(layer, dy, rows, add);
        NAME(dense_backward)(task, layer, below, below->y, dy, below->dy, rows, add, whole);
        dy = below->dy;
    }
    NAME(bias_gradient)(&task->layer[0], dy, rows, add);
    for (long n = 0; n < rows; n += BLOCK)
        NAME(first_backward)(task, &task->block[n / BLOCK], dy + n * task->layer[0].stride, add || n,
                             whole && n + BLOCK >= rows);
}

/* The loss of what went forward; with a divisor the outputs become its gradient. */
static void NAME(score)(Task *task, long rows, double divisor)
{
    const Layer *last = &LAST;
    for (long n = 0; n < rows; n += BLOCK)
        NAME(loss_of_block)(&task->plan->loss, &task->call->sums, &task->block[n / BLOCK], task->part->targets,
                            last->y + n * last->stride, last->units, last->stride, (REAL)divisor, task->sideways);
}

/* W' = s W: what the features' factors make of the first weights. */
static void NAME(apply_scale)(const Task *task)
{
    const Layer *layer = &task->layer[0];
    for (long i = 0; i < layer->inputs; i++)
        for (long j = 0; j < layer->stride; j += LANES)
            store(layer->weight + i * layer->stride + j,
                  load(task->scale.weight + i * layer->stride + j) * task->scale.factor[i]);
}

/* From the gradient G by W': that by s is the sum over a row of W G, and that by W is s G. */
static void NAME(unscale_gradient)(const Task *task)
{
    const Layer *layer = &task->layer[0];
    for (long i = 0; i < layer->inputs; i++) {
        REAL *gradient = layer->weight_gradient + i * layer->stride;
        const REAL *weight = task->scale.weight + i * layer->stride;
        REAL sum = 0;
        for (long j = 0; j < layer->units; j++) {
            sum += weight[j] * gradient[j];
            gradient[j] *= task->scale.factor[i];
        }
        task->scale.gradient[i] = sum;
    }
}

static double NAME(squares)(const REAL *gradient, long rows, long units, long stride)
{
    double sum = 0;
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < units; j++)
            sum += (double)gradient[i * stride + j] * gradient[i * stride + j];
    return sum;
}

static void NAME(shrink)(REAL *gradient, long count, REAL share)
{
    for (long at = 0; at < count; at++)
        gradient[at] *= share;
}

/* Scale the whole gradient to the largest norm it may have (see optimizers/clipping.py). */
static void NAME(clip)(const Task *task)
{
    const long features = task->layer[0].inputs;
    const bool has_scale = task->plan->has_scale;
    double sum = has_scale ? NAME(squares)(task->scale.gradient, 1, features, features) : 0;
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        sum += NAME(squares)(layer->weight_gradient, layer->inputs, layer->units, layer->stride) +
               NAME(squares)(layer->bias_gradient, 1, layer->units, layer->stride);
    }
    const double share = task->call->largest_norm / (sqrt(sum) + 1e-6);
    if (share >= 1)
        return;
    if (has_scale)
        NAME(shrink)(task->scale.gradient, features, (REAL)share);
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        NAME(shrink)(layer->weight_gradient, layer->inputs * layer->stride, (REAL)share);
        NAME(shrink)(layer->bias_gradient, layer->stride, (REAL)share);
    }
}

/* Step along a gradient that is whole, but for the first weights where they have stepped already. */
static void NAME(step)(Task *task)
{
    const bool has_scale = task->plan->has_scale;
    int parameter = 0;
    if (task->call->largest_norm > 0)
        NAME(clip)(task);
    if (has_scale)
        NAME(step_all)(task, parameter++, task->scale.factor, task->scale.gradient, task->scale.slot,
                       task->scale.width);
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        if (k > 0 || !task->fused)
            NAME(step_all)(task, parameter, has_scale && !k ? task->scale.weight : layer->weight,
                           layer->weight_gradient, layer->weight_slot, layer->inputs * layer->stride);
        NAME(step_all)(task, parameter + 1, layer->bias, layer->bias_gradient, layer->bias_slot, layer->width);
        parameter += 2;
    }
    if (has_scale)
        NAME(apply_scale)(task);
    if (!task->fused && task->part->folded)
        NAME(sum_columns)(task);
}

/* One batch: forward, backward, and its step. It ends at a fault. */
static bool NAME(work_on)(Task *task, const int64_t *order, int64_t batch, bool for_gradients)
{
    double divisor = 0;
    if (for_gradients && !OF(sum_weights)(task, order, batch, &divisor))
        return false;
    for (int64_t done = 0; done < batch; done += task->span) {
        const long rows = MIN(task->span, batch - done);
        for (long n = 0; n < rows; n += BLOCK)
            if (!NAME(read_block)(task, &task->block[n / BLOCK], order + done + n, (int)MIN(BLOCK, rows - n),
                                  for_gradients))
                return false;
        NAME(forward)(task, rows, for_gradients);
        NAME(score)(task, rows, divisor);
        if (for_gradients)
            NAME(backward)(task, rows, done > 0, done + rows == batch);
    }
    if (for_gradients && task->plan->has_scale)
        NAME(unscale_gradient)(task);
    return true;
}

/* The sum of DECAY / 2 p^2 + L1 |p| over a parameter (rows, units). */
static double NAME(penalty_of)(const Task *task, int parameter, const REAL *values, long rows, long units, long stride)
{
    const double *row = task->row, *factors = task->call->factors + parameter * task->plan->columns;
    const double decay = row[DECAY] * factors[DECAY], l1 = row[L1] * factors[L1];
    const long whole = units - units % LANES;
    vec squares = {0}, sizes = {0};
    double square = 0, size = 0;
    if (decay == 0 && l1 == 0)
        return 0;
    for (long i = 0; i < rows; i++, values += stride) {
        for (long j = 0; j < whole; j += LANES) {
            const vec p = load(values + j);
            squares += p * p;
            sizes += NAME(size)(p);
        }
        for (long j = whole; j < units; j++) {
            square += (double)values[j] * values[j];
            size += fabs((double)values[j]);
        }
    }
    for (int k = 0; k < LANES; k++) {
        square += squares[k];
        size += sizes[k];
    }
    return decay / 2 * square + l1 * size;
}

/* What the penalties of this step add to the loss. */
static double NAME(penalty)(const Task *task)
{
    const bool has_scale = task->plan->has_scale;
    const long features = task->layer[0].inputs;
    double sum = has_scale ? NAME(penalty_of)(task, 0, task->scale.factor, 1, features, features) : 0;
    for (int k = 0, parameter = has_scale; k < LAYERS; k++, parameter += 2) {
        const Layer *layer = &task->layer[k];
        sum += NAME(penalty_of)(task, parameter, has_scale && !k ? task->scale.weight : layer->weight, layer->inputs,
                                layer->units, layer->stride);
        sum += NAME(penalty_of)(task, parameter + 1, layer->bias, 1, layer->units, layer->stride);
    }
    return sum;
}

/* One batch, whose loss and penalty are written down, both before its step. */
static bool NAME(work_on_traced)(Task *task, const int64_t *order, int64_t batch, double trace[TRACED])
{
    Sums *sums = &task->call->sums;
    const double loss = sums->loss, weight = sums->weight, penalty = NAME(penalty)(task);
    sums->loss = sums->weight = 0;
    if (!NAME(work_on)(task, order, batch, true))
        return false;
    trace[0] = sums->weight != 0 ? sums->loss / sums->weight : 0;
    trace[1] = penalty;
    sums->loss += loss;
    sums->weight += weight;
    return true;
}

static void NAME(run)(void *given, Call *call)
{
    Task *task = given;
    const Plan *plan = task->plan;
    const bool for_gradients = call->stepped || call->gradients;
    task->call = call;
    task->part = &plan->part[call->part];
    task->fused = call->stepped && !plan->has_scale && !(call->largest_norm > 0);
    task->span = OF(span_of)(task, for_gradients);
    task->plain = OF(is_plain)(task->part, task->layer[0].inputs);
    const int64_t batch = call->gradients ? call->examples : for_gradients ? plan->batch : SCORED;
    memset(task->offset_gradient, 0, task->layer[0].stride * sizeof(REAL));
    memset(task->column_sums, 0, task->layer[0].stride * sizeof(REAL));
    OF(carry_parameters)(task, call->parameters, false);
    if (call->stepped)
        OF(carry_slots)(task, call->slots, false);
    if (plan->has_scale)
        NAME(apply_scale)(task);
    if (task->part->folded)
        NAME(sum_columns)(task);
    task->row = call->table;
    double *trace = call->trace;
    const int64_t *order = call->order;
    const int64_t examples = call->examples / call->epochs;
    for (int64_t epoch = 0; epoch < call->epochs; epoch++, order += examples) {
        for (int64_t start = 0; start < examples; start += batch) {
            const int64_t count = MIN(batch, examples - start);
            if (task->fused)
                task->first_numbers = OF(numbers_of)(task, 0);
            if (!(trace ? NAME(work_on_traced)(task, order + start, count, trace)
                        : NAME(work_on)(task, order + start, count, for_gradients)))
                return; /* the caller's numbers are as they were */
            trace = trace ? trace + TRACED : NULL;
            if (call->stepped) {
                NAME(step)(task);
                task->row += plan->columns;
            }
        }
        tell(call, epoch, LAST.units);
    }
    if (call->stepped) {
        OF(carry_parameters)(task, call->parameters, true);
        OF(carry_slots)(task, call->slots, true);
    }
    if (call->gradients)
        OF(carry_gradients)(task, call->gradients);
}
