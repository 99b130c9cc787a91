// Convolution: OCK_MR pixels × OCK_NV vectors of output channels at a time, the input read in place.
// Source: the GEMM formulation of convolution with the patch matrix left implicit.

enum { NR = OCK_VL * OCK_NV };

// Pixels of a tile of one vector of channels: as many sums in flight as a wide tile has.
#if OCK_MR * OCK_NV > 14
enum { CONV_NARROW = 14 };
#else
enum { CONV_NARROW = OCK_MR * OCK_NV };
#endif

// Where sums go: pixels `y_pixel` floats apart, each cut to [low, high] after the residual was added.
// What a clamp cannot say goes through a buffer (`conv_finish`).
typedef struct {
  float *y;
  ptrdiff_t y_pixel;
  const float *residual;
  ptrdiff_t residual_pixel;
  float low, high;
} conv_sink;

// What the sums of a pixel's window are made of: segments of `length` floats that stand together;
// `step` floats lie between the windows of neighbouring pixels.
typedef struct {
  const float *const *segments;
  int32_t count, length;
  ptrdiff_t step;
  const float *bias, *w;
} conv_source;

// Sums over all segments of `tiles` tiles of m pixels × nv vectors of channels (both constants at every
// call), from pixel x of the source into pixel x of the sink.
OCK_INLINE void conv_sums(const int m, const int nv, const conv_source *from, const conv_sink *sink,
                          int32_t x, int32_t tiles) {
  const vec low = splat(sink->low), high = splat(sink->high);
  const ptrdiff_t step = from->step, y_pixel = sink->y_pixel, residual_pixel = sink->residual_pixel;
  const int32_t count = from->count, length = from->length;
  for (; tiles > 0; tiles--, x += m) {
    vec acc[OCK_MR * OCK_NV];
    const float *w = from->w;
    // Whatever passes over the sums is unrolled, else they would stand in memory.
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < nv; j++) acc[i * nv + j] = load(from->bias + j * OCK_VL);
    for (int32_t s = 0; s < count; s++) {
      const float *a = from->segments[s] + x * step;
      // Unrolled by the compiler this loop spills its sums: half the speed.
#pragma clang loop unroll(disable)
      for (int32_t k = 0; k < length; k++, w += NR) {
        vec b[OCK_NV];
        for (int j = 0; j < nv; j++) b[j] = load(w + j * OCK_VL);
#pragma clang loop unroll(full)
        for (int i = 0; i < m; i++) {
          vec v = splat(a[i * step + k]);
          for (int j = 0; j < nv; j++) acc[i * nv + j] = fma_(v, b[j], acc[i * nv + j]);
        }
      }
    }
    if (sink->residual) {
      const float *r = sink->residual + x * residual_pixel;
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < nv; j++) acc[i * nv + j] += load(r + i * residual_pixel + j * OCK_VL);
    }
    float *y = sink->y + x * y_pixel;
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < nv; j++)
        store(y + i * y_pixel + j * OCK_VL, clamp_(acc[i * nv + j], low, high));
  }
}

static void conv_tiles(int m, int nv, const conv_source *from, const conv_sink *sink, int32_t x,
                       int32_t tiles) {
#define OCK_M(N, NV, MOST) \
  case N * OCK_NV + NV - 1: \
    if (N <= MOST) conv_sums(N, NV, from, sink, x, tiles); \
    break;
#define OCK_MS(NV, MOST)                                                                        \
  OCK_M(1, NV, MOST) OCK_M(2, NV, MOST) OCK_M(3, NV, MOST) OCK_M(4, NV, MOST)                   \
  OCK_M(5, NV, MOST) OCK_M(6, NV, MOST) OCK_M(7, NV, MOST) OCK_M(8, NV, MOST)                   \
  OCK_M(9, NV, MOST) OCK_M(10, NV, MOST) OCK_M(11, NV, MOST) OCK_M(12, NV, MOST)                \
  OCK_M(13, NV, MOST) OCK_M(14, NV, MOST)
  switch (m * OCK_NV + nv - 1) {
    OCK_MS(1, CONV_NARROW)
#if OCK_NV > 1
    OCK_MS(OCK_NV, OCK_MR)
#endif
  }
#undef OCK_MS
#undef OCK_M
}

// All sums of pixels x0 ≤ x < x1, in tiles of even width: 52 pixels are 4 × 13, not 3 × 14 + 10.
static void conv_pixels(int nv, const conv_source *from, const conv_sink *sink, int32_t x0,
                        int32_t x1) {
  const int32_t most = nv == OCK_NV ? OCK_MR : CONV_NARROW, pixels = x1 - x0;
  const int32_t tiles = (pixels + most - 1) / most;
  if (tiles == 0) return;
  const int32_t m = pixels / tiles, wider = pixels % tiles;
  if (wider > 0) conv_tiles(m + 1, nv, from, sink, x0, wider);
  conv_tiles(m, nv, from, sink, x0 + wider * (m + 1), tiles - wider);
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
  const ptrdiff_t y_pixel = a->shape.y_pixel;
  if (n == NR)
    for (int32_t i = 0; i < m; i++)
      for (int j = 0; j < OCK_NV; j++)
        store(y + i * y_pixel + j * OCK_VL, load(tile + i * NR + j * OCK_VL));
  else
    for (int32_t i = 0; i < m; i++) copy_part(y + i * y_pixel, tile + i * NR, n);
}

OCK_INLINE bool conv_is_flat(const ock_f32_conv_args *a) {
  const ock_view *residual = &a->operand[2];
  const int64_t pitch = (int64_t)a->shape.width * a->residual_pixel * 4;
  return ock_is_flat(&a->shape, &a->operand[0], &a->operand[1], 4, 4) &&
         (residual->space < 0 || (residual->ring == 0 && residual->pitch == pitch));
}

// Pixels that go through the buffer at a time.
enum { CONV_CHUNK = 48 };

static void OCK_NAME(conv)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  _Alignas(64) float buffer[CONV_CHUNK * NR + OCK_VL];
  conv_sink direct = {.y_pixel = a->shape.y_pixel, .residual_pixel = a->residual_pixel};
  const int clamped = as_clamp(&a->activations, &direct.low, &direct.high);
  const float *rows[OCK_TAPS_MAX], *segments[OCK_TAPS_MAX];
  // A window's row is one segment where its pixels stand together.
  const bool merged = ock_row_is_run(&a->shape);
  const int32_t taps_w = merged ? 1 : a->shape.kernel_w;
  conv_source from = {
      .count = a->shape.kernel_h * taps_w,
      .length = merged ? a->shape.kernel_w * a->shape.in_channels : a->shape.in_channels,
      .step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel};
  const int32_t depth = a->shape.kernel_h * a->shape.kernel_w * a->shape.in_channels;
  const int32_t panels = (a->shape.out_channels + NR - 1) / NR;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  const bool flat = conv_is_flat(a);
  const int32_t width = flat ? a->shape.width * (y1 - y0) : a->shape.width;
  if (flat) y1 = y0 + 1;
  for (int32_t g = 0; g < a->shape.groups; g++) {
    for (int32_t p = 0; p < panels; p++) {
      from.bias = weights + ((ptrdiff_t)g * panels + p) * NR * (depth + 1);
      from.w = from.bias + NR;
      const int32_t n = a->shape.out_channels - p * NR < NR ? a->shape.out_channels - p * NR : NR;
      const int32_t channel = g * a->shape.out_channels + p * NR;
      const int nv = n <= OCK_VL ? 1 : OCK_NV;
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
        if (clamped && n == nv * OCK_VL) {
          from.segments = rows;
          direct.y = out;
          direct.residual = residual;
          conv_pixels(nv, &from, &direct, 0, width);
          continue;
        }
        from.segments = segments;
        const conv_sink sink = {.y = buffer, .y_pixel = NR, .low = -INFINITY, .high = INFINITY};
        for (int32_t x0 = 0; x0 < width; x0 += CONV_CHUNK) {
          const int32_t m = width - x0 < CONV_CHUNK ? width - x0 : CONV_CHUNK;
          for (int32_t s = 0; s < from.count; s++) segments[s] = rows[s] + x0 * from.step;
          conv_pixels(nv, &from, &sink, 0, m);
          conv_finish(a, m, n, buffer, residual ? residual + x0 * a->residual_pixel : NULL,
                      out + (ptrdiff_t)x0 * a->shape.y_pixel);
        }
      }
    }
  }
}
