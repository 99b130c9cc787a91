// One vector of OCK_VL floats, and the functions that every kernel of a tier is made of. This file is
// included once by each tier's translation unit; the arithmetic is the same in all of them.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ocelli_blas.h"
#include "ocelli_f32.h"
#include "../strides.h"

// a·b + c is fused only where a kernel says so: bits must not depend on the compiler's taste.
#pragma STDC FP_CONTRACT OFF

typedef float vec __attribute__((vector_size(OCK_VL * 4), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(OCK_VL * 4), aligned(4)));

#define OCK_INLINE static inline __attribute__((always_inline))

OCK_INLINE vec load(const float *p) { return *(const vec *)p; }
OCK_INLINE void store(float *p, vec v) { *(vec *)p = v; }
OCK_INLINE vec splat(float x) { return x - (vec){0}; }
OCK_INLINE vec fma_(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }
OCK_INLINE vec select_(ivec mask, vec a, vec b) {
  return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}
// As the instruction does: the second where either is NaN.
OCK_INLINE vec max_(vec a, vec b) { return select_(a > b, a, b); }
OCK_INLINE vec min_(vec a, vec b) { return select_(a < b, a, b); }
// NaN stays NaN.
OCK_INLINE vec clamp_(vec x, vec low, vec high) { return min_(high, max_(low, x)); }

// Loads and stores of the last n < OCK_VL elements.
OCK_INLINE vec load_part(const float *p, int32_t n) {
  float t[OCK_VL] = {0};
  memcpy(t, p, (size_t)n * 4);
  return load(t);
}
OCK_INLINE void store_part(float *p, vec v, int32_t n) {
  float t[OCK_VL];
  store(t, v);
  memcpy(p, t, (size_t)n * 4);
}

// Copies n < 2·OCK_VL elements in two overlapping moves. Loads may reach beyond, stores do not.
OCK_INLINE void copy_part(float *to, const float *from, int32_t n) {
  if (n >= OCK_VL) {
    const vec head = load(from), tail = load(from + n - OCK_VL);
    store(to, head);
    store(to + n - OCK_VL, tail);
    return;
  }
#define OCK_MOVE(N)                                  \
  if (N < OCK_VL && n >= N) {                        \
    float head[N], tail[N];                          \
    memcpy(head, from, sizeof(head));                \
    memcpy(tail, from + n - N, sizeof(tail));        \
    memcpy(to, head, sizeof(head));                  \
    memcpy(to + n - N, tail, sizeof(tail));          \
    return;                                          \
  }
  OCK_MOVE(8) OCK_MOVE(4) OCK_MOVE(2) OCK_MOVE(1)
#undef OCK_MOVE
}

// Half to even, for |x| < 2²²; beyond that the clamps that follow decide.
OCK_INLINE vec rint_(vec x) {
  const vec magic = splat(12582912.0f);  // 1.5·2²³
  return (x + magic) - magic;
}

// 2ᶠ for |f| ≤ ½ to about a unit in the last place: a polynomial of degree 5 with the least largest relative
// error, in an order that keeps the chain of dependent operations short.
OCK_INLINE vec exp2_fraction(vec f) {
  vec f2 = f * f;
  vec a = fma_(f, splat(0x1.62e42ap-1f), splat(1));
  vec b = fma_(f, splat(0x1.c6b752p-5f), splat(0x1.ebf9bcp-3f));
  vec c = fma_(f, splat(0x1.5bba12p-10f), splat(0x1.3cea88p-7f));
  return fma_(fma_(c, f2, b), f2, a);
}

// eˣ to about 2 units in the last place; 0 below −87.3, the largest float's neighbourhood above 88.
OCK_INLINE vec exp_(vec x) {
  const vec lo = splat(-87.33f), hi = splat(88.72f);
  const vec magic = splat(12582912.0f);  // 1.5·2²³: the sum's low bits are the rounded integer
  vec c = max_(lo, min_(hi, x));
  vec t = fma_(c, splat(0x1.715476p+0f), magic);
  // log₂ e in two parts.
  vec f = fma_(c, splat(0x1.715476p+0f), -(t - magic));
  f = fma_(c, splat(0x1.4ae0c0p-26f), f);
  // The integer may reach 128: the scale is applied in two halves that are both finite.
  ivec k = (ivec)t - (ivec)magic, h = k >> 1;
  vec s1 = (vec)((h + 127) << 23), s2 = (vec)((k - h + 127) << 23);
  vec y = exp2_fraction(f) * s1 * s2;
  return (vec)((ivec)y & ~(x < lo));
}

// 1 + e⁻ˣ to about 2 units in the last place (10 where it exceeds 10³⁵: log₂ e has one part here); NaN
// stays NaN. |x| is clamped where the reciprocal leaves the normal floats, so one scale suffices.
OCK_INLINE vec one_plus_exp_minus(vec x) {
  const vec magic = splat(12582912.0f);
  vec c = max_(splat(-87), min_(splat(87), x));
  vec t = fma_(c, splat(-0x1.715476p+0f), magic);
  vec f = fma_(c, splat(-0x1.715476p+0f), -(t - magic));
  return fma_(exp2_fraction(f), (vec)(((ivec)t << 23) + 0x3f800000), splat(1));
}

OCK_INLINE vec sigmoid_(vec x) { return splat(1) / one_plus_exp_minus(x); }

OCK_INLINE vec tanh_(vec x) {
  // 1 − 2/(e²ˣ + 1), and x where the difference would cancel.
  vec y = splat(1) - splat(2) / (exp_(x + x) + splat(1));
  vec x2 = x * x;
  vec p = x * fma_(x2, fma_(x2, splat(2.0f / 15), splat(-1.0f / 3)), splat(1));
  return select_((x < splat(0.08f)) & (x > splat(-0.08f)), p, y);
}

OCK_INLINE vec activate(vec x, const ock_activation *f) {
  switch (f->kind) {
    case OCK_ACT_RELU: return max_(splat(0), x);
    case OCK_ACT_LEAKY_RELU: return select_(x < splat(0), x * splat(f->a), x);
    case OCK_ACT_SIGMOID: return sigmoid_(x);
    case OCK_ACT_HARD_SIGMOID:
      return min_(max_(x * splat(f->a) + splat(f->b), splat(0)), splat(1));
    case OCK_ACT_HARD_SWISH:
      return x * min_(max_(x * splat(1.0f / 6) + splat(0.5f), splat(0)), splat(1));
    case OCK_ACT_SILU: return x / one_plus_exp_minus(x);
    case OCK_ACT_TANH: return tanh_(x);
    case OCK_ACT_EXP: return exp_(x);
    case OCK_ACT_SQRT: return __builtin_elementwise_sqrt(x);
    case OCK_ACT_NEGATE: return -x;
    case OCK_ACT_ABSOLUTE: return (vec)((ivec)x & 0x7fffffff);
    case OCK_ACT_RECIPROCAL: return splat(1) / x;
    case OCK_ACT_CLIP: return clamp_(x, splat(f->a), splat(f->b));
    case OCK_ACT_SCALE: return x * splat(f->a) + splat(f->b);
    case OCK_ACT_QUANTIZE_ROUND: {
      vec q = max_(min_(x / splat(f->a), splat(1e6f)), splat(-1e6f));
      q = min_(max_(rint_(q) + splat(f->b), splat(f->c)), splat(f->d));
      return (q - splat(f->b)) * splat(f->a);
    }
  }
  return x;
}

// x/(1 + e⁻ˣ), or 1/(1 + e⁻ˣ), in place. Two passes: all denominators of a block are on their way before the
// first division waits for its own.
OCK_INLINE void logistic_run(float *p, int32_t n, const int silu) {
  enum { BLOCK = 12 * OCK_VL };
  float d[BLOCK];
  for (int32_t i0 = 0; i0 < n; i0 += BLOCK) {
    const int32_t i1 = i0 + BLOCK < n ? i0 + BLOCK : n;
    for (int32_t i = i0; i < i1; i += OCK_VL) store(d + i - i0, one_plus_exp_minus(load(p + i)));
    for (int32_t i = i0; i < i1; i += OCK_VL)
      store(p + i, (silu ? load(p + i) : splat(1)) / load(d + i - i0));
  }
}

// Applies activations to n floats in place; up to OCK_VL − 1 floats behind them may be rewritten.
OCK_INLINE void activate_run(float *p, int32_t n, const ock_activations *f) {
  for (int32_t k = 0; k < f->count; k++) {
    const ock_activation a = f->list[k];
#define OCK_CASE(KIND)                                                              \
  case KIND: {                                                                      \
    const ock_activation g = {KIND, a.a, a.b, a.c, a.d};                            \
    for (int32_t i = 0; i < n; i += OCK_VL) store(p + i, activate(load(p + i), &g)); \
    break;                                                                          \
  }
    switch (a.kind) {
      OCK_CASE(OCK_ACT_RELU)
      OCK_CASE(OCK_ACT_LEAKY_RELU)
      case OCK_ACT_SIGMOID: logistic_run(p, n, 0); break;
      OCK_CASE(OCK_ACT_HARD_SIGMOID)
      OCK_CASE(OCK_ACT_HARD_SWISH)
      case OCK_ACT_SILU: logistic_run(p, n, 1); break;
      OCK_CASE(OCK_ACT_TANH)
      OCK_CASE(OCK_ACT_EXP)
      OCK_CASE(OCK_ACT_SQRT)
      OCK_CASE(OCK_ACT_NEGATE)
      OCK_CASE(OCK_ACT_ABSOLUTE)
      OCK_CASE(OCK_ACT_RECIPROCAL)
      OCK_CASE(OCK_ACT_CLIP)
      OCK_CASE(OCK_ACT_SCALE)
      OCK_CASE(OCK_ACT_QUANTIZE_ROUND)
    }
#undef OCK_CASE
  }
}
