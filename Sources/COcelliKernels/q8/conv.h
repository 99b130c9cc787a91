// Convolution on bytes: OCK_MR pixels × OCK_NV vectors of output channels at a time.
// Source: the GEMM formulation of convolution.

enum { NR = OCK_VL * OCK_NV };

// What a tile's sums become: bytes, `pixel` apart, or floats.
typedef struct {
  uint8_t *y;
  ptrdiff_t pixel;
  const ock_q8_finish *finish;
} q8_sink;

// Sums of m pixels (a constant at every call) over runs of whole groups. A run is `groups` int32 that
// stand together; `step` bytes lie between neighbouring pixels.
OCK_INLINE void q8_sums(const int m, const uint8_t *const *runs, int32_t count, int32_t groups,
                        ptrdiff_t step, const int32_t *panel, const q8_sink *sink) {
  ivec acc[OCK_MR * OCK_NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < OCK_NV; j++) acc[i * OCK_NV + j] = load(panel + j * OCK_VL);
  const int32_t *w = panel + 2 * NR;
  for (int32_t r = 0; r < count; r++) {
    const uint8_t *a = runs[r];
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < groups; k++, w += NR) {
      ivec b[OCK_NV];
      for (int j = 0; j < OCK_NV; j++) b[j] = load(w + j * OCK_VL);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        int32_t group;
        memcpy(&group, a + i * step + 4 * k, 4);
        for (int j = 0; j < OCK_NV; j++)
          acc[i * OCK_NV + j] = dot_(acc[i * OCK_NV + j], splat_int(group), b[j]);
      }
    }
  }
  const float *scales = (const float *)panel + NR;
  for (int i = 0; i < m; i++) {
    uint8_t *p = sink->y + i * sink->pixel;
    if (!sink->finish->to_float) {
      store_quantized(p, acc + i * OCK_NV, scales, OCK_NV, sink->finish);
      continue;
    }
    for (int j = 0; j < OCK_NV; j++)
      *(vec *)(p + j * OCK_VL * 4) = __builtin_convertvector(acc[i * OCK_NV + j], vec) *
                                     *(const vec *)(scales + j * OCK_VL);
  }
}

static void q8_tile(int m, const uint8_t *const *runs, int32_t count, int32_t groups, ptrdiff_t step,
                    const int32_t *panel, const q8_sink *sink) {
  switch (m) {
#define OCK_M(N)                                                               \
  case N:                                                                      \
    if (N <= OCK_MR) q8_sums(N, runs, count, groups, step, panel, sink);       \
    break;
    OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6)
#if OCK_MR > 6
    OCK_M(7) OCK_M(8) OCK_M(9) OCK_M(10) OCK_M(11) OCK_M(12) OCK_M(13) OCK_M(14)
#endif
#undef OCK_M
  }
}

// Stores n channels of m pixels of a tile that did not go where it belongs.
static void q8_put(const ock_q8_conv_args *a, int32_t m, int32_t n, const uint8_t *tile, uint8_t *y) {
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  for (int32_t i = 0; i < m; i++) {
    uint8_t *p = y + (ptrdiff_t)i * a->shape.y_pixel * size;
    memcpy(p, tile + (ptrdiff_t)i * NR * size, (size_t)(n * size));
  }
}

// A table over the channels of finished pixels, in place.
static void q8_look_up(const ock_q8_conv_args *a, int32_t pixels, int32_t channels,
                       const uint8_t *table, uint8_t *y) {
  if (!table) return;
  if (a->shape.y_pixel == channels) {
    look_up(y, pixels * channels, table);
  } else {
    for (int32_t i = 0; i < pixels; i++, y += a->shape.y_pixel) look_up(y, channels, table);
  }
}

// A window of one output pixel: its runs, and how many bytes each has.
typedef struct {
  int32_t runs, length;
  ptrdiff_t column;  // bytes from run to run within a row; 0 where a row is one run
} q8_window;

static q8_window q8_window_of(const ock_q8_conv_args *a) {
  const bool merged = ock_row_is_run(&a->shape);
  q8_window w = {.runs = merged ? 1 : a->shape.kernel_w,
                 .length = merged ? a->shape.kernel_w * a->shape.in_channels : a->shape.in_channels,
                 .column = (ptrdiff_t)a->shape.dilation_w * a->shape.x_pixel};
  return w;
}

// One pass over a block of pixels: `runs` of the block's first pixel, `step` from pixel to pixel.
static void q8_panels(const ock_q8_conv_args *a, const uint8_t *const *runs, int32_t count,
                      int32_t groups, ptrdiff_t step, int32_t pixels, const int32_t *weights,
                      const uint8_t *table, uint8_t *y) {
  _Alignas(64) uint8_t tile[OCK_MR * NR * 4];
  const uint8_t *at[OCK_TAPS_MAX];
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  const int32_t tiles = (pixels + OCK_MR - 1) / OCK_MR;
  const ptrdiff_t pitch = (ptrdiff_t)NR * (2 + count * groups);
  for (int32_t p = 0; p < panels; p++) {
    const int32_t n = a->shape.out_channels - p * NR < NR ? a->shape.out_channels - p * NR : NR;
    for (int32_t t = 0; t < tiles; t++) {
      const int32_t x0 = (int32_t)((int64_t)t * pixels / tiles);
      const int32_t m = (int32_t)((int64_t)(t + 1) * pixels / tiles) - x0;
      for (int32_t r = 0; r < count; r++) at[r] = runs[r] + x0 * step;
      uint8_t *to = y + ((ptrdiff_t)x0 * a->shape.y_pixel + p * NR) * size;
      const int direct = n == NR;
      const q8_sink sink = {direct ? to : tile, size * (direct ? a->shape.y_pixel : NR), &a->finish};
      q8_tile(m, at, count, groups, step, weights + p * pitch, &sink);
      if (!direct) q8_put(a, m, n, tile, to);
    }
  }
  q8_look_up(a, pixels, a->shape.out_channels, table, y);
}

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_conv_args *a = args;
  const q8_window window = q8_window_of(a);
  const int32_t count = a->shape.kernel_h * window.runs;
  const int32_t groups = (window.length + OCK_GROUP - 1) / OCK_GROUP;
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  const uint8_t *constants = ock_row(bases, &a->operand[3], 0);
  const uint8_t *table = a->finish.table < 0 ? NULL : constants + a->finish.table;
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  for (int32_t g = 0; g < a->shape.groups; g++) {
    const int32_t *weights =
        (const int32_t *)constants + (ptrdiff_t)g * panels * NR * (2 + count * groups);
    for (int32_t y = y0; y < y1; y++) {
      const uint8_t *runs[OCK_TAPS_MAX];
      for (int32_t r = 0; r < count; r++) {
        const int32_t row = ock_tap_row(&a->shape, y, r / window.runs);
        runs[r] = (const uint8_t *)ock_row(bases, &a->operand[1], row) + g * a->shape.in_channels -
                  (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel + r % window.runs * window.column;
      }
      uint8_t *out = (uint8_t *)ock_row(bases, &a->operand[0], y) +
                     (ptrdiff_t)g * a->shape.out_channels * size;
      // No byte product here: windows are widened to 16 bits once for all panels, a block of pixels at
      // a time.
      int16_t *wide = (int16_t *)(bases->base[OCK_SPACE_SCRATCH] + a->scratch);
      const ptrdiff_t depth = (ptrdiff_t)count * groups * 2;
      for (int32_t x0 = 0; x0 < a->shape.width; x0 += a->block) {
        const int32_t n = a->shape.width - x0 < a->block ? a->shape.width - x0 : a->block;
        for (int32_t i = 0; i < n; i++)
          for (int32_t r = 0; r < count; r++)
            widen(wide + i * depth + r * groups * 2, runs[r] + (x0 + i) * step, window.length);
        const uint8_t *one = (const uint8_t *)wide;
        q8_panels(a, &one, 1, count * groups, depth * 2, n, weights, table,
                  out + (ptrdiff_t)x0 * a->shape.y_pixel * size);
      }
    }
  }
}

// One channel's sum over all taps of a pixel; the last of an odd number of taps has a weight of 0.
static int32_t depthwise_sum(const uint8_t *const *taps, ptrdiff_t at, int32_t pairs,
                             const int32_t *weights, int32_t channels) {
  int32_t sum = 0;
  for (int32_t p = 0; p < pairs; p++) {
    const int32_t w = weights[(ptrdiff_t)p * channels];
    sum += (int16_t)w * taps[2 * p][at] + (w >> 16) * taps[2 * p + 1][at];
  }
  return sum;
}

enum { DW_CHANNELS = 16, DW_PIXELS = 64 };

#ifdef OCK_DEPTHWISE_ROW
// A row of sixteen channels from c on. Returns whether there is a form for so many pairs of taps.
static int q8_depthwise_row(const ock_q8_conv_args *a, const uint8_t *const *taps, int32_t pairs,
                            const int32_t *weights, const int32_t *bias, const float *scale,
                            const uint8_t *table, int32_t c, uint8_t *out) {
  if (a->finish.to_float || (pairs != 5 && pairs != 13 && pairs != 25)) return 0;
  const int32_t channels = a->shape.groups;
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  _Alignas(64) uint8_t tile[DW_PIXELS * DW_CHANNELS];
  const uint8_t *at[50];
  for (int32_t x0 = 0; x0 < a->shape.width; x0 += DW_PIXELS) {
    const int32_t n = a->shape.width - x0 < DW_PIXELS ? a->shape.width - x0 : DW_PIXELS;
    for (int32_t t = 0; t < 2 * pairs; t++) at[t] = taps[t] + c + x0 * step;
    uint8_t *to = table ? tile : out + (ptrdiff_t)x0 * a->shape.y_pixel;
    const ptrdiff_t pixel = table ? DW_CHANNELS : a->shape.y_pixel;
#define OCK_PAIRS(N)                                                                             \
  case N:                                                                                        \
    depthwise_row(N, at, step, n, weights, channels, bias, scale, &a->finish, to, pixel);        \
    break;
    switch (pairs) { OCK_PAIRS(5) OCK_PAIRS(13) OCK_PAIRS(25) }
#undef OCK_PAIRS
    if (!table) continue;
    look_up(tile, n * DW_CHANNELS, table);
    for (int32_t x = 0; x < n; x++)
      memcpy(out + (ptrdiff_t)(x0 + x) * a->shape.y_pixel, tile + x * DW_CHANNELS, DW_CHANNELS);
  }
  return 1;
}
#endif

static void OCK_NAME(depthwise)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_conv_args *a = args;
  const int32_t kw = a->shape.kernel_w, count = a->shape.kernel_h * kw, pairs = (count + 1) / 2;
  const int32_t channels = a->shape.groups;
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  const uint8_t *constants = ock_row(bases, &a->operand[3], 0);
  const uint8_t *table = a->finish.table < 0 ? NULL : constants + a->finish.table;
  const int32_t *bias = (const int32_t *)constants, *weights = bias + 2 * channels;
  const float *scale = (const float *)(bias + channels);
  for (int32_t y = y0; y < y1; y++) {
    const uint8_t *taps[OCK_TAPS_MAX + 1];
    for (int32_t t = 0; t < count; t++)
      taps[t] = (const uint8_t *)ock_row(bases, &a->operand[1], ock_tap_row(&a->shape, y, t / kw)) +
                (ptrdiff_t)(t % kw * a->shape.dilation_w - a->shape.pad_left) * a->shape.x_pixel;
    taps[count] = taps[0];
    uint8_t *out = ock_row(bases, &a->operand[0], y);
    for (int32_t begin = 0; begin < channels; begin += DW_CHANNELS) {
      // The last block overlaps the one before it rather than being a short one.
      const int32_t short_of = begin + DW_CHANNELS - channels;
      const int32_t c = short_of > 0 && channels >= DW_CHANNELS ? begin - short_of : begin;
      const int32_t n = channels - c < DW_CHANNELS ? channels - c : DW_CHANNELS;
#ifdef OCK_DEPTHWISE_ROW
      if (n == DW_CHANNELS && q8_depthwise_row(a, taps, pairs, weights + c, bias + c, scale + c,
                                               table, c, out + c))
        continue;
#endif
      for (int32_t x = 0; x < a->shape.width; x++) {
        _Alignas(64) uint8_t tile[DW_CHANNELS * 4];
        ivec sums[DW_CHANNELS / OCK_VL];
        _Alignas(64) float factor[DW_CHANNELS] = {0};
        memcpy(factor, scale + c, (size_t)n * 4);
        for (int32_t i = 0; i < DW_CHANNELS; i++)
          sums[i / OCK_VL][i % OCK_VL] =
              i < n ? bias[c + i] + depthwise_sum(taps, x * step + c + i, pairs, weights + c + i,
                                                  channels)
                    : 0;
        uint8_t *p = out + ((ptrdiff_t)x * a->shape.y_pixel + c) * size;
        if (a->finish.to_float) {
          for (int32_t i = 0; i < n; i++)
            ((float *)p)[i] = (float)sums[i / OCK_VL][i % OCK_VL] * factor[i];
          continue;
        }
        store_quantized(tile, sums, factor, DW_CHANNELS / OCK_VL, &a->finish);
        for (int32_t i = 0; i < n; i++) p[i] = table ? table[tile[i]] : tile[i];
      }
    }
  }
}
