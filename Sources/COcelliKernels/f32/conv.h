// Convolution: OCK_MR pixels × OCK_NV vectors of output channels at a time, the input read in place.
// Source: the GEMM formulation of convolution with the patch matrix left implicit.

enum { NR = OCK_VL * OCK_NV };

// m pixels' sums over all segments (m is a constant at every call). A segment is `length` floats that
// stand together in a pixel's window; `step` floats lie between neighbouring pixels' windows.
OCK_INLINE void conv_sums(const int m, const float *const *segments, int32_t count, int32_t length,
                          ptrdiff_t step, const float *panel, float *tile) {
  vec acc[OCK_MR][OCK_NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < OCK_NV; j++) acc[i][j] = load(panel + j * OCK_VL);
  const float *w = panel + NR;
  for (int32_t s = 0; s < count; s++) {
    const float *a = segments[s];
    // Unrolled by the compiler this loop spills its sums: half the speed.
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < length; k++, w += NR) {
      vec b[OCK_NV];
      for (int j = 0; j < OCK_NV; j++) b[j] = load(w + j * OCK_VL);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        vec x = splat(a[i * step + k]);
        for (int j = 0; j < OCK_NV; j++) acc[i][j] = fma_(x, b[j], acc[i][j]);
      }
    }
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < OCK_NV; j++) store(tile + i * NR + j * OCK_VL, acc[i][j]);
}

static void conv_tile(int m, const float *const *segments, int32_t count, int32_t length,
                      ptrdiff_t step, const float *panel, float *tile) {
  switch (m) {
#define OCK_M(N)                                                             \
  case N:                                                                    \
    if (N <= OCK_MR) conv_sums(N, segments, count, length, step, panel, tile); \
    break;
    OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6)
#if OCK_MR > 6
    OCK_M(7) OCK_M(8) OCK_M(9) OCK_M(10) OCK_M(11) OCK_M(12) OCK_M(13) OCK_M(14)
#endif
#undef OCK_M
  }
}

// Adds the residual, applies the activations and stores n channels of m pixels.
static void conv_finish(const ock_f32_conv_args *a, int32_t m, int32_t n, float *tile,
                        const float *residual, float *y) {
  if (residual)
    for (int32_t i = 0; i < m; i++)
      for (int32_t j = 0; j < n; j++) tile[i * NR + j] += residual[i * a->residual_pixel + j];
  activate_run(tile, m * NR, &a->activations);
  for (int32_t i = 0; i < m; i++) {
    float *p = y + (ptrdiff_t)i * a->y_pixel;
    if (n == NR)
      for (int j = 0; j < OCK_NV; j++) store(p + j * OCK_VL, load(tile + i * NR + j * OCK_VL));
    else
      memcpy(p, tile + i * NR, (size_t)n * 4);
  }
}

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  _Alignas(64) float tile[OCK_MR * NR + OCK_VL];
  const float *rows[OCK_TAPS_MAX], *segments[OCK_TAPS_MAX];
  const ptrdiff_t step = (ptrdiff_t)a->stride_w * a->x_pixel;
  // A window's row is one segment where its pixels stand together.
  const int merged = a->groups == 1 && a->dilation_w == 1 && a->x_pixel == a->in_channels;
  const int32_t taps_w = merged ? 1 : a->kernel_w;
  const int32_t length = merged ? a->kernel_w * a->in_channels : a->in_channels;
  const int32_t count = a->kernel_h * taps_w;
  const int32_t depth = a->kernel_h * a->kernel_w * a->in_channels;
  const int32_t panels = (a->out_channels + NR - 1) / NR;
  // Tiles of even width: 52 pixels are 4 × 13, not 3 × 14 + 10.
  const int32_t tiles = (a->width + OCK_MR - 1) / OCK_MR;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  for (int32_t g = 0; g < a->groups; g++) {
    for (int32_t p = 0; p < panels; p++) {
      const float *panel = weights + ((ptrdiff_t)g * panels + p) * NR * (depth + 1);
      const int32_t n = a->out_channels - p * NR < NR ? a->out_channels - p * NR : NR;
      const int32_t channel = g * a->out_channels + p * NR;
      for (int32_t y = y0; y < y1; y++) {
        for (int32_t ky = 0; ky < a->kernel_h; ky++) {
          const float *row = ock_row(bases, &a->operand[1],
                                     y * a->stride_h + ky * a->dilation_h - a->pad_top);
          row += g * a->in_channels - (ptrdiff_t)a->pad_left * a->x_pixel;
          for (int32_t kx = 0; kx < taps_w; kx++)
            rows[ky * taps_w + kx] = row + (ptrdiff_t)kx * a->dilation_w * a->x_pixel;
        }
        float *out = (float *)ock_row(bases, &a->operand[0], y) + channel;
        const float *residual =
            a->operand[2].space < 0
                ? NULL
                : (const float *)ock_row(bases, &a->operand[2], y) + channel;
        for (int32_t t = 0; t < tiles; t++) {
          const int32_t x0 = (int32_t)((int64_t)t * a->width / tiles);
          const int32_t m = (int32_t)((int64_t)(t + 1) * a->width / tiles) - x0;
          for (int32_t s = 0; s < count; s++) segments[s] = rows[s] + x0 * step;
          conv_tile(m, segments, count, length, step, panel, tile);
          conv_finish(a, m, n, tile, residual ? residual + (ptrdiff_t)x0 * a->residual_pixel : NULL,
                      out + (ptrdiff_t)x0 * a->y_pixel);
        }
      }
    }
  }
}

// One vector of channels of a row of a depthwise convolution; n < OCK_VL at the last channels.
OCK_INLINE void depthwise_run(const ock_f32_conv_args *a, const float *const *taps, int32_t count,
                              const float *weights, int32_t channels, int32_t c, int32_t n,
                              const float *residual, float *y) {
  const int whole = n == OCK_VL;
  const ptrdiff_t step = (ptrdiff_t)a->stride_w * a->x_pixel;
  const float *w = weights + channels;
  const vec bias = whole ? load(weights + c) : load_part(weights + c, n);
  for (int32_t x = 0; x < a->width; x++) {
    vec acc = bias;
    for (int32_t t = 0; t < count; t++) {
      const float *p = taps[t] + x * step + c, *q = w + (ptrdiff_t)t * channels + c;
      acc = whole ? fma_(load(p), load(q), acc) : fma_(load_part(p, n), load_part(q, n), acc);
    }
    if (residual) {
      const float *r = residual + (ptrdiff_t)x * a->residual_pixel + c;
      acc += whole ? load(r) : load_part(r, n);
    }
    for (int32_t k = 0; k < a->activations.count; k++) acc = activate(acc, &a->activations.list[k]);
    float *out = y + (ptrdiff_t)x * a->y_pixel + c;
    if (whole) store(out, acc);
    else store_part(out, acc, n);
  }
}

static void OCK_NAME(depthwise)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  const float *taps[OCK_TAPS_MAX];
  const int32_t count = a->kernel_h * a->kernel_w, channels = a->groups;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  for (int32_t y = y0; y < y1; y++) {
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
      const float *row =
          ock_row(bases, &a->operand[1], y * a->stride_h + ky * a->dilation_h - a->pad_top);
      for (int32_t kx = 0; kx < a->kernel_w; kx++)
        taps[ky * a->kernel_w + kx] =
            row + (ptrdiff_t)(kx * a->dilation_w - a->pad_left) * a->x_pixel;
    }
    float *out = ock_row(bases, &a->operand[0], y);
    const float *residual = a->operand[2].space < 0 ? NULL : ock_row(bases, &a->operand[2], y);
    int32_t c = 0;
    if (count == 9)  // a constant count lets the compiler keep the window in registers
      for (; c + OCK_VL <= channels; c += OCK_VL)
        depthwise_run(a, taps, 9, weights, channels, c, OCK_VL, residual, out);
    for (; c + OCK_VL <= channels; c += OCK_VL)
      depthwise_run(a, taps, count, weights, channels, c, OCK_VL, residual, out);
    if (c < channels)
      depthwise_run(a, taps, count, weights, channels, c, channels - c, residual, out);
  }
}
