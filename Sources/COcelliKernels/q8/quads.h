// Products of four neighbouring bytes, uint8 × int8, summed in 32 bits: nothing saturates on the way.
// A panel is 4, 2 or 1 vectors of sums wide. Four vectors of sums, of one pixel or of as many as make four,
// become one of bytes. Packing halves the lanes of 128 bits of two vectors into one, so channels are dealt
// out to the vectors four at a time: what is packed comes out in order.
#include <immintrin.h>

#if OCK_VL == 16
typedef __m512i quad_ints;
typedef __m512 quad_reals;
#define OCK_Q(name) _mm512_##name
OCK_INLINE quad_ints quad_load(const void *p) { return _mm512_loadu_si512(p); }
OCK_INLINE quad_ints quad_dot(quad_ints acc, quad_ints x, quad_ints w) {
  return _mm512_dpbusd_epi32(acc, x, w);
}
#else
typedef __m256i quad_ints;
typedef __m256 quad_reals;
#define OCK_Q(name) _mm256_##name
OCK_INLINE quad_ints quad_load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
OCK_INLINE quad_ints quad_dot(quad_ints acc, quad_ints x, quad_ints w) {
  return _mm256_dpbusd_avx_epi32(acc, x, w);
}
#endif

OCK_INLINE bool quad_is_zero(quad_ints v) {
#if OCK_VL == 16
  return _mm512_test_epi32_mask(v, v) == 0;
#else
  return _mm256_testz_si256(v, v);
#endif
}

// Bytes of a vector, and its lanes of 128 bits.
enum { QUAD_BYTES = 4 * OCK_VL, QUAD_LANES = OCK_VL / 4 };

// Where bytes go: a clamp, and a table where the tier looks up while bytes are in registers.
typedef struct {
  const ock_q8_finish *finish;
  const uint8_t *table;
} quad_finish;

// Sums as whole quantised values without the zero point: what is beyond 2²⁰ above would not convert, below
// it saturates.
OCK_INLINE quad_ints quad_round(quad_ints sums, const float *scale) {
  const quad_reals v = OCK_Q(mul_ps)(OCK_Q(cvtepi32_ps)(sums), OCK_Q(loadu_ps)(scale));
  return OCK_Q(cvtps_epi32)(OCK_Q(min_ps)(v, OCK_Q(set1_ps)(1048576.0f)));
}

// Two vectors as 16-bit values with the zero point.
OCK_INLINE quad_ints quad_pair(quad_ints first, quad_ints second, const float *scale,
                               const float *next, const ock_q8_finish *f) {
  const quad_ints both = OCK_Q(packs_epi32)(quad_round(first, scale), quad_round(second, next));
  return OCK_Q(adds_epi16)(both, OCK_Q(set1_epi16)((short)f->zero));
}

// Four vectors of sums, 4 / nv pixels of nv vectors each, as bytes: pixel by pixel, channels in order.
OCK_INLINE quad_ints quad_bytes(const int nv, const quad_ints *sums, const float *scale,
                                const quad_finish *to) {
  const float *const second = scale + 1 % nv * OCK_VL, *const third = scale + 2 % nv * OCK_VL;
  quad_ints bytes = OCK_Q(packus_epi16)(
      quad_pair(sums[0], sums[1], scale, second, to->finish),
      quad_pair(sums[2], sums[3], third, scale + 3 % nv * OCK_VL, to->finish));
  // Each lane holds its part of every pixel.
#if OCK_VL == 16
  if (nv == 2)
    bytes = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), bytes);
  if (nv == 1)
    bytes = _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
#else
  if (nv == 2) bytes = _mm256_permute4x64_epi64(bytes, 0xd8);
  if (nv == 1)
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
#endif
  bytes = OCK_Q(max_epu8)(bytes, OCK_Q(set1_epi8)((char)to->finish->low));
  bytes = OCK_Q(min_epu8)(bytes, OCK_Q(set1_epi8)((char)to->finish->high));
#ifdef OCK_VBMI
  if (to->table) bytes = look_up_vector(bytes, to->table);
#endif
  return bytes;
}

// Stores the first `count` of `pieces` pixels, `pixel` bytes from pixel to pixel: of each the first n of its
// QUAD_BYTES / pieces bytes. `pieces` is a constant at every call.
OCK_INLINE void quad_store(const int pieces, uint8_t *y, ptrdiff_t pixel, int32_t count,
                           quad_ints bytes, int32_t n) {
  const int width = QUAD_BYTES / pieces;
#if OCK_VL == 16
  // A mask of all ones is a whole store.
  const __mmask64 mask = (~0ull) >> (64 - n);
  if (pieces == 1) {
    if (n == width) _mm512_storeu_si512(y, bytes);
    else _mm512_mask_storeu_epi8(y, mask, bytes);
  } else if (pieces == 2) {
    const __m256i part[2] = {_mm512_castsi512_si256(bytes), _mm512_extracti64x4_epi64(bytes, 1)};
    for (int i = 0; i < 2 && i < count; i++, y += pixel) {
      if (n == width) _mm256_storeu_si256((__m256i *)y, part[i]);
      else _mm256_mask_storeu_epi8(y, (__mmask32)mask, part[i]);
    }
  } else {
    const __m128i part[4] = {
        _mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
        _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++, y += pixel) {
      if (i >= count) break;
      if (n == width) _mm_storeu_si128((__m128i *)y, part[i]);
      else _mm_mask_storeu_epi8(y, (__mmask16)mask, part[i]);
    }
  }
#else
  if (n < width) {
    _Alignas(32) uint8_t t[32];
    _mm256_store_si256((__m256i *)t, bytes);
    for (int32_t i = 0; i < count; i++) memcpy(y + i * pixel, t + i * width, (size_t)n);
    return;
  }
  const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  if (pieces == 1) _mm256_storeu_si256((__m256i *)y, bytes);
  if (pieces == 2) {
    _mm_storeu_si128((__m128i *)y, low);
    if (count > 1) _mm_storeu_si128((__m128i *)(y + pixel), high);
  }
  if (pieces == 4) {
    _mm_storel_epi64((__m128i *)y, low);
    if (count > 1) _mm_storeh_pd((double *)(y + pixel), _mm_castsi128_pd(low));
    if (count > 2) _mm_storel_epi64((__m128i *)(y + 2 * pixel), high);
    if (count > 3) _mm_storeh_pd((double *)(y + 3 * pixel), _mm_castsi128_pd(high));
  }
#endif
}

// The first n channels of nv vectors of sums as floats.
OCK_INLINE void quad_store_floats(float *p, const int nv, const quad_ints *sums, const float *scale,
                                  int32_t n) {
  _Alignas(64) float t[4 * OCK_VL];
  for (int j = 0; j < nv; j++) {
    _Alignas(64) float v[OCK_VL];
    OCK_Q(store_ps)(v, OCK_Q(mul_ps)(OCK_Q(cvtepi32_ps)(sums[j]),
                                     OCK_Q(loadu_ps)(scale + j * OCK_VL)));
    for (int lane = 0; lane < QUAD_LANES; lane++)
      memcpy(t + lane * 4 * nv + 4 * j, v + 4 * lane, 16);
  }
  memcpy(p, t, (size_t)n * 4);
}
