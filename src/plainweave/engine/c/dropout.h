/* Masks of dropout: Philox4x32-10, a word for each unit (see randomness.py), once for each instruction set. */

#define DRAWN (VECTOR_BYTES / 4) /* words in a vector */
typedef uint32_t JOIN(words, INSTRUCTIONS) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t JOIN(products, INSTRUCTIONS) __attribute__((vector_size(VECTOR_BYTES)));
#define words JOIN(words, INSTRUCTIONS)
#define products JOIN(products, INSTRUCTIONS)

/* The high and the low halves of x times a constant. */
INLINE words JOIN(multiplied, INSTRUCTIONS)(words x, uint32_t constant, words *low)
{
    const products even = multiply_even(x, constant), odd = multiply_even((words)((products)x >> 32), constant);
    *low = (words)((even & 0xFFFFFFFFu) | (odd << 32));
    return (words)((even >> 32) | (odd & ~(products){0} << 32));
}

/* The bits of 64 units, from `first`, that are kept: those whose word is at least the threshold. */
static uint64_t JOIN(kept_units, INSTRUCTIONS)(uint64_t key, uint32_t number, uint32_t row, uint32_t first,
                                               uint32_t threshold)
{
    uint64_t bits = 0;
    for (int part = 0; part < 16; part += DRAWN) {
        words c0, c1 = (words){0} + row, c2 = (words){0} + number, c3 = {0};
        for (int k = 0; k < DRAWN; k++)
            c0[k] = first / 4 + part + k;
        uint32_t low_key = (uint32_t)key, high_key = (uint32_t)(key >> 32);
        for (int round = 0; round < 10; round++) {
            words low0, low2;
            const words high0 = JOIN(multiplied, INSTRUCTIONS)(c0, 0xD2511F53u, &low0);
            const words high2 = JOIN(multiplied, INSTRUCTIONS)(c2, 0xCD9E8D57u, &low2);
            c0 = high2 ^ c1 ^ low_key;
            c1 = low2;
            c2 = high0 ^ c3 ^ high_key;
            c3 = low0;
            low_key += 0x9E3779B9u;
            high_key += 0xBB67AE85u;
        }
        const words word[4] = {c0, c1, c2, c3};
        for (int w = 0; w < 4; w++)
            bits |= (uint64_t)bits_set((words)(word[w] >= threshold)) << (16 * w + part);
    }
    return bits;
}

#undef words
#undef products
#undef DRAWN
