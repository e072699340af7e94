/* What follows is compiled for float32. */
#define REAL float
#define integer int32_t
#define IS_DOUBLE 0
#define PRECISION f32
#define FN(name) name##f
#define REAL_EPSILON FLT_EPSILON
#include "names.h"
