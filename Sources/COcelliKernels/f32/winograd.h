// Dense 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3): 36 products for 16 outputs instead of 144.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (points 0, ±1, ±2).
// Tiles of 4 × 4 outputs stand on a fixed grid, so the bits do not depend on the range of rows.

enum { WT = 6, WO = 4 };  // extents of a tile's input and output

// Six inputs along one axis; reads d[0], d[s], … and writes t[0], t[s], ….
OCK_INLINE void winograd_input(const vec d[6], vec t[6]) {
  const vec two = splat(2), four = splat(4), five = splat(5);
  vec a = fma_(-four, d[2], d[4]), b = fma_(-four, d[1], d[3]);
  vec c = d[4] - d[2], e = two * (d[3] - d[1]);
  t[0] = fma_(four, d[0], fma_(-five, d[2], d[4]));
  t[1] = a + b;
  t[2] = a - b;
  t[3] = c + e;
  t[4] = c - e;
  t[5] = fma_(four, d[1], fma_(-five, d[3], d[5]));
}

OCK_INLINE void winograd_output(const vec m[6], vec y[4]) {
  const vec two = splat(2), four = splat(4), eight = splat(8);
  vec a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = fma_(two, e, b);
  y[2] = fma_(four, c, a);
  y[3] = fma_(eight, e, b) + m[5];
}

// Transforms one vector of channels of a tile. `rows`: the tile's six rows at its first pixel, NULL where
// a row lies beyond the padding; `columns`: pixels that lie within it. v: 36 vectors, `pitch` floats apart.
OCK_INLINE void winograd_load(const float *const rows[WT], const int whole, int32_t columns,
                              ptrdiff_t pixel, float *v, ptrdiff_t pitch) {
  vec t[WT][WT];
#pragma clang loop unroll(full)
  for (int x = 0; x < WT; x++) {
    vec d[WT], u[WT];
    for (int y = 0; y < WT; y++)
      d[y] = whole || (rows[y] && x < columns) ? load(rows[y] + x * pixel) : splat(0);
    winograd_input(d, u);
    for (int y = 0; y < WT; y++) t[y][x] = u[y];
  }
  for (int y = 0; y < WT; y++) {
    vec u[WT];
    winograd_input(t[y], u);
    for (int x = 0; x < WT; x++) store(v + (y * WT + x) * pitch, u[x]);
  }
}

// A tile's 4 × 4 sums of one vector of output channels, bias added, cut to [low, high].
OCK_INLINE void winograd_store(const float *m, ptrdiff_t pitch, vec bias, vec low, vec high,
                               float *const rows[WO], ptrdiff_t pixel) {
  vec t[WO][WT];
  for (int x = 0; x < WT; x++) {
    vec d[WT], u[WO];
    for (int y = 0; y < WT; y++) d[y] = load(m + (y * WT + x) * pitch);
    winograd_output(d, u);
    for (int y = 0; y < WO; y++) t[y][x] = u[y];
  }
  for (int y = 0; y < WO; y++) {
    vec u[WO];
    winograd_output(t[y], u);
    for (int x = 0; x < WO; x++) store(rows[y] + x * pixel, clamp_(u[x] + bias, low, high));
  }
}

// Sums of `count` tiles × one panel, for each of the 36 places: m[place][tile][NR].
static void winograd_products(const float *v, int32_t count, int32_t channels, ptrdiff_t pitch,
                              ptrdiff_t depth, const float *w, int nv, float *m) {
  static const float zero[NR];
  for (int place = 0; place < WT * WT; place++) {
    const float *segment = v + place * depth;
    const conv_source from = {.segments = &segment, .count = 1, .length = channels, .step = pitch,
                              .bias = zero, .w = w + (ptrdiff_t)place * channels * NR};
    const conv_sink sink = {.y = m + (ptrdiff_t)place * count * NR, .y_pixel = NR,
                            .low = -INFINITY, .high = INFINITY};
    conv_pixels(nv, &from, &sink, 0, count);
  }
}

// Stores the part of a tile that lies in the output.
static void winograd_put(const ock_f32_conv_args *a, int32_t channel, int32_t n, int32_t x, int32_t y,
                         int32_t rows, float *tile, const ock_bases *bases) {
  const int32_t m = a->shape.width - x < WO ? a->shape.width - x : WO;
  for (int32_t i = 0; i < rows; i++) {
    float *out = (float *)ock_row(bases, &a->operand[0], y + i) + channel;
    const float *residual = NULL;
    if (a->operand[2].space >= 0)
      residual = (const float *)ock_row(bases, &a->operand[2], y + i) + channel +
                 (ptrdiff_t)x * a->residual_pixel;
    conv_finish(a, m, n, tile + i * WO * NR, residual, out + (ptrdiff_t)x * a->shape.y_pixel);
  }
}

// Rows y0 ≤ y < y1; y0 is a multiple of 4, y1 one too or the last.
static void OCK_NAME(winograd)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  const int32_t channels = a->shape.in_channels, across = (a->shape.width + WO - 1) / WO;
  const int32_t total = across * ((y1 - y0 + WO - 1) / WO);
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  // Vectors reach beyond the last channel: a tile's channels stand `c` floats apart.
  const int32_t c = (channels + OCK_VL - 1) / OCK_VL * OCK_VL;
  const ptrdiff_t depth = (ptrdiff_t)a->block * c;
  float *v = (float *)(bases->base[OCK_SPACE_SCRATCH] + a->scratch), *m = v + WT * WT * depth;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  _Alignas(64) float tile[WO * WO * NR + OCK_VL];
  float low, high;
  const int clamped = as_clamp(&a->activations, &low, &high) && a->operand[2].space < 0;
  for (int32_t t0 = 0; t0 < total; t0 += a->block) {
    const int32_t count = total - t0 < a->block ? total - t0 : a->block;
    for (int32_t t = 0; t < count; t++) {
      const int32_t y = y0 + (t0 + t) / across * WO, x = (t0 + t) % across * WO;
      const float *rows[WT];
      for (int i = 0; i < WT; i++) {
        const int32_t row = y + i - a->shape.pad_top;
        rows[i] = row < a->x_rows ? (const float *)ock_row(bases, &a->operand[1], row) +
                                        (ptrdiff_t)(x - a->shape.pad_left) * a->shape.x_pixel
                                  : NULL;
      }
      const int32_t columns = a->shape.width + 2 - x;
      const int whole = rows[WT - 1] && columns >= WT;
      for (int32_t k = 0; k < channels; k += OCK_VL) {
        const float *at[WT];
        for (int i = 0; i < WT; i++) at[i] = rows[i] ? rows[i] + k : NULL;
        float *to = v + (ptrdiff_t)t * c + k;
        if (whole) winograd_load(at, 1, WT, a->shape.x_pixel, to, depth);
        else winograd_load(at, 0, columns, a->shape.x_pixel, to, depth);
      }
    }
    for (int32_t p = 0; p < panels; p++) {
      const float *panel = weights + (ptrdiff_t)p * NR * (1 + (ptrdiff_t)WT * WT * channels);
      const int32_t n = a->shape.out_channels - p * NR < NR ? a->shape.out_channels - p * NR : NR;
      const int nv = n <= OCK_VL ? 1 : OCK_NV;
      winograd_products(v, count, channels, c, depth, panel + NR, nv, m);
      for (int32_t t = 0; t < count; t++) {
        const int32_t y = y0 + (t0 + t) / across * WO, x = (t0 + t) % across * WO;
        const int32_t rows = y1 - y < WO ? y1 - y : WO;
        const int direct =
            clamped && n == nv * OCK_VL && rows == WO && a->shape.width - x >= WO;
        for (int j = 0; j < nv; j++) {
          float *to[WO];
          for (int i = 0; i < WO; i++)
            to[i] = direct ? (float *)ock_row(bases, &a->operand[0], y + i) +
                                 (ptrdiff_t)x * a->shape.y_pixel + p * NR + j * OCK_VL
                           : tile + i * WO * NR + j * OCK_VL;
          winograd_store(m + (ptrdiff_t)t * NR + j * OCK_VL, (ptrdiff_t)count * NR,
                         load(panel + j * OCK_VL), splat(direct ? low : -INFINITY),
                         splat(direct ? high : INFINITY), to, direct ? a->shape.y_pixel : NR);
        }
        if (!direct) winograd_put(a, p * NR, n, x, y, rows, tile, bases);
      }
    }
  }
}
