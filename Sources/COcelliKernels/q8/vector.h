// Vectors of OCK_VL sums, and the end of every kernel on bytes. Included once by each tier.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ocelli_q8.h"
#include "../strides.h"

#pragma STDC FP_CONTRACT OFF

typedef float vec __attribute__((vector_size(OCK_VL * 4), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(OCK_VL * 4), aligned(4)));
typedef uint8_t bytes __attribute__((vector_size(OCK_VL), aligned(1)));

#define OCK_INLINE static inline __attribute__((always_inline))

OCK_INLINE ivec load(const int32_t *p) { return *(const ivec *)p; }
OCK_INLINE vec splat(float x) { return x - (vec){0}; }
OCK_INLINE ivec splat_int(int32_t x) { return x - (ivec){0}; }
OCK_INLINE vec clamp_(vec x, vec low, vec high) {
  ivec below = x < low, above = x > high;
  x = (vec)(((ivec)low & below) | ((ivec)x & ~below));
  return (vec)(((ivec)high & above) | ((ivec)x & ~above));
}
