// Products of 16-bit pairs: exact for any uint8 and int8, where the byte product would saturate.
#include <immintrin.h>

OCK_INLINE ivec dot_(ivec acc, ivec x, ivec w) {
#if OCK_VL == 16
  return acc + (ivec)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#else
  return acc + (ivec)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#endif
}

// The sums as quantised values: what is beyond 2²⁰ above would not convert, below it saturates.
OCK_INLINE void store_quantized(uint8_t *to, const ivec *sums, const float *scales, const int count,
                                const ock_q8_finish *f) {
  const __m128i low = _mm_set1_epi8((char)f->low), high = _mm_set1_epi8((char)f->high);
#if OCK_VL == 16
  for (int j = 0; j < count; j++) {
    __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps((__m512i)sums[j]), _mm512_loadu_ps(scales + j * 16));
    __m512i q = _mm512_cvtps_epi32(_mm512_min_ps(v, _mm512_set1_ps(1048576.0f)));
    q = _mm512_add_epi32(_mm512_max_epi32(q, _mm512_set1_epi32(-1048576)), _mm512_set1_epi32(f->zero));
    const __m128i b = _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512()));
    _mm_storeu_si128((__m128i *)(to + j * 16), _mm_min_epu8(high, _mm_max_epu8(low, b)));
  }
#else
  for (int j = 0; j < count; j += 2) {
    __m256i q[2];
    for (int i = 0; i < 2; i++) {
      __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps((__m256i)sums[j + i]),
                               _mm256_loadu_ps(scales + (j + i) * 8));
      q[i] = _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(1048576.0f)));
    }
    __m256i p = _mm256_permute4x64_epi64(_mm256_packs_epi32(q[0], q[1]), 0xd8);
    p = _mm256_adds_epi16(p, _mm256_set1_epi16((short)f->zero));
    const __m128i b =
        _mm_packus_epi16(_mm256_castsi256_si128(p), _mm256_extracti128_si256(p, 1));
    _mm_storeu_si128((__m128i *)(to + j * 8), _mm_min_epu8(high, _mm_max_epu8(low, b)));
  }
#endif
}

// n bytes as 16-bit numbers; up to 15 more may be written, and read.
OCK_INLINE void widen(int16_t *to, const uint8_t *from, int32_t n) {
  for (int32_t i = 0; i < n; i += 16)
    _mm256_storeu_si256((__m256i *)(to + i),
                        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from + i))));
}

// Pixels of a row for sixteen channels; `pairs` of taps is a constant at every call.
OCK_INLINE void depthwise_row(const int pairs, const uint8_t *const *taps, ptrdiff_t step,
                              int32_t width, const int32_t *weights, int32_t channels,
                              const int32_t *bias, const float *scale, const ock_q8_finish *f,
                              uint8_t *y, ptrdiff_t y_pixel) {
  // Interleaving two taps leaves channels 0–3, 8–11 and 4–7, 12–15 together.
  __m256i low[25], high[25];
#pragma clang loop unroll(full)
  for (int i = 0; i < pairs; i++) {
    const __m256i a = _mm256_loadu_si256((const __m256i *)(weights + (ptrdiff_t)i * channels));
    const __m256i b = _mm256_loadu_si256((const __m256i *)(weights + (ptrdiff_t)i * channels + 8));
    low[i] = _mm256_permute2x128_si256(a, b, 0x20);
    high[i] = _mm256_permute2x128_si256(a, b, 0x31);
  }
#pragma clang loop unroll(disable)
  for (int32_t x = 0; x < width; x++, y += y_pixel) {
    __m256i l = _mm256_setzero_si256(), h = l;
#pragma clang loop unroll(full)
    for (int i = 0; i < pairs; i++) {
      const __m256i a =
          _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(taps[2 * i] + x * step)));
      const __m256i b =
          _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(taps[2 * i + 1] + x * step)));
      l = _mm256_add_epi32(l, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), low[i]));
      h = _mm256_add_epi32(h, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), high[i]));
    }
    const __m256i first = _mm256_add_epi32(_mm256_permute2x128_si256(l, h, 0x20),
                                           _mm256_loadu_si256((const __m256i *)bias));
    const __m256i second = _mm256_add_epi32(_mm256_permute2x128_si256(l, h, 0x31),
                                            _mm256_loadu_si256((const __m256i *)(bias + 8)));
#if OCK_VL == 16
    const ivec sums[1] = {(ivec)_mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1)};
#else
    const ivec sums[2] = {(ivec)first, (ivec)second};
#endif
    store_quantized(y, sums, scale, 16 / OCK_VL, f);
  }
}
#define OCK_DEPTHWISE_ROW 1
