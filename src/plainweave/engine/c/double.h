/* What follows is compiled for float64. */
#define REAL double
#define integer int64_t
#define IS_DOUBLE 1
#define PRECISION f64
#define FN(name) name
#define REAL_EPSILON DBL_EPSILON
#include "names.h"
