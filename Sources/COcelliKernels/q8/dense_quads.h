// Dense convolution on products of four bytes: pixels are read where they lie.
// Source: the GEMM formulation of convolution with the patch matrix left implicit.

enum { NR = OCK_VL * OCK_NV };

// Pixels that are summed together, by vectors of a panel: what the registers hold, and never fewer than
// twelve sums, which hide the product's latency.
#if OCK_VL == 16
enum { QUAD_ROWS_1 = 14, QUAD_ROWS_2 = 14, QUAD_ROWS_4 = 6 };
#else
enum { QUAD_ROWS_1 = 12, QUAD_ROWS_2 = 6, QUAD_ROWS_4 = 0 };
#endif

// Runs of a window may be told three times, once for each part of weights that no int8 holds.
enum { QUAD_RUNS_MAX = 3 * OCK_TAPS_MAX };

// The windows of a row: `groups` words of four bytes stand together in each of `count` runs; `step` bytes
// lie between neighbouring pixels. The panel's first `n` channels go to `y`, `pixel` bytes from pixel to pixel.
typedef struct {
  const uint8_t *const *runs;
  int32_t count, groups;
  int32_t taps;  // runs of the first part of the weights
  ptrdiff_t step;
  const int32_t *panel;
  uint8_t *y;
  ptrdiff_t pixel;
  int32_t n;
  quad_finish finish;
} quad_tile;

// Sums of a tile of m pixels × nv vectors, both constants at every call, from pixel x on.
OCK_INLINE void quad_sums(const int m, const int nv, const quad_tile *t, int32_t x0) {
  quad_ints acc[14 * 2];
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i++)
    for (int j = 0; j < nv; j++) acc[i * nv + j] = quad_load(t->panel + j * OCK_VL);
  const ptrdiff_t step = t->step;
  const float *scale = (const float *)t->panel + nv * OCK_VL;
  const int32_t *w = t->panel + 2 * nv * OCK_VL;
  for (int32_t r = 0; r < t->count; r++) {
    const uint8_t *a = t->runs[r] + x0 * step;
    const int32_t groups = t->groups;
    // Few weights have a second part: words of a panel in which none has are passed over.
    const bool is_rest = r >= t->taps;
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < groups; k++, a += 4, w += nv * OCK_VL) {
      quad_ints b[4];
      for (int j = 0; j < nv; j++) b[j] = quad_load(w + j * OCK_VL);
      if (is_rest) {
        quad_ints any = b[0];
        for (int j = 1; j < nv; j++) any |= b[j];
        if (quad_is_zero(any)) continue;
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        int32_t word;
        memcpy(&word, a + i * step, 4);
        const quad_ints x = OCK_Q(set1_epi32)(word);
        for (int j = 0; j < nv; j++) acc[i * nv + j] = quad_dot(acc[i * nv + j], x, b[j]);
      }
    }
  }
  uint8_t *y = t->y + x0 * t->pixel;
  if (t->finish.finish->to_float) {
    // Sums that a loop could index would stand in memory from the start: these are copies.
    quad_ints sums[14 * 2];
#pragma clang loop unroll(full)
    for (int i = 0; i < m * nv; i++) sums[i] = acc[i];
    for (int i = 0; i < m; i++)
      quad_store_floats((float *)(y + i * t->pixel), nv, sums + i * nv, scale, t->n);
    return;
  }
  // Where pixels do not come out even, the last one stands for those behind it.
  const int pieces = 4 / nv;
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i += pieces) {
    quad_ints sums[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) sums[j] = acc[(i + j / nv < m ? i + j / nv : m - 1) * nv + j % nv];
    quad_store(pieces, y + i * t->pixel, t->pixel, m - i, quad_bytes(nv, sums, scale, &t->finish),
               t->n);
  }
}

#define OCK_ROWS(M, NV)                                                \
  case M:                                                              \
    if (M <= QUAD_ROWS_##NV)                                           \
      for (; tiles > 0; tiles--, x += M) quad_sums(M, NV, t, x);       \
    break;
#define OCK_TILE(NV)                                                                         \
  static void quad_tiles_##NV(int m, const quad_tile *t, int32_t x, int32_t tiles) {         \
    switch (m) {                                                                             \
      OCK_ROWS(1, NV) OCK_ROWS(2, NV) OCK_ROWS(3, NV) OCK_ROWS(4, NV) OCK_ROWS(5, NV)         \
      OCK_ROWS(6, NV) OCK_ROWS(7, NV) OCK_ROWS(8, NV) OCK_ROWS(9, NV) OCK_ROWS(10, NV)        \
      OCK_ROWS(11, NV) OCK_ROWS(12, NV) OCK_ROWS(13, NV) OCK_ROWS(14, NV)                     \
    }                                                                                        \
  }
OCK_TILE(1)
OCK_TILE(2)
#if OCK_NV == 4
OCK_TILE(4)
#endif
#undef OCK_TILE
#undef OCK_ROWS

static void quad_tiles(int m, int nv, const quad_tile *t, int32_t x, int32_t tiles) {
#if OCK_NV == 4
  if (nv == 4) quad_tiles_4(m, t, x, tiles);
#endif
  if (nv == 2) quad_tiles_2(m, t, x, tiles);
  if (nv == 1) quad_tiles_1(m, t, x, tiles);
}

// A row of pixels, panel by panel, in tiles of even width.
static void quad_row(const ock_q8_conv_args *a, quad_tile t, int32_t pixels, const int32_t *weights,
                     uint8_t *y) {
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  t.pixel = a->shape.y_pixel * size;
  for (int32_t c = 0; c < a->shape.out_channels && pixels > 0;) {
    const int32_t left = a->shape.out_channels - c;
    const int32_t width = ock_q8_panel_width(NR, OCK_VL, left), nv = width / OCK_VL;
    const int32_t rows = nv == 4 ? QUAD_ROWS_4 : nv == 2 ? QUAD_ROWS_2 : QUAD_ROWS_1;
    const int32_t tiles = (pixels + rows - 1) / rows, m = pixels / tiles, wider = pixels % tiles;
    t.panel = weights + (ptrdiff_t)c * (2 + t.count * t.groups);
    t.n = left < width ? left : width;
    t.y = y + c * size;
    if (wider > 0) quad_tiles(m + 1, nv, &t, 0, wider);
    quad_tiles(m, nv, &t, wider * (m + 1), tiles - wider);
    c += width;
  }
}

// A table over the channels of a finished row, in place, where that was not done in registers.
static void quad_look_up(const ock_q8_conv_args *a, int32_t pixels, int32_t channels,
                         const uint8_t *table, uint8_t *y) {
#ifndef OCK_VBMI
  if (!table) return;
  if (a->shape.y_pixel == channels) {
    look_up(y, pixels * channels, table);
  } else {
    for (int32_t x = 0; x < pixels; x++, y += a->shape.y_pixel) look_up(y, channels, table);
  }
#else
  (void)a, (void)pixels, (void)channels, (void)table, (void)y;
#endif
}

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_conv_args *a = args;
  const ock_conv_shape *s = &a->shape;
  const bool merged = ock_row_is_run(s);
  const int32_t runs_w = merged ? 1 : s->kernel_w;
  const int32_t length = merged ? s->kernel_w * s->in_channels : s->in_channels;
  const int32_t taps = s->kernel_h * runs_w;
  quad_tile t = {.count = taps * a->parts, .groups = (length + 3) / 4, .taps = taps,
                 .step = (ptrdiff_t)s->stride_w * s->x_pixel};
  const uint8_t *constants = ock_row(bases, &a->operand[3], 0);
  const uint8_t *table = a->finish.table < 0 ? NULL : constants + a->finish.table;
  t.finish = (quad_finish){&a->finish, table};
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  const ptrdiff_t group = (ptrdiff_t)(s->out_channels + OCK_VL - 1) / OCK_VL * OCK_VL *
                          (2 + t.count * t.groups);
  const bool flat = ock_is_flat(s, &a->operand[0], &a->operand[1], size, 1);
  const int32_t width = flat ? s->width * (y1 - y0) : s->width;
  if (flat) y1 = y0 + 1;
  const uint8_t *runs[QUAD_RUNS_MAX];
  t.runs = runs;
  for (int32_t g = 0; g < s->groups; g++) {
    for (int32_t y = y0; y < y1; y++) {
      for (int32_t r = 0; r < t.count; r++) {
        const int32_t tap = r % taps;
        runs[r] = (const uint8_t *)ock_row(bases, &a->operand[1], ock_tap_row(s, y, tap / runs_w)) +
                  g * s->in_channels +
                  (ptrdiff_t)(tap % runs_w * s->dilation_w - s->pad_left) * s->x_pixel;
      }
      uint8_t *out =
          (uint8_t *)ock_row(bases, &a->operand[0], y) + (ptrdiff_t)g * s->out_channels * size;
      quad_row(a, t, width, (const int32_t *)constants + g * group, out);
      quad_look_up(a, width, s->out_channels, table, out);
    }
  }
}
