// Loops of nothing but multiplications and additions, with enough sums under way to hide their latency.
#include "ocelli_peak.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// 6 rows of 2 vectors: what 16 registers hold beside the operands.
enum { ROWS = 6, SUMS = 2 * ROWS, PASSES = 10, PASS_NANOSECONDS = 1000000 };

// Runs `rounds` rounds of SUMS vectors, and returns something that depends on all of them.
typedef float (*loop)(int64_t rounds, int32_t seed);

// The values go to 2 and stay there: no overflow, no denormals.
#define FLOAT_LOOP(NAME, LANES)                                                       \
  static float NAME(int64_t rounds, int32_t seed) {                                   \
    typedef float vec __attribute__((vector_size(LANES * 4)));                        \
    const vec half = (0.5f + (float)seed) - (vec){0}, one = (1.0f + (float)seed) - (vec){0}; \
    vec sums[SUMS];                                                                   \
    for (int i = 0; i < SUMS; i++) sums[i] = one * (float)i;                          \
    for (int64_t r = 0; r < rounds; r++) {                                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++)               \
        sums[i] = __builtin_elementwise_fma(sums[i], half, one);                      \
    }                                                                                 \
    vec all = {0};                                                                    \
    for (int i = 0; i < SUMS; i++) all += sums[i];                                    \
    return all[0];                                                                    \
  }

// Products of four bytes, where there are such.
#define QUAD_LOOP(NAME, VEC, SET, DOT, ADD, LANE)                                     \
  static float NAME(int64_t rounds, int32_t seed) {                                   \
    VEC x = SET(seed + 0x01010101), w[2] = {SET(seed + 0x01010101), SET(seed + 0x02020202)}; \
    VEC sums[SUMS];                                                                   \
    for (int i = 0; i < SUMS; i++) sums[i] = SET(seed + i);                           \
    for (int64_t r = 0; r < rounds; r++) {                                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i += 2) {          \
        __asm__ volatile("" : "+v"(x));                                               \
        sums[i] = DOT(sums[i], x, w[0]);                                              \
        sums[i + 1] = DOT(sums[i + 1], x, w[1]);                                      \
      }                                                                               \
    }                                                                                 \
    for (int i = 1; i < SUMS; i++) sums[0] = ADD(sums[0], sums[i]);                   \
    return (float)LANE(sums[0]);                                                      \
  }

// The empty statement makes x new to the compiler, which would else multiply it once for all.
#define PAIR_LOOP(NAME, VEC, SET, MADD, ADD, LANE)                                    \
  static float NAME(int64_t rounds, int32_t seed) {                                   \
    VEC x = SET((int16_t)(seed + 1)), w[2] = {SET((int16_t)(seed + 2)), SET((int16_t)(seed + 3))}; \
    VEC sums[SUMS];                                                                   \
    for (int i = 0; i < SUMS; i++) sums[i] = SET((int16_t)(seed + i));                \
    for (int64_t r = 0; r < rounds; r++) {                                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i += 2) {          \
        __asm__ volatile("" : "+v"(x));                                               \
        sums[i] = ADD(sums[i], MADD(x, w[0]));                                        \
        sums[i + 1] = ADD(sums[i + 1], MADD(x, w[1]));                                \
      }                                                                               \
    }                                                                                 \
    for (int i = 1; i < SUMS; i++) sums[0] = ADD(sums[0], sums[i]);                   \
    return (float)LANE(sums[0]);                                                      \
  }

FLOAT_LOOP(floats_scalar, 4)

// Without a product of pairs: one product a lane.
static float pairs_scalar(int64_t rounds, int32_t seed) {
  int32_t x = seed + 1, sums[SUMS];
  for (int i = 0; i < SUMS; i++) sums[i] = seed + i;
  for (int64_t r = 0; r < rounds; r++) {
    for (int i = 0; i < SUMS; i++) {
      __asm__ volatile("" : "+r"(x));
      sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)x * (uint32_t)(seed + 2));
    }
  }
  uint32_t all = 0;
  for (int i = 0; i < SUMS; i++) all += (uint32_t)sums[i];
  return (float)all;
}

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANE_256(v) _mm256_extract_epi32(v, 0)
FLOAT_LOOP(floats_avx2, 8)
PAIR_LOOP(pairs_avx2, __m256i, _mm256_set1_epi16, _mm256_madd_epi16, _mm256_add_epi32, LANE_256)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define LANE_512(v) _mm_cvtsi128_si32(_mm512_castsi512_si128(v))
FLOAT_LOOP(floats_avx512, 16)
PAIR_LOOP(pairs_avx512, __m512i, _mm512_set1_epi16, _mm512_madd_epi16, _mm512_add_epi32, LANE_512)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avxvnni,avx2"))), apply_to = function)
QUAD_LOOP(quads_avxvnni, __m256i, _mm256_set1_epi32, _mm256_dpbusd_avx_epi32, _mm256_add_epi32,
          LANE_256)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512vnni,avx512f"))), apply_to = function)
QUAD_LOOP(quads_avx512, __m512i, _mm512_set1_epi32, _mm512_dpbusd_epi32, _mm512_add_epi32, LANE_512)
#pragma clang attribute pop
#endif

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// `each`: multiplications of a round. The result goes where the compiler cannot see that nobody reads it.
static double best(loop run, double each) {
  static volatile float kept;
  volatile int32_t seed = 0;
  int64_t rounds = 64, took = 0;
  while (took < PASS_NANOSECONDS) {
    rounds *= 2;
    const int64_t begun = now();
    kept = run(rounds, seed);
    took = now() - begun;
  }
  double most = 0;
  for (int pass = 0; pass < PASSES; pass++) {
    const int64_t begun = now();
    kept = run(rounds, seed);
    took = now() - begun;
    const double rate = (double)rounds * each / (double)(took > 0 ? took : 1);
    if (rate > most) most = rate;
  }
  (void)kept;
  return most;
}

double ock_peak_f32(ock_isa_tier tier) {
  switch (ock_isa_at_most(tier)) {
#if defined(__x86_64__)
    case OCK_ISA_AVX512VBMI:
    case OCK_ISA_AVX512VNNI:
    case OCK_ISA_AVX512: return best(floats_avx512, SUMS * 16);
    case OCK_ISA_AVXVNNI:
    case OCK_ISA_AVX2: return best(floats_avx2, SUMS * 8);
#endif
    default: return best(floats_scalar, SUMS * 4);
  }
}

double ock_peak_q8(ock_isa_tier tier) {
  switch (ock_isa_at_most(tier)) {
#if defined(__x86_64__)
    case OCK_ISA_AVX512VBMI:
    case OCK_ISA_AVX512VNNI: return best(quads_avx512, SUMS * 64);
    case OCK_ISA_AVX512: return best(pairs_avx512, SUMS * 32);
    case OCK_ISA_AVXVNNI: return best(quads_avxvnni, SUMS * 32);
    case OCK_ISA_AVX2: return best(pairs_avx2, SUMS * 16);
#endif
    default: return best(pairs_scalar, SUMS);
  }
}
