/* One pass over examples: scored, with gradients of one batch, or with a step after each.
 *
 * A batch goes through the network in jobs, whose items may be done side by side: its examples are read; folded
 * ones go through the first layer, a part of the features in each item; they go on, and back, a few examples in each
 * item, but through wide layers all of them, some of the units in each; and rows of weights get their gradients, over all
 * examples in turn, and step. A thread works on the same features
 * in the second job and the last, so that their weights don't go from one processor to another; where it can, it reads
 * them, too, and the first job is left out. What is summed up is parted in fixed places only: results are the same
 * bytes for any number of threads. */

/* ---- job 1: examples are read ---- */

static void NAME(read_item)(void *given, long share)
{
    const Task *task = given;
    const long shares = OF(shares)(task, 1), end = OF(share_at)(task, share + 1, shares);
    for EACH_STRETCH(s, OF(share_at)(task, share, shares), end)
        NAME(read_rows)(task, s.block, s.first, s.last, 0, task->layer[0].inputs);
}

/* A part of the features of a block. */
static void NAME(groups_item)(void *given, long item)
{
    const Task *task = given;
    const int part = (int)(item % task->parts);
    NAME(find_groups)(task, &task->block[item / task->parts], part);
}

/* Take examples, and read them where it is not done as they go forward; false where one, or a label, is out of its
 * range. */
static bool NAME(read)(Task *task, const int64_t *order)
{
    for (long n = 0; n < task->rows; n += BLOCK) {
        Block *block = &task->block[n / BLOCK];
        block->count = (int)MIN(BLOCK, task->rows - n);
        block->order = order + n;
        memset(block->fault, 0, sizeof block->fault);
        if (!OF(take_rows)(task, block, block->order))
            return false;
    }
    if (OF(reads_apart)(task))
        return true;
    do_job(task->team, NAME(read_item), task, OF(shares)(task, 1));
    if (OF(leaves_out)(task))
        do_job(task->team, NAME(groups_item), task, task->parts * ((task->rows + BLOCK - 1) / BLOCK));
    return true;
}

/* Whether all examples could be read. */
static bool NAME(was_read)(const Task *task)
{
    for (long at = 0; at < task->rows; at += CHUNK)
        for (int part = 0; part < PARTS; part++) {
            const Fault *fault = &task->block[at / BLOCK].fault[part][at % BLOCK / CHUNK];
            if (fault->what) {
                task->call->fault = *fault;
                return false;
            }
        }
    return true;
}

/* Ask for a small matrix that others of the team may have written, all of it at once: one line after the other would
 * take several times as long. */
INLINE void NAME(ask_for)(const Task *task, const REAL *matrix, long rows, long stride, const bool for_writing)
{
    const long count = task->team && rows * stride * (long)sizeof(REAL) <= ASKED_FOR ? rows * stride : 0;
    for (long at = 0; at < count; at += 64 / (long)sizeof(REAL))
        if (for_writing)
            __builtin_prefetch(matrix + at, 1, 3);
        else
            __builtin_prefetch(matrix + at, 0, 3);
}

/* ---- job 2: a part of the features of folded examples goes through the first layer ---- */

static void NAME(first_item)(void *given, long item)
{
    const Task *task = given;
    const long shares = OF(shares)(task, task->parts), share = item % shares;
    const int part = (int)(item / shares);
    const long end = OF(share_at)(task, share + 1, shares);
    for EACH_STRETCH(s, OF(share_at)(task, share, shares), end) {
        if (OF(reads_apart)(task)) {
            NAME(read_rows)(task, s.block, s.first, s.last, task->part_at[part], task->part_at[part + 1]);
            NAME(find_groups)(task, s.block, part);
        }
        NAME(first_forward)(task, s.block, part, s.first, s.last,
                            (part ? task->second : task->layer[0].y) + s.at * task->layer[0].stride);
    }
}

/* ---- job 3: a few examples go on, and back ---- */

/* Some examples go through some units of a layer. */
static void NAME(forward)(const Task *task, int k, Area area)
{
    const Layer *layer = &task->layer[k];
    const bool is_mixed = layer->mixed && OF(trains)(task), is_folded = !k && task->part->folded;
    if (is_mixed)
        task->plan->unit->forward(task, k, area.first, area.last);
    else if (!is_folded)
        NAME(dense_forward)(layer, k ? layer - 1 : &task->inputs, area);
    if (is_folded)
        for EACH_STRETCH(s, area.first, area.last) {
            const long at = s.at * layer->stride;
            NAME(fold)(task, s.block, (Area){s.first, s.last, area.from, area.until}, layer->y + at,
                       task->parts > 1 && !is_mixed ? task->second + at : NULL);
        }
    if (k + 1 < LAYERS)
        NAME(apply_activation)(task, k, area);
}

/* What else comes of the gradient by what some units of a layer give, dy: its sums over each chunk of examples. */
static void NAME(end_back)(const Task *task, int k, Area area)
{
    const Layer *layer = &task->layer[k];
    for (long n = area.first; n < area.last; n += CHUNK) {
        const Stretch s = OF(stretch)(task, n, MIN(n + CHUNK, area.last));
        const long chunk = n / CHUNK * layer->stride;
        NAME(sum_columns)(layer, area.from, area.until, layer->dy + n * layer->stride, s.last - s.first,
                          layer->dy_sums + chunk, false);
        if (!k && task->part->folded)
            NAME(fold_gradient)(task, s.block, (Area){s.first, s.last, area.from, area.until},
                                layer->dy + s.at * layer->stride, task->shift_sums + chunk);
    }
    if (!k && layer->mixed)
        task->plan->unit->back(task, 0, area.first, area.last);
}

/* The gradient by what some units of the layer below give. */
static void NAME(back)(const Task *task, int k, Area area)
{
    NAME(dense_backward)(task, k, area);
    NAME(end_back)(task, k - 1, area);
}

/* Ask for what has become of the examples, and for the weights that they go through. */
static void NAME(ask_for_rows)(const Task *task, long first, long last)
{
    const long stride = task->layer[0].stride;
    if (OF(leaves_out)(task)) {
        NAME(ask_for)(task, task->layer[0].y + first * stride, last - first, stride, true);
        NAME(ask_for)(task, task->second + first * stride, task->parts > 1 ? last - first : 0, stride, false);
    }
    for (int k = 1; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        NAME(ask_for)(task, layer->weight, layer->inputs, layer->stride, false);
        NAME(ask_for)(task, layer->transposed, layer->transposed ? layer->units : 0, layer[-1].stride, false);
    }
}

static void NAME(rows_item)(void *given, long share)
{
    const Task *task = given;
    const long shares = OF(shares)(task, 1);
    const long first = OF(share_at)(task, share, shares), last = OF(share_at)(task, share + 1, shares);
    const int tail = OF(tail)(task);
    NAME(ask_for_rows)(task, first, last);
    for (int k = tail; k < LAYERS; k++)
        NAME(forward)(task, k, (Area){first, last, 0, task->layer[k].width});
    for EACH_STRETCH(s, first, last)
        NAME(loss_of_rows)(&task->plan->loss, s.block, s.first, s.last, task->part->targets,
                           LAST.y + s.at * LAST.stride, LAST.units, LAST.stride, (REAL)task->divisor);
    if (task->divisor == 0)
        return;
    NAME(end_back)(task, LAYERS - 1, (Area){first, last, 0, LAST.width});
    for (int k = LAYERS - 1; k >= MAX(tail, 1); k--)
        NAME(back)(task, k, (Area){first, last, 0, task->layer[k - 1].width});
}

/* ---- or a layer goes on by itself ---- */

/* An item's share of what a layer of so many columns gives: of its units, or of examples. */
static Area NAME(share_of)(const Task *task, int k, long width, long item)
{
    const long items = OF(layer_items)(task, k), vectors = width / LANES;
    if (OF(by_units)(task, k))
        return (Area){0, task->rows, vectors * item / items * LANES, vectors * (item + 1) / items * LANES};
    return (Area){OF(share_at)(task, item, items), OF(share_at)(task, item + 1, items), 0, width};
}

static void NAME(layer_item)(void *given, long item)
{
    const Task *task = given;
    const int k = task->now;
    NAME(forward)(task, k, NAME(share_of)(task, k, task->layer[k].width, item));
}

static void NAME(layer_back_item)(void *given, long item)
{
    const Task *task = given;
    const int k = task->now;
    NAME(back)(task, k, NAME(share_of)(task, k, task->layer[k - 1].width, item));
}

/* Let all examples go forward, and with a divisor back. */
static void NAME(go)(Task *task)
{
    const int tail = OF(tail)(task);
    for (task->now = 0; task->now < tail; task->now++)
        do_job(task->team, NAME(layer_item), task, OF(layer_items)(task, task->now));
    do_job(task->team, NAME(rows_item), task, OF(shares)(task, 1));
    for (task->now = tail - 1; task->now > 0 && task->divisor != 0; task->now--)
        do_job(task->team, NAME(layer_back_item), task, OF(layer_items)(task, task->now));
}

/* Read examples and let them go forward and, with a divisor, back to the gradient by what the first layer gives. */
static bool NAME(pass)(Task *task, const int64_t *order)
{
    const Layer *first = &task->layer[0];
    if (!NAME(read)(task, order))
        return false;
    if (task->part->folded) {
        NAME(sum_all_rows)(first, task->weight_sums, (first->inputs + CHUNK - 1) / CHUNK, task->column_sums, false);
        NAME(sum_leftover)(task);
    }
    if (OF(leaves_out)(task))
        do_job(task->team, NAME(first_item), task, task->parts * OF(shares)(task, task->parts));
    if (!NAME(was_read)(task))
        return false;
    NAME(go)(task);
    for (long n = 0; n < task->rows; n += BLOCK)
        NAME(sum_losses)(&task->plan->loss, &task->call->sums, &task->block[n / BLOCK], LAST.units);
    return true;
}

/* ---- job 4: rows of weights get their gradients ---- */

/* What has to be done once rows of weights have changed, but for the first while they step. */
static void NAME(make_ready)(const Task *task, const Piece *piece)
{
    const Layer *layer = &task->layer[piece->layer];
    if (layer->mixed && OF(trains)(task) && piece->first < piece->last)
        task->plan->unit->pack_weights(task, piece->layer, piece->first, piece->last);
    if (piece->layer > 0 && layer->transposed)
        NAME(transpose)(layer, layer - 1, piece->first, piece->last);
    else if (piece->layer == 0 && task->part->folded)
        NAME(sum_weights)(task, piece->first, piece->last);
}

static void NAME(ready_item)(void *given, long item)
{
    const Task *task = given;
    NAME(make_ready)(task, &task->piece[item]);
}

/* What has to be done once all weights may have changed, or others of the inputs' shifts count. */
static void NAME(make_all_ready)(Task *task)
{
    if (task->on_side)
        OF(turn_leftover)(task, false);
    do_job(task->team, NAME(ready_item), task, task->pieces);
}

/* Rows of weights of mixed precision get their gradients and step, a few at once: they stay in the cache. */
static void NAME(mixed_gradient)(const Task *task, const Piece *piece)
{
    const Layer *layer = &task->layer[piece->layer];
    for (long i = piece->first; i < piece->last; i += BLOCK) {
        const Piece rows = {piece->layer, i, MIN(i + BLOCK, piece->last)};
        task->plan->unit->gradient(task, rows.layer, i, rows.last);
        if (rows.layer == 0 && task->part->folded && task->is_whole)
            NAME(unfold)(task, i, rows.last);
        if (task->fused && task->is_whole) {
            NAME(step_rows)(task, layer, i, rows.last);
            NAME(make_ready)(task, &rows);
        }
    }
}

/* Ask for what the gradient is summed up of, and for the sums of the first weights. */
static void NAME(ask_for_piece)(const Task *task, const Piece *piece)
{
    const Layer *layer = &task->layer[piece->layer];
    const long chunk = piece->first / CHUNK, chunks = (piece->last + CHUNK - 1) / CHUNK - chunk;
    NAME(ask_for)(task, layer->dy, task->rows, layer->stride, false);
    if (piece->layer)
        NAME(ask_for)(task, layer[-1].y, task->rows, layer[-1].stride, false);
    else if (task->part->folded)
        NAME(ask_for)(task, task->weight_sums + chunk * layer->stride, chunks, layer->stride, true);
}

static void NAME(gradient_item)(void *given, long item)
{
    const Task *task = given;
    const Piece *piece = &task->piece[item];
    const Layer *layer = &task->layer[piece->layer];
    if (piece->first == piece->last)
        return;
    NAME(ask_for_piece)(task, piece);
    if (layer->mixed) {
        NAME(mixed_gradient)(task, piece);
        return;
    }
    if (piece->layer > 0 || !task->part->folded) {
        NAME(weight_gradient)(task, layer, piece->layer ? layer - 1 : &task->inputs, layer->dy, piece->first,
                              piece->last);
        if (task->fused && task->is_whole)
            NAME(make_ready)(task, piece);
        return;
    }
    for (long n = 0; n < task->rows; n += BLOCK)
        for (int part = 0; part < task->parts; part++) {
            const long first = MAX(piece->first, task->part_at[part]), last = MIN(piece->last, task->part_at[part + 1]);
            if (first < last)
                NAME(first_backward)(task, &task->block[n / BLOCK], layer->dy + n * layer->stride, first, last,
                                     task->adds || n, task->is_whole && n + BLOCK >= task->rows);
        }
}

static void NAME(gradients)(Task *task)
{
    const long chunks = (task->rows + CHUNK - 1) / CHUNK;
    for (int k = 0; k < LAYERS; k++)
        NAME(sum_all_rows)(&task->layer[k], task->layer[k].dy_sums, chunks, task->layer[k].bias_gradient, task->adds);
    if (task->part->folded)
        NAME(sum_all_rows)(&task->layer[0], task->shift_sums, chunks, task->offset_gradient, task->adds);
    do_job(task->team, NAME(gradient_item), task, task->pieces);
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

static void NAME(step_item)(void *given, long item)
{
    const Task *task = given;
    const Piece *piece = &task->piece[item];
    NAME(step_rows)(task, &task->layer[piece->layer], piece->first, piece->last);
}

/* Step along a gradient that is whole, but for the weights where they have stepped already. */
static void NAME(step)(Task *task)
{
    const bool has_scale = task->plan->has_scale;
    if (task->call->largest_norm > 0)
        NAME(clip)(task);
    if (has_scale)
        NAME(step_all)(task, 0, task->scale.factor, task->scale.gradient, task->scale.slot, 0, task->scale.width);
    if (!task->fused)
        do_job(task->team, NAME(step_item), task, task->pieces);
    for (int k = 0; k < LAYERS; k++) {
        const Layer *layer = &task->layer[k];
        NAME(step_all)(task, 2 * k + has_scale + 1, layer->bias, layer->bias_gradient, layer->bias_slot, 0, layer->width);
    }
    if (has_scale)
        NAME(apply_scale)(task);
    if (!task->fused)
        NAME(make_all_ready)(task);
}

/* One batch: forward, backward, and its step. It ends at a fault. */
static bool NAME(work_on)(Task *task, const int64_t *order, int64_t batch, bool for_gradients)
{
    task->divisor = 0;
    if (for_gradients && !OF(sum_weights)(task, order, batch, &task->divisor))
        return false;
    for (int64_t done = 0; done < batch; done += task->rows) {
        task->rows = (long)MIN(OF(span_of)(task, for_gradients), batch - done);
        if (!NAME(pass)(task, order + done))
            return false;
        task->adds = done > 0;
        task->is_whole = done + task->rows == batch;
        if (for_gradients)
            NAME(gradients)(task);
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
            squares = multiply_add(p, p, squares);
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
        const bool on_side = !k && task->fused && task->on_side; /* where the newest weights of some units lie */
        sum += NAME(penalty_of)(task, parameter, has_scale && !k ? task->scale.weight : layer->weight, layer->inputs,
                                on_side ? task->leftover.column : layer->units, layer->stride);
        if (on_side)
            sum += NAME(penalty_of)(task, parameter, task->leftover.weight, task->leftover.units, layer->inputs,
                                    task->leftover.stride);
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

/* What a call works on. */
static void NAME(begin)(Task *task, Call *call)
{
    task->call = call;
    task->part = &task->plan->part[call->part];
    task->fused = call->stepped && !task->plan->has_scale && !(call->largest_norm > 0);
    task->plain = OF(is_plain)(task->part, task->layer[0].inputs);
    task->on_side = task->part->folded && task->leftover.units;
}

/* Score the validation part at the end of an epoch, as a call of its own would. */
static bool NAME(validate)(Task *task, int64_t epoch)
{
    Call *training = task->call;
    Call call = {.part = VALIDATION, .order = training->scored, .examples = training->scored_rows,
                 .sums = training->sums};
    const int64_t span = OF(span_of)(task, false);
    bool done = true;
    NAME(begin)(task, &call);
    if (!task->are_alike)
        NAME(make_all_ready)(task);
    for (int64_t start = 0; start < call.examples && done; start += span)
        done = NAME(work_on)(task, call.order + start, MIN(span, call.examples - start), false);
    training->sums = call.sums;
    training->fault = call.fault;
    tell(training, training->epochs + epoch, LAST.units);
    NAME(begin)(task, training);
    if (!task->are_alike)
        NAME(make_all_ready)(task);
    return done;
}

/* Go over all examples, as often as there are epochs; false after a fault. */
static bool NAME(go_over)(Task *task, Team *team)
{
    Call *call = task->call;
    Pace *pace = &task->pace[call->part];
    const Plan *plan = task->plan;
    const bool for_gradients = call->stepped || call->gradients;
    const int64_t batch = call->gradients ? call->examples : for_gradients ? plan->batch : OF(span_of)(task, false);
    task->row = call->table;
    double *trace = call->trace;
    REAL *const kept = call->kept;
    const int64_t *order = call->order;
    const int64_t examples = call->examples / call->epochs, steps = (examples + batch - 1) / batch;
    for (int64_t epoch = 0; epoch < call->epochs; epoch++, order += examples) {
        for (int64_t start = 0; start < examples; start += batch) {
            const int64_t count = MIN(batch, examples - start);
            task->team = pace->together ? team : NULL;
            if (task->fused)
                task->first_numbers = OF(numbers_of)(task, 0);
            if (!(trace ? NAME(work_on_traced)(task, order + start, count, trace)
                        : NAME(work_on)(task, order + start, count, for_gradients)))
                return false;
            trace = trace ? trace + TRACED : NULL;
            if (call->stepped) {
                NAME(step)(task);
                task->row += plan->columns;
            }
            if (team) {
                team->was_late = false;
                end_batch(pace, count);
            }
        }
        tell(call, epoch, LAST.units);
        if (task->fused && task->on_side)
            OF(turn_leftover)(task, true);
        if (kept)
            OF(carry)(task, PARAMETERS, kept + epoch * OF(packed_at)(task, LAYERS), true);
        if (call->scored && !NAME(validate)(task, epoch))
            return false;
        call->done = epoch + 1;
        if (call->until.given && is_last(&call->until, trace - TRACED * steps, steps))
            break;
    }
    return true;
}

/* After a fault the caller's numbers are as they were. */
static void NAME(run_with)(void *given, Team *team)
{
    Task *task = given;
    Call *call = task->call;
    Pace *pace = &task->pace[call->part];
    begin_stretch(pace);
    task->team = pace->together ? team : NULL;
    if (!call->goes_on)
        OF(carry_all)(task, false);
    if (task->plan->has_scale)
        NAME(apply_scale)(task);
    NAME(make_all_ready)(task);
    if (!NAME(go_over)(task, team))
        return;
    if (call->stepped && !call->is_gone_on_with)
        OF(carry_all)(task, true);
    if (call->gradients)
        OF(carry)(task, GRADIENTS, call->gradients, true);
}

static void NAME(run)(void *given, Call *call)
{
    Task *task = given;
    NAME(begin)(task, call);
    memset(task->offset_gradient, 0, task->layer[0].stride * sizeof(REAL));
    memset(task->column_sums, 0, task->layer[0].stride * sizeof(REAL));
    with_team(task->plan->threads, NAME(run_with), task);
}
