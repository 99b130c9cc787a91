// Products of four neighbouring bytes, uint8 × int8, summed in 32 bits: nothing saturates on the way.
// A panel is 4, 2 or 1 vectors of sums wide. Packing halves the lanes of 128 bits of two vectors into one,
// so channels are dealt out to the vectors four at a time: what is packed comes out in order.
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
OCK_INLINE quad_ints quad_pair(const quad_ints *sums, const float *scale, const ock_q8_finish *f) {
  const quad_ints both =
      OCK_Q(packs_epi32)(quad_round(sums[0], scale), quad_round(sums[1], scale + OCK_VL));
  return OCK_Q(adds_epi16)(both, OCK_Q(set1_epi16)((short)f->zero));
}

OCK_INLINE quad_ints quad_clamp(quad_ints bytes, const quad_finish *to) {
  bytes = OCK_Q(max_epu8)(bytes, OCK_Q(set1_epi8)((char)to->finish->low));
  bytes = OCK_Q(min_epu8)(bytes, OCK_Q(set1_epi8)((char)to->finish->high));
#ifdef OCK_VBMI
  if (to->table) bytes = look_up_vector(bytes, to->table);
#endif
  return bytes;
}

// nv vectors of sums as nv·OCK_VL bytes in the order of the channels, at the vector's low end.
OCK_INLINE quad_ints quad_bytes(const int nv, const quad_ints *sums, const float *scale,
                                const quad_finish *to) {
  const ock_q8_finish *f = to->finish;
  quad_ints bytes;
  if (nv == 4) {
    bytes = OCK_Q(packus_epi16)(quad_pair(sums, scale, f),
                                quad_pair(sums + 2, scale + 2 * OCK_VL, f));
  } else if (nv == 2) {
    const quad_ints pair = quad_pair(sums, scale, f);
    // Each lane holds its eight bytes twice.
    bytes = OCK_Q(packus_epi16)(pair, pair);
#if OCK_VL == 16
    bytes = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6), bytes);
#else
    bytes = _mm256_permute4x64_epi64(bytes, 0x88);
#endif
  } else {
    // Each lane holds its four channels as 16-bit values twice, then as bytes four times.
    const quad_ints one = quad_round(sums[0], scale);
    const quad_ints words = OCK_Q(adds_epi16)(OCK_Q(packs_epi32)(one, one),
                                              OCK_Q(set1_epi16)((short)f->zero));
    bytes = OCK_Q(packus_epi16)(words, words);
#if OCK_VL == 16
    bytes = _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), bytes);
#else
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
#endif
  }
  return quad_clamp(bytes, to);
}

// Stores the first n of `width` bytes (a constant at every call).
OCK_INLINE void quad_store(uint8_t *p, quad_ints bytes, const int width, int32_t n) {
#if OCK_VL == 16
  if (n < width) {
    _mm512_mask_storeu_epi8(p, (~0ull) >> (64 - n), bytes);
    return;
  }
  if (width == 64) _mm512_storeu_si512(p, bytes);
  if (width == 32) _mm256_storeu_si256((__m256i *)p, _mm512_castsi512_si256(bytes));
  if (width == 16) _mm_storeu_si128((__m128i *)p, _mm512_castsi512_si128(bytes));
#else
  if (n < width) {
    _Alignas(32) uint8_t t[32];
    _mm256_store_si256((__m256i *)t, bytes);
    memcpy(p, t, (size_t)n);
    return;
  }
  if (width == 32) _mm256_storeu_si256((__m256i *)p, bytes);
  if (width == 16) _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(bytes));
  if (width == 8) _mm_storel_epi64((__m128i *)p, _mm256_castsi256_si128(bytes));
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
