// As many multiply-adds as a core can do: twelve sums of vectors in registers, no memory.
// cc -O3 -march=native -shared -fPIC roofs.c -o roofs.so

#include <stdint.h>

#ifdef __AVX512F__
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float Vector __attribute__((vector_size(4 * LANES)));

#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define BEGIN(N) Vector sum##N = factor + N;  // or one would do for all
#define STEP(N) sum##N = sum##N * factor + factor;
#define COUNT(N) +1
#define ADD(N) total += sum##N;

// Returns how many multiply-adds it did.
int64_t multiply_add(int64_t times, float *out) {
    Vector factor = {0}, total = {0};
    factor += *out;
    EACH(BEGIN)
    for (int64_t time = 0; time < times; time++) {
        EACH(STEP)
    }
    EACH(ADD)
    *out = total[0] > 1e9f ? 0.5f : *out;  // the sums are looked at, so that they are computed
    return times * LANES * (EACH(COUNT));
}
