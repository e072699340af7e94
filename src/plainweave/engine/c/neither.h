/* The end of one precision. */
#undef REAL
#undef integer
#undef IS_DOUBLE
#undef PRECISION
#undef FN
#undef REAL_EPSILON
#undef OF
#undef NAME
#undef Task
#undef Layer
#undef Block
#undef Stretch
#undef Area
#undef Run
