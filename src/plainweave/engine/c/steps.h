/* What a prediction is made of, as Python hands it in: steps, each an activation or one of these. */

enum { TOGETHER = 256 }; /* rows that go through all steps together: what becomes of them stays in the cache */
enum { LINEAR = ACTIVATIONS, SCALING, PROBABILITIES, STEP_CODES };

typedef struct {
    int code;
    double setting;     /* of an activation */
    const void *weight; /* of LINEAR: (inputs, units); of SCALING: a factor for each of `inputs` */
    const void *bias;   /* of LINEAR: (units) */
    long inputs, units;
} Step;

typedef struct {
    int steps;
    Step *step;
    const void *x;    /* x[n][i] is at x[n * row + i * column] */
    long row, column; /* in REALs */
    bool copies;      /* x first, where the first step is not linear, or a row's numbers are apart */
    int64_t rows;
    long features;
    void *out;        /* (rows, units of the last step) */
    long widest;      /* of what rows become between two steps */
    long items;       /* into which the rows are parted */
    bool is_finite;   /* whether all of x are */
    bool lacks_memory;
} Forward;
