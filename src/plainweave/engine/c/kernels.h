/* The kernels of one instruction set and one precision. */

typedef REAL NAME(vec) __attribute__((vector_size(VECTOR_BYTES)));
typedef integer NAME(ints) __attribute__((vector_size(VECTOR_BYTES)));
typedef REAL NAME(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));
#define LANES ((long)(VECTOR_BYTES / sizeof(REAL))) /* REALs in a vector */
#define vec NAME(vec)
#define ints NAME(ints)
#define load(address) ((vec) * (const NAME(unaligned) *)(address))
#define store(address, value) (*(NAME(unaligned) *)(address) = (value))
#define spread(number) ((REAL)(number) - (vec){0}) /* not +, which would change -0 */
#define select(mask, yes, no) ((vec)(((mask) & (ints)(yes)) | (~(mask) & (ints)(no))))

/* As many numbers, in whole vectors. */
INLINE long NAME(whole_vectors)(long count) { return (count + LANES - 1) / LANES * LANES; }

/* a b + c, rounded once where the instruction set can. The compiler is told to leave products and sums as they are
 * written: what it would fuse differs from one copy of a function to the next, and so would their bytes. */
INLINE vec NAME(multiply_add)(vec a, vec b, vec c)
{
#if FUSES
    return (vec)NAME(fused)(a, b, c);
#else
    return a * b + c;
#endif
}
#define multiply_add(a, b, c) NAME(multiply_add)(a, b, c)
#if FUSES
#define multiply_add_one(a, b, c) FN(__builtin_fma)(a, b, c) /* of numbers */
#else
#define multiply_add_one(a, b, c) ((a) * (b) + (c))
#endif

#include "functions.h"
#include "activations.h"
#include "losses.h"
#include "optimizers.h"
#include "inputs.h"
#include "product.h"
#include "dense.h"
#include "leftover.h"
#include "first_layer.h"
#include "epoch.h"
#include "forward.h"

#undef LANES
#undef vec
#undef ints
#undef load
#undef store
#undef spread
#undef select
#undef multiply_add
#undef multiply_add_one
