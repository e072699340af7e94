static void NAME(loss_of_block)(const Loss *loss, Sums *sums, const Block *block, const REAL *targets, REAL *logits, long classes, long stride, REAL divisor, REAL *z)
{
    (void)loss; (void)targets;
    for (long c = 0; c < classes; c++)
        for (int n = 0; n < block->count; n++)
            z[c * BLOCK + n] = logits[n * stride + c];
    for (int n = 0; n < block->count; n += LANES) {
        vec largest = load(z + n), sum = {0}, minus_one;
        vec rest = {0};
        ints answer = {0};
        for (long c = 1; c < classes; c++) {
            ints larger = load(z + c * BLOCK + n) > largest;
            largest = select(larger, load(z + c * BLOCK + n), largest);
            answer = (larger & (integer)c) | (~larger & answer);
        }
        for (long c = 0; c < classes; c++) {
            vec e = NAME(exponential)(load(z + c * BLOCK + n) - largest, &minus_one);
            store(z + c * BLOCK + n, e);
            sum += e;
            rest += (vec)((ints)e & (answer != (integer)c));
        }
        for (long c = 0; c < classes; c++)
            store(z + c * BLOCK + n, load(z + c * BLOCK + n) / sum);
        for (int k = 0; k < LANES && n + k < block->count; k++) {
            int32_t label = block->labels[n + k];
            sums->loss += FN(log1p)(rest[k]) + (largest[k] - logits[(n + k) * stride + label]);
            sums->correct += answer[k] == label;
            sums->weight += 1;
        }
    }
    if (divisor == 0)
        return;
    for (long c = 0; c < classes; c++)
        for (int n = 0; n < block->count; n++)
            logits[n * stride + c] = (z[c * BLOCK + n] - (block->labels[n] == c)) / divisor;
}
