#include "letterbox_row.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))

// One row of a plane, blended from two; 7 bits behind the point. `to` has room for 16 more.
AVX2 static void blend_row(const uint8_t *upper, const uint8_t *lower, int32_t weight, int32_t n,
                           int16_t *to) {
  const __m256i w = _mm256_set1_epi16((int16_t)weight);
  int32_t x = 0;
  for (; x + 16 <= n; x += 16) {
    const __m256i a = _mm256_slli_epi16(
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(upper + x))), 7);
    const __m256i b = _mm256_slli_epi16(
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(lower + x))), 7);
    const __m256i v = _mm256_add_epi16(a, _mm256_mulhrs_epi16(_mm256_sub_epi16(b, a), w));
    _mm256_storeu_si256((__m256i *)(to + x), v);
  }
  for (; x < n; x++) to[x] = (int16_t)ock_blend(upper[x], lower[x], weight);
  to[n] = to[n - 1];
}

// The same for a plane of pairs.
AVX2 static void blend_pairs(const uint8_t *upper, const uint8_t *lower, int32_t weight, int32_t n,
                             int16_t *to_u, int16_t *to_v) {
  const __m256i w = _mm256_set1_epi16((int16_t)weight);
  const __m256i low = _mm256_set1_epi16(0xff);
  int32_t x = 0;
  for (; x + 16 <= n; x += 16) {
    const __m256i a = _mm256_loadu_si256((const __m256i *)(upper + 2 * x));
    const __m256i b = _mm256_loadu_si256((const __m256i *)(lower + 2 * x));
    const __m256i ua = _mm256_slli_epi16(_mm256_and_si256(a, low), 7);
    const __m256i ub = _mm256_slli_epi16(_mm256_and_si256(b, low), 7);
    const __m256i va = _mm256_slli_epi16(_mm256_srli_epi16(a, 8), 7);
    const __m256i vb = _mm256_slli_epi16(_mm256_srli_epi16(b, 8), 7);
    _mm256_storeu_si256((__m256i *)(to_u + x), _mm256_add_epi16(ua, _mm256_mulhrs_epi16(
                                                   _mm256_sub_epi16(ub, ua), w)));
    _mm256_storeu_si256((__m256i *)(to_v + x), _mm256_add_epi16(va, _mm256_mulhrs_epi16(
                                                   _mm256_sub_epi16(vb, va), w)));
  }
  for (; x < n; x++) {
    to_u[x] = (int16_t)ock_blend(upper[2 * x], lower[2 * x], weight);
    to_v[x] = (int16_t)ock_blend(upper[2 * x + 1], lower[2 * x + 1], weight);
  }
  to_u[n] = to_u[n - 1];
  to_v[n] = to_v[n - 1];
}

// The same for a plane of triples; the compiler vectorises it well enough.
AVX2 static void blend_triples(const uint8_t *upper, const uint8_t *lower, int32_t weight,
                               int32_t n, int16_t *restrict r, int16_t *restrict g,
                               int16_t *restrict b) {
  for (int32_t x = 0; x < n; x++) {
    r[x] = (int16_t)ock_blend(upper[3 * x], lower[3 * x], weight);
    g[x] = (int16_t)ock_blend(upper[3 * x + 1], lower[3 * x + 1], weight);
    b[x] = (int16_t)ock_blend(upper[3 * x + 2], lower[3 * x + 2], weight);
  }
  r[n] = r[n - 1];
  g[n] = g[n - 1];
  b[n] = b[n - 1];
}

// Eight samples of a blended row: both neighbours come with one gather of 32 bits.
AVX2 OCK_INLINE __m256 columns(const int16_t *row, const int32_t *column, const uint32_t *weight,
                               int32_t x) {
  const __m256i index = _mm256_loadu_si256((const __m256i *)(column + x));
  const __m256i pair = _mm256_i32gather_epi32((const int *)(const void *)row, index, 2);
  const __m256i w = _mm256_loadu_si256((const __m256i *)(weight + x));
  return _mm256_cvtepi32_ps(_mm256_madd_epi16(pair, w));
}

AVX2 OCK_INLINE __m256 color(const ock_letterbox *l, int32_t c, __m256 y, __m256 u, __m256 v) {
  __m256 t = _mm256_mul_ps(y, _mm256_set1_ps(l->matrix[c][0]));
  t = _mm256_add_ps(t, _mm256_mul_ps(u, _mm256_set1_ps(l->matrix[c][1])));
  t = _mm256_add_ps(t, _mm256_mul_ps(v, _mm256_set1_ps(l->matrix[c][2])));
  t = _mm256_add_ps(t, _mm256_set1_ps(l->matrix[c][3]));
  return _mm256_min_ps(_mm256_max_ps(t, _mm256_setzero_ps()), _mm256_set1_ps(255.0f));
}

AVX2 OCK_INLINE __m256 channel(const ock_letterbox *l, int32_t c, __m256 y, __m256 u, __m256 v) {
  __m256 t = color(l, c, y, u, v);
  if (l->channels == 1) {
    t = _mm256_mul_ps(t, _mm256_set1_ps(OCK_GREY_R));
    t = _mm256_add_ps(t, _mm256_mul_ps(color(l, 1, y, u, v), _mm256_set1_ps(OCK_GREY_G)));
    t = _mm256_add_ps(t, _mm256_mul_ps(color(l, 2, y, u, v), _mm256_set1_ps(OCK_GREY_B)));
  }
  return _mm256_add_ps(_mm256_mul_ps(t, _mm256_set1_ps(l->scale[c])), _mm256_set1_ps(l->bias[c]));
}

AVX2 static void finish_row(const ock_letterbox *l, int32_t y, const int16_t *const rows[3]) {
  const int32_t plain = l->nhwc ? 0 : l->inner_width & ~7;
  for (int32_t x = 0; x < l->inner_width; x += 8) {
    const __m256 a = columns(rows[0], l->column[0], l->column_weight[0], x);
    const __m256 b = columns(rows[1], l->column[1], l->column_weight[1], x);
    const __m256 d = columns(rows[2], l->column[1], l->column_weight[1], x);
    if (x < plain) {
      for (int32_t c = 0; c < l->channels; c++)
        _mm256_storeu_ps(ock_place(l, l->left + x, y, c), channel(l, c, a, b, d));
      continue;
    }
    float out[3][8];
    for (int32_t c = 0; c < l->channels; c++) _mm256_storeu_ps(out[c], channel(l, c, a, b, d));
    const int32_t n = l->inner_width - x < 8 ? l->inner_width - x : 8;
    const int32_t step = l->nhwc ? l->channels : 1;
    for (int32_t c = 0; c < l->channels; c++) {
      float *to = ock_place(l, l->left + x, y, c);
      for (int32_t i = 0; i < n; i++) to[i * step] = out[c][i];
    }
  }
}

AVX2 void ock_letterbox__avx2(const ock_letterbox *l, int32_t y0, int32_t y1) {
  if (l->width > OCK_WIDEST_ROW) {
    ock_letterbox__scalar(l, y0, y1);
    return;
  }
  int16_t buffer[3][OCK_WIDEST_ROW + 32] __attribute__((aligned(32)));
  const int16_t *const rows[3] = {buffer[0], buffer[1], buffer[2]};
  const int rgb = l->format == OCK_RGB24;
  const int32_t half_width = (l->width + 1) / 2;
  const int32_t last_row[2] = {l->height - 1, rgb ? l->height - 1 : (l->height + 1) / 2 - 1};
  for (int32_t y = y0; y < y1; y++) {
    const int32_t inner = y - l->top;
    if (inner < 0 || inner >= l->inner_height) {
      ock_pad(l, y, 0, l->target_width);
      continue;
    }
    ock_pad(l, y, 0, l->left);
    ock_pad(l, y, l->left + l->inner_width, l->target_width);
    const int32_t a = l->row[0][inner], b = a < last_row[0] ? a + 1 : a;
    const int32_t w = l->row_weight[0][inner];
    const uint8_t *upper = l->plane[0] + a * l->pitch[0], *lower = l->plane[0] + b * l->pitch[0];
    if (rgb) {
      blend_triples(upper, lower, w, l->width, buffer[0], buffer[1], buffer[2]);
    } else {
      blend_row(upper, lower, w, l->width, buffer[0]);
      const int32_t ca = l->row[1][inner], cb = ca < last_row[1] ? ca + 1 : ca;
      const int32_t cw = l->row_weight[1][inner];
      const uint8_t *u0 = l->plane[1] + ca * l->pitch[1], *u1 = l->plane[1] + cb * l->pitch[1];
      if (l->format == OCK_NV12) {
        blend_pairs(u0, u1, cw, half_width, buffer[1], buffer[2]);
      } else {
        blend_row(u0, u1, cw, half_width, buffer[1]);
        blend_row(l->plane[2] + ca * l->pitch[2], l->plane[2] + cb * l->pitch[2], cw, half_width,
                  buffer[2]);
      }
    }
    finish_row(l, y, rows);
  }
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

#else

void ock_letterbox__avx2(const ock_letterbox *l, int32_t y0, int32_t y1) {
  ock_letterbox__scalar(l, y0, y1);
}

static int has_avx2(void) { return 0; }

#endif

ock_letterbox_rows *ock_letterbox_for(int32_t tier) {
  return tier > 0 && has_avx2() ? ock_letterbox__avx2 : ock_letterbox__scalar;
}
