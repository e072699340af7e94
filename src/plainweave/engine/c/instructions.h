/* All that is compiled for one instruction set, with macros set by python.c:
 *   INSTRUCTIONS   its name
 *   VECTOR_BYTES   of a vector
 *   GROUP_VECTORS  vectors of each of GROUP features of the first layer that are held in registers at once
 *   TILE_ROWS, TILE_VECTORS   of the sums of a dense product that are held in registers at once
 *   multiply_even, bits_set   see dropout.h
 *   bits_not_zero, of_bytes   of a vector of REALs; a vector of bytes as REALs; by instruction set and precision
 *   FUSES          whether it multiplies and adds with one rounding; then `fused`, likewise, does */

#include "dropout.h"

#include "single.h"
#include "kernels.h"
#include "neither.h"

#include "double.h"
#include "kernels.h"
#include "neither.h"

#undef INSTRUCTIONS
#undef VECTOR_BYTES
#undef GROUP_VECTORS
#undef TILE_ROWS
#undef TILE_VECTORS
#undef multiply_even
#undef bits_set
#undef FUSES
