// Products of 16-bit pairs: exact for any uint8 and int8, where the byte product would saturate.
#include <immintrin.h>

OCK_INLINE ivec dot_(ivec acc, ivec x, ivec w) {
#if OCK_VL == 16
  return acc + (ivec)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#else
  return acc + (ivec)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#endif
}

// What store_quantized wants of a finish, in registers: a store of bytes might change it in memory.
typedef struct {
#if OCK_VL == 16
  __m512i zero;
#else
  __m256i zero;
#endif
  __m128i low, high;
} q8_ends;

OCK_INLINE q8_ends ends_of(const ock_q8_finish *f) {
  const q8_ends e = {
#if OCK_VL == 16
      .zero = _mm512_set1_epi32(f->zero),
#else
      .zero = _mm256_set1_epi16((short)f->zero),
#endif
      .low = _mm_set1_epi8((char)f->low), .high = _mm_set1_epi8((char)f->high)};
  return e;
}

// The sums as quantised values: what is beyond 2²⁰ above would not convert, below it saturates.
OCK_INLINE void store_quantized(uint8_t *to, const ivec *sums, const float *scales, const int count,
                                const q8_ends *e) {
#if OCK_VL == 16
#pragma clang loop unroll(full)
  for (int j = 0; j < count; j++) {
    __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps((__m512i)sums[j]), _mm512_loadu_ps(scales + j * 16));
    __m512i q = _mm512_cvtps_epi32(_mm512_min_ps(v, _mm512_set1_ps(1048576.0f)));
    q = _mm512_add_epi32(_mm512_max_epi32(q, _mm512_set1_epi32(-1048576)), e->zero);
    const __m128i b = _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512()));
    _mm_storeu_si128((__m128i *)(to + j * 16), _mm_min_epu8(e->high, _mm_max_epu8(e->low, b)));
  }
#else
#pragma clang loop unroll(full)
  for (int j = 0; j < count; j += 2) {
    __m256i q[2];
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
      __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps((__m256i)sums[j + i]),
                               _mm256_loadu_ps(scales + (j + i) * 8));
      q[i] = _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(1048576.0f)));
    }
    __m256i p = _mm256_permute4x64_epi64(_mm256_packs_epi32(q[0], q[1]), 0xd8);
    p = _mm256_adds_epi16(p, e->zero);
    const __m128i b =
        _mm_packus_epi16(_mm256_castsi256_si128(p), _mm256_extracti128_si256(p, 1));
    _mm_storeu_si128((__m128i *)(to + j * 8), _mm_min_epu8(e->high, _mm_max_epu8(e->low, b)));
  }
#endif
}

// n bytes as 16-bit numbers; up to 15 more may be written, and read.
OCK_INLINE void widen(int16_t *to, const uint8_t *from, int32_t n) {
  for (int32_t i = 0; i < n; i += 16)
    _mm256_storeu_si256((__m256i *)(to + i),
                        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from + i))));
}

// Interleaving two taps leaves channels 0–3, 8–11 and 4–7, 12–15 together: so are bias and scale of
// sixteen channels told, and packing puts them in order again.
OCK_INLINE void deal(const int32_t *from, __m256i to[2]) {
  const __m256i a = _mm256_loadu_si256((const __m256i *)from);
  const __m256i b = _mm256_loadu_si256((const __m256i *)(from + 8));
  to[0] = _mm256_permute2x128_si256(a, b, 0x20);
  to[1] = _mm256_permute2x128_si256(a, b, 0x31);
}

typedef struct {
  __m256i bias[2], scale[2], zero;
  __m128i low, high;
} dealt_ends;

OCK_INLINE dealt_ends dealt_of(const int32_t *bias, const float *scale, const ock_q8_finish *f) {
  dealt_ends e = {.zero = _mm256_set1_epi16((short)f->zero), .low = _mm_set1_epi8((char)f->low),
                  .high = _mm_set1_epi8((char)f->high)};
  deal(bias, e.bias);
  deal((const int32_t *)scale, e.scale);
  return e;
}

OCK_INLINE void store_dealt(uint8_t *to, const __m256i sums[2], const dealt_ends *e) {
  __m256i q[2];
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    const __m256 v =
        _mm256_mul_ps(_mm256_cvtepi32_ps(sums[i]), _mm256_castsi256_ps(e->scale[i]));
    q[i] = _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(1048576.0f)));
  }
  const __m256i p = _mm256_adds_epi16(_mm256_packs_epi32(q[0], q[1]), e->zero);
  const __m128i b = _mm_packus_epi16(_mm256_castsi256_si128(p), _mm256_extracti128_si256(p, 1));
  _mm_storeu_si128((__m128i *)to, _mm_min_epu8(e->high, _mm_max_epu8(e->low, b)));
}

OCK_INLINE __m256i load_sixteen(const uint8_t *p) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
}

// What the sliding window multiplies a column by: its upper two rows; two columns of the third row, and
// the second of these alone.
typedef struct {
  __m256i upper[3][2], both[2], last[2];
} dw_columns;

// sums += what interleaving a and b makes, times w.
OCK_INLINE void add_pairs(__m256i sums[2], const __m256i x[2], const __m256i w[2]) {
  sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(x[0], w[0]));
  sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(x[1], w[1]));
}

// 3 × 3, stride 1 or 2, `width` pixels of a row for sixteen channels: a column of the input is widened and
// interleaved once for all windows that it lies in. `rows`: the window's at pixel 0.
OCK_INLINE void depthwise_slide(const int stride, const uint8_t *const rows[3], ptrdiff_t pixel,
                                int32_t width, const int32_t *weights, int32_t channels,
                                const dealt_ends *e, uint8_t *y, ptrdiff_t y_pixel) {
  // Packed are pairs of taps in the window's order: 01, 23, 45, 67, 8.
  __m256i t[10][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < 5; i++) {
    deal(weights + (ptrdiff_t)i * channels, t[2 * i]);
    for (int k = 0; k < 2; k++) {
      t[2 * i + 1][k] = _mm256_srli_epi32(t[2 * i][k], 16);
      t[2 * i][k] = _mm256_and_si256(t[2 * i][k], _mm256_set1_epi32(0xffff));
    }
  }
  dw_columns w;
#pragma clang loop unroll(full)
  for (int k = 0; k < 2; k++) {
    for (int c = 0; c < 3; c++)
      w.upper[c][k] = _mm256_or_si256(t[c][k], _mm256_slli_epi32(t[3 + c][k], 16));
    w.both[k] = _mm256_or_si256(t[6][k], _mm256_slli_epi32(t[7][k], 16));
    w.last[k] = _mm256_slli_epi32(t[8][k], 16);
  }
  const uint8_t *r0 = rows[0], *r1 = rows[1], *r2 = rows[2];
  __m256i upper[2], lower[2], third = _mm256_setzero_si256();
#define OCK_COLUMN                                                        \
  {                                                                       \
    const __m256i u = load_sixteen(r0), v = load_sixteen(r1);             \
    const __m256i before = third;                                         \
    third = load_sixteen(r2);                                             \
    upper[0] = _mm256_unpacklo_epi16(u, v);                               \
    upper[1] = _mm256_unpackhi_epi16(u, v);                               \
    lower[0] = _mm256_unpacklo_epi16(before, third);                      \
    lower[1] = _mm256_unpackhi_epi16(before, third);                      \
    r0 += pixel, r1 += pixel, r2 += pixel;                                \
  }
  __m256i a[2] = {e->bias[0], e->bias[1]}, b[2] = {e->bias[0], e->bias[1]}, c[2];
  OCK_COLUMN
  add_pairs(a, upper, w.upper[0]);
  if (stride == 1) {
    OCK_COLUMN
    add_pairs(a, upper, w.upper[1]);
    add_pairs(a, lower, w.both);
    add_pairs(b, upper, w.upper[0]);
  }
#pragma clang loop unroll(disable)
  for (; width > 0; width--, y += y_pixel) {
    if (stride == 2) {
      OCK_COLUMN
      add_pairs(a, upper, w.upper[1]);
      add_pairs(a, lower, w.both);
    }
    OCK_COLUMN
    add_pairs(a, upper, w.upper[2]);
    add_pairs(a, lower, w.last);
    store_dealt(y, a, e);
    c[0] = e->bias[0], c[1] = e->bias[1];
    add_pairs(c, upper, w.upper[0]);
    if (stride == 1) {
      add_pairs(b, upper, w.upper[1]);
      add_pairs(b, lower, w.both);
      a[0] = b[0], a[1] = b[1];
      b[0] = c[0], b[1] = c[1];
    } else {
      a[0] = c[0], a[1] = c[1];
    }
  }
#undef OCK_COLUMN
}

// Pixels of a row for sixteen channels; `pairs` of taps is a constant at every call.
OCK_INLINE void depthwise_row(const int pairs, const uint8_t *const *taps, ptrdiff_t step,
                              int32_t width, const int32_t *weights, int32_t channels,
                              const dealt_ends *e, uint8_t *y, ptrdiff_t y_pixel) {
  __m256i w[25][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < pairs; i++) deal(weights + (ptrdiff_t)i * channels, w[i]);
#pragma clang loop unroll(disable)
  for (int32_t x = 0; x < width; x++, y += y_pixel) {
    __m256i sums[2] = {e->bias[0], e->bias[1]};
#pragma clang loop unroll(full)
    for (int i = 0; i < pairs; i++) {
      const __m256i a = load_sixteen(taps[2 * i] + x * step);
      const __m256i b = load_sixteen(taps[2 * i + 1] + x * step);
      const __m256i both[2] = {_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)};
      add_pairs(sums, both, w[i]);
    }
    store_dealt(y, sums, e);
  }
}
#define OCK_DEPTHWISE_ROW 1
