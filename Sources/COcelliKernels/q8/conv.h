// Convolution on bytes: OCK_MR pixels × OCK_NV vectors of output channels at a time.
// Source: the GEMM formulation of convolution.

enum { NR = OCK_VL * OCK_NV };

// What a tile's sums become: bytes, `pixel` apart, or floats.
typedef struct {
  uint8_t *y;
  ptrdiff_t pixel;
  const ock_q8_finish *finish;
} q8_sink;

// Widened windows: `groups` int32, each a pair, that stand together; the next pixel's stand behind them.
typedef struct {
  const int32_t *windows;
  int32_t groups;
  const int32_t *panel;
} q8_source;

// Sums of `tiles` tiles of m pixels (a constant at every call), from pixel x on.
OCK_INLINE void q8_sums(const int m, const q8_source *from, const q8_sink *sink, int32_t x,
                        int32_t tiles) {
  const int32_t groups = from->groups, to_float = sink->finish->to_float;
  const float *scales = (const float *)from->panel + NR;
  const q8_ends ends = ends_of(sink->finish);
  for (; tiles > 0; tiles--, x += m) {
    ivec acc[OCK_MR * OCK_NV];
    // Whatever passes over the sums is unrolled, else they would stand in memory.
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < OCK_NV; j++) acc[i * OCK_NV + j] = load(from->panel + j * OCK_VL);
    const int32_t *w = from->panel + 2 * NR, *a = from->windows + (ptrdiff_t)x * groups;
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < groups; k++, w += NR) {
      ivec b[OCK_NV];
      for (int j = 0; j < OCK_NV; j++) b[j] = load(w + j * OCK_VL);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        const ivec pair = splat_int(a[(ptrdiff_t)i * groups + k]);
        for (int j = 0; j < OCK_NV; j++) acc[i * OCK_NV + j] = dot_(acc[i * OCK_NV + j], pair, b[j]);
      }
    }
    uint8_t *p = sink->y + x * sink->pixel;
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++, p += sink->pixel) {
      if (!to_float) {
        store_quantized(p, acc + i * OCK_NV, scales, OCK_NV, &ends);
        continue;
      }
#pragma clang loop unroll(full)
      for (int j = 0; j < OCK_NV; j++)
        *(vec *)(p + j * OCK_VL * 4) = __builtin_convertvector(acc[i * OCK_NV + j], vec) *
                                       *(const vec *)(scales + j * OCK_VL);
    }
  }
}

static void q8_tiles(int m, const q8_source *from, const q8_sink *sink, int32_t x, int32_t tiles) {
  switch (m) {
#define OCK_M(N)                                               \
  case N:                                                      \
    if (N <= OCK_MR) q8_sums(N, from, sink, x, tiles);         \
    break;
    OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6)
#if OCK_MR > 6
    OCK_M(7) OCK_M(8) OCK_M(9) OCK_M(10) OCK_M(11) OCK_M(12) OCK_M(13) OCK_M(14)
#endif
#undef OCK_M
  }
}

// Pixels x0 ≤ x < x1, in tiles of even width.
static void q8_pixels(const q8_source *from, const q8_sink *sink, int32_t x0, int32_t x1) {
  const int32_t pixels = x1 - x0, tiles = (pixels + OCK_MR - 1) / OCK_MR;
  if (tiles == 0) return;
  const int32_t m = pixels / tiles, wider = pixels % tiles;
  if (wider > 0) q8_tiles(m + 1, from, sink, x0, wider);
  q8_tiles(m, from, sink, x0 + wider * (m + 1), tiles - wider);
}

// Copies n bytes, fewer than a panel of floats, in moves that overlap.
OCK_INLINE void q8_copy(uint8_t *to, const uint8_t *from, ptrdiff_t n) {
#define OCK_MOVE(N)                                          \
  if (n >= N) {                                              \
    for (ptrdiff_t i = 0; i + N < n; i += N) memcpy(to + i, from + i, N); \
    memcpy(to + n - N, from + n - N, N);                     \
    return;                                                  \
  }
  OCK_MOVE(16) OCK_MOVE(8) OCK_MOVE(4) OCK_MOVE(2) OCK_MOVE(1)
#undef OCK_MOVE
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

enum { Q8_CHUNK = 24 };  // pixels of a panel that is not full that go through a buffer at a time

// All panels of a block of widened pixels.
static void q8_panels(const ock_q8_conv_args *a, const int16_t *wide, int32_t groups, int32_t pixels,
                      const int32_t *weights, const uint8_t *table, uint8_t *y) {
  _Alignas(64) uint8_t buffer[Q8_CHUNK * NR * 4];
  const ptrdiff_t size = a->finish.to_float ? 4 : 1, y_pixel = a->shape.y_pixel * size;
  q8_source from = {.windows = (const int32_t *)wide, .groups = groups, .panel = weights};
  for (int32_t c = 0; c < a->shape.out_channels; c += NR, from.panel += (ptrdiff_t)NR * (2 + groups)) {
    const int32_t n = a->shape.out_channels - c < NR ? a->shape.out_channels - c : NR;
    uint8_t *to = y + c * size;
    if (n == NR) {
      const q8_sink sink = {to, y_pixel, &a->finish};
      q8_pixels(&from, &sink, 0, pixels);
      continue;
    }
    for (int32_t x0 = 0; x0 < pixels; x0 += Q8_CHUNK) {
      const int32_t x1 = x0 + Q8_CHUNK < pixels ? x0 + Q8_CHUNK : pixels;
      const q8_sink sink = {buffer - x0 * NR * size, NR * size, &a->finish};
      q8_pixels(&from, &sink, x0, x1);
      for (int32_t x = x0; x < x1; x++)
        q8_copy(to + x * y_pixel, buffer + (x - x0) * NR * size, n * size);
    }
  }
  q8_look_up(a, pixels, a->shape.out_channels, table, y);
}

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_conv_args *a = args;
  // A window is runs of bytes that stand together, each filled up to whole pairs.
  const bool merged = ock_row_is_run(&a->shape);
  const int32_t runs_w = merged ? 1 : a->shape.kernel_w, count = a->shape.kernel_h * runs_w;
  const int32_t length = merged ? a->shape.kernel_w * a->shape.in_channels : a->shape.in_channels;
  const int32_t pairs = (length + 1) / 2, groups = count * pairs;
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  const ptrdiff_t column = (ptrdiff_t)a->shape.dilation_w * a->shape.x_pixel;
  const uint8_t *constants = ock_row(bases, &a->operand[3], 0);
  const uint8_t *table = a->finish.table < 0 ? NULL : constants + a->finish.table;
  const ptrdiff_t size = a->finish.to_float ? 4 : 1;
  // Pixels are widened to 16 bits in the worker's scratch once for all panels, a block at a time.
  int16_t *wide = (int16_t *)(bases->base[OCK_SPACE_SCRATCH] + a->scratch);
  const bool flat = ock_is_flat(&a->shape, &a->operand[0], &a->operand[1], size, 1);
  const int32_t width = flat ? a->shape.width * (y1 - y0) : a->shape.width;
  if (flat) y1 = y0 + 1;
  for (int32_t g = 0; g < a->shape.groups; g++) {
    const int32_t *weights = (const int32_t *)constants + (ptrdiff_t)g * panels * NR * (2 + groups);
    for (int32_t y = y0; y < y1; y++) {
      const uint8_t *runs[OCK_TAPS_MAX];
      for (int32_t r = 0; r < count; r++) {
        const int32_t row = ock_tap_row(&a->shape, y, r / runs_w);
        runs[r] = (const uint8_t *)ock_row(bases, &a->operand[1], row) + g * a->shape.in_channels -
                  (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel + r % runs_w * column;
      }
      uint8_t *out = (uint8_t *)ock_row(bases, &a->operand[0], y) +
                     (ptrdiff_t)g * a->shape.out_channels * size;
      for (int32_t x0 = 0; x0 < width; x0 += a->block) {
        const int32_t n = width - x0 < a->block ? width - x0 : a->block;
        if (count == 1 && step == length && length == 2 * pairs) {
          widen(wide, runs[0] + x0 * step, n * length);
        } else {
          for (int32_t i = 0; i < n; i++)
            for (int32_t r = 0; r < count; r++)
              widen(wide + ((ptrdiff_t)i * count + r) * pairs * 2, runs[r] + (x0 + i) * step, length);
        }
        q8_panels(a, wide, groups, n, weights, table, out + (ptrdiff_t)x0 * a->shape.y_pixel * size);
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
// A row of sixteen channels from c on. Returns whether there is a form for such a window.
static int q8_depthwise_row(const ock_q8_conv_args *a, const uint8_t *const *taps, int32_t pairs,
                            const int32_t *weights, const int32_t *bias, const float *scale,
                            const uint8_t *table, int32_t c, uint8_t *out) {
  const ock_conv_shape *s = &a->shape;
  const bool slides =
      s->kernel_h == 3 && s->kernel_w == 3 && s->dilation_w == 1 && s->stride_w <= 2;
  if (a->finish.to_float || (!slides && pairs != 5 && pairs != 13 && pairs != 25)) return 0;
  const int32_t channels = s->groups, form = slides ? s->stride_w : pairs;
  const ptrdiff_t pixel = s->x_pixel, step = (ptrdiff_t)s->stride_w * pixel;
  const dealt_ends ends = dealt_of(bias, scale, &a->finish);
  _Alignas(64) uint8_t tile[DW_PIXELS * DW_CHANNELS];
  const uint8_t *at[50];
  for (int32_t x0 = 0; x0 < s->width; x0 += DW_PIXELS) {
    const int32_t n = s->width - x0 < DW_PIXELS ? s->width - x0 : DW_PIXELS;
    for (int32_t t = 0; t < 2 * pairs; t++) at[t] = taps[t] + c + x0 * step;
    const uint8_t *const rows[3] = {at[0], at[3], at[6]};
    uint8_t *to = table ? tile : out + (ptrdiff_t)x0 * s->y_pixel;
    const ptrdiff_t y_pixel = table ? DW_CHANNELS : s->y_pixel;
    switch (form) {
#define OCK_SLIDE(STRIDE)                                                                \
  case STRIDE:                                                                           \
    depthwise_slide(STRIDE, rows, pixel, n, weights, channels, &ends, to, y_pixel);      \
    break;
#define OCK_PAIRS(N)                                                                     \
  case N:                                                                                \
    depthwise_row(N, at, step, n, weights, channels, &ends, to, y_pixel);                \
    break;
      OCK_SLIDE(1) OCK_SLIDE(2) OCK_PAIRS(5) OCK_PAIRS(13) OCK_PAIRS(25)
#undef OCK_PAIRS
#undef OCK_SLIDE
    }
    if (!table) continue;
    look_up(tile, n * DW_CHANNELS, table);
    for (int32_t x = 0; x < n; x++)
      memcpy(out + (ptrdiff_t)(x0 + x) * s->y_pixel, tile + x * DW_CHANNELS, DW_CHANNELS);
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
  const q8_ends ends = ends_of(&a->finish);
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
        store_quantized(tile, sums, factor, DW_CHANNELS / OCK_VL, &ends);
        for (int32_t i = 0; i < n; i++) p[i] = table ? table[tile[i]] : tile[i];
      }
    }
  }
}
