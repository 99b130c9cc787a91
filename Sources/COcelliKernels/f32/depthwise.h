// Depthwise convolution: a vector of channels at a time, over pixels. Included after conv.h.
// The order of sums belongs to the window's shape: by columns where it slides, else by rows.

// Most pixels of a block, and of a chunk; floats of the windows of a chunk (16 KiB).
enum { DW_BLOCK = 8, DW_CHUNK = 64, DW_WINDOW = 5600 };

// `count` pixels of a row, one vector of channels. `taps`: the window's elements at pixel 0, or its
// rows where a form knows the rest. Sums go to the sink.
typedef struct {
  const float *const *taps;
  int32_t rows, elements;  // kernel_h, kernel_h · kernel_w
  ptrdiff_t pixel, step;   // floats from pixel to pixel, from window to window
  const float *bias, *w;   // a vector of each element stands `channels` floats behind the one before
  int32_t channels;
} dw_source;

// 3 × 3, stride 1 or 2: a column of the input is loaded once and serves all windows that it lies in.
OCK_INLINE void depthwise_slide(const int stride, const dw_source *from, int32_t count,
                                const conv_sink *sink) {
  vec w[9];
#pragma clang loop unroll(full)
  for (int t = 0; t < 9; t++) w[t] = load(from->w + (ptrdiff_t)t * from->channels);
  const vec bias = load(from->bias), low = splat(sink->low), high = splat(sink->high);
  const ptrdiff_t pixel = from->pixel, y_pixel = sink->y_pixel;
  const float *r0 = from->taps[0], *r1 = from->taps[1], *r2 = from->taps[2];
  float *y = sink->y;
#define OCK_COLUMN vec v0 = load(r0), v1 = load(r1), v2 = load(r2); r0 += pixel, r1 += pixel, r2 += pixel
#define OCK_ADD(A, X) A = fma_(v2, w[6 + X], fma_(v1, w[3 + X], fma_(v0, w[X], A)))
  vec a = bias, b = bias, c;
  { OCK_COLUMN; OCK_ADD(a, 0); }
  if (stride == 1) {
    OCK_COLUMN;
    OCK_ADD(a, 1);
    OCK_ADD(b, 0);
  }
  for (; count > 0; count--, y += y_pixel) {
    if (stride == 1) {
      OCK_COLUMN;
      c = bias;
      OCK_ADD(a, 2);
      OCK_ADD(b, 1);
      OCK_ADD(c, 0);
      store(y, clamp_(a, low, high));
      a = b;
      b = c;
    } else {
      { OCK_COLUMN; OCK_ADD(a, 1); }
      OCK_COLUMN;
      b = bias;
      OCK_ADD(a, 2);
      OCK_ADD(b, 0);
      store(y, clamp_(a, low, high));
      a = b;
    }
  }
#undef OCK_ADD
#undef OCK_COLUMN
}

// m neighbouring pixels (a constant at every call, as the window's width and stride are): a row of the
// window at a time, its weights in registers.
OCK_INLINE void depthwise_block(const int kw, const int stride, const int m, const dw_source *from,
                                int32_t x, const conv_sink *sink) {
  vec acc[DW_BLOCK];
  const vec bias = load(from->bias);
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i++) acc[i] = bias;
  const float *w = from->w;
  const ptrdiff_t channels = from->channels, pixel = from->pixel;
#pragma clang loop unroll(disable)
  for (int32_t ky = 0; ky < from->rows; ky++) {
    vec b[7];
#pragma clang loop unroll(full)
    for (int kx = 0; kx < kw; kx++, w += channels) b[kx] = load(w);
    const float *column = from->taps[ky] + x * from->step;
#pragma clang loop unroll(full)
    for (int k = 0; k < (m - 1) * stride + kw; k++, column += pixel) {
      const vec v = load(column);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++)
        if (k - i * stride >= 0 && k - i * stride < kw) acc[i] = fma_(v, b[k - i * stride], acc[i]);
    }
  }
  float *y = sink->y + x * sink->y_pixel;
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i++)
    store(y + i * sink->y_pixel, clamp_(acc[i], splat(sink->low), splat(sink->high)));
}

// Blocks of even width.
OCK_INLINE void depthwise_blocks(const int kw, const int stride, const dw_source *from,
                                 int32_t count, const conv_sink *sink) {
  const int32_t blocks = (count + DW_BLOCK - 1) / DW_BLOCK;
  const int32_t m = count / blocks, wider = count % blocks;
  for (int32_t b = 0, x = 0; b < blocks; b++) {
    const int32_t n = m + (b < wider);
    switch (n) {
#define OCK_M(M) case M: depthwise_block(kw, stride, M, from, x, sink); break;
      OCK_M(1) OCK_M(2) OCK_M(3) OCK_M(4) OCK_M(5) OCK_M(6) OCK_M(7) OCK_M(8)
#undef OCK_M
    }
    x += n;
  }
}

// As above for any extents and dilations.
static void depthwise_any(const dw_source *from, int32_t count, const conv_sink *sink) {
  float *y = sink->y;
  for (int32_t x = 0; x < count; x++, y += sink->y_pixel) {
    vec acc = load(from->bias);
    for (int32_t t = 0; t < from->elements; t++)
      acc = fma_(load(from->taps[t] + x * from->step),
                 load(from->w + (ptrdiff_t)t * from->channels), acc);
    store(y, clamp_(acc, splat(sink->low), splat(sink->high)));
  }
}

// Which function computes a window; only the last is told of every element.
typedef enum { DW_SLIDE1, DW_SLIDE2, DW_FIVE1, DW_FIVE2, DW_SEVEN1, DW_ANY } dw_form;

OCK_INLINE dw_form depthwise_form(const ock_conv_shape *s) {
  if (s->dilation_w != 1 || s->stride_w > 2) return DW_ANY;
  if (s->kernel_w == 3 && s->kernel_h == 3) return s->stride_w == 1 ? DW_SLIDE1 : DW_SLIDE2;
  if (s->kernel_w == 5) return s->stride_w == 1 ? DW_FIVE1 : DW_FIVE2;
  return s->kernel_w == 7 && s->stride_w == 1 ? DW_SEVEN1 : DW_ANY;
}

static void depthwise_pixels(dw_form form, const dw_source *from, int32_t count,
                             const conv_sink *sink) {
  switch (form) {
    case DW_SLIDE1: depthwise_slide(1, from, count, sink); break;
    case DW_SLIDE2: depthwise_slide(2, from, count, sink); break;
    case DW_FIVE1: depthwise_blocks(5, 1, from, count, sink); break;
    case DW_FIVE2: depthwise_blocks(5, 2, from, count, sink); break;
    case DW_SEVEN1: depthwise_blocks(7, 1, from, count, sink); break;
    case DW_ANY: depthwise_any(from, count, sink); break;
  }
}

static void OCK_NAME(depthwise)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_conv_args *a = args;
  const int32_t kh = a->shape.kernel_h, kw = a->shape.kernel_w, channels = a->shape.groups;
  const dw_form form = depthwise_form(&a->shape);
  const ptrdiff_t column = (ptrdiff_t)a->shape.dilation_w * a->shape.x_pixel;
  const float *weights = ock_row(bases, &a->operand[3], 0);
  _Alignas(64) float buffer[DW_CHUNK * OCK_VL];
  const float *taps[OCK_TAPS_MAX];
  dw_source from = {.taps = taps, .rows = kh, .elements = kh * kw, .pixel = a->shape.x_pixel,
                    .step = (ptrdiff_t)a->shape.stride_w * a->shape.x_pixel, .channels = channels};
  conv_sink direct = {.y_pixel = a->shape.y_pixel};
  const conv_sink buffered = {.y = buffer, .y_pixel = OCK_VL, .low = -INFINITY, .high = INFINITY};
  const bool residual = a->operand[2].space >= 0;
  const bool clamped = as_clamp(&a->activations, &direct.low, &direct.high) && !residual;
  // Activations pass over whole pixels where these stand together and end with a vector.
  const bool dense = !clamped && !residual && a->shape.y_pixel == channels && channels % OCK_VL == 0;
  if (dense) direct.low = -INFINITY, direct.high = INFINITY;
  const int32_t fit = DW_WINDOW / (kh * (int32_t)from.step) / DW_BLOCK * DW_BLOCK;
  const int32_t chunk = fit < 2 * DW_BLOCK ? 2 * DW_BLOCK : fit > DW_CHUNK ? DW_CHUNK : fit;
  for (int32_t y = y0; y < y1; y++) {
    const float *rows[OCK_TAPS_MAX];
    for (int32_t ky = 0; ky < kh; ky++)
      rows[ky] = (const float *)ock_row(bases, &a->operand[1], ock_tap_row(&a->shape, y, ky)) -
                 (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel;
    float *out = ock_row(bases, &a->operand[0], y);
    const float *add = residual ? ock_row(bases, &a->operand[2], y) : NULL;
    // Chunks of pixels whose windows stay in the first cache while the channels pass. Loads may reach
    // beyond the last channel; stores may not.
    for (int32_t x0 = 0; x0 < a->shape.width; x0 += chunk) {
      const int32_t m = a->shape.width - x0 < chunk ? a->shape.width - x0 : chunk;
      for (int32_t c = 0; c < channels; c += OCK_VL) {
        const int32_t n = channels - c < OCK_VL ? channels - c : OCK_VL;
        for (int32_t t = 0; t < (form == DW_ANY ? from.elements : kh); t++)
          taps[t] = x0 * from.step + c +
                    (form == DW_ANY ? rows[t / kw] + (ptrdiff_t)(t % kw) * column : rows[t]);
        from.bias = weights + c;
        from.w = weights + channels + c;
        float *to = out + (ptrdiff_t)x0 * a->shape.y_pixel + c;
        if (dense || (clamped && n == OCK_VL)) {
          direct.y = to;
          depthwise_pixels(form, &from, m, &direct);
          continue;
        }
        depthwise_pixels(form, &from, m, &buffered);
        if (add)
          for (int32_t x = 0; x < m; x++)
            for (int32_t i = 0; i < n; i++)
              buffer[x * OCK_VL + i] += add[(ptrdiff_t)(x0 + x) * a->residual_pixel + c + i];
        activate_run(buffer, m * OCK_VL, &a->activations);
        for (int32_t x = 0; x < m; x++, to += a->shape.y_pixel) {
          if (n == OCK_VL) store(to, load(buffer + x * OCK_VL));
          else copy_part(to, buffer + x * OCK_VL, n);
        }
      }
      if (dense) activate_run(out + (ptrdiff_t)x0 * channels, m * channels, &a->activations);
    }
  }
}
