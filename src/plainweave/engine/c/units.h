/* What multiplies bfloat16 numbers in pairs and adds them up in float32: AMX, or instructions of AVX-512.
 *
 * Matrices come in tiles of 16 times 16 pairs, a kibibyte each. Of the left one a tile is 16 rows of 16 pairs, of the
 * right one 16 pairs of rows for 16 columns; tiles that are added up one after the other lie so. */

#define SIDE (2 * TILE) /* rows and columns of the product that are worked on together */

/* Two rows and two columns of tiles, `step` pairs apart, whose products are summed up over `depth` tiles. */
typedef struct Tiles {
    const uint32_t *a, *b;
    long a_step, b_step, depth;
} Tiles;

/* A unit's `multiply` adds them to sums (SIDE, SIDE) in rows `stride` apart, or puts them there; with one row or column of
 * tiles the rest is left as it is. Each sum goes on from what is there, so that it may be added up in several calls. */

/* ---- AMX ---- */

#define WITH_AMX __attribute__((target("amx-tile,amx-bf16")))

/* What the processor is told of its eight tiles. A constant: GCC takes it that no more than 8 bytes of it are read. */
static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} TILE_SHAPES = {.palette = 1, .bytes = {[0 ... 7] = TILE * sizeof(uint32_t)}, .rows = {[0 ... 7] = TILE}};

static WITH_AMX void begin_amx(void) { _tile_loadconfig(&TILE_SHAPES); }

static WITH_AMX void end_amx(void) { _tile_release(); }

INLINE WITH_AMX void multiply_by_amx(const bool two_rows, const bool two_columns, const Tiles *tiles, bool adds,
                                     float *sums, long stride)
{
    enum { ROW_BYTES = TILE * sizeof(uint32_t) };
    const long sum_bytes = stride * sizeof(float);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    if (adds) {
        _tile_loadd(0, sums, sum_bytes);
        if (two_columns)
            _tile_loadd(1, sums + TILE, sum_bytes);
        if (two_rows)
            _tile_loadd(2, sums + TILE * stride, sum_bytes);
        if (two_rows && two_columns)
            _tile_loadd(3, sums + TILE * stride + TILE, sum_bytes);
    }
    for (long k = 0; k < tiles->depth; k++) {
        const uint32_t *a = tiles->a + k * TILE_PAIRS, *b = tiles->b + k * TILE_PAIRS;
        _tile_loadd(4, a, ROW_BYTES);
        _tile_loadd(6, b, ROW_BYTES);
        _tile_dpbf16ps(0, 4, 6);
        if (two_columns) {
            _tile_loadd(7, b + tiles->b_step, ROW_BYTES);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (two_rows) {
            _tile_loadd(5, a + tiles->a_step, ROW_BYTES);
            _tile_dpbf16ps(2, 5, 6);
        }
        if (two_rows && two_columns)
            _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums, sum_bytes);
    if (two_columns)
        _tile_stored(1, sums + TILE, sum_bytes);
    if (two_rows)
        _tile_stored(2, sums + TILE * stride, sum_bytes);
    if (two_rows && two_columns)
        _tile_stored(3, sums + TILE * stride + TILE, sum_bytes);
}

static WITH_AMX void multiply_amx(const Tiles *tiles, bool two_rows, bool two_columns, bool adds, float *sums,
                         long stride)
{
    if (two_rows && two_columns)
        multiply_by_amx(true, true, tiles, adds, sums, stride);
    else if (two_rows)
        multiply_by_amx(true, false, tiles, adds, sums, stride);
    else if (two_columns)
        multiply_by_amx(false, true, tiles, adds, sums, stride);
    else
        multiply_by_amx(false, false, tiles, adds, sums, stride);
}

/* ---- AVX-512 ---- */

static void begin_avx512_bf16(void) {}
static void end_avx512_bf16(void) {}

/* Eight rows of one row of tiles. */
INLINE void multiply_eight_rows(const int columns, const Tiles *tiles, const uint32_t *a, bool adds, float *sums,
                                long stride)
{
    __m512 sum[8][2];
    for (int r = 0; r < 8; r++)
        for (int c = 0; c < columns; c++)
            sum[r][c] = adds ? _mm512_loadu_ps(sums + r * stride + c * TILE) : _mm512_setzero_ps();
    for (long k = 0; k < tiles->depth; k++)
        for (int pair = 0; pair < TILE; pair++) {
            const long at = k * TILE_PAIRS;
            __m512i w[2];
            for (int c = 0; c < columns; c++)
                w[c] = _mm512_loadu_si512(tiles->b + c * tiles->b_step + at + pair * TILE);
            for (int r = 0; r < 8; r++) {
                const __m512i x = _mm512_set1_epi32((int)a[at + r * TILE + pair]);
                for (int c = 0; c < columns; c++)
                    sum[r][c] = _mm512_dpbf16_ps(sum[r][c], (__m512bh)x, (__m512bh)w[c]);
            }
        }
    for (int r = 0; r < 8; r++)
        for (int c = 0; c < columns; c++)
            _mm512_storeu_ps(sums + r * stride + c * TILE, sum[r][c]);
}

static void multiply_avx512_bf16(const Tiles *tiles, bool two_rows, bool two_columns, bool adds, float *sums,
                         long stride)
{
    for (int r = 0; r < (two_rows ? SIDE : TILE); r += 8) {
        const uint32_t *a = tiles->a + (r / TILE) * tiles->a_step + r % TILE * TILE;
        if (two_columns)
            multiply_eight_rows(2, tiles, a, adds, sums + r * stride, stride);
        else
            multiply_eight_rows(1, tiles, a, adds, sums + r * stride, stride);
    }
}

/* ---- which there are ---- */

static bool has_avx512_bf16(void)
{
    unsigned a, b, c, d;
    return has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5);
}

/* Linux gives tiles to a process that asks for them, and keeps room for them from then on. */
static bool may_use_tiles(void)
{
#if defined(__linux__) && defined(SYS_arch_prctl)
    enum { ASK_FOR_A_STATE = 0x1023, STATE_OF_TILES = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA */
    return syscall(SYS_arch_prctl, ASK_FOR_A_STATE, STATE_OF_TILES) == 0;
#else
    return false;
#endif
}

static bool has_amx(void)
{
    enum { HAS_BF16 = 1 << 22, HAS_TILES = 1 << 24 };
    unsigned a, b, c, d = 0;
    return has_avx512_bf16() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & HAS_BF16) && (d & HAS_TILES) &&
           may_use_tiles();
}
