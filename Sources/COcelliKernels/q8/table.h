// Bytes through a table of 256.
#include <immintrin.h>

#ifdef OCK_VBMI
// The lower seven bits choose in either half of the table, the top one between the halves.
OCK_INLINE __m512i look_up_vector(__m512i x, const uint8_t *table) {
  const __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), x,
                                               _mm512_loadu_si512(table + 64));
  const __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), x,
                                                _mm512_loadu_si512(table + 192));
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

static void look_up(uint8_t *p, int32_t n, const uint8_t *table) {
  int32_t i = 0;
  for (; i + 64 <= n; i += 64)
    _mm512_storeu_si512(p + i, look_up_vector(_mm512_loadu_si512(p + i), table));
  if (i == n) return;
  const __mmask64 rest = (~0ull) >> (64 - (n - i));
  _mm512_mask_storeu_epi8(p + i, rest,
                          look_up_vector(_mm512_maskz_loadu_epi8(rest, p + i), table));
}
#else
// Sixteen tables of 16, each but the first of a half as what it differs by from the one before it: the
// entries of all that begin at or below a byte come to its value. A shuffle takes the lower four bits of
// the distance from a table's beginning, and gives 0 where it is negative; subtraction saturates there.
static void look_up(uint8_t *p, int32_t n, const uint8_t *table) {
  __m256i part[16];
#pragma clang loop unroll(full)
  for (int k = 0; k < 16; k++) {
    __m128i t = _mm_loadu_si128((const __m128i *)(table + 16 * k));
    if (k % 8) t = _mm_xor_si128(t, _mm_loadu_si128((const __m128i *)(table + 16 * k - 16)));
    part[k] = _mm256_broadcastsi128_si256(t);
  }
  const __m256i sixteen = _mm256_set1_epi8(16), top = _mm256_set1_epi8((char)0x80);
  int32_t i = 0;
  for (; i + 64 <= n; i += 64) {
    // The lower and the upper half of the table, for two vectors of bytes.
    __m256i x[4], y[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    x[0] = _mm256_loadu_si256((const __m256i *)(p + i));
    x[1] = _mm256_loadu_si256((const __m256i *)(p + i + 32));
    x[2] = _mm256_xor_si256(x[0], top);
    x[3] = _mm256_xor_si256(x[1], top);
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; k++)
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        y[j % 2] = _mm256_xor_si256(y[j % 2], _mm256_shuffle_epi8(part[j / 2 * 8 + k], x[j]));
        x[j] = _mm256_subs_epi8(x[j], sixteen);
      }
    _mm256_storeu_si256((__m256i *)(p + i), y[0]);
    _mm256_storeu_si256((__m256i *)(p + i + 32), y[1]);
  }
  for (; i < n; i++) p[i] = table[p[i]];
}
#endif
