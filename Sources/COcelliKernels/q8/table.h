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
// Sixteen tables of 16, each for the bytes of its upper half.
static void look_up(uint8_t *p, int32_t n, const uint8_t *table) {
  __m256i part[16];
  for (int k = 0; k < 16; k++)
    part[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * k)));
  int32_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(p + i));
    // A shuffle takes the lower four bits where the top one is clear: 0x70 more, saturated, sets it
    // above the part, and what was below it has wrapped beyond.
    __m256i y = _mm256_setzero_si256();
    for (int k = 0; k < 16; k++) {
      const __m256i from = _mm256_xor_si256(x, _mm256_set1_epi8((char)(k << 4)));
      const __m256i at = _mm256_adds_epu8(from, _mm256_set1_epi8(0x70));
      y = _mm256_or_si256(y, _mm256_shuffle_epi8(part[k], at));
    }
    _mm256_storeu_si256((__m256i *)(p + i), y);
  }
  for (; i < n; i++) p[i] = table[p[i]];
}
#endif
