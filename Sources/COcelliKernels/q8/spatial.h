// Elementwise functions, pooling and resizing of bytes. The loops are plain C, which the compiler
// vectorises for the tier; sums and roundings are the same in all of them.
#include "../f32/transpose.h"

enum { CHUNK = 512 };

// Rows × n elements side by side, from wherever they lie; and back.
#define OCK_MOVES(TYPE, GATHER, SCATTER)                                                             \
  OCK_INLINE void GATHER(TYPE *restrict t, const TYPE *restrict p, int32_t rows, ptrdiff_t sp,       \
                         int32_t n, ptrdiff_t sq) {                                                  \
    if (sq == 1 && (rows == 1 || sp == n)) memcpy(t, p, (size_t)rows * n * sizeof(TYPE));            \
    else if (sq == 1 && n == 2)                                                                      \
      for (int32_t i = 0; i < rows; i++) memcpy(t + 2 * i, p + i * sp, 2 * sizeof(TYPE));            \
    else if (sq == 1 && n == 4)                                                                      \
      for (int32_t i = 0; i < rows; i++) memcpy(t + 4 * i, p + i * sp, 4 * sizeof(TYPE));            \
    else if (sq == 1)                                                                                \
      for (int32_t i = 0; i < rows; i++) memcpy(t + i * n, p + i * sp, (size_t)n * sizeof(TYPE));    \
    else                                                                                             \
      for (int32_t i = 0; i < rows; i++)                                                             \
        for (int32_t j = 0; j < n; j++) t[i * n + j] = p[i * sp + j * sq];                           \
  }                                                                                                  \
  OCK_INLINE void SCATTER(TYPE *restrict p, const TYPE *restrict t, int32_t rows, ptrdiff_t sp,      \
                          int32_t n, ptrdiff_t sq) {                                                 \
    if (sq == 1 && (rows == 1 || sp == n)) memcpy(p, t, (size_t)rows * n * sizeof(TYPE));            \
    else if (sq == 1 && n == 2)                                                                      \
      for (int32_t i = 0; i < rows; i++) memcpy(p + i * sp, t + 2 * i, 2 * sizeof(TYPE));            \
    else if (sq == 1 && n == 4)                                                                      \
      for (int32_t i = 0; i < rows; i++) memcpy(p + i * sp, t + 4 * i, 4 * sizeof(TYPE));            \
    else if (sq == 1)                                                                                \
      for (int32_t i = 0; i < rows; i++) memcpy(p + i * sp, t + i * n, (size_t)n * sizeof(TYPE));    \
    else                                                                                             \
      for (int32_t i = 0; i < rows; i++)                                                             \
        for (int32_t j = 0; j < n; j++) p[i * sp + j * sq] = t[i * n + j];                           \
  }
OCK_MOVES(uint8_t, gather_bytes, scatter_bytes)
OCK_MOVES(float, gather_floats, scatter_floats)
#undef OCK_MOVES

// Real numbers as bytes: ONNX's QuantizeLinear, then [low, high].
OCK_INLINE void quantize_run(uint8_t *restrict t, const float *restrict x, int32_t n,
                             const ock_q8_map_args *a) {
  const float scale = a->scale[2];
  const int32_t zero = a->zero[2];
  const float low = (float)(a->low - zero), high = (float)(a->high - zero);
  for (int32_t i = 0; i < n; i++) {
    float v = x[i] / scale;
    v = v > low ? v : low;  // NaN too
    v = v < high ? v : high;
    // Bounds are whole numbers, so rounding may follow them; the sum's low bits are the rounded number.
    const float magic = v + 12582912.0f;  // 1.5·2²³
    int32_t bits;
    memcpy(&bits, &magic, 4);
    t[i] = (uint8_t)(bits + zero);
  }
}

OCK_INLINE void dequantize_run(float *restrict y, const uint8_t *restrict x, int32_t n, int32_t zero,
                               float scale) {
  for (int32_t i = 0; i < n; i++) y[i] = (float)(x[i] - zero) * scale;
}

// n ≤ CHUNK elements side by side.
OCK_INLINE void binary_run(const int add, uint8_t *restrict y, const uint8_t *restrict a,
                           const uint8_t *restrict b, int32_t n, const ock_q8_map_args *m) {
  _Alignas(64) float f[CHUNK];
  const int32_t zero_a = m->zero[0], zero_b = m->zero[1];
  const float scale_a = m->scale[0], scale_b = m->scale[1];
  for (int32_t i = 0; i < n; i++) {
    const float v = (float)(a[i] - zero_a) * scale_a, w = (float)(b[i] - zero_b) * scale_b;
    f[i] = add ? v + w : v * w;
  }
  quantize_run(y, f, n, m);
}

// The two innermost axes of a map, as those of floats.
typedef struct {
  const ock_q8_map_args *a;
  const uint8_t *table;
  int32_t np, nq;
  ptrdiff_t yp, yq, ap, aq, bp, bq;
} map_block;

// y[i·sy] = a[i·sa], y[i·sy + 1] = b[i·sb]: a channel shuffle of two groups.
static void interleave_bytes(uint8_t *restrict y, ptrdiff_t sy, const uint8_t *restrict a, ptrdiff_t sa,
                             const uint8_t *restrict b, ptrdiff_t sb, int32_t n) {
  if (sy == 2 && sa == 1 && sb == 1)
    for (int32_t i = 0; i < n; i++) y[2 * i] = a[i], y[2 * i + 1] = b[i];
  else
    for (int32_t i = 0; i < n; i++) y[i * sy] = a[i * sa], y[i * sy + 1] = b[i * sb];
}

// Blocks of the two axes pass through buffers where they do not lie side by side already.
static void map_gathered(const map_block *m, void *y, const void *a, const void *b) {
  _Alignas(64) uint8_t t[CHUNK], u[CHUNK], v[CHUNK];
  _Alignas(64) float f[CHUNK];
  const int32_t function = m->a->function;
  const int reads_floats = function == OCK_Q8_QUANTIZE, writes_floats = function == OCK_Q8_DEQUANTIZE;
  const int32_t wide = m->nq < CHUNK ? m->nq : CHUNK, high = CHUNK / wide;
  for (int32_t i = 0; i < m->np; i += high) {
    const int32_t rows = m->np - i < high ? m->np - i : high;
    for (int32_t j = 0; j < m->nq; j += wide) {
      const int32_t n = m->nq - j < wide ? m->nq - j : wide, all = rows * n;
      const ptrdiff_t at_y = i * m->yp + j * m->yq, at_a = i * m->ap + j * m->aq;
      const ptrdiff_t at_b = i * m->bp + j * m->bq;
      const int side_a = m->aq == 1 && (rows == 1 || m->ap == n);
      const int side_b = m->bq == 1 && (rows == 1 || m->bp == n);
      const int side_y = m->yq == 1 && (rows == 1 || m->yp == n);
      if (reads_floats) {
        const float *x = (const float *)a + at_a;
        if (!side_a) {
          if (m->ap == 1) transpose(f, n, x, m->aq, rows, n);
          else gather_floats(f, x, rows, m->ap, n, m->aq);
          x = f;
        }
        quantize_run(side_y ? (uint8_t *)y + at_y : t, x, all, m->a);
      } else {
        const uint8_t *x = (const uint8_t *)a + at_a;
        if (!side_a) gather_bytes(t, x, rows, m->ap, n, m->aq), x = t;
        if (writes_floats) {
          float *to = (float *)y + at_y;
          dequantize_run(side_y ? to : f, x, all, m->a->zero[0], m->a->scale[0]);
          if (!side_y) scatter_floats(to, f, rows, m->yp, n, m->yq);
          continue;
        }
        uint8_t *to = side_y ? (uint8_t *)y + at_y : v;
        if (function == OCK_Q8_COPY) {
          memcpy(to, x, (size_t)all);
          if (m->table) look_up(to, all, m->table);
        } else {
          const uint8_t *w = (const uint8_t *)b + at_b;
          if (!side_b) gather_bytes(u, w, rows, m->bp, n, m->bq), w = u;
          if (function == OCK_Q8_ADD) binary_run(1, to, x, w, all, m->a);
          else binary_run(0, to, x, w, all, m->a);
        }
      }
      if (!side_y)
        scatter_bytes((uint8_t *)y + at_y, reads_floats ? t : v, rows, m->yp, n, m->yq);
    }
  }
}

static void OCK_NAME(map)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_map_args *a = args;
  const int32_t q = a->rank - 1, p = q - 1, outer = p < 0 ? 0 : p;
  const ptrdiff_t size_y = a->function == OCK_Q8_DEQUANTIZE ? 4 : 1;
  const ptrdiff_t size_a = a->function == OCK_Q8_QUANTIZE ? 4 : 1;
  const int interleaves = a->function == OCK_Q8_INTERLEAVE;
  const int binary = a->function == OCK_Q8_ADD || a->function == OCK_Q8_MULTIPLY || interleaves;
  map_block m = {a, a->has_table ? ock_row(bases, &a->operand[3], 0) : NULL,
                 1, a->size[q], 0, a->stride[0][q], 0, a->stride[1][q], 0, a->stride[2][q]};
  if (p >= 0) {
    m.np = a->size[p], m.yp = a->stride[0][p], m.ap = a->stride[1][p], m.bp = a->stride[2][p];
  }
  const int pairs = a->function == OCK_Q8_COPY && !m.table && m.nq == 2 && m.yq == 1 && m.yp == 2 &&
                    m.ap == 1;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    uint8_t *py = ock_row(bases, &a->operand[0], y);
    const uint8_t *pa = ock_row(bases, &a->operand[1], y);
    const uint8_t *pb = binary ? ock_row(bases, &a->operand[2], y) : pa;
    do {
      uint8_t *oy = py + offset_of(outer, index, a->stride[0]) * size_y;
      const uint8_t *oa = pa + offset_of(outer, index, a->stride[1]) * size_a;
      const uint8_t *ob = binary ? pb + offset_of(outer, index, a->stride[2]) : oa;
      if (interleaves)
        for (int32_t i = 0; i < m.np; i++)
          interleave_bytes(oy + i * m.yp, m.yq, oa + i * m.ap, m.aq, ob + i * m.bp, m.bq, m.nq);
      else if (pairs) interleave_bytes(oy, 2, oa, 1, oa + m.aq, 1, m.np);
      else map_gathered(&m, oy, oa, ob);
    } while (advance(outer, a->size, index));
  }
}

// Sixteen bytes in every tier; the larger of each two.
typedef uint8_t sixteen __attribute__((vector_size(16), aligned(1)));

OCK_INLINE sixteen larger(sixteen a, sixteen b) {
  const sixteen above = (sixteen)(a > b);
  return (a & above) | (b & ~above);
}

enum { POOL_WIDEST = 1024 };

// Pooling of one row, sixteen channels at a time; the last ones overlap those before. `rows`: of x.
static void pool_row(const ock_pool_args *a, const uint8_t *const *rows, int32_t taps_h,
                     uint8_t *out) {
  sixteen columns[POOL_WIDEST];
  const int32_t channels = a->channels;
  // Columns first where windows are so large that this is less work.
  const int by_columns = a->x_width <= POOL_WIDEST &&
                         a->kernel_h * a->kernel_w > a->stride_w * (a->kernel_h + 1) + a->kernel_w;
  for (int32_t c = 0; c < channels; c += 16) {
    const int32_t at = c + 16 <= channels ? c : channels - 16;
    for (int32_t x = 0; by_columns && x < a->x_width; x++) {
      sixteen best = {0};
      for (int32_t ky = 0; ky < taps_h; ky++)
        best = larger(best, *(const sixteen *)(rows[ky] + (ptrdiff_t)x * a->x_pixel + at));
      columns[x] = best;
    }
    for (int32_t x = 0; x < a->width; x++) {
      sixteen best = {0};
      for (int32_t kx = 0; kx < a->kernel_w; kx++) {
        const int32_t ix = x * a->stride_w + kx * a->dilation_w - a->pad_left;
        if (ix < 0 || ix >= a->x_width) continue;
        if (by_columns) {
          best = larger(best, columns[ix]);
          continue;
        }
        const ptrdiff_t pixel = (ptrdiff_t)ix * a->x_pixel + at;
        for (int32_t ky = 0; ky < taps_h; ky++)
          best = larger(best, *(const sixteen *)(rows[ky] + pixel));
      }
      *(sixteen *)(out + (ptrdiff_t)x * a->y_pixel + at) = best;
    }
  }
}

// As `pool_row`, of fewer than sixteen channels.
static void pool_row_of_few(const ock_pool_args *a, const uint8_t *const *rows, int32_t taps_h,
                            uint8_t *out) {
  for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
    memset(out, 0, (size_t)a->channels);
    for (int32_t kx = 0; kx < a->kernel_w; kx++) {
      const int32_t ix = x * a->stride_w + kx * a->dilation_w - a->pad_left;
      if (ix < 0 || ix >= a->x_width) continue;
      for (int32_t ky = 0; ky < taps_h; ky++) {
        const uint8_t *p = rows[ky] + (ptrdiff_t)ix * a->x_pixel;
        for (int32_t c = 0; c < a->channels; c++) out[c] = out[c] > p[c] ? out[c] : p[c];
      }
    }
  }
}

static void OCK_NAME(pool)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_pool_args *a = args;
  for (int32_t y = y0; y < y1; y++) {
    const uint8_t *rows[OCK_TAPS_MAX];
    int32_t taps_h = 0;
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
      const int32_t iy = y * a->stride_h + ky * a->dilation_h - a->pad_top;
      if (iy >= 0 && iy < a->x_height) rows[taps_h++] = ock_row(bases, &a->operand[1], iy);
    }
    uint8_t *out = ock_row(bases, &a->operand[0], y);
    if (a->channels >= 16) pool_row(a, rows, taps_h, out);
    else pool_row_of_few(a, rows, taps_h, out);
  }
}

// Between four bytes, cut to a whole one.
OCK_INLINE void mix_run(uint8_t *restrict out, const uint8_t *restrict tl, const uint8_t *restrict bl,
                        const uint8_t *restrict tr, const uint8_t *restrict br, int32_t n, float low,
                        float right) {
  const float up = 1.0f - low, left = 1.0f - right;
  for (int32_t c = 0; c < n; c++) {
    const float p = up * (float)tl[c] + low * (float)bl[c];
    const float q = up * (float)tr[c] + low * (float)br[c];
    out[c] = (uint8_t)(int32_t)(left * p + right * q);
  }
}

static void OCK_NAME(resize)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_resize_args *a = args;
  const resize_tables t = tables_of(a, bases);
  for (int32_t y = y0; y < y1; y++) {
    uint8_t *out = ock_row(bases, &a->operand[0], y);
    const uint8_t *top = ock_row(bases, &a->operand[1], t.y.first[y]);
    const uint8_t *bottom = ock_row(bases, &a->operand[1], t.y.second[y]);
    const float low = t.y.weight[y];
    for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
      const ptrdiff_t l = (ptrdiff_t)t.x.first[x] * a->x_pixel;
      const ptrdiff_t r = (ptrdiff_t)t.x.second[x] * a->x_pixel;
      if (!a->linear) {
        memcpy(out, top + l, (size_t)a->channels);
        continue;
      }
      mix_run(out, top + l, bottom + l, top + r, bottom + r, a->channels, low, t.x.weight[x]);
    }
  }
}
