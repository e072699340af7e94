/* Rules, each the case of its class in optimizers/: one step of a vector of parameters.
 *
 * A step's numbers come from the table of steps; penalties, the same for all rules, are columns of it. */

/* The square root of each number. */
INLINE vec NAME(root)(vec x)
{
    vec roots;
    for (int k = 0; k < LANES; k++)
        roots[k] = FN(sqrt)(x[k]);
    return roots;
}

/* Whether a step has a term with that column. */
#define has(column) (numbers->terms >> (column) & 1)

/* p - RATE * (g + MOMENTUM * v if NESTEROV else v), with v = MOMENTUM * v + SHARE * g. */
INLINE vec NAME(rule_SGD)(const OF(Numbers) *numbers, vec weight, vec gradient, REAL *velocity, REAL *none)
{
    (void)none;
    const REAL *n = numbers->column;
    if (!has(MOMENTUM))
        return multiply_add(-gradient, spread(n[RATE]), weight);
    const vec v = multiply_add(load(velocity), spread(n[MOMENTUM]), gradient * n[SHARE]);
    store(velocity, v);
    const vec along = has(NESTEROV) ? multiply_add(v, spread(n[MOMENTUM]), gradient) : v;
    return multiply_add(-along, spread(n[RATE]), weight);
}

/* p - RATE * m / (sqrt(s) + EPSILON), with m = BETA1 * m + REST1 * g and s = BETA2 * s + REST2 * g^2. */
INLINE vec NAME(rule_ADAM)(const OF(Numbers) *numbers, vec weight, vec gradient, REAL *mean, REAL *square)
{
    const REAL *n = numbers->column;
    const vec m = multiply_add(load(mean), spread(n[BETA1]), gradient * n[REST1]);
    const vec s = multiply_add(load(square), spread(n[BETA2]), gradient * gradient * n[REST2]);
    store(mean, m);
    store(square, s);
    return weight - m * n[RATE] / (NAME(root)(s) + n[EPSILON_OF_ADAM]);
}

/* What the penalties make of a weight and its gradient. */
INLINE void NAME(penalize)(const OF(Numbers) *numbers, vec *weight, vec *gradient)
{
    const REAL *n = numbers->column;
    if (has(DECAY))
        *gradient = multiply_add(*weight, spread(n[DECAY]), *gradient);
    if (has(L1)) {
        const vec size = spread(n[L1]);
        *gradient += select(*weight > 0, size, select(*weight < 0, -size, spread(0)));
    }
    if (has(SHRINK))
        *weight *= 1 - n[SHRINK];
}

/* One step, the rule being known to the compiler. */
INLINE vec NAME(stepped)(const int rule, const OF(Numbers) *numbers, vec weight, vec gradient, REAL *slot0, REAL *slot1)
{
    if (numbers->terms & (1u << DECAY | 1u << L1 | 1u << SHRINK))
        NAME(penalize)(numbers, &weight, &gradient);
    switch (rule) {
#define STEPPED(name, ...) case name: return NAME(rule_##name)(numbers, weight, gradient, slot0, slot1);
        RULES(STEPPED)
#undef STEPPED
    }
    return weight;
}

#undef has

INLINE void NAME(step_along)(const int rule, const OF(Numbers) numbers, REAL *weight, const REAL *gradient,
                             REAL *const *slot, long first, long last)
{
    REAL *slot0 = slot[0], *slot1 = slot[1];
    for (long at = first; at < last; at += LANES)
        store(weight + at,
              NAME(stepped)(rule, &numbers, load(weight + at), load(gradient + at), slot0 + at, slot1 + at));
}

/* Step along a gradient that is whole: numbers `first` to `last` - 1, in whole vectors. */
static void NAME(step_all)(const Task *task, int parameter, REAL *weight, const REAL *gradient, REAL *const *slot,
                           long first, long last)
{
    const OF(Numbers) numbers = OF(numbers_of)(task, parameter);
    switch (task->plan->rule) {
#define STEP_ALONG(name, ...) case name: NAME(step_along)(name, numbers, weight, gradient, slot, first, last); break;
        RULES(STEP_ALONG)
#undef STEP_ALONG
    }
}

/* Step some rows of a layer's weights. */
static void NAME(step_rows)(const Task *task, const Layer *layer, long first, long last)
{
    const bool has_scale = task->plan->has_scale && layer == task->layer;
    NAME(step_all)(task, OF(parameter_of)(task, layer), has_scale ? task->scale.weight : layer->weight,
                   layer->weight_gradient, layer->weight_slot, first * layer->stride, last * layer->stride);
}

/* How the weights of a layer step as their gradient becomes whole. */
typedef struct {
    int rule;
    OF(Numbers) numbers;
    const Layer *layer;
} NAME(Stepping);

static NAME(Stepping) NAME(stepping)(const Task *task, const Layer *layer)
{
    return (NAME(Stepping)){task->plan->rule, OF(numbers_of)(task, OF(parameter_of)(task, layer)), layer};
}

INLINE void NAME(step_tile_by)(const int rule, const NAME(Stepping) *steps, long at, int rows, int vectors,
                               const REAL *gradient)
{
    const Layer *layer = steps->layer;
    const OF(Numbers) numbers = steps->numbers;
    for (int n = 0; n < rows; n++, at += layer->stride)
        for (int v = 0; v < vectors; v++, gradient += LANES) {
            const long here = at + v * LANES;
            store(layer->weight + here, NAME(stepped)(rule, &numbers, load(layer->weight + here), load(gradient),
                                                      layer->weight_slot[0] + here, layer->weight_slot[1] + here));
        }
}

/* Step some of the weights, `at` being the first, along their gradient (rows, vectors). Not inlined, for the sums of
 * the gradient need every register. */
static __attribute__((noinline)) void NAME(step_tile)(const NAME(Stepping) *steps, long at, int rows, int vectors,
                                                      const REAL *gradient)
{
    switch (steps->rule) {
#define STEP_TILE(name, ...) case name: NAME(step_tile_by)(name, steps, at, rows, vectors, gradient); break;
        RULES(STEP_TILE)
#undef STEP_TILE
    }
}
