// Convolution: OCK_MR pixels × OCK_NV vectors of output channels at a time, the input read in place.
// Source: the GEMM formulation of convolution with the patch matrix left implicit.

enum { NR = OCK_VL * OCK_NV };

// Where a tile of sums goes: pixels `y_pixel` floats apart, each cut to [low, high] after the residual
// was added. What a clamp cannot say goes through a buffer (`conv_finish`).
typedef struct {
  float *y;
  ptrdiff_t y_pixel;
  const float *residual;
  ptrdiff_t residual_pixel;
  float low, high;
} conv_sink;

// Sums over all segments of m pixels × nv vectors of channels (both constants at every call). A segment
// is `length` floats that stand together in a pixel's window; `step` floats lie between the windows of
// neighbouring pixels.
OCK_INLINE void conv_sums(const int m, const int nv, const float *const *segments, int32_t count,
                          int32_t length, ptrdiff_t step, const float *bias, const float *w,
                          const conv_sink *sink) {
  vec acc[OCK_MR * OCK_NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < nv; j++) acc[i * nv + j] = load(bias + j * OCK_VL);
  for (int32_t s = 0; s < count; s++) {
    const float *a = segments[s];
    // Unrolled by the compiler this loop spills its sums: half the speed.
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < length; k++, w += NR) {
      vec b[OCK_NV];
      for (int j = 0; j < nv; j++) b[j] = load(w + j * OCK_VL);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        vec x = splat(a[i * step + k]);
        for (int j = 0; j < nv; j++) acc[i * nv + j] = fma_(x, b[j], acc[i * nv + j]);
      }
    }
  }
  const vec low = splat(sink->low), high = splat(sink->high);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < nv; j++) {
      vec v = acc[i * nv + j];
      if (sink->residual) v += load(sink->residual + i * sink->residual_pixel + j * OCK_VL);
      store(sink->y + i * sink->y_pixel + j * OCK_VL, clamp_(v, low, high));
    }
}

static void conv_tile(int m, int nv, const float *const *segments, int32_t count, int32_t length,
                      ptrdiff_t step, const float *bias, const float *w, const conv_sink *sink) {
  if (nv == OCK_NV) switch (m) {
#define OCK_M(N)                                                                            \
  case N:                                                                                   \
    if (N <= OCK_MR) conv_sums(N, OCK_NV, segments, count, length, step, bias, w, sink);     \
    break;
    OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6)
#if OCK_MR > 6
    OCK_M(7) OCK_M(8) OCK_M(9) OCK_M(10) OCK_M(11) OCK_M(12) OCK_M(13) OCK_M(14)
#endif
#undef OCK_M
  } else switch (m) {
#define OCK_M(N)                                                                            \
  case N:                                                                                   \
    if (N <= OCK_MR) conv_sums(N, 1, segments, count, length, step, bias, w, sink);          \
    break;
    OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6)
#if OCK_MR > 6
    OCK_M(7) OCK_M(8) OCK_M(9) OCK_M(10) OCK_M(11) OCK_M(12) OCK_M(13) OCK_M(14)
#endif
#undef OCK_M
  }
}

// Whether all activations together are a clamp.
OCK_INLINE int as_clamp(const ock_activations *f, float *low, float *high) {
  *low = -INFINITY;
  *high = INFINITY;
  if (f->count == 0) return 1;
  if (f->count > 1) return 0;
  if (f->list[0].kind == OCK_ACT_RELU) *low = 0;
  else if (f->list[0].kind == OCK_ACT_CLIP) *low = f->list[0].a, *high = f->list[0].b;
  else return 0;
  return *low <= *high;
}

// Adds the residual, applies the activations and stores n channels of m pixels.
static void conv_finish(const ock_f32_conv_args *a, int32_t m, int32_t n, float *tile,
                        const float *residual, float *y) {
  if (residual)
    for (int32_t i = 0; i < m; i++)
      for (int32_t j = 0; j < n; j++) tile[i * NR + j] += residual[i * a->residual_pixel + j];
  activate_run(tile, m * NR, &a->activations);
  for (int32_t i = 0; i < m; i++) {
    float *p = y + (ptrdiff_t)i * a->shape.y_pixel;
    if (n == NR)
      for (int j = 0; j < OCK_NV; j++) store(p + j * OCK_VL, load(tile + i * NR + j * OCK_VL));
    else
      memcpy(p, tile + i * NR, (size_t)n * 4);
  }
}

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  _Alignas(64) float tile[OCK_MR * NR + OCK_VL];
  conv_sink sink = {.y_pixel = a->shape.y_pixel, .residual_pixel = a->residual_pixel};
  const int clamped = as_clamp(&a->activations, &sink.low, &sink.high);
  const conv_sink buffered = {.y = tile, .y_pixel = NR, .low = -INFINITY, .high = INFINITY};
  const float *rows[OCK_TAPS_MAX], *segments[OCK_TAPS_MAX];
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  // A window's row is one segment where its pixels stand together.
  const bool merged = ock_row_is_run(&a->shape);
  const int32_t taps_w = merged ? 1 : a->shape.kernel_w;
  const int32_t length = merged ? a->shape.kernel_w * a->shape.in_channels : a->shape.in_channels;
  const int32_t count = a->shape.kernel_h * taps_w;
  const int32_t depth = a->shape.kernel_h * a->shape.kernel_w * a->shape.in_channels;
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  // Tiles of even width: 52 pixels are 4 × 13, not 3 × 14 + 10.
  const int32_t tiles = (a->shape.width + OCK_MR - 1) / OCK_MR;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  for (int32_t g = 0; g < a->shape.groups; g++) {
    for (int32_t p = 0; p < panels; p++) {
      const float *panel = weights + ((ptrdiff_t)g * panels + p) * NR * (depth + 1);
      const int32_t n = a->shape.out_channels - p * NR < NR ? a->shape.out_channels - p * NR : NR;
      const int32_t channel = g * a->shape.out_channels + p * NR;
      for (int32_t y = y0; y < y1; y++) {
        for (int32_t ky = 0; ky < a->shape.kernel_h; ky++) {
          const float *row = ock_row(bases, &a->operand[1], ock_tap_row(&a->shape, y, ky));
          row += g * a->shape.in_channels - (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel;
          for (int32_t kx = 0; kx < taps_w; kx++)
            rows[ky * taps_w + kx] = row + (ptrdiff_t)kx * a->shape.dilation_w * a->shape.x_pixel;
        }
        float *out = (float *)ock_row(bases, &a->operand[0], y) + channel;
        const float *residual =
            a->operand[2].space < 0
                ? NULL
                : (const float *)ock_row(bases, &a->operand[2], y) + channel;
        for (int32_t t = 0; t < tiles; t++) {
          const int32_t x0 = (int32_t)((int64_t)t * a->shape.width / tiles);
          const int32_t m = (int32_t)((int64_t)(t + 1) * a->shape.width / tiles) - x0;
          for (int32_t s = 0; s < count; s++) segments[s] = rows[s] + x0 * step;
          float *to = out + (ptrdiff_t)x0 * a->shape.y_pixel;
          const float *add = residual ? residual + (ptrdiff_t)x0 * a->residual_pixel : NULL;
          const int nv = n <= OCK_VL ? 1 : OCK_NV;
          if (clamped && n == nv * OCK_VL) {
            sink.y = to;
            sink.residual = add;
            conv_tile(m, nv, segments, count, length, step, panel, panel + NR, &sink);
          } else {
            conv_tile(m, nv, segments, count, length, step, panel, panel + NR, &buffered);
            conv_finish(a, m, n, tile, add, to);
          }
        }
      }
    }
  }
}

// `count` neighbouring pixels (a constant at every call) of one vector of channels of a depthwise
// convolution with constant extents: a column of the input serves all the windows that it lies in.
OCK_INLINE void depthwise_block(const int kh, const int kw, const int stride, const int count,
                                const float *const *rows, ptrdiff_t pixel, const vec *w, vec bias,
                                vec *acc) {
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) acc[i] = bias;
#pragma clang loop unroll(full)
  for (int ky = 0; ky < kh; ky++)
#pragma clang loop unroll(full)
    for (int column = 0; column < (count - 1) * stride + kw; column++) {
      vec x = load(rows[ky] + column * pixel);
#pragma clang loop unroll(full)
      for (int i = 0; i < count; i++) {
        const int kx = column - i * stride;
        if (kx >= 0 && kx < kw) acc[i] = fma_(x, w[ky * kw + kx], acc[i]);
      }
    }
}

// Pixels of a block; the most of a chunk; floats of the windows of a chunk (16 KiB).
enum { DW_PIXELS = 4, DW_CHUNK = 64, DW_WINDOW = 5600 };

// Pixels x0 ≤ x < x1 of a row; one vector of channels; sums go to the sink.
OCK_INLINE void depthwise_fixed(const int kh, const int kw, const int stride,
                                const float *const *rows, ptrdiff_t pixel, int32_t x0, int32_t x1,
                                const float *weights, int32_t channels, const conv_sink *sink) {
  vec w[25];
  const vec bias = load(weights - channels);
#pragma clang loop unroll(full)
  for (int t = 0; t < kh * kw; t++) w[t] = load(weights + (ptrdiff_t)t * channels);
  const float *at[5];
#pragma clang loop unroll(full)
  for (int ky = 0; ky < kh; ky++) at[ky] = rows[ky] + (ptrdiff_t)x0 * stride * pixel;
  float *y = sink->y;
  const ptrdiff_t y_pixel = sink->y_pixel;
  int32_t left = x1 - x0;
#pragma clang loop unroll(disable)
  for (; left >= DW_PIXELS; left -= DW_PIXELS, y += DW_PIXELS * y_pixel) {
    vec acc[DW_PIXELS];
    depthwise_block(kh, kw, stride, DW_PIXELS, at, pixel, w, bias, acc);
#pragma clang loop unroll(full)
    for (int i = 0; i < DW_PIXELS; i++)
      store(y + i * y_pixel, clamp_(acc[i], splat(sink->low), splat(sink->high)));
#pragma clang loop unroll(full)
    for (int ky = 0; ky < kh; ky++) at[ky] += DW_PIXELS * stride * pixel;
  }
#pragma clang loop unroll(disable)
  for (; left > 0; left--, y += y_pixel) {
    vec acc[1];
    depthwise_block(kh, kw, stride, 1, at, pixel, w, bias, acc);
    store(y, clamp_(acc[0], splat(sink->low), splat(sink->high)));
#pragma clang loop unroll(full)
    for (int ky = 0; ky < kh; ky++) at[ky] += stride * pixel;
  }
}

// As above for any extents: `taps` are the window's elements at pixel 0.
static void depthwise_any(const float *const *taps, int32_t count, ptrdiff_t step, int32_t x0,
                          int32_t x1, const float *weights, int32_t channels,
                          const conv_sink *sink) {
  float *y = sink->y;
  for (int32_t x = x0; x < x1; x++, y += sink->y_pixel) {
    vec acc = load(weights - channels);
    for (int32_t t = 0; t < count; t++)
      acc = fma_(load(taps[t] + x * step), load(weights + (ptrdiff_t)t * channels), acc);
    store(y, clamp_(acc, splat(sink->low), splat(sink->high)));
  }
}

static void OCK_NAME(depthwise)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  const int32_t kw = a->shape.kernel_w, count = a->shape.kernel_h * kw, channels = a->shape.groups;
  // Extents that have a form of their own below; 0: none.
  const bool has_form = a->shape.kernel_h == kw && (kw == 3 || kw == 5) &&
                        a->shape.dilation_w == 1 && a->shape.stride_w <= 2;
  const int32_t form = has_form ? kw * 10 + a->shape.stride_w : 0;
  const ptrdiff_t step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel;
  const ptrdiff_t column = (ptrdiff_t)a->shape.dilation_w * a->shape.x_pixel;
  const float *weights = (const float *)ock_row(bases, &a->operand[3], 0) + channels;
  _Alignas(64) float tile[DW_CHUNK * OCK_VL];
  conv_sink direct = {.y_pixel = a->shape.y_pixel};
  const conv_sink buffered = {.y = tile, .y_pixel = OCK_VL, .low = -INFINITY, .high = INFINITY};
  const int clamped =
      as_clamp(&a->activations, &direct.low, &direct.high) && a->operand[2].space < 0;
  const int32_t fit = DW_WINDOW / (a->shape.kernel_h * (int32_t)step) / DW_PIXELS * DW_PIXELS;
  const int32_t chunk = fit < 2 * DW_PIXELS ? 2 * DW_PIXELS : fit > DW_CHUNK ? DW_CHUNK : fit;
  for (int32_t y = y0; y < y1; y++) {
    const float *rows[OCK_TAPS_MAX];
    for (int32_t ky = 0; ky < a->shape.kernel_h; ky++)
      rows[ky] = (const float *)ock_row(bases, &a->operand[1], ock_tap_row(&a->shape, y, ky)) -
                 (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel;
    float *out = ock_row(bases, &a->operand[0], y);
    const float *residual = a->operand[2].space < 0 ? NULL : ock_row(bases, &a->operand[2], y);
    // Chunks of pixels whose windows stay in the first cache while the channels pass. Loads may reach
    // beyond the last channel; stores may not.
    for (int32_t x0 = 0; x0 < a->shape.width; x0 += chunk) {
      const int32_t x1 = x0 + chunk < a->shape.width ? x0 + chunk : a->shape.width;
      for (int32_t c = 0; c < channels; c += OCK_VL) {
        const int32_t n = channels - c < OCK_VL ? channels - c : OCK_VL;
        const float *taps[OCK_TAPS_MAX];
        for (int32_t t = 0; t < (form ? a->shape.kernel_h : count); t++)
          taps[t] = form ? rows[t] + c : rows[t / kw] + (ptrdiff_t)(t % kw) * column + c;
        float *to = out + (ptrdiff_t)x0 * a->shape.y_pixel + c;
        const int is_direct = clamped && n == OCK_VL;
        direct.y = to;
        const conv_sink *sink = is_direct ? &direct : &buffered;
        switch (form) {
#define OCK_SHAPE(K, S)                                                                           \
  case K * 10 + S:                                                                                \
    depthwise_fixed(K, K, S, taps, a->shape.x_pixel, x0, x1, weights + c, channels, sink);        \
    break;
          OCK_SHAPE(3, 1) OCK_SHAPE(3, 2) OCK_SHAPE(5, 1) OCK_SHAPE(5, 2)
#undef OCK_SHAPE
          default: depthwise_any(taps, count, step, x0, x1, weights + c, channels, sink);
        }
        if (is_direct) continue;
        if (residual)
          for (int32_t x = x0; x < x1; x++)
            for (int32_t i = 0; i < n; i++)
              tile[(x - x0) * OCK_VL + i] += residual[(ptrdiff_t)x * a->residual_pixel + c + i];
        activate_run(tile, (x1 - x0) * OCK_VL, &a->activations);
        for (int32_t x = 0; x < x1 - x0; x++, to += a->shape.y_pixel) {
          if (n == OCK_VL) store(to, load(tile + x * OCK_VL));
          else store_part(to, load(tile + x * OCK_VL), n);
        }
      }
    }
  }
}
