// Depthwise convolution on products of four bytes: the four are rows of a window's column.

// Columns of up to four rows of a window are one word; how many words a column takes.
OCK_INLINE int quad_column_words(int kernel_h) { return (kernel_h + 3) / 4; }

// Words of the largest window that is computed in vectors, all parts of its weights counted; units whose
// columns are shared.
enum { QUAD_WORDS_MAX = 32, QUAD_BLOCK = OCK_VL == 16 ? 4 : 2 };

// Weights, bias and scales of the channels that a unit computes, in the order of its sums.
typedef struct {
  _Alignas(64) int32_t weights[QUAD_WORDS_MAX * 4 * OCK_VL];
  _Alignas(64) int32_t bias[4 * OCK_VL];
  _Alignas(64) float scale[4 * OCK_VL];
  int32_t parts;
} quad_depthwise;

// A unit is a vector of bytes: `pieces` pixels × QUAD_BYTES / pieces channels. Sums of vector j hold
// channels 4j to 4j + 3 of each lane of 16.
static void quad_spread(int32_t *to, const int32_t *channels, int32_t pieces) {
  for (int32_t j = 0; j < 4; j++)
    for (int32_t lane = 0; lane < QUAD_LANES; lane++)
      memcpy(to + j * OCK_VL + 4 * lane, channels + lane % (QUAD_LANES / pieces) * 16 + 4 * j, 16);
}

// The bytes of m ≤ pieces pixels, `step` bytes from pixel to pixel; the last one stands for those behind
// it. `packed`: all of them, and they stand together.
OCK_INLINE quad_ints quad_gather(const int pieces, const int packed, const uint8_t *p, ptrdiff_t step,
                                 int32_t m) {
  if (pieces == 1 || packed) return quad_load(p);
  const uint8_t *at[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < pieces; i++) at[i] = p + (i < m ? i : m - 1) * step;
#if OCK_VL == 16
  if (pieces == 2)
    return _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)at[0])),
        _mm256_loadu_si256((const __m256i *)at[1]), 1);
  quad_ints v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)at[0]));
  v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)at[1]), 1);
  v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)at[2]), 2);
  return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)at[3]), 3);
#else
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)at[0])),
      _mm_loadu_si128((const __m128i *)at[1]), 1);
#endif
}

OCK_INLINE void quad_scatter(const int pieces, uint8_t *y, ptrdiff_t pixel, int32_t m,
                             quad_ints bytes) {
  if (m == pieces && pixel == QUAD_BYTES / pieces) quad_store(1, y, 0, 1, bytes, QUAD_BYTES);
  else quad_store(pieces, y, pixel, m, bytes, QUAD_BYTES / pieces);
}

// Four vectors of words, a word the four rows of one channel.
OCK_INLINE void quad_interleave(quad_ints a, quad_ints b, quad_ints c, quad_ints d, quad_ints *to) {
  const quad_ints ab = OCK_Q(unpacklo_epi8)(a, b), cd = OCK_Q(unpacklo_epi8)(c, d);
  const quad_ints ab2 = OCK_Q(unpackhi_epi8)(a, b), cd2 = OCK_Q(unpackhi_epi8)(c, d);
  to[0] = OCK_Q(unpacklo_epi16)(ab, cd);
  to[1] = OCK_Q(unpackhi_epi16)(ab, cd);
  to[2] = OCK_Q(unpacklo_epi16)(ab2, cd2);
  to[3] = OCK_Q(unpackhi_epi16)(ab2, cd2);
}

// `count` units of a row, `stride` columns apart; a column serves all the windows that it lies in. The
// first five parameters are constants at every call. `rows`: the window's first column.
OCK_INLINE void quad_units(const int k, const int stride, const int count, const int pieces,
                           const int packed, const uint8_t *const *rows, ptrdiff_t column, ptrdiff_t step, int32_t m,
                           const quad_depthwise *w, const quad_finish *finish, uint8_t *y,
                           ptrdiff_t pixel) {
  const int words = (k + 3) / 4;
  quad_ints acc[QUAD_BLOCK * 4];
#pragma clang loop unroll(full)
  for (int i = 0; i < count * 4; i++) acc[i] = quad_load(w->bias + i % 4 * OCK_VL);
#pragma clang loop unroll(full)
  for (int at = 0; at < (count - 1) * stride + k; at++) {
    // A weight is read again for every window: kept from column to column it would be spilled.
    const int32_t *weights = w->weights;
    __asm__("" : "+r"(weights));
#pragma clang loop unroll(full)
    for (int word = 0; word < words; word++) {
      quad_ints row[4], x[4];
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++)
        row[i] = 4 * word + i < k
                     ? quad_gather(pieces, packed, rows[4 * word + i] + at * column, step, m)
                     : (quad_ints){0};
      quad_interleave(row[0], row[1], row[2], row[3], x);
#pragma clang loop unroll(full)
      for (int i = 0; i < count; i++) {
        const int kx = at - i * stride;
        if (kx < 0 || kx >= k) continue;
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++)
          acc[i * 4 + j] = quad_dot(acc[i * 4 + j], x[j],
                                    quad_load(weights + ((kx * words + word) * 4 + j) * OCK_VL));
        if (w->parts == 1) continue;
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++)
          acc[i * 4 + j] =
              quad_dot(acc[i * 4 + j], x[j],
                       quad_load(weights + (((k + kx) * words + word) * 4 + j) * OCK_VL));
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++)
    quad_scatter(pieces, y + i * pixel, pixel, m, quad_bytes(4, acc + i * 4, w->scale, finish));
}

// A row of the channels of a unit. `rows` stand at the first window.
OCK_INLINE void quad_depthwise_row(const int k, const int stride, const int pieces,
                                   const ock_conv_shape *s, const uint8_t *const *first,
                                   const quad_depthwise *w, const quad_finish *finish, uint8_t *y) {
  const uint8_t *rows[7];
  for (int i = 0; i < k; i++) rows[i] = first[i];
  const ptrdiff_t column = s->x_pixel, step = (ptrdiff_t)stride * s->x_pixel;
  int32_t left = s->width;
  const int packed = step == QUAD_BYTES / pieces;
  const int block = pieces == 1 ? QUAD_BLOCK : pieces;
  for (; left >= block; left -= block, y += block * (ptrdiff_t)s->y_pixel) {
    if (pieces == 1)
      quad_units(k, stride, QUAD_BLOCK, 1, 1, rows, column, step, 1, w, finish, y, s->y_pixel);
    else if (packed)
      quad_units(k, stride, 1, pieces, 1, rows, column, step, pieces, w, finish, y, s->y_pixel);
    else
      quad_units(k, stride, 1, pieces, 0, rows, column, step, pieces, w, finish, y, s->y_pixel);
    for (int i = 0; i < k; i++) rows[i] += block * step;
  }
  if (pieces > 1) {
    if (left)
      quad_units(k, stride, 1, pieces, 0, rows, column, step, left, w, finish, y, s->y_pixel);
    return;
  }
  for (; left > 0; left--, y += s->y_pixel) {
    quad_units(k, stride, 1, 1, 1, rows, column, step, 1, w, finish, y, s->y_pixel);
    for (int i = 0; i < k; i++) rows[i] += step;
  }
}

// A row of the channels of a unit, any window. `rows` stand at the first window.
OCK_INLINE void quad_depthwise_other(const int pieces, const ock_conv_shape *s,
                                     const uint8_t *const *rows, const quad_depthwise *w,
                                     const quad_finish *finish, uint8_t *y) {
  const ptrdiff_t step = (ptrdiff_t)s->stride_w * s->x_pixel;
  const ptrdiff_t column = (ptrdiff_t)s->dilation_w * s->x_pixel;
  for (int32_t x = 0; x < s->width; x += pieces, y += pieces * (ptrdiff_t)s->y_pixel) {
    const int32_t m = s->width - x < pieces ? s->width - x : pieces;
    const int32_t *weights = w->weights;
    quad_ints acc[4];
    for (int j = 0; j < 4; j++) acc[j] = quad_load(w->bias + j * OCK_VL);
    for (int32_t i = 0; i < w->parts * s->kernel_w; i++) {
      const int32_t kx = i % s->kernel_w;
      for (int32_t ky = 0; ky < s->kernel_h; ky += 4, weights += 4 * OCK_VL) {
        quad_ints row[4], words[4];
        for (int i = 0; i < 4; i++)
          row[i] = ky + i < s->kernel_h
                       ? quad_gather(pieces, 0, rows[ky + i] + x * step + kx * column, step, m)
                       : (quad_ints){0};
        quad_interleave(row[0], row[1], row[2], row[3], words);
        for (int j = 0; j < 4; j++)
          acc[j] = quad_dot(acc[j], words[j], quad_load(weights + j * OCK_VL));
      }
    }
    quad_scatter(pieces, y, s->y_pixel, m, quad_bytes(4, acc, w->scale, finish));
  }
}

typedef void (*quad_row_fn)(const ock_conv_shape *s, const uint8_t *const *rows,
                            const quad_depthwise *w, const quad_finish *finish, uint8_t *y);

// Functions for units of `P` pixels.
#define OCK_ROW_OF(NAME, P, CALL)                                                                \
  static void quad_row_##NAME##_##P(const ock_conv_shape *s, const uint8_t *const *rows,         \
                                    const quad_depthwise *w, const quad_finish *finish,          \
                                    uint8_t *y) {                                                \
    CALL;                                                                                        \
  }
#if OCK_VL == 16
#define OCK_ROWS_OF(NAME, CALL) \
  OCK_ROW_OF(NAME, 1, CALL(1)) OCK_ROW_OF(NAME, 2, CALL(2)) OCK_ROW_OF(NAME, 4, CALL(4))
#define OCK_ENTRY(NAME) {quad_row_##NAME##_1, quad_row_##NAME##_2, quad_row_##NAME##_4}
#else
#define OCK_ROWS_OF(NAME, CALL) OCK_ROW_OF(NAME, 1, CALL(1)) OCK_ROW_OF(NAME, 2, CALL(2))
#define OCK_ENTRY(NAME) {quad_row_##NAME##_1, quad_row_##NAME##_2}
#endif
#define OCK_31(P) quad_depthwise_row(3, 1, P, s, rows, w, finish, y)
#define OCK_32(P) quad_depthwise_row(3, 2, P, s, rows, w, finish, y)
#define OCK_51(P) quad_depthwise_row(5, 1, P, s, rows, w, finish, y)
#define OCK_52(P) quad_depthwise_row(5, 2, P, s, rows, w, finish, y)
#define OCK_ANY(P) quad_depthwise_other(P, s, rows, w, finish, y)
OCK_ROWS_OF(31, OCK_31)
OCK_ROWS_OF(32, OCK_32)
OCK_ROWS_OF(51, OCK_51)
OCK_ROWS_OF(52, OCK_52)
OCK_ROWS_OF(any, OCK_ANY)

// By how many pixels a unit takes: 1, 2, 4. The last serves any window.
static const quad_row_fn quad_forms[][3] = {OCK_ENTRY(31), OCK_ENTRY(32), OCK_ENTRY(51),
                                            OCK_ENTRY(52), OCK_ENTRY(any)};
#undef OCK_ROW_OF
#undef OCK_ROWS_OF
#undef OCK_ENTRY
#undef OCK_31
#undef OCK_32
#undef OCK_51
#undef OCK_52
#undef OCK_ANY

// NULL where a window is computed byte by byte.
static const quad_row_fn *quad_form(const ock_q8_conv_args *a, int32_t words) {
  const ock_conv_shape *s = &a->shape;
  if (a->finish.to_float || s->groups < 16 || words * a->parts > QUAD_WORDS_MAX) return NULL;
  const bool has_form = a->parts <= 2 && s->kernel_h == s->kernel_w &&
                        (s->kernel_w == 3 || s->kernel_w == 5) && s->dilation_w == 1 &&
                        s->stride_w <= 2;
  return quad_forms[has_form ? s->kernel_w - 3 + s->stride_w - 1 : 4];
}

// Any window, byte by byte. `words`: of one part of the weights.
static void quad_depthwise_any(const ock_q8_conv_args *a, int32_t words, const int32_t *bias,
                               const uint8_t *const *rows, const uint8_t *table, uint8_t *out) {
  const ock_conv_shape *s = &a->shape;
  const int32_t channels = s->groups, column = quad_column_words(s->kernel_h);
  const float *scale = (const float *)(bias + channels);
  const int32_t *weights = bias + 2 * channels;
  const float magic = 12582912.0f, limit = 1048576.0f;
  for (int32_t x = 0; x < s->width; x++) {
    for (int32_t c = 0; c < channels; c++) {
      uint32_t sum = (uint32_t)bias[c];
      for (int32_t part = 0; part < a->parts; part++)
        for (int32_t ky = 0; ky < s->kernel_h; ky++)
          for (int32_t kx = 0; kx < s->kernel_w; kx++) {
            const int32_t word =
                weights[(ptrdiff_t)(part * words + kx * column + ky / 4) * channels + c];
            const int32_t weight = (int8_t)((uint32_t)word >> (8 * (ky % 4)));
            const ptrdiff_t at = (ptrdiff_t)(x * s->stride_w + kx * s->dilation_w) * s->x_pixel + c;
            sum += (uint32_t)(weight * rows[ky][at]);
          }
      float v = (float)(int32_t)sum * scale[c];
      const ptrdiff_t to = (ptrdiff_t)x * s->y_pixel + c;
      if (a->finish.to_float) {
        memcpy(out + 4 * to, &v, 4);
        continue;
      }
      v = v < -limit ? -limit : v > limit ? limit : v;
      v = ((v + magic) - magic) + (float)a->finish.zero;
      v = v < (float)a->finish.low ? (float)a->finish.low : v;
      v = v > (float)a->finish.high ? (float)a->finish.high : v;
      const uint8_t byte = (uint8_t)(int32_t)v;
      out[to] = table ? table[byte] : byte;
    }
  }
}

static void quad_rows(const ock_q8_conv_args *a, int32_t y, const ock_bases *bases,
                      const uint8_t **rows) {
  for (int32_t ky = 0; ky < a->shape.kernel_h; ky++)
    rows[ky] = (const uint8_t *)ock_row(bases, &a->operand[1], ock_tap_row(&a->shape, y, ky)) -
               (ptrdiff_t)a->shape.pad_left * a->shape.x_pixel;
}

static void OCK_NAME(depthwise)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_q8_conv_args *a = args;
  const ock_conv_shape *s = &a->shape;
  const int32_t channels = s->groups, words = s->kernel_w * quad_column_words(s->kernel_h);
  const uint8_t *constants = ock_row(bases, &a->operand[3], 0);
  const uint8_t *table = a->finish.table < 0 ? NULL : constants + a->finish.table;
  const int32_t *bias = (const int32_t *)constants;
  const quad_row_fn *form = quad_form(a, words);
  const uint8_t *rows[OCK_TAPS_MAX];
  if (!form) {
    for (int32_t y = y0; y < y1; y++) {
      quad_rows(a, y, bases, rows);
      quad_depthwise_any(a, words, bias, rows, table, ock_row(bases, &a->operand[0], y));
    }
    return;
  }
  const quad_finish finish = {&a->finish, table};
  for (int32_t c = 0; c < channels;) {
    // The widest unit that two narrower ones would not serve better.
    const int32_t left = channels - c;
    int32_t index = 0, width = QUAD_BYTES;
    while (width > 16 && (width > channels || left <= width - 16)) width /= 2, index++;
    // The last unit overlaps the one before it rather than being a short one.
    const int32_t from = left < width ? channels - width : c;
    quad_depthwise w;
    w.parts = a->parts;
    const int32_t pieces = 1 << index;
    for (int32_t i = 0; i < words * a->parts; i++)
      quad_spread(w.weights + i * 4 * OCK_VL, bias + (ptrdiff_t)(2 + i) * channels + from, pieces);
    quad_spread(w.bias, bias + from, pieces);
    quad_spread((int32_t *)w.scale, bias + channels + from, pieces);
    for (int32_t y = y0; y < y1; y++) {
      quad_rows(a, y, bases, rows);
      for (int32_t i = 0; i < s->kernel_h; i++) rows[i] += from;
      form[index](s, rows, &w, &finish, (uint8_t *)ock_row(bases, &a->operand[0], y) + from);
    }
    c += width;
  }
  for (int32_t y = y0; y < y1; y++)
    quad_look_up(a, a->shape.width, channels, table, ock_row(bases, &a->operand[0], y));
}
