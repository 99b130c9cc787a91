// Elementwise functions, pooling and resizing of bytes. The loops are plain C, which the compiler
// vectorises for the tier; sums and roundings are the same in all of them.

enum { CHUNK = 256 };

OCK_INLINE void gather_bytes(uint8_t *t, const uint8_t *p, int32_t n, ptrdiff_t stride) {
  if (stride == 1) memcpy(t, p, (size_t)n);
  else
    for (int32_t i = 0; i < n; i++) t[i] = p[i * stride];
}

OCK_INLINE void scatter_bytes(uint8_t *p, const uint8_t *t, int32_t n, ptrdiff_t stride) {
  if (stride == 1) memcpy(p, t, (size_t)n);
  else
    for (int32_t i = 0; i < n; i++) p[i * stride] = t[i];
}

// Real numbers as bytes: ONNX's QuantizeLinear, then [low, high].
OCK_INLINE void quantize_run(uint8_t *t, const float *x, int32_t n, const ock_q8_map_args *a) {
  const float scale = a->scale[2], zero = (float)a->zero[2];
  const float low = (float)a->low, high = (float)a->high;
  for (int32_t i = 0; i < n; i++) {
    float v = x[i] / scale;
    v = v > -1048576.0f ? v : -1048576.0f;  // NaN too
    v = v < 1048576.0f ? v : 1048576.0f;
    v = ((v + 12582912.0f) - 12582912.0f) + zero;
    v = v > low ? v : low;
    v = v < high ? v : high;
    t[i] = (uint8_t)(int32_t)v;
  }
}

// One run along the innermost axis; n ≤ CHUNK.
static void map_run(const ock_q8_map_args *a, const uint8_t *table, int32_t n, void *y, ptrdiff_t sy,
                    const void *pa, ptrdiff_t sa, const uint8_t *pb, ptrdiff_t sb) {
  _Alignas(64) uint8_t t[CHUNK], u[CHUNK];
  _Alignas(64) float f[CHUNK];
  switch (a->function) {
    case OCK_Q8_QUANTIZE: {
      const float *x = pa;
      for (int32_t i = 0; i < n; i++) f[i] = x[i * sa];
      quantize_run(t, f, n, a);
      scatter_bytes(y, t, n, sy);
      return;
    }
    case OCK_Q8_DEQUANTIZE: {
      float *out = y;
      gather_bytes(t, pa, n, sa);
      for (int32_t i = 0; i < n; i++) f[i] = (float)(t[i] - a->zero[0]) * a->scale[0];
      for (int32_t i = 0; i < n; i++) out[i * sy] = f[i];
      return;
    }
    case OCK_Q8_ADD:
    case OCK_Q8_MULTIPLY: {
      gather_bytes(t, pa, n, sa);
      gather_bytes(u, pb, n, sb);
      const int add = a->function == OCK_Q8_ADD;
      for (int32_t i = 0; i < n; i++) {
        const float v = (float)(t[i] - a->zero[0]) * a->scale[0];
        const float w = (float)(u[i] - a->zero[1]) * a->scale[1];
        f[i] = add ? v + w : v * w;
      }
      quantize_run(t, f, n, a);
      scatter_bytes(y, t, n, sy);
      return;
    }
    default:
      gather_bytes(t, pa, n, sa);
      if (table) look_up(t, n, table);
      scatter_bytes(y, t, n, sy);
  }
}

static void OCK_NAME(map)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_map_args *a = args;
  const int32_t outer = a->rank - 1, n = a->size[outer];
  const ptrdiff_t sy = a->stride[0][outer], sa = a->stride[1][outer], sb = a->stride[2][outer];
  const ptrdiff_t size_y = a->function == OCK_Q8_DEQUANTIZE ? 4 : 1;
  const ptrdiff_t size_a = a->function == OCK_Q8_QUANTIZE ? 4 : 1;
  const int binary = a->function == OCK_Q8_ADD || a->function == OCK_Q8_MULTIPLY;
  const uint8_t *table = a->has_table ? ock_row(bases, &a->operand[3], 0) : NULL;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    uint8_t *py = ock_row(bases, &a->operand[0], y);
    const uint8_t *pa = ock_row(bases, &a->operand[1], y);
    const uint8_t *pb = binary ? ock_row(bases, &a->operand[2], y) : pa;
    do {
      uint8_t *oy = py + offset_of(outer, index, a->stride[0]) * size_y;
      const uint8_t *oa = pa + offset_of(outer, index, a->stride[1]) * size_a;
      const uint8_t *ob = binary ? pb + offset_of(outer, index, a->stride[2]) : oa;
      for (int32_t i = 0; i < n; i += CHUNK) {
        const int32_t m = n - i < CHUNK ? n - i : CHUNK;
        map_run(a, table, m, oy + i * sy * size_y, sy, oa + i * sa * size_a, sa, ob + i * sb, sb);
      }
    } while (advance(outer, a->size, index));
  }
}

enum { POOL_CHANNELS = 64, POOL_PIXELS = 512 };

OCK_INLINE void take_larger(uint8_t *y, const uint8_t *x, int32_t n) {
  for (int32_t i = 0; i < n; i++) y[i] = y[i] > x[i] ? y[i] : x[i];
}

// Of n ≤ POOL_CHANNELS channels from c on: the largest of the columns first, then of the columns' largest.
static void pool_row(const ock_pool_args *a, int32_t y, int32_t c, int32_t n, uint8_t *out,
                     const ock_bases *bases) {
  _Alignas(64) uint8_t columns[POOL_PIXELS * POOL_CHANNELS];
  memset(columns, 0, (size_t)a->x_width * POOL_CHANNELS);
  for (int32_t ky = 0; ky < a->kernel_h; ky++) {
    const int32_t iy = y * a->stride_h + ky * a->dilation_h - a->pad_top;
    if (iy < 0 || iy >= a->x_height) continue;
    const uint8_t *row = (const uint8_t *)ock_row(bases, &a->operand[1], iy) + c;
    for (int32_t x = 0; x < a->x_width; x++, row += a->x_pixel) {
      if (n == POOL_CHANNELS) take_larger(columns + x * POOL_CHANNELS, row, POOL_CHANNELS);
      else take_larger(columns + x * POOL_CHANNELS, row, n);
    }
  }
  for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
    _Alignas(64) uint8_t best[POOL_CHANNELS] = {0};
    for (int32_t kx = 0; kx < a->kernel_w; kx++) {
      const int32_t ix = x * a->stride_w + kx * a->dilation_w - a->pad_left;
      if (ix >= 0 && ix < a->x_width)
        take_larger(best, columns + ix * POOL_CHANNELS, POOL_CHANNELS);
    }
    memcpy(out, best, (size_t)n);
  }
}

static void OCK_NAME(pool)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_pool_args *a = args;
  for (int32_t y = y0; y < y1; y++) {
    uint8_t *out = ock_row(bases, &a->operand[0], y);
    if (a->x_width <= POOL_PIXELS) {
      for (int32_t c = 0; c < a->channels; c += POOL_CHANNELS) {
        const int32_t left = a->channels - c;
        pool_row(a, y, c, left < POOL_CHANNELS ? left : POOL_CHANNELS, out + c, bases);
      }
      continue;
    }
    for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
      memset(out, 0, (size_t)a->channels);
      for (int32_t ky = 0; ky < a->kernel_h; ky++) {
        const int32_t iy = y * a->stride_h + ky * a->dilation_h - a->pad_top;
        if (iy < 0 || iy >= a->x_height) continue;
        const uint8_t *row = ock_row(bases, &a->operand[1], iy);
        for (int32_t kx = 0; kx < a->kernel_w; kx++) {
          const int32_t ix = x * a->stride_w + kx * a->dilation_w - a->pad_left;
          if (ix < 0 || ix >= a->x_width) continue;
          take_larger(out, row + (ptrdiff_t)ix * a->x_pixel, a->channels);
        }
      }
    }
  }
}

static void OCK_NAME(resize)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_resize_args *a = args;
  const resize_tables t = tables_of(a, bases);
  for (int32_t y = y0; y < y1; y++) {
    uint8_t *out = ock_row(bases, &a->operand[0], y);
    const uint8_t *top = ock_row(bases, &a->operand[1], t.y.first[y]);
    const uint8_t *bottom = ock_row(bases, &a->operand[1], t.y.second[y]);
    const float low = t.y.weight[y], up = 1.0f - low;
    for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
      const ptrdiff_t l = (ptrdiff_t)t.x.first[x] * a->x_pixel;
      const ptrdiff_t r = (ptrdiff_t)t.x.second[x] * a->x_pixel;
      if (!a->linear) {
        memcpy(out, top + l, (size_t)a->channels);
        continue;
      }
      const float right = t.x.weight[x], left = 1.0f - right;
      for (int32_t c = 0; c < a->channels; c++) {
        const float p = up * (float)top[l + c] + low * (float)bottom[l + c];
        const float q = up * (float)top[r + c] + low * (float)bottom[r + c];
        out[c] = (uint8_t)(int32_t)(left * p + right * q);
      }
    }
  }
}
