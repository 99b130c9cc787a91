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

// Half to even, for |x| < 2²²; beyond that the clamps that follow decide.
OCK_INLINE vec rint_(vec x) {
  const vec magic = splat(12582912.0f);  // 1.5·2²³
  return (x + magic) - magic;
}

// eˣ to about 2 units in the last place; 0 below −87.3, the largest float's neighbourhood above 88.
// Range reduction by ln 2 in two parts, then the Taylor polynomial to degree 6 on |r| ≤ ln 2 / 2.
OCK_INLINE vec exp_(vec x) {
  const vec lo = splat(-87.33f), hi = splat(88.72f);
  vec c = min_(max_(x, lo), hi);
  vec n = rint_(c * splat(1.44269504f));
  vec r = fma_(n, splat(-0.693359375f), c);
  r = fma_(n, splat(2.12194440e-4f), r);
  vec p = splat(1.0f / 720);
  p = fma_(p, r, splat(1.0f / 120));
  p = fma_(p, r, splat(1.0f / 24));
  p = fma_(p, r, splat(1.0f / 6));
  p = fma_(p, r, splat(0.5f));
  p = fma_(p, r, splat(1.0f));
  p = fma_(p, r, splat(1.0f));
  // n may reach 128: the scale is applied in two halves that are both finite.
  ivec k = __builtin_convertvector(n, ivec), h = k >> 1;
  vec s1 = (vec)((h + 127) << 23), s2 = (vec)((k - h + 127) << 23);
  vec y = p * s1 * s2;
  return select_(x < lo, splat(0), select_(x != x, x, y));
}

// 1 + e⁻ˣ to about 2 units in the last place; NaN stays NaN. |x| is clamped where the result leaves
// the range in which its reciprocal is a normal float, so one scale suffices.
OCK_INLINE vec one_plus_exp_minus(vec x) {
  const vec magic = splat(12582912.0f);  // 1.5·2²³: the sum's low bits are the rounded integer
  vec c = max_(splat(-87.0f), min_(splat(87.0f), -x));
  vec t = fma_(c, splat(1.44269504f), magic);
  vec n = t - magic;
  vec r = fma_(n, splat(-0.693359375f), c);
  r = fma_(n, splat(2.12194440e-4f), r);
  vec p = splat(1.0f / 720);
  p = fma_(p, r, splat(1.0f / 120));
  p = fma_(p, r, splat(1.0f / 24));
  p = fma_(p, r, splat(1.0f / 6));
  p = fma_(p, r, splat(0.5f));
  p = fma_(p, r, splat(1.0f));
  p = fma_(p, r, splat(1.0f));
  vec scale = (vec)(((ivec)t << 23) + 0x3f800000);
  return fma_(p, scale, splat(1));
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
      OCK_CASE(OCK_ACT_SIGMOID)
      OCK_CASE(OCK_ACT_HARD_SIGMOID)
      OCK_CASE(OCK_ACT_HARD_SWISH)
      OCK_CASE(OCK_ACT_SILU)
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
